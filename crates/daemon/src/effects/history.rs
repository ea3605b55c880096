//! What happened, told from the ledger: switches and limit hits, newest first.

use engine::Timestamp;

use super::Effects;
use crate::clock::rfc3339;
use crate::control::{HistoryEntry, HistoryEvent};
use crate::ledger::{LedgerError, Outcome};
use crate::words;

impl Effects {
    /// The newest entries; none while the ledger can't be read, which is shown.
    pub(crate) fn recent(&self, limit: u32) -> Vec<HistoryEntry> {
        self.history(None, limit).unwrap_or_else(|fault| {
            self.set_problem("ledger", Some((fault.to_string(), None)));
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
            let mut reason = row.intent.cause;
            if !row.intent.reason.is_empty() {
                reason = format!("{reason}; {}", row.intent.reason);
            }
            let (event, reason) = match outcome {
                Outcome::Committed => (HistoryEvent::Switch, reason),
                Outcome::Failed { why } => (HistoryEvent::SwitchFailed, format!("{why} ({reason})")),
                Outcome::RolledBack => (HistoryEvent::SwitchFailed, format!("cut off and rolled back ({reason})")),
            };
            let entry = HistoryEntry {
                at: rfc3339(row.intent.at),
                event,
                provider: row.intent.provider.to_string(),
                account: Some(row.intent.to.label.to_string()),
                from: row.intent.from.map(|account| account.label.to_string()),
                reason,
            };
            entries.push((row.intent.at, entry));
        }
        for row in ledger.limit_hits().since(since, limit)? {
            let mut reason = words::limit_hit(&row.hit);
            if let Some(until) = row.hit.until {
                reason = format!("{reason} until {}", rfc3339(until));
            }
            let entry = HistoryEntry {
                at: rfc3339(row.hit.at),
                event: HistoryEvent::LimitHit,
                provider: row.hit.provider.to_string(),
                account: row.account.map(|account| account.label.to_string()),
                from: None,
                reason,
            };
            entries.push((row.hit.at, entry));
        }
        entries.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
        entries.truncate(limit as usize);
        Ok(entries.into_iter().map(|(_, entry)| entry).collect())
    }
}
