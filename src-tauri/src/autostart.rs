//! Start at login, as the settings want it: made so at the app's start and whenever they change.
//! Where nobody has set it, it is left as it is.

use std::sync::{Mutex, PoisonError};

use daemon::control::{Problem, phrases};
use tauri::{AppHandle, Manager};

use crate::picture;

/// The part that an entry which can't be made is reported under.
const PART: &str = "autostart";

/// What was wanted last; nothing before the first snapshot.
#[derive(Default)]
pub(crate) struct Wanted(Mutex<Option<Option<bool>>>);

/// Has the system start the app at login, or not.
pub(crate) fn follow(app: &AppHandle, wanted: Option<bool>) {
    let before = app.state::<Wanted>().0.lock().unwrap_or_else(PoisonError::into_inner).replace(wanted);
    let Some(on) = wanted.filter(|_| before != Some(wanted)) else { return };
    // The app has just started: nobody asks for anything now.
    let done = set(app, on, before.is_some());
    match done {
        Ok(()) => picture::settle(app, PART),
        Err(fault) => {
            let message = phrases::start_at_login_unchanged(fault.to_string());
            picture::report(app, Problem::new(PART, message, Some(phrases::set_start_at_login_again())));
        }
    }
}

#[cfg(target_os = "linux")]
fn set(_: &AppHandle, on: bool, is_asked: bool) -> Result<(), daemon::autostart::AutostartError> {
    let entry = daemon::autostart::Autostart::from_system()?;
    if is_asked { entry.set(on) } else { entry.restore(on) }
}

/// The system's own settings can't be told from what was never set: what the settings want is made so.
#[cfg(not(target_os = "linux"))]
fn set(app: &AppHandle, on: bool, _: bool) -> Result<(), tauri_plugin_autostart::Error> {
    use tauri_plugin_autostart::ManagerExt;

    let system = app.autolaunch();
    match on {
        // Again where it is on: the entry follows the app to its new place.
        true => system.enable(),
        false if system.is_enabled()? => system.disable(),
        false => Ok(()),
    }
}
