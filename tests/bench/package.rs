use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use e2e::{Process, Scene, TrayHost, Vault, built};

use crate::table::{Table, megabytes};

const STARTS: usize = 40;
const APP_STARTS: usize = 5;

/// How big the packages are, and how soon what is in them is there.
pub(crate) fn measure(table: &mut Table) {
    for (kind, aim) in [("deb", "6 MB"), ("rpm", "")] {
        let size = package(kind).map_or_else(|| "not built".to_owned(), megabytes);
        table.row(format!("package: {kind}"), size, aim);
    }
    for program in ["baton", "baton-app"] {
        table.row(format!("package: {program} in it"), megabytes(fs::metadata(built(program)).unwrap().len()), "");
    }
    let [median, slowest] = version();
    let milliseconds = |time: Duration| format!("{:.1} ms", time.as_secs_f64() * 1e3);
    table.row(format!("start: baton --version, median of {STARTS}"), milliseconds(median), "10 ms");
    table.row(format!("start: baton --version, slowest of {STARTS}"), milliseconds(slowest), "");
    let [median, slowest] = tray_icon();
    table.row(format!("start: tray app to icon, median of {APP_STARTS}"), milliseconds(median), "400 ms");
    table.row(format!("start: tray app to icon, slowest of {APP_STARTS}"), milliseconds(slowest), "");
}

/// The size of the package of that kind that was built last.
fn package(kind: &str) -> Option<u64> {
    let folder: PathBuf = built("baton").parent()?.with_file_name("packages").join("release/bundle").join(kind);
    let mut files = fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path());
    let package = files.find(|path| path.extension().is_some_and(|end| end == kind))?;
    Some(fs::metadata(package).ok()?.len())
}

fn version() -> [Duration; 2] {
    let scene = Scene::without_opencode(Vault::File);
    median_and_slowest((0..STARTS).map(|_| {
        let start = Instant::now();
        assert!(scene.home.command(built("baton")).arg("--version").output().unwrap().status.success());
        start.elapsed()
    }))
}

/// From the app's start, hidden and with two accounts, to its icon's registration with the tray.
fn tray_icon() -> [Duration; 2] {
    median_and_slowest((0..APP_STARTS).map(|_| {
        let mut scene = Scene::without_opencode(Vault::File);
        scene.login("b");
        scene.login("a");
        scene.screen();
        let host = TrayHost::start(scene.desktop());
        let start = Instant::now();
        let mut command = scene.home.command(built("baton-app"));
        let _app = Process::start(command.arg("--hidden"), "baton-app", &scene.home.logs());
        host.icon();
        start.elapsed()
    }))
}

fn median_and_slowest(times: impl Iterator<Item = Duration>) -> [Duration; 2] {
    let mut times: Vec<Duration> = times.collect();
    times.sort();
    [times[times.len() / 2], times[times.len() - 1]]
}
