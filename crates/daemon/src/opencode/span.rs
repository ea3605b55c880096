//! Times and waits as providers write them. Reads only; knows nothing of what they are for.

use std::ops::Range;
use std::time::Duration;

use engine::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// A number from here on counts milliseconds: seconds reach it in the year 5138.
const MILLIS_FROM: f64 = 1e11;
/// The longest wait that is taken seriously: five years.
const LONGEST: Duration = Duration::from_secs(5 * 365 * 86_400);

/// A time as text: seconds or milliseconds since the epoch, or RFC 3339.
pub(super) fn time(text: &str) -> Option<Timestamp> {
    text.parse().ok().and_then(epoch).or_else(|| rfc3339(text))
}

/// Seconds or milliseconds since the epoch.
pub(super) fn epoch(number: f64) -> Option<Timestamp> {
    let millis = if number < MILLIS_FROM { number * 1000.0 } else { number };
    #[expect(clippy::cast_possible_truncation, reason = "saturates")]
    (number.is_finite() && number > 0.0).then(|| Timestamp::from_millis(millis as i64))
}

/// RFC 3339.
pub(super) fn rfc3339(text: &str) -> Option<Timestamp> {
    let time: jiff::Timestamp = text.parse().ok()?;
    Some(Timestamp::from_millis(time.as_millisecond()))
}

/// An HTTP date: `Fri, 20 Nov 2026 23:27:29 GMT`.
pub(super) fn http_date(text: &str) -> Option<Timestamp> {
    let time = jiff::fmt::rfc2822::parse(text).ok()?;
    Some(Timestamp::from_millis(time.timestamp().as_millisecond()))
}

/// A date and time at the start of a text, `2026-11-20 23:27:29`, with any character between them and no zone: taken as
/// UTC.
pub(super) fn zoneless(text: &[u8]) -> Option<Timestamp> {
    let text = text.first_chunk::<19>()?;
    let separators = [text[4], text[7], text[13], text[16]] == *b"--::";
    let number = |range: Range<usize>| {
        text[range]
            .iter()
            .try_fold(0_i16, |number, byte| byte.is_ascii_digit().then(|| number * 10 + i16::from(byte - b'0')))
    };
    let two = |start: usize| number(start..start + 2).and_then(|number| i8::try_from(number).ok());
    let year = number(0..4).filter(|_| separators)?;
    let time = DateTime::new(year, two(5)?, two(8)?, two(11)?, two(14)?, two(17)?, 0).ok()?;
    let time = TimeZone::UTC.to_timestamp(time).ok()?;
    Some(Timestamp::from_millis(time.as_millisecond()))
}

/// A number of seconds.
pub(super) fn seconds(number: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(number).ok().filter(|wait| *wait <= LONGEST)
}

/// The wait at the start of a text: `2hr 10min`, `1h2m3.5s`, `2 days`, `450ms`.
pub(super) fn read(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut wait = None;
    while let Some((part, behind)) = part(rest) {
        wait = Some(wait.unwrap_or(Duration::ZERO) + part);
        rest = behind;
    }
    wait.filter(|wait| *wait <= LONGEST)
}

fn part(text: &str) -> Option<(Duration, &str)> {
    let text = text.trim_start_matches([' ', ',', '~']);
    let text = text.strip_prefix("and ").unwrap_or(text);
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, text) = text.split_at(digits);
    let text = text.trim_start_matches(' ');
    let letters = text.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(text.len());
    let (unit, text) = text.split_at(letters);
    let unit = match unit.to_ascii_lowercase().as_str() {
        "ms" => 0.001,
        "s" | "sec" | "secs" | "second" | "seconds" => 1.0,
        "m" | "min" | "mins" | "minute" | "minutes" => 60.0,
        "h" | "hr" | "hrs" | "hour" | "hours" => 3600.0,
        "d" | "day" | "days" => 86_400.0,
        "w" | "week" | "weeks" => 604_800.0,
        _ => return None,
    };
    Some((seconds(number.parse::<f64>().ok()? * unit)?, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_are_read_in_every_spelling() {
        let check = |text, millis: Option<u64>| assert_eq!(read(text), millis.map(Duration::from_millis), "{text}");
        check("2hr 10min", Some(7_800_000));
        check("21hr 10min…", Some(76_200_000));
        check("1h2m3.5s", Some(3_723_500));
        check("2 days.", Some(172_800_000));
        check("1 day, 2 hours and 3 minutes", Some(93_780_000));
        check("11.2s. Visit", Some(11_200));
        check("450ms", Some(450));
        check("~1 week", Some(604_800_000));
        check("7", None);
        check("soon", None);
        check("5 o'clock", None);
        check("99999999999999999999 days", None);
        check("1.2.3s", None);
        check("", None);
    }

    #[test]
    fn times_are_read_in_every_shape() {
        let check = |text, secs: Option<i64>| assert_eq!(time(text), secs.map(Timestamp::from_secs), "{text}");
        check("1900000000", Some(1_900_000_000));
        check("1900000000000", Some(1_900_000_000));
        check("2030-03-17T17:46:40Z", Some(1_900_000_000));
        check("0", None);
        check("-5", None);
        check("tomorrow", None);
        check("", None);
    }

    #[test]
    fn dates_of_headers_and_messages() {
        let expected = Some(Timestamp::from_secs(1_900_000_000));
        assert_eq!(http_date("Sun, 17 Mar 2030 17:46:40 GMT"), expected);
        assert_eq!(zoneless(b"2030-03-17 17:46:40."), expected);
        assert_eq!(zoneless(b"2030-03-17 17:46"), None);
        assert_eq!(zoneless(b"2030-03-17 17:4x:40"), None);
    }
}
