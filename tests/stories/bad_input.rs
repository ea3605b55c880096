use std::fs;
use std::time::Duration;

use e2e::{Behaviour, Cli, Scene, Vault, eventually, holds};

const SOON: Duration = Duration::from_secs(10);

fn scene() -> Scene {
    let scene = Scene::new("1.18.33", Vault::File);
    scene.login("b");
    scene.login("a");
    scene
}

fn problems(scene: &Scene) -> String {
    scene.status()["problems"].to_string()
}

#[test]
fn a_half_written_auth_file_is_never_written_over() {
    let mut scene = scene();
    scene.start_baton();
    let whole = fs::read_to_string(scene.home.auth_file()).unwrap();
    let half = &whole[..whole.len() / 2];
    fs::write(scene.home.auth_file(), half).unwrap();

    eventually("the state is shown", SOON, || problems(&scene).contains("auth_file").then_some(()));
    assert_eq!(scene.cli(&["switch", "openai", "b"]).code, Some(1));
    assert_eq!(fs::read_to_string(scene.home.auth_file()).unwrap(), half);

    fs::write(scene.home.auth_file(), &whole).unwrap();
    eventually("the state is over", SOON, || (!problems(&scene).contains("auth_file")).then_some(()));
    scene.done(&["switch", "openai", "b"]);
    assert_eq!(scene.active().as_deref(), Some("b"));
}

#[test]
fn a_wrong_word_gets_one_line_that_says_what_is_there() {
    let scene = scene();
    let check = |args: &[&str], code: i32, names: &str| {
        let Cli { code: got, stderr, .. } = scene.cli(args);
        assert_eq!(got, Some(code), "baton {}: {stderr}", args.join(" "));
        assert!(stderr.contains(names), "baton {}: {stderr}", args.join(" "));
    };
    check(&["switch", "openai", "nobody"], 2, "there are");
    check(&["switch", "nowhere", "a"], 2, "openai");
    check(&["add", "fake", "--key-stdin"], 2, "key");
    check(&["frobnicate"], 2, "frobnicate");
}

#[test]
fn a_second_daemon_says_where_the_first_one_runs() {
    let mut scene = scene();
    scene.start_baton();
    let Cli { code, stderr, .. } = scene.cli(&["run"]);
    assert_eq!(code, Some(1), "{stderr}");
    assert!(stderr.contains(&scene.baton_pid().to_string()), "{stderr}");
}

#[test]
fn after_a_downgrade_nothing_is_written_and_the_newer_version_is_named() {
    let mut scene = scene();
    scene.start_baton();
    scene.stop_baton();
    let file = scene.home.baton("ledger.db");
    let ledger = rusqlite::Connection::open(&file).unwrap();
    // A later release that changed what this one relies on would leave this.
    ledger.execute("UPDATE meta SET value = '99999' WHERE key = 'min_reader'", []).unwrap();
    ledger.execute("UPDATE meta SET value = '9.9.9' WHERE key = 'written_by'", []).unwrap();
    ledger.pragma_update(None, "wal_checkpoint", "TRUNCATE").unwrap();
    drop(ledger);
    let kept =
        || [file.clone(), scene.home.baton("vault.json"), scene.home.auth_file()].map(|file| fs::read(file).unwrap());
    let before = kept();

    for command in [&["status"][..], &["add"], &["switch", "openai", "b"], &["remove", "openai", "b"], &["run"]] {
        let Cli { code, stderr, .. } = scene.cli(command);
        assert_eq!(code, Some(1), "baton {}: {stderr}", command.join(" "));
        for said in ["Baton 9.9.9", "newer than this one", "use that version"] {
            assert!(stderr.contains(said), "baton {}: {stderr}", command.join(" "));
        }
    }
    assert!(kept() == before, "ledger, vault and OpenCode's logins stay as they were");
}

#[test]
fn unknown_settings_are_named_and_the_last_good_ones_stay() {
    let mut scene = scene();
    scene.start_baton();
    scene.write_settings(Vault::File, "[failover]\nenabeld = false\n");

    eventually("the key is named", SOON, || problems(&scene).contains("enabeld").then_some(()));
    assert_eq!(scene.status()["failover"]["enabled"], true);

    scene.write_settings(Vault::File, "[failover]\nenabled = false\n");
    eventually("the new ones count", SOON, || (scene.status()["failover"]["enabled"] == false).then_some(()));
    assert!(!problems(&scene).contains("settings"), "{}", problems(&scene));
}

#[test]
fn baton_waits_for_an_opencode_that_has_not_run_yet() {
    let mut scene = Scene::new("1.18.33", Vault::File);
    scene.start_baton();
    assert!(!scene.home.path(".local/share/opencode").exists(), "Baton makes no folder of OpenCode's");
    assert!(problems(&scene).contains("log"), "{}", problems(&scene));

    scene.login("b");
    let (a, _) = scene.login("a");
    scene.provider.behave(&a, Behaviour::UsageLimit { resets_in: 3600 });
    let (code, text) = scene.ask(&scene.project("p")).end(Duration::from_secs(90));
    assert_eq!((code, text.as_str()), (Some(0), "The answer for b."));
}

#[test]
fn without_a_keychain_every_surface_says_so_and_nothing_is_kept_elsewhere() {
    let mut scene = scene();
    // No session bus, hence no Secret Service.
    scene.write_settings(Vault::Keychain, "");
    let (_, tokens) = scene.provider.enroll("c");
    scene.home.set_auth("openai", tokens.entry());

    let Cli { code, stderr, .. } = scene.cli(&["add"]);
    assert_eq!(code, Some(4), "{stderr}");
    assert!(stderr.contains("keychain"), "{stderr}");
    scene.start_baton();
    eventually("the state is shown", SOON, || problems(&scene).contains("keychain").then_some(()));
    holds("c is kept nowhere", Duration::from_secs(1), || {
        !fs::read_to_string(scene.home.baton("vault.json")).unwrap_or_default().contains(&tokens.refresh)
    });
}
