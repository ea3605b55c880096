//! The icon in the tray: draws the menu, and hands on what a person does with it.
//! Makes up nothing: what the menu holds is decided in `menu`.

use std::sync::{Mutex, MutexGuard, PoisonError};

use daemon::control::Problem;
use tauri::image::Image;
use tauri::menu::{CheckMenuItemBuilder, MenuBuilder, MenuEvent, MenuItemBuilder};
use tauri::tray::{MouseButton, MouseButtonState, TrayIcon, TrayIconBuilder, TrayIconEvent};
use tauri::{AppHandle, Manager, Wry};
use tauri_plugin_autostart::ManagerExt;

use crate::menu::{Action, Entry, Menu};
use crate::picture::{self, Picture};
use crate::{commands, daemon_link, popover};

const ID: &str = "baton";
/// The part that a missing tray is reported under.
pub(crate) const PART: &str = "tray";

/// The icon, once it is up, and the menu that was drawn last.
#[derive(Default)]
pub(crate) struct Tray(Mutex<Drawn>);

#[derive(Default)]
struct Drawn {
    icon: Option<TrayIcon>,
    menu: Menu,
}

impl Tray {
    fn drawn(&self) -> MutexGuard<'_, Drawn> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Puts the icon up, and reports a desktop without a tray. Says whether the icon is up. Main thread only.
pub(crate) fn put_up(app: &AppHandle) -> bool {
    if is_up(app) {
        return true;
    }
    let menu = current(app);
    match build(app, &menu) {
        Ok(icon) => {
            *app.state::<Tray>().drawn() = Drawn { icon: Some(icon), menu };
            picture::settle(app, PART);
            true
        }
        Err(_) => {
            picture::report(app, missing());
            false
        }
    }
}

/// Whether the icon is up.
pub(crate) fn is_up(app: &AppHandle) -> bool {
    app.state::<Tray>().drawn().icon.is_some()
}

/// Draws the menu anew if what it should show has changed. From any thread.
pub(crate) fn refresh_soon(app: &AppHandle) {
    on_main_thread(app, |app| refresh(app, false));
}

fn build(app: &AppHandle, menu: &Menu) -> tauri::Result<TrayIcon> {
    TrayIconBuilder::with_id(ID)
        .icon(icon()?)
        .icon_as_template(cfg!(target_os = "macos"))
        .tooltip(&menu.tooltip)
        .menu(&draw(app, menu)?)
        .show_menu_on_left_click(false)
        .on_menu_event(on_choice)
        .on_tray_icon_event(|icon, event| on_click(icon.app_handle(), &event))
        .build(app)
}

fn icon() -> tauri::Result<Image<'static>> {
    match cfg!(target_os = "macos") {
        true => Image::from_bytes(include_bytes!("../../icons/tray-template.png")),
        false => Image::from_bytes(include_bytes!("../../icons/tray.png")),
    }
}

fn missing() -> Problem {
    Problem {
        part: PART.to_owned(),
        message: "This desktop has no tray that icons can sit in, so Baton has none.".to_owned(),
        remedy: Some(
            "On GNOME, install the extension “AppIndicator and KStatusNotifierItem Support”. Until then, start Baton \
             again to open this window; it keeps working when the window is closed."
                .to_owned(),
        ),
    }
}

fn current(app: &AppHandle) -> Menu {
    let at_login = app.autolaunch().is_enabled().ok();
    Menu::of(app.state::<Picture>().snapshot().as_deref(), at_login)
}

fn refresh(app: &AppHandle, even_if_same: bool) {
    let menu = current(app);
    let tray = app.state::<Tray>();
    let mut drawn = tray.drawn();
    let Some(icon) = &drawn.icon else { return };
    if menu == drawn.menu && !even_if_same {
        return;
    }
    // What can't be drawn now is tried again with the next change.
    if draw(app, &menu).and_then(|items| icon.set_menu(Some(items))).is_ok() {
        let _ = icon.set_tooltip(Some(&menu.tooltip));
        drawn.menu = menu;
    }
}

fn draw(app: &AppHandle, menu: &Menu) -> tauri::Result<tauri::menu::Menu<Wry>> {
    let mut builder = MenuBuilder::new(app);
    for entry in &menu.entries {
        builder = match entry {
            Entry::Line => builder.separator(),
            Entry::Words(text) => builder.item(&MenuItemBuilder::new(plain(text)).enabled(false).build(app)?),
            Entry::Item { text, does } => builder.text(id(does)?, plain(text)),
            Entry::Tick { text, ticked, does } => {
                builder.item(&CheckMenuItemBuilder::with_id(id(does)?, plain(text)).checked(*ticked).build(app)?)
            }
        };
    }
    builder.build()
}

fn id(action: &Action) -> tauri::Result<String> {
    Ok(serde_json::to_string(action)?)
}

/// A single ampersand would mark the next letter as the entry's key.
fn plain(text: &str) -> String {
    text.replace('&', "&&")
}

fn on_click(app: &AppHandle, event: &TrayIconEvent) {
    if let TrayIconEvent::Click { position, button: MouseButton::Left, button_state: MouseButtonState::Up, .. } = event
    {
        popover::toggle(app, *position);
    }
}

fn on_choice(app: &AppHandle, event: MenuEvent) {
    let Ok(action) = serde_json::from_str(event.id().as_ref()) else { return };
    match action {
        Action::Open => popover::open(app, None),
        Action::Ask(request) => daemon_link::ask_from_menu(app, request),
        Action::StartAtLogin(on) => {
            // The menu drawn next shows how it is.
            let _ = commands::start_at_login(app.clone(), on);
        }
        Action::Quit => app.exit(0),
    }
    // A click flips a tick by itself; drawn anew, the menu shows what is, not what was clicked.
    on_main_thread(app, |app| refresh(app, true));
}

fn on_main_thread(app: &AppHandle, act: impl FnOnce(&AppHandle) + Send + 'static) {
    let handle = app.clone();
    // Fails only when the app is ending.
    let _ = app.run_on_main_thread(move || act(&handle));
}
