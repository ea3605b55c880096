//! The tray app: an icon, a menu, a popover and notifications around the daemon that it runs.
//! Decides nothing about accounts: it shows what the daemon says and passes on what a person asks.

#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

mod autostart;
mod daemon_link;
mod discreet;
mod draw;
mod icon;
#[cfg(target_os = "linux")]
mod linux;
mod menu;
mod notifications;
mod picture;
mod placement;
mod popover;
#[cfg(test)]
mod sample;
mod shortcut;
mod texts;
mod tray;
mod updates;
#[cfg(windows)]
mod windows;

use std::error::Error;

use daemon::autostart::HIDDEN;
use tauri::{App, AppHandle, Manager, RunEvent};

use crate::daemon_link::DaemonLink;
use crate::picture::Picture;
use crate::popover::Popover;
use crate::shortcut::Shortcut;
use crate::tray::Tray;
use crate::updates::Updates;

fn main() -> Result<(), Box<dyn Error>> {
    #[cfg(target_os = "linux")]
    {
        linux::prepare()?;
        if popover::child::is_wanted() {
            return popover::child::run(context());
        }
    }
    // One thread carries the daemon and all that the app waits for.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    tauri::async_runtime::set(runtime.handle().clone());
    let builder = tauri::Builder::default();
    #[cfg(target_os = "linux")]
    let builder = builder.manage(linux::Notices::default());
    #[cfg(not(target_os = "linux"))]
    let builder = builder
        .plugin(tauri_plugin_autostart::Builder::new().arg(HIDDEN).build())
        .plugin(tauri_plugin_notification::init())
        .invoke_handler(tauri::generate_handler![popover::here::ask]);
    let app = builder
        .plugin(tauri_plugin_single_instance::init(|app, arguments, _| {
            // Whoever starts programs at login may do so twice.
            if arguments.iter().all(|argument| argument != HIDDEN) {
                popover::open_soon(app, None);
            }
        }))
        .plugin(tauri_plugin_updater::Builder::new().build())
        .manage(autostart::Wanted::default())
        .manage(DaemonLink::default())
        .manage(Picture::default())
        .manage(Popover::default())
        .manage(Shortcut::default())
        .manage(Tray::default())
        .manage(Updates::default())
        .setup(move |app| Ok(start(app, runtime)?))
        .build(context())?;
    app.run(on_event);
    Ok(())
}

/// The app's configuration and page. Only here, because each use would put all of it into the program.
fn context() -> tauri::Context {
    tauri::generate_context!()
}

fn start(app: &mut App, runtime: tokio::runtime::Runtime) -> std::io::Result<()> {
    #[cfg(target_os = "macos")]
    app.set_activation_policy(tauri::ActivationPolicy::Accessory);
    let app = app.handle();
    #[cfg(windows)]
    windows::register(app);
    let in_tray = tray::put_up(app);
    updates::start(app);
    app.state::<DaemonLink>().start(app.clone(), runtime)?;
    if !in_tray && std::env::args().all(|argument| argument != HIDDEN) {
        popover::open(app, None);
    }
    popover::get_ready(app);
    Ok(())
}

fn on_event(app: &AppHandle, event: RunEvent) {
    #[cfg(target_os = "macos")]
    if let RunEvent::Reopen { .. } = event {
        // There, starting the app again starts no second process.
        return popover::open(app, None);
    }
    if let RunEvent::ExitRequested { code: None, api, .. } = event {
        // The app lives on without a window; only a person's "Quit" carries a code.
        api.prevent_exit();
    } else if let RunEvent::Exit = event {
        popover::end(app);
        app.state::<DaemonLink>().stop();
    }
}
