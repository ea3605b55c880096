//! What a desktop session gives to programs, each part only when a test wants it: a private session bus, an unlocked
//! keychain, a screen, a notification daemon. The machine's own session stays out of reach.

use std::fs;
use std::time::Duration;

use zbus::Proxy;
use zbus::zvariant::{OwnedObjectPath, OwnedValue, Value};

use crate::http::runtime;
use crate::{Home, Process, eventually};

const SOON: Duration = Duration::from_secs(20);

/// Of the keychain: taken as it is, with the end of its line.
const PASSWORD: &str = "\n";

/// A session of one test's own.
#[derive(Debug)]
pub struct Desktop {
    // In the order in which a session ends: its programs before its bus.
    parts: Vec<Process>,
    bus: Process,
    address: String,
}

impl Desktop {
    /// A session bus that starts nothing by itself: a keychain or a notification daemon is there when a test says so.
    pub fn start(home: &mut Home) -> Self {
        let config = home.path("run/bus.conf");
        let text = format!(
            "<busconfig><type>session</type><listen>unix:path={}</listen><auth>EXTERNAL</auth>\
             <policy context=\"default\"><allow send_destination=\"*\"/><allow receive_sender=\"*\"/><allow own=\"*\"/></policy>\
             </busconfig>",
            home.path("run/bus").display()
        );
        fs::write(&config, text).unwrap();
        let mut command = home.command("dbus-daemon");
        command.arg(format!("--config-file={}", config.display())).args(["--nofork", "--print-address"]);
        let bus = Process::start(&mut command, "dbus-daemon", &home.logs());
        let address = eventually("the session bus says its address", SOON, || {
            let printed = bus.stdout();
            printed.ends_with('\n').then(|| printed.trim().to_owned())
        });
        home.set("DBUS_SESSION_BUS_ADDRESS", &address);
        Self { parts: Vec::new(), bus, address }
    }

    /// An unlocked, empty keychain.
    pub fn keychain(&mut self, home: &Home) {
        let mut command = home.command("gnome-keyring-daemon");
        command.args(["--unlock", "--foreground", "--components=secrets"]);
        self.parts.push(Process::start_with_input(&mut command, PASSWORD, "gnome-keyring-daemon", &home.logs()));
        self.wait_for("org.freedesktop.secrets");
    }

    /// Locks the keychain, or unlocks it as a person does who answers its prompt.
    pub fn lock_keychain(&self, lock: bool) {
        const SERVICE: &str = "org.freedesktop.Secret.Service";
        const UNLOCK: &str = "org.gnome.keyring.InternalUnsupportedGuiltRiddenInterface";
        let connection = self.connect();
        runtime()
            .block_on(async {
                let keyring =
                    Proxy::new(&connection, "org.freedesktop.secrets", "/org/freedesktop/secrets", SERVICE).await?;
                let collection: OwnedObjectPath = keyring.call("ReadAlias", &"default").await?;
                if lock {
                    keyring.call_method("Lock", &vec![collection]).await?;
                    return zbus::Result::Ok(());
                }
                let (_, session): (OwnedValue, OwnedObjectPath) =
                    keyring.call("OpenSession", &("plain", Value::from(""))).await?;
                let password = (session, Vec::<u8>::new(), PASSWORD.as_bytes(), "text/plain");
                let unlock =
                    Proxy::new(&connection, "org.freedesktop.secrets", "/org/freedesktop/secrets", UNLOCK).await?;
                unlock.call_method("UnlockWithMasterPassword", &(collection, password)).await?;
                Ok(())
            })
            .unwrap();
    }

    /// A screen.
    pub fn screen(&mut self, home: &mut Home) {
        let mut command = home.command("Xvfb");
        command.args(["-displayfd", "1", "-screen", "0", "1280x800x24", "-nolisten", "tcp"]);
        let screen = Process::start(&mut command, "Xvfb", &home.logs());
        let number = eventually("the screen has a number", SOON, || {
            let printed = screen.stdout();
            printed.ends_with('\n').then(|| printed.trim().to_owned())
        });
        home.set("DISPLAY", format!(":{number}"));
        self.parts.push(screen);
    }

    /// A notification daemon; needs a screen.
    pub fn notifications(&mut self, home: &Home) {
        self.parts.push(Process::start(&mut home.command("dunst"), "dunst", &home.logs()));
        self.wait_for("org.freedesktop.Notifications");
    }

    /// The bus's address.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The bus's process id.
    pub fn bus_pid(&self) -> u32 {
        self.bus.pid()
    }

    /// A connection of the test's own.
    pub fn connect(&self) -> zbus::Connection {
        runtime().block_on(async { zbus::connection::Builder::address(self.address.as_str())?.build().await }).unwrap()
    }

    /// Waits until somebody offers this name on the bus.
    #[track_caller]
    pub fn wait_for(&self, name: &str) {
        let connection = self.connect();
        let owned = || {
            runtime().block_on(async {
                let bus = zbus::fdo::DBusProxy::new(&connection).await.ok()?;
                bus.name_has_owner(name.try_into().ok()?).await.ok()?.then_some(())
            })
        };
        eventually(&format!("{name} is on the bus"), SOON, owned);
    }
}
