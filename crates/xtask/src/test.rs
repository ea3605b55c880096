//! `cargo xtask test`: every check and every test, in the order in which they are quick to fail.

use std::fs;
use std::time::Instant;

use crate::dist::Profile;
use crate::setup::{self, Purpose};
use crate::shell::{self, Done};
use crate::{check, clean_root, icons, systems, ui, workflows};

type Step = (&'static str, fn() -> Done);

const STEPS: &[Step] = &[
    ("set-up", || setup::prepare(Purpose::Test)),
    ("format", check::format),
    ("page: types, tests", ui::check),
    ("page: build", ui::build),
    ("icons, workflows", || icons::check().and_then(|()| workflows::check())),
    ("lints", check::lints),
    ("build", build),
    ("bridge", bridge),
    ("tests", || tests(None)),
    ("deb on a clean Debian", || clean_root::check(Profile::Dev)),
    ("for Windows", systems::windows),
    ("for macOS", systems::macos),
];

pub(crate) fn everything() -> Done {
    let mut took = Vec::new();
    for (name, step) in STEPS {
        let start = Instant::now();
        step()?;
        took.push(format!("{name} {} s", start.elapsed().as_secs()));
    }
    println!("\nEverything passed: {}.", took.join(", "));
    Ok(())
}

pub(crate) fn matching(filter: &str) -> Done {
    setup::prepare(Purpose::Test)?;
    ui::build()?;
    build()?;
    tests(Some(filter))
}

/// The programs that the end-to-end tests start: they find them beside their own executable.
fn build() -> Done {
    shell::run(&mut shell::cargo(&["build", "--workspace", "--bins"]))
}

fn bridge() -> Done {
    let tests = fs::read_dir(shell::root().join("bridge")).into_iter().flatten().flatten();
    let tests: Vec<_> =
        tests.map(|entry| entry.path()).filter(|path| path.to_string_lossy().ends_with(".test.js")).collect();
    match tests.is_empty() {
        true => Ok(()),
        false => shell::run(shell::program("node").arg("--test").args(tests)),
    }
}

fn tests(filter: Option<&str>) -> Done {
    let nextest = shell::output(&mut shell::cargo(&["nextest", "--version"])).is_some();
    let runner: &[&str] = if nextest { &["nextest", "run", "--workspace"] } else { &["test", "--workspace"] };
    shell::run(shell::cargo(runner).args(filter))
}
