//! The score of the hybrid strategy: what is left, health and recency in one number. Plain arithmetic.
//!
//! `score = 60 × left + 25 × health + 15 × rest`, each part from 0 to 1:
//! - left: percent above the reserve, times the weight, as a share of 100; an unknown one counts as half, and figures that
//!   don't hold any more as half-way to that;
//! - health: 0 at its last limit, a half an hour later, and ever closer to 1;
//! - rest: the same since it was active last, so that load spreads.

use std::time::Duration;

const LEFT: f64 = 60.0;
const HEALTH: f64 = 25.0;
const REST: f64 = 15.0;
/// After this time, half of a trouble is forgotten.
const HALF: Duration = Duration::from_secs(60 * 60);
/// What an account has left of which nobody knows.
const UNKNOWN: f64 = 0.5;

/// What the score is made of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scored {
    /// Percent above the reserve, times the weight.
    pub(super) left: Option<f64>,
    pub(super) figures_hold: bool,
    pub(super) since_limit: Option<Duration>,
    pub(super) since_active: Option<Duration>,
}

/// Out of a hundred.
pub(super) fn of(account: Scored) -> f64 {
    let left = match account.left.map(|left| (left / 100.0).clamp(0.0, 1.0)) {
        Some(left) if account.figures_hold => left,
        Some(left) => (left + UNKNOWN) / 2.0,
        None => UNKNOWN,
    };
    LEFT * left + HEALTH * recovered(account.since_limit) + REST * recovered(account.since_active)
}

fn recovered(since: Option<Duration>) -> f64 {
    since.map_or(1.0, |since| since.as_secs_f64() / (since + HALF).as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(left: Option<f64>, figures_hold: bool, hours_since: (Option<u64>, Option<u64>), expected: f64) {
        let hours = |hours: Option<u64>| hours.map(|hours| Duration::from_secs(hours * 3600));
        let (since_limit, since_active) = (hours(hours_since.0), hours(hours_since.1));
        let score = of(Scored { left, figures_hold, since_limit, since_active });
        assert!((score - expected).abs() < 1e-9, "{left:?} {hours_since:?}: {score}");
    }

    #[test]
    fn what_is_left_health_and_rest_add_up() {
        check(Some(100.0), true, (None, None), 100.0);
        check(Some(50.0), true, (Some(0), Some(0)), 30.0);
        check(Some(50.0), true, (Some(1), Some(3)), 30.0 + 12.5 + 11.25);
        check(Some(300.0), true, (None, None), 100.0);
    }

    #[test]
    fn an_unknown_usage_is_neither_spent_nor_whole() {
        check(None, true, (None, None), 70.0);
        check(Some(0.0), false, (None, None), 55.0);
        check(Some(100.0), false, (None, None), 85.0);
    }
}
