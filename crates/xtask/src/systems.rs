//! The two desktop systems that this machine isn't, as far as Linux can check them: with a tool that lies beside the
//! repository. Where it doesn't, says so and passes; those systems' own machines check the same on every change.

use std::path::{Path, PathBuf};
use std::time::SystemTime;
use std::{env, fs};

use crate::shell::{self, Done, Failed};

/// The tool, seen from the repository.
const TOOL: &str = "../shared/tools/cross-check";
/// Names it where it is elsewhere.
const VARIABLE: &str = "BATON_CROSS_CHECK";
const WINDOWS: &str = "x86_64-pc-windows-gnu";

/// Tests of the daemon's that Windows may answer differently: paths, files, settings.
const UNDER_WINE: &[&str] = &[
    "paths::",
    "settings::",
    "opencode::",
    "vault::file::",
    "ledger::",
    "login::",
    // Wine keeps a removed folder for as long as a file in it is open; Windows does not.
    "--skip=a_missing_folder_is_waited_for",
];

/// Builds everything for Windows, and runs under wine what needs no desktop.
pub(crate) fn windows() -> Done {
    let Some(tool) = tool() else { return Ok(()) };
    check(&tool, &["windows"])?;
    check(&tool, &["windows", "test", "--no-run", "--package", "daemon", "--lib"])?;
    let tests = newest(&folder().join(WINDOWS).join("debug/deps"), "daemon-")?;
    shell::run(shell::program(&tool).arg("wine").arg(tests).args(UNDER_WINE))
}

/// Type-checks everything for macOS.
pub(crate) fn macos() -> Done {
    tool().map_or(Ok(()), |tool| check(&tool, &["macos"]))
}

fn tool() -> Option<PathBuf> {
    let tool = env::var_os(VARIABLE).map_or_else(|| shell::root().join(TOOL), PathBuf::from);
    if cfg!(target_os = "linux") && tool.is_file() {
        return Some(tool);
    }
    println!("\nNothing here checks other systems: there is no {}.", tool.display());
    None
}

fn check(tool: &Path, args: &[&str]) -> Done {
    let mut command = shell::program(tool);
    shell::forget_own_package(&mut command);
    // In a folder of its own: what these builds set would make every other build begin anew. Nobody debugs them here.
    command.env("CARGO_TARGET_DIR", folder()).env("CARGO_PROFILE_DEV_DEBUG", "0").args(args);
    shell::run(&mut command)
}

fn folder() -> PathBuf {
    let built = env::var_os("CARGO_TARGET_DIR").map_or_else(|| shell::root().join("target"), PathBuf::from);
    built.join("cross")
}

/// The program built last whose name begins so.
fn newest(folder: &Path, prefix: &str) -> Result<PathBuf, Failed> {
    let programs = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let named = |path: &PathBuf| {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        name.starts_with(prefix) && name.ends_with(".exe")
    };
    let built = |path: &PathBuf| fs::metadata(path).and_then(|file| file.modified()).unwrap_or(SystemTime::UNIX_EPOCH);
    let found = programs.filter(named).max_by_key(built);
    found.ok_or_else(|| Failed::new(format!("no {prefix}*.exe in {}", folder.display())))
}
