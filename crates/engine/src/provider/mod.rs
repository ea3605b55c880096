//! All failover at one provider: its accounts, which one is active, and what is under way.
//! Never looks at another provider.
//!
//! Each input changes what is known, and nothing else. After it, [`Provider::go_on`] compares what is known with what
//! is under way and takes the next step: a hit that is held back needs no timer of its own, it is simply seen again.

mod activations;
mod agenda;
mod alerts;
mod breaker;
mod clobber;
mod continuations;
mod enquiries;
mod episode;
mod failover;
mod faults;
mod flapping;
mod hits;
mod judging;
mod known;
mod logins;
mod models;
mod outage;
mod outlook;
mod persons;
mod polling;
mod prospects;
mod readings;
mod rest;
mod sessions;
mod stay;
mod switching;
mod turns;
mod wishes;

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use crate::step::{Rules, Step};
use crate::{Account, AccountId, Choice, Policy, ProviderId, Record, SessionId, Timestamp};

use activations::Activations;
use agenda::{Agenda, Entry};
use clobber::ClobberGuard;
pub(crate) use continuations::Remedy;
use enquiries::Enquiries;
use episode::Episode;
use failover::Failover;
use faults::Faults;
use flapping::Flapping;
use hits::RecordedHits;
use judging::{ANY, Terms};
use known::{Known, is_news, news_of_models};
use outage::Outage;
use persons::Persons;
use polling::Polling;
use sessions::Sessions;
use stay::Stay;
use switching::Switching;
use turns::Turns;
pub(crate) use wishes::Wish;

/// The state of one provider.
#[derive(Clone, Debug)]
pub(crate) struct Provider {
    id: ProviderId,
    accounts: BTreeMap<AccountId, Known>,
    persons: Persons,
    agenda: Agenda,
    stirred: bool,
    wake: Option<Timestamp>,
    activations: Activations,
    sessions: Sessions,
    recorded: RecordedHits,
    enquiries: Enquiries,
    episode: Option<Episode>,
    course: Course,
    wishes: VecDeque<Wish>,
    flapping: Flapping,
    outage: Outage,
    faults: Faults,
    /// How long limits last of which nobody says when they end, as the last one showed.
    learnt: Option<Duration>,
    stay: Stay,
    turns: Turns,
    clobber: ClobberGuard,
    polling: Polling,
}

/// What is under way. One thing at a time: this is why no two switches ever run at once.
#[derive(Clone, Debug, Default)]
enum Course {
    #[default]
    Idle,
    Choosing(Failover),
    Switching(Switching),
}

impl Provider {
    pub(crate) fn new(id: ProviderId) -> Self {
        Self {
            id,
            accounts: BTreeMap::new(),
            persons: Persons::default(),
            agenda: Agenda::default(),
            stirred: false,
            wake: None,
            activations: Activations::default(),
            sessions: Sessions::default(),
            recorded: RecordedHits::default(),
            enquiries: Enquiries::default(),
            episode: None,
            course: Course::Idle,
            wishes: VecDeque::new(),
            flapping: Flapping::default(),
            outage: Outage::default(),
            faults: Faults::default(),
            learnt: None,
            stay: Stay::default(),
            turns: Turns::default(),
            clobber: ClobberGuard::default(),
            polling: Polling::default(),
        }
    }

    /// Takes the next step of whatever is due.
    pub(crate) fn go_on(&mut self, step: &mut Step, rules: Rules<'_>) {
        self.stirred = false;
        self.reschedule(step.now, rules);
        self.end_cooldowns(step);
        if !rules.failover_on {
            self.shelve_automatic_failover();
        }
        self.take_up_wishes(step, rules);
        self.review_search_between_turns(step.now, rules);
        self.review_faults(step, rules);
        self.review_episode(step, rules);
        self.review_outage(step, rules);
        self.review_stay(step, rules);
        self.decide_failover(step, rules);
        self.tell_of_windows(step, rules);
        self.reschedule(step.now, rules);
        self.read_what_is_due(step, rules);
        self.reschedule(step.now, rules);
        self.wake = self.wakes(step.now, rules).into_iter().filter(|wake| *wake > step.now).min();
    }

    /// Something happened here, or to all.
    pub(crate) fn stir(&mut self) {
        self.stirred = true;
    }

    /// Whether something happened here since [`go_on`](Self::go_on), or is under way, or its time has come.
    pub(crate) fn has_something_to_do(&self, now: Timestamp) -> bool {
        let under_way = self.episode.is_some() || !matches!(self.course, Course::Idle);
        self.stirred || under_way || self.wake.is_some_and(|wake| wake <= now)
    }

    /// When [`go_on`](Self::go_on) has something to do although nothing happened.
    pub(crate) fn wake_at(&self) -> Option<Timestamp> {
        self.wake
    }

    fn wakes(&self, now: Timestamp, rules: Rules<'_>) -> Vec<Timestamp> {
        let mut wakes: Vec<Timestamp> = self.enquiries.deadlines().collect();
        wakes.extend(self.outage.spent_until(now));
        wakes.extend(self.agenda.first_rest().map(|(end, _)| *end));
        wakes.extend(self.episode_wakes(now, rules));
        wakes.extend(self.failover_wakes());
        wakes.extend(self.stay_wakes(now, rules));
        wakes.extend(self.next_poll(rules));
        wakes
    }

    /// Its accounts, by label.
    pub(crate) fn accounts(&self) -> impl Iterator<Item = &Account> {
        self.by_label().into_iter().map(|known| &known.account)
    }

    pub(crate) fn account(&self, id: &AccountId) -> Option<&Account> {
        self.accounts.get(id).map(|known| &known.account)
    }

    /// The active account, when it is a known one.
    pub(crate) fn active(&self) -> Option<&AccountId> {
        self.activations.current().filter(|id| self.accounts.contains_key(id))
    }

    /// Which account would come next, judged by what is known.
    pub(crate) fn next(&self, now: Timestamp, policy: &Policy) -> Choice {
        self.judge(now, policy, ANY, |_| true)
    }

    /// Whether a session that asks for this model gets an answer, as far as anybody knows: from the active account, or
    /// from the one that comes after it.
    pub(crate) fn can_serve(&self, now: Timestamp, rules: Rules<'_>, model: Option<&str>) -> bool {
        let can = |known: &Known| known.usable(now) && !known.spent(now) && !self.is_limited(known, model, now);
        let active_can = self.active_account().is_some_and(can);
        let another_can = || self.judge(now, rules.policy, Terms { model, ..ANY }, |_| true).winner.is_some();
        active_can || (rules.failover_on && self.active().is_some() && another_can())
    }

    /// Whether another account than at a time is active by now, one that can be used for a model.
    pub(crate) fn moved_on(&self, now: Timestamp, model: Option<&str>, since: Timestamp) -> bool {
        let can = |known: &Known| known.usable(now) && !self.is_limited(known, model, now);
        !self.activations.same_since(since) && self.active_account().is_some_and(can)
    }

    /// Whether another account is looked for in the middle of a turn, or made active.
    pub(crate) fn is_moving_on(&self) -> bool {
        match &self.course {
            Course::Idle => false,
            Course::Choosing(failover) => !failover.is_between_turns(),
            Course::Switching(_) => true,
        }
    }

    /// The known account that was active at a time, where that can be told without doubt.
    pub(crate) fn active_at(&self, time: Timestamp) -> Option<&AccountId> {
        self.activations.at(time).filter(|id| self.accounts.contains_key(id))
    }

    /// Whether an answer about this account is still awaited.
    pub(crate) fn awaits(&self, id: &AccountId, now: Timestamp) -> bool {
        self.enquiries.open(id, now).is_some()
    }

    pub(crate) fn account_known(&mut self, step: &Step, mut account: Account) {
        if let Some(usage) = &mut account.usage {
            usage.read_at = usage.read_at.min(step.now);
        }
        self.stay.news();
        self.agenda.changed(&account.id);
        self.persons.learn(self.accounts.get(&account.id).map(|known| &known.account), Some(&account));
        match self.accounts.get_mut(&account.id) {
            Some(known) => known.learn(account),
            None => {
                self.accounts.insert(account.id.clone(), Known::new(account));
            }
        }
    }

    pub(crate) fn account_removed(&mut self, step: &mut Step, id: &AccountId) {
        let active = self.active() == Some(id);
        let removed = self.accounts.remove(id);
        self.persons.learn(removed.as_ref().map(|known| &known.account), None);
        self.agenda.changed(id);
        self.enquiries.drop(id);
        self.polling.forget(id);
        self.turns.forget(id);
        if active && !matches!(self.course, Course::Switching(_)) {
            self.adopt(step, None);
        }
    }

    pub(crate) fn enable(&mut self, step: &mut Step, id: &AccountId) {
        self.change(step, id, |known, _| known.enable());
    }

    pub(crate) fn disable(&mut self, step: &mut Step, id: &AccountId) {
        self.change(step, id, |known, _| known.account.enabled = false);
    }

    pub(crate) fn attempt_started(&mut self, step: &Step, session: SessionId, model: Option<String>, at: Timestamp) {
        self.polling.attempt_started(at.min(step.now));
        self.sessions.attempt_started(session, model, at.min(step.now));
    }

    pub(crate) fn session_idle(&mut self, id: &SessionId) {
        let Some(ended) = self.sessions.idle(id) else { return };
        self.stir();
        self.stay.news();
        if ended.was_running {
            self.turns.ended();
        }
        if let Some(episode) = self.episode.as_mut().filter(|_| ended.had_used_up) {
            episode.waiting.remove(&Some(id.clone()));
        }
    }

    /// The settings changed.
    pub(crate) fn policy_read(&mut self) {
        self.stay.news();
    }

    /// The clock was set back by so much: what seems to lie ahead was just now.
    pub(crate) fn clock_set_back(&mut self, now: Timestamp, back: Duration) {
        self.accounts.values_mut().for_each(|known| known.clock_set_back(now, back));
        self.all_changed();
        self.activations.clock_set_back(now);
        self.sessions.clock_set_back(now);
        self.enquiries.clock_set_back(now);
        self.flapping.clock_set_back(now);
        self.outage.clock_set_back(now, back);
        self.stay.clock_set_back(now);
        self.polling.clock_set_back(now);
        if let Some(episode) = &mut self.episode {
            episode.clock_set_back(now);
        }
        if let Course::Choosing(failover) = &mut self.course {
            failover.clock_set_back(now);
        }
    }

    /// Something about every account changed.
    pub(crate) fn all_changed(&mut self) {
        self.accounts.keys().for_each(|id| self.agenda.changed(id));
    }

    /// Changes an account and records what became of its standing.
    fn change(&mut self, step: &mut Step, id: &AccountId, change: impl FnOnce(&mut Known, Timestamp)) {
        let Some(known) = self.accounts.get_mut(id) else { return };
        let (before, models_before) = (known.account.standing(step.now), known.account.models.clone());
        self.stay.news();
        self.agenda.changed(id);
        change(known, step.now);
        let standing = known.account.standing(step.now);
        if is_news(before, standing) {
            step.record(Record::Standing { account: id.clone(), standing });
        }
        for (model, cooldown) in news_of_models(&models_before, &known.account.models) {
            step.record(Record::ModelStanding { account: id.clone(), model, cooldown });
        }
    }

    fn end_cooldowns(&mut self, step: &mut Step) {
        let now = step.now;
        while let Some((_, id)) = self.agenda.first_rest().filter(|(end, _)| *end <= now).cloned() {
            self.stay.news();
            self.agenda.changed(&id);
            self.agenda.set(&id, Entry { rest_ends: None, reading_due: self.agenda.reading_due(&id) });
            let Some(known) = self.accounts.get_mut(&id) else { continue };
            let account = &mut known.account;
            if account.cooldown.is_some_and(|cooldown| cooldown.until <= now) {
                account.cooldown = None;
                step.record(Record::Standing { account: id.clone(), standing: account.standing(now) });
            }
            for (model, _) in account.models.extract_if(.., |_, cooldown| cooldown.until <= now) {
                step.record(Record::ModelStanding { account: id.clone(), model, cooldown: None });
            }
        }
    }
}
