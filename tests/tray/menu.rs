use std::time::Duration;

use e2e::{Scene, TrayHost, Vault, eventually};

const SOON: Duration = Duration::from_secs(20);

#[test]
fn the_menu_lists_the_accounts_and_choosing_one_switches() {
    let mut scene = Scene::without_opencode(Vault::Keychain);
    scene.login("b");
    scene.login("a");
    scene.screen();
    let host = TrayHost::start(scene.desktop());
    scene.start_app();
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
    scene.screen();
    let host = TrayHost::start(scene.desktop());
    scene.start_app();
    let icon = host.icon();

    icon.choose("Quit");

    assert!(scene.app_ends().success());
    assert!(!scene.home.baton("control.json").exists(), "no daemon is left behind");
}
