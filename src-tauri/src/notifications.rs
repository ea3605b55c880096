//! Native notifications. Words nothing itself: title and body come from the daemon.

use daemon::control::Problem;
use tauri::AppHandle;
use tauri_plugin_notification::NotificationExt;

use crate::picture;

/// The part that missing notifications are reported under.
pub(crate) const PART: &str = "notifications";

/// Shows a notification; where that fails, the popover says so.
pub(crate) fn show(app: &AppHandle, title: &str, body: &str) {
    if app.notification().builder().title(title).body(body).show().is_err() {
        picture::report(app, missing());
    }
}

/// What the popover says where no notifications are shown.
pub(crate) fn missing() -> Problem {
    Problem {
        part: PART.to_owned(),
        message: "This desktop shows no notifications, so Baton can't tell you when it switches.".to_owned(),
        remedy: Some("Start a notification service, such as dunst, or set `[notifications] command`.".to_owned()),
    }
}
