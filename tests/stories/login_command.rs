use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use e2e::{Process, Scene, Vault, eventually};
use serde_json::json;

const SOON: Duration = Duration::from_secs(60);

/// Releases whose login can be told the provider, and one from before.
const TOLD: [&str; 3] = ["1.3.2", "1.15.13", "1.18.33"];
const ASKS: &str = "1.1.58";

/// A person whose OpenCode has an API key already.
fn scene(release: &str) -> Scene {
    with_key(Scene::new(release, Vault::File))
}

fn with_key(mut scene: Scene) -> Scene {
    scene.opencode_on_path();
    scene.home.write(&scene.home.auth_file(), &json!({"openrouter": {"type": "api", "key": "sk-one"}}).to_string());
    scene
}

fn key_in_use(scene: &Scene) -> String {
    scene.home.auth().map(|auth| auth["openrouter"]["key"].as_str().unwrap_or_default().to_owned()).unwrap_or_default()
}

#[track_caller]
fn shows(terminal: &Process, text: &str) {
    eventually(&format!("the terminal shows {text:?}"), SOON, || terminal.stdout().contains(text).then_some(()));
}

#[track_caller]
fn nothing_is_left_behind(scene: &Scene) {
    assert!(!scene.home.baton("login").exists(), "the folder of the login is gone");
}

#[test]
fn a_second_login_becomes_active_and_the_one_before_is_one_command_away() {
    for release in TOLD {
        let scene = scene(release);
        let mut terminal = scene.in_terminal(&["login", "openrouter", "--label", "second"]);
        shows(&terminal, "Enter your API key");
        assert_eq!(key_in_use(&scene), "sk-one");
        terminal.type_in("sk-two\r");

        assert_eq!(terminal.wait(SOON).code(), Some(0), "{release}: {}", terminal.stdout());
        assert_eq!(key_in_use(&scene), "sk-two", "{release}");
        shows(&terminal, "Back to the one before: `baton switch openrouter openrouter`");
        nothing_is_left_behind(&scene);
        scene.done(&["switch", "openrouter", "openrouter"]);
        assert_eq!(key_in_use(&scene), "sk-one", "{release}");
    }
}

#[test]
fn an_older_release_asks_for_the_provider_itself() {
    let scene = scene(ASKS);
    let mut terminal = scene.in_terminal(&["login", "openrouter", "--keep-active"]);
    shows(&terminal, "choose openrouter");
    shows(&terminal, "Select provider");
    terminal.type_in("openrouter");
    shows(&terminal, "1 match");
    terminal.type_in("\r");
    shows(&terminal, "Enter your API key");
    terminal.type_in("sk-two\r");

    assert_eq!(terminal.wait(SOON).code(), Some(0), "{}", terminal.stdout());
    assert_eq!(key_in_use(&scene), "sk-one");
    scene.done(&["switch", "openrouter", "openrouter"]);
    assert_eq!(key_in_use(&scene), "sk-two");
}

#[test]
fn a_login_while_baton_runs_is_no_clobber_and_the_same_account_is_known_again() {
    let mut scene = scene("1.18.33");
    scene.done(&["add", "--label", "first"]);
    scene.start_baton();
    for (key, said) in [("sk-two", "Saved openrouter as"), ("sk-two", "is known already: its login is renewed")] {
        let mut terminal = scene.in_terminal(&["login", "openrouter"]);
        shows(&terminal, "Enter your API key");
        terminal.type_in(&format!("{key}\r"));
        assert_eq!(terminal.wait(SOON).code(), Some(0), "{}", terminal.stdout());
        shows(&terminal, said);
        assert_eq!(key_in_use(&scene), "sk-two");
    }
    let status = scene.status();
    assert_eq!(status["providers"][0]["accounts"].as_array().map(Vec::len), Some(2), "{status}");
}

/// The keychain asks for its password while the person is in the login, and nobody gives it.
#[test]
fn a_login_that_the_keychain_refuses_is_kept_until_it_is_saved() {
    let mut scene = with_key(Scene::new("1.18.33", Vault::Keychain));
    scene.done(&["add", "--label", "first"]);
    scene.start_baton();
    kept_for_a_locked_keychain(&scene, "sk-two");
    assert!(scene.status()["problems"].to_string().contains("a new login isn't saved yet"));
    let mut refused = scene.in_terminal(&["login", "zai"]);
    assert_eq!(refused.wait(SOON).code(), Some(4), "{}", refused.stdout());
    shows(&refused, "`baton login openrouter` saves it");

    scene.desktop().lock_keychain(false);
    let mut terminal = scene.in_terminal(&["login", "openrouter", "--label", "second"]);
    assert_eq!(terminal.wait(SOON).code(), Some(0), "{}", terminal.stdout());
    shows(&terminal, "Saved openrouter as \"second\"");
    shows(&terminal, "This is the login that was kept");
    assert_eq!(key_in_use(&scene), "sk-two");
    nothing_is_left_behind(&scene);

    kept_for_a_locked_keychain(&scene, "sk-three");
    scene.stop_baton();
    scene.desktop().lock_keychain(false);
    scene.start_baton();
    eventually("the third account is there", SOON, || {
        let status = scene.status();
        (status["providers"][0]["accounts"].as_array().map(Vec::len) == Some(3)).then_some(())
    });
    eventually("nothing is left of it", SOON, || (!scene.home.baton("login").exists()).then_some(()));
}

#[test]
fn a_login_is_kept_when_baton_does_not_answer_and_the_person_leaves() {
    let mut scene = scene("1.18.33");
    scene.start_baton();
    let mut terminal = scene.in_terminal(&["login", "openrouter"]);
    shows(&terminal, "Enter your API key");
    scene.hold_baton(true);
    terminal.type_in("sk-two\r");
    let brought = scene.home.baton("login/opencode/auth.json");
    let has_key = || std::fs::read_to_string(&brought).is_ok_and(|text| text.contains("sk-two"));
    eventually("OpenCode has written the login", SOON, || has_key().then_some(()));
    eventually("the person has left", SOON, || {
        terminal.interrupt();
        terminal.ended()
    });
    shows(&terminal, "the login is kept, but not saved yet");
    assert!(has_key());

    scene.hold_baton(false);
    let mut terminal = scene.in_terminal(&["login", "openrouter"]);
    assert_eq!(terminal.wait(SOON).code(), Some(0), "{}", terminal.stdout());
    assert_eq!(key_in_use(&scene), "sk-two");
    nothing_is_left_behind(&scene);
}

#[track_caller]
fn kept_for_a_locked_keychain(scene: &Scene, key: &str) {
    let mut terminal = scene.in_terminal(&["login", "openrouter"]);
    shows(&terminal, "Enter your API key");
    scene.desktop().lock_keychain(true);
    terminal.type_in(&format!("{key}\r"));
    assert_eq!(terminal.wait(SOON).code(), Some(4), "{}", terminal.stdout());
    shows(&terminal, "the login is kept, but not saved yet");
    let mode = std::fs::metadata(scene.home.baton("login")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
}

#[test]
fn a_login_that_comes_to_nothing_changes_nothing() {
    let scene = scene("1.18.33");
    let mut cancelled = scene.in_terminal(&["login", "openrouter"]);
    shows(&cancelled, "Enter your API key");
    cancelled.type_in("\x03");
    assert_eq!(cancelled.wait(SOON).code(), Some(1), "{}", cancelled.stdout());
    shows(&cancelled, "nothing has changed");

    let mut unknown = scene.in_terminal(&["login", "nowhere"]);
    assert_eq!(unknown.wait(SOON).code(), Some(1), "{}", unknown.stdout());
    shows(&unknown, "Unknown provider");

    assert_eq!(key_in_use(&scene), "sk-one");
    assert_eq!(scene.status()["providers"], json!([]));
    nothing_is_left_behind(&scene);
}

#[test]
fn a_login_needs_opencode_and_a_terminal() {
    let mut scene = Scene::without_opencode(Vault::File);
    let refused = scene.cli(&["login", "openrouter"]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.stderr.contains("needs a terminal"), "{}", refused.stderr);

    // A machine with nothing on it but what a terminal takes.
    let programs = scene.home.path("programs");
    std::fs::create_dir(&programs).unwrap();
    for program in ["script", "sh", "stty"] {
        let found = std::env::split_paths(&std::env::var_os("PATH").unwrap()).find_map(|folder| {
            let path = folder.join(program);
            path.is_file().then_some(path)
        });
        std::os::unix::fs::symlink(found.unwrap(), programs.join(program)).unwrap();
    }
    scene.home.set("PATH", programs.display().to_string());
    let mut terminal = scene.in_terminal(&["login", "openrouter"]);
    assert_eq!(terminal.wait(SOON).code(), Some(1));
    shows(&terminal, "`opencode` wasn't found: install OpenCode");
    nothing_is_left_behind(&scene);
}
