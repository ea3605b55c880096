//! What happened, told from the ledger, newest first: switches, limit hits, and what became of logins.

use engine::{AccountId, Notice, ResumeOutcome, Timestamp};

use super::Effects;
use crate::clock::rfc3339;
use crate::control::{HistoryEntry, HistoryEvent, Words, phrases};
use crate::ledger::{EventRow, Intent, LedgerError, Outcome};
use crate::words;

/// The ledger's words for what happens to accounts. They never change.
const SAVED: &str = "login_saved";
const REJECTED: &str = "needs_login";
pub(super) const REFRESHED: &str = "refreshed";

impl Effects {
    /// Keeps what a notice tells of a login; switches and limit hits are kept when they are made.
    pub(crate) fn remember(&self, notice: &Notice) {
        if let Notice::LoginSaved(account) = notice {
            self.note_event(SAVED, account);
        } else if let Notice::NeedsLogin(account) = notice {
            self.note_event(REJECTED, account);
        }
    }

    /// Keeps what happened to an account, one that is known.
    pub(super) fn note_event(&self, kind: &str, account: &AccountId) {
        let known = {
            let book = self.book();
            book.row(account).map(|row| row.provider.clone()).zip(book.named(account))
        };
        if let Some((provider, account)) = known {
            let row = EventRow { at: self.now(), kind: kind.to_owned(), provider, account };
            let written = self.ledger().events().insert(&row);
            self.note_ledger(written);
        }
    }

    /// The newest entries; none while the ledger can't be read, which is shown.
    pub(crate) fn recent(&self, limit: u32) -> Vec<HistoryEntry> {
        self.history(None, limit).unwrap_or_else(|fault| {
            self.note_ledger(Err(fault));
            Vec::new()
        })
    }

    /// At most `limit` entries since a time, newest first.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub(crate) fn history(&self, since: Option<Timestamp>, limit: u32) -> Result<Vec<HistoryEntry>, LedgerError> {
        let ledger = self.ledger();
        let mut entries: Vec<(Timestamp, HistoryEntry)> = Vec::new();
        for row in ledger.switches().since(since, limit)? {
            // Without an outcome it is under way at this moment, or cut off by a crash that the next start clears up.
            let Some((outcome, _)) = row.outcome else { continue };
            let reason = why_switched(&row.intent);
            let (event, reason) = match outcome {
                Outcome::Committed => (HistoryEvent::Switch, reason),
                Outcome::Failed { why } => {
                    (HistoryEvent::SwitchFailed, phrases::switch_failed_why(Words::from(why), reason))
                }
                Outcome::RolledBack => (HistoryEvent::SwitchFailed, phrases::rolled_back(reason)),
            };
            let (reason, reason_words) = reason.split();
            let entry = HistoryEntry {
                at: rfc3339(row.intent.at),
                event,
                provider: row.intent.provider.to_string(),
                account: Some(row.intent.to.label.to_string()),
                from: row.intent.from.map(|account| account.label.to_string()),
                reason,
                reason_words,
            };
            entries.push((row.intent.at, entry));
        }
        for row in ledger.limit_hits().since(since, limit)? {
            let (reason, reason_words) = words::limit_hit(&row.hit).split();
            let entry = HistoryEntry {
                at: rfc3339(row.hit.at),
                event: HistoryEvent::LimitHit,
                provider: row.hit.provider.to_string(),
                account: row.account.map(|account| account.label.to_string()),
                from: None,
                reason,
                reason_words,
            };
            entries.push((row.hit.at, entry));
        }
        for row in ledger.events().since(since, limit)? {
            let entry = HistoryEntry {
                at: rfc3339(row.at),
                event: match row.kind.as_str() {
                    SAVED => HistoryEvent::LoginSaved,
                    REJECTED => HistoryEvent::NeedsLogin,
                    REFRESHED => HistoryEvent::Refreshed,
                    other => HistoryEvent::Other(other.to_owned()),
                },
                provider: row.provider.to_string(),
                account: Some(row.account.label.to_string()),
                from: None,
                reason: String::new(),
                reason_words: None,
            };
            entries.push((row.at, entry));
        }
        for row in ledger.continuations().since(since, limit)? {
            let what = words::resumption(&row.resumption);
            let (event, reason) = match row.outcome {
                ResumeOutcome::Done => (HistoryEvent::Resumed, what),
                ResumeOutcome::NotDone { why } => {
                    (HistoryEvent::NotResumed, phrases::left_as_it_is(Words::from(why.as_str()), what))
                }
            };
            let (reason, reason_words) = reason.split();
            let entry = HistoryEntry {
                at: rfc3339(row.at),
                event,
                provider: row.resumption.from.to_string(),
                account: row.account.map(|account| account.label.to_string()),
                from: None,
                reason,
                reason_words,
            };
            entries.push((row.at, entry));
        }
        entries.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
        entries.truncate(limit as usize);
        Ok(entries.into_iter().map(|(_, entry)| entry).collect())
    }
}

/// Why a switch was made, and why to this account. Switches of older programs have it in English only.
fn why_switched(intent: &Intent) -> Words {
    let kept = intent.words.as_deref().and_then(|words| serde_json::from_str(words).ok());
    kept.unwrap_or_else(|| {
        let reason = (!intent.reason.is_empty()).then(|| Words::from(intent.reason.as_str()));
        phrases::list([Some(Words::from(intent.cause.as_str())), reason].into_iter().flatten().collect::<Vec<_>>())
    })
}
