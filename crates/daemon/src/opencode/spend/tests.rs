//! What is read from OpenCode's history, and what is left for later.

use std::fs;
use std::path::PathBuf;

use engine::Timestamp;
use rusqlite::Connection;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::*;

const NOON: Timestamp = Timestamp::from_secs(1_795_176_000);

/// OpenCode's data folder.
struct Data(TempDir);

impl Data {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn database(&self) -> Connection {
        let connection = Connection::open(self.path("opencode.db")).unwrap();
        connection.pragma_update(None, "journal_mode", "WAL").unwrap();
        let sql = "CREATE TABLE IF NOT EXISTS message (id text PRIMARY KEY, session_id text NOT NULL,
                       time_created integer NOT NULL, time_updated integer NOT NULL, data text NOT NULL);
                   CREATE TABLE IF NOT EXISTS part (id text PRIMARY KEY, message_id text NOT NULL,
                       session_id text NOT NULL, time_created integer NOT NULL, time_updated integer NOT NULL,
                       data text NOT NULL);";
        connection.execute_batch(sql).unwrap();
        connection
    }

    fn path(&self, inside: &str) -> PathBuf {
        self.0.path().join(inside)
    }

    fn write(&self, id: &str, record: &Value) {
        let file = self.path(&format!("storage/message/ses_1/{id}.json"));
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, record.to_string()).unwrap();
    }

    fn source(&self) -> Source {
        sources(self.0.path(), None).remove(0)
    }
}

fn put(database: &Connection, id: &str, record: &Value) {
    let sql = "INSERT INTO message VALUES (?1, 'ses_1', 0, 0, ?2) ON CONFLICT (id) DO UPDATE SET data = excluded.data";
    database.execute(sql, (id, record.to_string())).unwrap();
}

/// A whole answer.
fn answer(output: u64) -> Value {
    json!({"role": "assistant", "time": {"created": NOON.as_millis() - 2_000, "completed": NOON.as_millis()},
           "modelID": "m", "providerID": "p", "cost": 0.5,
           "tokens": {"input": 1, "output": output, "reasoning": 0, "cache": {"read": 0, "write": 0}}})
}

/// An answer that is still written.
fn begun() -> Value {
    json!({"role": "assistant", "time": {"created": NOON.as_millis()}, "modelID": "m", "providerID": "p", "cost": 0,
           "tokens": {"input": 0, "output": 0, "reasoning": 0, "cache": {"read": 0, "write": 0}}})
}

/// Ids and outputs of what is read, the number of foreign records, and the mark for the next reading.
fn read(source: &Source, mark: &str) -> (Vec<(String, u64)>, u64, String) {
    let mut reading = source.read(Some(mark), NOON).unwrap();
    let (mut found, mut foreign, mut mark) = (Vec::new(), 0, mark.to_owned());
    while let Some(page) = reading.next_page().unwrap() {
        found.extend(page.messages.into_iter().map(|message| (message.id, message.spend.output)));
        foreign += page.foreign.len() as u64;
        mark = page.mark;
    }
    (found, foreign, mark)
}

fn found(ids: &[(&str, u64)]) -> Vec<(String, u64)> {
    ids.iter().map(|(id, output)| ((*id).to_owned(), *output)).collect()
}

#[test]
fn a_later_reading_finds_only_what_is_new() {
    let data = Data::new();
    let database = data.database();
    put(&database, "msg_1", &json!({"role": "user", "time": {"created": 1}}));
    put(&database, "msg_2", &answer(7));
    let (first, _, mark) = read(&data.source(), "");
    assert_eq!(first, found(&[("msg_2", 7)]));
    assert_eq!(read(&data.source(), &mark), (vec![], 0, mark.clone()));
    put(&database, "msg_0", &answer(8));
    assert_eq!(read(&data.source(), &mark).0, found(&[("msg_0", 8)]));
}

#[test]
fn an_answer_that_is_still_written_is_found_once_it_is_whole() {
    let data = Data::new();
    let database = data.database();
    put(&database, "msg_1", &begun());
    put(&database, "msg_2", &answer(7));
    let (first, _, mark) = read(&data.source(), "");
    assert_eq!(first, found(&[("msg_2", 7)]));
    put(&database, "msg_1", &answer(9));
    let (second, _, mark) = read(&data.source(), &mark);
    assert_eq!(second, found(&[("msg_1", 9), ("msg_2", 7)]), "what was found already is known by its id");
    assert_eq!(read(&data.source(), &mark).0, vec![]);
}

#[test]
fn an_answer_that_was_cut_off_does_not_hold_up_what_comes_after() {
    let data = Data::new();
    let database = data.database();
    let mut cut_off = begun();
    cut_off["time"]["created"] = 1.into();
    put(&database, "msg_1", &cut_off);
    put(&database, "msg_2", &answer(7));
    let (_, _, mark) = read(&data.source(), "");
    assert_eq!(read(&data.source(), &mark).0, vec![]);
}

#[test]
fn rows_that_were_numbered_anew_are_all_read_again() {
    let data = Data::new();
    let database = data.database();
    put(&database, "msg_1", &answer(1));
    put(&database, "msg_2", &answer(2));
    let (_, _, mark) = read(&data.source(), "");
    database.execute("DELETE FROM message WHERE id = 'msg_2'", []).unwrap();
    put(&database, "msg_3", &answer(3));
    assert_eq!(read(&data.source(), &mark).0, found(&[("msg_1", 1), ("msg_3", 3)]));
}

#[test]
fn records_of_another_shape_are_skipped_and_counted() {
    let data = Data::new();
    let database = data.database();
    put(&database, "msg_1", &json!({"role": "assistant"}));
    put(&database, "msg_2", &json!(["anything"]));
    database.execute("INSERT INTO message VALUES (NULL, 's', 0, 0, x'ff')", []).unwrap();
    put(&database, "msg_3", &answer(3));
    let (messages, foreign, _) = read(&data.source(), "");
    assert_eq!((messages, foreign), (found(&[("msg_3", 3)]), 3));
}

#[test]
fn a_database_that_somebody_has_locked_is_left_for_later() {
    let data = Data::new();
    let database = data.database();
    database.pragma_update(None, "journal_mode", "DELETE").unwrap();
    put(&database, "msg_1", &answer(1));
    database.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let refused = data.source().read(None, NOON).and_then(|mut reading| reading.next_page());
    assert!(matches!(refused, Err(HistoryError::Busy { .. })), "{refused:?}");
    database.execute_batch("COMMIT").unwrap();
    assert_eq!(read(&data.source(), "").0, found(&[("msg_1", 1)]));
}

#[test]
fn opencode_writes_while_baton_reads() {
    let data = Data::new();
    let database = data.database();
    put(&database, "msg_1", &answer(1));
    let mut reading = data.source().read(None, NOON).unwrap();
    reading.next_page().unwrap();
    database.busy_timeout(std::time::Duration::ZERO).unwrap();
    put(&database, "msg_2", &answer(2));
    database.execute_batch("PRAGMA wal_checkpoint(TRUNCATE); VACUUM").unwrap();
}

#[test]
fn a_closed_database_is_read_without_a_trace() {
    let data = Data::new();
    let database = data.database();
    put(&database, "msg_1", &answer(1));
    drop(database);
    let names = || fs::read_dir(data.0.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect::<Vec<_>>();
    assert_eq!(names(), ["opencode.db"]);
    assert_eq!(read(&data.source(), "").0, found(&[("msg_1", 1)]));
    assert_eq!(names(), ["opencode.db"]);
}

#[test]
fn a_closed_database_whose_name_means_something_in_an_address_is_read() {
    let data = Data::new();
    // Windows allows no question mark.
    let name = if cfg!(windows) { "opencode-50% ü#&.db" } else { "opencode-50% ü?#&.db" };
    drop(data.database());
    fs::rename(data.path("opencode.db"), data.path(name)).unwrap();
    assert_eq!(read(&data.source(), "").0, vec![]);
    assert!(data.source().path().ends_with(name));
}

#[test]
fn what_opencode_writes_as_it_opens_its_database_is_found_next_time() {
    let data = Data::new();
    drop(data.database());
    let mut reading = data.source().read(None, NOON).unwrap();
    let database = data.database();
    put(&database, "msg_1", &answer(1));
    assert!(matches!(reading.next_page(), Err(HistoryError::Busy { .. })));
    assert_eq!(read(&data.source(), "").0, found(&[("msg_1", 1)]));
}

#[test]
fn a_database_with_other_tables_is_left_alone_and_named() {
    let data = Data::new();
    let database = data.database();
    for change in ["ALTER TABLE message RENAME COLUMN data TO body", "DROP TABLE message"] {
        database.execute_batch(change).unwrap();
        let refused = data.source().read(None, NOON);
        assert!(matches!(refused, Err(HistoryError::Unknown { .. })), "{refused:?}");
    }
}

#[test]
fn an_answer_from_a_future_that_never_comes_holds_nothing_up() {
    let data = Data::new();
    let database = data.database();
    let mut odd = begun();
    odd["time"]["created"] = 1e18.into();
    put(&database, "msg_1", &odd);
    put(&database, "msg_2", &answer(7));
    let (_, _, mark) = read(&data.source(), "");
    assert_eq!(read(&data.source(), &mark).0, vec![]);
}

#[test]
fn what_is_no_database_is_named() {
    let data = Data::new();
    fs::write(data.path("opencode.db"), "garbage".repeat(1000)).unwrap();
    let refused = data.source().read(None, NOON).and_then(|mut reading| reading.next_page());
    assert!(matches!(refused, Err(HistoryError::Database { .. })), "{refused:?}");
}

#[test]
fn the_successful_attempt_says_when_an_answer_began() {
    let data = Data::new();
    let database = data.database();
    put(&database, "msg_1", &answer(1));
    for (id, at, part) in [("1", 10, "step-start"), ("2", 20, "step-start"), ("3", 30, "text")] {
        let data = json!({"type": part}).to_string();
        database.execute("INSERT INTO part VALUES (?1, 'msg_1', 'ses_1', ?2, 0, ?3)", (id, at, data)).unwrap();
    }
    let mut reading = data.source().read(None, NOON).unwrap();
    let page = reading.next_page().unwrap().unwrap();
    assert_eq!(reading.answer_began(&page.messages[0]), Some(Timestamp::from_millis(20)));
    assert_eq!(page.messages[0].session, Some("ses_1".into()));
}

#[test]
fn older_releases_parts_say_it_by_when_they_were_written() {
    let data = Data::new();
    data.write("msg_1", &answer(7));
    for (id, second, kind) in [("1", 10, "step-start"), ("2", 20, "step-start"), ("3", 30, "text")] {
        let file = data.path(&format!("storage/part/msg_1/prt_{id}.json"));
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, json!({"type": kind}).to_string()).unwrap();
        let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(second);
        fs::File::options().write(true).open(file).unwrap().set_modified(time).unwrap();
    }
    let mut reading = data.source().read(None, NOON).unwrap();
    let page = reading.next_page().unwrap().unwrap();
    assert_eq!(reading.answer_began(&page.messages[0]), Some(Timestamp::from_secs(20)));
}

#[test]
fn a_file_that_is_half_written_is_foreign_only_if_it_stays_so() {
    let data = Data::new();
    data.write("msg_1", &answer(7));
    let file = data.path("storage/message/ses_1/msg_2.json");
    fs::write(&file, "{\"role\": \"assis").unwrap();
    let set_age = |seconds: u64| {
        let time = std::time::UNIX_EPOCH + std::time::Duration::from_millis(NOON.as_millis() as u64)
            - std::time::Duration::from_secs(seconds);
        fs::File::options().write(true).open(&file).unwrap().set_modified(time).unwrap();
    };
    set_age(10);
    assert_eq!(read(&data.source(), "").1, 0);
    set_age(100);
    assert_eq!(read(&data.source(), "").1, 1);
}

#[test]
fn older_releases_files_are_read_when_they_change() {
    let data = Data::new();
    data.write("msg_1", &begun());
    data.write("msg_2", &answer(7));
    data.write("msg_3", &json!({"role": "user", "time": {"created": 1}}));
    data.write("msg_4", &json!({"role": "assistant"}));
    let long_ago = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1);
    let settled = fs::File::options().write(true).open(data.path("storage/message/ses_1/msg_4.json")).unwrap();
    settled.set_modified(long_ago).unwrap();
    let (first, foreign, mark) = read(&data.source(), "");
    assert_eq!((first, foreign), (found(&[("msg_2", 7)]), 1));
    data.write("msg_1", &answer(9));
    assert!(read(&data.source(), &mark).0.contains(&("msg_1".to_owned(), 9)));
    let later = (NOON + std::time::Duration::from_secs(10 * 365 * 24 * 3600)).as_millis().to_string();
    assert_eq!(read(&data.source(), &later).0, vec![]);
}

#[test]
fn every_channels_database_is_a_place_and_the_one_that_is_named() {
    let data = Data::new();
    for name in ["opencode.db", "opencode-dev.db", "opencode.db-wal", "opencode2.db", "auth.json"] {
        fs::write(data.path(name), "").unwrap();
    }
    fs::create_dir_all(data.path("storage/message")).unwrap();
    let names = |database: Option<&str>| {
        let found = sources(data.0.path(), database.map(Path::new));
        found.iter().map(|source| source.path().file_name().unwrap().to_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(None), ["opencode-dev.db", "opencode.db", "message"]);
    assert_eq!(names(Some("opencode2.db")), ["opencode-dev.db", "opencode.db", "opencode2.db", "message"]);
    for not_another in [":memory:", "opencode.db"] {
        assert_eq!(names(Some(not_another)), names(None));
    }
}
