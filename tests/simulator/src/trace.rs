//! What a replay shows: one line for each thing that happens.

use engine::Timestamp;

use crate::scenario::START;

/// Prints a line with the day and time of the simulated week.
#[allow(clippy::print_stdout, reason = "a trace is for the terminal")]
pub(crate) fn line(now: Timestamp, what: &str) {
    println!("{} {what}", when(now));
}

/// The day of the simulated time, counted from 1, and the time of day.
pub fn when(now: Timestamp) -> String {
    let millis = now.since(START).as_millis();
    let (secs, millis) = (millis / 1000, millis % 1000);
    let (day, hour, minute, second) = (secs / 86_400 + 1, secs / 3600 % 24, secs / 60 % 60, secs % 60);
    format!("day {day} {hour:02}:{minute:02}:{second:02}.{millis:03}")
}
