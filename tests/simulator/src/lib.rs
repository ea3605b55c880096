//! Lives through weeks of an engine's life in a moment: providers with real window rules, sessions of OpenCode that
//! use them up in bursts, lines that are late or lost, outages, sleep, clocks that jump, and a person who meddles.
//! Refuses to know anything of Baton but its engine: what the engine isn't told, it doesn't know here either.
//!
//! A seed decides everything. What must always hold is checked in every run, and whatever doesn't hold can be seen
//! again: `cargo run -p simulator -- --seed N --strategy S --trace`.
#![allow(clippy::indexing_slicing, reason = "indices are the simulator's own")]

mod bound;
mod chance;
mod figures;
mod pilot;
mod scenario;
mod spans;
mod step_cost;
mod tally;
mod trace;
mod truth;
mod witness;
mod world;

use engine::{Strategy, Timestamp};

pub use figures::{Figures, figures};
pub use scenario::{Demand, Scenario};
pub use step_cost::{StepCost, step_cost};
pub use tally::Tally;
pub use trace::when;
pub use witness::Violation;

use pilot::Pilot;
use world::World;

/// Who decides in a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Baton's engine, with the scenario's settings.
    Baton,
    /// On an error, the next account in the list.
    NextInList,
    /// On an error, the account with most left.
    HighestRemaining,
}

/// What became of a run.
#[derive(Debug)]
pub struct Outcome {
    /// What was counted.
    pub tally: Tally,
    /// What didn't hold.
    pub violations: Vec<Violation>,
}

/// Lives through a scenario.
pub fn run(scenario: Scenario, rule: Rule, trace: bool) -> Outcome {
    let pilot = match rule {
        Rule::Baton => Pilot::baton(),
        Rule::NextInList => Pilot::next_in_list(),
        Rule::HighestRemaining => Pilot::highest_remaining(),
    };
    let mut world = World::new(scenario, pilot, trace);
    world.run();
    Outcome { tally: world.tally, violations: world.witness.violations }
}

/// Lives through a wild week and returns what didn't hold, in words.
pub fn wild_week(seed: u64, strategy: Strategy) -> Vec<String> {
    let Outcome { violations, .. } = run(Scenario::wild(seed, strategy), Rule::Baton, false);
    violations.iter().map(|(at, what): &(Timestamp, String)| format!("{}: {what}", when(*at))).collect()
}
