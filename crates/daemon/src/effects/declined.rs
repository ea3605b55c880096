//! Logins that are in OpenCode and that the person doesn't want as accounts: there at the first start and not saved
//! then, or removed from Baton since. Remembered by id, so that the next change of the file doesn't bring them back.

use std::collections::BTreeSet;

use engine::AccountId;

use super::Effects;
use crate::ledger::LedgerError;

/// Where the ledger keeps them, one id a line.
const KEY: &str = "declined";

impl Effects {
    /// Whether the person doesn't want this login; yes, while nobody can say.
    pub(super) fn is_declined(&self, id: &AccountId) -> bool {
        match self.declined() {
            Ok(declined) => declined.contains(id.as_str()),
            Err(fault) => {
                self.note_ledger(Err(fault));
                true
            }
        }
    }

    /// Remembers that a login isn't wanted.
    pub(super) fn decline(&self, id: &AccountId) {
        self.note_ledger(self.change_declined(|declined| declined.insert(id.to_string())));
    }

    /// Forgets it: the person has asked for the account after all.
    pub(super) fn forget_declined(&self, id: &AccountId) -> Result<(), LedgerError> {
        self.change_declined(|declined| declined.remove(id.as_str()))
    }

    fn change_declined(&self, change: impl FnOnce(&mut BTreeSet<String>) -> bool) -> Result<(), LedgerError> {
        let mut declined = self.declined()?;
        if !change(&mut declined) {
            return Ok(());
        }
        let lines: Vec<&str> = declined.iter().map(String::as_str).collect();
        self.ledger().state().set(KEY, &lines.join("\n"))
    }

    fn declined(&self) -> Result<BTreeSet<String>, LedgerError> {
        let kept = self.ledger().state().get(KEY)?;
        Ok(kept.iter().flat_map(|kept| kept.lines()).map(str::to_owned).collect())
    }
}
