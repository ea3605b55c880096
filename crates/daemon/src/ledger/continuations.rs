//! The table `continuations`: sessions that were stuck, and whether they were carried on. Nothing of what was asked in them.

use engine::{AccountId, Label, Lane, ProviderId, ResumeCause, ResumeOutcome, Resumption, SessionId, Timestamp};
use rusqlite::{Row, named_params};

use super::schema::Migration;
use super::{Ledger, LedgerError, NamedAccount, column};

pub(super) const CREATE: Migration = Migration {
    version: 15,
    min_reader: 5,
    sql: "CREATE TABLE continuations (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        at INTEGER NOT NULL,
        session TEXT NOT NULL,
        provider TEXT NOT NULL,
        account_id TEXT,
        account_label TEXT,
        to_provider TEXT NOT NULL,
        to_model TEXT NOT NULL,
        agent TEXT,
        cause TEXT NOT NULL,
        not_done_why TEXT
    );
    CREATE INDEX continuations_by_time ON continuations (at);",
};

/// A session that was stuck, and what came of carrying it on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContinuationRow {
    /// When.
    pub at: Timestamp,
    /// The account that was active by then, where that was the reason and it is known still.
    pub account: Option<NamedAccount>,
    /// What was decided.
    pub resumption: Resumption,
    /// What came of it.
    pub outcome: ResumeOutcome,
}

/// Queries on sessions that were stuck.
#[derive(Clone, Copy, Debug)]
pub struct Continuations<'a>(pub(super) &'a Ledger);

impl Continuations<'_> {
    /// Adds one, and forgets the oldest where there are too many.
    ///
    /// # Errors
    /// When the ledger can't be written.
    pub fn insert(self, row: &ContinuationRow) -> Result<(), LedgerError> {
        let ContinuationRow { at, account, resumption, outcome } = row;
        let not_done_why = match outcome {
            ResumeOutcome::Done => None,
            ResumeOutcome::NotDone { why } => Some(why),
        };
        let account_id = match &resumption.why {
            ResumeCause::Switched(account) => Some(account.as_str()),
            ResumeCause::FallbackAgent | ResumeCause::NextLane => None,
        };
        self.0.append(
            "continuations",
            "INSERT INTO continuations (at, session, provider, account_id, account_label, to_provider, to_model, agent,
                cause, not_done_why)
             VALUES (:at, :session, :provider, :account_id, :account_label, :to_provider, :to_model, :agent, :cause,
                :not_done_why)",
            named_params! {
                ":at": at.as_millis(),
                ":session": resumption.session.as_str(),
                ":provider": resumption.from.as_str(),
                ":account_id": account_id,
                ":account_label": account.as_ref().map(|account| account.label.as_str()),
                ":to_provider": resumption.to.provider.as_str(),
                ":to_model": resumption.to.model,
                ":agent": resumption.agent,
                ":cause": cause_word(&resumption.why),
                ":not_done_why": not_done_why,
            },
        )
    }

    /// The newest ones at a time or later, newest first.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn since(self, time: Option<Timestamp>, limit: u32) -> Result<Vec<ContinuationRow>, LedgerError> {
        let query = "SELECT at, session, provider, account_id, account_label, to_provider, to_model, agent, cause,
                         not_done_why
                     FROM continuations WHERE at >= ?1 ORDER BY at DESC, id DESC LIMIT ?2";
        self.0.newest(query, time, limit, read)
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<ContinuationRow> {
    let id = row.get::<_, Option<String>>("account_id")?.map(AccountId::new);
    let label = row.get::<_, Option<String>>("account_label")?.and_then(|label| Label::normalise(&label));
    let account = id.clone().zip(label).map(|(id, label)| NamedAccount { id, label });
    let why = match (row.get::<_, String>("cause")?.as_str(), id) {
        ("switched", Some(account)) => ResumeCause::Switched(account),
        ("fallback_agent", _) => ResumeCause::FallbackAgent,
        _ => ResumeCause::NextLane,
    };
    Ok(ContinuationRow {
        at: column::time(row, "at")?,
        resumption: Resumption {
            session: SessionId::new(row.get::<_, String>("session")?),
            from: ProviderId::new(row.get::<_, String>("provider")?),
            to: Lane { provider: ProviderId::new(row.get::<_, String>("to_provider")?), model: row.get("to_model")? },
            agent: row.get("agent")?,
            why,
        },
        outcome: match row.get("not_done_why")? {
            None => ResumeOutcome::Done,
            Some(why) => ResumeOutcome::NotDone { why },
        },
        account,
    })
}

fn cause_word(cause: &ResumeCause) -> &'static str {
    match cause {
        ResumeCause::Switched(_) => "switched",
        ResumeCause::FallbackAgent => "fallback_agent",
        ResumeCause::NextLane => "next_lane",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_carried_on_comes_back_newest_first() {
        let ledger = Ledger::in_memory().unwrap();
        let home = NamedAccount { id: "1".into(), label: Label::normalise("home").unwrap() };
        let row = |at, account: Option<&NamedAccount>, why, agent: Option<&str>, outcome| ContinuationRow {
            at: Timestamp::from_secs(at),
            account: account.cloned(),
            resumption: Resumption {
                session: "ses_1".into(),
                from: "openai".into(),
                to: Lane { provider: "anthropic".into(), model: "claude".to_owned() },
                agent: agent.map(str::to_owned),
                why,
            },
            outcome,
        };
        let gone = ResumeOutcome::NotDone { why: "it went on by itself".to_owned() };
        let rows = [
            row(30, None, ResumeCause::FallbackAgent, Some("second"), ResumeOutcome::Done),
            row(20, None, ResumeCause::NextLane, None, gone),
            row(10, Some(&home), ResumeCause::Switched("1".into()), None, ResumeOutcome::Done),
            row(5, None, ResumeCause::Switched("removed".into()), None, ResumeOutcome::Done),
        ];
        for row in rows.iter().rev() {
            ledger.continuations().insert(row).unwrap();
        }
        assert_eq!(ledger.continuations().since(None, 9).unwrap(), rows);
        assert_eq!(ledger.continuations().since(Some(Timestamp::from_secs(20)), 1).unwrap(), rows[..1]);
    }
}
