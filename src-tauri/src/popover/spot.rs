//! Where the popover goes, by what the system says of icon, pointer and screens. The arithmetic is `placement`'s.

use serde::{Deserialize, Serialize};
use tauri::{AppHandle, Monitor, WebviewWindow};

use super::{HEIGHT, WIDTH, whole};
use crate::placement::{Area, Screen, place, screen_of};
use crate::tray;

/// A place for the window, on a screen of that scale.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Spot {
    area: Area,
    scale: f64,
}

impl Spot {
    /// At the icon: where the system says that it is, else where it was clicked last, else at the pointer.
    pub(super) fn find(app: &AppHandle, clicked: Option<Area>) -> Option<Self> {
        let pointer = || app.cursor_position().ok().map(|pointer| Area::point(whole(pointer.x), whole(pointer.y)));
        let icon = tray::area(app).or(clicked).or_else(pointer)?;
        let screens: Vec<Screen> = app.available_monitors().ok()?.iter().map(screen).collect();
        let screen = screen_of(icon, &screens)?;
        let (width, height) = (whole(WIDTH * screen.scale), whole(HEIGHT * screen.scale));
        Some(Self { area: place(icon, screen.free, width, height), scale: screen.scale })
    }

    /// Wayland ignores all of this: there, windows are placed by the desktop only.
    #[cfg(not(target_os = "macos"))]
    pub(super) fn take(self, window: &WebviewWindow) -> tauri::Result<()> {
        let Area { left, top, width, height } = self.area;
        let place = tauri::PhysicalPosition::new(left, top);
        // On its screen first: Windows resizes what comes to a screen of another scale, and moves it then.
        window.set_position(place)?;
        window.set_size(tauri::PhysicalSize::new(width.cast_unsigned(), height.cast_unsigned()))?;
        window.set_position(place)
    }

    /// macOS has one desktop in logical pixels; physical ones are each screen's own.
    #[cfg(target_os = "macos")]
    pub(super) fn take(self, window: &WebviewWindow) -> tauri::Result<()> {
        let logical = |pixels: i32| f64::from(pixels) / self.scale;
        let Area { left, top, width, height } = self.area;
        window.set_size(tauri::LogicalSize::new(logical(width), logical(height)))?;
        window.set_position(tauri::LogicalPosition::new(logical(left), logical(top)))
    }
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
