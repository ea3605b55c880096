//! The table `limit_hits`: which limits were hit, when, and until when. Holds nothing of what was asked of a model.

use engine::{LimitHit, SessionId, Timestamp};
use rusqlite::{Row, named_params};

use super::schema::Migration;
use super::{Ledger, LedgerError, NamedAccount, column};

pub(super) const CREATE: Migration = Migration {
    version: 3,
    min_reader: 3,
    sql: "CREATE TABLE limit_hits (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        provider TEXT NOT NULL,
        account_id TEXT,
        account_label TEXT,
        session TEXT,
        model TEXT,
        cause TEXT NOT NULL,
        hit_at INTEGER NOT NULL,
        until INTEGER
    );
    CREATE INDEX limit_hits_by_time ON limit_hits (hit_at);",
};

pub(super) const ADD_REACH: Migration = Migration {
    version: 12,
    min_reader: 5,
    sql: "ALTER TABLE limit_hits ADD COLUMN reach TEXT NOT NULL DEFAULT 'account'",
};

/// A limit that was hit, and by whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LimitHitRow {
    /// The account that it is held against, when one was known.
    pub account: Option<NamedAccount>,
    /// What OpenCode's log said.
    pub hit: LimitHit,
}

/// Queries on the limits that were hit.
#[derive(Clone, Copy, Debug)]
pub struct LimitHits<'a>(pub(super) &'a Ledger);

impl LimitHits<'_> {
    /// Adds one.
    ///
    /// # Errors
    /// When the ledger can't be written.
    pub fn insert(self, row: &LimitHitRow) -> Result<(), LedgerError> {
        let LimitHitRow { account, hit } = row;
        self.0.ask_soon(|connection| {
            connection
                .prepare_cached(
                    "INSERT INTO limit_hits (provider, account_id, account_label, session, model, cause, reach,
                        hit_at, until)
                     VALUES (:provider, :account_id, :account_label, :session, :model, :cause, :reach, :hit_at, :until)",
                )?
                .execute(named_params! {
                    ":provider": hit.provider.as_str(),
                    ":account_id": account.as_ref().map(|account| account.id.as_str()),
                    ":account_label": account.as_ref().map(|account| account.label.as_str()),
                    ":session": hit.session.as_ref().map(SessionId::as_str),
                    ":model": hit.model,
                    ":cause": column::cause_word(hit.cause),
                    ":reach": column::reach_word(hit.reach),
                    ":hit_at": hit.at.as_millis(),
                    ":until": hit.until.map(Timestamp::as_millis),
                })
        })?;
        Ok(())
    }

    /// The newest ones at a time or later, newest first.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn since(self, time: Option<Timestamp>, limit: u32) -> Result<Vec<LimitHitRow>, LedgerError> {
        let query = "SELECT provider, account_id, account_label, session, model, cause, reach, hit_at, until
                     FROM limit_hits WHERE hit_at >= ?1 ORDER BY hit_at DESC, id DESC LIMIT ?2";
        self.0.newest(query, time, limit, read)
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<LimitHitRow> {
    Ok(LimitHitRow {
        account: column::maybe_account(row, "account_id", "account_label")?,
        hit: LimitHit {
            session: row.get::<_, Option<String>>("session")?.map(SessionId::new),
            provider: row.get::<_, String>("provider")?.as_str().into(),
            model: row.get("model")?,
            at: column::time(row, "hit_at")?,
            until: column::maybe_time(row, "until")?,
            cause: column::cause(&row.get::<_, String>("cause")?),
            reach: column::reach(&row.get::<_, String>("reach")?),
        },
    })
}

#[cfg(test)]
mod tests {
    use engine::{Label, LimitCause, Reach};

    use super::*;

    #[test]
    fn hits_come_back_newest_first() {
        let ledger = Ledger::in_memory().unwrap();
        let known = LimitHitRow {
            account: Some(NamedAccount { id: "1".into(), label: Label::normalise("work").unwrap() }),
            hit: LimitHit {
                session: Some("ses_1".into()),
                provider: "openai".into(),
                model: Some("gpt-5.2-codex".to_owned()),
                at: Timestamp::from_secs(10),
                until: Some(Timestamp::from_secs(90)),
                cause: LimitCause::UsageLimit,
                reach: Reach::Model,
            },
        };
        let unknown = LimitHitRow {
            account: None,
            hit: LimitHit {
                session: None,
                provider: "xai".into(),
                model: None,
                at: Timestamp::from_secs(20),
                until: None,
                cause: LimitCause::Billing,
                reach: Reach::Provider,
            },
        };
        for row in [&unknown, &known] {
            ledger.limit_hits().insert(row).unwrap();
        }
        let since =
            |time: Option<i64>, limit| ledger.limit_hits().since(time.map(Timestamp::from_secs), limit).unwrap();
        let newest_first = [unknown, known];
        assert_eq!(since(None, 10), newest_first);
        assert_eq!(since(Some(11), 10), newest_first[..1]);
        assert_eq!(since(None, 1), newest_first[..1]);
    }
}
