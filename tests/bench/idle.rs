use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use e2e::{Process, Scene, TrayHost, Vault, built};

use crate::table::Table;

const SETTLE: Duration = Duration::from_secs(15);
const WATCHED: Duration = Duration::from_secs(60);

/// `baton run`, the tray app with its popover closed, and an empty Tauri app, each with nothing to do.
pub(crate) fn measure(table: &mut Table) {
    let mut scene = Scene::without_opencode(Vault::Keychain);
    scene.login("b");
    scene.login("a");
    scene.start_baton();
    let daemon = watch(scene.baton_pid());
    scene.stop_baton();

    scene.screen();
    let _host = TrayHost::start(scene.desktop());
    let app = watch_program(&scene, &built("baton-app"), &["--hidden"]);
    let empty = watch_program(&scene, &built("examples/empty"), &[]);

    let minute = |idle: &Idle| (format!("{:.3} s", idle.cpu.as_secs_f64()), format!("{}", idle.wakeups));
    let megabytes = |bytes: u64| format!("{:.1} MB", bytes as f64 / 1e6);
    let memory = |idle: &Idle| format!("{} PSS, {} private", megabytes(idle.pss), megabytes(idle.private));
    for (name, idle, aim) in [
        ("baton run", &daemon, "15 MB PSS"),
        ("tray app, popover closed", &app, "1.1 times the empty app"),
        ("empty Tauri app", &empty, ""),
    ] {
        let (cpu, wakeups) = minute(idle);
        table.row(format!("idle 60 s: {name}, processor"), cpu, "");
        table.row(
            format!("idle 60 s: {name}, wake-ups"),
            wakeups,
            if aim.is_empty() { "" } else { "none without cause" },
        );
        table.row(format!("idle 60 s: {name}, memory"), memory(idle), aim);
    }
    let times = |of: fn(&Idle) -> u64| of(&app) as f64 / of(&empty) as f64;
    let share = format!("{:.2} PSS, {:.2} private", times(|idle| idle.pss), times(|idle| idle.private));
    table.row("idle: tray app against the empty app", share, "1.1");
}

struct Idle {
    cpu: Duration,
    wakeups: u64,
    pss: u64,
    private: u64,
}

fn watch_program(scene: &Scene, program: &Path, args: &[&str]) -> Idle {
    let name = program.file_name().unwrap().to_string_lossy().into_owned();
    let process = Process::start(scene.home.command(program).args(args), &name, &scene.home.logs());
    watch(process.pid())
}

/// With everything that the program started.
fn watch(pid: u32) -> Idle {
    // What comes with a start isn't idling yet.
    thread::sleep(SETTLE);
    let before = count(pid);
    let start = Instant::now();
    thread::sleep(WATCHED);
    let after = count(pid);
    assert!(start.elapsed() < WATCHED + Duration::from_secs(1), "this machine was too busy to measure");
    let memory = |field: &str| family(pid).iter().map(|pid| kilobytes(*pid, field) * 1024).sum();
    let private = ["Private_Clean:", "Private_Dirty:"].iter().map(|field| -> u64 { memory(field) }).sum();
    Idle {
        cpu: after.0.saturating_sub(before.0),
        wakeups: after.1.saturating_sub(before.1),
        pss: memory("Pss:"),
        private,
    }
}

/// Processor time, and how often a thread went to sleep by itself: each time something had woken it.
fn count(pid: u32) -> (Duration, u64) {
    let tasks = family(pid).into_iter().flat_map(tasks);
    tasks.fold((Duration::ZERO, 0), |(cpu, sleeps), task| {
        let ran = fs::read_to_string(task.join("schedstat")).unwrap_or_default();
        let ran = ran.split_whitespace().next().and_then(|nanoseconds| nanoseconds.parse().ok()).unwrap_or_default();
        let status = fs::read_to_string(task.join("status")).unwrap_or_default();
        let slept =
            status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:")?.trim().parse::<u64>().ok());
        (cpu + Duration::from_nanos(ran), sleeps + slept.unwrap_or_default())
    })
}

fn family(pid: u32) -> Vec<u32> {
    let children = tasks(pid).into_iter().filter_map(|task| fs::read_to_string(task.join("children")).ok());
    let children: Vec<u32> = children
        .flat_map(|list| list.split_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<_>>())
        .collect();
    std::iter::once(pid).chain(children.into_iter().flat_map(family)).collect()
}

fn tasks(pid: u32) -> Vec<PathBuf> {
    fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
}

fn kilobytes(pid: u32, field: &str) -> u64 {
    let rollup = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap_or_default();
    rollup
        .lines()
        .find_map(|line| line.strip_prefix(field)?.trim().strip_suffix(" kB")?.parse().ok())
        .unwrap_or_default()
}
