//! A week of a busy person, told to the engine in a moment, and every request that it makes. The benchmark runs it too.

use std::collections::BTreeMap;
use std::time::Duration;

use engine::*;

/// Thirteen providers, and how many accounts a busy person has at each: forty in all.
pub(crate) const PROVIDERS: [(&str, usize); 13] = [
    ("anthropic", 6),
    ("openai", 6),
    ("github-copilot", 4),
    ("opencode-go", 4),
    ("openrouter", 3),
    ("zai", 3),
    ("kimi-for-coding", 2),
    ("moonshotai", 2),
    ("minimax", 2),
    ("deepseek", 2),
    ("vercel", 2),
    ("xai", 2),
    ("google", 2),
];

const MINUTE: i64 = 60;
pub(crate) const HOUR: i64 = 60 * MINUTE;
pub(crate) const DAY: i64 = 24 * HOUR;
/// Hours of a week.
pub(crate) const HOURS: f64 = 7.0 * 24.0;
/// A Monday, 0 h.
const START: i64 = 1_794_787_200;

/// A week: OpenCode works from 9 to 17 on weekdays, the popover is open for five minutes an hour then, the machine
/// sleeps at night, and every so often a provider refuses or doesn't answer.
#[derive(Default)]
pub(crate) struct Week {
    engine: Engine,
    /// When each account was asked about, in seconds.
    pub(crate) requests: BTreeMap<ProviderId, Vec<(i64, AccountId)>>,
    answers: u64,
    /// How often the engine was woken.
    pub(crate) wakes: usize,
}

impl Week {
    fn step(&mut self, second: i64, input: Input) {
        let now = Timestamp::from_secs(START + second);
        let mut inputs = vec![input];
        while let Some(input) = inputs.pop() {
            for decision in self.engine.step(now, input) {
                match decision {
                    Decision::ReadUsage { account, .. } => {
                        let provider = self.engine.account(&account).unwrap().provider.clone();
                        self.requests.entry(provider).or_default().push((second, account.clone()));
                        let outcome = self.answer(now);
                        inputs.push(Input::UsageRead { account, outcome });
                    }
                    Decision::Switch(switch) => {
                        inputs.push(Input::SwitchFinished { switch: switch.id, outcome: SwitchOutcome::Done })
                    }
                    Decision::RefreshToken { .. }
                    | Decision::ResumeSession(_)
                    | Decision::Notify(_)
                    | Decision::Record(_)
                    | Decision::Answer { .. } => {}
                }
            }
        }
    }

    /// Mostly figures whose windows move on; now and then none.
    fn answer(&mut self, now: Timestamp) -> UsageOutcome {
        self.answers += 1;
        match self.answers % 40 {
            13 => UsageOutcome::RateLimited { retry_after: Some(Duration::from_secs(600)) },
            27 => UsageOutcome::Unknown,
            number => {
                let window = |length: i64, used_percent: f64| Window {
                    scope: Scope::Account,
                    length: Duration::from_secs(u64::try_from(length).unwrap()),
                    used_percent,
                    resets_at: Some(Timestamp::from_secs((now.as_millis() / 1000 / length + 1) * length)),
                };
                let share = f64::from(u32::try_from(number).unwrap()) / 40.0;
                let windows = vec![window(5 * HOUR, share * 105.0), window(7 * DAY, share * 60.0)];
                UsageOutcome::Read(Usage { read_at: now, windows, balances: vec![] })
            }
        }
    }

    /// Lets the week pass.
    pub(crate) fn run(&mut self) {
        for (provider, count) in PROVIDERS {
            for number in 0..count {
                let id = AccountId::new(format!("{provider}-{number}"));
                let label = Label::normalise(id.as_str()).unwrap();
                let provider = ProviderId::new(provider);
                self.step(0, Input::AccountKnown(login(id.clone(), provider.clone(), label)));
                if number == 0 {
                    self.step(0, Input::ActiveSeen { provider, account: Some(id) });
                }
            }
        }
        self.step(0, Input::PollingBegins);
        let mut second = 0;
        while second < 7 * DAY {
            let (day, of_day) = (second / DAY, second % DAY);
            let at_work = day < 5 && (9 * HOUR..17 * HOUR).contains(&of_day);
            let now = Timestamp::from_secs(START + second);
            if second % (2 * MINUTE) == 0 && at_work {
                for provider in ["anthropic", "openai", "openrouter"].map(ProviderId::new) {
                    let session = SessionId::new(provider.as_str());
                    self.step(
                        second,
                        Input::AttemptStarted {
                            session: session.clone(),
                            provider: provider.clone(),
                            model: None,
                            at: now,
                        },
                    );
                    if of_day == 10 * HOUR {
                        let hit = LimitHit {
                            session: Some(session),
                            provider,
                            model: None,
                            at: now,
                            until: None,
                            cause: LimitCause::UsageLimit,
                            reach: Reach::Account,
                        };
                        self.step(second, Input::LimitHit(hit));
                    }
                }
            }
            if second % MINUTE == 0 && at_work && of_day % HOUR < 5 * MINUTE {
                self.step(second, Input::Asked { request: RequestId(1), ask: Ask::Watch });
            }
            let wake = self.engine.wake_at().map_or(i64::MAX, |wake| (wake.as_millis() + 999) / 1000 - START);
            let next = wake.min((second / MINUTE + 1) * MINUTE);
            // Asleep from midnight to seven: nobody wakes the engine.
            second = if next % DAY < 7 * HOUR && day > 0 { next / DAY * DAY + 7 * HOUR } else { next };
            self.wakes += 1;
            self.step(second, Input::TimePassed);
        }
    }
}

fn login(id: AccountId, provider: ProviderId, label: Label) -> Account {
    Account {
        id,
        provider,
        label,
        identity: Identity::default(),
        credential: CredentialFacts { kind: CredentialKind::OAuth, expires_at: None, refreshable: true },
        has_figures: true,
        enabled: true,
        needs_login: false,
        cooldown: None,
        models: Default::default(),
        usage: None,
    }
}
