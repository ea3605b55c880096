//! What the page can ask of the app. Each command passes one thing on; none decides anything.

use std::sync::Arc;

use daemon::Paths;
use daemon::control::{ErrorCode, Failure, Problem, Reply, Request, Snapshot, phrases};
use tauri::{AppHandle, State};
use tokio::process::Command;

use crate::daemon_link::DaemonLink;
use crate::picture::Picture;
use crate::popover;
use crate::updates::{self, Standing, Updates};

/// Each system's own program that opens a folder.
const OPENER: &str = if cfg!(windows) {
    "explorer"
} else if cfg!(target_os = "macos") {
    "open"
} else {
    "xdg-open"
};

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

/// Opens the folder of Baton's own log.
#[tauri::command]
pub(crate) async fn open_log_folder() -> Result<(), Failure> {
    let paths = Paths::from_system().map_err(|fault| Failure::new(ErrorCode::Failed, fault.to_string()))?;
    let folder = paths.log_dir.display().to_string();
    let opened = Command::new(OPENER).arg(&paths.log_dir).spawn();
    opened
        .map(drop)
        .map_err(|fault| Failure::new(ErrorCode::Failed, phrases::folder_unopened(folder, OPENER, fault.to_string())))
}

/// How things stand with new versions.
#[tauri::command]
pub(crate) fn updates(updates: State<'_, Updates>) -> Standing {
    updates.standing()
}

/// Looks for a newer version.
#[tauri::command]
pub(crate) async fn look_for_updates(app: AppHandle) {
    updates::look(&app).await;
}

/// Installs the version that was found. Ends with the app's new start, or with a word why not.
#[tauri::command]
pub(crate) async fn install_update(app: AppHandle) {
    updates::install(&app).await;
}
