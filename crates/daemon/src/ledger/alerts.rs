//! The table `alerts`: what a person was told of each window, so that a restart doesn't tell it again. One row a window:
//! the next reset overwrites it.

use std::time::Duration;

use engine::{AccountId, AlertMemory, Scope, WindowId};
use rusqlite::{Connection, named_params};

use super::schema::Migration;
use super::{Ledger, LedgerError, column};

pub(super) const CREATE: Migration = Migration {
    version: 10,
    min_reader: 5,
    // The model is empty for a window that governs every request: null would never equal itself in a key.
    sql: "CREATE TABLE alerts (
        account_id TEXT NOT NULL,
        model TEXT NOT NULL,
        window_seconds INTEGER NOT NULL,
        ends_at INTEGER NOT NULL,
        peak_percent REAL NOT NULL,
        spent INTEGER NOT NULL,
        PRIMARY KEY (account_id, model, window_seconds)
    ) WITHOUT ROWID",
};

/// Queries on what was told.
#[derive(Clone, Copy, Debug)]
pub struct AlertMemories<'a>(pub(super) &'a Ledger);

impl AlertMemories<'_> {
    /// What was told of an account's windows.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn of(self, account: &AccountId) -> Result<Vec<AlertMemory>, LedgerError> {
        self.0.ask(|connection| {
            let sql = "SELECT model, window_seconds, ends_at, peak_percent, spent FROM alerts WHERE account_id = ?1";
            let read = |row: &rusqlite::Row<'_>| {
                let model: String = row.get("model")?;
                let scope = if model.is_empty() { Scope::Account } else { Scope::Model(model) };
                let seconds: i64 = row.get("window_seconds")?;
                let length = Duration::from_secs(u64::try_from(seconds).unwrap_or(0));
                Ok(AlertMemory {
                    window: WindowId { scope, length },
                    ends_at: column::time(row, "ends_at")?,
                    peak_percent: row.get("peak_percent")?,
                    spent: row.get("spent")?,
                })
            };
            connection.prepare_cached(sql)?.query_map([account.as_str()], read)?.collect()
        })
    }

    /// Writes what was told of one window.
    ///
    /// # Errors
    /// When the ledger can't be written.
    pub fn set(self, account: &AccountId, memory: &AlertMemory) -> Result<(), LedgerError> {
        self.0.ask(|connection| {
            let mut statement = connection.prepare_cached(
                "INSERT OR REPLACE INTO alerts (account_id, model, window_seconds, ends_at, peak_percent, spent)
                 VALUES (:account_id, :model, :window_seconds, :ends_at, :peak_percent, :spent)",
            )?;
            statement.execute(named_params! {
                ":account_id": account.as_str(),
                ":model": match &memory.window.scope {
                    Scope::Account => "",
                    Scope::Model(model) => model,
                },
                ":window_seconds": i64::try_from(memory.window.length.as_secs()).unwrap_or(i64::MAX),
                ":ends_at": memory.ends_at.as_millis(),
                ":peak_percent": memory.peak_percent,
                ":spent": memory.spent,
            })
        })?;
        Ok(())
    }
}

/// Forgets what was told of an account.
pub(super) fn forget(connection: &Connection, account: &AccountId) -> rusqlite::Result<()> {
    connection.execute("DELETE FROM alerts WHERE account_id = ?1", [account.as_str()])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use engine::Timestamp;

    use super::*;

    #[test]
    fn what_was_told_of_each_window_comes_back_as_it_was() {
        let ledger = Ledger::in_memory().unwrap();
        let id = AccountId::from("1");
        let memory = |scope, ends_at: i64, peak_percent: f64| AlertMemory {
            window: WindowId { scope, length: Duration::from_secs(18_000) },
            ends_at: Timestamp::from_secs(ends_at),
            peak_percent,
            spent: peak_percent >= 100.0,
        };
        let model = || Scope::Model("spark".to_owned());
        for told in [memory(Scope::Account, 5, 81.5), memory(model(), 5, 95.0), memory(Scope::Account, 9, 100.0)] {
            ledger.alerts().set(&id, &told).unwrap();
        }
        assert_eq!(ledger.alerts().of(&id).unwrap(), [memory(Scope::Account, 9, 100.0), memory(model(), 5, 95.0)]);
        assert_eq!(ledger.alerts().of(&"2".into()).unwrap(), []);
        ledger.accounts().remove(&id).unwrap();
        assert_eq!(ledger.alerts().of(&id).unwrap(), []);
    }
}
