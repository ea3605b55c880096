use std::fs;
use std::time::Duration;

use e2e::{Cli, Scene, Vault, eventually};
use serde_json::Value;

const SOON: Duration = Duration::from_secs(20);

fn store(scene: &Scene) -> Value {
    let printed: Value = serde_json::from_str(&scene.done(&["vault", "--json"])).unwrap();
    printed["vault"]["store"].clone()
}

fn settings(scene: &Scene) -> String {
    fs::read_to_string(scene.home.baton("config.toml")).unwrap()
}

/// The parts that have a problem. That OpenCode was never started here is none.
fn problems(scene: &Scene) -> Vec<String> {
    let parts = scene.status()["problems"].as_array().cloned().unwrap_or_default();
    parts
        .iter()
        .filter_map(|problem| problem["part"].as_str())
        .filter(|part| *part != "log")
        .map(str::to_owned)
        .collect()
}

/// Each account can be made active, with its newest tokens.
#[track_caller]
fn both_serve(scene: &Scene) {
    for name in ["b", "a"] {
        scene.done(&["switch", "openai", name]);
        assert_eq!(scene.active().as_deref(), Some(name));
        let refresh = scene.home.auth().unwrap()["openai"]["refresh"].clone();
        assert!(scene.provider.takes_refresh(refresh.as_str().unwrap()), "{name} has lost its newest tokens");
    }
}

fn scene(vault: Vault) -> Scene {
    let scene = Scene::without_opencode(vault);
    scene.write_settings(vault, "# mine\n");
    scene.login("b");
    scene.login("a");
    scene
}

#[test]
fn credentials_move_out_of_the_keychain_and_back_while_baton_runs() {
    let mut scene = scene(Vault::Keychain);
    let file = scene.home.baton("vault.json");
    scene.start_baton();

    let said = scene.done(&["vault", "file"]);
    assert!(said.contains(&file.display().to_string()) && said.contains("every program that runs as you"), "{said}");
    assert!(settings(&scene).contains("store = \"file\"") && settings(&scene).contains("# mine\n"));
    assert_eq!(fs::read_to_string(&file).unwrap().matches("\"refresh\"").count(), 2);
    both_serve(&scene);

    scene.done(&["vault", "keychain"]);
    assert!(!file.exists(), "nothing is left in the file");
    assert!(settings(&scene).contains("store = \"keychain\""));
    both_serve(&scene);
    assert_eq!(problems(&scene), Vec::<String>::new());
    scene.stop_baton();
    assert_eq!(store(&scene), "keychain");
    both_serve(&scene);
    scene.hunt_for_secrets();
}

#[test]
fn credentials_move_without_a_daemon_too() {
    let scene = scene(Vault::Keychain);
    scene.done(&["vault", "file"]);
    assert_eq!(store(&scene), "file");
    both_serve(&scene);
    scene.done(&["vault", "keychain"]);
    assert!(!scene.home.baton("vault.json").exists());
    both_serve(&scene);
}

#[test]
fn where_there_is_no_keychain_nothing_moves_and_nothing_changes() {
    let mut scene = scene(Vault::File);
    let before = (settings(&scene), fs::read(scene.home.baton("vault.json")).unwrap());
    let check = |scene: &Scene| {
        let Cli { code, stdout, stderr } = scene.cli(&["vault", "keychain"]);
        assert_eq!((code, stdout.as_str()), (Some(4), ""), "{stderr}");
        assert!(stderr.contains("no keychain"), "{stderr}");
        assert_eq!((settings(scene), fs::read(scene.home.baton("vault.json")).unwrap()), before);
        assert_eq!(store(scene), "file");
    };
    check(&scene);
    scene.start_baton();
    check(&scene);
    both_serve(&scene);
}

#[test]
fn a_machine_without_a_keychain_begins_with_one_command() {
    let scene = Scene::without_opencode(Vault::File);
    scene.write_settings(Vault::Keychain, "");
    let (_, tokens) = scene.provider.enroll("a");
    scene.home.set_auth("openai", tokens.entry());
    assert_eq!(scene.cli(&["add"]).code, Some(4));
    assert!(scene.cli(&["doctor"]).stdout.contains("`baton vault file`"));
    scene.done(&["vault", "file"]);
    scene.done(&["add"]);
    assert_eq!(problems(&scene), Vec::<String>::new());
}

#[test]
fn a_person_who_edits_the_settings_loses_nothing() {
    let mut scene = scene(Vault::Keychain);
    scene.start_baton();
    scene.write_settings(Vault::File, "");
    eventually("it is said", SOON, || (problems(&scene) == ["vault"]).then_some(()));
    both_serve(&scene);
    assert_eq!(store(&scene), "keychain");
    scene.stop_baton();
    scene.start_baton();
    assert_eq!(store(&scene), "file");
    both_serve(&scene);
    assert_eq!(problems(&scene), Vec::<String>::new());
}
