//! What a person sees and clicks: the tray icon, its menu, the popover, notifications. On a screen and a session bus of
//! the test's own, with the app as it is built.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "tests")]

// Start at login, by whichever way it is set.
mod autostart;
// The icon.
mod icon;
// Its menu.
mod menu;
// The popover, in its real web view.
mod popover;
// What people do in its views, by mouse and by keyboard.
mod views;
// How every view looks: in each language and theme, for everybody, in pictures.
mod looks;
// Notifications on the desktop.
mod notifications;
// The app in an AppImage.
mod appimage;
// New versions, from a server of the tests' own.
mod updates;

use e2e::{Scene, TrayHost};

/// The app's host: a screen, a tray in it, and the app.
#[track_caller]
fn app_in_tray(scene: &mut Scene) -> TrayHost {
    scene.screen();
    start_app_in_tray(scene)
}

/// The same where notifications are shown.
#[track_caller]
fn app_on_a_whole_desktop(scene: &mut Scene) -> TrayHost {
    scene.screen();
    scene.notification_daemon();
    start_app_in_tray(scene)
}

fn start_app_in_tray(scene: &mut Scene) -> TrayHost {
    let host = TrayHost::start(scene.desktop());
    scene.start_app();
    host
}
