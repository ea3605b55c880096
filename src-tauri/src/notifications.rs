//! Native notifications. Words nothing itself: title and body come from the daemon.
//! A click opens what happened where the system reports clicks: on Linux.

use daemon::control::Problem;
#[cfg(not(target_os = "linux"))]
use tauri::AppHandle;
#[cfg(not(target_os = "linux"))]
use tauri_plugin_notification::NotificationExt;

#[cfg(target_os = "linux")]
pub(crate) use crate::linux::show;

/// The part that missing notifications are reported under.
pub(crate) const PART: &str = "notifications";

/// Shows a notification; where that fails, the popover says so.
#[cfg(not(target_os = "linux"))]
pub(crate) fn show(app: &AppHandle, title: &str, body: &str) {
    if app.notification().builder().title(title).body(body).show().is_err() {
        crate::picture::report(app, missing());
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
