//! Puts what is known of a provider's accounts before the choice. Never weighs them itself: `choice` does.

use std::collections::BTreeSet;

use crate::choice::{Bar, Candidate, Question, choose};
use crate::{AccountId, Choice, CredentialKind, PassedOver, Policy, Timestamp};

use super::Provider;
use super::known::Known;

/// What an account is looked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms<'a> {
    /// Accounts that aren't tried again.
    pub(super) not_again: &'a BTreeSet<AccountId>,
    /// The model that is needed, when known.
    pub(super) model: Option<&'a str>,
    pub(super) bar: Bar,
}

/// Any account that can be used.
pub(super) const ANY: Terms<'static> = Terms { not_again: &BTreeSet::new(), model: None, bar: Bar::Usable };

impl Provider {
    /// Chooses among all accounts but the active one and those that the terms leave out.
    pub(super) fn judge(
        &self,
        now: Timestamp,
        policy: &Policy,
        terms: Terms<'_>,
        figures_hold: impl Fn(&Known) -> bool,
    ) -> Choice {
        let rules = policy.provider(&self.id);
        let others: Vec<&str> =
            self.sessions.models_asked_for(now).filter(|model| terms.model != Some(model)).collect();
        let candidates: Vec<Candidate<'_>> = self
            .by_label()
            .into_iter()
            .map(|known| Candidate {
                account: &known.account,
                rules: rules.account(&known.account.label),
                out: self.out(&known.account.id, terms, now),
                figures_hold: figures_hold(known),
                last_limited: known.last_limited,
                last_active: known.last_active,
                lasts_a_turn: self.turns.lasts_another(&known.account, now),
            })
            .collect();
        let question = Question {
            now,
            strategy: policy.strategy,
            kind: self.kind_in_use(),
            active: self.active_account().map(|known| &known.account.label),
            model: terms.model,
            others: &others,
            bar: terms.bar,
        };
        choose(&candidates, &question)
    }

    pub(super) fn by_label(&self) -> Vec<&Known> {
        let mut accounts: Vec<&Known> = self.accounts.values().collect();
        accounts.sort_by(|a, b| (&a.account.label, &a.account.id).cmp(&(&b.account.label, &b.account.id)));
        accounts
    }

    pub(super) fn active_account(&self) -> Option<&Known> {
        self.active().and_then(|id| self.accounts.get(id))
    }

    fn out(&self, id: &AccountId, terms: Terms<'_>, now: Timestamp) -> Option<PassedOver> {
        if self.active() == Some(id) {
            return Some(PassedOver::Active);
        }
        if let Some(until) = self.outage.spent_until(now) {
            return Some(PassedOver::ProviderSpent(until));
        }
        match terms.bar {
            _ if terms.not_again.contains(id) => Some(PassedOver::AlreadyTried),
            Bar::Preferred { .. } if self.stay.declined(id) => Some(PassedOver::NotPreferred),
            Bar::Usable | Bar::ClearlyMore { .. } | Bar::Preferred { .. } => None,
        }
    }

    fn kind_in_use(&self) -> Option<CredentialKind> {
        self.active_account().map(|known| known.account.credential.kind)
    }
}
