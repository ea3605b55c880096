//! Single headers of answers to OpenCode's own requests. What is absent or of another kind is unknown, never zero.
//! `x-ratelimit-*` is left alone: it tells of a minute's rate, not of a quota.

use std::collections::BTreeMap;

use engine::Timestamp;

/// A number from zero on.
pub(super) fn number(headers: &BTreeMap<String, String>, name: &str) -> Option<f64> {
    headers.get(name)?.trim().parse().ok().filter(|number: &f64| number.is_finite() && *number >= 0.0)
}

/// A time in seconds since 1970.
pub(super) fn time(headers: &BTreeMap<String, String>, name: &str) -> Option<Timestamp> {
    let seconds = number(headers, name).filter(|seconds| *seconds > 0.0)?;
    #[expect(clippy::cast_possible_truncation, reason = "saturates; no clock is there")]
    Some(Timestamp::from_millis((seconds * 1000.0) as i64))
}
