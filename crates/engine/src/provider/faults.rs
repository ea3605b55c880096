//! Failures that nobody can explain, and answers: an account that only fails rests while another one can be used.
//! Never lets the last account rest on a mere suspicion.

use crate::step::{Rules, Step};
use crate::{AccountId, LimitCause, RequestFailure, SessionId, Timestamp, Trouble};

use super::Provider;
use super::activations::Responsible;
use super::judging::ANY;

/// Who has been suspected since the last answer.
#[derive(Clone, Debug, Default)]
pub(super) struct Faults {
    suspect: Option<AccountId>,
    /// Two accounts failed without an answer between them: it isn't the accounts.
    is_the_provider: bool,
}

impl Provider {
    /// Takes in a failure from the log, unless the bridge has told of it.
    pub(crate) fn request_failed(&mut self, step: &Step, failure: RequestFailure) {
        if !self.sessions.has_told(failure.session.as_ref(), failure.at) {
            let responsible = self.responsible(failure.session.as_ref(), failure.at.min(step.now));
            self.blame(step.now, failure, responsible);
        }
    }

    /// A request failed for a reason that is neither the request's own nor a limit.
    pub(super) fn blame(&mut self, now: Timestamp, failure: RequestFailure, responsible: Option<Responsible>) {
        let at = failure.at.min(now);
        self.note_setback(failure.session.as_ref(), at, responsible.as_ref(), false);
        match failure.trouble {
            Trouble::Overload => self.overloaded(failure, at),
            Trouble::Unexplained => {
                if let Some(Responsible { account, active: true }) = responsible
                    && let Some(known) = self.accounts.get_mut(&account)
                {
                    known.breaker.failed(failure.session, at);
                }
            }
        }
    }

    /// The attempt that a session sent last was answered.
    pub(crate) fn request_answered(&mut self, step: &mut Step, session: &SessionId, at: Timestamp) {
        let at = at.min(step.now);
        let Some(started) = self.sessions.attempt_before(session, at) else { return };
        self.outage.answered(started);
        self.faults = Faults::default();
        let Some(Responsible { account, .. }) = self.responsible(Some(session), at) else { return };
        let model = self.sessions.model(session).map(str::to_owned);
        let mut lasted = None;
        let sure = self.activations.sure_at(started);
        self.change(step, &account, |known, _| lasted = known.answered(model.as_deref(), started, sure));
        self.learnt = lasted.or(self.learnt);
    }

    /// Lets the active account rest that only fails, and one that rests for this go on when nobody else is left.
    pub(super) fn review_faults(&mut self, step: &mut Step, rules: Rules<'_>) {
        self.end_needless_rests(step, rules);
        let due = self.active_account().filter(|known| known.breaker.is_due() && known.usable(step.now));
        let Some(known) = due.filter(|_| rules.failover_on && !self.faults.is_the_provider) else { return };
        let (id, session) = (known.account.id.clone(), known.breaker.last_session());
        let model = session.as_ref().and_then(|session| self.sessions.model(session)).map(str::to_owned);
        let suspect = self.faults.suspect.clone().filter(|suspect| *suspect != id);
        if let Some(suspect) = suspect {
            self.faults.is_the_provider = true;
            self.stop_resting(step, &suspect);
        } else if self.judge(step.now, rules.policy, ANY, |_| true).winner.is_some() {
            self.faults.suspect = Some(id.clone());
            self.change(step, &id, |known, now| known.open_breaker(now));
            self.episode.get_or_insert_default().waiting.insert(session, model);
        }
    }

    fn end_needless_rests(&mut self, step: &mut Step, rules: Rules<'_>) {
        let resting = self.agenda.resting().filter_map(|id| self.accounts.get(id)).filter_map(|known| {
            let cooldown = known.account.cooldown.filter(|cooldown| cooldown.cause == LimitCause::Failing)?;
            Some((cooldown.until, known.account.id.clone()))
        });
        let Some((_, first)) = resting.min() else { return };
        let active_can = self.active_account().is_some_and(|known| known.usable(step.now) && !known.spent(step.now));
        if !active_can && self.judge(step.now, rules.policy, ANY, |_| true).winner.is_none() {
            self.stop_resting(step, &first);
        }
    }

    fn stop_resting(&mut self, step: &mut Step, id: &AccountId) {
        self.change(step, id, |known, _| {
            known.account.cooldown = known.account.cooldown.filter(|cooldown| cooldown.cause != LimitCause::Failing);
        });
    }
}
