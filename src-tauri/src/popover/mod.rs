//! The popover: opened at the icon, closed when the person is done or looks elsewhere. Its window exists only while it is
//! open, because a hidden web view keeps all of its memory. Knows nothing of what the page shows but where it begins.

#[cfg(target_os = "linux")]
pub(crate) mod child;
#[cfg(not(target_os = "linux"))]
pub(crate) mod here;
#[cfg(target_os = "linux")]
mod lines;
mod page;
#[cfg(target_os = "linux")]
mod process;
mod spot;
mod window;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde::Serialize;
use tauri::{AppHandle, Manager};

#[cfg(not(target_os = "linux"))]
use here as host;
#[cfg(target_os = "linux")]
use process as host;

use crate::picture;
use crate::placement::Area;
use crate::tray;
use spot::Spot;
use window::Opening;

#[cfg(target_os = "linux")]
pub(crate) use process::set_theme;

const WIDTH: f64 = 380.0;
const HEIGHT: f64 = 560.0;
/// A click on the icon first takes the focus away, which closes the popover, and then arrives.
const SAME_CLICK: Duration = Duration::from_millis(300);
/// A notification that goes away takes the keyboard along for an instant.
const GLANCE: Duration = Duration::from_millis(100);
/// The event that asks an open page for another view.
const SHOW_VIEW: &str = "show_view";

/// A view of the page's that it can be opened at. Without one it comes back to where the person left it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum View {
    /// What happened.
    #[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "opened by clicks on notifications"))]
    Activity,
    /// What can be set.
    Settings,
}

/// The popover: where its window is, and what is remembered while there is none.
#[derive(Default)]
pub(crate) struct Popover {
    remembered: Mutex<Remembered>,
    #[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "there, Tauri knows the window"))]
    host: host::Host,
}

#[derive(Default)]
struct Remembered {
    /// When something else got the keyboard, unless it came back.
    left_at: Option<Instant>,
    /// Where the icon was clicked last.
    icon: Option<Area>,
}

impl Popover {
    fn remembered(&self) -> MutexGuard<'_, Remembered> {
        self.remembered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Does what can be done before the popover is opened.
pub(crate) fn get_ready(app: &AppHandle) {
    host::get_ready(app);
}

/// Opens the popover for a click at `icon`, or closes it. Main thread only.
pub(crate) fn toggle(app: &AppHandle, icon: Option<Area>) {
    let popover = app.state::<Popover>();
    let mut remembered = popover.remembered();
    remembered.icon = icon.or(remembered.icon);
    let just_left = remembered.left_at.take().is_some_and(|left_at| left_at.elapsed() < SAME_CLICK);
    drop(remembered);
    match host::is_open(app) {
        true => close(app),
        false if just_left => {}
        false => open(app, None),
    }
}

/// Opens or closes the popover from any thread.
pub(crate) fn toggle_soon(app: &AppHandle) {
    let handle = app.clone();
    // Fails only when the app is ending.
    let _ = app.run_on_main_thread(move || toggle(&handle, None));
}

/// Opens the popover, or brings it to the front. Main thread only.
pub(crate) fn open(app: &AppHandle, view: Option<View>) {
    if host::is_open(app) {
        if let Some(view) = view {
            tell(app, SHOW_VIEW, view);
        }
        return host::bring_to_front(app);
    }
    // What is shown has no keys that are no text, so there always is a script.
    let Ok(script) = first_words(app, view) else { return };
    let in_tray = tray::is_up(app);
    let clicked = app.state::<Popover>().remembered().icon;
    let spot = in_tray.then(|| Spot::find(app, clicked)).flatten();
    host::open(app, Opening { script, in_tray, spot, theme: None });
}

/// Opens the popover from any thread.
pub(crate) fn open_soon(app: &AppHandle, view: Option<View>) {
    let handle = app.clone();
    // Fails only when the app is ending.
    let _ = app.run_on_main_thread(move || open(&handle, view));
}

/// Closes the popover, wherever it is called from.
pub(crate) fn close(app: &AppHandle) {
    host::close(app);
}

/// Closes the popover for good: the app is ending.
pub(crate) fn end(app: &AppHandle) {
    host::end(app);
}

/// Tells the page, if there is one.
pub(crate) fn tell(app: &AppHandle, event: &'static str, payload: impl Serialize + Clone) {
    host::tell(app, event, payload);
}

/// Closes the popover when the person has turned to something else and doesn't come back to it at once.
fn focus_changed(app: &AppHandle, has: bool) {
    let left_at = (!has && tray::is_up(app)).then(Instant::now);
    app.state::<Popover>().remembered().left_at = left_at;
    if left_at.is_none() {
        return;
    }
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        tokio::time::sleep(GLANCE).await;
        if app.state::<Popover>().remembered().left_at == left_at {
            close(&app);
        }
    });
}

/// `window.baton`: what the page begins with.
fn first_words(app: &AppHandle, view: Option<View>) -> serde_json::Result<String> {
    #[derive(Serialize)]
    struct First {
        #[serde(flatten)]
        shown: picture::First,
        view: Option<View>,
    }
    // Read as text and not as a program: what stands in a label can't end the string.
    let first = serde_json::to_string(&First { shown: picture::first(app), view })?;
    Ok(format!("window.baton = JSON.parse({});", serde_json::to_string(&first)?))
}

#[expect(clippy::cast_possible_truncation, reason = "saturates, and no desktop is that large")]
pub(crate) fn whole(pixels: f64) -> i32 {
    pixels.round() as i32
}
