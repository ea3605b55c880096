//! Node, and the packages of the web view's page, exactly as its lock file names them.
//! Refuses to run npm when nothing changed, and to replace the Node that the machine has.

use std::path::PathBuf;
use std::process::Command;
use std::{env, fs};

use crate::shell::{self, Done, Failed};

/// The oldest release that the page's tools run on, as `ui/package.json` says too.
const OLDEST: (u32, u32) = (20, 19);

/// What is fetched from the npm registry where the system's Node is older, as Debian 12's is.
const NEWER: &[&str] = &["node@22", "npm@10"];

/// Debian's packages, when there is no Node.
pub(crate) fn debian_packages() -> &'static [&'static str] {
    match (version("node").is_some(), version("npm").is_some()) {
        (true, true) => &[],
        (true, false) => &["npm"],
        (false, _) => &["nodejs", "npm"],
    }
}

/// What to install by hand.
pub(crate) fn missing() -> Option<String> {
    let there = version("node").is_some() && version("npm").is_some();
    (!there).then(|| format!("Node {}.{} or newer, with npm: https://nodejs.org", OLDEST.0, OLDEST.1))
}

/// Installs the page's packages, when the lock file isn't the one that was installed last.
pub(crate) fn packages() -> Done {
    if let Some(missing) = missing() {
        return Err(Failed::new(format!("please install {missing}")));
    }
    if is_old() && !newer().join("node").exists() {
        println!(
            "This machine's Node is older than {}.{}: fetching another one for Baton's builds only.",
            OLDEST.0, OLDEST.1
        );
        let folder = cache();
        fs::create_dir_all(&folder).map_err(|error| Failed::new(format!("{}: {error}", folder.display())))?;
        let mut npm = Command::new(program("npm"));
        shell::run(npm.args(["install", "--no-audit", "--no-fund", "--prefix"]).arg(&folder).args(NEWER))?;
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

/// npm, in the page's folder, with a Node that the page's tools run on.
pub(crate) fn npm() -> Command {
    let mut npm = match is_old() {
        true => shell::program(newer().join(program("npm"))),
        false => shell::program(program("npm")),
    };
    if is_old() {
        let path = env::var_os("PATH").unwrap_or_default();
        let folders = std::iter::once(newer()).chain(env::split_paths(&path));
        npm.env("PATH", env::join_paths(folders).unwrap_or(path.clone()));
    }
    npm.current_dir(shell::root().join("ui"));
    npm
}

fn is_old() -> bool {
    version("node").is_some_and(|found| found < OLDEST)
}

fn newer() -> PathBuf {
    cache().join("node_modules/.bin")
}

fn cache() -> PathBuf {
    shell::cache().join("node")
}

fn version(name: &str) -> Option<(u32, u32)> {
    let text = shell::output(shell::program(program(name)).arg("--version"))?;
    let mut numbers = text.trim().trim_start_matches('v').split('.').map_while(|number| number.parse().ok());
    Some((numbers.next()?, numbers.next()?))
}

fn program(name: &str) -> String {
    match cfg!(windows) && name == "npm" {
        true => "npm.cmd".to_owned(),
        false => name.to_owned(),
    }
}
