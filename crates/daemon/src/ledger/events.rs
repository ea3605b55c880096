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
        let EventRow { at, kind, provider, account } = row;
        self.0.append(
            "events",
            "INSERT INTO events (at, kind, provider, account_id, account_label) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![at.as_millis(), kind, provider.as_str(), account.id.as_str(), account.label.as_str()],
        )
    }

    /// The newest ones at a time or later, newest first.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn since(self, time: Option<Timestamp>, limit: u32) -> Result<Vec<EventRow>, LedgerError> {
        let query = "SELECT at, kind, provider, account_id, account_label FROM events WHERE at >= ?1
                     ORDER BY at DESC, id DESC LIMIT ?2";
        self.0.newest(query, time, limit, read)
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
