//! What people ask of one provider: this account, or the next one. A wish waits for a switch that is being carried
//! out, and for nothing else.

use std::collections::BTreeSet;

use crate::step::{Rules, Step};
use crate::{AccountId, Answer, RequestId, SwitchCause};

use super::failover::Purpose;
use super::switching::Errand;
use super::{Course, Provider};

/// What a person wants to be active.
#[derive(Clone, Debug)]
pub(crate) enum Wish {
    Account(RequestId, AccountId),
    Next(RequestId),
}

impl Provider {
    pub(crate) fn wish(&mut self, wish: Wish) {
        self.wishes.push_back(wish);
    }

    pub(super) fn take_up_wishes(&mut self, step: &mut Step, rules: Rules<'_>) {
        while !matches!(self.course, Course::Switching(_))
            && let Some(wish) = self.wishes.pop_front()
        {
            match wish {
                Wish::Account(request, account) => self.switch_to_named(step, request, account),
                Wish::Next(request) => self.fail_over_by_hand(step, rules, request),
            }
        }
    }

    /// Puts a failover aside whose switch can't be decided on now, so that it starts again later.
    pub(super) fn interrupt_failover(&mut self) {
        self.make_way();
        if let Course::Choosing(failover) = std::mem::take(&mut self.course)
            && let Purpose::Asked(requests) = failover.purpose
        {
            for request in requests.into_iter().rev() {
                self.wishes.push_front(Wish::Next(request));
            }
        }
    }

    /// Ends a failover that is still choosing, because somebody chose otherwise.
    pub(super) fn cancel_failover(&mut self, step: &mut Step, why: &str) {
        self.make_way();
        if let Course::Choosing(failover) = &mut self.course {
            if let Purpose::Asked(requests) = &failover.purpose {
                for request in requests {
                    step.answer(*request, Answer::Failed(why.to_owned()));
                }
            }
            self.course = Course::Idle;
        }
    }

    fn switch_to_named(&mut self, step: &mut Step, request: RequestId, account: AccountId) {
        if !self.accounts.contains_key(&account) {
            step.answer(request, Answer::Failed("there is no such account any more".to_owned()));
            return;
        }
        self.cancel_failover(step, "another account was chosen meanwhile");
        if self.active() == Some(&account) {
            // Whoever chooses the limited account wants to stay with it, until it is hit again.
            self.episode = None;
            self.stay.chosen(step.now);
            step.answer(request, Answer::Done);
        } else {
            self.begin_switch(step, account, SwitchCause::Chosen, None, Errand::Named(request));
        }
    }

    fn fail_over_by_hand(&mut self, step: &mut Step, rules: Rules<'_>, request: RequestId) {
        self.make_way();
        if let Course::Choosing(failover) = &mut self.course
            && let Purpose::Asked(requests) = &mut failover.purpose
        {
            requests.push(request);
            return;
        }
        self.begin_failover(step, rules, Purpose::Asked(vec![request]), BTreeSet::new(), None);
    }
}
