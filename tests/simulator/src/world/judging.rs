//! Holds what became of turns against what could have become of them: the truth is known here.

use std::time::Duration;

use engine::{Standing, Timestamp};

use super::{LOOK, World};
use crate::spans::{minutes, secs};
use crate::tally::Failure;
use crate::truth::Login;

/// A report needs so long to become a switch, when all that has to be asked is answered slowly.
const REACTION: Duration = secs(14);

/// So long a limit may be held against the wrong account.
const MISJUDGED_FOR: Duration = minutes(15);

impl World {
    /// Takes note of the accounts that are held for limited although they serve.
    pub(super) fn note_misjudged(&mut self) {
        let (now, clock) = (self.now, self.clock());
        let Some(engine) = self.daemon.engine() else { return };
        for service in &mut self.services {
            let models: Vec<&str> = self
                .sessions
                .iter()
                .filter(|session| session.turn.is_some())
                .map(|session| session.plan.model)
                .collect();
            for login in &mut service.logins {
                let Some(account) = engine.account(&login.id) else { continue };
                let limited = |model: &str| {
                    matches!(account.standing(clock), Standing::CoolingDown(_) | Standing::NeedsLogin)
                        || account.limit_on(model, clock).is_some()
                };
                let wrong = models.iter().any(|model| login.serves(model) && limited(model));
                login.misjudged = if wrong { Some(login.misjudged.unwrap_or(now)) } else { None };
            }
        }
    }

    /// Takes stock at a provider: whether anybody waits for an account although one could serve.
    pub(super) fn observe(&mut self, service: usize) {
        let now = self.now;
        self.services[service].follow(now);
        let model = self.blocked(service).map(|(session, _)| session.plan.model).next();
        let held_open = self.tally.hit_is_open(service);
        let at = &self.services[service];
        let Some(model) = model.or(held_open) else {
            return self.tally.nobody_waits(service, now);
        };
        let serves = at.active_serves(model);
        let alternative = !self.paused() && at.alternatives(model).next().is_some();
        let waits = self.blocked(service).next().is_some() && !at.is_out(now);
        self.tally.look(service, serves, alternative, waits, now);
    }

    /// Whether an account answers every model that sessions ask for.
    pub(super) fn serves_all(&self, service: usize, login: &Login) -> bool {
        let mut models: Vec<&str> =
            self.sessions.iter().filter(|session| session.plan.service == service).map(|s| s.plan.model).collect();
        models.sort_unstable();
        models.dedup();
        models.iter().all(|model| login.serves(model))
    }

    /// A turn ended for want of quota: whether anybody could have helped it.
    pub(super) fn judge_failure(&mut self, session: usize) {
        self.note_misjudged();
        let (service, model) = (self.sessions[session].plan.service, self.sessions[session].plan.model);
        let Some(blocked) = self.sessions[session].turn.as_ref().and_then(|turn| turn.blocked.clone()) else {
            return self.tally.turn_ended(Some(Failure::Limit));
        };
        let mut there = self.services[service].alternatives(model).peekable();
        if there.peek().is_none() {
            return self.tally.turn_ended(Some(Failure::Limit));
        }
        let Some(there) = there.find(|login| known_to_serve(login, model, blocked.since)).map(|login| login.id.clone())
        else {
            return self.tally.turn_ended(Some(Failure::Unknowable));
        };
        // What nobody reported in time, nobody could know; what was disturbed, no policy could mend.
        let reported = self.witness.reported_since(service, blocked.by_since - secs(1));
        // One session causes no second switch so soon after the first.
        let rest = if blocked.by_since > blocked.since { self.policy.session_cooldown } else { Duration::ZERO };
        let in_time = reported.is_some_and(|reported| reported + REACTION + rest <= blocked.asked);
        let ours = self.services[service].active_login().is_some_and(|login| !login.unknown);
        let undisturbed = self.witness.undisturbed_since(service, blocked.since - secs(90)) && !self.paused() && ours;
        if !in_time || !undisturbed {
            return self.tally.turn_ended(Some(Failure::Unknowable));
        }
        // The hold may have ended just before the last retry.
        if self.is_held_back(service) || self.witness.held_since(service, blocked.asked - LOOK - REACTION) {
            return self.tally.turn_ended(Some(Failure::HeldBack));
        }
        self.tally.turn_ended(Some(Failure::Avoidable));
        let id = self.sessions[session].id.clone();
        self.witness.accuse(
            self.now,
            format!("a turn of {id} failed that began to wait at {:?}, although {there} could serve", blocked.since),
        );
    }
}

/// Whether it could be known that an account serves: its figures say so soon after a reset; where there are none, an
/// account whose limit named no end is let rest for up to an hour. A limit that was held against it although it was
/// another account's is found out by its figures, but not at once.
fn known_to_serve(login: &Login, model: &str, since: Timestamp) -> bool {
    if login.misjudged.is_some_and(|at| !login.has_figures || since.since(at) < MISJUDGED_FOR) {
        return false;
    }
    let unread = login.unread.is_some_and(|at| since.since(at) < minutes(35));
    let known_after = if login.has_figures && !unread { minutes(2) } else { minutes(62) };
    login.served_since(model).is_none_or(|served| served + known_after <= since)
}
