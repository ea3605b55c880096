//! The window with the page in it: made when the popover is opened and destroyed when it is closed. Lives in the app or
//! in a process of its own, and can't tell which.

use std::sync::atomic::{AtomicBool, Ordering};

use serde::{Deserialize, Serialize};
use tauri::webview::PageLoadEvent;
use tauri::{AppHandle, Emitter, Manager, Theme, WebviewUrl, WebviewWindow, WebviewWindowBuilder, WindowEvent};

use super::spot::Spot;
use super::{HEIGHT, WIDTH};

/// What the capabilities know it by.
const LABEL: &str = "popover";
const TITLE: &str = "Baton";
/// The event that tells the page that somebody wants the window closed.
const CLOSING: &str = "closing";

/// What a window is made of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Opening {
    /// Runs before the page does: the page paints what is known at once, without asking for it.
    pub(super) script: String,
    /// Whether there is an icon that it belongs to. Without one this is an ordinary window, which a person can find again.
    pub(super) in_tray: bool,
    /// Where it goes; in the middle of the screen where nobody knows.
    pub(super) spot: Option<Spot>,
    /// The desktop's colours; the system's own choice where nobody said.
    pub(super) theme: Option<Theme>,
}

/// Makes the window, and shows it once the page is there. `on_focus` hears when it gets the keyboard and loses it.
pub(super) fn build(app: &AppHandle, opening: Opening, on_focus: impl Fn(bool) + Send + 'static) -> tauri::Result<()> {
    let Opening { script, in_tray, spot, theme } = opening;
    let builder = WebviewWindowBuilder::new(app, LABEL, WebviewUrl::default())
        .title(TITLE)
        .inner_size(WIDTH, HEIGHT)
        .theme(theme)
        .visible(false)
        .decorations(!in_tray)
        .always_on_top(in_tray)
        .skip_taskbar(in_tray)
        .resizable(!in_tray)
        .maximizable(false)
        .initialization_script(script)
        .on_page_load(move |window, page| {
            if page.event() == PageLoadEvent::Finished {
                show(&window);
            }
        });
    let window = match spot {
        Some(_) => builder.build()?,
        None => builder.center().build()?,
    };
    if let Some(spot) = spot {
        spot.take(&window)?;
    }
    let page = window.clone();
    let told = AtomicBool::default();
    window.on_window_event(move |event| {
        if let WindowEvent::Focused(has) = event {
            on_focus(*has);
        }
        if let WindowEvent::CloseRequested { api, .. } = event
            && !told.swap(true, Ordering::Relaxed)
        {
            // The page closes the window once it has done what is left to do; the second time nobody waits for it.
            api.prevent_close();
            // Fails only when the page has just gone, and the window with it.
            let _ = page.emit(CLOSING, ());
        }
    });
    Ok(())
}

/// Brings the window to the front, if there is one.
pub(super) fn front(app: &AppHandle) {
    if let Some(window) = find(app) {
        show(&window);
    }
}

/// The window, if there is one.
pub(super) fn find(app: &AppHandle) -> Option<WebviewWindow> {
    app.get_webview_window(LABEL)
}

fn show(window: &WebviewWindow) {
    // Each fails only when the window has just been closed.
    let _ = window.show();
    #[cfg(target_os = "linux")]
    crate::linux::focus(window);
    #[cfg(not(target_os = "linux"))]
    let _ = window.set_focus();
}
