//! A simulated week stays inside every provider's budget of requests.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests")]

mod simulation;

use engine::{AccountId, ProviderId};
use simulation::{DAY, HOUR, HOURS, PROVIDERS, Week};

#[test]
fn a_week_of_forty_accounts_stays_inside_every_budget() {
    let mut week = Week::default();
    week.run();
    println!(
        "{:<18} {:>8} {:>10} {:>14} {:>22}",
        "provider", "accounts", "requests", "an hour", "most an hour & account"
    );
    for (provider, count) in PROVIDERS {
        let requests = &week.requests[&ProviderId::new(provider)];
        let most = most_in_an_hour(requests);
        let an_hour = requests.len() as f64 / HOURS;
        println!("{provider:<18} {count:>8} {:>10} {an_hour:>14.1} {most:>22}", requests.len());
        let budget = if provider == "anthropic" { 27 } else { 60 };
        assert!(most <= budget, "{provider}: {most} requests in an hour about one account");
        let everyone_is_read = (0..count).all(|number| {
            requests.iter().filter(|(_, account)| account.as_str() == format!("{provider}-{number}")).count() >= 7
        });
        assert!(everyone_is_read, "{provider}");
        let burst = requests.windows(4).any(|four| four[3].0 - four[0].0 < 5 && !near_the_hit(four[0].0));
        assert!(!burst, "{provider} was asked four times in five seconds");
    }
    println!("{} wakes of the engine in all, {:.0} an hour", week.wakes, week.wakes as f64 / HOURS);
}

/// A failover asks about all candidates at once, and another one may follow.
fn near_the_hit(second: i64) -> bool {
    (10 * HOUR..11 * HOUR).contains(&(second % DAY))
}

fn most_in_an_hour(requests: &[(i64, AccountId)]) -> usize {
    let from = |start: &(i64, AccountId)| {
        let within = |other: &&(i64, AccountId)| other.1 == start.1 && (start.0..start.0 + HOUR).contains(&other.0);
        requests.iter().filter(within).count()
    };
    requests.iter().map(from).max().unwrap_or(0)
}
