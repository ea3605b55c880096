//! The popover's window in the app's own process: where the system's web view runs in processes of its own anyway, which
//! end with the last page.

use daemon::control::Failure;
use serde::Serialize;
use serde_json::Value;
use tauri::{AppHandle, Emitter};

use super::page::{self, Asked};
use super::window::{self, Opening};

/// Nothing is kept: Tauri knows its windows.
#[derive(Default)]
pub(crate) struct Host;

/// Answers the page.
#[tauri::command]
pub(crate) async fn ask(app: AppHandle, asked: Asked) -> Result<Value, Failure> {
    page::answer(&app, asked).await
}

/// Nothing can be: a page that is kept for later has all of its memory.
pub(super) fn get_ready(_: &AppHandle) {}

pub(super) fn is_open(app: &AppHandle) -> bool {
    window::find(app).is_some()
}

pub(super) fn open(app: &AppHandle, opening: Opening) {
    let app = app.clone();
    // Windows deadlocks when a web view is made inside an event handler.
    tauri::async_runtime::spawn_blocking(move || {
        let handle = app.clone();
        // Fails when two clicks arrive at once: the first one's window opens.
        let _ = window::build(&app, opening, move |has| super::focus_changed(&handle, has));
    });
}

pub(super) fn bring_to_front(app: &AppHandle) {
    window::front(app);
}

pub(super) fn close(app: &AppHandle) {
    if let Some(window) = window::find(app) {
        // Fails only when it is closing already.
        let _ = window.destroy();
    }
}

pub(super) fn end(app: &AppHandle) {
    close(app);
}

pub(super) fn tell(app: &AppHandle, event: &'static str, payload: impl Serialize + Clone) {
    // Fails only when the page is just being closed; the next one asks.
    let _ = app.emit(event, payload);
}
