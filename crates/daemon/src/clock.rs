//! The one place that asks what time it is, and the one that writes times as text.

use engine::Timestamp;

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
}
