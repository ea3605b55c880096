//! How long one step of the engine takes with a thousand accounts: `cargo bench -p engine`. Asserts nothing.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a program for the terminal")]

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use engine::{
    Account, AccountId, CredentialFacts, CredentialKind, Decision, Engine, Identity, Input, Label, LimitCause,
    LimitHit, Policy, ProviderId, Reach, Scope, SessionId, SwitchOutcome, Timestamp, Usage, UsageOutcome, Window,
};

const ACCOUNTS: usize = 1_000;
const ROUNDS: i64 = 2_000;
const START: Timestamp = Timestamp::from_secs(1_794_787_200);

fn main() {
    for providers in [1, 10, 100] {
        for (name, input) in INPUTS {
            let mut world = World::new(providers);
            let mut took: Vec<Duration> = (0..ROUNDS).map(|round| world.step(round, input)).collect();
            took.sort_unstable();
            let at = |percent: usize| took[(took.len() * percent / 100).min(took.len() - 1)].as_secs_f64() * 1e6;
            let mean = took.iter().sum::<Duration>().as_secs_f64() * 1e6 / took.len() as f64;
            println!(
                "{ACCOUNTS} accounts at {providers:3} providers, {name:16}: mean {mean:8.1} µs, median {:8.1}, p99 {:8.1}",
                at(50),
                at(99)
            );
        }
    }
}

type Make = fn(&World, i64) -> Input;

const INPUTS: [(&str, Make); 6] = [
    ("time passed", |_, _| Input::TimePassed),
    ("attempt", |world, round| Input::AttemptStarted {
        session: session(round),
        provider: world.provider(round),
        model: None,
        at: world.now,
    }),
    ("idle", |_, round| Input::SessionIdle(session(round))),
    ("reading", |world, round| Input::UsageRead {
        account: world.account(round),
        outcome: UsageOutcome::Read(usage(world.now, (round * 7 % 90) as f64)),
    }),
    ("seen again", |world, round| Input::ActiveSeen {
        provider: world.provider(round),
        account: world.engine.active(&world.provider(round)).cloned(),
    }),
    ("limit and switch", |world, round| {
        Input::LimitHit(LimitHit {
            session: Some(session(round)),
            provider: world.provider(round),
            model: None,
            at: world.now,
            until: Some(world.now + Duration::from_secs(600)),
            cause: LimitCause::UsageLimit,
            reach: Reach::Account,
        })
    }),
];

struct World {
    engine: Engine,
    now: Timestamp,
    providers: usize,
}

impl World {
    fn new(providers: usize) -> Self {
        let mut world = Self { engine: Engine::default(), now: START, providers };
        world.engine.step(START, Input::PolicyRead(Policy { flap: None, ..Policy::default() }));
        for number in 0..ACCOUNTS {
            let account = made_up(number, providers);
            let (provider, id) = (account.provider.clone(), account.id.clone());
            world.engine.step(START, Input::AccountKnown(account));
            if number < providers {
                world.engine.step(START, Input::ActiveSeen { provider, account: Some(id) });
            }
        }
        world.engine.step(START, Input::PollingBegins);
        world
    }

    /// The time that one step takes, and asking for the next wake-up. What follows from it is not measured.
    fn step(&mut self, round: i64, input: Make) -> Duration {
        self.now = START + Duration::from_secs(20 * u64::try_from(round).unwrap());
        let input = input(self, round);
        let begun = Instant::now();
        let decisions = self.engine.step(self.now, input);
        std::hint::black_box(self.engine.wake_at());
        let took = begun.elapsed();
        self.answer(decisions);
        took
    }

    fn answer(&mut self, decisions: Vec<Decision>) {
        for decision in decisions {
            let input = match decision {
                Decision::Switch(switch) => Input::SwitchFinished { switch: switch.id, outcome: SwitchOutcome::Done },
                Decision::ReadUsage { account, .. } => {
                    Input::UsageRead { account, outcome: UsageOutcome::Read(usage(self.now, 30.0)) }
                }
                Decision::RefreshToken { .. }
                | Decision::ResumeSession(_)
                | Decision::Notify(_)
                | Decision::Record(_)
                | Decision::Answer { .. } => {
                    continue;
                }
            };
            let decisions = self.engine.step(self.now, input);
            self.answer(decisions);
        }
    }

    fn provider(&self, round: i64) -> ProviderId {
        provider(usize::try_from(round).unwrap() % self.providers)
    }

    fn account(&self, round: i64) -> AccountId {
        made_up(usize::try_from(round * 37).unwrap() % ACCOUNTS, self.providers).id
    }
}

fn provider(number: usize) -> ProviderId {
    ProviderId::new(format!("provider-{number}"))
}

fn session(round: i64) -> SessionId {
    SessionId::new(format!("ses_{}", round % 50))
}

fn made_up(number: usize, providers: usize) -> Account {
    let id = AccountId::new(format!("account-{number}"));
    Account {
        provider: provider(number % providers),
        label: Label::normalise(id.as_str()).unwrap(),
        id,
        identity: Identity::default(),
        credential: CredentialFacts { kind: CredentialKind::OAuth, expires_at: None, refreshable: true },
        has_figures: true,
        enabled: true,
        needs_login: false,
        cooldown: None,
        models: BTreeMap::new(),
        usage: Some(usage(START, (number * 13 % 90) as f64)),
    }
}

fn usage(read_at: Timestamp, used_percent: f64) -> Usage {
    let window = |hours: u64| Window {
        scope: Scope::Account,
        length: Duration::from_secs(hours * 3600),
        used_percent,
        resets_at: Some(read_at + Duration::from_secs(hours * 1800)),
    };
    Usage { read_at, windows: vec![window(5), window(168)], balances: vec![] }
}
