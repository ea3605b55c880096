//! The popover's window: made when it is opened and destroyed when it is closed, because a hidden web view keeps all of
//! its memory. Knows nothing of what the page shows.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use tauri::webview::PageLoadEvent;
use tauri::{
    AppHandle, Manager, PhysicalPosition, PhysicalSize, WebviewUrl, WebviewWindow, WebviewWindowBuilder, WindowEvent,
};

use crate::placement::{Area, Point, place};
use crate::tray;

const LABEL: &str = "popover";
const TITLE: &str = "Baton";
const WIDTH: f64 = 380.0;
const HEIGHT: f64 = 560.0;
/// A click on the icon first takes the focus away, which closes the popover, and then arrives.
const SAME_CLICK: Duration = Duration::from_millis(300);

/// When the popover was last closed because something else got the focus.
#[derive(Default)]
pub(crate) struct Popover {
    left_at: Mutex<Option<Instant>>,
}

/// Opens the popover for a click at `pointer`, or closes it. Main thread only.
pub(crate) fn toggle(app: &AppHandle, pointer: PhysicalPosition<f64>) {
    let left_at = app.state::<Popover>().left_at.lock().unwrap_or_else(PoisonError::into_inner).take();
    let just_left = left_at.is_some_and(|left_at| left_at.elapsed() < SAME_CLICK);
    match app.get_webview_window(LABEL) {
        Some(_) => close(app),
        None if just_left => {}
        None => open(app, Some(pointer)),
    }
}

/// Opens the popover, or brings it to the front. Main thread only.
pub(crate) fn open(app: &AppHandle, pointer: Option<PhysicalPosition<f64>>) {
    if let Some(window) = app.get_webview_window(LABEL) {
        return show(&window);
    }
    let in_tray = tray::is_up(app);
    let area = in_tray.then(|| area_for(app, pointer)).flatten();
    let app = app.clone();
    // Windows deadlocks when a web view is made inside an event handler.
    tauri::async_runtime::spawn_blocking(move || {
        // Fails when two clicks arrive at once: the first one's window opens.
        let _ = build(&app, in_tray, area);
    });
}

/// Opens the popover from any thread.
pub(crate) fn open_soon(app: &AppHandle) {
    let handle = app.clone();
    // Fails only when the app is ending.
    let _ = app.run_on_main_thread(move || open(&handle, None));
}

/// Closes the popover, wherever it is called from.
pub(crate) fn close(app: &AppHandle) {
    if let Some(window) = app.get_webview_window(LABEL) {
        // Fails only when it is closing already.
        let _ = window.destroy();
    }
}

fn build(app: &AppHandle, in_tray: bool, area: Option<Area>) -> tauri::Result<()> {
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
        .on_page_load(move |window, page| {
            if page.event() == PageLoadEvent::Finished {
                show(&window);
            }
        });
    let window = match area {
        Some(_) => builder.build()?,
        None => builder.center().build()?,
    };
    if let Some(area) = area {
        window.set_size(PhysicalSize::new(area.width.cast_unsigned(), area.height.cast_unsigned()))?;
        // Wayland ignores this: there, windows are placed by the desktop only.
        window.set_position(PhysicalPosition::new(area.left, area.top))?;
    }
    if in_tray {
        let app = app.clone();
        window.on_window_event(move |event| {
            if matches!(event, WindowEvent::Focused(false)) {
                *app.state::<Popover>().left_at.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
                close(&app);
            }
        });
    }
    Ok(())
}

fn show(window: &WebviewWindow) {
    // Each fails only when the window has just been closed.
    let _ = window.show();
    #[cfg(target_os = "linux")]
    crate::linux::focus(window);
    #[cfg(not(target_os = "linux"))]
    let _ = window.set_focus();
}

fn area_for(app: &AppHandle, pointer: Option<PhysicalPosition<f64>>) -> Option<Area> {
    // Some tray hosts report no position but zeros.
    let pointer = pointer.filter(|pointer| pointer.x != 0.0 || pointer.y != 0.0);
    let pointer = pointer.or_else(|| app.cursor_position().ok())?;
    let monitor =
        app.monitor_from_point(pointer.x, pointer.y).ok().flatten().or(app.primary_monitor().ok().flatten())?;
    let free = monitor.work_area();
    let free = Area {
        left: free.position.x,
        top: free.position.y,
        width: free.size.width.cast_signed(),
        height: free.size.height.cast_signed(),
    };
    let scale = monitor.scale_factor();
    Some(place(Point { x: whole(pointer.x), y: whole(pointer.y) }, free, whole(WIDTH * scale), whole(HEIGHT * scale)))
}

#[expect(clippy::cast_possible_truncation, reason = "saturates, and no desktop is that large")]
fn whole(pixels: f64) -> i32 {
    pixels.round() as i32
}
