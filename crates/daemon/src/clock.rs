//! The one place that asks what time it is, and the one that writes times as text.

use std::time::Duration;

use engine::Timestamp;
use jiff::tz::TimeZone;

/// Tells the time. Everything that needs it is given one of these.
pub(crate) trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;
}

/// The machine's own clock.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(jiff::Timestamp::now().as_millisecond())
    }
}

/// A time as RFC 3339 in UTC with milliseconds, `2026-11-20T23:32:03.305Z`; the far future when out of range.
pub(crate) fn rfc3339(at: Timestamp) -> String {
    let at = jiff::Timestamp::from_millisecond(at.as_millis()).unwrap_or(jiff::Timestamp::MAX);
    format!("{at:.3}")
}

/// Where the person is; UTC where the system doesn't tell.
pub(crate) fn zone() -> TimeZone {
    TimeZone::try_system().unwrap_or(TimeZone::UTC)
}

/// When the next day begins on the person's calendar; a day from now where no calendar goes that far.
pub(crate) fn start_of_tomorrow(now: Timestamp, zone: &TimeZone) -> Timestamp {
    let begins = || {
        let here = jiff::Timestamp::from_millisecond(now.as_millis()).ok()?.to_zoned(zone.clone());
        let begins = here.tomorrow().ok()?.start_of_day().ok()?;
        Some(Timestamp::from_millis(begins.timestamp().as_millisecond()))
    };
    begins().unwrap_or(now + Duration::from_secs(24 * 3600))
}

/// Reads an RFC 3339 time; `None` when it isn't one.
pub(crate) fn parse_rfc3339(text: &str) -> Option<Timestamp> {
    let at: jiff::Timestamp = text.parse().ok()?;
    Some(Timestamp::from_millis(at.as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_and_read_as_rfc_3339() {
        let at = Timestamp::from_millis(1_795_217_523_305);
        assert_eq!(rfc3339(at), "2026-11-20T23:32:03.305Z");
        assert_eq!(parse_rfc3339("2026-11-20T23:32:03.305Z"), Some(at));
        assert_eq!(parse_rfc3339("2026-11-21T00:32:03.305+01:00"), Some(at));
        assert_eq!(parse_rfc3339("yesterday"), None);
    }

    #[test]
    fn tomorrow_begins_at_the_persons_midnight() {
        let check = |now: &str, hours, expected: &str| {
            let zone = TimeZone::fixed(jiff::tz::offset(hours));
            assert_eq!(rfc3339(start_of_tomorrow(parse_rfc3339(now).unwrap(), &zone)), expected, "{now} at {hours}");
        };
        check("2026-11-20T11:00:00Z", 0, "2026-11-21T00:00:00.000Z");
        check("2026-11-20T23:30:00Z", 1, "2026-11-21T23:00:00.000Z");
        check("2026-11-20T23:30:00Z", -5, "2026-11-21T05:00:00.000Z");
        check("2026-12-31T23:59:59.999Z", 0, "2027-01-01T00:00:00.000Z");
        let end = Timestamp::from_millis(i64::MAX - 1);
        assert_eq!(start_of_tomorrow(end, &TimeZone::UTC), Timestamp::from_millis(i64::MAX));
    }
}
