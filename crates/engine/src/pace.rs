//! How fast a window is used up: ahead of the clock or behind it, and whether it lasts to its reset. Plain arithmetic on
//! readings; says nothing while there is too little to say, and chooses nothing.

use std::collections::VecDeque;
use std::time::Duration;

use crate::{Timestamp, Window};

/// Before so many hundredths of a window have passed, nothing is said of it.
const EARLY_PERCENT: f64 = 3.0;
/// With less used than this, nothing is said of it.
const HARDLY_USED_PERCENT: f64 = 1.0;
/// Up to so many points off, use keeps pace with the clock.
const ON_PACE_POINTS: f64 = 2.0;
/// The recent rate is that of this part of the window: an hour of five, a day and a half of a week.
const RECENT: u32 = 5;
/// Readings are remembered so many to a window, and two that are closer than that are too few for a forecast.
const GRAIN: u32 = 100;
/// Providers round: a figure that fell by no more than this didn't fall.
const ROUNDING_PERCENT: f64 = 1.0;

/// How use of a window compares with the clock, as of its last reading.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace {
    /// Percent that would have been used if use were spread evenly over the window, 0 to 100.
    pub expected_percent: f64,
    /// Percentage points by which use is ahead of that, -100 to 100; negative when it is behind.
    pub ahead_points: f64,
    /// What becomes of the rest at the recent rate; `None` while nobody can say.
    pub forecast: Option<Forecast>,
}

/// What becomes of a window at the recent rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Forecast {
    /// It is spent at this time, which lies before its reset.
    RunsOut {
        /// When.
        at: Timestamp,
    },
    /// It lasts until its reset.
    Lasts {
        /// Percent that is left then, 0 to 100.
        left_percent: f64,
    },
}

/// A pace in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tempo {
    /// Used faster than the clock runs.
    Ahead,
    /// As fast as the clock runs, give or take a little.
    OnPace,
    /// Slower.
    Behind,
}

impl Pace {
    /// The pace in one word.
    pub fn tempo(&self) -> Tempo {
        match self.ahead_points {
            points if points > ON_PACE_POINTS => Tempo::Ahead,
            points if points < -ON_PACE_POINTS => Tempo::Behind,
            _ => Tempo::OnPace,
        }
    }
}

/// The readings of one window that a forecast rests on, oldest first. Those of a time before it began are dropped.
#[derive(Clone, Debug, Default)]
pub(crate) struct Track {
    readings: VecDeque<Reading>,
}

#[derive(Clone, Copy, Debug)]
struct Reading {
    at: Timestamp,
    used_percent: f64,
}

impl Track {
    /// Takes in a reading. One that isn't newer than the last, or no number, is left out.
    pub(crate) fn note(&mut self, at: Timestamp, window: &Window) {
        let used_percent = window.used_percent.clamp(0.0, 100.0);
        if used_percent.is_nan() || self.readings.back().is_some_and(|last| last.at >= at) {
            return;
        }
        let grain = window.length / GRAIN;
        // The newest one is always there; behind it, one to a grain.
        if let [.., before, last] = self.readings.make_contiguous()
            && last.at.since(before.at) < grain
        {
            self.readings.pop_back();
        }
        self.readings.push_back(Reading { at, used_percent });
        while self.readings.front().is_some_and(|first| at.since(first.at) > window.length) {
            self.readings.pop_front();
        }
    }

    /// The clock was set back: what seems to lie ahead is no use any more.
    pub(crate) fn clock_set_back(&mut self, now: Timestamp) {
        self.readings.retain(|reading| reading.at <= now);
    }

    /// The pace of a window that was read at `read_at`; `None` while there is too little to say, and once it was reset.
    pub(crate) fn pace(&self, window: &Window, read_at: Timestamp, now: Timestamp) -> Option<Pace> {
        let resets_at = window.resets_at.filter(|reset| *reset > now && *reset > read_at)?;
        let (length, used) = (window.length, window.used_percent.clamp(0.0, 100.0));
        let begun = resets_at - length;
        let expected_percent = (read_at.since(begun).as_secs_f64() / length.as_secs_f64() * 100.0).clamp(0.0, 100.0);
        // Comparisons with what is no number are false.
        if !(expected_percent >= EARLY_PERCENT && used >= HARDLY_USED_PERCENT) {
            return None;
        }
        let forecast = self.forecast(window, used, read_at, resets_at).filter(|forecast| match forecast {
            Forecast::RunsOut { at } => *at > now,
            Forecast::Lasts { .. } => true,
        });
        Some(Pace { expected_percent, ahead_points: used - expected_percent, forecast })
    }

    fn forecast(&self, window: &Window, used: f64, read_at: Timestamp, resets_at: Timestamp) -> Option<Forecast> {
        let left = 100.0 - used;
        let begun = resets_at - window.length;
        let course = self.course(used, read_at, begun);
        let known_for = course.first().map_or(Duration::ZERO, |first| read_at.since(first.at));
        if left <= 0.0 || known_for < window.length / GRAIN {
            return None;
        }
        let since = begun.max(read_at - window.length / RECENT);
        let per_second = (used - used_at(&course, begun, since)).max(0.0) / read_at.since(since).as_secs_f64();
        let to_reset = resets_at.since(read_at).as_secs_f64();
        let left_percent = left - per_second * to_reset;
        if left_percent >= 0.0 {
            return Some(Forecast::Lasts { left_percent });
        }
        // Below `to_reset`, so that it is no more than a window's length.
        let lasts = Duration::from_secs_f64((left / per_second).clamp(0.0, to_reset));
        Some(Forecast::RunsOut { at: read_at + lasts })
    }

    /// The readings since the window began, up to the last one, oldest first. A figure that fell tells of a reset in
    /// between, and nothing before it counts; what readings say of their own reset doesn't matter.
    fn course(&self, used: f64, read_at: Timestamp, begun: Timestamp) -> Vec<Reading> {
        let mut course = vec![Reading { at: read_at, used_percent: used }];
        let mut ceiling = used;
        for reading in self.readings.iter().rev().skip_while(|reading| reading.at >= read_at) {
            if reading.at < begun || reading.used_percent > ceiling + ROUNDING_PERCENT {
                break;
            }
            ceiling = ceiling.min(reading.used_percent);
            course.push(Reading { used_percent: ceiling, ..*reading });
        }
        course.reverse();
        course
    }
}

/// What was used at a time, on straight lines between the readings; nothing when the window began.
fn used_at(course: &[Reading], begun: Timestamp, time: Timestamp) -> f64 {
    let mut before = Reading { at: begun, used_percent: 0.0 };
    for reading in course {
        if reading.at >= time {
            let span = reading.at.since(before.at).as_secs_f64();
            let share = if span > 0.0 { time.since(before.at).as_secs_f64() / span } else { 1.0 };
            return before.used_percent + (reading.used_percent - before.used_percent) * share;
        }
        before = *reading;
    }
    before.used_percent
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::option;
    use proptest::prelude::*;

    use super::*;
    use crate::Scope;

    const HOUR: i64 = 3600;
    /// The window of the stories lasts five hours and is reset at this time.
    const RESET: i64 = 100 * HOUR;
    const BEGUN: i64 = RESET - 5 * HOUR;

    fn window(used_percent: f64, resets_at: Option<i64>) -> Window {
        let length = Duration::from_secs(5 * 3600);
        Window { scope: Scope::Account, length, used_percent, resets_at: resets_at.map(Timestamp::from_secs) }
    }

    fn minutes(after_beginning: f64) -> Timestamp {
        Timestamp::from_millis((BEGUN as f64 * 1000.0 + after_beginning * 60_000.0) as i64)
    }

    /// The pace after these readings: minutes after the beginning, and percent used.
    fn pace(readings: &[(f64, f64)]) -> Option<Pace> {
        let mut track = Track::default();
        for (at, used) in readings {
            track.note(minutes(*at), &window(*used, Some(RESET)));
        }
        let (at, used) = readings.last()?;
        track.pace(&window(*used, Some(RESET)), minutes(*at), minutes(*at))
    }

    fn in_words(pace: Option<Pace>) -> String {
        let Some(pace) = pace else { return "silent".to_owned() };
        let forecast = match pace.forecast {
            None => "who knows".to_owned(),
            Some(Forecast::Lasts { left_percent }) => format!("{left_percent:.0} left"),
            Some(Forecast::RunsOut { at }) => format!("out at {}", (at.as_millis() / 1000 - BEGUN) / 60),
        };
        format!("{:+.0} of {:.0}, {forecast}", pace.ahead_points, pace.expected_percent)
    }

    #[test]
    fn the_recent_rate_says_whether_a_window_lasts() {
        let check = |readings: &[(f64, f64)], expected: &str| assert_eq!(in_words(pace(readings)), expected);
        // Steady use that just suffices, and more and less of it.
        check(&[(60.0, 20.0), (120.0, 40.0), (150.0, 50.0)], "+0 of 50, 0 left");
        check(&[(60.0, 30.0), (120.0, 60.0), (150.0, 75.0)], "+25 of 50, out at 200");
        check(&[(60.0, 8.0), (120.0, 16.0), (150.0, 20.0)], "-30 of 50, 60 left");
        // The last hour counts, not what was before it.
        check(&[(60.0, 60.0), (120.0, 60.0), (180.0, 60.0)], "+0 of 60, 40 left");
        check(&[(100.0, 2.0), (120.0, 2.0), (180.0, 62.0)], "+2 of 60, out at 218");
        // Between readings that are far apart, use is taken for steady.
        check(&[(30.0, 10.0), (150.0, 50.0)], "+0 of 50, 0 left");
    }

    #[test]
    fn nothing_is_said_while_there_is_too_little_to_say() {
        let check = |readings: &[(f64, f64)], expected: &str| assert_eq!(in_words(pace(readings)), expected);
        check(&[(2.0, 10.0), (8.0, 40.0)], "silent");
        check(&[(60.0, 0.0), (150.0, 0.5)], "silent");
        check(&[(60.0, 10.0), (150.0, f64::NAN)], "silent");
        // One reading tells where use is, and nothing of its rate; nor do two at the same time.
        check(&[(150.0, 50.0)], "+0 of 50, who knows");
        check(&[(149.0, 49.0), (150.0, 50.0)], "+0 of 50, who knows");
        check(&[(60.0, 40.0), (150.0, 100.0)], "+50 of 50, who knows");
    }

    #[test]
    fn what_was_before_a_reset_does_not_count() {
        // Readings of the window before, also where the reset came early and the times say nothing of it.
        let expected = in_words(pace(&[(100.0, 10.0), (150.0, 20.0)]));
        assert_eq!(in_words(pace(&[(-120.0, 15.0), (-10.0, 20.0), (100.0, 10.0), (150.0, 20.0)])), expected);
        assert_eq!(in_words(pace(&[(30.0, 90.0), (95.0, 99.0), (100.0, 10.0), (150.0, 20.0)])), expected);
        // A figure that was rounded down did not fall.
        assert_eq!(in_words(pace(&[(60.0, 20.0), (120.0, 41.0), (150.0, 40.0)])), "-10 of 50, 35 left");
    }

    #[test]
    fn a_window_without_a_reset_ahead_has_no_pace() {
        let mut track = Track::default();
        let (read_at, after) = (minutes(150.0), Timestamp::from_secs(RESET));
        track.note(minutes(60.0), &window(20.0, None));
        assert_eq!(track.pace(&window(50.0, None), read_at, read_at), None);
        assert_eq!(track.pace(&window(50.0, Some(RESET)), read_at, after), None);
        let missing_before = track.pace(&window(50.0, Some(RESET)), read_at, read_at);
        assert_eq!(in_words(missing_before), "+0 of 50, 0 left");
    }

    #[test]
    fn a_time_that_has_passed_is_no_forecast() {
        let mut track = Track::default();
        track.note(minutes(60.0), &window(30.0, Some(RESET)));
        let at = |now: f64| in_words(track.pace(&window(75.0, Some(RESET)), minutes(150.0), minutes(now)));
        assert_eq!(at(190.0), "+25 of 50, out at 200");
        assert_eq!(at(201.0), "+25 of 50, who knows");
    }

    #[test]
    fn a_pace_has_one_word() {
        let tempo = |ahead_points| Pace { expected_percent: 50.0, ahead_points, forecast: None }.tempo();
        assert_eq!([3.0, 2.0, -2.0, -3.0].map(tempo), [Tempo::Ahead, Tempo::OnPace, Tempo::OnPace, Tempo::Behind]);
    }

    #[test]
    fn a_week_of_readings_takes_little_room() {
        let mut track = Track::default();
        for minute in 0..7 * 24 * 60 {
            track.note(minutes(f64::from(minute)), &window(10.0, Some(RESET)));
        }
        assert!(track.readings.len() <= 102, "{}", track.readings.len());
    }

    proptest! {
        #[test]
        fn figures_stay_within_their_bounds_whatever_was_read(
            readings in vec((-1000.0..400.0_f64, -50.0..150.0_f64, option::of(-400..400_i64)), 1..40),
            reset in -10_000..10_000_i64,
            later in 0.0..400.0_f64,
        ) {
            let mut track = Track::default();
            for (at, used, drift) in &readings {
                track.note(minutes(*at), &window(*used, drift.map(|drift| RESET + drift)));
            }
            let (at, used, _) = readings[readings.len() - 1];
            let (read_at, now) = (minutes(at), minutes(at + later));
            if let Some(pace) = track.pace(&window(used, Some(RESET + reset)), read_at, now) {
                prop_assert!((0.0..=100.0).contains(&pace.expected_percent), "{pace:?}");
                prop_assert!((-100.0..=100.0).contains(&pace.ahead_points), "{pace:?}");
                match pace.forecast {
                    Some(Forecast::Lasts { left_percent }) => prop_assert!((0.0..=100.0).contains(&left_percent)),
                    Some(Forecast::RunsOut { at }) => {
                        prop_assert!(at > now && at <= Timestamp::from_secs(RESET + reset), "{pace:?}");
                    }
                    None => {}
                }
            }
        }

        #[test]
        fn more_use_never_lasts_longer(
            earlier in vec(0.0..50.0_f64, 1..10), used in 50.0..99.0_f64, more in 0.0..50.0_f64,
        ) {
            let mut earlier = earlier;
            earlier.sort_by(f64::total_cmp);
            let mut readings: Vec<(f64, f64)> = (1..).map(|n| f64::from(n) * 12.0).zip(earlier).collect();
            let end = |readings: &[(f64, f64)]| match pace(readings).and_then(|pace| pace.forecast) {
                // What is left at the reset comes after every time of running out.
                Some(Forecast::Lasts { left_percent }) => (RESET * 1000) as f64 + left_percent,
                Some(Forecast::RunsOut { at }) => at.as_millis() as f64,
                None => f64::MIN,
            };
            readings.push((150.0, used));
            let lasts = end(&readings);
            readings.pop();
            readings.push((150.0, (used + more).min(100.0)));
            prop_assert!(end(&readings) <= lasts + 1e-6);
        }
    }
}
