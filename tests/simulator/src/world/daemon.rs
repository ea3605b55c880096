//! The daemon around whoever decides: hands over what happened, carries decisions out as slowly and as unreliably as
//! the real one, and remembers across restarts what the ledger remembers.

use std::collections::BTreeMap;
use std::time::Duration;

use engine::{
    AccountId, Ask, Decision, Input, Notice, PollMemory, Record, RefreshOutcome, RequestId, Switch, SwitchCause,
    SwitchOutcome, Timestamp, UsageOutcome,
};

use super::World;
use super::queue::Event;
use crate::pilot::Pilot;
use crate::spans::{days, hours, minutes, secs};
use crate::witness::is_automatic;

/// A daemon that is awake looks at the time at least this often.
const LOOK: Duration = minutes(1);

/// Whoever decides, and what is kept of it.
#[derive(Debug)]
pub(super) struct Daemon {
    pilot: Pilot,
    polls: BTreeMap<AccountId, PollMemory>,
    paused: bool,
    requests: u64,
    wake_at: Option<Timestamp>,
}

impl Daemon {
    pub(super) fn new(pilot: Pilot) -> Self {
        Self { pilot, polls: BTreeMap::new(), paused: false, requests: 0, wake_at: None }
    }

    pub(super) fn engine(&self) -> Option<&engine::Engine> {
        self.pilot.engine()
    }

    pub(super) fn memory(&self) -> usize {
        self.pilot.memory()
    }
}

impl World {
    /// Tells a fresh daemon what it must know.
    pub(super) fn start_daemon(&mut self) {
        self.daemon.wake_at = None;
        self.tell(Input::PolicyRead(self.policy.clone()));
        if self.daemon.paused {
            self.tell(Input::Asked { request: RequestId(0), ask: Ask::Pause(engine::Pause::default()) });
        }
        for service in 0..self.services.len() {
            self.introduce_all(service);
        }
        for (account, memory) in self.daemon.polls.clone() {
            self.tell(Input::PollKept { account, memory });
        }
        for service in 0..self.services.len() {
            self.see_active(service);
        }
        self.tell(Input::PollingBegins);
    }

    /// The daemon ends and starts again: standings and readings are in its ledger, the rest is forgotten.
    pub(super) fn restart_daemon(&mut self) {
        self.note(|| "the daemon is started again".to_owned());
        let before = self.daemon.pilot.restart();
        self.witness.restarted();
        self.services.iter().enumerate().for_each(|(service, _)| self.witness.disturbed(service, self.now));
        self.daemon.wake_at = None;
        self.tell(Input::PolicyRead(self.policy.clone()));
        before.into_iter().for_each(|account| self.tell(Input::AccountKnown(account)));
        self.start_daemon();
    }

    pub(super) fn introduce(&mut self, service: usize, account: &AccountId) {
        let provider = self.services[service].id.clone();
        let facts = self.services[service].login(account).map(|login| login.facts(&provider));
        if let Some(facts) = facts {
            self.tell(Input::AccountKnown(facts));
        }
    }

    fn introduce_all(&mut self, service: usize) {
        let known = self.services[service].logins.iter().filter(|login| !login.unknown);
        let known: Vec<AccountId> = known.map(|login| login.id.clone()).collect();
        known.iter().for_each(|account| self.introduce(service, account));
    }

    /// The daemon reads OpenCode's store.
    pub(super) fn see_active(&mut self, service: usize) {
        let Some(at) = self.services.get(service) else { return };
        let known = at.active_login().filter(|login| !login.unknown).map(|login| login.id.clone());
        let provider = at.id.clone();
        self.tell(Input::ActiveSeen { provider, account: known });
    }

    pub(super) fn ask(&mut self, ask: Ask) {
        match ask {
            Ask::Pause(_) => self.daemon.paused = true,
            Ask::Resume => self.daemon.paused = false,
            Ask::Switch(_) | Ask::Next(_) | Ask::Enable(_) | Ask::Disable(_) | Ask::ReadUsage(_) | Ask::Watch => {}
        }
        self.daemon.requests += 1;
        self.tell(Input::Asked { request: RequestId(self.daemon.requests), ask });
    }

    /// Whether Baton says that it holds switching for pointless.
    pub(super) fn is_held_back(&self, service: usize) -> bool {
        let Some(engine) = self.daemon.pilot.engine() else { return false };
        engine.held_back(self.clock(), &self.services[service].id).is_some()
    }

    pub(super) fn paused(&self) -> bool {
        self.daemon.paused
    }

    pub(super) fn wake(&mut self) {
        if self.daemon.wake_at.is_some_and(|wake| wake <= self.now) {
            self.daemon.wake_at = None;
            self.tell(Input::TimePassed);
        }
    }

    /// Hands an input to whoever decides, and begins to carry out what is decided.
    pub(super) fn tell(&mut self, input: Input) {
        let clock = self.clock();
        if !matches!(input, Input::TimePassed) {
            self.note(|| format!("in:  {input:?}"));
        }
        if let Input::LimitHit(hit) = &input
            && let Some(service) = self.service_of(&hit.provider)
        {
            let of = Timestamp::from_millis(hit.at.as_millis() - self.clock_ahead);
            self.witness.heard(service, self.now, of);
        }
        let decisions = self.daemon.pilot.step(clock, input);
        for decision in decisions {
            self.note(|| format!("out: {decision:?}"));
            self.carry_out(decision);
        }
        if let Some(engine) = self.daemon.pilot.engine() {
            self.witness.look_at(engine, self.now, clock);
        }
        self.plan_wake(clock);
    }

    fn plan_wake(&mut self, clock: Timestamp) {
        let wake = self.daemon.pilot.wake_at().map(|wake| wake.since(clock)).unwrap_or(LOOK).min(LOOK);
        let at = self.now + wake.max(Duration::from_millis(1));
        if self.daemon.wake_at.is_none_or(|planned| planned > at || planned <= self.now) {
            self.daemon.wake_at = Some(at);
            self.queue.add(at, Event::Wake);
        }
    }

    fn carry_out(&mut self, decision: Decision) {
        match decision {
            Decision::Switch(switch) => self.switch_decided(switch),
            Decision::ReadUsage { account, .. } => {
                let slow = self.faults.happens(0.02);
                let takes = self.faults.span(Duration::from_millis(150), if slow { secs(20) } else { secs(3) });
                self.queue.add(self.now + takes, Event::Read { account });
            }
            Decision::RefreshToken { account } => {
                let takes = self.faults.span(Duration::from_millis(200), secs(4));
                self.queue.add(self.now + takes, Event::Refreshed { account });
            }
            Decision::Record(Record::Polled { account, memory }) => {
                self.daemon.polls.insert(account, memory);
            }
            Decision::Notify(Notice::NeedsLogin(account)) => {
                let Some(service) = self.home(&account) else { return };
                let later = self.now + self.person.span(minutes(5), days(1));
                self.queue.add(later, Event::Mended { service, account });
            }
            Decision::ResumeSession(_) | Decision::Notify(_) | Decision::Record(_) | Decision::Answer { .. } => {}
        }
    }

    fn switch_decided(&mut self, switch: Switch) {
        let Some(service) = self.service_of(&switch.provider) else { return };
        let allowed = self.services[service].login(&switch.to).is_some_and(|login| login.may_be_chosen());
        if is_automatic(&switch.cause) && !allowed {
            self.witness.accuse(self.now, format!("{} was chosen, but nobody may choose it", switch.to));
        }
        if let Some(engine) = self.daemon.pilot.engine() {
            let serves = self.services[service].active_login().is_some_and(|login| self.serves_all(service, login));
            self.witness.switch_decided(service, &switch, engine, serves, self.clock(), self.now);
        }
        let stuck = self.faults.happens(0.01);
        let takes = self.faults.span(Duration::from_millis(20), if stuck { secs(10) } else { secs(1) });
        let fails = self.faults.happens(self.mishaps.switch_fails);
        self.queue.add(self.now + takes, Event::SwitchLands { service, switch, fails });
    }

    pub(super) fn switch_lands(&mut self, service: usize, switch: &Switch, fails: bool) {
        let there = self.services[service].login(&switch.to).is_some_and(|login| !login.unknown);
        let finished = |outcome| Input::SwitchFinished { switch: switch.id, outcome };
        self.witness.switch_over(service);
        if fails || !there {
            self.witness.disturbed(service, self.now);
            return self.tell(finished(SwitchOutcome::Failed { why: "the disk is full".to_owned() }));
        }
        self.observe(service);
        let from = self.services[service].active.replace(switch.to.clone());
        self.witness.landed(service, switch, self.now);
        self.tally.switched(service, &switch.cause);
        self.observe(service);
        self.see_active(service);
        let told = self.now + self.faults.span(Duration::from_millis(1), Duration::from_millis(50));
        self.queue.add(told, Event::Told(finished(SwitchOutcome::Done)));
        let from = from.filter(|from| *from != switch.to && switch.cause != SwitchCause::PutBack);
        if let Some(by) = from
            && self.faults.happens(self.mishaps.clobbered)
        {
            let later = self.now + self.faults.span(Duration::from_millis(100), secs(8));
            self.queue.add(later, Event::Clobber { service, by });
        }
    }

    pub(super) fn clobber(&mut self, service: usize, by: AccountId) {
        self.note(|| format!("{by} is written over the switch"));
        self.witness.disturbed(service, self.now);
        self.services[service].active = Some(by);
        self.see_active(service);
    }

    pub(super) fn usage_read(&mut self, account: AccountId) {
        let Some(service) = self.home(&account) else { return };
        let (now, clock) = (self.now, self.clock());
        let outcome = self.services[service].read(&account, now, clock, &mut self.faults);
        if matches!(outcome, UsageOutcome::Unknown | UsageOutcome::RateLimited { .. }) {
            self.tally.readings_failed += 1;
        }
        self.tally.readings += 1;
        self.tell(Input::UsageRead { account, outcome });
    }

    pub(super) fn refreshed(&mut self, account: AccountId) {
        let Some(service) = self.home(&account) else { return };
        let fails = self.faults.happens(self.mishaps.refresh_fails) || self.services[service].is_out(self.now);
        let lives = self.faults.span(hours(1), days(10));
        let ends = self.clock() + lives;
        let Some(login) = self.services[service].login_mut(&account) else { return };
        let outcome = match (fails, login.accepted) {
            (true, _) => RefreshOutcome::Failed,
            (false, false) => RefreshOutcome::LoginRejected,
            (false, true) => {
                login.token_ends = Some(ends);
                RefreshOutcome::Refreshed { expires_at: login.token_ends }
            }
        };
        self.tell(Input::TokenRefreshed { account, outcome });
    }

    /// OpenCode renews the token of the account in use when it has ended; the daemon sees the new one.
    pub(super) fn renew_active_token(&mut self, service: usize) {
        let clock = self.clock();
        let active = self.services[service].active_login();
        let ended = active.filter(|login| login.accepted && login.token_ends.is_some_and(|ends| ends <= clock));
        let Some(account) = ended.map(|login| login.id.clone()) else { return };
        let lives = self.faults.span(hours(1), days(10));
        if let Some(login) = self.services[service].login_mut(&account) {
            login.token_ends = Some(clock + lives);
            if !login.unknown {
                self.introduce(service, &account);
            }
        }
    }

    pub(super) fn service_of(&self, provider: &engine::ProviderId) -> Option<usize> {
        self.services.iter().position(|service| service.id == *provider)
    }

    pub(super) fn home(&self, account: &AccountId) -> Option<usize> {
        self.services.iter().position(|service| service.login(account).is_some())
    }
}
