//! Sessions that can't go on by themselves: when each is carried on, and where.
//! Never carries one on that a person has moved on, nor more often than the person allows.

mod words;

use std::collections::BTreeMap;
use std::time::Duration;

use crate::engine::Engine;
use crate::provider::Remedy;
use crate::step::{Rules, Step};
use crate::{Decision, Lane, Policy, ProviderId, Record, SessionId, Timestamp};

pub use words::{FallbackAgent, Move, Plight, ResumeCause, ResumeOutcome, Resumption, StuckSession, WaitingSession};

/// A session that wakes up within this time needs nobody to wake it.
const SOON: Duration = Duration::from_secs(10);
/// A shorter sleep than this isn't worth another model.
const WORTH_A_LANE: Duration = Duration::from_secs(60);
/// Nobody expects a session to go on by itself that failed longer ago.
const FAILED_STAYS: Duration = Duration::from_secs(15 * 60);
/// What was decided and nobody reported on within this time isn't being done.
const UNDER_WAY: Duration = Duration::from_secs(15);
/// Sessions of which nothing was heard for this long are forgotten.
const MEMORY: Duration = Duration::from_secs(24 * 60 * 60);

/// The sessions that are or were stuck.
#[derive(Clone, Debug, Default)]
pub(crate) struct Continuations(BTreeMap<SessionId, Continued>);

#[derive(Clone, Debug, Default)]
struct Continued {
    stuck: Option<StuckSession>,
    /// What was decided last and nobody has reported on.
    decided: Option<Resumption>,
    /// How often it was carried on since the person asked it something.
    times: u32,
    heard: Timestamp,
}

impl Continuations {
    /// A session can't go on by itself.
    pub(crate) fn stuck(&mut self, stuck: StuckSession, now: Timestamp) {
        let stuck = StuckSession { at: stuck.at.min(now), ..stuck };
        if !self.0.contains_key(&stuck.session) {
            self.0.retain(|_, continued| continued.heard + MEMORY >= now);
        }
        let continued = self.0.entry(stuck.session.clone()).or_default();
        if continued.decided.is_some() && now.since(continued.heard) < UNDER_WAY {
            return;
        }
        continued.heard = now;
        continued.stuck = Some(stuck);
    }

    /// A session goes on, is over, or was asked something.
    pub(crate) fn moved(&mut self, session: &SessionId, how: Move) {
        let Some(continued) = self.0.get_mut(session) else { return };
        let sleeps = matches!(&continued.stuck, Some(StuckSession { plight: Plight::Sleeping { .. }, .. }));
        match how {
            Move::GoesOn => continued.stuck = None,
            // What failed is over anyway.
            Move::Over if sleeps => continued.stuck = None,
            Move::Over => {}
            Move::Asked => {
                continued.times = 0;
                // What a session that sleeps was asked waits behind it.
                continued.stuck.take_if(|_| !sleeps);
            }
        }
    }

    /// What became of carrying a session on.
    pub(crate) fn resumed(&mut self, step: &mut Step, session: &SessionId, outcome: ResumeOutcome) {
        if let Some(resumption) = self.0.get_mut(session).and_then(|continued| continued.decided.take()) {
            step.record(Record::Resumed { resumption, outcome });
        }
    }

    /// The sessions that are stuck at a provider.
    pub(crate) fn waiting(&self, provider: &ProviderId, now: Timestamp, policy: &Policy) -> Vec<WaitingSession> {
        let here = self.0.values().filter_map(|continued| Some((continued.stuck.as_ref()?, continued.times)));
        here.filter(|(stuck, _)| stuck.provider == *provider && !stuck.is_over(now))
            .map(|(stuck, times)| WaitingSession {
                session: stuck.session.clone(),
                model: stuck.model.clone(),
                plight: stuck.plight,
                used_up: times >= policy.continuations,
            })
            .collect()
    }

    /// The clock was set back: what seems to lie ahead was just now.
    pub(crate) fn clock_set_back(&mut self, now: Timestamp) {
        for continued in self.0.values_mut() {
            continued.heard = continued.heard.min(now);
            if let Some(stuck) = &mut continued.stuck {
                stuck.at = stuck.at.min(now);
            }
        }
    }
}

impl StuckSession {
    /// Whether it goes on by itself about now, or failed so long ago that nobody waits for it.
    fn is_over(&self, now: Timestamp) -> bool {
        match self.plight {
            Plight::Sleeping { until } => until <= now + SOON,
            Plight::Failed => self.at + FAILED_STAYS <= now,
        }
    }

    /// Whether it may go on with another model.
    fn may_take_a_lane(&self, now: Timestamp) -> bool {
        let worth_it = match self.plight {
            Plight::Sleeping { until } => until > now + WORTH_A_LANE,
            Plight::Failed => true,
        };
        worth_it && !self.delegated
    }
}

impl Engine {
    /// Carries on each session that is stuck and for which there is something by now.
    pub(crate) fn carry_sessions_on(&mut self, step: &mut Step) {
        if self.continuations.0.values().all(|continued| continued.stuck.is_none()) {
            return;
        }
        self.continuations.0.values_mut().for_each(|continued| {
            continued.stuck.take_if(|stuck| stuck.is_over(step.now));
        });
        let allowed = self.policy.continuations;
        let open = self.continuations.0.values().filter(|continued| continued.times < allowed);
        let found: Vec<Resumption> =
            open.filter_map(|continued| self.way_on(continued.stuck.as_ref()?, step.now)).collect();
        for resumption in found {
            if let Some(continued) = self.continuations.0.get_mut(&resumption.session) {
                continued.stuck = None;
                continued.times += 1;
                continued.heard = step.now;
                continued.decided = Some(resumption.clone());
            }
            step.decide(Decision::ResumeSession(resumption));
        }
    }

    /// Where a session that is stuck can go on now.
    fn way_on(&self, stuck: &StuckSession, now: Timestamp) -> Option<Resumption> {
        let rules = self.rules(now);
        let here = rules.at(&stuck.provider);
        let to = |lane: &Lane, agent: Option<&String>, why| {
            let (session, from) = (stuck.session.clone(), stuck.provider.clone());
            Some(Resumption { session, from, to: lane.clone(), agent: agent.cloned(), why })
        };
        match self.providers.get(&stuck.provider)?.remedy(stuck, now, here) {
            Remedy::Wait => None,
            Remedy::Account(account) => {
                let same = Lane { provider: stuck.provider.clone(), model: stuck.model.clone() };
                to(&same, stuck.agent.as_ref(), ResumeCause::Switched(account))
            }
            Remedy::Elsewhere if !here.failover_on || !stuck.may_take_a_lane(now) => None,
            Remedy::Elsewhere => {
                let fallback = stuck.fallback.as_ref().filter(|fallback| self.takes(&fallback.lane, stuck, now, rules));
                if let Some(fallback) = fallback {
                    return to(&fallback.lane, Some(&fallback.agent), ResumeCause::FallbackAgent);
                }
                let lane = self.other_lane(now, rules, &stuck.provider, Some(&stuck.model))?;
                to(lane, stuck.agent.as_ref(), ResumeCause::NextLane)
            }
        }
    }

    /// Whether a lane that an agent names can serve. One at a provider of which nothing is known is believed.
    fn takes(&self, lane: &Lane, stuck: &StuckSession, now: Timestamp, rules: Rules<'_>) -> bool {
        match self.providers.get(&lane.provider).filter(|provider| provider.accounts().next().is_some()) {
            Some(known) => known.can_serve(now, rules.at(&lane.provider), Some(&lane.model)),
            None => lane.provider != stuck.provider,
        }
    }
}
