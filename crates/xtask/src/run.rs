//! `cargo xtask run`: from a fresh checkout to a running Baton.
//! Uses the development profile: the first build takes half as long, and the app waits for files and people anyway.

use std::env;

use crate::setup::{self, Purpose};
use crate::shell::{self, Done};
use crate::ui;

pub(crate) fn run(args: &[String]) -> Done {
    if has_display() {
        setup::prepare(Purpose::Tray)?;
        ui::build()?;
        return shell::run(shell::cargo(&["run", "--package", "app", "--bin", "baton-app", "--"]).args(args));
    }
    println!("No display here: starting `baton run`, the daemon without a window.");
    setup::prepare(Purpose::Daemon)?;
    shell::run(shell::cargo(&["run", "--package", "cli", "--bin", "baton", "--", "run"]).args(args))
}

fn has_display() -> bool {
    let set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(target_os = "linux") || set("DISPLAY") || set("WAYLAND_DISPLAY")
}
