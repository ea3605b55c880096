//! Every system but Debian and Ubuntu: looks whether a build can work and says what to install.
//! Refuses to install anything itself.

use super::{Purpose, node};
use crate::shell::{self, Done, Failed};

pub(super) fn check(purpose: Purpose) -> Done {
    let mut missing = Vec::new();
    if cfg!(target_os = "macos") && shell::output(shell::program("xcode-select").arg("-p")).is_none() {
        missing.push("Apple's command-line tools: xcode-select --install".to_owned());
    }
    if cfg!(target_os = "linux") && shell::find("cc").is_none() {
        missing.push(format!(
            "a C compiler: {}",
            linux("sudo dnf group install development-tools", "sudo pacman -S base-devel", "gcc")
        ));
    }
    if purpose >= Purpose::Tray {
        if cfg!(target_os = "linux") && !has_web_view() {
            missing.push(format!(
                "the web view's library: {}",
                linux(
                    "sudo dnf install webkit2gtk4.1-devel gtk3-devel librsvg2-devel",
                    "sudo pacman -S webkit2gtk-4.1 gtk3 librsvg",
                    "the development files of webkit2gtk-4.1, gtk3 and librsvg",
                )
            ));
        }
        missing.extend(node::missing());
    }
    if purpose >= Purpose::Test && cfg!(target_os = "linux") {
        let programs = [
            "Xvfb",
            "dbus-daemon",
            "dunst",
            "git",
            "gnome-keyring-daemon",
            "secret-tool",
            "rg",
            "tmux",
            "WebKitWebDriver",
            "xdotool",
        ];
        missing.extend(
            programs.iter().filter(|name| shell::find(name).is_none()).map(|name| format!("the program {name}")),
        );
    }
    match missing.is_empty() {
        true => Ok(()),
        false => Err(Failed::new(format!("please install, then run this again:\n  {}", missing.join("\n  ")))),
    }
}

fn has_web_view() -> bool {
    shell::output(shell::program("pkg-config").args(["--modversion", "webkit2gtk-4.1", "gtk+-3.0", "librsvg-2.0"]))
        .is_some()
}

fn linux<'a>(fedora: &'a str, arch: &'a str, other: &'a str) -> &'a str {
    match () {
        () if shell::find("dnf").is_some() => fedora,
        () if shell::find("pacman").is_some() => arch,
        () => other,
    }
}
