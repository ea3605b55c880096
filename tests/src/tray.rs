//! A desktop's tray host in place of a panel: programs register their icon with it, and it sees and clicks what a
//! person would.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use zbus::zvariant::{OwnedValue, Value};
use zbus::{Connection, Proxy};

use crate::http::runtime;
use crate::{Desktop, eventually};

const SOON: Duration = Duration::from_secs(30);

/// A tray host on a test's session bus.
#[derive(Debug)]
pub struct TrayHost {
    connection: Connection,
    registered: Arc<Mutex<Vec<String>>>,
}

/// A program's icon in the tray.
#[derive(Debug)]
pub struct TrayIcon {
    connection: Connection,
    owner: String,
}

/// Number, properties and children of a menu's entry, as the bus carries them.
type Layout = (i32, HashMap<String, OwnedValue>, Vec<OwnedValue>);

/// An entry of an icon's menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MenuEntry {
    /// The menu's number for it.
    pub id: i32,
    /// What it says; without the underscores that mark a key.
    pub label: String,
    /// Whether it can be chosen.
    pub enabled: bool,
    /// Whether it has a check mark; `None` when it can't have one.
    pub checked: Option<bool>,
    /// The entries below it.
    pub below: Vec<MenuEntry>,
}

impl TrayHost {
    /// Offers a tray, from now on.
    pub fn start(desktop: &Desktop) -> Self {
        let registered = Arc::new(Mutex::new(Vec::new()));
        let watcher = Watcher { registered: Arc::clone(&registered) };
        let connection = runtime().block_on(async {
            let builder = zbus::connection::Builder::address(desktop.address())?;
            builder.serve_at("/StatusNotifierWatcher", watcher)?.name("org.kde.StatusNotifierWatcher")?.build().await
        });
        Self { connection: connection.unwrap(), registered }
    }

    /// The first icon, as soon as a program has put it up.
    #[track_caller]
    pub fn icon(&self) -> TrayIcon {
        let owner = eventually("an icon in the tray", SOON, || self.registered.lock().unwrap().first().cloned());
        TrayIcon { connection: self.connection.clone(), owner }
    }
}

impl TrayIcon {
    /// The text that shows when the pointer rests on it, or else its title.
    pub fn title(&self) -> String {
        runtime().block_on(async {
            let item = self.item().await;
            item.get_property::<String>("Title").await.unwrap_or_default()
        })
    }

    /// What the tooltip says.
    pub fn tooltip(&self) -> String {
        type ToolTip = (String, Vec<(i32, i32, Vec<u8>)>, String, String);
        runtime().block_on(async {
            let tooltip: OwnedValue = self.item().await.get_property("ToolTip").await.unwrap();
            ToolTip::try_from(tooltip).unwrap().3
        })
    }

    /// Its picture: width, height, and four bytes a pixel, of which the first is the opacity.
    pub fn picture(&self) -> (i32, i32, Vec<u8>) {
        runtime().block_on(async {
            let pictures: OwnedValue = self.item().await.get_property("IconPixmap").await.unwrap();
            Vec::<(i32, i32, Vec<u8>)>::try_from(pictures).unwrap().remove(0)
        })
    }

    /// A left click at that place on the screen.
    pub fn click(&self, x: i32, y: i32) {
        runtime().block_on(async { self.item().await.call::<_, _, ()>("Activate", &(x, y)).await }).unwrap();
    }

    /// Its menu's entries.
    pub fn menu(&self) -> Vec<MenuEntry> {
        let (_, root): (u32, Layout) = runtime().block_on(async {
            let menu = self.menu_proxy().await;
            menu.call("GetLayout", &(0_i32, -1_i32, Vec::<&str>::new())).await.unwrap()
        });
        root.2.iter().filter_map(|entry| MenuEntry::read(entry)).collect()
    }

    /// The entry whose text begins so, as soon as it is there, however deep in the menu.
    #[track_caller]
    pub fn entry(&self, label: &str) -> MenuEntry {
        eventually(&format!("the menu has {label:?}"), SOON, || find(&self.menu(), label))
    }

    /// Chooses the entry whose text begins so. A menu that is drawn anew between look and click has other ids: like a
    /// tray host, this looks again then.
    #[track_caller]
    pub fn choose(&self, label: &str) {
        eventually(&format!("{label:?} is chosen"), SOON, || {
            let event = (self.entry(label).id, "clicked", Value::from(0_i32), 0_u32);
            runtime().block_on(async { self.menu_proxy().await.call::<_, _, ()>("Event", &event).await }).ok()
        });
    }

    async fn item(&self) -> Proxy<'_> {
        self.proxy("/StatusNotifierItem", "org.kde.StatusNotifierItem").await
    }

    async fn menu_proxy(&self) -> Proxy<'_> {
        self.proxy("/MenuBar", "com.canonical.dbusmenu").await
    }

    async fn proxy(&self, path: &'static str, interface: &'static str) -> Proxy<'_> {
        Proxy::new(&self.connection, self.owner.as_str(), path, interface).await.unwrap()
    }
}

impl MenuEntry {
    fn read(entry: &Value<'_>) -> Option<Self> {
        if let Value::Value(inner) = entry {
            return Self::read(inner);
        }
        let Value::Structure(structure) = entry else { return None };
        let fields = structure.fields();
        let [Value::I32(id), Value::Dict(properties), Value::Array(below)] = fields else { return None };
        let properties: HashMap<String, Value<'_>> = properties.try_clone().ok()?.try_into().ok()?;
        let text = |name: &str| match properties.get(name) {
            Some(Value::Str(text)) => text.as_str(),
            _ => "",
        };
        let label = text("label").replace('_', "");
        let checked = match text("toggle-type") {
            "" => None,
            _ => Some(properties.get("toggle-state") == Some(&Value::I32(1))),
        };
        let enabled = properties.get("enabled") != Some(&Value::Bool(false));
        Some(Self { id: *id, label, enabled, checked, below: below.iter().filter_map(Self::read).collect() })
    }
}

fn find(entries: &[MenuEntry], label: &str) -> Option<MenuEntry> {
    let here = entries.iter().find(|entry| entry.label.starts_with(label)).cloned();
    here.or_else(|| entries.iter().find_map(|entry| find(&entry.below, label)))
}

struct Watcher {
    registered: Arc<Mutex<Vec<String>>>,
}

#[zbus::interface(name = "org.kde.StatusNotifierWatcher")]
impl Watcher {
    fn register_status_notifier_item(&self, service: &str, #[zbus(header)] header: zbus::message::Header<'_>) {
        // A program gives its name on the bus, or a path on its own connection.
        let sender = header.sender().map(ToString::to_string).unwrap_or_default();
        let owner = if service.starts_with('/') { sender } else { service.to_owned() };
        self.registered.lock().unwrap().push(owner);
    }

    fn register_status_notifier_host(&self, _service: &str) {}

    #[zbus(property)]
    fn registered_status_notifier_items(&self) -> Vec<String> {
        self.registered.lock().unwrap().clone()
    }

    #[zbus(property)]
    fn is_status_notifier_host_registered(&self) -> bool {
        true
    }

    #[zbus(property)]
    fn protocol_version(&self) -> i32 {
        0
    }
}
