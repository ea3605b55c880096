use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use e2e::{Scene, Vault, WebView, built, eventually};

use crate::app_in_tray;

const SOON: Duration = Duration::from_secs(30);

/// A person with a settings folder of their own, and the entry in it.
fn scene() -> (Scene, PathBuf) {
    let mut scene = Scene::without_opencode(Vault::File);
    let config = scene.home.path("config");
    scene.home.set("XDG_CONFIG_HOME", config.display().to_string());
    scene.login("a");
    (scene, config.join("autostart/baton-app.desktop"))
}

fn settings(scene: &Scene) -> String {
    fs::read_to_string(scene.home.baton("config.toml")).unwrap()
}

#[test]
fn one_switch_is_in_the_command_line_the_settings_and_the_app() {
    let (mut scene, entry) = scene();
    let appears = |there: bool| eventually("the entry follows", SOON, || (entry.exists() == there).then_some(()));

    // By command, with nothing running.
    assert!(scene.done(&["autostart", "status"]).contains("doesn't start at login"));
    assert_eq!(scene.done(&["autostart", "on"]), "Baton starts at login.\n");
    let text = fs::read_to_string(&entry).unwrap();
    assert!(text.contains(&format!("Exec=\"{}\" --hidden\n", built("baton-app").display())), "{text}");
    assert!(settings(&scene).contains("autostart = true"), "{}", settings(&scene));
    assert_eq!(scene.done(&["autostart", "status", "--json"]), "{\"autostart\":\"on\"}\n");

    // In the app.
    scene.screen();
    let window = WebView::start(&scene.home, &built("baton-app"));
    window.wait_for("a@example.com");
    window.click("button[name=settings]");
    window.click("main .group button[role=switch]");
    appears(false);
    eventually("it is set", SOON, || settings(&scene).contains("autostart = false").then_some(()));

    // In the settings file, while the app runs.
    scene.write_settings(Vault::File, "[app]\nautostart = true\n");
    appears(true);

    // By command, while the app runs.
    scene.done(&["autostart", "off"]);
    appears(false);
}

#[test]
fn at_login_the_app_starts_hidden() {
    let (mut scene, entry) = scene();
    scene.done(&["autostart", "on"]);
    let text = fs::read_to_string(&entry).unwrap();
    let command = text.lines().find_map(|line| line.strip_prefix("Exec=")).unwrap().to_owned();
    assert_eq!(command, format!("\"{}\" --hidden", built("baton-app").display()), "it is what the harness starts");

    app_in_tray(&mut scene).icon();
    assert_eq!(scene.windows("Baton"), 0);
}
