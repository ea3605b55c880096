//! The table `activations`: which account OpenCode used at each provider, and since when, whoever made it so. Beside the
//! journal of switches, because a person also logs in and out in OpenCode itself.

use engine::{ProviderId, Timestamp};
use rusqlite::{OptionalExtension, params};

use super::schema::Migration;
use super::{Ledger, LedgerError, NamedAccount, column};

pub(super) const CREATE: Migration = Migration {
    version: 9,
    min_reader: 5,
    sql: "CREATE TABLE activations (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        provider TEXT NOT NULL,
        account_id TEXT,
        account_label TEXT,
        at INTEGER NOT NULL
    );
    CREATE INDEX activations_by_provider ON activations (provider, id);",
};

/// An account became the one that OpenCode uses, or none did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activation {
    /// Where.
    pub provider: ProviderId,
    /// The account; `None` when OpenCode has no login there, or an unknown one.
    pub account: Option<NamedAccount>,
    /// When it was seen.
    pub at: Timestamp,
}

/// Queries on who was active.
#[derive(Clone, Copy, Debug)]
pub struct Activations<'a>(pub(super) &'a Ledger);

impl Activations<'_> {
    /// Writes down what was seen, if it differs from what was seen before. It is so since OpenCode's file `changed`,
    /// where that is known, unless something else was seen afterwards.
    ///
    /// # Errors
    /// When the ledger can't be written.
    pub fn note(self, seen: &Activation, changed: Option<Timestamp>) -> Result<(), LedgerError> {
        let id = seen.account.as_ref().map(|account| account.id.as_str());
        self.0.ask_soon(|connection| {
            let last = "SELECT account_id, at FROM activations WHERE provider = ?1 ORDER BY id DESC LIMIT 1";
            let read = |row: &rusqlite::Row<'_>| Ok((row.get::<_, Option<String>>(0)?, column::time(row, "at")?));
            let last = connection.prepare_cached(last)?.query_row([seen.provider.as_str()], read).optional()?;
            let (last, last_at) = last.map_or((None, None), |(last, at)| (last, Some(at)));
            if last.as_deref() == id {
                return Ok(());
            }
            let later = |changed: &Timestamp| *changed < seen.at && last_at.is_none_or(|last| *changed > last);
            let at = changed.filter(later).unwrap_or(seen.at);
            let label = seen.account.as_ref().map(|account| account.label.as_str());
            let sql = "INSERT INTO activations (provider, account_id, account_label, at) VALUES (?1, ?2, ?3, ?4)";
            connection.prepare_cached(sql)?.execute(params![seen.provider.as_str(), id, label, at.as_millis()])?;
            Ok(())
        })
    }

    /// All of them, oldest first.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn list(self) -> Result<Vec<Activation>, LedgerError> {
        self.0.ask(|connection| {
            let sql = "SELECT provider, account_id, account_label, at FROM activations ORDER BY id";
            let read = |row: &rusqlite::Row<'_>| {
                Ok(Activation {
                    provider: row.get::<_, String>("provider")?.as_str().into(),
                    account: column::maybe_account(row, "account_id", "account_label")?,
                    at: column::time(row, "at")?,
                })
            };
            connection.prepare_cached(sql)?.query_map([], read)?.collect()
        })
    }
}

#[cfg(test)]
mod tests {
    use engine::{AccountId, Label};

    use super::*;

    #[test]
    fn only_changes_are_written_down() {
        let ledger = Ledger::in_memory().unwrap();
        let seen = [None, Some("a"), Some("a"), Some("b"), None, None, Some("a")];
        for (at, id) in (1..).zip(seen) {
            let account = id.map(|id| NamedAccount { id: id.into(), label: Label::default() });
            let seen = Activation { provider: "openai".into(), account, at: Timestamp::from_secs(at) };
            ledger.activations().note(&seen, None).unwrap();
            ledger.activations().note(&Activation { provider: "xai".into(), ..seen }, None).unwrap();
        }
        let seen = ledger.activations().list().unwrap();
        let times: Vec<i64> = seen.iter().map(|seen| seen.at.as_millis() / 1000).collect();
        assert_eq!(times, [2, 2, 4, 4, 5, 5, 7, 7]);
        let [a, b] = ["a", "b"].map(|id| Some(AccountId::from(id)));
        let accounts: Vec<_> = seen.into_iter().step_by(2).map(|seen| seen.account.map(|account| account.id)).collect();
        assert_eq!(accounts, [a.clone(), b, None, a]);
    }
    #[test]
    fn an_account_is_active_since_the_file_changed_unless_another_was_seen_later() {
        let ledger = Ledger::in_memory().unwrap();
        // Seen at, the file's time, and what is believed.
        for (id, at, changed, expected) in [("a", 10, 5, 5), ("b", 20, 15, 15), ("c", 30, 2, 30), ("d", 40, 99, 40)] {
            let account = Some(NamedAccount { id: id.into(), label: Label::default() });
            let seen = Activation { provider: "openai".into(), account, at: Timestamp::from_secs(at) };
            ledger.activations().note(&seen, Some(Timestamp::from_secs(changed))).unwrap();
            assert_eq!(ledger.activations().list().unwrap().last().unwrap().at, Timestamp::from_secs(expected), "{id}");
        }
    }
}
