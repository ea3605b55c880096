//! Checks that need no test runner: format, lints, and the web view's types.

use std::fs;
use std::path::PathBuf;

use crate::shell::{self, Done, Failed};

pub(crate) fn format() -> Done {
    shell::run(&mut shell::cargo(&["fmt", "--all", "--check"]))
}

pub(crate) fn lints() -> Done {
    shell::run(&mut shell::cargo(&["clippy", "--workspace", "--all-targets", "--", "--deny", "warnings"]))
}

/// The web view's types are the daemon's: the file in the repository must be what the daemon's example prints.
pub(crate) fn types() -> Done {
    let file = types_file();
    println!("\n{} must be what the daemon's wire types say", file.display());
    match fs::read_to_string(&file).is_ok_and(|there| there == printed_types().unwrap_or_default()) {
        true => Ok(()),
        false => Err(Failed::new(format!("{} is out of date: run `cargo xtask types`", file.display()))),
    }
}

pub(crate) fn write_types() -> Done {
    shell::run(&mut shell::cargo(&[
        "run",
        "--quiet",
        "--package",
        "daemon",
        "--example",
        "typescript",
        "--",
        "--write",
    ]))
}

fn printed_types() -> Result<String, Failed> {
    let mut example = shell::cargo(&["run", "--quiet", "--package", "daemon", "--example", "typescript"]);
    shell::output(&mut example).ok_or_else(|| Failed::new("the daemon's example `typescript` failed"))
}

fn types_file() -> PathBuf {
    shell::root().join("ui/src/generated/control.ts")
}
