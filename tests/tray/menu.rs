use std::time::Duration;

use e2e::{Scene, Vault, eventually};

use super::app_in_tray;

const SOON: Duration = Duration::from_secs(20);

#[test]
fn the_menu_lists_the_accounts_and_choosing_one_switches() {
    let mut scene = Scene::without_opencode(Vault::Keychain);
    scene.login("b");
    scene.login("a");
    let host = app_in_tray(&mut scene);
    let icon = host.icon();

    eventually("A has the check mark", SOON, || (icon.entry("a").checked == Some(true)).then_some(()));
    assert_eq!(icon.entry("b").checked, Some(false));
    icon.choose("b");

    eventually("B is active", SOON, || (scene.active()? == "b").then_some(()));
    eventually("B has the check mark", SOON, || (icon.entry("b").checked == Some(true)).then_some(()));
    assert_eq!(icon.entry("a").checked, Some(false));
}

#[test]
fn quit_ends_the_app_and_its_daemon() {
    let mut scene = Scene::without_opencode(Vault::File);
    scene.login("a");
    let host = app_in_tray(&mut scene);
    let icon = host.icon();

    icon.choose("Quit");

    assert!(scene.app_ends().success());
    assert!(!scene.home.baton("control.json").exists(), "no daemon is left behind");
}

#[test]
fn a_pause_from_the_menu_ends_by_itself_and_can_be_ended_there() {
    let mut scene = Scene::without_opencode(Vault::File);
    scene.login("a");
    let host = app_in_tray(&mut scene);
    let icon = host.icon();

    icon.choose("Pause switching for 1 hour");
    eventually("it is paused", SOON, || scene.status()["failover"]["paused_until"].as_str().map(str::to_owned));
    assert!(!icon.entry("Switching is paused until").enabled);
    icon.choose("Resume switching");
    eventually("it goes on", SOON, || (scene.status()["failover"]["enabled"] == true).then_some(()));
    icon.choose("Pause switching until tomorrow");
    eventually("it is paused", SOON, || scene.status()["failover"]["paused_until"].as_str().map(str::to_owned));
}

#[test]
fn the_next_account_is_named_and_taken() {
    let mut scene = Scene::without_opencode(Vault::File);
    scene.login("b");
    scene.login("a");
    let host = app_in_tray(&mut scene);

    host.icon().choose("Next account: b");

    eventually("B is active", SOON, || (scene.active()? == "b").then_some(()));
}
