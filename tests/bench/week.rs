use std::fs;
use std::time::Duration;

use crate::table::Table;

#[path = "../../crates/engine/tests/week/simulation.rs"]
mod simulation;

use simulation::{HOURS, PROVIDERS, Week};

const WEEKS: u32 = 5;

/// What the engine costs in a busy person's week, whose providers answer at once and for nothing.
pub(crate) fn measure(table: &mut Table) {
    let before = processor_time();
    let weeks: Vec<Week> = (0..WEEKS)
        .map(|_| {
            let mut week = Week::default();
            week.run();
            week
        })
        .collect();
    let an_hour = (processor_time() - before).as_secs_f64() / f64::from(WEEKS) / HOURS;

    let requests: usize = weeks[0].requests.values().map(Vec::len).sum();
    let accounts: usize = PROVIDERS.iter().map(|(_, accounts)| accounts).sum();
    let what = format!("week of {accounts} accounts at {} providers, the engine", PROVIDERS.len());
    table.row(format!("{what}: processor time an hour"), format!("{:.3} ms", an_hour * 1e3), "");
    table.row(format!("{what}: inputs of time an hour"), format!("{:.0}", weeks[0].wakes as f64 / HOURS), "");
    table.row(format!("{what}: usage reads an hour"), format!("{:.0}", requests as f64 / HOURS), "");
}

/// Of this thread.
fn processor_time() -> Duration {
    let ran = fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    Duration::from_nanos(ran.split_whitespace().next().unwrap().parse().unwrap())
}
