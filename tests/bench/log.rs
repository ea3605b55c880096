use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use e2e::{Scene, Vault, eventually};
use jiff::Timestamp;

use crate::table::Table;

const SIZE: u64 = 1_000_000_000;
const RELEASE: &str = "1.15.13";

/// What the request bodies in the log are filled up with.
#[derive(Clone, Copy)]
enum Bodies {
    /// To the length that they had: the fixtures say how much was cut out of each.
    Whole,
    /// With nothing: far more lines, and far more errors, in each megabyte than OpenCode writes.
    Cut,
}

pub(crate) fn measure(table: &mut Table) {
    measure_one(table, "as OpenCode writes it", Bodies::Whole, "half of ripgrep's");
    measure_one(table, "request bodies cut out", Bodies::Cut, "");
}

/// A legacy log of 1 GB appears whole in the folder that `baton run` follows; its last line is a limit, and the switch
/// shows that Baton has read to the end.
fn measure_one(table: &mut Table, name: &str, bodies: Bodies, aim: &str) {
    let mut scene = Scene::without_opencode(Vault::File);
    scene.login("b");
    scene.login("a");
    let folder = scene.home.path(".local/share/opencode/log");
    fs::create_dir_all(&folder).unwrap();
    // Beside the folder, on the same disk: a rename makes it appear at once.
    let file = folder.with_file_name("big.log");
    let size = write_log(&file, bodies);
    let ripgrep = (0..3).map(|_| time_ripgrep(&file)).min().unwrap();
    scene.start_baton();

    let start = Instant::now();
    fs::rename(&file, folder.join("2026-11-20T232415.log")).unwrap();
    eventually("Baton has read to the end", Duration::from_secs(120), || (scene.active()? == "b").then_some(()));
    let baton = start.elapsed();

    let speed = |took: Duration| size as f64 / 1e6 / took.as_secs_f64();
    let share = format!("{:.0} MB/s ({:.2} of ripgrep's)", speed(baton), ripgrep.as_secs_f64() / baton.as_secs_f64());
    let gigabytes = size as f64 / 1e9;
    table.row(
        format!("log, {name}: `rg -c \"stream error\"`, {gigabytes:.1} GB, from memory"),
        format!("{:.0} MB/s", speed(ripgrep)),
        "",
    );
    table.row(format!("log, {name}: `baton run`, to the switch that the last line causes"), share, aim);
}

fn write_log(path: &Path, bodies: Bodies) -> u64 {
    let fixtures = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/opencode-logs").join(RELEASE);
    let mut kinds: Vec<_> = fs::read_dir(fixtures).unwrap().map(|entry| entry.unwrap().path()).collect();
    kinds.sort();
    // The logins' own errors would have Baton switch before the end.
    kinds.retain(|kind| !kind.file_name().unwrap().to_string_lossy().starts_with("codex"));
    let round: String = kinds.iter().map(|kind| fs::read_to_string(kind).unwrap()).collect();
    let round = match bodies {
        Bodies::Whole => with_whole_bodies(&round),
        Bodies::Cut => round,
    };
    let mut log = BufWriter::new(File::create(path).unwrap());
    for _ in 0..SIZE / round.len() as u64 {
        log.write_all(round.as_bytes()).unwrap();
    }
    log.write_all(limit().as_bytes()).unwrap();
    log.into_inner().unwrap().metadata().unwrap().len()
}

/// Puts text of the right length where the fixtures say `"_cut":LENGTH`.
fn with_whole_bodies(log: &str) -> String {
    const CUT: &str = "\"_cut\":";
    const TEXT: &str = "The quick brown fox reads the log and asks for nothing in return. ";
    let mut pieces = log.split(CUT);
    let mut whole = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let end = piece.find(|c: char| !c.is_ascii_digit()).unwrap_or(piece.len());
        let (length, rest) = piece.split_at(end);
        let text: String = TEXT.chars().cycle().take(length.parse().unwrap()).collect();
        whole.push_str(&format!("\"input\":\"{text}\"{rest}"));
    }
    whole
}

/// The line that this release writes when a login meets its limit, as of now.
fn limit() -> String {
    let now = Timestamp::now();
    let resets = now.as_second() + 3600;
    format!(
        "ERROR {} +2ms service=llm providerID=openai modelID=gpt-5.2-codex session.id=ses_bench small=false agent=build mode=primary \
         error={{\"error\":{{\"name\":\"AI_APICallError\",\"url\":\"http://127.0.0.1/backend/responses\",\"statusCode\":429,\"responseHeaders\":{{}},\
         \"responseBody\":\"{{\\\"error\\\":{{\\\"type\\\":\\\"usage_limit_reached\\\",\\\"message\\\":\\\"The usage limit has been reached\\\",\\\"resets_at\\\":{resets}}}}}\",\
         \"isRetryable\":true}}}} stream error\n",
        now.strftime("%Y-%m-%dT%H:%M:%S")
    )
}

fn time_ripgrep(file: &Path) -> Duration {
    let start = Instant::now();
    let status = Command::new("rg").args(["-c", "stream error"]).arg(file).stdout(Stdio::null()).status().unwrap();
    assert!(status.success());
    start.elapsed()
}
