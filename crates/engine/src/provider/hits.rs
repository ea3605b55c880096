//! Takes in what a provider refused: limits and logins. Holds it against the right account and does nothing more.

use std::collections::VecDeque;

use crate::step::Step;
use crate::{AccountId, LimitHit, Reach, ReadCause, Record, Refusal, Refused, RequestFailure, SessionId, Timestamp};

use super::Provider;
use super::activations::Responsible;
use super::sessions::Setback;

/// The most hits that are compared with a new one.
const LIMIT: usize = 64;

/// The latest hits that were recorded, so that a report that comes twice is recorded once.
#[derive(Clone, Debug, Default)]
pub(super) struct RecordedHits(VecDeque<(Option<AccountId>, Option<SessionId>, i64)>);

impl Provider {
    /// Takes in a limit from the log, unless the bridge has told of it.
    pub(crate) fn limit_hit(&mut self, step: &mut Step, hit: LimitHit) {
        if !self.sessions.has_told(hit.session.as_ref(), hit.at) {
            let responsible = self.responsible(hit.session.as_ref(), hit.at.min(step.now));
            self.hold_against(step, hit, responsible);
        }
    }

    /// Holds a limit against the account that the request used. When that one is active still, an episode begins.
    fn hold_against(&mut self, step: &mut Step, hit: LimitHit, responsible: Option<Responsible>) {
        let at = hit.at.min(step.now);
        let account = responsible.as_ref().map(|responsible| responsible.account.clone());
        self.note_setback(hit.session.as_ref(), at, responsible.as_ref(), true);
        if self.recorded.is_new(account.as_ref(), hit.session.as_ref(), at) {
            step.record(Record::LimitHit { account, hit: hit.clone() });
        }
        if hit.reach == Reach::Provider {
            self.outage.spent(at, hit.until);
        }
        let Some(Responsible { account, active }) = responsible else { return };
        let learnt = self.learnt;
        self.change(step, &account, |known, now| known.limit_hit(&hit, learnt, at, now));
        let model = hit.model.as_deref();
        let limited = self.accounts.get(&account).is_some_and(|known| self.is_limited(known, model, step.now));
        if !active || !limited {
            return;
        }
        // Figures say when it ends, or that it is the model's own.
        let figures_tell = self.accounts.get(&account).is_some_and(|known| {
            let own = || model.is_some_and(|model| known.tells_apart(model));
            !known.read_since(at) && (hit.until.is_none() || hit.reach == Reach::Account && own())
        });
        if figures_tell {
            self.ask(step, &account, ReadCause::Stale);
        }
        self.search_for(&hit);
        self.episode.get_or_insert_default().waiting.insert(hit.session, hit.model);
    }

    /// Holds a rejected login against the account that the request used.
    pub(crate) fn login_rejected(&mut self, step: &mut Step, session: Option<&SessionId>, at: Timestamp) {
        if self.sessions.has_told(session, at) {
            return;
        }
        let at = at.min(step.now);
        let responsible = self.responsible(session, at);
        self.note_setback(session, at, responsible.as_ref(), true);
        if let Some(Responsible { account, .. }) = responsible
            && self.accounts.get(&account).is_some_and(|known| !known.login_newer_than(at))
        {
            self.needs_login(step, &account);
        }
    }

    /// Takes in what the bridge saw. It knows which credential the request carried, so that a rejected login, too, can be
    /// left: nobody else's rejection is taken for it.
    pub(crate) fn request_refused(&mut self, step: &mut Step, refused: Refused) {
        let Refused { session, provider, model, read_at, at, why } = refused;
        let at = at.min(step.now);
        self.polling.attempt_started(at);
        if let Some(session) = &session {
            self.sessions.told(session, at);
        }
        let responsible = self.activations.responsible(Some(read_at.min(at)), at);
        let responsible = responsible.filter(|responsible| self.accounts.contains_key(&responsible.account));
        match why {
            Refusal::Limit { until, cause, reach } => {
                let hit = LimitHit { session, provider, model, at, until, cause, reach };
                self.hold_against(step, hit, responsible);
            }
            Refusal::Trouble(trouble) => {
                self.blame(step.now, RequestFailure { session, provider, model, at, trouble }, responsible);
            }
            Refusal::Login => {
                self.note_setback(session.as_ref(), at, responsible.as_ref(), true);
                let Some(Responsible { account, active }) = responsible else { return };
                let Some(known) = self.accounts.get(&account) else { return };
                if known.login_newer_than(at) || known.token_expired(step.now) {
                    return;
                }
                self.needs_login(step, &account);
                if active {
                    self.episode.get_or_insert_default().waiting.insert(session, model);
                }
            }
        }
    }

    /// The bridge repeats what was refused: what is told of it from now on is about the account that is active now.
    pub(crate) fn request_repeated(&mut self, now: Timestamp, session: &SessionId) {
        self.sessions.repeated(session, now);
    }

    /// Remembers which account refused a session last: it may get stuck by it.
    pub(super) fn note_setback(
        &mut self,
        session: Option<&SessionId>,
        at: Timestamp,
        responsible: Option<&Responsible>,
        of_account: bool,
    ) {
        if let Some(session) = session {
            let account = responsible.map(|responsible| responsible.account.clone());
            self.sessions.set_back(session, Setback { at, account, of_account });
        }
    }

    /// The known account that a request used.
    pub(super) fn responsible(&self, session: Option<&SessionId>, report: Timestamp) -> Option<Responsible> {
        let attempt = session.and_then(|session| self.sessions.attempt_before(session, report));
        let responsible = self.activations.responsible(attempt, report)?;
        self.accounts.contains_key(&responsible.account).then_some(responsible)
    }
}

impl RecordedHits {
    fn is_new(&mut self, account: Option<&AccountId>, session: Option<&SessionId>, at: Timestamp) -> bool {
        let hit = (account.cloned(), session.cloned(), at.as_millis().div_euclid(1000));
        if self.0.contains(&hit) {
            return false;
        }
        self.0.push_back(hit);
        if self.0.len() > LIMIT {
            self.0.pop_front();
        }
        true
    }
}
