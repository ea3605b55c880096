use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use e2e::{Process, Scene, TrayHost, Vault, built};

use crate::family::{count, memory};
use crate::table::{Table, megabytes};

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
    let private = ["Private_Clean:", "Private_Dirty:"].iter().map(|field| memory(pid, field)).sum();
    Idle {
        cpu: after.0.saturating_sub(before.0),
        wakeups: after.1.saturating_sub(before.1),
        pss: memory(pid, "Pss:"),
        private,
    }
}
