use std::time::{Duration, Instant};

use e2e::{Scene, Vault};
use rusqlite::Connection;
use serde_json::Value;

use crate::table::Table;

const MESSAGES: u64 = 100_000;
const RELEASE: &str = "1.18.33";

/// How long `baton spend` takes, from its start to its end, with a history that a real OpenCode began.
pub(crate) fn measure(table: &mut Table) {
    let scene = Scene::new(RELEASE, Vault::File);
    scene.login("a");
    let (code, _) = scene.ask(&scene.project("p")).end(Duration::from_secs(90));
    assert_eq!(code, Some(0));
    let history = Connection::open(scene.home.path(".local/share/opencode/opencode.db")).unwrap();

    let (nearly_none, _) = time(&scene);
    repeat_answer(&history, 1, MESSAGES);
    let (first, answers) = time(&scene);
    assert_eq!(answers, MESSAGES + 1);
    repeat_answer(&history, MESSAGES + 1, MESSAGES + 10);
    let (later, answers) = time(&scene);
    assert_eq!(answers, MESSAGES + 11);

    let milliseconds = |took: Duration| format!("{:.0} ms", took.as_secs_f64() * 1e3);
    table.row("spend: `baton spend`, one answer", milliseconds(nearly_none), "");
    table.row("spend: `baton spend`, 100,000 answers more", milliseconds(first), "2 s");
    table.row("spend: `baton spend`, 10 answers more", milliseconds(later), "only what is new is read");
}

/// Copies the turn's answer, each copy a second older than the one before.
fn repeat_answer(history: &Connection, from: u64, to: u64) {
    let sql = "WITH RECURSIVE number (n) AS (SELECT ?1 UNION ALL SELECT n + 1 FROM number WHERE n < ?2),
                   answer AS (SELECT * FROM message WHERE data ->> 'role' = 'assistant' ORDER BY rowid LIMIT 1)
               INSERT INTO message (id, session_id, time_created, time_updated, data)
               SELECT printf('msg_%08d', n), session_id, time_created - n * 1000, time_updated - n * 1000,
                   json_set(data, '$.time.created', time_created - n * 1000)
               FROM number, answer";
    history.execute(sql, [from, to].map(u64::cast_signed)).unwrap();
}

/// How long it takes, and how many answers it tells of.
fn time(scene: &Scene) -> (Duration, u64) {
    let start = Instant::now();
    let printed: Value = serde_json::from_str(&scene.done(&["spend", "--json"])).unwrap();
    let took = start.elapsed();
    assert_eq!(printed["behind"], Value::Null, "{printed}");
    (took, printed["rows"].as_array().unwrap().iter().filter_map(|row| row["answers"].as_u64()).sum())
}
