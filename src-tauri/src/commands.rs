//! What the page can ask of the app. Each command passes one thing on; none decides anything.

use std::sync::Arc;

use daemon::control::{ErrorCode, Failure, Problem, Reply, Request, Snapshot, phrases};
use tauri::{AppHandle, State};
use tauri_plugin_autostart::ManagerExt;

use crate::daemon_link::DaemonLink;
use crate::picture::Picture;
use crate::popover;

/// The daemon's last snapshot.
#[tauri::command]
pub(crate) fn snapshot(picture: State<'_, Picture>) -> Option<Arc<Snapshot>> {
    picture.snapshot()
}

/// What the app itself misses.
#[tauri::command]
pub(crate) fn problems(picture: State<'_, Picture>) -> Vec<Problem> {
    picture.problems()
}

/// Asks the daemon.
#[tauri::command]
pub(crate) async fn send(link: State<'_, DaemonLink>, request: Request) -> Result<Reply, Failure> {
    link.ask(request).await
}

/// Closes the popover.
#[tauri::command]
pub(crate) fn close(app: AppHandle) {
    popover::close(&app);
}

/// Ends the app, and the daemon if it runs in it.
#[tauri::command]
pub(crate) fn quit(app: AppHandle) {
    app.exit(0);
}

/// Whether the app starts at login.
#[tauri::command]
pub(crate) fn starts_at_login(app: AppHandle) -> Result<bool, Failure> {
    app.autolaunch().is_enabled().map_err(|error| Failure::new(ErrorCode::Failed, error.to_string()))
}

/// Makes the app start at login, or not; answers with how it is then.
#[tauri::command]
pub(crate) fn start_at_login(app: AppHandle, on: bool) -> Result<bool, Failure> {
    let done = if on { app.autolaunch().enable() } else { app.autolaunch().disable() };
    done.map_err(|error| Failure::new(ErrorCode::Failed, phrases::start_at_login_unchanged(error.to_string())))?;
    starts_at_login(app)
}
