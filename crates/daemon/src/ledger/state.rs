//! The table `state`: single facts that must outlive the program, by name. Refuses to be a second settings file: a
//! person changes these by asking, not by editing.

use engine::{Pause, Timestamp};
use rusqlite::OptionalExtension;

use super::schema::Migration;
use super::{Ledger, LedgerError};

pub(super) const CREATE: Migration = Migration {
    version: 5,
    min_reader: 5,
    sql: "CREATE TABLE state (key TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL)",
};

const PAUSED: &str = "paused";
const PAUSED_UNTIL: &str = "paused_until";
const VAULT: &str = "vault";
/// Stands behind the vault's name while the other one may hold credentials too.
const AND_COPIES: &str = " and copies";

/// Where credentials rest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The vault that counts, by its name in the settings.
    pub store: String,
    /// Whether the other one may hold credentials too, or hold what this one doesn't have yet.
    pub copies: bool,
}

/// Queries on single facts.
#[derive(Clone, Copy, Debug)]
pub struct State<'a>(pub(super) &'a Ledger);

impl State<'_> {
    /// The person's pause of automatic failover. One whose end can't be read has none: nothing is switched then that
    /// the person didn't want.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn pause(self) -> Result<Option<Pause>, LedgerError> {
        if self.get(PAUSED)?.is_none_or(|value| value != "1") {
            return Ok(None);
        }
        let until = self.get(PAUSED_UNTIL)?.and_then(|value| value.parse().ok());
        Ok(Some(Pause { until: until.map(Timestamp::from_millis) }))
    }

    /// Writes that automatic failover is paused, or that it goes on.
    ///
    /// # Errors
    /// When the ledger can't be written.
    pub fn set_pause(self, pause: Option<Pause>) -> Result<(), LedgerError> {
        let until = pause.and_then(|pause| pause.until);
        // The end first: a program that is stopped in between never leaves a pause with an older one's end.
        self.set(PAUSED_UNTIL, &until.map(|until| until.as_millis().to_string()).unwrap_or_default())?;
        self.set(PAUSED, if pause.is_some() { "1" } else { "0" })
    }

    /// Where credentials rest; `None` until somebody wrote it.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn vault(self) -> Result<Option<Kept>, LedgerError> {
        Ok(self.get(VAULT)?.map(|value| match value.strip_suffix(AND_COPIES) {
            Some(store) => Kept { store: store.to_owned(), copies: true },
            None => Kept { store: value, copies: false },
        }))
    }

    /// Writes where credentials rest.
    ///
    /// # Errors
    /// When the ledger can't be written.
    pub fn set_vault(self, store: &str, copies: bool) -> Result<(), LedgerError> {
        self.set(VAULT, &format!("{store}{}", if copies { AND_COPIES } else { "" }))
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
        assert_eq!(ledger.state().pause().unwrap(), None);
        let until = |millis| Some(Pause { until: Some(Timestamp::from_millis(millis)) });
        for pause in [until(5), Some(Pause::default()), until(7), None, Some(Pause::default())] {
            ledger.state().set_pause(pause).unwrap();
            assert_eq!(ledger.state().pause().unwrap(), pause);
        }
    }

    #[test]
    fn where_credentials_rest_is_known_once_it_was_written() {
        let ledger = Ledger::in_memory().unwrap();
        assert_eq!(ledger.state().vault().unwrap(), None);
        for (store, copies) in [("keychain", false), ("keychain", true), ("file", true), ("file", false)] {
            ledger.state().set_vault(store, copies).unwrap();
            assert_eq!(ledger.state().vault().unwrap(), Some(Kept { store: store.to_owned(), copies }));
        }
    }

    #[test]
    fn a_pause_of_a_release_that_knew_no_end_lasts_until_it_is_resumed() {
        let ledger = Ledger::in_memory().unwrap();
        ledger.state().set("paused", "1").unwrap();
        assert_eq!(ledger.state().pause().unwrap(), Some(Pause::default()));
        ledger.state().set("paused", "0").unwrap();
        assert_eq!(ledger.state().pause().unwrap(), None);
    }
}
