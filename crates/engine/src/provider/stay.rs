//! Leaves the active account between turns: before its limit, or for one that is preferred to it.
//! Never in the middle of a turn, and never against what a person chose.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::choice::Bar;
use crate::step::{Rules, Step};
use crate::{AccountId, Policy, ReadCause, Role, Strategy, SwitchCause, Timestamp};

use super::failover::Purpose;
use super::judging::Terms;
use super::known::{FIGURES_HOLD, Known};
use super::{Course, Provider};

/// After leaving an account between turns, the next one is kept for this long, whatever the figures say.
const LEAST_STAY: Duration = Duration::from_secs(15 * 60);
/// So many points before an account is left, its figures are worth a closer look at the end of a turn.
const NEAR: f64 = 15.0;

/// What speaks for staying with the active account.
#[derive(Clone, Debug, Default)]
pub(super) struct Stay {
    /// When an account was left between turns last.
    left_at: Option<Timestamp>,
    /// Nothing has happened since it was found that nobody is worth leaving for.
    reviewed: bool,
    chosen: Chosen,
    /// Accounts that the person didn't want although they are preferred in the settings and could be used.
    declined: BTreeSet<AccountId>,
}

/// Whether the active account is a person's choice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Chosen {
    #[default]
    ByPolicy,
    /// In person, just now: what it meant is yet to be seen.
    JustNow(Timestamp),
    /// In person: until figures that were read since say that it isn't near its limit, it isn't left before that.
    InPerson(Timestamp),
}

/// Why the active account is to be left, and for what kind of account.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Departure {
    pub(super) cause: SwitchCause,
    pub(super) bar: Bar,
}

impl Stay {
    /// A person chose the active account.
    pub(super) fn chosen(&mut self, now: Timestamp) {
        self.chosen = Chosen::JustNow(now);
        self.declined.clear();
    }

    /// Baton chose the active account, in the middle of a turn or between two.
    pub(super) fn begin(&mut self, between_turns: bool, now: Timestamp) {
        let left_at = if between_turns { Some(now) } else { self.left_at };
        *self = Self { left_at, ..Self::default() };
    }

    /// Whether the active account is left before its limit: not while it was chosen in person near that.
    pub(super) fn leaves_before_limit(&self) -> bool {
        self.chosen == Chosen::ByPolicy
    }

    /// A turn ended, or something about the accounts or the settings has become known.
    pub(super) fn news(&mut self) {
        self.reviewed = false;
    }

    pub(super) fn declined(&self, id: &AccountId) -> bool {
        self.declined.contains(id)
    }

    /// The clock was set back: what seems to lie ahead was just now.
    pub(super) fn clock_set_back(&mut self, now: Timestamp) {
        self.left_at = self.left_at.map(|at| at.min(now));
        if let Chosen::JustNow(at) | Chosen::InPerson(at) = &mut self.chosen {
            *at = (*at).min(now);
        }
    }
}

impl Provider {
    /// Leaves the active account, if it is time to.
    pub(super) fn review_stay(&mut self, step: &mut Step, rules: Rules<'_>) {
        self.respect_choice(step.now, rules);
        let now = step.now;
        if self.stay.reviewed {
            return;
        }
        let Some(departures) = self.reasons_to_leave(now, rules) else { return };
        let nothing_to_do = departures.is_empty() && !self.is_worth_a_look(now, rules.policy);
        if nothing_to_do || !matches!(self.course, Course::Idle) || self.must_stay_until(now, rules).is_some() {
            return;
        }
        if self.read_active_first(step, rules, &departures) {
            return;
        }
        let worth = departures.into_iter().find(|departure| {
            let terms = Terms { not_again: &BTreeSet::new(), model: None, bar: departure.bar };
            self.judge(now, rules.policy, terms, |_| true).winner.is_some()
        });
        match worth {
            Some(departure) => {
                self.begin_failover(step, rules, Purpose::BetweenTurns(departure), BTreeSet::new(), None)
            }
            None => self.stay.reviewed = true,
        }
    }

    /// Ends a search between turns when a turn has begun, or there is no reason for it any more.
    pub(super) fn review_search_between_turns(&mut self, now: Timestamp, rules: Rules<'_>) {
        let Course::Choosing(failover) = &self.course else { return };
        let Purpose::BetweenTurns(departure) = &failover.purpose else { return };
        let reasons = self.reasons_to_leave(now, rules).unwrap_or_default();
        let holds = reasons.iter().any(|reason| reason.cause == departure.cause);
        if !holds || self.sessions.busy_until(now).is_some() {
            self.course = Course::Idle;
        }
    }

    /// A search between turns found nobody, or a switch failed.
    pub(super) fn stay_for_now(&mut self, now: Timestamp, failed: bool) {
        self.stay.reviewed = !failed;
        if failed {
            self.stay.left_at = Some(now);
        }
    }

    /// When the active account may be left, where something speaks for it already.
    pub(super) fn stay_wakes(&self, now: Timestamp, rules: Rules<'_>) -> Option<Timestamp> {
        let reasons = self.reasons_to_leave(now, rules).filter(|_| !self.stay.reviewed)?;
        let pending = !reasons.is_empty() || self.is_worth_a_look(now, rules.policy);
        pending.then(|| self.must_stay_until(now, rules))?
    }

    /// Until when the active account isn't left, whatever speaks for it: a turn runs, the account before was left lately,
    /// or switching went in circles.
    fn must_stay_until(&self, now: Timestamp, rules: Rules<'_>) -> Option<Timestamp> {
        let settled = self.stay.left_at.map(|at| at + LEAST_STAY).filter(|until| *until > now);
        let held = self.flapping.held_until(rules.policy.flap, now);
        settled.max(held).max(self.sessions.busy_until(now))
    }

    /// Why the active account is to be left, the weightiest first; `None` where it can't be left at all.
    fn reasons_to_leave(&self, now: Timestamp, rules: Rules<'_>) -> Option<Vec<Departure>> {
        let active = self.active_account().filter(|known| known.usable(now))?;
        if !rules.failover_on || self.episode_is_live(now) {
            return None;
        }
        let preferred = self.preferred(active, rules.policy);
        let returned = preferred.map(|bar| Departure { cause: SwitchCause::Returned, bar });
        let before_limit = self.before_limit(active, now, rules.policy);
        let left = before_limit.map(|bar| Departure { cause: SwitchCause::BeforeLimit, bar });
        Some(returned.into_iter().chain(left).collect())
    }

    /// What another account must be for the active one to be left for it at any time between turns. A last resort is
    /// left as soon as a normal account can be used again, whether or not the person wants to go back to others.
    pub(super) fn preferred(&self, active: &Known, policy: &Policy) -> Option<Bar> {
        let rules = policy.provider(&self.id).account(&active.account.label);
        let last_resort = rules.role == Role::LastResort;
        match policy.return_to_preferred {
            true => Some(Bar::Preferred { last_resort, priority: rules.priority }),
            false => last_resort.then_some(Bar::Preferred { last_resort, priority: i32::MAX }),
        }
    }

    /// What another account must be for the active one to be left before its limit; `None` while that is far.
    pub(super) fn before_limit(&self, active: &Known, now: Timestamp, policy: &Policy) -> Option<Bar> {
        let far = !self.stay.leaves_before_limit() || !self.near_limit(active, now, policy, 0.0);
        let rules = policy.provider(&self.id).account(&active.account.label);
        let than = active.account.usage.as_ref().and_then(|usage| usage.headroom(now))?;
        (!far).then_some(Bar::ClearlyMore { than, last_resort: rules.role == Role::LastResort })
    }

    /// Whether the active account has reached the point where it is left before its limit, or will in so many points.
    /// That is at the percentage that the person set, or where the next turn is expected to hit the limit; and where its
    /// reserve begins. Draining an account means to leave it as late as possible: the percentage counts only while
    /// nobody knows what a turn uses.
    fn near_limit(&self, active: &Known, now: Timestamp, policy: &Policy, points: f64) -> bool {
        let Some(usage) = &active.account.usage else { return false };
        let Some(headroom) = usage.headroom(now) else { return false };
        let reserve = policy.provider(&self.id).account(&active.account.label).reserve_percent;
        let reserve_reached = reserve > 0.0 && headroom <= reserve + points;
        if policy.switch_at_percent >= 100.0 {
            return reserve_reached;
        }
        let next_hits = self.turns.next_hits(&active.account, now);
        let by_percent = policy.strategy != Strategy::DrainFirst || next_hits.is_none();
        let percent_reached = by_percent && headroom <= 100.0 - policy.switch_at_percent + points;
        reserve_reached || percent_reached || next_hits == Some(true)
    }

    /// Has the active account read, where figures that are old would decide. Whether that is waited for.
    fn read_active_first(&mut self, step: &mut Step, rules: Rules<'_>, departures: &[Departure]) -> bool {
        let now = step.now;
        let Some(active) = self.active_account() else { return false };
        let id = active.account.id.clone();
        let leaves = departures.iter().any(|departure| departure.cause == SwitchCause::BeforeLimit);
        let returns = departures.len() > usize::from(leaves);
        let old = self.turns.any_ended() || !active.read_since(now - FIGURES_HOLD);
        let worth_it = old && (leaves || self.is_worth_a_look(now, rules.policy));
        if worth_it && self.may_be_looked_at(&id, now) {
            self.ask(step, &id, ReadCause::Stale);
        }
        leaves && !returns && self.awaits(&id, now)
    }

    /// Whether a turn has brought the active account near the point where it is left, as far as its figures tell.
    fn is_worth_a_look(&self, now: Timestamp, policy: &Policy) -> bool {
        let near = |active: &Known| self.near_limit(active, now, policy, NEAR);
        self.stay.leaves_before_limit() && self.turns.any_ended() && self.active_account().is_some_and(near)
    }

    /// Finds out what a person's choice means for the time after it.
    fn respect_choice(&mut self, now: Timestamp, rules: Rules<'_>) {
        let Some(active) = self.active_account() else { return };
        match self.stay.chosen {
            Chosen::ByPolicy => {}
            Chosen::JustNow(at) => {
                let preferred = self.preferred(active, rules.policy);
                self.stay.chosen = Chosen::InPerson(at);
                self.stay.declined = preferred.map(|bar| self.up_to(bar, now, rules.policy)).unwrap_or_default();
            }
            Chosen::InPerson(at) => {
                let read = active.read_since(at) && active.account.usage.is_some();
                if read && !self.near_limit(active, now, rules.policy, 0.0) {
                    self.stay.chosen = Chosen::ByPolicy;
                }
            }
        }
        if !self.stay.declined.is_empty() {
            let spent = |known: &Known| known.account.usage.as_ref().is_some_and(|usage| usage.is_spent(now));
            let usable = |id: &AccountId| self.accounts.get(id).is_some_and(|known| known.usable(now) && !spent(known));
            let declined = self.stay.declined.iter().filter(|id| usable(id)).cloned().collect();
            self.stay.declined = declined;
        }
    }

    /// The accounts that are up to a bar now.
    fn up_to(&self, bar: Bar, now: Timestamp, policy: &Policy) -> BTreeSet<AccountId> {
        let terms = Terms { not_again: &BTreeSet::new(), model: None, bar };
        let choice = self.judge(now, policy, terms, |_| true);
        let others = choice.passed_over.into_iter().filter(|(_, why)| why.clears_bar()).map(|(id, _)| id);
        choice.winner.into_iter().chain(others).collect()
    }
}
