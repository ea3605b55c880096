//! Brings a ledger up to date, or says why this program must not touch it. Knows no table but its own, `meta`.
//!
//! `PRAGMA user_version` is the newest migration in the file. `meta.min_reader` is the oldest program, counted by its
//! newest migration, that may still use the file: a newer file is used as it is, unless it asks for a newer program.

use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OptionalExtension, TransactionBehavior};

use super::{
    accounts, activations, alerts, balance_samples, continuations, events, limit_hits, model_limits, polls, spend,
    state, switches, usage_samples,
};

/// One step from an older file to a newer one. Once released it is frozen, and its text depends on nothing that can
/// change.
pub(super) struct Migration {
    /// Its place in the order of all migrations, from 1 without gaps.
    pub(super) version: u32,
    /// The oldest program that may still use the file afterwards. Equal to `version` when older ones must not.
    pub(super) min_reader: u32,
    /// What it does.
    pub(super) sql: &'static str,
}

/// Every migration, oldest first.
const MIGRATIONS: &[&Migration] = &[
    &accounts::CREATE,
    &switches::CREATE,
    &limit_hits::CREATE,
    &usage_samples::CREATE,
    &state::CREATE,
    &balance_samples::CREATE,
    &polls::CREATE,
    &spend::CREATE,
    &activations::CREATE,
    &alerts::CREATE,
    &model_limits::CREATE,
    &limit_hits::ADD_REACH,
    &events::CREATE,
    &switches::ADD_WORDS,
    &continuations::CREATE,
];

/// Marks the file as a ledger of Baton's: "BATN".
const APPLICATION_ID: u32 = 0x4241_544e;

const PROGRAM: &str = env!("CARGO_PKG_VERSION");

/// Why a file must not be touched.
#[derive(Debug)]
pub(super) enum Refusal {
    /// It is another program's database.
    Foreign,
    /// It asks for a newer program.
    Newer { written_by: String },
    /// SQLite failed.
    Failed(rusqlite::Error),
}

impl From<rusqlite::Error> for Refusal {
    fn from(error: rusqlite::Error) -> Self {
        Self::Failed(error)
    }
}

/// Makes a connection ready for queries. Looks before it writes.
pub(super) fn prepare(connection: &mut Connection, busy_timeout: Duration) -> Result<(), Refusal> {
    bring_up_to(connection, busy_timeout, MIGRATIONS)
}

fn bring_up_to(connection: &mut Connection, busy_timeout: Duration, known: &[&Migration]) -> Result<(), Refusal> {
    connection.busy_timeout(busy_timeout)?;
    let newest = known.last().map_or(0, |migration| migration.version);
    // One transaction, so that all of it is read from the same state of the file.
    let looking = connection.transaction()?;
    let version = version_for(&looking, newest)?;
    looking.finish()?;
    if version < newest {
        migrate(connection, newest, known)?;
    }
    // An account that is saved must stay saved when the power fails: the full form costs one fsync per commit.
    connection.pragma_update(None, "synchronous", "FULL")?;
    match connection.pragma_update(None, "journal_mode", "WAL") {
        // Another program is at work in the file. It, or the next one to open it, sets the mode; any mode is safe.
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => Ok(()),
        set => Ok(set?),
    }
}

/// The file's version, 0 for a new file, if a program that knows migrations up to `newest` may use it.
fn version_for(connection: &Connection, newest: u32) -> Result<u32, Refusal> {
    let number = |pragma| connection.pragma_query_value(None, pragma, |row| row.get::<_, u32>(0));
    let version = number("user_version")?;
    if number("application_id")? != APPLICATION_ID {
        let tables: u32 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        return if version == 0 && tables == 0 { Ok(0) } else { Err(Refusal::Foreign) };
    }
    match meta(connection, "min_reader")?.and_then(|text| text.parse::<u32>().ok()) {
        Some(min_reader) if min_reader <= newest => Ok(version),
        Some(_) | None => {
            let written_by = meta(connection, "written_by")?.unwrap_or_else(|| "of an unknown version".to_owned());
            Err(Refusal::Newer { written_by })
        }
    }
}

fn migrate(connection: &mut Connection, newest: u32, known: &[&Migration]) -> Result<(), Refusal> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Another program may have migrated the file while this one waited for the lock.
    let version = version_for(&transaction, newest)?;
    let missing = known.iter().filter(|migration| migration.version > version);
    transaction
        .execute_batch("CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL)")?;
    let mut min_reader = meta(&transaction, "min_reader")?.and_then(|text| text.parse().ok()).unwrap_or(0);
    for migration in missing {
        transaction.execute_batch(migration.sql)?;
        min_reader = min_reader.max(migration.min_reader);
    }
    for (key, value) in [("min_reader", min_reader.to_string()), ("written_by", PROGRAM.to_owned())] {
        transaction.execute("INSERT OR REPLACE INTO meta (key, value) VALUES (?1, ?2)", (key, value))?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", version.max(newest))?;
    transaction.commit()?;
    Ok(())
}

fn meta(connection: &Connection, key: &str) -> rusqlite::Result<Option<String>> {
    connection.query_row("SELECT value FROM meta WHERE key = ?1", [key], |row| row.get(0)).optional()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::{Ledger, LedgerError};
    use super::*;

    const WAIT: Duration = Duration::from_secs(1);

    /// A ledger as a later release would leave it: this release's tables and one migration more.
    fn written_by_the_future(path: &Path, min_reader: u32, sql: &'static str) {
        let next = Migration { version: newest() + 1, min_reader, sql };
        let known: Vec<&Migration> = MIGRATIONS.iter().copied().chain([&next]).collect();
        let mut connection = Connection::open(path).unwrap();
        bring_up_to(&mut connection, WAIT, &known).unwrap();
        connection.execute("UPDATE meta SET value = '9.9.9' WHERE key = 'written_by'", []).unwrap();
    }

    fn newest() -> u32 {
        MIGRATIONS.last().unwrap().version
    }

    #[test]
    fn migrations_are_numbered_without_gaps_and_ask_for_no_program_newer_than_themselves() {
        for (place, migration) in (1..).zip(MIGRATIONS) {
            assert_eq!(migration.version, place);
            assert!(migration.min_reader <= migration.version, "{place}");
        }
    }

    #[test]
    fn each_older_ledger_is_brought_up_to_date_with_what_it_holds() {
        for known in 0..MIGRATIONS.len() {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("ledger.db");
            let mut connection = Connection::open(&path).unwrap();
            bring_up_to(&mut connection, WAIT, &MIGRATIONS[..known]).unwrap();
            drop(connection);
            let ledger = Ledger::open(&path).unwrap();
            ledger.state().set_pause(Some(engine::Pause::default())).unwrap();
            assert_eq!(version_for(&ledger.connection, newest()).unwrap(), newest(), "from {known}");
        }
    }

    #[test]
    fn a_newer_ledger_that_older_programs_may_use_is_used() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ledger.db");
        let sql = "ALTER TABLE state ADD COLUMN mood TEXT NOT NULL DEFAULT 'calm'; CREATE TABLE lanes (name TEXT);";
        written_by_the_future(&path, newest(), sql);
        let ledger = Ledger::open(&path).unwrap();
        ledger.state().set_pause(Some(engine::Pause::default())).unwrap();
        assert!(ledger.state().pause().unwrap().is_some());
        assert_eq!(version_for(&ledger.connection, newest()).unwrap(), newest() + 1, "the version stays the newer one");
    }

    #[test]
    fn a_newer_ledger_that_asks_for_a_newer_program_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ledger.db");
        written_by_the_future(&path, newest() + 1, "DROP TABLE state;");
        let before = std::fs::read(&path).unwrap();
        let error = Ledger::open(&path).unwrap_err();
        assert!(matches!(&error, LedgerError::Newer { written_by, .. } if written_by == "9.9.9"), "{error:?}");
        assert!(error.to_string().contains("Baton 9.9.9"), "{error}");
        assert_eq!(std::fs::read(&path).unwrap(), before);
    }

    #[test]
    fn a_migration_that_fails_leaves_the_ledger_as_it_was() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ledger.db");
        Ledger::open(&path).unwrap().state().set_pause(Some(engine::Pause::default())).unwrap();
        let broken =
            Migration { version: newest() + 1, min_reader: 1, sql: "DROP TABLE state; SELECT * FROM nowhere;" };
        let known: Vec<&Migration> = MIGRATIONS.iter().copied().chain([&broken]).collect();
        bring_up_to(&mut Connection::open(&path).unwrap(), WAIT, &known).unwrap_err();
        assert!(Ledger::open(&path).unwrap().state().pause().unwrap().is_some());
    }
}
