//! Tells the engine what happens, and checks after each step what must always hold.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::event::{Event, Figures, NAMES};
use crate::tests::strategies::rule;
use crate::tests::world::{PROVIDER, account, at, id, metered, session, usage};
use crate::*;

/// A story that has gone on for this many wake-ups without news will never rest.
const MOST_WAKES: usize = 300;

/// Tells a story, checks after each step what must always hold, and keeps all decisions.
pub(super) struct Teller {
    pub(super) engine: Engine,
    pub(super) now: Timestamp,
    running: Option<SwitchId>,
    requests: Vec<RequestId>,
    /// What each session asked for when it last hit a limit.
    wanted: BTreeMap<Option<SessionId>, Option<String>>,
    pub(super) decisions: Vec<Decision>,
    /// The last attempt of each turn that runs.
    turns: BTreeMap<SessionId, Timestamp>,
    by_hand: Option<AccountId>,
    /// The sessions that were carried on since they were asked something.
    carried_on: BTreeSet<SessionId>,
    /// Looks at every account in each step, whatever it is about.
    pub(super) thorough: bool,
}

impl Teller {
    pub(super) fn new() -> Self {
        let mut teller = Self {
            engine: Engine::default(),
            now: at(0.0),
            running: None,
            requests: Vec::new(),
            wanted: BTreeMap::new(),
            decisions: Vec::new(),
            turns: BTreeMap::new(),
            by_hand: None,
            carried_on: BTreeSet::new(),
            thorough: false,
        };
        for name in &NAMES[..4] {
            teller.feed(Input::AccountKnown(made_up(name)));
        }
        teller.feed(Input::ActiveSeen { provider: ProviderId::new(PROVIDER), account: Some(id("a")) });
        teller
    }

    pub(super) fn happen(&mut self, event: Event) {
        let from_now = |seconds: i64| Timestamp::from_millis(self.now.as_millis() + seconds * 1000);
        let provider = ProviderId::new(PROVIDER);
        let input = match event {
            Event::Attempt { session: name, model, at } => {
                let model = model.map(str::to_owned);
                Input::AttemptStarted { session: session(name), provider, model, at: from_now(at) }
            }
            Event::Answered { session: name, at } => {
                Input::RequestAnswered { session: session(name), provider, at: from_now(at) }
            }
            Event::Failed { session: name, at, trouble, times } => {
                let failure = |at| RequestFailure {
                    session: name.map(session),
                    provider: provider.clone(),
                    model: None,
                    at,
                    trouble,
                };
                for _ in 1..times {
                    let at = Timestamp::from_millis(self.now.as_millis() + at * 1000);
                    self.feed(Input::RequestFailed(failure(at)));
                    self.now = self.now + Duration::from_secs(1);
                }
                Input::RequestFailed(failure(Timestamp::from_millis(self.now.as_millis() + at * 1000)))
            }
            Event::Hit { session: name, model, at, until, reach } => Input::LimitHit(LimitHit {
                session: name.map(session),
                provider,
                model: model.map(str::to_owned),
                at: from_now(at),
                until: until.map(from_now),
                cause: LimitCause::UsageLimit,
                reach,
            }),
            Event::LoginRejected { session: name, at } => {
                Input::LoginRejected { session: name.map(session), provider, at: from_now(at) }
            }
            Event::Refused { session: name, read_at, at, why } => Input::RequestRefused(Refused {
                session: name.map(session),
                provider,
                model: None,
                read_at: from_now(read_at),
                at: from_now(at),
                why,
            }),
            Event::Repeated(name) => Input::RequestRepeated { session: session(name), provider },
            Event::Idle(name) => Input::SessionIdle(session(name)),
            Event::Stuck { session: name, sleeps, fallback, delegated } => {
                let lane = Lane { provider: ProviderId::new("ollama"), model: "qwen".to_owned() };
                Input::SessionStuck(StuckSession {
                    session: session(name),
                    provider,
                    model: "opus-4".to_owned(),
                    agent: None,
                    at: self.now,
                    plight: sleeps.map_or(Plight::Failed, |seconds| Plight::Sleeping { until: from_now(seconds) }),
                    fallback: fallback.then(|| FallbackAgent { agent: "second".to_owned(), lane }),
                    delegated,
                })
            }
            Event::Moved { session: name, how } => Input::SessionMoved { session: session(name), how },
            Event::Resumed { session: name } => {
                Input::SessionResumed { session: session(name), outcome: ResumeOutcome::Done }
            }
            Event::Seen(name) => Input::ActiveSeen { provider, account: name.map(id) },
            Event::Read { account, outcome } => {
                let outcome = match outcome {
                    Figures::Of { at: read_at, used, resets, opus } => {
                        let mut figures = usage(0.0, (used, None), (10.0, None));
                        figures.read_at = from_now(read_at);
                        figures.windows[0].resets_at = resets.map(from_now);
                        let family = figures.windows[0].clone();
                        let scope = Scope::Model("Opus".to_owned());
                        figures.windows.extend(opus.map(|used_percent| Window { scope, used_percent, ..family }));
                        UsageOutcome::Read(figures)
                    }
                    Figures::Unknown => UsageOutcome::Unknown,
                    Figures::Rejected => UsageOutcome::LoginRejected,
                };
                Input::UsageRead { account: id(account), outcome }
            }
            Event::Refreshed { account, outcome } => Input::TokenRefreshed { account: id(account), outcome },
            Event::Finished { done } => match self.running {
                Some(switch) if done => Input::SwitchFinished { switch, outcome: SwitchOutcome::Done },
                Some(switch) => {
                    Input::SwitchFinished { switch, outcome: SwitchOutcome::Failed { why: "disk full".to_owned() } }
                }
                None => Input::SwitchFinished { switch: SwitchId(u64::MAX), outcome: SwitchOutcome::Done },
            },
            Event::Asked(ask) => {
                let request = RequestId(self.requests.len() as u64 + 1);
                self.requests.push(request);
                Input::Asked { request, ask }
            }
            Event::Known(name) => Input::AccountKnown(made_up(name)),
            Event::Removed(name) => Input::AccountRemoved(id(name)),
            Event::Renewed(name) => Input::LoginRenewed(id(name)),
            Event::Policy { enabled, flap, overload, early, strategy } => {
                let mut policy = Policy { enabled, strategy, return_to_preferred: early, ..Policy::default() };
                policy.switch_on_overload = overload.then_some(2);
                policy.flap = policy.flap.filter(|_| flap);
                policy.switch_at_percent = if early { 40.0 } else { 100.0 };
                rule(&mut policy, "b", AccountRules { priority: 1, reserve_percent: 5.0, ..AccountRules::default() });
                rule(&mut policy, "c", AccountRules { role: Role::LastResort, ..AccountRules::default() });
                rule(&mut policy, "d", AccountRules { role: Role::OnlyByHand, ..AccountRules::default() });
                self.by_hand = Some(id("d"));
                Input::PolicyRead(policy)
            }
            Event::TimePassed => Input::TimePassed,
        };
        self.feed(input);
    }

    pub(super) fn feed(&mut self, input: Input) {
        if self.thorough {
            self.engine.look_at_everything();
        }
        if let Input::LimitHit(hit) = &input {
            self.wanted.insert(hit.session.clone(), hit.model.clone());
        } else if let Input::RequestRefused(refused) = &input {
            self.wanted.insert(refused.session.clone(), refused.model.clone());
        } else if let Input::AttemptStarted { session, at, .. } = &input {
            let latest = self.turns.entry(session.clone()).or_insert(*at);
            *latest = (*latest).max((*at).min(self.now));
        } else if let Input::SessionIdle(session) = &input {
            self.turns.remove(session);
        } else if let Input::SessionMoved { session, how: Move::Asked } = &input {
            self.carried_on.remove(session);
        }
        if matches!(&input, Input::SwitchFinished { switch, .. } if Some(*switch) == self.running) {
            self.running = None;
        }
        let decisions = self.engine.step(self.now, input);
        for decision in &decisions {
            if let Decision::Switch(switch) = decision {
                assert_eq!(self.running, None, "two switches at once");
                self.running = Some(switch.id);
                self.check_target(switch);
            } else if let Decision::ResumeSession(resumption) = decision {
                self.check_resumption(resumption);
            }
        }
        self.decisions.extend(decisions);
        self.check_suspicion();
        assert!(self.engine.wake_at().is_none_or(|wake| wake > self.now), "a timer that never rests");
    }

    fn check_target(&self, switch: &Switch) {
        if matches!(switch.cause, SwitchCause::BeforeLimit | SwitchCause::Returned) {
            // A quarter of an hour, less what the clock may have been set back.
            let silence = Duration::from_secs(10 * 60);
            let runs = self.turns.values().any(|attempt| *attempt + silence > self.now);
            assert!(!runs, "a switch in the middle of a turn");
        }
        if switch.cause != SwitchCause::Chosen && switch.cause != SwitchCause::PutBack {
            assert_ne!(Some(&switch.to), self.by_hand.as_ref(), "an account for hands only");
        }
        let target = self.engine.account(&switch.to).expect("an account that nobody knows");
        if let SwitchCause::LimitHit { session } = &switch.cause
            && let Some(Some(model)) = self.wanted.get(session)
        {
            assert_eq!(target.limit_on(model, self.now), None, "can't be used for {model}");
        }
        match switch.cause {
            SwitchCause::LimitHit { .. }
            | SwitchCause::LoginRejected { .. }
            | SwitchCause::AccountBack
            | SwitchCause::Failing { .. }
            | SwitchCause::Overload { .. }
            | SwitchCause::BeforeLimit
            | SwitchCause::Returned => {
                assert!(self.engine.failover_on(), "an automatic switch while failover is off");
                self.check_usable(target);
            }
            SwitchCause::NextAsked => self.check_usable(target),
            SwitchCause::Chosen | SwitchCause::PutBack => {}
        }
    }

    fn check_resumption(&mut self, resumption: &Resumption) {
        assert!(self.carried_on.insert(resumption.session.clone()), "a session is carried on twice");
        match &resumption.why {
            ResumeCause::Switched(account) => {
                assert_eq!(self.engine.active(&resumption.from), Some(account));
                let standing = self.engine.account(account).map(|account| account.standing(self.now));
                assert!(matches!(standing, Some(Standing::Ready | Standing::Disabled)), "on to {standing:?}");
            }
            ResumeCause::FallbackAgent | ResumeCause::NextLane => {
                assert!(self.engine.failover_on(), "a lane while failover is off");
                assert_ne!(resumption.from, resumption.to.provider, "a lane that leads nowhere");
            }
        }
    }

    /// Nobody rests on suspicion while nobody else can be used.
    fn check_suspicion(&self) {
        let spent = |account: &Account| account.usage.as_ref().is_some_and(|usage| usage.is_spent(self.now));
        let suspected = |account: &Account| matches!(account.standing(self.now), Standing::CoolingDown(rest) if rest.cause == LimitCause::Failing);
        let usable = |account: &Account| account.standing(self.now) == Standing::Ready && !spent(account);
        let suspects = self.engine.accounts().any(suspected);
        assert!(!suspects || self.engine.accounts().any(usable), "the last account rests on suspicion");
    }

    fn check_usable(&self, target: &Account) {
        assert_eq!(target.standing(self.now), Standing::Ready);
        assert_ne!(target.usage.as_ref().and_then(|usage| usage.headroom(self.now)), Some(0.0), "a spent account");
        assert_ne!(self.engine.active(&target.provider), Some(&target.id), "the active account");
    }

    /// Everything that is under way ends well, and time passes.
    pub(super) fn come_to_rest(&mut self) {
        for _ in 0..MOST_WAKES {
            match (self.running, self.engine.wake_at()) {
                (Some(switch), _) => self.feed(Input::SwitchFinished { switch, outcome: SwitchOutcome::Done }),
                (None, Some(wake)) => {
                    self.now = wake;
                    self.feed(Input::TimePassed);
                }
                (None, None) => break,
            }
        }
        assert_eq!(self.engine.wake_at(), None, "timers for ever");
        let answers = |wanted: &RequestId| {
            let is_answer =
                |decision: &&Decision| matches!(decision, Decision::Answer { request, .. } if request == wanted);
            self.decisions.iter().filter(is_answer).count()
        };
        for request in &self.requests {
            assert_eq!(answers(request), 1, "answers to request {request}");
        }
    }
}

fn made_up(name: &str) -> Account {
    let mut account = if ["a", "b"].contains(&name) { metered(name) } else { account(name) };
    account.credential.expires_at = (name == "b").then(|| at(60.0));
    account
}
