//! The figures of each strategy beside the two simple rules, over many weeks of an office.

use std::fmt;

use engine::Strategy;

use crate::bound;
use crate::scenario::{Demand, START, Scenario};
use crate::tally::Tally;
use crate::{Outcome, Rule, run};

/// One row: a rule, and what became of its weeks.
#[derive(Clone, Debug)]
pub struct Figures {
    /// The strategy's or the rule's name.
    pub name: String,
    /// Weeks lived through.
    pub weeks: u64,
    /// Turns.
    pub turns: u64,
    /// Turns that failed before the person's eyes although another account could have served them.
    pub failed: u64,
    /// Of them, those that a policy could have saved.
    pub avoidable: u64,
    /// Turns that nobody could have served.
    pub nobody_left: u64,
    /// Minutes a week in which sessions waited although an account could serve.
    pub needless_minutes: f64,
    /// Automatic switches for each limit that another account could mend.
    pub switches_per_limit: f64,
    /// Automatic switches between turns, a week.
    pub between_turns: f64,
    /// Percent of what an all-knowing scheduler could have had used.
    pub share_of_bound: f64,
}

/// Lives through so many weeks of an office under each rule, and counts.
pub fn figures(weeks: u64, demand: Demand) -> Vec<Figures> {
    let bounds: Vec<f64> = (1..=weeks).map(|seed| most(seed, demand)).collect();
    let mut rules: Vec<(&str, Rule, Strategy)> =
        Strategy::ALL.into_iter().map(|strategy| (strategy.name(), Rule::Baton, strategy)).collect();
    rules.push(("next in list on error", Rule::NextInList, Strategy::default()));
    rules.push(("highest remaining on error", Rule::HighestRemaining, Strategy::default()));
    let row = |(name, rule, strategy): (&str, Rule, Strategy)| {
        let outcomes = (1..=weeks).map(|seed| run(Scenario::office(seed, demand, strategy), rule, false));
        let tallies: Vec<Tally> = outcomes.map(|Outcome { tally, .. }| tally).collect();
        row(name, weeks, &tallies, &bounds)
    };
    rules.into_iter().map(row).collect()
}

fn row(name: &str, weeks: u64, tallies: &[Tally], bounds: &[f64]) -> Figures {
    let sum = |count: fn(&Tally) -> u64| tallies.iter().map(count).sum::<u64>();
    let number = |count: u64| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    let drawn: f64 = tallies.iter().flat_map(|tally| &tally.drawn).sum();
    let waited: f64 = tallies.iter().map(|tally| tally.needless_wait.as_secs_f64()).sum();
    Figures {
        name: name.to_owned(),
        weeks,
        turns: sum(|tally| tally.turns),
        failed: sum(|tally| tally.failed_unknowable + tally.failed_avoidable + tally.failed_at_once),
        avoidable: sum(|tally| tally.failed_avoidable),
        nobody_left: sum(|tally| tally.failed_nobody_left),
        needless_minutes: waited / 60.0 / number(weeks),
        switches_per_limit: number(sum(|tally| tally.switches)) / number(sum(|tally| tally.limits)).max(1.0),
        between_turns: number(sum(|tally| tally.other_switches)) / number(weeks),
        share_of_bound: drawn / bounds.iter().sum::<f64>() * 100.0,
    }
}

/// What somebody who knows everything could have had used of the week with this seed.
fn most(seed: u64, demand: Demand) -> f64 {
    let office = || Scenario::office(seed, demand, Strategy::default());
    let Outcome { tally, .. } = run(office().without_limits(), Rule::Baton, false);
    let scenario = office();
    let end = START + scenario.length;
    scenario.services.iter().zip(&tally.given).map(|(service, asked)| bound::most(service, asked, end)).sum()
}

impl Figures {
    /// The table's head.
    pub const HEAD: &str = "| rule | turns that failed although an account could serve | of them avoidable | minutes a week \
        without a usable account although one existed | switches per limit hit | share of what an all-knowing scheduler \
        could use |\n|---|---:|---:|---:|---:|---:|";
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, turns, failed, avoidable, needless_minutes, switches_per_limit, share_of_bound, .. } = self;
        write!(
            f,
            "| {name} | {failed} of {turns} | {avoidable} | {needless_minutes:.1} | {switches_per_limit:.2} | {share_of_bound:.1} % |"
        )
    }
}
