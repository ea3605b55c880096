//! Usage windows: how much of an account's quota is gone and when it comes back.

use std::time::Duration;

use crate::Timestamp;

/// One reading of an account's windows.
#[derive(Clone, Debug, PartialEq)]
pub struct Usage {
    /// When the provider was asked.
    pub read_at: Timestamp,
    /// Every window that the provider told of.
    pub windows: Vec<Window>,
    /// What is left of money or credits that were paid for; empty where the provider tells of none.
    pub balances: Vec<Balance>,
}

/// Money or credits that requests are paid from. They come back when somebody pays, not by time.
#[derive(Clone, Debug, PartialEq)]
pub struct Balance {
    /// What is left; may be below zero.
    pub left: f64,
    /// What there was at first, where the provider says so.
    pub of: Option<f64>,
    /// ISO 4217 code in capitals, or the provider's own unit such as `credits`.
    pub unit: String,
}

/// A span of time with a quota.
#[derive(Clone, Debug, PartialEq)]
pub struct Window {
    /// What the quota is for.
    pub scope: Scope,
    /// How long the window is; windows are told apart by it, never by their order.
    pub length: Duration,
    /// Percent used, 0 to 100.
    pub used_percent: f64,
    /// When the quota is whole again; `None` while the window hasn't begun or nobody says.
    pub resets_at: Option<Timestamp>,
}

/// What a window's quota is for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Every request that OpenCode makes with the account.
    Account,
    /// Requests for one model or family only, in the provider's own words.
    Model(String),
}

impl Window {
    /// Percent that is left at `now`: everything, once the reset has passed.
    pub fn remaining_percent(&self, now: Timestamp) -> f64 {
        match self.resets_at {
            Some(reset) if reset <= now => 100.0,
            Some(_) | None => (100.0 - self.used_percent).clamp(0.0, 100.0),
        }
    }

    /// Short name by length: `5h`, `weekly`, `monthly`, else `3d`, `12h`, `30m`.
    pub fn name(&self) -> String {
        const MINUTE: u64 = 60;
        const HOUR: u64 = 60 * MINUTE;
        const DAY: u64 = 24 * HOUR;
        match self.length.as_secs() {
            secs if secs == 7 * DAY => "weekly".to_owned(),
            secs if (28 * DAY..=31 * DAY).contains(&secs) => "monthly".to_owned(),
            secs if secs >= DAY && secs.is_multiple_of(DAY) => format!("{}d", secs / DAY),
            secs if secs >= HOUR && secs.is_multiple_of(HOUR) => format!("{}h", secs / HOUR),
            secs => format!("{}m", secs.div_ceil(MINUTE)),
        }
    }
}

impl Usage {
    /// Percent left in the scarcest window that governs every request; `None` when the provider tells of none.
    /// A figure that is no number counts as none.
    pub fn headroom(&self, now: Timestamp) -> Option<f64> {
        self.scarcest(now, |scope| matches!(scope, Scope::Account))
    }

    /// Percent left in the scarcest window of single models; `None` when there is none.
    pub fn model_headroom(&self, now: Timestamp) -> Option<f64> {
        self.scarcest(now, |scope| matches!(scope, Scope::Model(_)))
    }

    /// When the account can be used again: the latest reset among its spent governing windows.
    pub fn spent_until(&self, now: Timestamp) -> Option<Timestamp> {
        self.spent_window(now).and_then(|window| window.resets_at)
    }

    /// The governing window that is spent; of several the one that is spent for longest.
    pub fn spent_window(&self, now: Timestamp) -> Option<&Window> {
        self.governing()
            .filter(|window| self.remaining(window, now) <= 0.0)
            .max_by_key(|window| (window.resets_at, window.length))
    }

    /// The windows that govern every request.
    pub fn governing(&self) -> impl Iterator<Item = &Window> {
        self.windows.iter().filter(|window| window.scope == Scope::Account)
    }

    /// A window of which nobody says when it ends has ended at the latest when its length has passed since the reading.
    fn remaining(&self, window: &Window, now: Timestamp) -> f64 {
        let resets_at = window.resets_at.unwrap_or(self.read_at + window.length);
        if resets_at <= now { 100.0 } else { window.remaining_percent(now) }
    }

    fn scarcest(&self, now: Timestamp, wanted: impl Fn(&Scope) -> bool) -> Option<f64> {
        self.windows
            .iter()
            .filter(|window| wanted(&window.scope))
            .map(|window| self.remaining(window, now))
            .filter(|remaining| !remaining.is_nan())
            .min_by(f64::total_cmp)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_000);

    fn window(length_secs: u64, used_percent: f64, resets_at: Option<i64>) -> Window {
        Window {
            scope: Scope::Account,
            length: Duration::from_secs(length_secs),
            used_percent,
            resets_at: resets_at.map(Timestamp::from_secs),
        }
    }

    #[test]
    fn windows_are_named_by_their_length() {
        let cases = [(18_000, "5h"), (604_800, "weekly"), (2_592_000, "monthly"), (86_400, "1d"), (5_400, "90m")];
        for (secs, name) in cases {
            assert_eq!(window(secs, 0.0, None).name(), name);
        }
    }

    #[test]
    fn headroom_is_what_the_scarcest_window_leaves() {
        let usage = Usage {
            read_at: NOW,
            windows: vec![window(18_000, 12.0, None), window(604_800, 40.0, None)],
            balances: vec![],
        };
        assert_eq!(usage.headroom(NOW), Some(60.0));
    }

    #[test]
    fn a_window_is_whole_again_after_its_reset() {
        let usage = Usage { read_at: NOW, windows: vec![window(18_000, 100.0, Some(1_500))], balances: vec![] };
        assert_eq!(usage.headroom(NOW), Some(0.0));
        assert_eq!(usage.headroom(Timestamp::from_secs(1_500)), Some(100.0));
    }

    #[test]
    fn no_windows_is_unknown_not_spent() {
        assert_eq!(Usage { read_at: NOW, windows: vec![], balances: vec![] }.headroom(NOW), None);
    }

    #[test]
    fn a_window_without_an_end_is_whole_again_after_its_length() {
        let usage = Usage { read_at: NOW, windows: vec![window(18_000, 100.0, None)], balances: vec![] };
        assert_eq!(usage.headroom(NOW), Some(0.0));
        assert_eq!(usage.headroom(NOW + Duration::from_secs(18_000)), Some(100.0));
    }

    #[test]
    fn a_figure_that_is_no_number_is_unknown() {
        let usage = Usage { read_at: NOW, windows: vec![window(18_000, f64::NAN, None)], balances: vec![] };
        assert_eq!(usage.headroom(NOW), None);
        assert_eq!(usage.spent_window(NOW), None);
    }

    #[test]
    fn the_weekly_window_can_outlast_the_five_hour_one() {
        let usage = Usage {
            read_at: NOW,
            windows: vec![window(18_000, 100.0, Some(2_000)), window(604_800, 100.0, Some(9_000))],
            balances: vec![],
        };
        assert_eq!(usage.spent_until(NOW), Some(Timestamp::from_secs(9_000)));
    }
}
