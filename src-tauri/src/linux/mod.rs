//! What Linux desktops may lack, and when they get it: a display, a tray host, a notification service, a sound
//! graphics driver; and whether they are dark.
//! Works on none of them; it only looks.

mod appimage;
mod notices;

use std::env;
use std::error::Error;
use std::path::Path;

use daemon::control::{Problem, phrases};
use futures_util::StreamExt;
use gtk::prelude::{Cast, GtkWindowExt, WidgetExt};
use tauri::{AppHandle, Manager, Theme, WebviewWindow};
use zbus::Connection;
use zbus::fdo::DBusProxy;
use zbus::names::BusName;
use zbus::zvariant::{OwnedValue, Value};

use crate::{notifications, picture, popover, tray};

pub(crate) use notices::{Notices, show};

const TRAY_HOST: &str = "org.kde.StatusNotifierWatcher";
const NOTIFICATIONS: &str = "org.freedesktop.Notifications";
/// The portal's setting that says whether the desktop is dark.
const APPEARANCE: (&str, &str) = ("org.freedesktop.appearance", "color-scheme");
/// Has WebKit hand its pictures over in plain memory, because pages stay blank where NVIDIA's driver is to share buffers,
/// under X11 and Wayland alike. The better known `WEBKIT_DISABLE_DMABUF_RENDERER` leaves WebKit 2.52 with no way to hand
/// them over at all, and crashes it.
const PLAIN_MEMORY: &str = "WEBKIT_DMABUF_RENDERER_FORCE_SHM";
const NO_DMABUF: &str = "WEBKIT_DISABLE_DMABUF_RENDERER";

/// Makes sure that windows can be shown. Comes before anything else, because it may start another program.
pub(crate) fn prepare() -> Result<(), Box<dyn Error>> {
    appimage::stand_aside()?;
    if !is_set("DISPLAY") && !is_set("WAYLAND_DISPLAY") {
        return Err("no display is here: on a machine without one, `baton run` does the same work".into());
    }
    Ok(())
}

/// What a web view's environment must say so that its pages don't stay blank, unless the person's says something of it.
pub(crate) fn drawing() -> Option<(&'static str, &'static str)> {
    let is_decided = [PLAIN_MEMORY, NO_DMABUF].iter().any(|name| env::var_os(name).is_some());
    let blank_pages = Path::new("/proc/driver/nvidia/version").exists();
    (blank_pages && !is_decided).then_some((PLAIN_MEMORY, "1"))
}

fn is_set(name: &str) -> bool {
    env::var_os(name).is_some_and(|value| !value.is_empty())
}

/// Shows a window and gives it the keyboard. Tauri's own call does nothing while the window is still being shown, and
/// tells X11 no time, which window managers take for something that nobody asked for.
pub(crate) fn focus(window: &WebviewWindow) {
    let window = window.clone();
    let handle = window.app_handle().clone();
    // Fails only when the app is ending, the inner call only when the window has just been closed.
    let _ = handle.run_on_main_thread(move || {
        let Ok(window) = window.gtk_window() else { return };
        window.present();
        let Some(surface) = window.window() else { return };
        if let Some(on_x11) = surface.downcast_ref::<gdkx11::X11Window>() {
            surface.focus(gdkx11::functions::x11_get_server_time(on_x11));
        }
    });
}

/// Reports what the desktop lacks, and puts the tray icon up as soon as there is a tray. Sleeps in between.
pub(crate) async fn look_out(app: AppHandle) {
    if let Err(fault) = follow(&app).await {
        let message = phrases::no_session_bus(fault.to_string());
        picture::report(&app, Problem::new(notifications::PART, message, Some(phrases::get_session_bus())));
    }
}

async fn follow(app: &AppHandle) -> zbus::Result<()> {
    let bus = Connection::session().await?;
    let proxy = DBusProxy::new(&bus).await?;
    let trays = proxy.receive_name_owner_changed_with_args(&[(0, TRAY_HOST)]).await?;
    let services = proxy.receive_name_owner_changed_with_args(&[(0, NOTIFICATIONS)]).await?;
    let mut changes = futures_util::stream::select(trays, services);
    look(app, &proxy).await?;
    // A desktop without this portal has its colours from GTK's own settings.
    tokio::spawn(follow_colours(app.clone(), bus.clone()));
    tokio::spawn(notices::attend(app.clone(), bus));
    while changes.next().await.is_some() {
        look(app, &proxy).await?;
    }
    Ok(())
}

async fn look(app: &AppHandle, bus: &DBusProxy<'_>) -> zbus::Result<()> {
    match is_there(bus, NOTIFICATIONS).await? {
        true => picture::settle(app, notifications::PART),
        false => picture::report(app, notifications::missing()),
    }
    if is_there(bus, TRAY_HOST).await? {
        let handle = app.clone();
        // Fails only when the app is ending.
        let _ = app.run_on_main_thread(move || {
            tray::put_up(&handle);
        });
    }
    Ok(())
}

/// Whether somebody owns the name, or is started when it is called.
async fn is_there(bus: &DBusProxy<'_>, name: &'static str) -> zbus::Result<bool> {
    let owned = bus.name_has_owner(BusName::try_from(name)?).await?;
    Ok(owned || bus.list_activatable_names().await?.iter().any(|known| known.as_str() == name))
}

/// Has the popover follow the desktop's colours: what it says first, and each change.
async fn follow_colours(app: AppHandle, bus: Connection) -> zbus::Result<()> {
    let proxy = zbus::Proxy::new(
        &bus,
        "org.freedesktop.portal.Desktop",
        "/org/freedesktop/portal/desktop",
        "org.freedesktop.portal.Settings",
    )
    .await?;
    let mut changes = proxy.receive_signal_with_args("SettingChanged", &[(0, APPEARANCE.0), (1, APPEARANCE.1)]).await?;
    let now: OwnedValue = proxy.call("Read", &APPEARANCE).await?;
    popover::set_theme(&app, theme(&now));
    while let Some(change) = changes.next().await {
        let (_, _, value): (String, String, OwnedValue) = change.body().deserialize()?;
        popover::set_theme(&app, theme(&value));
    }
    Ok(())
}

/// `None` where the desktop prefers nothing. Some portals wrap the number once more than others.
fn theme(value: &Value<'_>) -> Option<Theme> {
    if let Value::Value(inner) = value {
        return theme(inner);
    }
    match u32::try_from(value) {
        Ok(1) => Some(Theme::Dark),
        Ok(2) => Some(Theme::Light),
        Ok(_) | Err(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_desktops_preference_is_read_however_it_is_wrapped() {
        assert_eq!(theme(&Value::U32(1)), Some(Theme::Dark));
        assert_eq!(theme(&Value::new(Value::new(Value::U32(2)))), Some(Theme::Light));
        assert_eq!(theme(&Value::U32(0)), None);
        assert_eq!(theme(&Value::from("dark")), None);
    }
}
