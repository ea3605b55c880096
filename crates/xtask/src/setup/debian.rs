//! Debian and Ubuntu: packages through apt, the missing ones only.
//! Refuses to guess on systems that are merely alike.

use std::fs;

use super::{Purpose, node};
use crate::shell::{self, Done, Failed};

const COMPILER: &[&str] = &["build-essential"];
const WEB_VIEW: &[&str] = &["pkg-config", "libwebkit2gtk-4.1-dev", "libgtk-3-dev", "librsvg2-dev"];
const TESTS: &[&str] = &[
    "at-spi2-core",
    "dbus",
    "debootstrap",
    "dunst",
    // Letters of every language that the windows speak, and others that labels may have.
    "fonts-droid-fallback",
    "fonts-noto-core",
    "git",
    "gnome-keyring",
    "libsecret-tools",
    "ripgrep",
    "tmux",
    "webkit2gtk-driver",
    "xdotool",
    "xvfb",
];

pub(super) fn is_here() -> bool {
    fs::exists("/etc/debian_version").unwrap_or(false) && shell::find("dpkg-query").is_some()
}

pub(super) fn prepare(purpose: Purpose) -> Done {
    let mut wanted = COMPILER.to_vec();
    if purpose >= Purpose::Tray {
        wanted.extend(WEB_VIEW);
        wanted.extend(node::debian_packages());
    }
    if purpose >= Purpose::Test {
        wanted.extend(TESTS);
    }
    let missing = missing(&wanted);
    match missing.is_empty() {
        true => Ok(()),
        false => install(&missing),
    }
}

fn missing(wanted: &[&'static str]) -> Vec<&'static str> {
    // Fails when it doesn't know one of the packages, and still prints the others.
    let known = shell::program("dpkg-query").args(["-W", "-f=${Package} ${db:Status-Status}\n"]).args(wanted).output();
    let known = known.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    let installed = |package: &str| known.lines().any(|line| line == format!("{package} installed"));
    wanted.iter().copied().filter(|package| !installed(package)).collect()
}

fn install(packages: &[&str]) -> Done {
    let by_hand = format!("sudo apt-get install --no-install-recommends {}", packages.join(" "));
    let root = shell::is_root();
    if !root && shell::find("sudo").is_none() {
        return Err(Failed::new(format!(
            "packages are missing; as root, run: {}",
            by_hand.trim_start_matches("sudo ")
        )));
    }
    let apt = |args: &[&str]| {
        let mut command = shell::program(if root { "env" } else { "sudo" });
        command.args(if root { &[][..] } else { &["env"] });
        command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get", "--yes", "--quiet"]).args(args);
        shell::run(&mut command)
    };
    apt(&["update"])?;
    apt(&[&["install", "--no-install-recommends"], packages].concat())
        .map_err(|Failed(why)| Failed::new(format!("{why}; by hand: {by_hand}")))
}
