// Turns between which something happens are asked of OpenCode's server: a program that ends with its turn may end before
// it logs the turn's end.

use std::time::Duration;

use e2e::{Behaviour, Scene, Vault, eventually};

const TURN: Duration = Duration::from_secs(90);
const SOON: Duration = Duration::from_secs(40);

#[test]
fn an_account_is_left_between_turns_before_its_limit() {
    let mut scene = Scene::new("1.18.33", Vault::File);
    scene.write_settings(Vault::File, "[failover]\nswitch_at_percent = 90\n");
    let (b, _) = scene.login("b");
    let (a, _) = scene.login("a");
    scene.provider.set_usage(&b, 20, 10);
    scene.provider.set_usage(&a, 60, 10);
    scene.start_baton();
    scene.done(&["usage", "--refresh"]);
    let (server, project) = (scene.serve(), scene.project("p"));
    let session = server.session(&project);
    assert_eq!(server.ask(&project, &session).join().unwrap(), a.answer());
    assert_eq!(scene.active().as_deref(), Some("a"));

    scene.provider.set_usage(&a, 92, 10);
    eventually("the other account", SOON, || {
        // Figures that were read just now aren't read again.
        scene.done(&["usage", "--refresh"]);
        (scene.active().as_deref() == Some("b")).then_some(())
    });

    assert_eq!(server.ask(&project, &session).join().unwrap(), b.answer());
    assert!(scene.history_of("limit_hit").is_empty(), "no turn met a limit");
    let switches = scene.history_of("switch");
    assert_eq!(switches.len(), 1);
    assert!(switches[0]["reason"].to_string().contains("near its limit"), "{switches:?}");
}

#[test]
fn when_nobody_is_left_the_next_lane_is_named() {
    let mut scene = Scene::new("1.18.33", Vault::File);
    let lanes = r#"order = [{ provider = "openai", model = "gpt-5.5" }, { provider = "fake", model = "fake-1" }]"#;
    scene.write_settings(Vault::File, &format!("[lanes]\n{lanes}\n"));
    scene.key("spare");
    let (a, _) = scene.login("a");
    scene.provider.behave(&a, Behaviour::UsageLimit { resets_in: 3600 });
    scene.start_baton();

    let _turn = scene.ask(&scene.project("p"));

    let notice = eventually("a notification", TURN, || scene.notices_of("nobody_left").pop());
    assert_eq!(notice["lane"], serde_json::json!({"provider": "fake", "model": "fake-1"}), "{notice}");
    assert!(notice["body"].to_string().contains("Go on with fake-1 of fake meanwhile."), "{notice}");
    let why = scene.done(&["why", "openai"]);
    assert!(why.contains("Nobody is left: go on with fake-1 of fake meanwhile."), "{why}");
    assert!(why.contains("can be used again"), "{why}");
}

#[test]
fn the_preferred_account_is_gone_back_to_after_its_reset() {
    let mut scene = Scene::new("1.18.33", Vault::File);
    let settings = "[providers.openai.accounts.a]\npriority = 10\n\n[failover]\nreturn_to_preferred = true\n";
    scene.write_settings(Vault::File, settings);
    let (b, _) = scene.login("b");
    let (a, _) = scene.login("a");
    scene.provider.behave(&a, Behaviour::UsageLimit { resets_in: 15 });
    scene.start_baton();
    let (server, project) = (scene.serve(), scene.project("p"));
    let session = server.session(&project);
    assert_eq!(server.ask(&project, &session).join().unwrap(), b.answer());

    scene.provider.behave(&a, Behaviour::Answer);
    eventually("the preferred account", TURN, || (scene.active().as_deref() == Some("a")).then_some(()));

    let switches = scene.history_of("switch");
    assert_eq!(switches.len(), 2);
    assert!(switches[0]["reason"].to_string().contains("you prefer it"), "{switches:?}");
    assert_eq!(server.ask(&project, &session).join().unwrap(), a.answer());
}

#[test]
fn settings_that_contradict_themselves_are_named_and_the_last_good_ones_stay() {
    let mut scene = Scene::without_opencode(Vault::File);
    for name in ["b", "a"] {
        scene.login(name);
    }
    scene.start_baton();
    let by_hand = |name: &str| format!("[providers.openai.accounts.{name}]\nrole = \"only-by-hand\"\n");
    let problem = |scene: &Scene| {
        let problems = scene.status()["problems"].as_array().cloned().unwrap_or_default();
        problems.into_iter().find(|problem| problem["part"] == "settings").map(|problem| problem["message"].to_string())
    };

    scene.write_settings(Vault::File, &format!("{}{}", by_hand("a"), by_hand("b")));
    let told = eventually("a problem", SOON, || problem(&scene));
    assert!(told.contains("every account is") && told.contains("providers.openai.accounts"), "{told}");
    assert!(!scene.done(&["why"]).contains("only when you choose it yourself"), "the settings before hold");

    scene.write_settings(Vault::File, &by_hand("b"));
    eventually("no problem", SOON, || problem(&scene).is_none().then_some(()));
    assert!(scene.done(&["why"]).contains("b: only when you choose it yourself"));
    assert_eq!(scene.cli(&["next", "openai"]).code, Some(3));
}
