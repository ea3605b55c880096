//! The times that `history --since` takes: RFC 3339, a date, a date and time, or how long ago.
//! Doesn't know what they are for.

use std::str::FromStr;

use jiff::civil::DateTime;
use jiff::{SignedDuration, Timestamp};

use crate::length;
use crate::moment::Moment;

/// A time as a person writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Since {
    /// A point in time: `2026-11-20T13:00:00Z`.
    At(Timestamp),
    /// On the person's own calendar and clock: `2026-11-20`, `2026-11-20T14:00`.
    Local(DateTime),
    /// Before now: `30m`, `2h`, `3d`, `1w`.
    Ago(SignedDuration),
}

/// Not a time that can be understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a time such as 2h, 3d, 2026-11-20 or 2026-11-20T13:00:00Z is expected")]
pub(crate) struct NotATime;

impl Since {
    /// The point in time, as RFC 3339 in UTC.
    pub(crate) fn resolve(self, moment: &Moment) -> Result<String, NotATime> {
        let at = match self {
            Self::At(at) => at,
            Self::Local(local) => moment.zone().to_timestamp(local).map_err(|_| NotATime)?,
            Self::Ago(length) => moment.now().checked_sub(length).map_err(|_| NotATime)?,
        };
        Ok(at.to_string())
    }
}

impl FromStr for Since {
    type Err = NotATime;

    fn from_str(text: &str) -> Result<Self, NotATime> {
        let text = text.trim();
        if let Ok(at) = text.parse() {
            return Ok(Self::At(at));
        }
        if let Ok(local) = text.parse() {
            return Ok(Self::Local(local));
        }
        length::seconds(text).map(|seconds| Self::Ago(SignedDuration::from_secs(seconds))).ok_or(NotATime)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::moment::tests::noon;

    #[test]
    fn every_form_of_time_is_understood() {
        let cases = [
            ("2026-11-19T08:00:00Z", "2026-11-19T08:00:00Z"),
            ("2026-11-19T08:00:00+02:00", "2026-11-19T06:00:00Z"),
            ("2026-11-19", "2026-11-18T23:00:00Z"),
            ("2026-11-19T14:00", "2026-11-19T13:00:00Z"),
            ("90s", "2026-11-20T10:58:30Z"),
            ("30m", "2026-11-20T10:30:00Z"),
            ("2h", "2026-11-20T09:00:00Z"),
            (" 3 d ", "2026-11-17T11:00:00Z"),
            ("1w", "2026-11-13T11:00:00Z"),
        ];
        for (text, expected) in cases {
            assert_eq!(text.parse().and_then(|since: Since| since.resolve(&noon())).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["", "h", "yesterday", "-2h", "2.5h", "2y", "2026-13-01", "99999999999999h", "2é"] {
            assert_eq!(text.parse::<Since>(), Err(NotATime), "{text:?}");
        }
    }

    #[test]
    fn a_time_before_all_calendars_is_refused_not_a_crash() {
        assert_eq!("4000000000w".parse().and_then(|since: Since| since.resolve(&noon())), Err(NotATime));
    }
}
