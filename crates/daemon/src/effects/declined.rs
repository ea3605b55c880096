//! Logins that are in OpenCode and that the person doesn't want as accounts: there at the first start and not saved
//! then, or removed from Baton since. Remembered by id, so that the next change of the file doesn't bring them back.

use std::collections::BTreeSet;

use engine::AccountId;

use super::Effects;
use crate::ledger::LedgerError;

/// Where the ledger keeps them, one id a line.
const KEY: &str = "declined";

impl Effects {
    pub(super) fn is_declined(&self, id: &AccountId) -> bool {
        self.declined().contains(id.as_str())
    }

    /// Remembers that a login isn't wanted.
    pub(super) fn decline(&self, id: &AccountId) {
        let mut declined = self.declined();
        if declined.insert(id.to_string()) {
            self.note_ledger(self.keep_declined(&declined));
        }
    }

    /// Forgets it: the person has asked for the account after all.
    pub(super) fn forget_declined(&self, id: &AccountId) -> Result<(), LedgerError> {
        let mut declined = self.declined();
        match declined.remove(id.as_str()) {
            true => self.keep_declined(&declined),
            false => Ok(()),
        }
    }

    fn declined(&self) -> BTreeSet<String> {
        let kept = self.ledger().state().get(KEY).unwrap_or_default().unwrap_or_default();
        kept.lines().map(str::to_owned).collect()
    }

    fn keep_declined(&self, declined: &BTreeSet<String>) -> Result<(), LedgerError> {
        let lines: Vec<&str> = declined.iter().map(String::as_str).collect();
        self.ledger().state().set(KEY, &lines.join("\n"))
    }
}
