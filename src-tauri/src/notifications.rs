//! Native notifications, in the person's language. Makes up nothing: what they say comes from the daemon.
//! A click opens what happened where the system reports clicks: on Linux.

use daemon::control::{Failure, NoticeView, Problem, Words, phrases};
use jiff::tz::TimeZone;
use tauri::{AppHandle, Manager};
#[cfg(not(target_os = "linux"))]
use tauri_plugin_notification::NotificationExt;

#[cfg(target_os = "linux")]
use crate::linux::show;
use crate::picture::Picture;

/// The part that missing notifications are reported under.
pub(crate) const PART: &str = "notifications";

/// Shows what the daemon tells the person.
pub(crate) fn tell(app: &AppHandle, notice: &NoticeView) {
    let (picture, zone) = (app.state::<Picture>(), TimeZone::system());
    let texts = picture.texts();
    let said = |words: &Option<Words>, text: &str| {
        picture.seen(&words.as_ref().map_or_else(|| text.to_owned(), |words| texts.word(words, &zone)))
    };
    show(app, &said(&notice.title_words, &notice.title), &said(&notice.body_words, &notice.body));
}

/// Shows why something that was chosen in the menu wasn't done.
pub(crate) fn tell_failure(app: &AppHandle, failure: &Failure) {
    let (picture, zone) = (app.state::<Picture>(), TimeZone::system());
    let texts = picture.texts();
    let message = failure.message_words.as_ref().map(|words| texts.word(words, &zone));
    show(app, &texts.say("failed"), &picture.seen(message.as_deref().unwrap_or(&failure.message)));
}

/// Shows a notification; where that fails, the popover says so.
#[cfg(not(target_os = "linux"))]
fn show(app: &AppHandle, title: &str, body: &str) {
    if app.notification().builder().title(title).body(body).show().is_err() {
        crate::picture::report(app, missing());
    }
}

/// What the popover says where no notifications are shown.
pub(crate) fn missing() -> Problem {
    Problem::new(PART, phrases::no_notifications(), Some(phrases::get_notifications()))
}
