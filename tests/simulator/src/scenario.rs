//! What a week is made of: providers, accounts, sessions, settings, and how much goes wrong. A seed decides all of it.

use std::time::Duration;

use engine::{AccountRules, Policy, ProviderId, ProviderRules, Role, Scope, Strategy, Timestamp};

use crate::chance::Chance;
use crate::spans::{days, hours, minutes, secs};
use crate::truth::{Begins, Login, Quota, Service, Style, whole_second};

/// A Monday, 0 h.
pub(crate) const START: Timestamp = Timestamp::from_secs(1_794_787_200);

/// What a simulated time is made of.
#[derive(Debug)]
pub struct Scenario {
    pub(crate) length: Duration,
    pub(crate) services: Vec<Service>,
    pub(crate) releases: Vec<Release>,
    pub(crate) sessions: Vec<Plan>,
    pub(crate) mishaps: Mishaps,
    pub(crate) policy: Policy,
    pub(crate) chance: Chance,
}

/// How a release of OpenCode behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Release {
    /// Up to 1.15: whole seconds and resets in the log; retries for as long as the person lets it.
    Old,
    /// From 1.17: milliseconds, no resets in the log; retries for ever.
    Endless,
    /// From 1.18.17: gives up after five retries.
    Capped,
}

/// What one session asks for, whatever it gets.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) process: usize,
    pub(crate) service: usize,
    pub(crate) model: &'static str,
    /// How long between two turns, on average.
    pub(crate) gap: Duration,
    pub(crate) requests: (usize, usize),
    pub(crate) units: (f64, f64),
    /// The hours of the day in which it works.
    pub(crate) day: (u64, u64),
    pub(crate) weekends: bool,
    /// How often a turn has a sub-session beside it.
    pub(crate) subs: f64,
}

/// How often each thing goes wrong, and how often the person meddles; averages, `None` never.
#[derive(Clone, Debug, Default)]
pub(crate) struct Mishaps {
    /// How often a process ends before its last lines are written.
    pub(crate) tails_lost: f64,
    /// How often a log file is gone before it was read.
    pub(crate) logs_lost: Option<Duration>,
    /// How often a line is late by more than a moment, by up to half a minute.
    pub(crate) lines_late: f64,
    pub(crate) switch_fails: f64,
    pub(crate) refresh_fails: f64,
    pub(crate) clobbered: f64,
    pub(crate) meddling: Option<Duration>,
    pub(crate) sleeps: Option<Duration>,
    pub(crate) clock_jumps: Option<Duration>,
    pub(crate) restarts: Option<Duration>,
    pub(crate) logins_break: Option<Duration>,
}

impl Mishaps {
    /// What an ordinary week has: late and lost lines, switches and refreshes that fail now and then, nights.
    pub(crate) fn ordinary() -> Self {
        Self {
            tails_lost: 0.5,
            logs_lost: Some(days(2)),
            lines_late: 0.1,
            switch_fails: 0.01,
            refresh_fails: 0.02,
            clobbered: 0.01,
            sleeps: Some(hours(20)),
            ..Self::default()
        }
    }
}

/// How much the sessions of an office ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Demand {
    /// About two thirds of what the accounts have.
    Comfortable,
    /// More than the accounts have, from Monday to Sunday.
    Saturating,
}

const MODELS: [&str; 2] = ["gpt-5.5", "spark-1"];

impl Scenario {
    /// One person's office: one provider with a five-hour and a weekly window, accounts at different points of their
    /// weeks, several sessions, and what goes wrong in any week.
    pub fn office(seed: u64, demand: Demand, strategy: Strategy) -> Self {
        let mut chance = Chance::new(seed);
        let provider = ProviderId::new("openai");
        let mut logins = Vec::new();
        for name in ["anna", "bert", "cleo", "dora"] {
            let mut login = Login::new(name, &provider, five_hours_and_week(100.0, chance.number(300.0, 450.0)));
            partly_used(&mut login, &mut chance);
            logins.push(login);
        }
        let outages = outages(&mut chance, days(7), days(5));
        let active = logins.first().map(|login| login.id.clone());
        let style = Style {
            names_reset: true,
            lag: secs(30),
            reading_fails: 0.01,
            readings_per_hour: 60,
            refusal_is_final: false,
        };
        let releases = vec![Release::Old, Release::Endless, Release::Capped];
        let (count, gap, day) = match demand {
            Demand::Comfortable => (2, minutes(12), (9, 18)),
            Demand::Saturating => (4, minutes(4), (7, 23)),
        };
        let plan = |number: usize| Plan {
            process: number % 3,
            service: 0,
            model: "gpt-5.5",
            gap,
            requests: (1, 9),
            units: (0.1, 0.8),
            day,
            weekends: demand == Demand::Saturating,
            subs: 0.1,
        };
        Self {
            length: days(7),
            services: vec![Service { id: provider, logins, active, style, outages }],
            releases,
            sessions: (0..count).map(plan).collect(),
            mishaps: Mishaps::ordinary(),
            policy: Policy { strategy, ..Policy::default() },
            chance,
        }
    }

    /// Anything that may happen to anybody: up to three providers of all kinds, and much that goes wrong.
    pub fn wild(seed: u64, strategy: Strategy) -> Self {
        let mut chance = Chance::new(seed);
        let length = days(7);
        let releases: Vec<Release> = (0..chance.count(1, 4))
            .map(|_| *chance.pick(&[Release::Old, Release::Endless, Release::Capped]).unwrap_or(&Release::Capped))
            .collect();
        let mut policy = Policy { strategy, ..Policy::default() };
        if chance.happens(0.25) {
            policy.switch_at_percent = chance.number(70.0, 99.0);
        }
        policy.return_to_preferred = chance.happens(0.2);
        policy.switch_on_overload = chance.happens(0.2).then_some(3);
        let services: Vec<Service> = ["openai", "anthropic", "github-copilot"]
            .into_iter()
            .take(chance.count(1, 3))
            .map(|id| wild_service(ProviderId::new(id), &mut policy, length, &mut chance))
            .collect();
        let sessions = (0..chance.count(1, 8)).map(|_| wild_plan(releases.len(), services.len(), &mut chance));
        let sessions = sessions.collect();
        let often = |chance: &mut Chance, of: f64, from: Duration, to: Duration| {
            chance.happens(of).then(|| chance.span(from, to))
        };
        let mishaps = Mishaps {
            tails_lost: chance.number(0.0, 1.0),
            logs_lost: often(&mut chance, 0.5, hours(6), days(3)),
            lines_late: chance.number(0.0, 0.3),
            switch_fails: chance.number(0.0, 0.1),
            refresh_fails: chance.number(0.0, 0.2),
            clobbered: chance.number(0.0, 0.1),
            meddling: often(&mut chance, 0.5, hours(3), days(2)),
            sleeps: often(&mut chance, 0.7, hours(6), days(2)),
            clock_jumps: often(&mut chance, 0.2, hours(6), days(3)),
            restarts: often(&mut chance, 0.3, hours(6), days(3)),
            logins_break: often(&mut chance, 0.3, days(1), days(7)),
        };
        Self { length, services, releases, sessions, mishaps, policy, chance }
    }

    /// The same week with quotas that nobody can use up: what would be asked for.
    pub(crate) fn without_limits(mut self) -> Self {
        for login in self.services.iter_mut().flat_map(|service| &mut service.logins) {
            login.quotas.iter_mut().for_each(|quota| quota.size = f64::MAX);
            login.balance = None;
        }
        self
    }
}

/// A window of five hours and one of a week.
pub(crate) fn five_hours_and_week(five_hours: f64, week: f64) -> Vec<Quota> {
    vec![
        Quota::whole(Scope::Account, hours(5), five_hours, Begins::WithUse),
        Quota::whole(Scope::Account, days(7), week, Begins::WithUse),
    ]
}

/// Most accounts are in the middle of something when the week begins.
fn partly_used(login: &mut Login, chance: &mut Chance) {
    for quota in &mut login.quotas {
        if quota.begins == Begins::AtOnce || (quota.length > days(1) && chance.happens(0.7)) {
            quota.used = quota.size * chance.number(0.0, 0.9);
            quota.ends = Some(whole_second(START + chance.span(hours(1), quota.length)));
        }
    }
}

fn outages(chance: &mut Chance, length: Duration, apart: Duration) -> Vec<(Timestamp, Timestamp)> {
    let mut outages = Vec::new();
    let mut at = START + chance.until_next(apart);
    while at < START + length {
        let end = at + chance.span(secs(20), minutes(45));
        outages.push((at, end));
        at = end + chance.until_next(apart);
    }
    outages
}

fn wild_service(id: ProviderId, policy: &mut Policy, length: Duration, chance: &mut Chance) -> Service {
    let mut logins = Vec::new();
    let mut rules = ProviderRules::default();
    for number in 0..chance.count(1, 7) {
        let mut login = Login::new(&format!("account-{number}"), &id, wild_quotas(&id, chance));
        if id.as_str() == "github-copilot" && chance.happens(0.3) {
            login.balance = Some(chance.number(0.0, 400.0));
            login.quotas.clear();
        }
        login.has_figures = chance.happens(0.9);
        login.token_ends = chance.happens(0.7).then(|| START + chance.span(Duration::ZERO, days(10)));
        partly_used(&mut login, chance);
        let mut account = AccountRules::default();
        if chance.happens(0.15) {
            account.priority = i32::try_from(chance.count(0, 3)).unwrap_or_default();
        }
        if chance.happens(0.1) {
            account.role = Role::LastResort;
        } else if chance.happens(0.07) {
            account.role = Role::OnlyByHand;
            login.withheld = true;
        }
        if chance.happens(0.1) {
            account.weight = chance.number(0.2, 4.0);
        }
        rules.accounts.insert(login.label.clone(), account);
        logins.push(login);
    }
    policy.providers.insert(id.clone(), rules);
    let active = chance.pick(&logins).map(|login| login.id.clone());
    let style = Style {
        names_reset: chance.happens(0.6),
        lag: chance.span(Duration::ZERO, secs(60)),
        reading_fails: chance.number(0.0, 0.1),
        readings_per_hour: if id.as_str() == "anthropic" { 28 } else { chance.count(20, 70) },
        refusal_is_final: chance.happens(0.1),
    };
    let apart = chance.span(days(1), days(20));
    let outages = outages(chance, length, apart);
    Service { id, logins, active, style, outages }
}

fn wild_quotas(id: &ProviderId, chance: &mut Chance) -> Vec<Quota> {
    let size = chance.number(10.0, 100.0);
    if id.as_str() == "github-copilot" {
        return vec![Quota::whole(Scope::Account, days(30), size * 10.0, Begins::AtOnce)];
    }
    let mut quotas = five_hours_and_week(size, size * chance.number(3.0, 9.0));
    if chance.happens(0.2) {
        quotas.push(Quota::whole(Scope::Model("spark".to_owned()), days(7), size * 2.0, Begins::WithUse));
    }
    if chance.happens(0.3) {
        quotas.iter_mut().for_each(|quota| quota.begins = Begins::AtOnce);
    }
    quotas
}

fn wild_plan(processes: usize, services: usize, chance: &mut Chance) -> Plan {
    let morning = u64::try_from(chance.count(0, 14)).unwrap_or_default();
    Plan {
        process: chance.count(1, processes) - 1,
        service: chance.count(1, services) - 1,
        model: if chance.happens(0.9) { MODELS[0] } else { MODELS[1] },
        gap: chance.span(minutes(2), minutes(30)),
        requests: (1, chance.count(1, 20)),
        units: (0.05, chance.number(0.2, 2.0)),
        day: (morning, morning + 9),
        weekends: chance.happens(0.4),
        subs: if chance.happens(0.5) { chance.number(0.0, 0.5) } else { 0.0 },
    }
}
