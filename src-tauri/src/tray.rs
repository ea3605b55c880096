//! The icon in the tray: draws icon and menu, and hands on what a person does with them.
//! Makes up nothing: what they show is decided in `icon` and `menu`.

use std::sync::{Mutex, MutexGuard, PoisonError};

use daemon::control::{Problem, phrases};
use jiff::tz::TimeZone;
use tauri::image::Image;
use tauri::menu::{CheckMenuItem, IsMenuItem, MenuEvent, MenuItem, PredefinedMenuItem, Submenu};
use tauri::tray::{MouseButton, MouseButtonState, TrayIcon, TrayIconBuilder, TrayIconEvent};
use tauri::{AppHandle, Manager, Rect, Wry};

use crate::daemon_link;
use crate::draw::{Ink, draw};
use crate::icon::{Icon, Style};
use crate::menu::{Action, Entry, Menu};
use crate::picture::{self, Picture};
use crate::placement::Area;
use crate::popover::{self, View, whole};
use crate::updates::Updates;

const ID: &str = "baton";
/// The part that a missing tray is reported under.
pub(crate) const PART: &str = "tray";
/// Logical pixels of an icon: what each system's panels have room for.
const SIZE: f64 = if cfg!(windows) { 16.0 } else { 22.0 };
/// macOS scales icons itself, and has screens of both scales.
const FINEST: f64 = 2.0;

/// The icon, once it is up, and what was drawn last.
#[derive(Default)]
pub(crate) struct Tray(Mutex<Up>);

#[derive(Default)]
struct Up {
    icon: Option<TrayIcon>,
    drawn: Drawn,
}

/// What is drawn, as values that are cheap to compare.
#[derive(Clone, Debug, Default, PartialEq)]
struct Drawn {
    menu: Menu,
    icon: Icon,
    edge: u32,
}

impl Tray {
    fn up(&self) -> MutexGuard<'_, Up> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Puts the icon up, and reports a desktop without a tray. Says whether the icon is up. Main thread only.
pub(crate) fn put_up(app: &AppHandle) -> bool {
    if is_up(app) {
        return true;
    }
    let drawn = current(app);
    match build(app, &drawn) {
        Ok(icon) => {
            *app.state::<Tray>().up() = Up { icon: Some(icon), drawn };
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
    app.state::<Tray>().up().icon.is_some()
}

/// Where the icon is, where the system says so.
pub(crate) fn area(app: &AppHandle) -> Option<Area> {
    app.state::<Tray>().up().icon.as_ref()?.rect().ok().flatten().and_then(in_pixels)
}

/// Draws anew what should look different. From any thread.
pub(crate) fn refresh_soon(app: &AppHandle) {
    on_main_thread(app, |app| refresh(app, false));
}

fn build(app: &AppHandle, drawn: &Drawn) -> tauri::Result<TrayIcon> {
    let builder = TrayIconBuilder::with_id(ID)
        .icon_as_template(cfg!(target_os = "macos"))
        .tooltip(&drawn.menu.tooltip)
        .menu(&items(app, &drawn.menu.entries)?)
        .show_menu_on_left_click(false)
        .on_menu_event(on_choice)
        .on_tray_icon_event(|icon, event| on_click(icon.app_handle(), &event));
    let builder = match image(drawn) {
        Some(image) => builder.icon(image),
        None => builder,
    };
    match title(&drawn.icon) {
        Some(title) => builder.title(title),
        None => builder,
    }
    .build(app)
}

fn missing() -> Problem {
    Problem::new(PART, phrases::no_tray(), Some(phrases::get_tray()))
}

fn current(app: &AppHandle) -> Drawn {
    let picture = app.state::<Picture>();
    let snapshot = picture.snapshot();
    let texts = picture.texts();
    let style = snapshot.as_ref().map(|snapshot| Style::named(&snapshot.app.icon)).unwrap_or_default();
    let update = app.state::<Updates>().found();
    Drawn {
        menu: Menu::of(snapshot.as_deref(), update.as_deref(), texts, &TimeZone::system()),
        icon: Icon::of(snapshot.as_deref(), &picture.problems(), style),
        edge: edge(app),
    }
}

/// How many pixels an icon is wide and high.
fn edge(app: &AppHandle) -> u32 {
    let scale = match cfg!(target_os = "macos") {
        true => FINEST,
        false => app.primary_monitor().ok().flatten().map_or(1.0, |monitor| monitor.scale_factor()),
    };
    whole(SIZE * scale).unsigned_abs()
}

fn refresh(app: &AppHandle, even_if_same: bool) {
    let now = current(app);
    let tray = app.state::<Tray>();
    let mut up = tray.up();
    let Up { icon: Some(icon), drawn } = &mut *up else { return };
    // What can't be drawn now is tried again with the next change.
    if (now.menu.entries != drawn.menu.entries || even_if_same)
        && items(app, &now.menu.entries).and_then(|items| icon.set_menu(Some(items))).is_ok()
    {
        drawn.menu.entries = now.menu.entries;
    }
    if now.menu.tooltip != drawn.menu.tooltip && icon.set_tooltip(Some(&now.menu.tooltip)).is_ok() {
        drawn.menu.tooltip = now.menu.tooltip;
    }
    if (now.icon, now.edge) != (drawn.icon, drawn.edge) {
        (drawn.icon, drawn.edge) = (now.icon, now.edge);
        let _ = icon.set_icon_with_as_template(image(drawn), cfg!(target_os = "macos"));
        if cfg!(target_os = "macos") {
            let _ = icon.set_title(title(&drawn.icon));
        }
    }
}

fn image(drawn: &Drawn) -> Option<Image<'static>> {
    let ink = if cfg!(target_os = "macos") { Ink::Shape } else { Ink::Colours };
    // There, the number stands beside the icon.
    let style =
        if cfg!(target_os = "macos") && drawn.icon.style == Style::Percent { Style::Plain } else { drawn.icon.style };
    let picture = draw(&Icon { style, ..drawn.icon }, drawn.edge, ink)?;
    Some(Image::new_owned(picture.rgba, picture.edge, picture.edge))
}

/// What stands beside the icon; on Linux, the name that a desktop knows it by.
fn title(icon: &Icon) -> Option<String> {
    match cfg!(target_os = "macos") {
        true => icon.highest().filter(|_| icon.style == Style::Percent).map(|used| format!("{used} %")),
        false => Some("Baton".to_owned()),
    }
}

fn items(app: &AppHandle, entries: &[Entry]) -> tauri::Result<tauri::menu::Menu<Wry>> {
    let items = entries.iter().map(|entry| drawn_item(app, entry)).collect::<tauri::Result<Vec<_>>>()?;
    let items: Vec<&dyn IsMenuItem<Wry>> = items.iter().map(Box::as_ref).collect();
    tauri::menu::Menu::with_items(app, &items)
}

fn drawn_item(app: &AppHandle, entry: &Entry) -> tauri::Result<Box<dyn IsMenuItem<Wry>>> {
    let no_key = None::<&str>;
    Ok(match entry {
        Entry::Line => Box::new(PredefinedMenuItem::separator(app)?),
        Entry::Words(text) => Box::new(MenuItem::new(app, plain(text), false, no_key)?),
        Entry::Item { text, does } => Box::new(MenuItem::with_id(app, id(does)?, plain(text), true, no_key)?),
        // No system's menus that Tauri draws have radio marks.
        Entry::Radio { text, chosen, does } => {
            Box::new(CheckMenuItem::with_id(app, id(does)?, plain(text), true, *chosen, no_key)?)
        }
        Entry::Below { text, entries } => {
            let items = entries.iter().map(|entry| drawn_item(app, entry)).collect::<tauri::Result<Vec<_>>>()?;
            let items: Vec<&dyn IsMenuItem<Wry>> = items.iter().map(Box::as_ref).collect();
            Box::new(Submenu::with_items(app, plain(text), true, &items)?)
        }
    })
}

fn id(action: &Action) -> tauri::Result<String> {
    Ok(serde_json::to_string(action)?)
}

/// A single ampersand would mark the next letter as the entry's key.
fn plain(text: &str) -> String {
    text.replace('&', "&&")
}

fn on_click(app: &AppHandle, event: &TrayIconEvent) {
    if let TrayIconEvent::Click {
        position, rect, button: MouseButton::Left, button_state: MouseButtonState::Up, ..
    } = event
    {
        // Some tray hosts report no position but zeros.
        let pointer =
            (position.x != 0.0 || position.y != 0.0).then(|| Area::point(whole(position.x), whole(position.y)));
        popover::toggle(app, in_pixels(*rect).or(pointer));
    }
}

/// A place that the system reported; `None` when it is empty.
fn in_pixels(rect: Rect) -> Option<Area> {
    let (place, size) = (rect.position.to_physical::<i32>(1.0), rect.size.to_physical::<i32>(1.0));
    let area = Area { left: place.x, top: place.y, width: size.width, height: size.height };
    (area.width > 0 && area.height > 0).then_some(area)
}

fn on_choice(app: &AppHandle, event: MenuEvent) {
    let Ok(action) = serde_json::from_str(event.id().as_ref()) else { return };
    match action {
        Action::Open => popover::open(app, None),
        Action::Settings => popover::open(app, Some(View::Settings)),
        Action::Ask(request) => daemon_link::ask_from_menu(app, request),
        Action::Quit => app.exit(0),
    }
    // A click flips a mark by itself; drawn anew, the menu shows what is, not what was clicked.
    on_main_thread(app, |app| refresh(app, true));
}

fn on_main_thread(app: &AppHandle, act: impl FnOnce(&AppHandle) + Send + 'static) {
    let handle = app.clone();
    // Fails only when the app is ending.
    let _ = app.run_on_main_thread(move || act(&handle));
}
