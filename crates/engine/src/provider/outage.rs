//! What is wrong with the provider itself, whichever account asks: it is overloaded, or has nobody left behind it.
//! Never holds it against an account.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::step::{Rules, Step};
use crate::{RequestFailure, SessionId, SwitchCause, Timestamp};

use super::failover::Purpose;
use super::sessions::Clearance;
use super::{Course, Provider};

/// How long a provider counts as spent when it doesn't say.
const SPENT_FOR: Duration = Duration::from_secs(15 * 60);
/// Without an overload for so long, the outage is over.
const OVER_AFTER: Duration = Duration::from_secs(30 * 60);
/// An overload so long ago is no reason to do anything now.
const JUST_NOW: Duration = Duration::from_secs(60);

/// What is wrong with a provider.
#[derive(Clone, Debug, Default)]
pub(super) struct Outage {
    /// Overloads without an answer in between, the latest last.
    overloads: u32,
    last: Option<Overload>,
    /// Another account has been tried, or couldn't be: once in an outage is enough.
    tried: bool,
    spent: Option<Spent>,
}

#[derive(Clone, Debug)]
struct Overload {
    session: Option<SessionId>,
    model: Option<String>,
    at: Timestamp,
}

#[derive(Clone, Copy, Debug)]
struct Spent {
    since: Timestamp,
    until: Timestamp,
}

impl Outage {
    /// Until when none of the provider's accounts will do.
    pub(super) fn spent_until(&self, now: Timestamp) -> Option<Timestamp> {
        self.spent.map(|spent| spent.until).filter(|until| *until > now)
    }

    /// The provider has nobody left behind it.
    pub(super) fn spent(&mut self, at: Timestamp, until: Option<Timestamp>) {
        let until = until.filter(|until| *until > at).unwrap_or(at + SPENT_FOR);
        let (since, until) = self.spent.map_or((at, until), |spent| (spent.since.max(at), spent.until.max(until)));
        self.spent = Some(Spent { since, until });
    }

    /// An attempt that began at `started` was answered.
    pub(super) fn answered(&mut self, started: Timestamp) {
        *self = Self { spent: self.spent.filter(|spent| spent.since >= started), ..Self::default() };
    }

    /// The clock was set back by so much.
    pub(super) fn clock_set_back(&mut self, now: Timestamp, back: Duration) {
        if let Some(last) = &mut self.last {
            last.at = last.at.min(now);
        }
        if let Some(spent) = &mut self.spent {
            *spent = Spent { since: spent.since.min(now), until: spent.until - back };
        }
    }

    fn overloaded(&mut self, failure: RequestFailure, at: Timestamp) {
        let RequestFailure { session, model, .. } = failure;
        if let Some(last) = &self.last {
            if last.session == session && at.since(last.at) < Duration::from_secs(1) && last.at.since(at).is_zero() {
                return;
            }
            if at.since(last.at) > OVER_AFTER {
                *self = Self { spent: self.spent, ..Self::default() };
            }
        }
        self.overloads = self.overloads.saturating_add(1);
        self.last = Some(Overload { session, model, at });
    }
}

impl Provider {
    /// The provider answered that it has too much to do.
    pub(super) fn overloaded(&mut self, failure: RequestFailure, at: Timestamp) {
        self.outage.overloaded(failure, at);
    }

    /// Tries another account, once in an outage, if the person wants that.
    pub(super) fn review_outage(&mut self, step: &mut Step, rules: Rules<'_>) {
        if self.overload_is_being_dodged() && self.episode.is_some() {
            self.course = Course::Idle;
        }
        let Some(overload) = self.overload_to_act_on(step.now, rules) else { return };
        self.outage.tried = true;
        let Overload { session, model, .. } = overload;
        let purpose = Purpose::Automatic(SwitchCause::Overload { session });
        self.begin_failover(step, rules, purpose, BTreeSet::new(), model);
    }

    /// Whether another account is looked for because of an overload.
    pub(super) fn overload_is_being_dodged(&self) -> bool {
        let purpose = match &self.course {
            Course::Choosing(failover) => &failover.purpose,
            Course::Idle | Course::Switching(_) => return false,
        };
        matches!(purpose, Purpose::Automatic(SwitchCause::Overload { .. }))
    }

    fn overload_to_act_on(&self, now: Timestamp, rules: Rules<'_>) -> Option<Overload> {
        let last = self.outage.last.clone().filter(|last| now.since(last.at) < JUST_NOW)?;
        let enough = rules.policy.switch_on_overload.is_some_and(|count| count > 0 && self.outage.overloads >= count);
        let free = matches!(self.course, Course::Idle) && self.episode.is_none() && self.active().is_some();
        let held = self.flapping.held_until(rules.policy.flap, now).is_some();
        let cleared = self.sessions.clearance(last.session.as_ref(), now, rules.policy) == Clearance::Free;
        (enough && !self.outage.tried && free && rules.failover_on && !held && cleared).then_some(last)
    }
}
