//! The popover's window: made when it is opened and destroyed when it is closed, because a hidden web view keeps all of
//! its memory. Knows nothing of what the page shows but where it begins.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde::Serialize;
use tauri::webview::PageLoadEvent;
use tauri::{AppHandle, Emitter, Manager, Monitor, WebviewUrl, WebviewWindow, WebviewWindowBuilder, WindowEvent};

use crate::picture;
use crate::placement::{Area, Screen, place, screen_of};
use crate::tray;

const LABEL: &str = "popover";
const TITLE: &str = "Baton";
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

/// What is remembered of the popover while there is none.
#[derive(Default)]
pub(crate) struct Popover(Mutex<Remembered>);

#[derive(Default)]
struct Remembered {
    /// When it was closed because something else got the focus.
    left_at: Option<Instant>,
    /// Where the icon was clicked last.
    icon: Option<Area>,
}

impl Popover {
    fn remembered(&self) -> MutexGuard<'_, Remembered> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Opens the popover for a click at `icon`, or closes it. Main thread only.
pub(crate) fn toggle(app: &AppHandle, icon: Option<Area>) {
    let popover = app.state::<Popover>();
    let mut remembered = popover.remembered();
    remembered.icon = icon.or(remembered.icon);
    let just_left = remembered.left_at.take().is_some_and(|left_at| left_at.elapsed() < SAME_CLICK);
    drop(remembered);
    match app.get_webview_window(LABEL) {
        Some(_) => close(app),
        None if just_left => {}
        None => open(app, None),
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
    if let Some(window) = app.get_webview_window(LABEL) {
        if let Some(view) = view {
            // Fails only when the page is just being closed.
            let _ = window.emit(SHOW_VIEW, view);
        }
        return show(&window);
    }
    let in_tray = tray::is_up(app);
    let spot = in_tray.then(|| spot(app)).flatten();
    let app = app.clone();
    // Windows deadlocks when a web view is made inside an event handler.
    tauri::async_runtime::spawn_blocking(move || {
        // Fails when two clicks arrive at once: the first one's window opens.
        let _ = build(&app, in_tray, spot, view);
    });
}

/// Opens the popover from any thread.
pub(crate) fn open_soon(app: &AppHandle, view: Option<View>) {
    let handle = app.clone();
    // Fails only when the app is ending.
    let _ = app.run_on_main_thread(move || open(&handle, view));
}

/// Closes the popover, wherever it is called from.
pub(crate) fn close(app: &AppHandle) {
    if let Some(window) = app.get_webview_window(LABEL) {
        // Fails only when it is closing already.
        let _ = window.destroy();
    }
}

fn build(app: &AppHandle, in_tray: bool, spot: Option<Spot>, view: Option<View>) -> tauri::Result<()> {
    let builder = WebviewWindowBuilder::new(app, LABEL, WebviewUrl::default())
        .title(TITLE)
        .inner_size(WIDTH, HEIGHT)
        .visible(false)
        // Without a tray icon this is an ordinary window: one that a person can find again.
        .decorations(!in_tray)
        .always_on_top(in_tray)
        .skip_taskbar(in_tray)
        .resizable(!in_tray)
        .maximizable(false)
        // The page paints what is known at once, without asking for it.
        .initialization_script(first_words(app, view)?)
        .on_page_load(move |window, page| {
            if page.event() == PageLoadEvent::Finished {
                show(&window);
            }
        });
    let window = match &spot {
        Some(_) => builder.build()?,
        None => builder.center().build()?,
    };
    if let Some(spot) = spot {
        spot.take(&window)?;
    }
    let app = app.clone();
    window.on_window_event(move |event| {
        if in_tray && matches!(event, WindowEvent::Focused(false)) {
            leave_soon(&app);
        }
        #[cfg(target_os = "linux")]
        if matches!(event, WindowEvent::Destroyed) {
            crate::linux::end_network_process_soon(&app);
        }
    });
    Ok(())
}

/// Closes the popover unless the person comes back to it at once.
fn leave_soon(app: &AppHandle) {
    app.state::<Popover>().remembered().left_at = Some(Instant::now());
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        tokio::time::sleep(GLANCE).await;
        let handle = app.clone();
        // Fails only when the app is ending.
        let _ = app.run_on_main_thread(move || {
            let left = |window: &WebviewWindow| !window.is_focused().unwrap_or_default();
            if handle.get_webview_window(LABEL).as_ref().is_some_and(left) {
                close(&handle);
            }
        });
    });
}

/// `window.baton`: what the page begins with.
fn first_words(app: &AppHandle, view: Option<View>) -> tauri::Result<String> {
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

fn show(window: &WebviewWindow) {
    // Each fails only when the window has just been closed.
    let _ = window.show();
    #[cfg(target_os = "linux")]
    crate::linux::focus(window);
    #[cfg(not(target_os = "linux"))]
    let _ = window.set_focus();
}

/// Where the popover goes.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Spot {
    area: Area,
    scale: f64,
}

impl Spot {
    /// Wayland ignores all of this: there, windows are placed by the desktop only.
    #[cfg(not(target_os = "macos"))]
    fn take(self, window: &WebviewWindow) -> tauri::Result<()> {
        let Area { left, top, width, height } = self.area;
        let place = tauri::PhysicalPosition::new(left, top);
        // On its screen first: Windows resizes what comes to a screen of another scale, and moves it then.
        window.set_position(place)?;
        window.set_size(tauri::PhysicalSize::new(width.cast_unsigned(), height.cast_unsigned()))?;
        window.set_position(place)
    }

    /// macOS has one desktop in logical pixels; physical ones are each screen's own.
    #[cfg(target_os = "macos")]
    fn take(self, window: &WebviewWindow) -> tauri::Result<()> {
        let logical = |pixels: i32| f64::from(pixels) / self.scale;
        let Area { left, top, width, height } = self.area;
        window.set_size(tauri::LogicalSize::new(logical(width), logical(height)))?;
        window.set_position(tauri::LogicalPosition::new(logical(left), logical(top)))
    }
}

/// At the icon: where the system says that it is, else where it was clicked last, else at the pointer.
fn spot(app: &AppHandle) -> Option<Spot> {
    let clicked = || app.state::<Popover>().remembered().icon;
    let pointer = || app.cursor_position().ok().map(|pointer| Area::point(whole(pointer.x), whole(pointer.y)));
    let icon = tray::area(app).or_else(clicked).or_else(pointer)?;
    let screens: Vec<Screen> = app.available_monitors().ok()?.iter().map(screen).collect();
    let screen = screen_of(icon, &screens)?;
    let (width, height) = (whole(WIDTH * screen.scale), whole(HEIGHT * screen.scale));
    Some(Spot { area: place(icon, screen.free, width, height), scale: screen.scale })
}

fn screen(monitor: &Monitor) -> Screen {
    let (place, size) = (monitor.position(), monitor.size());
    let free = monitor.work_area();
    Screen {
        whole: Area { left: place.x, top: place.y, width: size.width.cast_signed(), height: size.height.cast_signed() },
        free: Area {
            left: free.position.x,
            top: free.position.y,
            width: free.size.width.cast_signed(),
            height: free.size.height.cast_signed(),
        },
        scale: monitor.scale_factor(),
    }
}

#[expect(clippy::cast_possible_truncation, reason = "saturates, and no desktop is that large")]
pub(crate) fn whole(pixels: f64) -> i32 {
    pixels.round() as i32
}
