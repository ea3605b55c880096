use std::time::Duration;

use e2e::{Scene, TrayHost, Vault, WebView, built, eventually};

const SOON: Duration = Duration::from_secs(30);

#[test]
fn a_click_on_the_icon_opens_the_popover_and_the_next_one_closes_it() {
    let mut scene = Scene::without_opencode(Vault::File);
    scene.login("a");
    scene.screen();
    let host = TrayHost::start(scene.desktop());
    scene.start_app();
    let icon = host.icon();
    assert_eq!(scene.windows("Baton"), 0, "nothing opens by itself");

    icon.click(900, 5);
    eventually("the popover is open", SOON, || (scene.windows("Baton") == 1).then_some(()));
    icon.click(900, 5);
    eventually("the popover is closed", SOON, || (scene.windows("Baton") == 0).then_some(()));
}

#[test]
fn the_window_shows_accounts_and_its_button_switches() {
    let mut scene = Scene::without_opencode(Vault::File);
    let (b, _) = scene.login("b");
    scene.login("a");
    scene.provider.set_usage(&b, 42, 7);
    scene.screen();
    // No tray host: the app opens a window, and says why.
    let window = WebView::start(&scene.home, &built("baton-app"));

    window.wait_for("b@example.com");
    window.wait_for("tray");
    window.click("button[aria-label^='Switch'][aria-label*='b']");

    eventually("B is active", SOON, || (scene.active()? == "b").then_some(()));
}

#[test]
fn a_key_pasted_into_the_window_becomes_an_account_and_stays_nowhere_else() {
    let mut scene = Scene::without_opencode(Vault::Keychain);
    scene.login("a");
    let (_, key) = scene.provider.enroll_key("pasted");
    scene.screen();
    let window = WebView::start(&scene.home, &built("baton-app"));

    window.wait_for("Add API key");
    window.click("button[name=add-key]");
    window.type_in("input[name=provider]", "fake");
    window.type_in("input[name=key]", &key);
    window.type_in("input[name=label]", "spare");
    window.click("button[type=submit]");

    window.wait_for("Saved: spare.");
    assert_eq!(scene.account("spare")["kind"], "api");
    scene.done(&["switch", "fake", "spare"]);
    assert_eq!(scene.home.auth().unwrap()["fake"]["key"], key.as_str());
    scene.hunt_for_secrets();
}
