//! Single fields of foreign answers. What is absent or of another type is unknown, never zero.

use engine::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::Value;

/// A number, of either sign.
pub(super) fn number(value: &Value, name: &str) -> Option<f64> {
    value.get(name).and_then(Value::as_f64)
}

/// A number that may be written as text, as amounts are.
pub(super) fn amount(value: &Value, name: &str) -> Option<f64> {
    let found = value.get(name)?;
    let number = found.as_f64().or_else(|| found.as_str()?.trim().parse().ok());
    number.filter(|number| number.is_finite())
}

/// A text with something in it.
pub(super) fn text(value: &Value, name: &str) -> Option<String> {
    value.get(name).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// A time in RFC 3339, or a day, which begins at midnight UTC.
pub(super) fn time(value: &Value, name: &str) -> Option<Timestamp> {
    let text = value.get(name)?.as_str()?;
    let exact = text.parse::<jiff::Timestamp>().ok();
    let midnight = || text.parse::<Date>().ok()?.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
    Some(Timestamp::from_millis(exact.or_else(midnight)?.as_millisecond()))
}

/// A time in milliseconds since 1970.
pub(super) fn millis(value: &Value, name: &str) -> Option<Timestamp> {
    value.get(name).and_then(Value::as_i64).filter(|millis| *millis > 0).map(Timestamp::from_millis)
}

/// What is there and isn't `null`.
pub(super) fn present<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    value.get(name).filter(|found| !found.is_null())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn amounts_are_numbers_or_texts_of_them() {
        let check = |value: Value, expected: Option<f64>| {
            assert_eq!(amount(&json!({"left": value}), "left"), expected, "{value}");
        };
        check(json!(7.5), Some(7.5));
        check(json!("-0.25"), Some(-0.25));
        for foreign in
            [json!("NaN"), json!("inf"), json!("7,5"), json!(""), json!(null), json!({"value": 7}), json!(true)]
        {
            check(foreign, None);
        }
    }

    #[test]
    fn times_are_exact_or_a_day_that_begins_in_utc() {
        let check = |value: Value, expected: Option<i64>| {
            let found = time(&json!({"at": value}), "at").map(Timestamp::as_millis);
            assert_eq!(found, expected, "{value}");
        };
        check(json!("2026-09-21T13:33:20.250Z"), Some(1_789_997_600_250));
        check(json!("2026-09-21T15:33:20+02:00"), Some(1_789_997_600_000));
        check(json!("2026-10-01"), Some(1_790_812_800_000));
        for foreign in [json!("soon"), json!(""), json!(1_790_812_800), json!(null)] {
            check(foreign, None);
        }
    }
}
