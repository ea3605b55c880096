//! Carries a switch from its decision to its outcome, and compares what OpenCode's store holds with what it should.
//! Never chooses an account.

use crate::step::Step;
use crate::{
    AccountId, Answer, Choice, Decision, Notice, RequestId, Switch, SwitchCause, SwitchId, SwitchOutcome, Timestamp,
    restart_needed,
};

use super::failover::{Failover, Purpose};
use super::{Course, Provider};

/// A switch that is being carried out.
#[derive(Clone, Debug)]
pub(super) struct Switching {
    pub(super) switch: Switch,
    errand: Errand,
    seen: Seen,
}

/// On whose behalf a switch is made, and so who learns of its outcome.
#[derive(Clone, Debug)]
pub(super) enum Errand {
    /// A failover: when the switch fails, it chooses again.
    Failover(Failover),
    /// A person who named the account.
    Named(RequestId),
    /// The switch before, which was overwritten.
    PutBack,
}

/// What OpenCode's store held while the switch was carried out.
#[derive(Clone, Debug, Default)]
struct Seen {
    /// The target was there.
    landed: bool,
    /// The last that was seen.
    last: Option<Option<AccountId>>,
}

impl Provider {
    /// Decides on a switch.
    pub(super) fn begin_switch(
        &mut self,
        step: &mut Step,
        to: AccountId,
        cause: SwitchCause,
        choice: Option<Choice>,
        errand: Errand,
    ) {
        let from = self.active().cloned();
        let switch = Switch { id: step.next_switch(), provider: self.id.clone(), from, to, cause, choice };
        step.decide(Decision::Switch(switch.clone()));
        self.course = Course::Switching(Switching { switch, errand, seen: Seen::default() });
    }

    /// Takes in the outcome of a switch; one that isn't under way means nothing.
    pub(crate) fn switch_finished(&mut self, step: &mut Step, id: SwitchId, outcome: SwitchOutcome) {
        match std::mem::take(&mut self.course) {
            Course::Switching(switching) if switching.switch.id == id => {
                self.stir();
                match outcome {
                    SwitchOutcome::Done => self.switch_done(step, switching),
                    SwitchOutcome::Failed { why } => self.switch_failed(step, switching, why),
                }
            }
            course @ (Course::Idle | Course::Choosing(_) | Course::Switching(_)) => self.course = course,
        }
    }

    /// Compares the account that OpenCode's store holds with the one that should be active.
    pub(crate) fn active_seen(&mut self, step: &mut Step, account: Option<AccountId>) {
        if let Course::Switching(Switching { switch, seen, .. }) = &mut self.course {
            seen.landed |= account.as_ref() == Some(&switch.to);
            seen.last = Some(account);
            return;
        }
        if account.as_ref() == self.activations.current() {
            return;
        }
        match (account, self.active().cloned()) {
            (Some(seen), Some(active)) if self.clobber.is_clobber(&seen, step.now) => self.put_back(step, seen, active),
            (account, _) => self.adopt(step, account),
        }
    }

    /// A person made this account active, or logged out.
    pub(super) fn adopt(&mut self, step: &mut Step, account: Option<AccountId>) {
        self.cancel_failover(step, "OpenCode's account was changed meanwhile");
        // What is found at the start was chosen by nobody knows whom.
        if self.activations.any() {
            self.stay.chosen(step.now);
        }
        self.activate(step.now, account);
        self.clobber.stand_down();
        match &mut self.episode {
            // Nobody could be used before, and the new account can't either: the first that can be is still waited for.
            Some(episode) if !episode.stranded.is_empty() => episode.waiting.clear(),
            Some(_) | None => self.episode = None,
        }
    }

    fn put_back(&mut self, step: &mut Step, clobbered_by: AccountId, to: AccountId) {
        self.interrupt_failover();
        self.agenda_of_active();
        self.activations.put_back(step.now, Some(clobbered_by));
        self.agenda_of_active();
        self.begin_switch(step, to, SwitchCause::PutBack, None, Errand::PutBack);
    }

    fn switch_done(&mut self, step: &mut Step, switching: Switching) {
        let Switching { switch, errand, seen } = switching;
        let to = self.accounts.contains_key(&switch.to).then(|| switch.to.clone());
        match switch.cause {
            SwitchCause::PutBack => {
                self.agenda_of_active();
                self.activations.put_back(step.now, to);
                self.agenda_of_active();
            }
            SwitchCause::LimitHit { .. }
            | SwitchCause::LoginRejected { .. }
            | SwitchCause::AccountBack
            | SwitchCause::Failing { .. }
            | SwitchCause::Overload { .. } => {
                self.flapping.switched(step.now, switch.to.clone());
                self.stay.begin(false, step.now);
                self.arrive(step, &switch, to);
            }
            SwitchCause::BeforeLimit | SwitchCause::Returned => {
                self.flapping.switched(step.now, switch.to.clone());
                self.stay.begin(true, step.now);
                self.arrive(step, &switch, to);
            }
            SwitchCause::Chosen | SwitchCause::NextAsked => {
                self.flapping.start_afresh();
                self.stay.chosen(step.now);
                self.arrive(step, &switch, to);
            }
        }
        for request in errand.requests() {
            step.answer(request, self.switched_answer(&switch));
        }
        if let Some(last) = seen.last.filter(|_| seen.landed) {
            self.active_seen(step, last);
        }
    }

    /// Another account, or none, is the active one.
    fn activate(&mut self, now: Timestamp, account: Option<AccountId>) {
        self.agenda_of_active();
        let before = self.active().cloned();
        if let Some(left) = before.and_then(|id| self.accounts.get_mut(&id)) {
            left.last_active = Some(now);
        }
        self.turns.begin(account.as_ref().and_then(|id| self.accounts.get(id)).map(|known| &known.account), now);
        self.activations.note(now, account);
        self.agenda_of_active();
    }

    /// Whether an account is the active one changes when it is read.
    fn agenda_of_active(&mut self) {
        if let Some(id) = self.active().cloned() {
            self.agenda.changed(&id);
        }
    }

    fn arrive(&mut self, step: &mut Step, switch: &Switch, to: Option<AccountId>) {
        self.activate(step.now, to);
        self.clobber.switched(switch.from.as_ref(), &switch.to, step.now);
        self.episode = None;
        let known = match &switch.choice {
            Some(choice) => choice.headroom,
            None => self.account(&switch.to).and_then(|account| account.usage.as_ref()?.headroom(step.now)),
        };
        step.notify(Notice::Switched {
            provider: self.id.clone(),
            from: switch.from.clone(),
            to: switch.to.clone(),
            cause: switch.cause.clone(),
            headroom: known,
            restart_needed: self.restart_needed(switch),
        });
    }

    fn switch_failed(&mut self, step: &mut Step, switching: Switching, why: String) {
        let Switching { switch, errand, seen } = switching;
        match errand {
            Errand::Failover(mut failover) => {
                failover.failed = Some((switch.to.clone(), why));
                failover.tried.insert(switch.to.clone());
                if let Some(episode) = &mut self.episode {
                    episode.tried(switch.to, step.now);
                }
                self.course = Course::Choosing(failover);
            }
            Errand::Named(request) => step.answer(request, Answer::Failed(why)),
            Errand::PutBack => step.notify(Notice::SwitchFailed { provider: self.id.clone(), to: switch.to, why }),
        }
        if let Some(last) = seen.last {
            self.active_seen(step, last);
        }
    }

    fn switched_answer(&self, switch: &Switch) -> Answer {
        let restart_needed = self.restart_needed(switch);
        Answer::Switched { from: switch.from.clone(), to: switch.to.clone(), restart_needed }
    }

    fn restart_needed(&self, switch: &Switch) -> bool {
        let kind = |id: &AccountId| self.account(id).map(|account| account.credential.kind);
        kind(&switch.to).is_some_and(|to| restart_needed(switch.from.as_ref().and_then(kind), to))
    }
}

impl Errand {
    fn requests(self) -> Vec<RequestId> {
        match self {
            Self::Failover(Failover { purpose: Purpose::Asked(requests), .. }) => requests,
            Self::Named(request) => vec![request],
            Self::Failover(_) | Self::PutBack => Vec::new(),
        }
    }
}
