//! The table `model_limits`: which accounts can't be used for which model or family, and until when. An older program
//! that doesn't know it asks for the model and is refused once.

use std::collections::BTreeMap;

use engine::{AccountId, Cooldown};
use rusqlite::{Connection, named_params};

use super::schema::Migration;
use super::{Ledger, LedgerError, column};

pub(super) const CREATE: Migration = Migration {
    version: 11,
    min_reader: 5,
    sql: "CREATE TABLE model_limits (
        account_id TEXT NOT NULL,
        model TEXT NOT NULL,
        until INTEGER NOT NULL,
        cause TEXT NOT NULL,
        PRIMARY KEY (account_id, model)
    )",
};

/// Queries on the limits of single models.
#[derive(Clone, Copy, Debug)]
pub struct ModelLimits<'a>(pub(super) &'a Ledger);

impl ModelLimits<'_> {
    /// The models and families that an account can't be used for.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn of(self, account: &AccountId) -> Result<BTreeMap<String, Cooldown>, LedgerError> {
        self.0.ask(|connection| {
            let sql = "SELECT model, until, cause FROM model_limits WHERE account_id = ?1";
            let mut statement = connection.prepare_cached(sql)?;
            let rows = statement.query_map([account.as_str()], |row| {
                let cause = column::cause(&row.get::<_, String>("cause")?);
                Ok((row.get("model")?, Cooldown { until: column::time(row, "until")?, cause }))
            })?;
            rows.collect()
        })
    }

    /// Writes why and until when an account can't be used for a model; `None` when it can again.
    ///
    /// # Errors
    /// When the ledger can't be written.
    pub fn set(self, account: &AccountId, model: &str, cooldown: Option<Cooldown>) -> Result<(), LedgerError> {
        self.0.ask_soon(|connection| match cooldown {
            Some(Cooldown { until, cause }) => connection
                .prepare_cached(
                    "INSERT OR REPLACE INTO model_limits (account_id, model, until, cause)
                     VALUES (:account_id, :model, :until, :cause)",
                )?
                .execute(named_params! {
                    ":account_id": account.as_str(),
                    ":model": model,
                    ":until": until.as_millis(),
                    ":cause": column::cause_word(cause),
                }),
            None => connection
                .prepare_cached("DELETE FROM model_limits WHERE account_id = ?1 AND model = ?2")?
                .execute([account.as_str(), model]),
        })?;
        Ok(())
    }
}

/// Forgets an account's limits.
pub(super) fn forget(connection: &Connection, account: &AccountId) -> rusqlite::Result<()> {
    connection.execute("DELETE FROM model_limits WHERE account_id = ?1", [account.as_str()])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use engine::{LimitCause, Timestamp};

    use super::*;

    #[test]
    fn limits_come_back_until_they_end() {
        let ledger = Ledger::in_memory().unwrap();
        let account = AccountId::from("1");
        let until = |secs| Some(Cooldown { until: Timestamp::from_secs(secs), cause: LimitCause::UsageLimit });
        ledger.model_limits().set(&account, "Opus", until(50)).unwrap();
        ledger.model_limits().set(&account, "Opus", until(90)).unwrap();
        ledger.model_limits().set(&account, "Fable", until(70)).unwrap();
        ledger.model_limits().set(&account, "Fable", None).unwrap();
        let kept = BTreeMap::from([("Opus".to_owned(), until(90).unwrap())]);
        assert_eq!(ledger.model_limits().of(&account).unwrap(), kept);
        assert_eq!(ledger.model_limits().of(&"2".into()).unwrap(), BTreeMap::new());
        ledger.accounts().remove(&account).unwrap();
        assert_eq!(ledger.model_limits().of(&account).unwrap(), BTreeMap::new());
    }
}
