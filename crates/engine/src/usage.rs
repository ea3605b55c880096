//! Usage windows and balances: how much of an account's quota is gone and when it comes back.

use std::time::Duration;

use crate::{Timestamp, model};

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

/// Which of an account's windows: the same one, however often it is reset.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WindowId {
    /// What its quota is for.
    pub scope: Scope,
    /// How long it is.
    pub length: Duration,
}

/// One window's figures at one time.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// When the provider was asked.
    pub read_at: Timestamp,
    /// What it said.
    pub window: Window,
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
    /// Which window it is.
    pub fn id(&self) -> WindowId {
        WindowId { scope: self.scope.clone(), length: self.length }
    }

    /// How far apart two times may lie that tell of the same reset: providers compute it anew for each reply.
    pub fn reset_tolerance(length: Duration) -> Duration {
        length / 20
    }

    /// Percent that is left at `now`: everything, once the reset has passed.
    pub fn remaining_percent(&self, now: Timestamp) -> f64 {
        match self.resets_at {
            Some(reset) if reset <= now => 100.0,
            Some(_) | None => (100.0 - self.used_percent).clamp(0.0, 100.0),
        }
    }

    /// Short name by length: `5h`, `weekly`, `monthly`, else `3d`, `12h`, `30m`.
    pub fn name(&self) -> String {
        name(self.length)
    }
}

impl WindowId {
    /// Short name by length, as of the window.
    pub fn name(&self) -> String {
        name(self.length)
    }
}

fn name(length: Duration) -> String {
    const MINUTE: u64 = 60;
    const HOUR: u64 = 60 * MINUTE;
    const DAY: u64 = 24 * HOUR;
    match length.as_secs() {
        secs if secs == 7 * DAY => "weekly".to_owned(),
        secs if (28 * DAY..=31 * DAY).contains(&secs) => "monthly".to_owned(),
        secs if secs >= DAY && secs.is_multiple_of(DAY) => format!("{}d", secs / DAY),
        secs if secs >= HOUR && secs.is_multiple_of(HOUR) => format!("{}h", secs / HOUR),
        secs => format!("{}m", secs.div_ceil(MINUTE)),
    }
}

impl Balance {
    /// Percent that is left; `None` where nobody says what there was.
    pub fn remaining_percent(&self) -> Option<f64> {
        let of = self.of.filter(|of| *of > 0.0)?;
        Some((self.left / of * 100.0).clamp(0.0, 100.0))
    }

    /// Nothing is left. An amount that is no number is unknown, not spent.
    pub fn is_spent(&self) -> bool {
        self.left <= 0.0
    }
}

impl Usage {
    /// Percent left in the scarcest of the windows and balances that govern every request; `None` when the provider
    /// tells of none, or only of amounts. A figure that is no number counts as none.
    pub fn headroom(&self, now: Timestamp) -> Option<f64> {
        let window = self.scarcest(now, |scope| matches!(scope, Scope::Account));
        let balances = self.governing_balances(now).filter_map(|balance| match balance.is_spent() {
            true => Some(0.0),
            false => balance.remaining_percent(),
        });
        window.into_iter().chain(balances).filter(|remaining| !remaining.is_nan()).min_by(f64::total_cmp)
    }

    /// Whether a window or a balance that governs every request is spent.
    pub fn is_spent(&self, now: Timestamp) -> bool {
        self.spent_window(now).is_some() || self.spent_balance(now).is_some()
    }

    /// The governing balance that is spent; of several the lowest. Nobody knows when it is whole again.
    pub fn spent_balance(&self, now: Timestamp) -> Option<&Balance> {
        self.governing_balances(now).filter(|balance| balance.is_spent()).min_by(|a, b| a.left.total_cmp(&b.left))
    }

    /// Whether something is known to be left, be it of an unknown percentage.
    pub fn has_left(&self, now: Timestamp) -> bool {
        let amounts = || self.governing_balances(now).any(|balance| balance.left > 0.0);
        !self.is_spent(now) && (self.headroom(now).is_some() || amounts())
    }

    /// The balances that govern every request. A spent one does so only where no window has a figure: beside a plan's
    /// windows it is an extra, and the windows are what requests draw on.
    fn governing_balances(&self, now: Timestamp) -> impl Iterator<Item = &Balance> {
        let has_windows = self.scarcest(now, |scope| matches!(scope, Scope::Account)).is_some();
        self.balances.iter().filter(move |balance| !has_windows || !balance.is_spent())
    }

    /// Percent left in the scarcest window of single models; `None` when there is none.
    pub fn model_headroom(&self, now: Timestamp) -> Option<f64> {
        self.scarcest(now, |scope| matches!(scope, Scope::Model(_)))
    }

    /// Percent left for one model: in the windows and balances that govern every request, and in the model's own.
    pub fn headroom_for(&self, model: &str, now: Timestamp) -> Option<f64> {
        let own = self.windows_of(model).into_iter().map(|window| self.remaining(window, now));
        self.headroom(now).into_iter().chain(own).filter(|remaining| !remaining.is_nan()).min_by(f64::total_cmp)
    }

    /// The model's own window that is spent; of several the one that is spent for longest.
    pub fn spent_model_window(&self, model: &str, now: Timestamp) -> Option<&Window> {
        let spent = self.windows_of(model).into_iter().filter(|window| self.remaining(window, now) <= 0.0);
        spent.max_by_key(|window| (window.resets_at, window.length))
    }

    /// The windows of a model itself, as far as the provider's words say so.
    pub(crate) fn windows_of(&self, model: &str) -> Vec<&Window> {
        let scoped = self.windows.iter().filter_map(|window| match &window.scope {
            Scope::Model(words) => Some((words.as_str(), window)),
            Scope::Account => None,
        });
        model::closest(scoped, model)
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

    /// When the first of the governing windows that have begun is whole again.
    pub fn resets_at(&self, now: Timestamp) -> Option<Timestamp> {
        self.governing().filter_map(|window| window.resets_at).filter(|reset| *reset > now).min()
    }

    /// When what is left in the longest governing window is lost; `None` while that has yet to begin. Shorter windows come
    /// back all the time: what is lost with them is little.
    pub fn lost_at(&self, now: Timestamp) -> Option<Timestamp> {
        let longest = self.governing().max_by_key(|window| window.length)?;
        longest.resets_at.filter(|reset| *reset > now)
    }

    /// The windows that govern every request.
    pub fn governing(&self) -> impl Iterator<Item = &Window> {
        self.windows.iter().filter(|window| window.scope == Scope::Account)
    }

    /// A window of which nobody says when it ends has ended at the latest when its length has passed since the reading.
    pub(crate) fn end_of(&self, window: &Window) -> Timestamp {
        window.resets_at.unwrap_or(self.read_at + window.length)
    }

    pub(crate) fn remaining(&self, window: &Window, now: Timestamp) -> f64 {
        if self.end_of(window) <= now { 100.0 } else { window.remaining_percent(now) }
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
    fn balances_count_beside_windows_and_never_against_them() {
        let check = |windows: &[f64], balances: &[(f64, Option<f64>)], headroom: Option<f64>, verdict: &str| {
            let windows = windows.iter().map(|used| window(18_000, *used, Some(2_000))).collect();
            let balances = balances.iter().map(|(left, of)| Balance { left: *left, of: *of, unit: "USD".to_owned() });
            let usage = Usage { read_at: NOW, windows, balances: balances.collect() };
            let found = match (usage.is_spent(NOW), usage.has_left(NOW)) {
                (true, false) => "spent",
                (false, true) => "left",
                (false, false) => "unknown",
                (true, true) => "both",
            };
            assert_eq!((usage.headroom(NOW), found), (headroom, verdict), "{usage:?}");
        };
        // Amounts alone.
        check(&[], &[(5.0, None)], None, "left");
        check(&[], &[(0.0, None)], Some(0.0), "spent");
        check(&[], &[(-0.5, None)], Some(0.0), "spent");
        check(&[], &[(f64::NAN, None)], None, "unknown");
        // Parts of a whole.
        check(&[], &[(5.0, Some(20.0))], Some(25.0), "left");
        check(&[], &[(30.0, Some(20.0))], Some(100.0), "left");
        check(&[], &[(5.0, Some(0.0))], None, "left");
        check(&[], &[(-1.0, Some(20.0))], Some(0.0), "spent");
        // Each one has to suffice.
        check(&[], &[(15.0, Some(20.0)), (5.0, None)], Some(75.0), "left");
        check(&[], &[(15.0, Some(20.0)), (0.0, None)], Some(0.0), "spent");
        // Beside windows.
        check(&[40.0], &[(5.0, Some(20.0))], Some(25.0), "left");
        check(&[40.0], &[(19.0, Some(20.0))], Some(60.0), "left");
        check(&[40.0], &[(0.0, Some(20.0))], Some(60.0), "left");
        check(&[40.0], &[(-1.0, None)], Some(60.0), "left");
        check(&[100.0], &[(19.0, Some(20.0))], Some(0.0), "spent");
        check(&[f64::NAN], &[(0.0, None)], Some(0.0), "spent");
    }

    #[test]
    fn a_spent_balance_has_no_known_end() {
        let balances = vec![Balance { left: 0.0, of: None, unit: "USD".to_owned() }];
        let usage = Usage { read_at: NOW, windows: vec![], balances };
        assert_eq!((usage.spent_window(NOW), usage.spent_until(NOW)), (None, None));
        assert!(usage.is_spent(NOW + Duration::from_secs(90 * 24 * 3600)));
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
