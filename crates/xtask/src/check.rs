//! Checks that need no test runner: format, lints, and the web view's types.

use crate::shell::{self, Done};

pub(crate) fn format() -> Done {
    shell::run(&mut shell::cargo(&["fmt", "--all", "--check"]))
}

pub(crate) fn lints() -> Done {
    shell::run(&mut shell::cargo(&["clippy", "--workspace", "--all-targets", "--", "--deny", "warnings"]))
}

/// Writes the web view's types anew from the daemon's. A test of the daemon's fails while they differ.
pub(crate) fn write_types() -> Done {
    run_example("typescript", &["--", "--write"])
}

/// Writes the pages of the guide that come from the code. A test of the daemon's fails while they differ.
pub(crate) fn write_docs() -> Done {
    run_example("settings_reference", &[])
}

fn run_example(name: &str, arguments: &[&str]) -> Done {
    shell::run(shell::cargo(&["run", "--quiet", "--package", "daemon", "--example", name]).args(arguments))
}
