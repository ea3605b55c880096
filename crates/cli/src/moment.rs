//! How times read for people: in their own time zone, and as seen from now.
//! Reads the clock once, in `system`; a time that can't be read is shown as it came.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// Now, and where the person is.
#[derive(Clone, Debug)]
pub(crate) struct Moment {
    now: Timestamp,
    zone: TimeZone,
}

impl Moment {
    /// This moment in this machine's time zone; UTC where the system doesn't tell its zone.
    pub(crate) fn system() -> Self {
        Self::new(Timestamp::now(), TimeZone::try_system().unwrap_or(TimeZone::UTC))
    }

    /// Any moment anywhere.
    pub(crate) fn new(now: Timestamp, zone: TimeZone) -> Self {
        Self { now, zone }
    }

    /// Now.
    pub(crate) fn now(&self) -> Timestamp {
        self.now
    }

    /// Where the person is.
    pub(crate) fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// The shortest clock time that can't be mistaken: `14:05`, `Sun 14:05`, `2026-12-03 14:05`.
    pub(crate) fn clock(&self, time: &str) -> String {
        let Ok(at) = time.parse::<Timestamp>() else { return time.to_owned() };
        let (there, here) = (at.to_zoned(self.zone.clone()), self.now.to_zoned(self.zone.clone()));
        let days = here.date().until(there.date()).map_or(i32::MAX, |span| span.get_days());
        let form = match days {
            0 => "%H:%M",
            1..=6 => "%a %H:%M",
            _ => "%Y-%m-%d %H:%M",
        };
        there.strftime(form).to_string()
    }

    /// Date and clock time: `2026-12-03 14:05`.
    pub(crate) fn date_and_clock(&self, time: &str) -> String {
        time.parse::<Timestamp>().map_or_else(
            |_| time.to_owned(),
            |at| at.to_zoned(self.zone.clone()).strftime("%Y-%m-%d %H:%M").to_string(),
        )
    }

    /// How far away a time is: `in 3 h 53 min`, `2 min ago`, `now`.
    pub(crate) fn away(&self, time: &str) -> String {
        let Ok(at) = time.parse::<Timestamp>() else { return time.to_owned() };
        let away = at.duration_since(self.now);
        match away.abs() < SignedDuration::from_secs(1) {
            true => "now".to_owned(),
            false if away.is_positive() => format!("in {}", span(away)),
            false => format!("{} ago", span(away)),
        }
    }

    /// A sentence with every RFC 3339 time in it told as a clock time.
    pub(crate) fn localise(&self, sentence: &str) -> String {
        let word = |word: &str| {
            let bare = word.trim_end_matches([',', ';', '.', ':', ')']);
            match bare.parse::<Timestamp>() {
                Ok(_) => format!("{}{}", self.clock(bare), &word[bare.len()..]),
                Err(_) => word.to_owned(),
            }
        };
        sentence.split(' ').map(word).collect::<Vec<_>>().join(" ")
    }

    /// Whether a time has come.
    pub(crate) fn is_past(&self, time: &str) -> bool {
        time.parse::<Timestamp>().is_ok_and(|at| at <= self.now)
    }
}

/// A length of time in its two largest units, rounded down: `3 d 4 h`, `3 h 53 min`, `12 min`, `40 s`.
fn span(length: SignedDuration) -> String {
    const MINUTE: i64 = 60;
    const HOUR: i64 = 60 * MINUTE;
    const DAY: i64 = 24 * HOUR;
    let secs = length.as_secs().abs();
    let two = |large: i64, name: &str, small: i64, rest: &str| match small {
        0 => format!("{large} {name}"),
        _ => format!("{large} {name} {small} {rest}"),
    };
    match secs {
        0..MINUTE => format!("{secs} s"),
        MINUTE..HOUR => format!("{} min", secs / MINUTE),
        HOUR..DAY => two(secs / HOUR, "h", secs % HOUR / MINUTE, "min"),
        _ => two(secs / DAY, "d", secs % DAY / HOUR, "h"),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    #[test]
    fn a_clock_time_is_as_long_as_it_must_be() {
        let cases = [
            ("2026-11-20T13:05:00Z", "14:05"),
            ("2026-11-20T23:30:00Z", "Sat 00:30"),
            ("2026-11-26T11:00:00.250Z", "Thu 12:00"),
            ("2026-11-27T11:00:00Z", "2026-11-27 12:00"),
            ("2026-11-19T11:00:00Z", "2026-11-19 12:00"),
            ("soon", "soon"),
        ];
        for (time, expected) in cases {
            assert_eq!(noon().clock(time), expected, "{time}");
        }
    }

    #[test]
    fn distances_are_told_in_two_units() {
        let cases = [
            ("2026-11-20T11:00:00.5Z", "now"),
            ("2026-11-20T11:00:40Z", "in 40 s"),
            ("2026-11-20T11:12:59Z", "in 12 min"),
            ("2026-11-20T14:53:10Z", "in 3 h 53 min"),
            ("2026-11-20T13:00:00Z", "in 2 h"),
            ("2026-11-23T15:59:00Z", "in 3 d 4 h"),
            ("2026-11-20T10:58:00Z", "2 min ago"),
            ("2026-11-18T11:00:00Z", "2 d ago"),
            ("soon", "soon"),
        ];
        for (time, expected) in cases {
            assert_eq!(noon().away(time), expected, "{time}");
        }
    }

    #[test]
    fn times_inside_a_sentence_are_told_as_clock_times() {
        let cases = [
            ("spent until 2026-11-20T13:05:00.000Z; spare: active", "spent until 14:05; spare: active"),
            ("back at 2026-11-21T13:05:00Z.", "back at Sat 14:05."),
            ("version 1.2, in 3 days", "version 1.2, in 3 days"),
            ("", ""),
        ];
        for (sentence, expected) in cases {
            assert_eq!(noon().localise(sentence), expected);
        }
    }

    #[test]
    fn the_past_is_told_from_the_future() {
        assert!(noon().is_past("2026-11-20T11:00:00Z"));
        assert!(!noon().is_past("2026-11-20T11:00:01Z"));
        assert!(!noon().is_past("soon"));
    }

    /// Twelve o'clock on a Friday, one hour east of Greenwich.
    pub(crate) fn noon() -> Moment {
        Moment::new("2026-11-20T11:00:00Z".parse().unwrap(), TimeZone::fixed(jiff::tz::offset(1)))
    }
}
