use std::path::Path;
use std::process::Stdio;
use std::time::Instant;

use e2e::{Asked, Behaviour, Kind, Login, MODEL, OpenCode, Scene, Vault};
use serde_json::{Value, json};

use crate::switch::request;
use crate::table::Table;

const RELEASE: &str = "1.18.33";
const REQUESTS: usize = 3_000;
const FAILOVERS: usize = 1_000;
/// Turns of one session: its conversation grows with each.
const TURNS: usize = 50;
const LIMIT: Behaviour = Behaviour::UsageLimit { resets_in: 3600 };

pub(crate) fn measure(table: &mut Table) {
    added(table);
    failovers(table);
}

/// What the bridge adds to a request that is answered, in the JavaScript runtime that OpenCode itself is.
fn added(table: &mut Table) {
    let mut scene = Scene::without_opencode(Vault::File);
    scene.key("b");
    let (_, key) = scene.provider.enroll_key("a");
    scene.save("fake", "a", json!({"type": "api", "key": key}));
    scene.done(&["bridge", "install"]);
    scene.start_baton();
    scene.provider.tell_usage();
    let script = scene.home.path("bridge.mjs");
    scene.home.write(&script, include_str!("bridge.js"));

    let bridge = scene.home.path(".config/opencode/plugin/baton.js");
    let mut runtime = OpenCode::release(RELEASE).runtime(&scene.home);
    runtime.arg(script).arg(bridge).args([&scene.provider.url("/v1/chat/completions"), &key, &REQUESTS.to_string()]);
    let output = runtime.stderr(Stdio::inherit()).output().unwrap();
    let took: Value = serde_json::from_slice(&output.stdout).unwrap();
    let of = |which: &str| {
        let mut took: Vec<f64> = took[which].as_array().unwrap().iter().filter_map(Value::as_f64).collect();
        took.sort_by(f64::total_cmp);
        took
    };
    let (plain, bridged) = (of("plain"), of("bridged"));
    let [median, late] = [50, 99].map(|percent| [at(&plain, percent), at(&bridged, percent)]);
    let figure = |[plain, bridged]: [f64; 2]| format!("{:+.3} ms ({plain:.3} → {bridged:.3})", bridged - plain);
    table.row(format!("bridge: added to an answered request, median of {REQUESTS}"), figure(median), "0.1 ms");
    table.row("bridge: added to an answered request, p99", figure(late), "");
}

/// Turn after turn in a real OpenCode, each of which meets a limit first.
fn failovers(table: &mut Table) {
    let mut scene = Scene::new(RELEASE, Vault::File);
    scene.write_settings(Vault::File, "[failover]\nsession_cooldown_seconds = 0\nflap_switches = 0\n");
    let logins = ["b", "a"].map(|name| scene.login(name).0);
    scene.done(&["bridge", "install"]);
    scene.start_baton();
    let (project, server) = (scene.project("p"), scene.serve());
    let session = String::new();
    let mut turns = Turns { scene: &scene, server: &server, project: &project, session, gaps: Vec::new(), reads: 0 };

    let mut failed = 0;
    let began = Instant::now();
    for turn in 0..FAILOVERS {
        if turn % TURNS == 0 {
            turns.begin_session();
        }
        let [next, spent] = if turn % 2 == 0 { [&logins[0], &logins[1]] } else { [&logins[1], &logins[0]] };
        failed += usize::from(!turns.fails_over(spent, next));
        turns.note();
    }
    let each = began.elapsed() / u32::try_from(FAILOVERS).unwrap();
    let Turns { mut gaps, reads, .. } = turns;
    gaps.sort_by(f64::total_cmp);

    let name = format!("bridge: failed turns of {FAILOVERS} that met a limit, in OpenCode {RELEASE}");
    table.row(name, failed.to_string(), "0");
    table.row("bridge: 429 to the repeated request at the provider, median", format!("{:.1} ms", at(&gaps, 50)), "");
    table.row("bridge: the same, p99", format!("{:.1} ms", at(&gaps, 99)), "15 ms with a fresh reading");
    table.row("bridge: usage reads from a local server", format!("{:.2} a turn", reads as f64 / FAILOVERS as f64), "");
    table.row("bridge: a whole turn with its failover", format!("{:.0} ms", each.as_secs_f64() * 1e3), "");
}

struct Turns<'s> {
    scene: &'s Scene,
    server: &'s e2e::Server,
    project: &'s Path,
    session: String,
    /// From each refusal to the answer after it, in milliseconds.
    gaps: Vec<f64>,
    reads: usize,
}

impl Turns<'_> {
    /// A new session, past its first turn, in which OpenCode also asks for a title.
    fn begin_session(&mut self) {
        self.session = self.server.session(self.project);
        self.ask();
    }

    /// One turn that begins on a spent account; whether its answer is the other's.
    fn fails_over(&self, spent: &Login, next: &Login) -> bool {
        request(self.scene, &json!({"do": "enable", "provider": "openai", "account": next.name}));
        self.scene.provider.behave(next, Behaviour::Answer);
        self.scene.provider.behave(spent, LIMIT);
        self.ask() == next.answer()
    }

    fn ask(&self) -> String {
        self.server.ask_with(self.project, &self.session, MODEL, &json!({})).join().unwrap()
    }

    /// Takes down what the provider was asked in a turn.
    fn note(&mut self) {
        let asked = self.scene.provider.take_asked();
        self.reads += asked.iter().filter(|asked| asked.kind == Kind::Usage).count();
        let inference: Vec<&Asked> = asked.iter().filter(|asked| asked.kind == Kind::Inference).collect();
        let gap = |pair: &[&Asked]| pair[1].at.saturating_duration_since(pair[0].at).as_secs_f64() * 1e3;
        self.gaps.extend(inference.windows(2).filter(|pair| pair[0].status == 429).map(gap));
    }
}

fn at(sorted: &[f64], percent: usize) -> f64 {
    sorted.get((sorted.len() * percent / 100).min(sorted.len().saturating_sub(1))).copied().unwrap_or(f64::NAN)
}
