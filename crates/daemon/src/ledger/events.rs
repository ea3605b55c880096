//! The table `events`: what happened to accounts beside switches and limit hits. Single words and labels; never secrets.

use engine::{ProviderId, Timestamp};
use rusqlite::{Row, params};

use super::schema::Migration;
use super::{Ledger, LedgerError, NamedAccount, column};

pub(super) const CREATE: Migration = Migration {
    version: 13,
    min_reader: 5,
    sql: "CREATE TABLE events (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        at INTEGER NOT NULL,
        kind TEXT NOT NULL,
        provider TEXT NOT NULL,
        account_id TEXT NOT NULL,
        account_label TEXT NOT NULL
    );
    CREATE INDEX events_by_time ON events (at);",
};

/// The most rows: a busy year.
const MOST: i64 = 20_000;

/// Something that happened to an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventRow {
    /// When.
    pub at: Timestamp,
    /// What, in one word.
    pub kind: String,
    /// The provider.
    pub provider: ProviderId,
    /// The account.
    pub account: NamedAccount,
}

/// Queries on what happened to accounts.
#[derive(Clone, Copy, Debug)]
pub struct Events<'a>(pub(super) &'a Ledger);

impl Events<'_> {
    /// Adds one, and forgets the oldest where there are too many.
    ///
    /// # Errors
    /// When the ledger can't be written.
    pub fn insert(self, row: &EventRow) -> Result<(), LedgerError> {
        self.0.all_or_nothing(|connection| {
            connection.execute(
                "INSERT INTO events (at, kind, provider, account_id, account_label) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![
                    row.at.as_millis(),
                    row.kind,
                    row.provider.as_str(),
                    row.account.id.as_str(),
                    row.account.label.as_str()
                ],
            )?;
            connection.execute("DELETE FROM events WHERE id <= ?1", [connection.last_insert_rowid() - MOST])?;
            Ok(())
        })
    }

    /// The newest ones at a time or later, newest first.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn since(self, time: Option<Timestamp>, limit: u32) -> Result<Vec<EventRow>, LedgerError> {
        let from = time.map_or(i64::MIN, Timestamp::as_millis);
        self.0.ask(|connection| {
            let sql = "SELECT at, kind, provider, account_id, account_label FROM events WHERE at >= ?1
                       ORDER BY at DESC, id DESC LIMIT ?2";
            connection.prepare_cached(sql)?.query_map(params![from, limit], read)?.collect()
        })
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<EventRow> {
    Ok(EventRow {
        at: column::time(row, "at")?,
        kind: row.get("kind")?,
        provider: ProviderId::new(row.get::<_, String>("provider")?),
        account: column::account(row, "account_id", "account_label")?,
    })
}
