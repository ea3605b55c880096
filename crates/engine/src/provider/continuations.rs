//! What becomes of a session that is stuck here, as far as this provider can say.
//! Never looks at lanes: they lead elsewhere.

use std::time::Duration;

use crate::step::Rules;
use crate::{AccountId, Plight, StuckSession, Timestamp};

use super::known::Known;
use super::sessions::Setback;
use super::{Course, Provider};

/// A request that was refused longer before than this isn't what a session is stuck for. Refusals may have been held
/// back for a while by whoever looked for another account.
const REFUSED_WITHIN: Duration = Duration::from_secs(20);

/// What this provider has for a session that is stuck.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Remedy {
    /// Another account is active by now and can serve it.
    Account(AccountId),
    /// None of its accounts can serve it, and a limit or a login is why it is stuck.
    Elsewhere,
    /// Nothing yet.
    Wait,
}

impl Provider {
    /// What there is for a session that is stuck here.
    pub(crate) fn remedy(&self, stuck: &StuckSession, now: Timestamp, rules: Rules<'_>) -> Remedy {
        if !matches!(self.course, Course::Idle) {
            return Remedy::Wait;
        }
        let model = Some(stuck.model.as_str());
        let setback = self.sessions.setback(&stuck.session).filter(|setback| setback.at + REFUSED_WITHIN >= stuck.at);
        // A person may have made an account active that is otherwise left out.
        let can =
            |known: &Known| !known.account.needs_login && !known.spent(now) && !self.is_limited(known, model, now);
        if self.active_account().is_some_and(can) {
            let fresh = self.active().filter(|active| self.has_taken_over(active, stuck, setback)).cloned();
            return fresh.map_or(Remedy::Wait, Remedy::Account);
        }
        let refused = setback.is_some_and(|setback| setback.of_account);
        // An account that may only be switched to by hand is one all the same.
        let by_hand = Rules { failover_on: true, ..rules };
        if refused && !self.can_serve(now, by_hand, model) { Remedy::Elsewhere } else { Remedy::Wait }
    }

    /// Whether the active account is another one than the session got stuck on, and a running OpenCode can use it.
    fn has_taken_over(&self, active: &AccountId, stuck: &StuckSession, setback: Option<&Setback>) -> bool {
        let by_time = || self.activations.responsible(None, stuck.at).map(|responsible| responsible.account);
        let left = match (setback, stuck.plight) {
            (Some(setback), _) => setback.account.clone(),
            (None, Plight::Sleeping { .. }) => by_time(),
            // Nobody knows why it failed.
            (None, Plight::Failed) => return false,
        };
        let kind = |id: &AccountId| self.account(id).map(|account| account.credential.kind);
        match left {
            Some(left) => left != *active && kind(&left).is_none_or(|left| Some(left) == kind(active)),
            None => self.activations.since() > stuck.at,
        }
    }
}
