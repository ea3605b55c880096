//! Keeps track of which logins work. Never makes one.

use crate::step::Step;
use crate::{AccountId, Notice, RefreshOutcome};

use super::Provider;
use super::known::Known;

impl Provider {
    /// A login that OpenCode made was saved.
    pub(crate) fn login_saved(&mut self, step: &mut Step, id: &AccountId) {
        if self.accounts.contains_key(id) {
            self.login_renewed(step, id);
            step.notify(Notice::LoginSaved(id.clone()));
        }
    }

    pub(crate) fn login_renewed(&mut self, step: &mut Step, id: &AccountId) {
        self.change(step, id, Known::login_renewed);
    }

    /// Only a person can mend this account; tells them once.
    pub(super) fn needs_login(&mut self, step: &mut Step, id: &AccountId) {
        let news = self.accounts.get(id).is_some_and(|known| !known.account.needs_login);
        self.change(step, id, |known, _| known.account.needs_login = true);
        if news {
            step.notify(Notice::NeedsLogin(id.clone()));
        }
    }

    pub(crate) fn token_refreshed(&mut self, step: &mut Step, id: &AccountId, outcome: RefreshOutcome) {
        match outcome {
            RefreshOutcome::Refreshed { expires_at } => {
                self.change(step, id, |known, now| {
                    known.account.credential.expires_at = expires_at;
                    known.login_renewed(now);
                });
                self.read_after_refresh(step, id);
            }
            RefreshOutcome::LoginRejected => {
                self.needs_login(step, id);
                self.give_up_refresh(step, id);
            }
            RefreshOutcome::Failed => self.give_up_refresh(step, id),
        }
    }
}
