//! What is counted in a simulated time. Judges nothing.

use std::fmt;
use std::time::Duration;

use engine::{SwitchCause, Timestamp};

use crate::scenario::START;
use crate::spans::minutes;
use crate::world::SLOT;

/// Whoever wasn't looked at for longer than this was asleep.
const ASLEEP: Duration = minutes(2);

/// Why a turn failed before the person's eyes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// No account had anything left.
    Limit,
    /// An account could have served, but nobody could know in time.
    Unknowable,
    /// An account could have served, and Baton's guards against switching in circles said no.
    HeldBack,
    /// An account could have served, and a policy could have known.
    Avoidable,
    /// OpenCode took the refusal for final: only leaving the account before could have helped.
    AtOnce,
    Outage,
    Login,
}

/// A limit that is over so soon needed no switch.
const SHORT: Duration = minutes(1);

/// What was counted.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Turns that ended.
    pub turns: u64,
    /// Of them, those that failed while no account had anything left.
    pub failed_nobody_left: u64,
    /// Those that another account could have served, had anybody known in time.
    pub failed_unknowable: u64,
    /// Those that Baton didn't save because it held switching for pointless.
    pub failed_held_back: u64,
    /// Those that a policy could have saved.
    pub failed_avoidable: u64,
    /// Those that the first refusal ended.
    pub failed_at_once: u64,
    /// Those that failed because the provider was out of order.
    pub failed_outage: u64,
    /// Those that failed because a login had ended.
    pub failed_login: u64,
    /// How long sessions waited for an account although one could serve.
    pub needless_wait: Duration,
    /// Limits of the active account that another account could mend.
    pub limits: u64,
    /// Automatic switches after limits.
    pub switches: u64,
    /// Automatic switches for any other reason.
    pub other_switches: u64,
    /// Readings that were asked for.
    pub readings: u64,
    /// Of them, those that brought nothing.
    pub readings_failed: u64,
    /// How much the state of whoever decided had grown to, in characters of its description.
    pub memory: usize,
    pub(crate) drawn: Vec<f64>,
    /// What was asked for and given, by service and slot.
    pub(crate) given: Vec<Vec<f64>>,
    at: Vec<At>,
}

#[derive(Clone, Debug, Default)]
struct At {
    hit: Option<(&'static str, Timestamp)>,
    mendable: bool,
    looked: Timestamp,
    needless: bool,
}

impl Tally {
    pub(crate) fn new(services: usize, slots: usize) -> Self {
        Self {
            drawn: vec![0.0; services],
            given: vec![vec![0.0; slots]; services],
            at: vec![At::default(); services],
            ..Self::default()
        }
    }

    pub(crate) fn turn_ended(&mut self, failure: Option<Failure>) {
        self.turns += 1;
        match failure {
            None => {}
            Some(Failure::Limit) => self.failed_nobody_left += 1,
            Some(Failure::Unknowable) => self.failed_unknowable += 1,
            Some(Failure::HeldBack) => self.failed_held_back += 1,
            Some(Failure::Avoidable) => self.failed_avoidable += 1,
            Some(Failure::AtOnce) => self.failed_at_once += 1,
            Some(Failure::Outage) => self.failed_outage += 1,
            Some(Failure::Login) => self.failed_login += 1,
        }
    }

    pub(crate) fn asked_in_slot(&mut self, service: usize, now: Timestamp, units: f64) {
        let slot = usize::try_from(now.since(START).as_secs() / SLOT.as_secs()).unwrap_or_default();
        if let Some(given) = self.given.get_mut(service).and_then(|slots| slots.get_mut(slot)) {
            *given += units;
        }
    }

    /// The active account refused a request.
    pub(crate) fn hit(&mut self, service: usize, model: &'static str, now: Timestamp) {
        let at = &mut self.at[service];
        if at.hit.is_none() {
            at.hit = Some((model, now));
            at.mendable = false;
        }
    }

    pub(crate) fn hit_is_open(&self, service: usize) -> Option<&'static str> {
        self.at[service].hit.map(|(model, _)| model)
    }

    pub(crate) fn look(&mut self, service: usize, serves: bool, alternative: bool, waits: bool, now: Timestamp) {
        self.pass(service, now);
        let at = &mut self.at[service];
        at.needless = waits && !serves && alternative;
        at.mendable |= alternative;
        let over = if serves { at.hit.take() } else { None };
        let worth_a_switch = over.is_some_and(|(_, since)| at.mendable && now.since(since) >= SHORT);
        self.limits += u64::from(worth_a_switch);
    }

    pub(crate) fn nobody_waits(&mut self, service: usize, now: Timestamp) {
        self.pass(service, now);
        self.at[service].needless = false;
    }

    pub(crate) fn switched(&mut self, service: usize, cause: &SwitchCause) {
        let hit = self.at[service].hit.take().is_some();
        match cause {
            SwitchCause::LimitHit { .. } | SwitchCause::AccountBack => {
                self.switches += 1;
                self.limits += u64::from(hit);
            }
            SwitchCause::LoginRejected { .. }
            | SwitchCause::BeforeLimit
            | SwitchCause::Returned
            | SwitchCause::Failing { .. }
            | SwitchCause::Overload { .. } => self.other_switches += 1,
            SwitchCause::Chosen | SwitchCause::NextAsked | SwitchCause::PutBack => {}
        }
    }

    fn pass(&mut self, service: usize, now: Timestamp) {
        let at = &mut self.at[service];
        let passed = now.since(at.looked);
        if at.needless && passed <= ASLEEP {
            self.needless_wait += passed;
        }
        at.looked = now;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = [
            ("turns", self.turns),
            ("failed: nobody left", self.failed_nobody_left),
            ("failed: nobody could know", self.failed_unknowable),
            ("failed: held back", self.failed_held_back),
            ("failed: avoidable", self.failed_avoidable),
            ("failed: by the first refusal", self.failed_at_once),
            ("failed: outage", self.failed_outage),
            ("failed: login ended", self.failed_login),
            ("waited needlessly, seconds", self.needless_wait.as_secs()),
            ("limits that another account could mend", self.limits),
            ("switches after limits", self.switches),
            ("switches between turns", self.other_switches),
            ("readings", self.readings),
            ("readings that brought nothing", self.readings_failed),
        ];
        rows.iter().try_for_each(|(what, count)| writeln!(f, "{count:>8}  {what}"))
    }
}
