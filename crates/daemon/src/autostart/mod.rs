//! The tray app among what the system starts at login. Settings file, popover and `baton autostart` all end here. Starts
//! nothing now, and knows no settings: whoever calls says what is wanted. On macOS and Windows Tauri's plugin does it, in
//! the app. Not on Linux, where it knows no `XDG_CONFIG_HOME` and quotes no path.

#[cfg(target_os = "linux")]
mod desktop;
#[cfg(target_os = "linux")]
mod entry;

#[cfg(target_os = "linux")]
pub use desktop::{Autostart, AutostartError};

/// Given to the app when it is started at login: no window opens then, not even where there is no tray to sit in.
pub const HIDDEN: &str = "--hidden";

/// Whether the app starts at login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It does.
    On,
    /// It doesn't.
    Off,
    /// There is an entry, and the desktop's own settings have switched it off. Only a desktop file tells that.
    SwitchedOff,
}
