use std::time::Duration;

use e2e::{Scene, TrayIcon, Vault, eventually};

use super::app_in_tray;

const SOON: Duration = Duration::from_secs(20);

#[test]
fn the_icon_shows_what_is_used_and_changes_with_it() {
    let mut scene = Scene::without_opencode(Vault::File);
    let (b, _) = scene.login("b");
    let (a, _) = scene.login("a");
    scene.provider.set_usage(&a, 50, 25);
    scene.provider.set_usage(&b, 75, 100);
    let host = app_in_tray(&mut scene);
    scene.done(&["usage", "--refresh"]);
    let icon = host.icon();

    eventually("A's figures are told", SOON, || icon.tooltip().contains("a, 5h 50 %, weekly 25 %").then_some(()));
    let first = icon.picture();
    let [short, long] = used(&first);
    assert!(short.abs_diff(50) < 8 && long.abs_diff(25) < 8, "{short}, {long}");

    // What stays the same isn't drawn again.
    scene.done(&["usage", "--refresh"]);
    assert_eq!(icon.picture(), first);

    scene.done(&["switch", "openai", "b"]);
    eventually("B's weekly window is spent", SOON, || icon.tooltip().contains("weekly 100 %").then_some(()));
    eventually("the icon is another", SOON, || (icon.picture() != first).then_some(()));

    scene.done(&["switch", "openai", "a"]);
    eventually("the icon is as it was", SOON, || (icon.picture() == first).then_some(()));
}

#[test]
fn a_pause_is_seen_on_the_icon() {
    let mut scene = Scene::without_opencode(Vault::File);
    scene.login("a");
    let host = app_in_tray(&mut scene);
    let icon = host.icon();
    let changes = |icon: &TrayIcon, from: &(i32, i32, Vec<u8>)| {
        eventually("the icon changes", SOON, || Some(icon.picture()).filter(|now| now != from))
    };
    eventually("the account is there", SOON, || icon.tooltip().contains(": a").then_some(()));
    let usual = icon.picture();

    scene.done(&["pause"]);
    let paused = changes(&icon, &usual);
    scene.done(&["resume"]);
    assert_eq!(changes(&icon, &paused), usual);
}

/// How much of each bar is used up, in percent.
fn used((width, height, pixels): &(i32, i32, Vec<u8>)) -> [usize; 2] {
    assert_eq!(width, height);
    let edge = usize::try_from(*width).unwrap();
    [5, 11].map(|unit| {
        let row = &pixels[unit * edge / 16 * edge * 4..][..edge * 4];
        let opaque = row.chunks(4).filter(|pixel| pixel[0] > 200).count();
        // A bar is fourteen of sixteen units long.
        opaque * 100 * 16 / (edge * 14)
    })
}

#[test]
fn the_icon_looks_as_the_settings_say_at_once() {
    let mut scene = Scene::without_opencode(Vault::File);
    let (a, _) = scene.login("a");
    scene.provider.set_usage(&a, 50, 25);
    let host = app_in_tray(&mut scene);
    scene.done(&["usage", "--refresh"]);
    let icon = host.icon();
    eventually("A's figures are told", SOON, || icon.tooltip().contains("5h 50 %").then_some(()));

    let mut seen = vec![icon.picture()];
    for style in ["plain", "percent"] {
        scene.write_settings(Vault::File, &format!("[app]\nicon = \"{style}\"\n"));
        let next = eventually("another icon", SOON, || Some(icon.picture()).filter(|now| !seen.contains(now)));
        seen.push(next);
    }
}
