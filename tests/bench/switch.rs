use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use e2e::{Kind, Scene, Vault, post};
use jiff::Timestamp;
use notify::{RecursiveMode, Watcher};
use serde_json::{Value, json};

use crate::table::Table;

const SWITCHES: usize = 1_000;
const GIVE_UP: Duration = Duration::from_secs(10);

/// The turns of a thousand sessions meet a limit one after the other, and each makes the other of two accounts active.
pub(crate) fn measure(table: &mut Table) {
    let mut scene = Scene::without_opencode(Vault::File);
    scene.write_settings(Vault::File, "[failover]\nsession_cooldown_seconds = 0\nflap_switches = 0\n");
    let logins = ["a", "b"].map(|name| scene.login(name).0);
    let mut log = open_log(&scene);
    scene.start_baton();
    let replaced = replacements(&scene.home.auth_file());

    let mut took = Vec::with_capacity(SWITCHES);
    for session in 0..SWITCHES {
        let from = scene.active().unwrap();
        // The account that was left is good again, so that the next session can go back to it.
        let other = if from == "a" { "b" } else { "a" };
        request(&scene, &json!({"do": "enable", "provider": "openai", "account": other}));
        while replaced.try_recv().is_ok() {}

        log.write_all(lines(session).as_bytes()).unwrap();
        let written = Instant::now();
        let at = wait_for(&replaced, || scene.active().is_some_and(|now| now != from));
        took.push(at.saturating_duration_since(written));
    }
    let reads: usize = logins.iter().map(|login| scene.provider.count(login, Kind::Usage)).sum();

    took.sort_unstable();
    let at = |percent: usize| {
        format!("{:.1} ms", took[(took.len() * percent / 100).min(took.len() - 1)].as_secs_f64() * 1e3)
    };
    table.row(format!("switch: log line to auth.json, median of {SWITCHES}"), at(50), "");
    table.row("switch: log line to auth.json, p99", at(99), "25 ms without network reads");
    table.row("switch: usage reads from a local server", format!("{:.2} a switch", reads as f64 / SWITCHES as f64), "");
}

/// Two lines as OpenCode 1.18 writes them: an attempt, and the limit that it met.
fn lines(session: usize) -> String {
    let now = Timestamp::now();
    let common = format!(
        "providerID=openai modelID=gpt-5.2-codex session.id=ses_bench{session} small=false agent=build mode=primary"
    );
    let line = |level: &str, rest: String| format!("timestamp={now:.3} level={level} run=0a5d6f43 {rest}\n");
    line("INFO", format!("message=stream {common}"))
        + &line(
            "ERROR",
            format!(
                "message=\"stream error\" {common} error.error=\"AI_APICallError: The usage limit has been reached\""
            ),
        )
}

fn open_log(scene: &Scene) -> File {
    let path = scene.home.path(".local/share/opencode/log/opencode.log");
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    OpenOptions::new().create(true).append(true).open(path).unwrap()
}

/// When something happened in the folder of `auth.json`.
fn replacements(auth_file: &Path) -> Receiver<Instant> {
    let (tell, told) = mpsc::channel();
    let mut watcher = notify::recommended_watcher(move |_| {
        let _ = tell.send(Instant::now());
    })
    .unwrap();
    watcher.watch(auth_file.parent().unwrap(), RecursiveMode::NonRecursive).unwrap();
    // It watches until the program ends.
    std::mem::forget(watcher);
    told
}

fn wait_for(replaced: &Receiver<Instant>, mut done: impl FnMut() -> bool) -> Instant {
    let deadline = Instant::now() + GIVE_UP;
    loop {
        let at = replaced.recv_timeout(deadline.saturating_duration_since(Instant::now())).unwrap();
        if done() {
            return at;
        }
    }
}

/// Asks the running Baton for something.
pub(crate) fn request(scene: &Scene, body: &Value) {
    let control: Value = serde_json::from_slice(&fs::read(scene.home.baton("control.json")).unwrap()).unwrap();
    let url = format!("{}/v1/requests", control["url"].as_str().unwrap());
    let (status, answer) = post(&url, control["token"].as_str(), body, GIVE_UP).unwrap();
    assert_eq!(status, 200, "{body}: {answer}");
}
