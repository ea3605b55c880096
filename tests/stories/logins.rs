use std::time::Duration;

use e2e::{Scene, Vault, eventually};

const SOON: Duration = Duration::from_secs(10);

#[test]
fn a_login_made_in_opencode_is_saved_and_told() {
    let mut scene = Scene::new("1.18.33", Vault::Keychain);
    scene.login("a");
    scene.start_baton();

    let (new, tokens) = scene.provider.enroll("new");
    scene.home.set_auth("openai", tokens.entry());

    let notice = eventually("a notification", SOON, || scene.notices_of("login_saved").pop());
    assert_eq!(notice["account"], new.email.as_str(), "labelled by its email");
    scene.done(&["switch", "openai", "a"]);
    scene.done(&["switch", "openai", &new.email]);
    assert_eq!(scene.active().as_deref(), Some("new"));
}

#[test]
fn a_logout_in_opencode_stays_one() {
    let mut scene = Scene::new("1.18.33", Vault::Keychain);
    scene.login("a");
    scene.start_baton();
    eventually("A is active", SOON, || scene.status()["providers"][0]["active"].is_string().then_some(()));

    scene.home.write(&scene.home.auth_file(), "{}");

    eventually("nobody is active", SOON, || scene.status()["providers"][0]["active"].is_null().then_some(()));
    assert_eq!(scene.home.auth(), Some(serde_json::json!({})));
}

#[test]
fn every_other_entry_stays_as_it_is() {
    let mut scene = Scene::new("1.18.33", Vault::File);
    scene.login("b");
    scene.login("a");
    let foreign = r#"{
  "zeta": {"type": "api", "key": "sk-z", "metadata": {"b": "2", "a": "1"}},
  "openai": OPENAI,
  "later": {"type": "future", "anything": [1, 2.50, null]}
}"#;
    let openai = scene.home.auth().unwrap()["openai"].to_string();
    scene.home.write(&scene.home.auth_file(), &foreign.replace("OPENAI", &openai));
    scene.start_baton();

    scene.done(&["switch", "openai", "b"]);

    let text = std::fs::read_to_string(scene.home.auth_file()).unwrap();
    assert_eq!(scene.active().as_deref(), Some("b"));
    for kept in [r#""zeta": {"type": "api", "key": "sk-z", "metadata": {"b": "2", "a": "1"}}"#, "[1, 2.50, null]"] {
        assert!(text.contains(kept), "{kept} stays to the letter: {text}");
    }
}
