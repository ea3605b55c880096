//! The table `polls`: what was asked of providers about each account, and how it went, so that a restart asks no sooner
//! than this program would have. An older program that doesn't know it merely asks when it likes.

use std::time::Duration;

use engine::{AccountId, Hold, PollMemory, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, named_params};

use super::schema::Migration;
use super::{Ledger, LedgerError, column};

pub(super) const CREATE: Migration = Migration {
    version: 7,
    min_reader: 5,
    sql: "CREATE TABLE polls (
        account_id TEXT PRIMARY KEY NOT NULL,
        asked TEXT NOT NULL,
        failures INTEGER NOT NULL,
        held_since INTEGER,
        held_millis INTEGER,
        rate_limited INTEGER NOT NULL
    )",
};

/// Queries on what was asked.
#[derive(Clone, Copy, Debug)]
pub struct Polls<'a>(pub(super) &'a Ledger);

impl Polls<'_> {
    /// What was asked about an account; nothing, where nobody wrote it or it can't be understood.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn get(self, account: &AccountId) -> Result<Option<PollMemory>, LedgerError> {
        self.0.ask(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT asked, failures, held_since, held_millis, rate_limited FROM polls WHERE account_id = ?1",
            )?;
            statement.query_row([account.as_str()], read).optional()
        })
    }

    /// Writes what was asked about an account.
    ///
    /// # Errors
    /// When the ledger can't be written.
    pub fn set(self, account: &AccountId, memory: &PollMemory) -> Result<(), LedgerError> {
        let asked: Vec<String> = memory.asked.iter().map(|at| at.as_millis().to_string()).collect();
        self.0.ask_soon(|connection| {
            let mut statement = connection.prepare_cached(
                "INSERT OR REPLACE INTO polls (account_id, asked, failures, held_since, held_millis, rate_limited)
                 VALUES (:account_id, :asked, :failures, :held_since, :held_millis, :rate_limited)",
            )?;
            statement.execute(named_params! {
                ":account_id": account.as_str(),
                ":asked": asked.join(" "),
                ":failures": memory.failures,
                ":held_since": memory.hold.map(|hold| hold.since.as_millis()),
                ":held_millis": memory.hold.map(|hold| i64::try_from(hold.span.as_millis()).unwrap_or(i64::MAX)),
                ":rate_limited": memory.hold.is_some_and(|hold| hold.rate_limited),
            })
        })?;
        Ok(())
    }
}

/// Forgets what was asked about an account.
pub(super) fn forget(connection: &Connection, account: &AccountId) -> rusqlite::Result<()> {
    connection.execute("DELETE FROM polls WHERE account_id = ?1", [account.as_str()])?;
    Ok(())
}

fn read(row: &Row<'_>) -> rusqlite::Result<PollMemory> {
    let asked: String = row.get("asked")?;
    let since = column::maybe_time(row, "held_since")?;
    let millis: Option<i64> = row.get("held_millis")?;
    let span = millis.and_then(|millis| u64::try_from(millis).ok()).map(Duration::from_millis);
    let rate_limited = row.get("rate_limited")?;
    Ok(PollMemory {
        asked: asked.split(' ').filter_map(|at| at.parse().ok()).map(Timestamp::from_millis).collect(),
        failures: row.get("failures")?,
        hold: since.zip(span).map(|(since, span)| Hold { since, span, rate_limited }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_asked_comes_back_as_it_was() {
        let ledger = Ledger::in_memory().unwrap();
        let id = AccountId::from("1");
        let hold = Hold { since: Timestamp::from_secs(9), span: Duration::from_millis(450_500), rate_limited: true };
        let refused =
            PollMemory { asked: vec![Timestamp::from_secs(5), Timestamp::from_secs(9)], failures: 2, hold: Some(hold) };
        for memory in [refused, PollMemory::default()] {
            ledger.polls().set(&id, &memory).unwrap();
            assert_eq!(ledger.polls().get(&id).unwrap(), Some(memory));
        }
        assert_eq!(ledger.polls().get(&"2".into()).unwrap(), None);
        ledger.accounts().remove(&id).unwrap();
        assert_eq!(ledger.polls().get(&id).unwrap(), None);
    }
}
