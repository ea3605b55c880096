//! Sees to it that what must always hold does, whatever happens. Knows the truth; never interferes.

use std::collections::VecDeque;

use engine::{AccountId, Engine, FlapRule, Standing, Switch, SwitchCause, Timestamp};

use crate::spans::{hours, minutes};

/// More automatic switches in an hour are a storm, whatever they are for.
const MOST_AN_HOUR: usize = 16;
/// An engine that is described by more characters than this doesn't forget.
pub(crate) const MOST_MEMORY: usize = 400_000;
/// As many reports are remembered.
const REPORTS: usize = 256;

/// What is wrong, and when.
pub type Violation = (Timestamp, String);

/// The witness.
#[derive(Debug)]
pub(crate) struct Witness {
    pub(crate) violations: Vec<Violation>,
    at: Vec<At>,
    clock_set: Timestamp,
    clock_wrong: bool,
}

#[derive(Clone, Debug, Default)]
struct At {
    switching: bool,
    /// The active account refused a request since it became active.
    refused: bool,
    landings: Vec<(Timestamp, AccountId)>,
    /// When limits were reported, and of when they were.
    reports: VecDeque<(Timestamp, Timestamp)>,
    disturbed: Timestamp,
    /// When switching was last held for pointless.
    held: Timestamp,
}

/// Whether nobody asked for a switch.
pub(crate) fn is_automatic(cause: &SwitchCause) -> bool {
    match cause {
        SwitchCause::LimitHit { .. }
        | SwitchCause::LoginRejected { .. }
        | SwitchCause::AccountBack
        | SwitchCause::Failing { .. }
        | SwitchCause::Overload { .. }
        | SwitchCause::BeforeLimit
        | SwitchCause::Returned => true,
        SwitchCause::Chosen | SwitchCause::NextAsked | SwitchCause::PutBack => false,
    }
}

fn is_for_a_limit(cause: &SwitchCause) -> bool {
    matches!(cause, SwitchCause::LimitHit { .. } | SwitchCause::AccountBack)
}

impl Witness {
    pub(crate) fn new(services: usize) -> Self {
        let at = vec![At::default(); services];
        Self { violations: Vec::new(), at, clock_set: Timestamp::default(), clock_wrong: false }
    }

    pub(crate) fn accuse(&mut self, now: Timestamp, what: String) {
        self.violations.push((now, what));
    }

    /// The active account refused a request.
    pub(crate) fn refused(&mut self, service: usize) {
        self.at[service].refused = true;
    }

    /// A limit of so long ago is reported.
    pub(crate) fn heard(&mut self, service: usize, now: Timestamp, of: Timestamp) {
        let reports = &mut self.at[service].reports;
        reports.push_back((now, of));
        if reports.len() > REPORTS {
            reports.pop_front();
        }
    }

    /// When a limit from this time on was first reported.
    pub(crate) fn reported_since(&self, service: usize, since: Timestamp) -> Option<Timestamp> {
        let of_this = self.at[service].reports.iter().filter(|(_, of)| *of >= since);
        of_this.map(|(at, _)| *at).min()
    }

    /// Something got in the way that no policy can help.
    pub(crate) fn disturbed(&mut self, service: usize, until: Timestamp) {
        let disturbed = &mut self.at[service].disturbed;
        *disturbed = until.max(*disturbed);
    }

    /// Switching is held for pointless.
    pub(crate) fn held(&mut self, service: usize, now: Timestamp) {
        self.at[service].held = now;
    }

    pub(crate) fn held_since(&self, service: usize, since: Timestamp) -> bool {
        self.at[service].held >= since
    }

    pub(crate) fn undisturbed_since(&self, service: usize, since: Timestamp) -> bool {
        let clock_right = !self.clock_wrong && self.clock_set + hours(6) < since;
        clock_right && self.at[service].disturbed < since
    }

    pub(crate) fn clock_was_set(&mut self, now: Timestamp, wrong: bool) {
        self.clock_set = now;
        self.clock_wrong = wrong;
    }

    /// A daemon that starts again knows of no switch that was under way, and of none before.
    pub(crate) fn restarted(&mut self) {
        for at in &mut self.at {
            at.switching = false;
            at.landings.clear();
        }
    }

    /// A switch is decided on; `serves` when the account to be left answers everything.
    pub(crate) fn switch_decided(
        &mut self,
        service: usize,
        switch: &Switch,
        engine: &Engine,
        serves: bool,
        clock: Timestamp,
        now: Timestamp,
    ) {
        let mut wrong = Vec::new();
        let to = &switch.to;
        if self.at[service].switching {
            wrong.push(format!("a switch to {to} while another one is carried out"));
        }
        self.at[service].switching = true;
        let automatic = is_automatic(&switch.cause);
        let target = engine.account(to);
        if automatic || switch.cause == SwitchCause::NextAsked {
            let standing = target.map(|target| target.standing(clock));
            if standing != Some(Standing::Ready) {
                wrong.push(format!("{to} was chosen, which stands {standing:?}"));
            }
            if target.and_then(|target| target.usage.as_ref()).is_some_and(|usage| usage.is_spent(clock)) {
                wrong.push(format!("{to} was chosen, which is spent"));
            }
            if switch.from.as_ref() == Some(to) {
                wrong.push(format!("{to} was chosen, which is active"));
            }
        }
        if automatic && !engine.failover_on() {
            wrong.push(format!("a switch to {to} while failover is off"));
        }
        let right_clock = !self.clock_wrong && self.clock_set + hours(1) < now;
        let flap = FlapRule::default();
        if is_for_a_limit(&switch.cause) && right_clock {
            if held_until(&self.at[service].landings, flap).is_some_and(|until| until > now) {
                wrong.push(format!("a switch to {to} while switching goes in circles"));
            }
            let undisturbed = self.undisturbed_since(service, now - minutes(3));
            if !self.at[service].refused && serves && undisturbed {
                wrong.push(format!("{:?} was left for {to}, but it had refused nothing", switch.from));
            }
        }
        let lately = self.at[service].landings.iter().filter(|(at, _)| now.since(*at) < hours(1)).count();
        if automatic && lately >= MOST_AN_HOUR && right_clock {
            wrong.push(format!("{lately} automatic switches within an hour, and one more to {to}"));
        }
        wrong.into_iter().for_each(|what| self.accuse(now, what));
    }

    /// A switch is over, however it ended.
    pub(crate) fn switch_over(&mut self, service: usize) {
        self.at[service].switching = false;
    }

    /// A switch did what it should.
    pub(crate) fn landed(&mut self, service: usize, switch: &Switch, now: Timestamp) {
        let at = &mut self.at[service];
        at.refused = false;
        if is_automatic(&switch.cause) {
            at.landings.push((now, switch.to.clone()));
            at.landings.retain(|(at, _)| now.since(*at) < hours(2));
        } else if switch.cause != SwitchCause::PutBack {
            self.landed_by_hand(service, now);
        }
    }

    /// A person made another account active.
    pub(crate) fn landed_by_hand(&mut self, service: usize, now: Timestamp) {
        self.at[service].refused = false;
        self.at[service].landings.clear();
        self.disturbed(service, now);
    }

    /// Looks at an engine that has just made a step.
    pub(crate) fn look_at(&mut self, engine: &Engine, now: Timestamp, clock: Timestamp) {
        if let Some(wake) = engine.wake_at().filter(|wake| *wake <= clock) {
            self.accuse(now, format!("a timer for {wake:?} at {clock:?}"));
        }
        let over = |account: &&engine::Account| account.cooldown.is_some_and(|cooldown| cooldown.until <= clock);
        if let Some(account) = engine.accounts().find(over) {
            self.accuse(now, format!("{} rests although its rest is over", account.id));
        }
    }
}

/// The flap rule once more, as the person reads it.
fn held_until(landings: &[(Timestamp, AccountId)], rule: FlapRule) -> Option<Timestamp> {
    let last = |index: usize| {
        let (at, to) = &landings[index];
        let earlier = || landings[..index].iter().rev();
        let many = earlier().filter(|(before, _)| at.since(*before) <= rule.within).count() + 1;
        let again = earlier().any(|(before, target)| target == to && at.since(*before) <= rule.same_target_within);
        (many >= rule.switches as usize || again).then(|| *at + rule.hold)
    };
    (0..landings.len()).rev().find_map(last)
}
