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

/// A legacy log of 1 GB appears whole in the folder that `baton run` follows; its last line is a limit, and the switch
/// shows that Baton has read to the end.
pub(crate) fn measure(table: &mut Table) {
    let mut scene = Scene::without_opencode(Vault::File);
    scene.login("b");
    scene.login("a");
    let folder = scene.home.path(".local/share/opencode/log");
    fs::create_dir_all(&folder).unwrap();
    // Beside the folder, on the same disk: a rename makes it appear at once.
    let file = folder.with_file_name("big.log");
    let size = write_log(&file);
    let ripgrep = (0..3).map(|_| time_ripgrep(&file)).min().unwrap();
    scene.start_baton();

    let start = Instant::now();
    fs::rename(&file, folder.join("2026-11-20T232415.log")).unwrap();
    eventually("Baton has read to the end", Duration::from_secs(120), || (scene.active()? == "b").then_some(()));
    let baton = start.elapsed();

    let speed = |took: Duration| size as f64 / 1e6 / took.as_secs_f64();
    let share = format!("{:.0} MB/s ({:.2} of ripgrep's)", speed(baton), ripgrep.as_secs_f64() / baton.as_secs_f64());
    table.row(
        format!("log: `rg -c \"stream error\"`, {:.1} GB, from memory", size as f64 / 1e9),
        format!("{:.0} MB/s", speed(ripgrep)),
        "",
    );
    table.row("log: `baton run`, to the switch that the last line causes", share, "half of ripgrep's");
}

fn write_log(path: &Path) -> u64 {
    let fixtures = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/opencode-logs").join(RELEASE);
    let mut kinds: Vec<_> = fs::read_dir(fixtures).unwrap().map(|entry| entry.unwrap().path()).collect();
    kinds.sort();
    // The logins' own errors would have Baton switch before the end.
    kinds.retain(|kind| !kind.file_name().unwrap().to_string_lossy().starts_with("codex"));
    let round: Vec<u8> = kinds.iter().flat_map(|kind| fs::read(kind).unwrap()).collect();
    let mut log = BufWriter::new(File::create(path).unwrap());
    for _ in 0..SIZE / round.len() as u64 {
        log.write_all(&round).unwrap();
    }
    log.write_all(limit().as_bytes()).unwrap();
    log.into_inner().unwrap().metadata().unwrap().len()
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
