//! Spans of time by their names.

use std::time::Duration;

pub(crate) const fn secs(count: u64) -> Duration {
    Duration::from_secs(count)
}

pub(crate) const fn minutes(count: u64) -> Duration {
    secs(count * 60)
}

pub(crate) const fn hours(count: u64) -> Duration {
    minutes(count * 60)
}

pub(crate) const fn days(count: u64) -> Duration {
    hours(count * 24)
}
