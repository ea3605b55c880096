use std::fs;
use std::process::Command;
use std::time::Duration;

use e2e::{Scene, TrayHost, Vault, WebView, built, eventually};

use super::{app_in_tray, app_on_a_whole_desktop};

const SOON: Duration = Duration::from_secs(30);

#[test]
fn a_click_on_the_icon_opens_the_popover_and_the_next_one_closes_it() {
    let mut scene = Scene::without_opencode(Vault::File);
    scene.login("a");
    let host = app_in_tray(&mut scene);
    let icon = host.icon();
    assert_eq!(scene.windows("Baton"), 0, "nothing opens by itself");

    icon.click(900, 5);
    is_open(&scene);
    icon.click(900, 5);
    is_closed(&scene);
}

#[test]
fn the_popover_opens_at_the_icon_and_leaves_when_the_person_looks_away_or_presses_escape() {
    let mut scene = Scene::without_opencode(Vault::File);
    scene.login("a");
    let host = app_in_tray(&mut scene);
    let icon = host.icon();

    icon.click(900, 5);
    is_open(&scene);
    let [left, top, width, height] = scene.window_area("Baton");
    assert_eq!([left, top, width, height], [900 - width / 2, 14, 380, 560]);
    eventually("Escape closes it", SOON, || {
        scene.press("Escape");
        (scene.windows("Baton") == 0).then_some(())
    });

    // In the corner, and larger than what is left there.
    icon.click(1270, 795);
    is_open(&scene);
    let [left, top, width, height] = scene.window_area("Baton");
    assert_eq!([left + width, top + height], [1280 - 8, 795 - 8]);
    eventually("it leaves", SOON, || {
        scene.look_away();
        (scene.windows("Baton") == 0).then_some(())
    });
}

#[test]
fn the_menu_opens_the_popover_where_it_was() {
    let mut scene = Scene::without_opencode(Vault::File);
    scene.login("a");
    let host = app_in_tray(&mut scene);
    let icon = host.icon();

    icon.click(400, 5);
    is_open(&scene);
    let place = scene.window_area("Baton");
    icon.click(400, 5);
    is_closed(&scene);
    icon.choose("Settings");
    is_open(&scene);
    assert_eq!(scene.window_area("Baton"), place);
}

#[test]
fn keys_open_the_popover_once_the_person_has_set_them() {
    let mut scene = Scene::without_opencode(Vault::File);
    scene.login("a");
    let _host = app_in_tray(&mut scene);
    scene.press("ctrl+alt+b");

    scene.write_settings(Vault::File, "[app]\nshortcut = \"Ctrl+Alt+B\"\n");
    eventually("the keys open it", SOON, || {
        scene.press("ctrl+alt+b");
        // The next press would close it again.
        (0..100).any(|_| scene.windows("Baton") == 1).then_some(())
    });

    scene.write_settings(Vault::File, "[app]\nshortcut = \"Ctrl+Nonsense\"\n");
    assert_eq!(scene.cli(&["status"]).code, Some(0), "keys that aren't known break nothing");
}

#[test]
fn a_desktop_without_a_tray_is_told_everywhere() {
    let mut scene = Scene::without_opencode(Vault::File);
    scene.login("a");
    scene.screen();
    scene.start_app();

    let problems = || scene.status()["problems"].as_array().cloned().unwrap_or_default();
    let told = |part: &str| problems().iter().any(|problem| problem["part"] == part);
    eventually("the tray is missed", SOON, || told("tray").then_some(()));
    eventually("notifications are missed", SOON, || told("notifications").then_some(()));
    let doctor = scene.cli(&["doctor"]).stdout;
    assert!(doctor.contains("no tray that icons can sit in"), "{doctor}");

    let _host = TrayHost::start(scene.desktop());
    eventually("there is one", SOON, || (!told("tray")).then_some(()));
}

#[test]
fn what_an_app_lacked_is_nobodys_once_it_has_ended() {
    let mut scene = Scene::without_opencode(Vault::File);
    scene.login("a");
    scene.screen();
    scene.start_baton();
    let told = |scene: &Scene| {
        let problems = scene.status()["problems"].as_array().cloned().unwrap_or_default();
        problems.iter().any(|problem| problem["part"] == "tray")
    };

    scene.start_app();
    eventually("the tray is missed", SOON, || told(&scene).then_some(()));
    scene.stop_app();
    assert!(!told(&scene), "nobody misses a tray any more");
}

#[test]
fn without_a_page_nothing_of_the_web_view_runs_on() {
    let mut scene = Scene::without_opencode(Vault::File);
    scene.login("a");
    let host = app_in_tray(&mut scene);
    let icon = host.icon();
    let click = |windows: usize| {
        icon.click(900, 5);
        eventually("the click does something", SOON, || (scene.windows("Baton") == windows).then_some(()));
    };

    for _ in 0..2 {
        click(1);
        click(0);
        one_waits(&scene);
    }
}

#[test]
fn a_popover_that_ended_while_it_waited_is_started_by_the_click() {
    let mut scene = Scene::without_opencode(Vault::File);
    scene.login("a");
    let host = app_on_a_whole_desktop(&mut scene);
    kill(one_waits(&scene));
    eventually("it is gone", SOON, || scene.app_children().is_empty().then_some(()));

    host.icon().click(900, 5);
    is_open(&scene);
    assert_eq!(scene.notifications_shown(), Vec::<String>::new(), "nobody is told of what nobody saw");
}

#[test]
fn a_popover_that_crashes_takes_nothing_along_and_opens_again() {
    let mut scene = Scene::without_opencode(Vault::File);
    scene.login("a");
    let host = app_on_a_whole_desktop(&mut scene);
    let icon = host.icon();
    icon.click(900, 5);
    is_open(&scene);

    kill(scene.app_children()[0]);

    is_closed(&scene);
    let told = eventually("the person is told", SOON, || scene.notifications_shown().pop());
    assert!(told.contains("The popover ended by itself") && told.contains("Open it again."), "{told}");
    icon.click(900, 5);
    is_open(&scene);
}

#[test]
fn the_popover_goes_with_the_app_however_that_ends() {
    for opened in [true, false] {
        let mut scene = Scene::without_opencode(Vault::File);
        scene.login("a");
        let host = app_in_tray(&mut scene);
        let popover = one_waits(&scene);
        if opened {
            host.icon().click(900, 5);
            is_open(&scene);
        }

        kill(scene.app_pid());
        // Nobody may be there to take notice of its end, but then it has no program any more.
        let program = format!("/proc/{popover}/exe");
        eventually("its process ends", SOON, || fs::read_link(&program).is_err().then_some(()));
        is_closed(&scene);
    }
}

#[test]
fn the_view_is_the_one_that_the_person_left() {
    let mut scene = Scene::without_opencode(Vault::File);
    scene.login("a");
    scene.screen();
    let view = |window: &WebView| window.run("return document.querySelector('nav [aria-current]')?.name");
    let window = WebView::start(&scene.home, &built("baton-app"));
    window.click("button[name=activity]");
    eventually("it is shown", SOON, || (view(&window) == "activity").then_some(()));
    eventually("Escape closes it", SOON, || {
        scene.press("Escape");
        (scene.windows("Baton") == 0).then_some(())
    });
    drop(window);

    let window = WebView::start(&scene.home, &built("baton-app"));
    eventually("what happened is shown", SOON, || (view(&window) == "activity").then_some(()));
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
    window.click("button[aria-label^='Switch'][aria-label*='b']");

    eventually("B is active", SOON, || (scene.active()? == "b").then_some(()));
    window.click("button[name=all-problems]");
    window.wait_for("tray");
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

/// Of the web view there is one process, which has no page. Its id.
#[track_caller]
fn one_waits(scene: &Scene) -> u32 {
    eventually("one waits for the next opening", SOON, || {
        let [one] = scene.app_children()[..] else { return None };
        let name = fs::read_to_string(format!("/proc/{one}/comm")).ok()?;
        (name == "baton-popover\n").then_some(one)
    })
}

#[track_caller]
fn kill(process: u32) {
    assert!(Command::new("kill").args(["-KILL", &process.to_string()]).status().unwrap().success());
}

#[track_caller]
fn is_open(scene: &Scene) {
    eventually("the popover is open", SOON, || (scene.windows("Baton") == 1).then_some(()));
}

#[track_caller]
fn is_closed(scene: &Scene) {
    eventually("the popover is closed", SOON, || (scene.windows("Baton") == 0).then_some(()));
}
