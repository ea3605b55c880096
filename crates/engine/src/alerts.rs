//! When a person hears of a window: near its end, and when it is whole again after it was spent. Keeps what was told, so
//! that nothing is told twice. Knows no account; whom a window belongs to is for others to say.

use std::collections::BTreeMap;

use crate::{ProviderId, Timestamp, Window, WindowId};

/// At how many percent used a person is told, by provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alerts {
    /// Where nothing else is set; ascending.
    pub usual: Vec<u8>,
    /// At single providers; ascending. Without any percentage nothing is told of the provider's windows at all.
    pub own: BTreeMap<ProviderId, Vec<u8>>,
}

impl Default for Alerts {
    fn default() -> Self {
        Self { usual: vec![80, 95], own: BTreeMap::new() }
    }
}

impl Alerts {
    /// Those of one provider.
    pub fn of(&self, provider: &ProviderId) -> &[u8] {
        self.own.get(provider).unwrap_or(&self.usual)
    }
}

/// What was told or seen of one window, from its beginning to its reset.
#[derive(Clone, Debug, PartialEq)]
pub struct AlertMemory {
    /// Which window.
    pub window: WindowId,
    /// When it is reset, as heard last.
    pub ends_at: Timestamp,
    /// The most that was used of it. What lies below is no news any more, even when use fell and rises again.
    pub peak_percent: f64,
    /// It was spent: its reset will be news.
    pub spent: bool,
}

/// What is news about a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum News {
    /// Use has passed this percentage, and none that is higher.
    Passed(u8),
    /// It was spent, and was reset.
    Reset,
}

/// One window as it is followed since the start.
#[derive(Clone, Debug)]
pub(crate) struct Followed {
    memory: AlertMemory,
    /// What the ledger has of it.
    written: Option<AlertMemory>,
    /// It was read since the start. What was passed before is no news.
    read: bool,
}

impl Followed {
    /// Begins with the first reading that is known of a window.
    pub(crate) fn begin(window: &Window, read_at: Timestamp) -> Self {
        let ends_at = window.resets_at.unwrap_or(read_at + window.length);
        let peak_percent = window.used_percent;
        let memory = AlertMemory { window: window.id(), ends_at, peak_percent, spent: peak_percent >= 100.0 };
        Self { memory, written: None, read: true }
    }

    /// Goes on with what was kept before the start; `None` when the window was reset meanwhile.
    pub(crate) fn kept(memory: AlertMemory, now: Timestamp) -> Option<Self> {
        (memory.ends_at > now).then(|| Self { written: Some(memory.clone()), memory, read: false })
    }

    /// Takes in a later reading. Says what is news in it.
    pub(crate) fn read(&mut self, window: &Window, read_at: Timestamp, thresholds: &[u8]) -> Option<News> {
        let used = window.used_percent;
        let known = std::mem::replace(&mut self.read, true);
        if self.is_reset(window, read_at) {
            let anew = Self { written: self.written.take(), ..Self::begin(window, read_at) };
            let before = std::mem::replace(self, anew);
            let passed = passed(thresholds, used).filter(|_| known);
            return if before.memory.spent && used < 100.0 { Some(News::Reset) } else { passed.map(News::Passed) };
        }
        let memory = &mut self.memory;
        memory.ends_at = window.resets_at.unwrap_or(memory.ends_at);
        let before = passed(thresholds, memory.peak_percent);
        memory.peak_percent = memory.peak_percent.max(used);
        memory.spent |= used >= 100.0;
        let after = passed(thresholds, memory.peak_percent);
        after.filter(|_| known && after > before).map(News::Passed)
    }

    /// A reading doesn't tell of the window any more: once its time has passed, it was reset.
    pub(crate) fn missing(&mut self, read_at: Timestamp) -> Option<News> {
        let over = self.memory.spent && self.memory.ends_at <= read_at;
        if over {
            self.memory.spent = false;
            self.memory.peak_percent = 0.0;
        }
        over.then_some(News::Reset)
    }

    /// What must be written now, so that nothing is told again after a restart; `None` while nothing of it changed.
    pub(crate) fn unwritten(&mut self, thresholds: &[u8]) -> Option<AlertMemory> {
        let memory = &self.memory;
        let same = match &self.written {
            None => passed(thresholds, memory.peak_percent).is_none() && !memory.spent,
            Some(written) => {
                let drifted = memory.ends_at.since(written.ends_at).max(written.ends_at.since(memory.ends_at));
                passed(thresholds, memory.peak_percent) == passed(thresholds, written.peak_percent)
                    && memory.spent == written.spent
                    && drifted <= Window::reset_tolerance(memory.window.length) / 2
            }
        };
        if same {
            return None;
        }
        self.written = Some(memory.clone());
        self.written.clone()
    }

    /// Whether a reading is of a time after the window's reset. Reset times drift; what tells of a reset is a later one
    /// once the time has come, or earlier together with a figure that fell deep.
    fn is_reset(&self, window: &Window, read_at: Timestamp) -> bool {
        let tolerance = Window::reset_tolerance(window.length);
        match window.resets_at {
            None => self.memory.ends_at <= read_at,
            Some(reset) => {
                let due = self.memory.ends_at <= read_at + tolerance;
                let fell = window.used_percent < self.memory.peak_percent / 2.0;
                reset > self.memory.ends_at + tolerance && (due || fell)
            }
        }
    }
}

/// The highest of the percentages that use has reached.
fn passed(thresholds: &[u8], used_percent: f64) -> Option<u8> {
    thresholds.iter().copied().filter(|threshold| f64::from(*threshold) <= used_percent).max()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::Scope;

    const THRESHOLDS: [u8; 2] = [80, 95];
    const HOUR: i64 = 3600;

    fn window(used_percent: f64, resets_at: Option<i64>) -> Window {
        let length = Duration::from_secs(5 * 3600);
        Window { scope: Scope::Account, length, used_percent, resets_at: resets_at.map(Timestamp::from_secs) }
    }

    /// Readings as (hours, percent used, hours of the reset), and what is news in each but the first.
    fn check(readings: &[(f64, f64, Option<f64>)], expected: &[Option<News>]) {
        let secs = |hours: f64| (hours * 3600.0) as i64;
        let mut readings =
            readings.iter().map(|(at, used, reset)| (Timestamp::from_secs(secs(*at)), window(*used, reset.map(secs))));
        let (at, first) = readings.next().unwrap();
        let mut followed = Followed::begin(&first, at);
        let news: Vec<_> = readings.map(|(at, window)| followed.read(&window, at, &THRESHOLDS)).collect();
        assert_eq!(news, expected);
    }

    const PASSED_80: Option<News> = Some(News::Passed(80));
    const PASSED_95: Option<News> = Some(News::Passed(95));
    const RESET: Option<News> = Some(News::Reset);

    #[test]
    fn each_percentage_is_told_once() {
        let five = Some(5.0);
        check(
            &[(0.0, 70.0, five), (1.0, 80.0, five), (2.0, 90.0, five), (3.0, 96.0, five), (4.0, 99.0, five)],
            &[PASSED_80, None, PASSED_95, None],
        );
        check(&[(0.0, 70.0, five), (1.0, 97.0, five)], &[PASSED_95]);
        check(&[(0.0, 82.0, five), (1.0, 84.0, five), (2.0, 95.0, five)], &[None, PASSED_95]);
        check(&[(0.0, 70.0, five), (1.0, 81.0, five), (2.0, 60.0, five), (3.0, 82.0, five)], &[PASSED_80, None, None]);
        check(&[(0.0, 70.0, None), (1.0, 81.0, None), (2.0, 60.0, None), (3.0, 82.0, None)], &[PASSED_80, None, None]);
    }

    #[test]
    fn drifting_resets_are_the_same_reset() {
        let drifting = [(0.0, 70.0, 5.0), (1.0, 81.0, 5.001), (2.0, 70.0, 4.99), (3.0, 85.0, 5.1), (4.9, 86.0, 5.2)];
        check(&drifting.map(|(at, used, reset)| (at, used, Some(reset))), &[PASSED_80, None, None, None]);
        let rolling = [(0.0, 70.0, 5.0), (1.0, 81.0, 6.0), (2.0, 79.0, 7.0), (3.0, 85.0, 8.0)];
        check(&rolling.map(|(at, used, reset)| (at, used, Some(reset))), &[PASSED_80, None, None]);
    }

    #[test]
    fn after_a_reset_percentages_are_told_anew() {
        let (five, ten) = (Some(5.0), Some(10.0));
        check(
            &[(0.0, 70.0, five), (1.0, 85.0, five), (6.0, 10.0, ten), (7.0, 85.0, ten)],
            &[PASSED_80, None, PASSED_80],
        );
        check(
            &[(0.0, 70.0, five), (1.0, 85.0, five), (2.0, 3.0, Some(7.0)), (3.0, 85.0, Some(7.0))],
            &[PASSED_80, None, PASSED_80],
        );
        check(
            &[(0.0, 70.0, None), (1.0, 85.0, None), (5.5, 10.0, None), (6.0, 85.0, None)],
            &[PASSED_80, None, PASSED_80],
        );
    }

    #[test]
    fn the_reset_of_a_spent_window_is_news() {
        let (five, ten) = (Some(5.0), Some(10.0));
        check(&[(0.0, 100.0, five), (4.0, 99.0, five), (5.1, 0.0, ten), (6.0, 1.0, ten)], &[None, RESET, None]);
        check(&[(0.0, 99.0, five), (5.1, 0.0, ten)], &[None]);
        check(&[(0.0, 100.0, five), (5.1, 0.0, None)], &[RESET]);
        check(&[(0.0, 100.0, five), (2.0, 0.0, Some(7.0))], &[RESET]);
        // The provider hasn't noticed the reset yet.
        check(&[(0.0, 100.0, five), (5.01, 100.0, five), (5.1, 2.0, ten)], &[None, RESET]);
    }

    #[test]
    fn a_spent_window_that_vanishes_was_reset_once_its_time_has_come() {
        let mut followed = Followed::begin(&window(100.0, Some(5 * HOUR)), Timestamp::from_secs(0));
        let news = [HOUR, 6 * HOUR, 7 * HOUR].map(|at| followed.missing(Timestamp::from_secs(at)));
        assert_eq!(news, [None, RESET, None]);
    }

    #[test]
    fn what_was_passed_before_the_start_is_no_news_after_it() {
        let kept = |peak_percent: f64, ends: i64| AlertMemory {
            window: window(0.0, None).id(),
            ends_at: Timestamp::from_secs(ends),
            peak_percent,
            spent: peak_percent >= 100.0,
        };
        let start = Timestamp::from_secs(HOUR);
        let after_start = |memory: AlertMemory, readings: &[(f64, i64)]| {
            let mut followed = Followed::kept(memory, start).unwrap();
            let read = |(used, ends): &(f64, i64)| followed.read(&window(*used, Some(*ends)), start, &THRESHOLDS);
            readings.iter().map(read).collect::<Vec<_>>()
        };
        let five = 5 * HOUR;
        assert_eq!(after_start(kept(82.0, five), &[(78.0, five), (83.0, five), (96.0, five)]), [None, None, PASSED_95]);
        assert_eq!(after_start(kept(82.0, five), &[(96.0, five), (97.0, five)]), [None, None]);
        assert_eq!(after_start(kept(100.0, five), &[(0.0, 2 * five)]), [RESET]);
        assert!(Followed::kept(kept(100.0, HOUR), start).is_none(), "reset while nobody was there");
    }

    #[test]
    fn only_what_matters_after_a_restart_is_written() {
        let mut followed = Followed::begin(&window(10.0, Some(5 * HOUR)), Timestamp::from_secs(0));
        let mut written = Vec::new();
        for (hours, used, reset) in [
            (1, 50.0, 5 * HOUR),
            (2, 81.0, 5 * HOUR),
            (3, 85.0, 5 * HOUR + 1),
            (4, 100.0, 5 * HOUR),
            (6, 1.0, 11 * HOUR),
        ] {
            followed.read(&window(used, Some(reset)), Timestamp::from_secs(hours * HOUR), &THRESHOLDS);
            written.push(followed.unwritten(&THRESHOLDS).map(|memory| (memory.peak_percent, memory.spent)));
        }
        assert_eq!(written, [None, Some((81.0, false)), None, Some((100.0, true)), Some((1.0, false))]);
    }

    proptest! {
        #[test]
        fn no_percentage_is_told_twice_before_a_reset(
            readings in vec((0.0..100.0_f64, -60..60_i64), 1..60), restarts in vec(any::<bool>(), 60),
        ) {
            let ends = 100 * HOUR;
            let mut followed = Followed::begin(&window(0.0, Some(ends)), Timestamp::from_secs(ends - 5 * HOUR));
            let mut told = Vec::new();
            for (minute, ((used, drift), restart)) in (1..).zip(readings.iter().zip(restarts)) {
                let at = Timestamp::from_secs(ends - 5 * HOUR + minute * 60);
                told.extend(followed.read(&window(*used, Some(ends + drift)), at, &THRESHOLDS));
                followed.unwritten(&THRESHOLDS);
                if let (true, Some(written)) = (restart, followed.written.clone()) {
                    followed = Followed::kept(written, at).unwrap();
                }
            }
            let once = |news: News| told.iter().filter(|told| **told == news).count() <= 1;
            prop_assert!(once(News::Passed(80)) && once(News::Passed(95)), "{told:?}");
            prop_assert!(told.iter().is_sorted_by_key(|news| *news == News::Passed(95)), "{told:?}");
        }
    }
}
