//! A thousand wild weeks. Whatever doesn't hold is printed with the command that shows it again.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests")]

use engine::Strategy;
use simulator::wild_week;

/// So many weeks for each strategy; together a thousand.
const WEEKS: [u64; 6] = [170, 166, 166, 166, 166, 166];

fn check(index: usize, half: u64) {
    let strategy = Strategy::ALL[index];
    let name = strategy.name();
    let (from, to) = (half * WEEKS[index] / 2, (half + 1) * WEEKS[index] / 2);
    println!("seeds {from} to {} with {name}", to - 1);
    let mut wrong = Vec::new();
    for seed in from..to {
        for what in wild_week(seed, strategy) {
            wrong.push(format!("{what}\n    cargo run -p simulator -- --seed {seed} --strategy {name} --trace"));
        }
    }
    assert!(wrong.is_empty(), "{} things that must hold didn't:\n{}", wrong.len(), wrong.join("\n"));
}

macro_rules! weeks {
    ($($name:ident: $index:literal $half:literal,)*) => {
        $(#[test]
        fn $name() {
            check($index, $half);
        })*
    };
}

weeks! {
    what_must_hold_does_with_most_remaining: 0 0,
    what_must_hold_does_with_most_remaining_in_other_weeks: 0 1,
    what_must_hold_does_with_sticky: 1 0,
    what_must_hold_does_with_sticky_in_other_weeks: 1 1,
    what_must_hold_does_with_round_robin: 2 0,
    what_must_hold_does_with_round_robin_in_other_weeks: 2 1,
    what_must_hold_does_with_hybrid: 3 0,
    what_must_hold_does_with_hybrid_in_other_weeks: 3 1,
    what_must_hold_does_with_drain_first: 4 0,
    what_must_hold_does_with_drain_first_in_other_weeks: 4 1,
    what_must_hold_does_with_soonest_reset: 5 0,
    what_must_hold_does_with_soonest_reset_in_other_weeks: 5 1,
}

#[test]
fn the_same_seed_gives_the_same_week() {
    use simulator::{Rule, Scenario, run};
    let week = || format!("{:?}", run(Scenario::wild(7, Strategy::ALL[0]), Rule::Baton, false));
    assert_eq!(week(), week());
}
