//! The engine: hands each input to the provider that it is about, and lets every provider go on.
//! Knows no rule of failover itself.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::continuations::Continuations;
use crate::polling::{ABSENCE, WATCHED_FOR};
use crate::provider::Provider;
use crate::requests::AskedReadings;
use crate::step::{Rules, Step};
use crate::{
    Account, AccountId, Choice, Decision, HeldBack, Input, Pace, Pause, Policy, ProviderId, SwitchId, SwitchOutcome,
    Timestamp, WindowId,
};

/// The state of all failover: what is known of each account and what is under way.
#[derive(Clone, Debug, Default)]
pub struct Engine {
    pub(crate) policy: Policy,
    pub(crate) pause: Option<Pause>,
    pub(crate) providers: BTreeMap<ProviderId, Provider>,
    /// The provider of each account.
    homes: BTreeMap<AccountId, ProviderId>,
    pub(crate) asked_readings: Vec<AskedReadings>,
    pub(crate) continuations: Continuations,
    /// When somebody last looked at the figures.
    pub(crate) watched_at: Option<Timestamp>,
    polls: bool,
    last_switch: SwitchId,
    now: Timestamp,
}

impl Engine {
    /// Takes in what happened at `now` and says what must be done, in this order.
    pub fn step(&mut self, now: Timestamp, input: Input) -> Vec<Decision> {
        self.follow_clock(now);
        let mut step = Step { now, decisions: Vec::new(), last_switch: self.last_switch };
        self.take_in(&mut step, input);
        self.end_pause(&mut step);
        let watched = self.watched(now);
        let Self { policy, pause, providers, polls, .. } = self;
        let rules = Rules { policy, failover_on: policy.enabled && pause.is_none(), polls: *polls, watched };
        for (id, provider) in providers.iter_mut().filter(|(_, provider)| provider.has_something_to_do(now)) {
            provider.go_on(&mut step, rules.at(id));
        }
        self.carry_sessions_on(&mut step);
        self.answer_asked_readings(&mut step);
        self.name_lanes(now, &mut step.decisions);
        self.last_switch = step.last_switch;
        self.now = now;
        step.decisions
    }

    /// When [`Input::TimePassed`] is due next; `None` while nothing waits for time.
    pub fn wake_at(&self) -> Option<Timestamp> {
        let of_providers = self.providers.values().filter_map(Provider::wake_at);
        let of_requests = self.asked_readings.iter().map(|asked| asked.answer_at);
        let of_pause = self.pause.and_then(|pause| pause.until);
        of_providers.chain(of_requests).chain(of_pause).filter(|wake| *wake > self.now).min()
    }

    /// Every account, by provider and label.
    pub fn accounts(&self) -> impl Iterator<Item = &Account> {
        self.providers.values().flat_map(Provider::accounts)
    }

    /// One account.
    pub fn account(&self, id: &AccountId) -> Option<&Account> {
        self.home_of(id)?.account(id)
    }

    /// The account that OpenCode uses at a provider.
    pub fn active(&self, provider: &ProviderId) -> Option<&AccountId> {
        self.providers.get(provider)?.active()
    }

    /// Whether automatic failover is on: neither paused by the person nor switched off in the settings.
    pub fn failover_on(&self) -> bool {
        self.policy.enabled && self.pause.is_none()
    }

    /// The person's pause of automatic failover, while there is one.
    pub fn pause(&self) -> Option<Pause> {
        self.pause
    }

    /// Why nothing is done about a limit of the active account, although another account might do.
    pub fn held_back(&self, now: Timestamp, provider: &ProviderId) -> Option<HeldBack> {
        self.providers.get(provider)?.held_back(now, self.rules(now).at(provider))
    }

    /// Whether an account's figures are so old that a reading must have been missed; false where there are none.
    pub fn usage_stale(&self, now: Timestamp, account: &AccountId) -> bool {
        self.home_of(account).is_some_and(|provider| provider.usage_stale(now, account, self.watched(now)))
    }

    /// How fast a window of an account is used up; `None` while there is too little to say. Only for the active account
    /// there is a forecast: nobody's work draws on the others.
    pub fn pace(&self, now: Timestamp, account: &AccountId, window: &WindowId) -> Option<Pace> {
        self.home_of(account)?.pace(now, account, window)
    }

    /// Which account would come next at a provider, judged by what is known now.
    pub fn next(&self, now: Timestamp, provider: &ProviderId) -> Choice {
        self.providers.get(provider).map(|provider| provider.next(now, &self.policy)).unwrap_or_default()
    }

    fn home_of(&self, account: &AccountId) -> Option<&Provider> {
        self.providers.get(self.homes.get(account)?)
    }

    pub(crate) fn home(&mut self, account: &AccountId) -> Option<&mut Provider> {
        let provider = self.providers.get_mut(self.homes.get(account)?)?;
        provider.stir();
        Some(provider)
    }

    /// Looks at every account in the next step, as if all had changed.
    #[cfg(test)]
    pub(crate) fn look_at_everything(&mut self) {
        self.providers.values_mut().for_each(Provider::all_changed);
        self.stir_all();
    }

    /// Something changed that every provider has to look at.
    pub(crate) fn stir_all(&mut self) {
        self.providers.values_mut().for_each(Provider::stir);
    }

    pub(crate) fn rules(&self, now: Timestamp) -> Rules<'_> {
        let watched = self.watched(now);
        Rules { policy: &self.policy, failover_on: self.failover_on(), polls: self.polls, watched }
    }

    fn watched(&self, now: Timestamp) -> bool {
        self.watched_at.is_some_and(|at| now.since(at) < WATCHED_FOR)
    }

    /// Nothing that is remembered may lie ahead of a clock that was set back, and nothing that fell due during a long
    /// absence is done all at once.
    fn follow_clock(&mut self, now: Timestamp) {
        let back = self.now.since(now);
        if back > Duration::ZERO {
            self.watched_at = self.watched_at.min(Some(now));
            self.asked_readings.iter_mut().for_each(|asked| asked.set_back(back));
            self.continuations.clock_set_back(now);
            self.providers.values_mut().for_each(|provider| provider.clock_set_back(now, back));
        }
        if back > Duration::ZERO {
            self.stir_all();
        }
        if back > ABSENCE || now.since(self.now) > ABSENCE {
            self.providers.values_mut().for_each(|provider| provider.settle(now));
        }
    }

    fn begin_polling(&mut self, now: Timestamp) {
        self.polls = true;
        self.stir_all();
        self.providers.values_mut().for_each(|provider| provider.settle(now));
    }

    fn take_in(&mut self, step: &mut Step, input: Input) {
        match input {
            Input::PolicyRead(policy) => {
                self.policy = policy;
                self.providers.values_mut().for_each(Provider::policy_read);
                self.stir_all();
            }
            Input::AccountKnown(account) => {
                self.homes.insert(account.id.clone(), account.provider.clone());
                self.provider(&account.provider).account_known(step, account);
            }
            Input::LoginSaved(id) => self.with_home(&id, |provider| provider.login_saved(step, &id)),
            Input::LoginRenewed(id) => self.with_home(&id, |provider| provider.login_renewed(step, &id)),
            Input::AccountRemoved(id) => {
                self.with_home(&id, |provider| provider.account_removed(step, &id));
                self.homes.remove(&id);
            }
            Input::ActiveSeen { provider, account } => self.provider(&provider).active_seen(step, account),
            Input::AttemptStarted { session, provider, model, at } => {
                self.provider(&provider).attempt_started(step, session, model, at);
            }
            Input::RequestAnswered { session, provider, at } => {
                self.provider(&provider).request_answered(step, &session, at);
            }
            Input::LimitHit(hit) => self.provider(&hit.provider).limit_hit(step, hit),
            Input::RequestFailed(failure) => self.provider(&failure.provider).request_failed(step, failure),
            Input::LoginRejected { session, provider, at } => {
                self.provider(&provider).login_rejected(step, session.as_ref(), at);
            }
            Input::RequestRefused(refused) => self.provider(&refused.provider).request_refused(step, refused),
            Input::RequestRepeated { session, provider } => {
                self.provider(&provider).request_repeated(step.now, &session);
            }
            Input::SessionIdle(session) => {
                self.providers.values_mut().for_each(|provider| provider.session_idle(&session));
            }
            Input::SessionStuck(stuck) => self.continuations.stuck(stuck, step.now),
            Input::SessionMoved { session, how } => self.continuations.moved(&session, how),
            Input::SessionResumed { session, outcome } => self.continuations.resumed(step, &session, outcome),
            Input::UsageRead { account, outcome } => {
                self.with_home(&account, |provider| provider.usage_read(step, &account, outcome));
            }
            Input::TokenRefreshed { account, outcome } => {
                self.with_home(&account, |provider| provider.token_refreshed(step, &account, outcome));
            }
            Input::SwitchFinished { switch, outcome } => self.switch_finished(step, switch, &outcome),
            Input::Asked { request, ask } => self.asked(step, request, ask),
            Input::PollKept { account, memory } => {
                self.with_home(&account, |provider| provider.poll_kept(step, &account, memory));
            }
            Input::SamplesKept { account, samples } => {
                self.with_home(&account, |provider| provider.samples_kept(step, &account, &samples));
            }
            Input::AlertKept { account, memory } => {
                self.with_home(&account, |provider| provider.alert_kept(step, &account, memory));
            }
            Input::PollingBegins => self.begin_polling(step.now),
            Input::TimePassed => {}
        }
    }

    fn switch_finished(&mut self, step: &mut Step, switch: SwitchId, outcome: &SwitchOutcome) {
        for provider in self.providers.values_mut() {
            provider.switch_finished(step, switch, outcome.clone());
        }
    }

    pub(crate) fn provider(&mut self, id: &ProviderId) -> &mut Provider {
        let provider = self.providers.entry(id.clone()).or_insert_with(|| Provider::new(id.clone()));
        provider.stir();
        provider
    }

    /// Does something at the provider of an account; nothing, when nobody knows the account.
    fn with_home(&mut self, account: &AccountId, act: impl FnOnce(&mut Provider)) {
        if let Some(provider) = self.home(account) {
            act(provider);
        }
    }
}
