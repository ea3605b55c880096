//! Node, and the packages of the web view's page, exactly as its lock file names them.
//! Refuses to run npm when nothing changed.

use std::fs;

use crate::shell::{self, Done, Failed};

/// The oldest release that the page's tools run on; Debian 12 brings this one.
const OLDEST: u32 = 18;

/// Debian's packages, when there is no Node.
pub(crate) fn debian_packages() -> &'static [&'static str] {
    match (shell::find("node").is_some(), npm_is_here()) {
        (true, true) => &[],
        (true, false) => &["npm"],
        (false, _) => &["nodejs", "npm"],
    }
}

/// What to install by hand.
pub(crate) fn missing() -> Option<String> {
    let version = shell::output(shell::program("node").arg("--version"));
    let major = version.as_deref().and_then(|text| text.trim().trim_start_matches('v').split('.').next()?.parse().ok());
    let good = major.is_some_and(|major: u32| major >= OLDEST) && npm_is_here();
    (!good).then(|| format!("Node {OLDEST} or newer with npm: https://nodejs.org"))
}

/// Installs the page's packages, when the lock file isn't the one that was installed last.
pub(crate) fn packages() -> Done {
    if let Some(missing) = missing() {
        return Err(Failed::new(format!("please install {missing}")));
    }
    let ui = shell::root().join("ui");
    let installed = ui.join("node_modules/.installed-lock.json");
    let lock = fs::read(ui.join("package-lock.json"))
        .map_err(|error| Failed::new(format!("ui/package-lock.json: {error}")))?;
    if fs::read(&installed).is_ok_and(|last| last == lock) {
        return Ok(());
    }
    shell::run(npm().args(["ci", "--no-audit", "--no-fund"]))?;
    fs::write(&installed, lock).map_err(|error| Failed::new(format!("{}: {error}", installed.display())))
}

/// npm, in the page's folder.
pub(crate) fn npm() -> std::process::Command {
    let mut npm = shell::program(if cfg!(windows) { "npm.cmd" } else { "npm" });
    npm.current_dir(shell::root().join("ui"));
    npm
}

fn npm_is_here() -> bool {
    let mut npm = shell::program(if cfg!(windows) { "npm.cmd" } else { "npm" });
    shell::output(npm.arg("--version")).is_some()
}
