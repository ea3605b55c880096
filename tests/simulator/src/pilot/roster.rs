//! What both simple rules know: which accounts there are, which one is active, and whether a switch is under way.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use engine::{AccountId, Ask, Decision, Input, ProviderId, Switch, SwitchCause, SwitchId, Timestamp};

use crate::spans::secs;

/// Errors that come so soon after a switch are taken for late reports of the limit before it.
const DEAF_AFTER_SWITCH: Duration = secs(10);

/// The accounts of one provider as a simple rule sees them.
#[derive(Debug, Default)]
pub(super) struct Roster {
    pub(super) accounts: BTreeSet<AccountId>,
    disabled: BTreeSet<AccountId>,
    pub(super) active: Option<AccountId>,
    pending: Option<(SwitchId, AccountId)>,
    deaf_until: Timestamp,
}

/// All rosters.
#[derive(Debug, Default)]
pub(super) struct Rosters {
    pub(super) by_provider: BTreeMap<ProviderId, Roster>,
    last: SwitchId,
    paused: bool,
}

impl Roster {
    /// The accounts that may be chosen, in the list's order.
    pub(super) fn others(&self) -> impl Iterator<Item = &AccountId> {
        self.accounts.iter().filter(|id| !self.disabled.contains(*id) && self.active.as_ref() != Some(*id))
    }
}

impl Rosters {
    /// Follows what is told; the provider at which a limit must be seen to, if one must.
    #[allow(clippy::wildcard_enum_match_arm, reason = "a simple rule is deaf to whatever else may be told")]
    pub(super) fn follow(&mut self, now: Timestamp, input: &Input) -> Option<ProviderId> {
        match input {
            Input::AccountKnown(account) => {
                self.at(&account.provider).accounts.insert(account.id.clone());
            }
            Input::AccountRemoved(id) => self.each(|roster| {
                roster.accounts.remove(id);
            }),
            Input::ActiveSeen { provider, account } => self.at(provider).active.clone_from(account),
            Input::Asked { ask: Ask::Disable(id), .. } => self.each(|roster| {
                roster.disabled.insert(id.clone());
            }),
            Input::Asked { ask: Ask::Enable(id), .. } => self.each(|roster| {
                roster.disabled.remove(id);
            }),
            Input::Asked { ask: Ask::Pause(_), .. } => self.paused = true,
            Input::Asked { ask: Ask::Resume, .. } => self.paused = false,
            Input::SwitchFinished { switch, .. } => self.each(|roster| {
                if roster.pending.as_ref().is_some_and(|(id, _)| id == switch) {
                    roster.pending = None;
                    roster.deaf_until = now + DEAF_AFTER_SWITCH;
                }
            }),
            Input::LimitHit(hit) => {
                let paused = self.paused;
                let roster = self.at(&hit.provider);
                let deaf = roster.pending.is_some() || roster.deaf_until > now || paused;
                return (!deaf).then(|| hit.provider.clone());
            }
            _ => {}
        }
        None
    }

    pub(super) fn switch(&mut self, provider: &ProviderId, to: AccountId) -> Decision {
        self.last = SwitchId(self.last.0 + 1);
        let id = self.last;
        let roster = self.at(provider);
        roster.pending = Some((id, to.clone()));
        let from = roster.active.clone();
        let cause = SwitchCause::LimitHit { session: None };
        Decision::Switch(Switch { id, provider: provider.clone(), from, to, cause, choice: None })
    }

    pub(super) fn at(&mut self, provider: &ProviderId) -> &mut Roster {
        self.by_provider.entry(provider.clone()).or_default()
    }

    fn each(&mut self, act: impl FnMut(&mut Roster)) {
        self.by_provider.values_mut().for_each(act);
    }
}
