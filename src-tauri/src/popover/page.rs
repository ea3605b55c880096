//! What the page can ask of the app: this and nothing else. Each question is passed on; none is decided here.

use daemon::Paths;
use daemon::control::{ErrorCode, Failure, Request, phrases};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tauri::{AppHandle, Manager};
use tokio::process::Command;

use crate::daemon_link::DaemonLink;
use crate::picture::Picture;
use crate::updates::{self, Updates};

/// Each system's own program that opens a folder.
const OPENER: &str = if cfg!(windows) {
    "explorer"
} else if cfg!(target_os = "macos") {
    "open"
} else {
    "xdg-open"
};

/// A question of the page's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub(crate) enum Asked {
    /// The daemon's last snapshot; `null` while there is no daemon.
    Snapshot,
    /// What the app itself misses.
    Problems,
    /// How things stand with new versions.
    Updates,
    /// A request to the daemon; the answer is its reply.
    Send { request: Request },
    /// To close the popover.
    Close,
    /// To end the app, and the daemon if it runs in it.
    Quit,
    /// To open the folder of Baton's own log.
    OpenLogFolder,
    /// To look for a newer version.
    LookForUpdates,
    /// To install the version that was found. Ends with the app's new start, or with a word why not.
    InstallUpdate,
}

/// The answer; `null` where there is nothing to say.
///
/// # Errors
/// What the daemon refuses, and a folder that can't be opened.
pub(crate) async fn answer(app: &AppHandle, asked: Asked) -> Result<Value, Failure> {
    match asked {
        Asked::Snapshot => return json(app.state::<Picture>().snapshot()),
        Asked::Problems => return json(app.state::<Picture>().problems()),
        Asked::Updates => return json(app.state::<Updates>().standing()),
        Asked::Send { request } => return json(app.state::<DaemonLink>().ask(request).await?),
        Asked::Close => super::close(app),
        Asked::Quit => app.exit(0),
        Asked::OpenLogFolder => open_log_folder()?,
        Asked::LookForUpdates => updates::look(app).await,
        Asked::InstallUpdate => updates::install(app).await,
    }
    Ok(Value::Null)
}

fn json(answer: impl Serialize) -> Result<Value, Failure> {
    serde_json::to_value(answer).map_err(Failure::failed)
}

fn open_log_folder() -> Result<(), Failure> {
    let paths = Paths::from_system().map_err(Failure::failed)?;
    let folder = paths.log_dir.display().to_string();
    let opened = Command::new(OPENER).arg(&paths.log_dir).spawn();
    opened
        .map(drop)
        .map_err(|fault| Failure::new(ErrorCode::Failed, phrases::folder_unopened(folder, OPENER, fault.to_string())))
}
