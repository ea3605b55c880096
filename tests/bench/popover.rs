use std::thread;
use std::time::{Duration, Instant};

use e2e::{Scene, TrayHost, Vault, eventually};

use crate::family::memory;
use crate::table::{Table, megabytes};

const TIMES: usize = 10;
const SOON: Duration = Duration::from_secs(30);
/// Memory is given back after the last thing was done with it.
const SETTLE: Duration = Duration::from_secs(10);

/// From a click on the icon to the painted window, and what the app holds before, meanwhile and afterwards.
pub(crate) fn measure(table: &mut Table) {
    let mut scene = Scene::without_opencode(Vault::File);
    for name in ["b", "a"] {
        let (login, _) = scene.login(name);
        scene.provider.set_usage(&login, 42, 7);
    }
    scene.screen();
    let host = TrayHost::start(scene.desktop());
    scene.start_app();
    let icon = host.icon();
    let click = |scene: &Scene, windows: usize| {
        let start = Instant::now();
        icon.click(900, 5);
        eventually("the click does something", SOON, || (scene.windows("Baton") == windows).then_some(()));
        start.elapsed()
    };

    let held = |scene: &Scene| ["Pss:", "Private_Dirty:"].map(|kind| memory(scene.app_pid(), kind));
    thread::sleep(SETTLE);
    let before = held(&scene);
    let first = click(&scene, 1);
    click(&scene, 0);
    thread::sleep(SETTLE);
    let once = held(&scene);
    let mut open = Duration::ZERO;
    let mut times: Vec<Duration> = (0..TIMES)
        .map(|_| {
            open = click(&scene, 1);
            thread::sleep(Duration::from_secs(1));
            click(&scene, 0);
            thread::sleep(Duration::from_secs(1));
            open
        })
        .collect();
    times.sort();
    click(&scene, 1);
    thread::sleep(SETTLE);
    let meanwhile = held(&scene);
    click(&scene, 0);
    thread::sleep(SETTLE);
    let after = held(&scene);

    let milliseconds = |time: Duration| format!("{:.0} ms", time.as_secs_f64() * 1e3);
    table.row("popover: click to window, the first time", milliseconds(first), "");
    table.row("popover: click to window, median of 10", milliseconds(times[TIMES / 2]), "400 ms");
    table.row("popover: click to window, slowest of 10", milliseconds(times[TIMES - 1]), "");
    let told = |held: [u64; 2]| format!("{} PSS, {} private dirty", megabytes(held[0]), megabytes(held[1]));
    let grown = |held: [u64; 2], from: [u64; 2]| {
        let [pss, dirty] = [0, 1].map(|kind| 100.0 * (held[kind] as f64 / from[kind] as f64 - 1.0));
        format!("{pss:+.1} % PSS, {dirty:+.1} % private dirty")
    };
    table.row("popover: memory before the first opening", told(before), "");
    table.row("popover: memory with it open", told(meanwhile), "");
    table.row("popover: memory after closing it", told(after), "");
    // What the web view's libraries once read stays mapped; the system takes it back when it needs it.
    table.row("popover: closed for the first time, against before", grown(once, before), "5 % at most");
    table.row("popover: closed for the twelfth time, against the first", grown(after, once), "5 % at most");
}
