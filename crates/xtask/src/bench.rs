//! `cargo xtask bench`: builds the programs as people get them and measures them. Asserts nothing.

use crate::dist;
use crate::setup::{self, Purpose};
use crate::shell::{self, Done};
use crate::ui;

pub(crate) fn run(parts: &[String]) -> Done {
    setup::prepare(Purpose::Test)?;
    let mut packages = vec!["--package", "cli"];
    // Only these parts need the app, which takes longest to build.
    if parts.is_empty() || parts.iter().any(|part| ["idle", "package", "popover"].contains(&part.as_str())) {
        ui::build()?;
        packages.extend(["--package", "app"]);
    }
    shell::run(shell::cargo(&["build", "--release", "--bins", "--examples"]).args(packages))?;
    if cfg!(target_os = "linux") && (parts.is_empty() || parts.iter().any(|part| part == "package")) {
        dist::packages()?;
    }
    shell::run(shell::cargo(&["bench", "--package", "e2e", "--bench", "figures", "--"]).args(parts))
}
