//! Lengths of time as people write them: `90s`, `45m`, `2h`, `3d`, `1w`. Doesn't know what they are for.

use std::str::FromStr;

/// A length of time in seconds; never none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Length(pub(crate) u32);

/// Not a length that can be understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a length of time such as 45m, 1h or 2d is expected")]
pub(crate) struct NotALength;

impl FromStr for Length {
    type Err = NotALength;

    fn from_str(text: &str) -> Result<Self, NotALength> {
        let seconds = seconds(text.trim()).and_then(|seconds| u32::try_from(seconds).ok());
        seconds.filter(|seconds| *seconds > 0).map(Self).ok_or(NotALength)
    }
}

/// The seconds of a number with its unit.
pub(crate) fn seconds(text: &str) -> Option<i64> {
    let unit = match text.chars().last()? {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        'w' => 604_800,
        _ => return None,
    };
    let number: u32 = text.get(..text.len() - 1)?.trim_end().parse().ok()?;
    i64::from(number).checked_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_is_a_number_with_a_unit() {
        for (text, expected) in [("90s", 90), ("45m", 2_700), (" 1 h ", 3_600), ("2d", 172_800), ("1w", 604_800)] {
            assert_eq!(text.parse(), Ok(Length(expected)), "{text}");
        }
        for text in ["", "h", "0m", "-1h", "1.5h", "1y", "tomorrow", "4000000000w", "99999999999s"] {
            assert_eq!(text.parse::<Length>(), Err(NotALength), "{text:?}");
        }
    }
}
