//! Start at login, as the settings want it: made so at the app's start and whenever they change.
//! Where nobody has set it, it is left as it is.

use std::sync::{Mutex, PoisonError};

use daemon::autostart::Autostart;
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
    let done = Autostart::from_system().and_then(|entry| match before {
        // The app has just started: nobody asks for anything now.
        None => entry.restore(on),
        Some(_) => entry.set(on),
    });
    match done {
        Ok(()) => picture::settle(app, PART),
        Err(fault) => {
            let message = phrases::start_at_login_unchanged(fault.to_string());
            picture::report(app, Problem::new(PART, message, Some(phrases::set_start_at_login_again())));
        }
    }
}
