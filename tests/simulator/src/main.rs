//! Replays a week, or prints the figures: `cargo run -p simulator -- --seed N --strategy S --trace`.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]

use std::process::ExitCode;

use engine::Strategy;
use simulator::{Demand, Figures, Outcome, Rule, Scenario, figures, run, step_cost, when, wild_week};

const USAGE: &str = "\
simulator --seed N [--strategy S] [--office comfortable|saturating] [--rule baton|next|highest] [--trace]
simulator sweep FROM TO [--strategy S]      wild weeks; prints what didn't hold
simulator figures [WEEKS]                   the tables of docs/policy.md
simulator step                              the cost of one step with 1,000 accounts";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match told(&words) {
        Some(code) => code,
        None => {
            eprintln!("{USAGE}");
            ExitCode::from(2)
        }
    }
}

fn told(words: &[String]) -> Option<ExitCode> {
    let option = |name: &str| {
        let at = words.iter().position(|word| word == name)?;
        words.get(at + 1).map(String::as_str)
    };
    let strategy = match option("--strategy") {
        Some(name) => Some(Strategy::ALL.into_iter().find(|strategy| strategy.name() == name)?),
        None => None,
    };
    match words.first().map(String::as_str)? {
        "figures" => {
            let weeks = words.get(1).map_or(Some(100), |weeks| weeks.parse().ok())?;
            for (name, demand) in [("Saturating", Demand::Saturating), ("Comfortable", Demand::Comfortable)] {
                println!("{name} demand, {weeks} weeks:\n\n{}", Figures::HEAD);
                figures(weeks, demand).iter().for_each(|row| println!("{row}"));
                println!();
            }
            Some(ExitCode::SUCCESS)
        }
        "step" => {
            println!("{:?}", step_cost(1000));
            Some(ExitCode::SUCCESS)
        }
        "sweep" => {
            let (from, to): (u64, u64) = (words.get(1)?.parse().ok()?, words.get(2)?.parse().ok()?);
            let mut failed = 0;
            for seed in from..to {
                let index = usize::try_from(seed).unwrap_or_default() % Strategy::ALL.len();
                let strategy = strategy.unwrap_or(Strategy::ALL[index]);
                let wrong = wild_week(seed, strategy);
                failed += usize::from(!wrong.is_empty());
                wrong.iter().take(3).for_each(|what| println!("seed {seed} {strategy:?}: {what}"));
            }
            println!("{failed} of {} weeks", to - from);
            Some(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        _ => {
            let seed = option("--seed")?.parse().ok()?;
            let strategy = strategy.unwrap_or_default();
            let scenario = match option("--office") {
                Some("comfortable") => Scenario::office(seed, Demand::Comfortable, strategy),
                Some("saturating") => Scenario::office(seed, Demand::Saturating, strategy),
                Some(_) => return None,
                None => Scenario::wild(seed, strategy),
            };
            let rule = match option("--rule") {
                None | Some("baton") => Rule::Baton,
                Some("next") => Rule::NextInList,
                Some("highest") => Rule::HighestRemaining,
                Some(_) => return None,
            };
            let Outcome { tally, violations } = run(scenario, rule, words.iter().any(|word| word == "--trace"));
            println!("{tally}");
            violations.iter().for_each(|(at, what)| println!("{}: {what}", when(*at)));
            Some(if violations.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
    }
}
