//! How long one step of the engine takes with very many accounts: in an ordinary hour, and while a limit is seen to.

use std::time::{Duration, Instant};

use engine::{
    AccountId, Decision, Engine, Input, LimitCause, LimitHit, ProviderId, Reach, SessionId, SwitchOutcome, Timestamp,
    UsageOutcome,
};

use crate::scenario::{START, five_hours_and_week};
use crate::spans::secs;
use crate::truth::{Login, Quota};

/// What steps cost on average.
#[derive(Clone, Copy, Debug, Default)]
pub struct StepCost {
    /// Of requests, answers, readings and the passing of time.
    pub ordinary: Duration,
    /// Of all that a limit brings: the hit itself, the answers of every account that is asked about, the switch.
    pub failover: Duration,
    /// Of the dearest one of all.
    pub dearest: Duration,
}

/// An engine that knows so many accounts, with the time that its steps took.
struct Measured {
    engine: Engine,
    logins: Vec<Login>,
    provider: ProviderId,
    now: Timestamp,
    spent: Duration,
    steps: u32,
    dearest: Duration,
}

/// So often it is measured; the least counts, because whatever else the machine does only adds to it.
const TIMES: usize = 5;

/// What a step of an engine costs that knows so many accounts of one provider, all with figures.
pub fn step_cost(accounts: usize) -> StepCost {
    let costs = (0..TIMES).map(|_| {
        let mut measured = Measured::new(accounts);
        let ordinary = measured.ordinary_hour();
        let failover = measured.failovers();
        StepCost { ordinary, failover, dearest: measured.dearest }
    });
    let least = |a: StepCost, b: StepCost| StepCost {
        ordinary: a.ordinary.min(b.ordinary),
        failover: a.failover.min(b.failover),
        dearest: a.dearest.min(b.dearest),
    };
    costs.reduce(least).unwrap_or_default()
}

impl Measured {
    fn new(accounts: usize) -> Self {
        let provider = ProviderId::new("openai");
        let mut engine = Engine::default();
        let name = |number: usize| format!("account-{number}");
        let logins: Vec<Login> =
            (0..accounts).map(|number| Login::new(&name(number), &provider, plan(number))).collect();
        for login in &logins {
            engine.step(START, Input::AccountKnown(login.facts(&provider)));
        }
        let active = logins.first().map(|login| login.id.clone());
        engine.step(START, Input::ActiveSeen { provider: provider.clone(), account: active });
        engine.step(START, Input::PollingBegins);
        Self { engine, logins, provider, now: START, spent: Duration::ZERO, steps: 0, dearest: Duration::ZERO }
    }

    /// A session at work, whose requests are answered, and every reading that is due.
    fn ordinary_hour(&mut self) -> Duration {
        let (session, provider) = (SessionId::new("ses_1"), self.provider.clone());
        for _ in 0..360 {
            let at = self.now;
            let (session, provider) = (session.clone(), provider.clone());
            let model = Some("gpt-5.5".to_owned());
            self.live(Input::AttemptStarted { session: session.clone(), provider: provider.clone(), model, at });
            self.now = self.now + secs(5);
            self.live(Input::RequestAnswered { session: session.clone(), provider, at });
            self.live(Input::SessionIdle(session));
            self.now = self.now + secs(5);
            self.live(Input::TimePassed);
        }
        self.average()
    }

    /// The active account's limit, and all that follows from it, again and again.
    fn failovers(&mut self) -> Duration {
        for number in 0..5 {
            self.now = self.now + secs(7200);
            let hit = LimitHit {
                session: Some(SessionId::new(format!("ses_{number}"))),
                provider: self.provider.clone(),
                model: None,
                at: self.now,
                until: Some(self.now + secs(100_000)),
                cause: LimitCause::UsageLimit,
                reach: Reach::Account,
            };
            self.live(Input::LimitHit(hit));
        }
        self.average()
    }

    /// Takes an input in, answers whatever is asked, and takes the answers in.
    fn live(&mut self, input: Input) {
        let mut inputs = vec![input];
        while let Some(input) = inputs.pop() {
            let began = Instant::now();
            let decisions = self.engine.step(self.now, input);
            let took = began.elapsed();
            self.spent += took;
            self.steps += 1;
            self.dearest = self.dearest.max(took);
            inputs.extend(decisions.into_iter().filter_map(|decision| self.answer(decision)));
        }
    }

    fn answer(&self, decision: Decision) -> Option<Input> {
        match decision {
            Decision::ReadUsage { account, .. } => {
                let outcome = self.figures(&account);
                Some(Input::UsageRead { account, outcome })
            }
            Decision::Switch(switch) => Some(Input::SwitchFinished { switch: switch.id, outcome: SwitchOutcome::Done }),
            Decision::RefreshToken { .. }
            | Decision::ResumeSession(_)
            | Decision::Notify(_)
            | Decision::Record(_)
            | Decision::Answer { .. } => None,
        }
    }

    fn figures(&self, account: &AccountId) -> UsageOutcome {
        let login = self.logins.iter().find(|login| login.id == *account);
        login.map_or(UsageOutcome::Unknown, |login| UsageOutcome::Read(login.figures(self.now)))
    }

    fn average(&mut self) -> Duration {
        let steps = std::mem::take(&mut self.steps).max(1);
        std::mem::take(&mut self.spent) / steps
    }
}

/// A five-hour and a weekly window, used more or less.
fn plan(number: usize) -> Vec<Quota> {
    let mut quotas = five_hours_and_week(100.0, 400.0);
    for quota in &mut quotas {
        quota.used = f64::from(u32::try_from(number % 90).unwrap_or_default());
        quota.ends = Some(START + quota.length * 2);
    }
    quotas
}
