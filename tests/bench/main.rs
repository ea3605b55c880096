//! Measures the programs as people get them and prints one table: `cargo xtask bench [PART]…`.
//! Asserts nothing about times: an aim stands beside each figure.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]

// What the bridge adds to requests, and how long a failover takes inside one.
mod bridge;
// What a program costs, with everything that it started.
mod family;
// Processor time, wake-ups and memory of programs that have nothing to do.
mod idle;
// How fast a log is read, beside ripgrep.
mod log;
// How big the packages are, and how soon the programs start.
mod package;
// What the policy makes of simulated weeks.
mod policy;
// How fast the popover opens, and what it leaves behind.
mod popover;
// How long a history takes to be counted.
mod spend;
// From a log line's write to the exchanged credential.
mod switch;
// The table at the end.
mod table;
// What the engine's own work costs.
mod week;

use table::Table;

type Part = (&'static str, fn(&mut Table));

fn main() {
    // Cargo adds its own `--bench`.
    let wanted: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let parts: [Part; 9] = [
        ("switch", switch::measure),
        ("bridge", bridge::measure),
        ("log", log::measure),
        ("spend", spend::measure),
        ("week", week::measure),
        ("policy", policy::measure),
        ("package", package::measure),
        ("popover", popover::measure),
        ("idle", idle::measure),
    ];
    if let Some(unknown) = wanted.iter().find(|word| parts.iter().all(|(name, _)| name != word)) {
        eprintln!("no part {unknown:?}; there are: {}", parts.map(|(name, _)| name).join(", "));
        std::process::exit(2);
    }
    let mut table = Table::default();
    for (name, measure) in parts {
        if wanted.is_empty() || wanted.iter().any(|word| word == name) {
            eprintln!("measuring: {name}");
            measure(&mut table);
        }
    }
    println!("\n{table}");
}
