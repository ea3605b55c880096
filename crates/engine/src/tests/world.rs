//! A made-up world to tell stories in: accounts at one provider, a clock, and decisions as plain sentences.

use std::collections::BTreeMap;
use std::time::Duration;

use super::sentences::{record_sentence, sentence, standing_words};
use crate::*;

pub(super) const PROVIDER: &str = "openai";
/// What sessions ask for unless a story says otherwise.
pub(super) const MODEL: &str = "gpt";
/// The stories begin here, so that times before it exist.
const START: i64 = 1_000_000;

pub(super) struct World {
    pub(super) engine: Engine,
    pub(super) now: Timestamp,
    last_switch: SwitchId,
    requests: u64,
    records: Vec<String>,
    /// What the engine last wrote of each account's readings.
    pub(super) memories: BTreeMap<AccountId, PollMemory>,
    /// What the engine last wrote of what was told of each window.
    pub(super) alerted: BTreeMap<(AccountId, WindowId), AlertMemory>,
}

/// The time so many seconds into the story.
pub(super) fn at(seconds: f64) -> Timestamp {
    Timestamp::from_millis(START * 1000 + (seconds * 1000.0).round() as i64)
}

/// A login without usage figures, whose token lasts.
pub(super) fn account(name: &str) -> Account {
    Account {
        id: id(name),
        provider: ProviderId::new(PROVIDER),
        label: Label::normalise(name).unwrap(),
        identity: Identity::default(),
        credential: CredentialFacts { kind: CredentialKind::OAuth, expires_at: None, refreshable: true },
        has_figures: false,
        enabled: true,
        needs_login: false,
        cooldown: None,
        models: BTreeMap::new(),
        usage: None,
    }
}

/// A login with usage figures.
pub(super) fn metered(name: &str) -> Account {
    Account { has_figures: true, ..account(name) }
}

pub(super) fn id(name: &str) -> AccountId {
    AccountId::new(name)
}

pub(super) fn session(name: &str) -> SessionId {
    SessionId::new(name)
}

/// Figures of the five-hour and the weekly window, read so many seconds into the story.
pub(super) fn usage(read_at: f64, five_hours: (f64, Option<f64>), weekly: (f64, Option<f64>)) -> Usage {
    let window = |hours: u64, (used_percent, resets_at): (f64, Option<f64>)| Window {
        scope: Scope::Account,
        length: Duration::from_secs(hours * 3600),
        used_percent,
        resets_at: resets_at.map(at),
    };
    Usage { read_at: at(read_at), windows: vec![window(5, five_hours), window(168, weekly)], balances: vec![] }
}

/// Figures with so many percent used in both windows.
pub(super) fn used(read_at: f64, percent: f64) -> Usage {
    usage(read_at, (percent, None), (percent, None))
}

impl World {
    /// These accounts; the first is active.
    pub(super) fn of(accounts: impl IntoIterator<Item = Account>) -> Self {
        let mut world = Self {
            engine: Engine::default(),
            now: at(0.0),
            last_switch: SwitchId(0),
            requests: 0,
            records: Vec::new(),
            memories: BTreeMap::new(),
            alerted: BTreeMap::new(),
        };
        let mut active = None;
        for account in accounts {
            active.get_or_insert(account.id.clone());
            world.feed(Input::AccountKnown(account));
        }
        world.feed(Input::ActiveSeen { provider: ProviderId::new(PROVIDER), account: active });
        world
    }

    /// Accounts without figures; the first is active.
    pub(super) fn named<const N: usize>(names: [&str; N]) -> Self {
        Self::of(names.map(account))
    }

    pub(super) fn policy(mut self, change: impl FnOnce(&mut Policy)) -> Self {
        let mut policy = Policy::default();
        change(&mut policy);
        self.feed(Input::PolicyRead(policy));
        self
    }

    /// Goes to so many seconds into the story; nothing happens there by itself.
    pub(super) fn at(&mut self, seconds: f64) -> &mut Self {
        self.now = at(seconds);
        self
    }

    /// What the engine decides, without records.
    pub(super) fn feed(&mut self, input: Input) -> Vec<String> {
        let decisions = self.engine.step(self.now, input);
        self.records.clear();
        let mut sentences = Vec::new();
        for decision in decisions {
            if let Decision::Switch(switch) = &decision {
                self.last_switch = switch.id;
            }
            if let Decision::Record(Record::Polled { account, memory }) = decision {
                self.memories.insert(account, memory);
            } else if let Decision::Record(Record::Alerted { account, memory }) = decision {
                self.alerted.insert((account, memory.window.clone()), memory);
            } else if let Decision::Record(record) = &decision {
                self.records.push(record_sentence(record));
            } else {
                sentences.push(sentence(&decision));
            }
        }
        if let Some(wake) = self.engine.wake_at() {
            assert!(wake > self.now, "a timer that never rests: {wake:?} at {:?}", self.now);
        }
        sentences
    }

    /// What the last step recorded.
    pub(super) fn records(&self) -> Vec<&str> {
        self.records.iter().map(String::as_str).collect()
    }

    /// Lets time pass to where the engine wants to be woken; the seconds, and what it decides then.
    pub(super) fn wake(&mut self) -> (f64, Vec<String>) {
        self.now = self.engine.wake_at().expect("the engine waits for a time");
        (seconds(self.now), self.feed(Input::TimePassed))
    }

    /// When the engine wants to be woken.
    pub(super) fn wake_at(&self) -> Option<f64> {
        self.engine.wake_at().map(seconds)
    }

    pub(super) fn attempt(&mut self, name: &str, started: f64) -> &mut Self {
        self.attempt_of(name, MODEL, started)
    }

    pub(super) fn attempt_of(&mut self, name: &str, model: &str, started: f64) -> &mut Self {
        let model = Some(model.to_owned());
        let input = Input::AttemptStarted {
            session: session(name),
            provider: ProviderId::new(PROVIDER),
            model,
            at: at(started),
        };
        assert_eq!(self.feed(input), NOTHING);
        self
    }

    /// A limit now, met by an attempt that started now.
    pub(super) fn hit(&mut self, name: &str) -> Vec<String> {
        let now = seconds(self.now);
        self.attempt(name, now).hit_at(Some(name), now, None)
    }

    /// A limit now that names its end.
    pub(super) fn hit_until(&mut self, name: &str, until: f64) -> Vec<String> {
        let now = seconds(self.now);
        self.attempt(name, now).hit_at(Some(name), now, Some(until))
    }

    /// A report of a limit, just as it comes.
    pub(super) fn hit_at(&mut self, name: Option<&str>, happened: f64, until: Option<f64>) -> Vec<String> {
        self.report(name, Some(MODEL), (happened, until), Reach::Account)
    }

    /// A limit of a model, met by an attempt that started now.
    pub(super) fn hit_of(&mut self, name: &str, model: &str, until: Option<f64>) -> Vec<String> {
        let now = seconds(self.now);
        self.attempt_of(name, model, now).hit_of_at(name, model, now, until)
    }

    /// A report of a model's limit, just as it comes.
    pub(super) fn hit_of_at(&mut self, name: &str, model: &str, at: f64, until: Option<f64>) -> Vec<String> {
        self.report(Some(name), Some(model), (at, until), Reach::Model)
    }

    /// A report of a limit that doesn't name the model, just as it comes.
    pub(super) fn hit_without_model(&mut self, name: &str, at: f64, until: Option<f64>) -> Vec<String> {
        self.report(Some(name), None, (at, until), Reach::Account)
    }

    /// A report that the provider has nobody left, met by an attempt that started now.
    pub(super) fn nobody_behind(&mut self, name: &str, until: Option<f64>) -> Vec<String> {
        let now = seconds(self.now);
        self.attempt(name, now).report(Some(name), Some(MODEL), (now, until), Reach::Provider)
    }

    fn report(
        &mut self,
        name: Option<&str>,
        model: Option<&str>,
        (happened, until): (f64, Option<f64>),
        reach: Reach,
    ) -> Vec<String> {
        self.feed(Input::LimitHit(LimitHit {
            session: name.map(session),
            provider: ProviderId::new(PROVIDER),
            model: model.map(str::to_owned),
            at: at(happened),
            until: until.map(at),
            cause: LimitCause::UsageLimit,
            reach,
        }))
    }

    /// What the session asked last is answered now.
    pub(super) fn answered(&mut self, name: &str) -> Vec<String> {
        let provider = ProviderId::new(PROVIDER);
        self.feed(Input::RequestAnswered { session: session(name), provider, at: self.now })
    }

    /// A request that starts now fails at once.
    pub(super) fn fails(&mut self, name: &str, trouble: Trouble) -> Vec<String> {
        let now = seconds(self.now);
        self.attempt(name, now);
        self.feed(Input::RequestFailed(RequestFailure {
            session: Some(session(name)),
            provider: ProviderId::new(PROVIDER),
            model: Some(MODEL.to_owned()),
            at: self.now,
            trouble,
        }))
    }

    /// The switch that was decided last is done.
    pub(super) fn done(&mut self) -> Vec<String> {
        self.feed(Input::SwitchFinished { switch: self.last_switch, outcome: SwitchOutcome::Done })
    }

    /// The switch that was decided last failed.
    pub(super) fn failed(&mut self, why: &str) -> Vec<String> {
        let outcome = SwitchOutcome::Failed { why: why.to_owned() };
        self.feed(Input::SwitchFinished { switch: self.last_switch, outcome })
    }

    pub(super) fn seen(&mut self, name: &str) -> Vec<String> {
        self.feed(Input::ActiveSeen { provider: ProviderId::new(PROVIDER), account: Some(id(name)) })
    }

    pub(super) fn logged_out(&mut self) -> Vec<String> {
        self.feed(Input::ActiveSeen { provider: ProviderId::new(PROVIDER), account: None })
    }

    pub(super) fn read(&mut self, name: &str, usage: Usage) -> Vec<String> {
        self.feed(Input::UsageRead { account: id(name), outcome: UsageOutcome::Read(usage) })
    }

    pub(super) fn unread(&mut self, name: &str) -> Vec<String> {
        self.feed(Input::UsageRead { account: id(name), outcome: UsageOutcome::Unknown })
    }

    pub(super) fn refreshed(&mut self, name: &str, outcome: RefreshOutcome) -> Vec<String> {
        self.feed(Input::TokenRefreshed { account: id(name), outcome })
    }

    pub(super) fn idle(&mut self, name: &str) -> Vec<String> {
        self.feed(Input::SessionIdle(session(name)))
    }

    /// A person asks; answers carry the number of the request, which counts from one.
    pub(super) fn ask(&mut self, ask: Ask) -> Vec<String> {
        self.requests += 1;
        self.feed(Input::Asked { request: RequestId(self.requests), ask })
    }

    pub(super) fn ask_next(&mut self) -> Vec<String> {
        self.ask(Ask::Next(ProviderId::new(PROVIDER)))
    }

    /// The models that an account can't be used for.
    pub(super) fn models(&self, name: &str) -> Vec<String> {
        let models = &self.engine.account(&id(name)).unwrap().models;
        models.iter().map(|(model, cooldown)| format!("{model} until {}", seconds(cooldown.until))).collect()
    }

    pub(super) fn active(&self) -> Option<&str> {
        self.engine.active(&ProviderId::new(PROVIDER)).map(AccountId::as_str)
    }

    pub(super) fn standing(&self, name: &str) -> String {
        standing_words(self.engine.account(&id(name)).unwrap().standing(self.now))
    }

    pub(super) fn held_back(&self) -> Option<HeldBack> {
        self.engine.held_back(self.now, &ProviderId::new(PROVIDER))
    }

    /// A hit of the active account and the switch that follows.
    pub(super) fn fail_over(&mut self, session: &str, until: f64, to: &str) {
        let from = self.active().unwrap().to_owned();
        assert_eq!(self.hit_until(session, until), [format!("switch {from} -> {to}: limit hit by {session}")]);
        assert_eq!(self.done(), [format!("tell: switched {from} -> {to}")]);
    }
}

pub(super) const NOTHING: [&str; 0] = [];

pub(super) fn seconds(time: Timestamp) -> f64 {
    (time.as_millis() - START * 1000) as f64 / 1000.0
}
