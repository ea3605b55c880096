//! A failover from its beginning to its switch: what it has to ask first, and when it decides.
//! Never weighs accounts itself: `choice` does.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::choice::Bar;
use crate::step::{Rules, Step};
use crate::{AccountId, Answer, Choice, LimitHit, Notice, ReadCause, RequestId, SwitchCause, Timestamp};

use super::judging::Terms;
use super::known::{FIGURES_HOLD, Known};
use super::stay::Departure;
use super::switching::Errand;
use super::{Course, Provider};

/// A choice that has one good account waits no longer than this for a better one.
const GOOD_ENOUGH_AFTER: Duration = Duration::from_millis(700);
/// No choice waits longer than this.
const DECIDE_AFTER: Duration = Duration::from_secs(10);

/// A search for the next account.
#[derive(Clone, Debug)]
pub(super) struct Failover {
    pub(super) purpose: Purpose,
    started: Timestamp,
    pub(super) tried: BTreeSet<AccountId>,
    /// The last switch that failed, and why.
    pub(super) failed: Option<(AccountId, String)>,
    /// Accounts whose token couldn't be renewed: their figures say nothing.
    pub(super) out_of_reach: BTreeSet<AccountId>,
    /// The model that an account is needed for, when known.
    model: Option<String>,
}

/// What a failover is for.
#[derive(Clone, Debug)]
pub(super) enum Purpose {
    /// The active account can't be used.
    Automatic(SwitchCause),
    /// People asked for the next account.
    Asked(Vec<RequestId>),
    /// The active account can be used still, and there may be a better one.
    BetweenTurns(Departure),
}

impl Failover {
    /// The model that an account is needed for, when known.
    pub(super) fn model(&self) -> Option<&str> {
        self.model.as_deref()
    }

    /// Whether the active account can be used still.
    pub(super) fn is_between_turns(&self) -> bool {
        matches!(self.purpose, Purpose::BetweenTurns(_))
    }

    fn terms(&self) -> Terms<'_> {
        let bar = match &self.purpose {
            Purpose::Automatic(_) | Purpose::Asked(_) => Bar::Usable,
            Purpose::BetweenTurns(departure) => departure.bar,
        };
        Terms { not_again: &self.tried, model: self.model.as_deref(), bar }
    }

    /// The clock was set back: it began just now.
    pub(super) fn clock_set_back(&mut self, now: Timestamp) {
        self.started = self.started.min(now);
    }
}

impl Provider {
    /// Begins to choose, and asks about every account that might come next.
    pub(super) fn begin_failover(
        &mut self,
        step: &mut Step,
        rules: Rules<'_>,
        purpose: Purpose,
        tried: BTreeSet<AccountId>,
        model: Option<String>,
    ) {
        let out_of_reach = BTreeSet::new();
        let failover = Failover { purpose, started: step.now, tried, failed: None, out_of_reach, model };
        let choice = self.judge(step.now, rules.policy, failover.terms(), |_| true);
        let others = choice.passed_over.iter().filter(|(_, why)| why.could_be_used() || why.rests_on_figures());
        let might_do: BTreeSet<&AccountId> = choice.winner.iter().chain(others.map(|(id, _)| id)).collect();
        let candidates = might_do.into_iter().filter(|id| {
            self.accounts.get(*id).is_some_and(|known| {
                let holds = known.read_since(step.now - FIGURES_HOLD);
                !(holds && (known.spent(step.now) || !known.must_refresh(step.now)))
            })
        });
        let candidates: Vec<AccountId> = candidates.cloned().collect();
        self.course = Course::Choosing(failover);
        for id in &candidates {
            self.ask(step, id, ReadCause::Candidate);
        }
    }

    /// Decides a failover, as soon as enough is known.
    pub(super) fn decide_failover(&mut self, step: &mut Step, rules: Rules<'_>) {
        let Course::Choosing(failover) = &self.course else { return };
        let Some(choice) = self.ripe_choice(failover, step.now, rules) else { return };
        let Course::Choosing(failover) = std::mem::take(&mut self.course) else { return };
        let Some(winner) = choice.winner.clone() else {
            self.give_up_failover(step, rules, failover, choice);
            return;
        };
        let cause = match &failover.purpose {
            Purpose::Automatic(cause) => cause.clone(),
            Purpose::Asked(_) => SwitchCause::NextAsked,
            Purpose::BetweenTurns(departure) => departure.cause.clone(),
        };
        if let (Some(Some(session)), None) = (cause.session(), &failover.failed) {
            self.sessions.failed_over(session, step.now);
        }
        self.begin_switch(step, winner, cause, Some(choice), Errand::Failover(failover));
    }

    /// Puts an automatic failover that is still choosing back to where it came from.
    pub(super) fn shelve_automatic_failover(&mut self) {
        if let Course::Choosing(Failover { purpose: Purpose::Automatic(cause), model, .. }) = &self.course {
            if let (
                SwitchCause::LimitHit { session }
                | SwitchCause::LoginRejected { session }
                | SwitchCause::Failing { session },
                Some(episode),
            ) = (cause, &mut self.episode)
            {
                episode.waiting.insert(session.clone(), model.clone());
            }
            self.course = Course::Idle;
        }
    }

    /// A session that an account is being chosen for asks for another model by now, or for one that is known only now.
    pub(super) fn search_for(&mut self, hit: &LimitHit) {
        if let Course::Choosing(Failover { purpose: Purpose::Automatic(cause), model, .. }) = &mut self.course
            && matches!(cause, SwitchCause::LimitHit { session } if *session == hit.session)
            && hit.model.is_some()
        {
            model.clone_from(&hit.model);
        }
    }

    /// Makes way for a person: nothing that is still choosing by itself goes on.
    pub(super) fn make_way(&mut self) {
        self.shelve_automatic_failover();
        if matches!(&self.course, Course::Choosing(Failover { purpose: Purpose::BetweenTurns(_), .. })) {
            self.course = Course::Idle;
        }
    }

    /// When a failover that is choosing must be looked at again although nothing happens.
    pub(super) fn failover_wakes(&self) -> Vec<Timestamp> {
        match &self.course {
            Course::Choosing(failover) => vec![failover.started + GOOD_ENOUGH_AFTER, failover.started + DECIDE_AFTER],
            Course::Idle | Course::Switching(_) => Vec::new(),
        }
    }

    /// The choice, once it is time for one: when all that was asked is answered, when a good account is known and
    /// little time has passed, or when much has.
    fn ripe_choice(&self, failover: &Failover, now: Timestamp, rules: Rules<'_>) -> Option<Choice> {
        let awaited = |known: &Known| self.awaits(&known.account.id, now);
        let hold_since = failover.started - FIGURES_HOLD;
        let holds = |known: &Known| {
            known.read_since(hold_since) && !awaited(known) && !failover.out_of_reach.contains(&known.account.id)
        };
        let choice = self.judge(now, rules.policy, failover.terms(), holds);
        let good = choice
            .winner
            .as_ref()
            .and_then(|id| self.accounts.get(id))
            .is_some_and(|winner| holds(winner) && choice.headroom.is_some());
        let out = |id: &AccountId| self.active() == Some(id) || failover.tried.contains(id);
        // Without a winner, the active account's own figures are worth waiting for: they say when it is back.
        let everyone_counts = choice.winner.is_none();
        let counts = |known: &Known| everyone_counts || (known.usable(now) && !out(&known.account.id));
        let all_answered = !self.accounts.values().any(|known| awaited(known) && counts(known));
        let waited = now.since(failover.started);
        let ripe = all_answered || (good && waited >= GOOD_ENOUGH_AFTER) || waited >= DECIDE_AFTER;
        ripe.then_some(choice)
    }

    fn give_up_failover(&mut self, step: &mut Step, rules: Rules<'_>, failover: Failover, choice: Choice) {
        match (failover.purpose, failover.failed) {
            (Purpose::Asked(requests), failed) => {
                let answer = match failed {
                    Some((_, why)) => Answer::Failed(why),
                    None => Answer::NoUsableAccount(choice),
                };
                for request in requests {
                    step.answer(request, answer.clone());
                }
            }
            (Purpose::Automatic(SwitchCause::Overload { .. }), _) => {}
            (Purpose::Automatic(_), Some((to, why))) => {
                let Some(episode) = &mut self.episode else { return };
                episode.strand(failover.model);
                if !std::mem::replace(&mut episode.told.switch_failed, true) {
                    step.notify(Notice::SwitchFailed { provider: self.id.clone(), to, why });
                }
            }
            (Purpose::Automatic(_), None) => self.strand(step, rules.policy, failover.model),
            (Purpose::BetweenTurns(_), failed) => self.stay_for_now(step.now, failed.is_some()),
        }
    }
}
