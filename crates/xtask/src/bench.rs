//! `cargo xtask bench`: builds the programs as people get them and measures them. Asserts nothing.

use crate::setup::{self, Purpose};
use crate::shell::{self, Done};
use crate::ui;

pub(crate) fn run(parts: &[String]) -> Done {
    setup::prepare(Purpose::Test)?;
    ui::build()?;
    shell::run(&mut shell::cargo(&[
        "build",
        "--release",
        "--package",
        "cli",
        "--package",
        "app",
        "--bins",
        "--examples",
    ]))?;
    shell::run(shell::cargo(&["bench", "--package", "e2e", "--bench", "figures", "--"]).args(parts))
}
