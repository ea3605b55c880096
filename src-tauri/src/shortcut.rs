//! The keys that open the popover from anywhere. Off until a person sets them, and nothing is loaded before that: on X11
//! whoever waits for keys looks for them twenty times a second.

use std::error::Error;
use std::sync::{Mutex, PoisonError};

use daemon::control::{Problem, phrases};
use tauri::{AppHandle, Manager, Wry};
use tauri_plugin_global_shortcut::{Builder, GlobalShortcut, GlobalShortcutExt, ShortcutState};

use crate::{picture, popover};

/// The part that keys which can't be had are reported under.
const PART: &str = "shortcut";

/// The keys that were asked for last.
#[derive(Default)]
pub(crate) struct Shortcut(Mutex<Option<String>>);

/// Has these keys open the popover, and no others. From any thread.
pub(crate) fn set_soon(app: &AppHandle, wanted: Option<String>) {
    let handle = app.clone();
    // Fails only when the app is ending.
    let _ = app.run_on_main_thread(move || set(&handle, wanted.as_deref()));
}

fn set(app: &AppHandle, wanted: Option<&str>) {
    let shortcut = app.state::<Shortcut>();
    let mut asked = shortcut.0.lock().unwrap_or_else(PoisonError::into_inner);
    if asked.as_deref() == wanted {
        return;
    }
    *asked = wanted.map(str::to_owned);
    drop(asked);
    match (listen(app, wanted), wanted) {
        (Err(fault), Some(wanted)) => picture::report(app, taken(wanted, &fault.to_string())),
        (Ok(()) | Err(_), _) => picture::settle(app, PART),
    }
}

fn listen(app: &AppHandle, wanted: Option<&str>) -> Result<(), Box<dyn Error>> {
    let loaded = app.try_state::<GlobalShortcut<Wry>>();
    match (&loaded, wanted) {
        (Some(loaded), _) => loaded.unregister_all()?,
        (None, Some(_)) => app.plugin(Builder::new().build())?,
        (None, None) => {}
    }
    if let Some(wanted) = wanted {
        app.global_shortcut().on_shortcut(wanted, |app, _, event| {
            if event.state == ShortcutState::Pressed {
                popover::toggle_soon(app);
            }
        })?;
    }
    Ok(())
}

fn taken(wanted: &str, fault: &str) -> Problem {
    Problem::new(PART, phrases::shortcut_unusable(wanted, fault), Some(phrases::other_shortcut()))
}
