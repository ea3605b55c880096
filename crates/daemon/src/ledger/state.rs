//! The table `state`: single facts that must outlive the program, by name. Refuses to be a second settings file: a
//! person changes these by asking, not by editing.

use rusqlite::OptionalExtension;

use super::schema::Migration;
use super::{Ledger, LedgerError};

pub(super) const CREATE: Migration = Migration {
    version: 5,
    min_reader: 5,
    sql: "CREATE TABLE state (key TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL)",
};

const PAUSED: &str = "paused";

/// Queries on single facts.
#[derive(Clone, Copy, Debug)]
pub struct State<'a>(pub(super) &'a Ledger);

impl State<'_> {
    /// Whether the person paused automatic failover.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn paused(self) -> Result<bool, LedgerError> {
        Ok(self.get(PAUSED)?.is_some_and(|value| value == "1"))
    }

    /// Writes whether automatic failover is paused.
    ///
    /// # Errors
    /// When the ledger can't be written.
    pub fn set_paused(self, paused: bool) -> Result<(), LedgerError> {
        self.set(PAUSED, if paused { "1" } else { "0" })
    }

    /// A fact by its name.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn get(self, key: &str) -> Result<Option<String>, LedgerError> {
        self.0.ask(|connection| {
            let mut statement = connection.prepare_cached("SELECT value FROM state WHERE key = ?1")?;
            statement.query_row([key], |row| row.get(0)).optional()
        })
    }

    /// Writes a fact.
    ///
    /// # Errors
    /// When the ledger can't be written.
    pub fn set(self, key: &str, value: &str) -> Result<(), LedgerError> {
        self.0.ask(|connection| {
            let sql = "INSERT INTO state (key, value) VALUES (?1, ?2)
                       ON CONFLICT (key) DO UPDATE SET value = excluded.value";
            connection.prepare_cached(sql)?.execute([key, value])
        })?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failover_is_paused_only_once_someone_paused_it() {
        let ledger = Ledger::in_memory().unwrap();
        let mut seen = vec![ledger.state().paused().unwrap()];
        for paused in [true, true, false] {
            ledger.state().set_paused(paused).unwrap();
            seen.push(ledger.state().paused().unwrap());
        }
        assert_eq!(seen, [false, true, true, false]);
    }
}
