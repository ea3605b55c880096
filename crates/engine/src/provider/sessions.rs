//! What each session did at one provider: when it last asked, and how many failovers it has caused.
//! Never holds back what one session did against another.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::{AccountId, Policy, SessionId, Timestamp};

use super::activations::WHOLE_SECOND;

/// Sessions that did nothing for this long are forgotten.
const MEMORY: Duration = Duration::from_secs(24 * 60 * 60);
/// A turn that asked nothing for this long was broken off unseen.
const SILENCE: Duration = Duration::from_secs(15 * 60);

/// The sessions that asked a provider.
#[derive(Clone, Debug, Default)]
pub(super) struct Sessions(BTreeMap<SessionId, Session>);

#[derive(Clone, Debug, Default)]
struct Session {
    /// A turn of it runs.
    running: bool,
    attempt: Option<Timestamp>,
    /// The model that it asked for last.
    model: Option<String>,
    failover: Option<Timestamp>,
    /// Failovers since it was last idle.
    failovers: u32,
    /// The person was told that it gets no more.
    told: bool,
    /// When the bridge last told of a refused request of it.
    refused: Option<Timestamp>,
    setback: Option<Setback>,
}

/// A request of a session that was refused.
#[derive(Clone, Debug)]
pub(crate) struct Setback {
    pub(crate) at: Timestamp,
    /// The known account that it used.
    pub(crate) account: Option<AccountId>,
    /// Whether for a limit or a login, and not for a reason that nobody can explain.
    pub(crate) of_account: bool,
}

/// A turn that is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ended {
    /// It ran until now, at this provider.
    pub(super) was_running: bool,
    /// It had used up its failovers.
    pub(super) had_used_up: bool,
}

/// Whether a session may cause a failover.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Clearance {
    Free,
    NotBefore(Timestamp),
    UsedUp,
}

impl Session {
    fn runs(&self, now: Timestamp) -> bool {
        self.running && self.attempt.is_some_and(|attempt| attempt + SILENCE > now)
    }
}

impl Sessions {
    pub(super) fn attempt_started(&mut self, id: SessionId, model: Option<String>, at: Timestamp) {
        if !self.0.contains_key(&id) {
            self.forget_before(at - MEMORY);
        }
        let session = self.0.entry(id).or_default();
        if session.attempt <= Some(at) {
            session.model = model;
        }
        session.attempt = session.attempt.max(Some(at));
        session.running = true;
    }

    /// The model that a session asked for last.
    pub(super) fn model(&self, id: &SessionId) -> Option<&str> {
        self.0.get(id)?.model.as_deref()
    }

    /// The models that the turns which run ask for, each once.
    pub(super) fn models_asked_for(&self, now: Timestamp) -> impl Iterator<Item = &str> {
        let running = self.0.values().filter(move |session| session.runs(now));
        running.filter_map(|session| session.model.as_deref()).collect::<BTreeSet<_>>().into_iter()
    }

    /// Whether a turn that runs asks for a model.
    pub(super) fn ask_for(&self, model: &str, now: Timestamp) -> bool {
        self.models_asked_for(now).any(|asked_for| asked_for == model)
    }

    /// When the attempt started that a report at this time is about.
    pub(super) fn attempt_before(&self, id: &SessionId, report: Timestamp) -> Option<Timestamp> {
        self.0.get(id)?.attempt.filter(|start| *start <= report)
    }

    /// A request of a session was refused.
    pub(super) fn set_back(&mut self, id: &SessionId, setback: Setback) {
        let last = &mut self.0.entry(id.clone()).or_default().setback;
        if last.as_ref().is_none_or(|last| last.at <= setback.at) {
            *last = Some(setback);
        }
    }

    /// The last request of a session that was refused.
    pub(super) fn setback(&self, id: &SessionId) -> Option<&Setback> {
        self.0.get(id)?.setback.as_ref()
    }

    /// A failover begins to switch on behalf of this session.
    pub(super) fn failed_over(&mut self, id: &SessionId, now: Timestamp) {
        let session = self.0.entry(id.clone()).or_default();
        session.failover = Some(now);
        session.failovers = session.failovers.saturating_add(1);
    }

    /// The bridge told that a request of it was refused.
    pub(super) fn told(&mut self, id: &SessionId, at: Timestamp) {
        let session = self.0.entry(id.clone()).or_default();
        session.refused = session.refused.max(Some(at));
    }

    /// The bridge repeats a request of it: an attempt of its own.
    pub(super) fn repeated(&mut self, id: &SessionId, now: Timestamp) {
        if let Some(session) = self.0.get_mut(id) {
            session.attempt = session.attempt.max(Some(now));
        }
    }

    /// Whether a failure that the log tells of is one that the bridge has told of: no attempt has begun since.
    pub(super) fn has_told(&self, id: Option<&SessionId>, report: Timestamp) -> bool {
        let Some(session) = id.and_then(|id| self.0.get(id)) else { return false };
        // Older releases log whole seconds, rounded down.
        let refused = session.refused.filter(|refused| *refused < report + WHOLE_SECOND);
        refused.is_some_and(|refused| session.attempt.is_none_or(|attempt| attempt <= refused))
    }

    /// Its turn is over: the next one gets failovers of its own.
    pub(super) fn idle(&mut self, id: &SessionId) -> Option<Ended> {
        let session = self.0.get_mut(id)?;
        session.failovers = 0;
        let had_used_up = std::mem::replace(&mut session.told, false);
        let was_running = std::mem::replace(&mut session.running, false);
        Some(Ended { was_running, had_used_up })
    }

    /// Until when the last of the turns that run counts as running; `None` between turns.
    pub(super) fn busy_until(&self, now: Timestamp) -> Option<Timestamp> {
        let running = self.0.values().filter(|session| session.running).filter_map(|session| session.attempt);
        running.max().map(|attempt| attempt + SILENCE).filter(|until| *until > now)
    }

    /// Whether a session may cause a failover; all that nobody knows may at any time.
    pub(super) fn clearance(&self, id: Option<&SessionId>, now: Timestamp, policy: &Policy) -> Clearance {
        let Some(id) = id else { return Clearance::Free };
        let (failovers, last) = self.0.get(id).map_or((0, None), |session| (session.failovers, session.failover));
        match last.map(|failover| failover + policy.session_cooldown) {
            _ if failovers >= policy.session_max_attempts => Clearance::UsedUp,
            Some(rested) if rested > now => Clearance::NotBefore(rested),
            Some(_) | None => Clearance::Free,
        }
    }

    /// Whether the person has yet to be told that this session gets no more failovers; false from then on.
    pub(super) fn must_be_told(&mut self, id: &SessionId) -> bool {
        !std::mem::replace(&mut self.0.entry(id.clone()).or_default().told, true)
    }

    /// The clock was set back: what seems to lie ahead was just now.
    pub(super) fn clock_set_back(&mut self, now: Timestamp) {
        for session in self.0.values_mut() {
            for time in [&mut session.attempt, &mut session.failover, &mut session.refused] {
                *time = time.map(|time| time.min(now));
            }
            if let Some(setback) = &mut session.setback {
                setback.at = setback.at.min(now);
            }
        }
    }

    fn forget_before(&mut self, time: Timestamp) {
        self.0.retain(|_, session| session.attempt.max(session.failover).max(session.refused) >= Some(time));
    }
}
