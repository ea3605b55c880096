//! The table `switches`: the journal of switches. An intent is written before OpenCode's file is touched, its outcome
//! afterwards: after a crash, an intent without an outcome says what was under way.

use engine::{ProviderId, Timestamp};
use rusqlite::{Row, named_params, params};

use super::schema::Migration;
use super::{Ledger, LedgerError, NamedAccount, column};

pub(super) const CREATE: Migration = Migration {
    version: 2,
    min_reader: 2,
    sql: "CREATE TABLE switches (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        provider TEXT NOT NULL,
        from_id TEXT,
        from_label TEXT,
        to_id TEXT NOT NULL,
        to_label TEXT NOT NULL,
        cause TEXT NOT NULL,
        reason TEXT NOT NULL,
        fingerprint TEXT NOT NULL,
        begun_at INTEGER NOT NULL,
        outcome TEXT,
        why TEXT,
        finished_at INTEGER
    );
    CREATE INDEX switches_by_time ON switches (begun_at);
    CREATE INDEX switches_unfinished ON switches (id) WHERE outcome IS NULL;",
};

/// Older programs leave it empty and don't miss it.
pub(super) const ADD_WORDS: Migration =
    Migration { version: 14, min_reader: 5, sql: "ALTER TABLE switches ADD COLUMN words TEXT" };

/// A switch that is about to be carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intent {
    /// Where.
    pub provider: ProviderId,
    /// The account before, if any was known.
    pub from: Option<NamedAccount>,
    /// The account to make active.
    pub to: NamedAccount,
    /// What for, as one word: `limit_hit`, `chosen`, …
    pub cause: String,
    /// Why this account and none of the others, in words.
    pub reason: String,
    /// Cause and reason for other languages, as JSON that the ledger doesn't look into.
    pub words: Option<String>,
    /// Tells the credential that is about to be written from others.
    pub fingerprint: String,
    /// When.
    pub at: Timestamp,
}

/// Names an intent until it has an outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IntentId(i64);

/// How a switch ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The new account is active.
    Committed,
    /// The account before is active again.
    RolledBack,
    /// Nothing was changed.
    Failed {
        /// For the person, one line.
        why: String,
    },
}

/// One line of the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SwitchRow {
    /// Its name.
    pub id: IntentId,
    /// What was to be done.
    pub intent: Intent,
    /// What came of it and when; `None` while it is under way, or when the program died meanwhile.
    pub outcome: Option<(Outcome, Timestamp)>,
}

/// Queries on the journal.
#[derive(Clone, Copy, Debug)]
pub struct Switches<'a>(pub(super) &'a Ledger);

const COLUMNS: &str = "id, provider, from_id, from_label, to_id, to_label, cause, reason, words, fingerprint, \
                       begun_at, outcome, why, finished_at";

impl Switches<'_> {
    /// Writes down what is about to be done. It is on the disk when this returns.
    ///
    /// # Errors
    /// When the ledger can't be written.
    pub fn begin(self, intent: &Intent) -> Result<IntentId, LedgerError> {
        self.0.ask(|connection| {
            connection
                .prepare_cached(
                    "INSERT INTO switches (provider, from_id, from_label, to_id, to_label, cause, reason, words,
                        fingerprint, begun_at)
                     VALUES (:provider, :from_id, :from_label, :to_id, :to_label, :cause, :reason, :words,
                        :fingerprint, :begun_at)",
                )?
                .execute(named_params! {
                    ":provider": intent.provider.as_str(),
                    ":from_id": intent.from.as_ref().map(|account| account.id.as_str()),
                    ":from_label": intent.from.as_ref().map(|account| account.label.as_str()),
                    ":to_id": intent.to.id.as_str(),
                    ":to_label": intent.to.label.as_str(),
                    ":cause": intent.cause,
                    ":reason": intent.reason,
                    ":words": intent.words,
                    ":fingerprint": intent.fingerprint,
                    ":begun_at": intent.at.as_millis(),
                })?;
            Ok(IntentId(connection.last_insert_rowid()))
        })
    }

    /// Writes down what came of it. The first outcome stands. Should it be lost, OpenCode's store shows it at the next start.
    ///
    /// # Errors
    /// When the ledger can't be written.
    pub fn finish(self, id: IntentId, outcome: &Outcome, at: Timestamp) -> Result<(), LedgerError> {
        let (word, why) = match outcome {
            Outcome::Committed => ("committed", None),
            Outcome::RolledBack => ("rolled_back", None),
            Outcome::Failed { why } => ("failed", Some(why)),
        };
        self.0.ask_soon(|connection| {
            let sql = "UPDATE switches SET outcome = ?2, why = ?3, finished_at = ?4 WHERE id = ?1 AND outcome IS NULL";
            connection.prepare_cached(sql)?.execute(params![id.0, word, why, at.as_millis()])
        })?;
        Ok(())
    }

    /// Every intent without an outcome, oldest first.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn unfinished(self) -> Result<Vec<SwitchRow>, LedgerError> {
        self.0.ask(|connection| {
            let sql = format!("SELECT {COLUMNS} FROM switches WHERE outcome IS NULL ORDER BY id");
            connection.prepare_cached(&sql)?.query_map([], read)?.collect()
        })
    }

    /// The newest switches that began at a time or later, newest first.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn since(self, time: Option<Timestamp>, limit: u32) -> Result<Vec<SwitchRow>, LedgerError> {
        let query =
            format!("SELECT {COLUMNS} FROM switches WHERE begun_at >= ?1 ORDER BY begun_at DESC, id DESC LIMIT ?2");
        self.0.newest(&query, time, limit, read)
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<SwitchRow> {
    let to =
        NamedAccount { id: row.get::<_, String>("to_id")?.as_str().into(), label: column::label(row, "to_label")? };
    let why: Option<String> = row.get("why")?;
    let finished_at = column::maybe_time(row, "finished_at")?;
    let outcome = row.get::<_, Option<String>>("outcome")?.map(|word| match word.as_str() {
        "committed" => Outcome::Committed,
        "rolled_back" => Outcome::RolledBack,
        other => Outcome::Failed { why: why.unwrap_or_else(|| other.to_owned()) },
    });
    Ok(SwitchRow {
        id: IntentId(row.get("id")?),
        intent: Intent {
            provider: row.get::<_, String>("provider")?.as_str().into(),
            from: column::maybe_account(row, "from_id", "from_label")?,
            to,
            cause: row.get("cause")?,
            reason: row.get("reason")?,
            words: row.get("words")?,
            fingerprint: row.get("fingerprint")?,
            at: column::time(row, "begun_at")?,
        },
        outcome: outcome.zip(finished_at),
    })
}

#[cfg(test)]
mod tests {
    use engine::Label;

    use super::*;

    fn named(id: &str, label: &str) -> NamedAccount {
        NamedAccount { id: id.into(), label: Label::normalise(label).unwrap() }
    }

    fn intent(at: i64) -> Intent {
        Intent {
            provider: "openai".into(),
            from: Some(named("1", "work")),
            to: named("2", "home"),
            cause: "limit_hit".to_owned(),
            reason: "home has 80 % left; spare: disabled".to_owned(),
            words: Some("{}".to_owned()),
            fingerprint: "0123456789abcdef".to_owned(),
            at: Timestamp::from_secs(at),
        }
    }

    fn end(at: i64) -> Timestamp {
        Timestamp::from_secs(at)
    }

    #[test]
    fn each_outcome_comes_back_newest_switch_first() {
        let ledger = Ledger::in_memory().unwrap();
        let outcomes =
            [Outcome::Committed, Outcome::RolledBack, Outcome::Failed { why: "the file is busy".to_owned() }];
        let mut expected = Vec::new();
        for (at, outcome) in (1..).zip(outcomes) {
            let intent = Intent { from: (at != 1).then(|| named("1", "work")), ..intent(at) };
            let id = ledger.switches().begin(&intent).unwrap();
            ledger.switches().finish(id, &outcome, end(at + 10)).unwrap();
            expected.insert(0, SwitchRow { id, intent, outcome: Some((outcome, end(at + 10))) });
        }
        assert_eq!(ledger.switches().since(None, 10).unwrap(), expected);
        assert_eq!(ledger.switches().since(Some(end(2)), 10).unwrap(), expected[..2]);
        assert_eq!(ledger.switches().since(None, 1).unwrap(), expected[..1]);
        assert_eq!(ledger.switches().unfinished().unwrap(), []);
    }

    #[test]
    fn an_intent_outlives_the_program_that_wrote_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ledger.db");
        let ledger = Ledger::open(&path).unwrap();
        let (first, second) = (intent(1), Intent { provider: "xai".into(), ..intent(2) });
        for intent in [&first, &second] {
            ledger.switches().begin(intent).unwrap();
        }
        // A program that dies closes nothing: the next one finds the file as it is.
        std::mem::forget(ledger);
        let ledger = Ledger::open(&path).unwrap();
        let left = ledger.switches().unfinished().unwrap();
        assert_eq!(left.iter().map(|row| &row.intent).collect::<Vec<_>>(), [&first, &second]);
        ledger.switches().finish(left[0].id, &Outcome::RolledBack, end(9)).unwrap();
        ledger.switches().finish(left[0].id, &Outcome::Committed, end(10)).unwrap();
        let rows = ledger.switches().since(None, 10).unwrap();
        assert_eq!(rows[1].outcome, Some((Outcome::RolledBack, end(9))), "the first outcome stands");
        assert_eq!(ledger.switches().unfinished().unwrap().len(), 1);
    }

    #[test]
    fn an_outcome_that_a_newer_program_wrote_is_no_open_intent() {
        let ledger = Ledger::in_memory().unwrap();
        ledger.switches().begin(&intent(1)).unwrap();
        let sql = "UPDATE switches SET outcome = 'postponed', finished_at = 2000";
        ledger.ask(|connection| connection.execute(sql, [])).unwrap();
        assert_eq!(ledger.switches().unfinished().unwrap(), []);
        let outcome = ledger.switches().since(None, 1).unwrap().remove(0).outcome;
        assert_eq!(outcome, Some((Outcome::Failed { why: "postponed".to_owned() }, end(2))));
    }
}
