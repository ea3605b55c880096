//! Kimi for Coding, a plan of Moonshot's with keys and hosts of its own. What a wallet beside the plan holds isn't read.

use std::time::Duration;

use engine::{Scope, Timestamp, Window};
use serde_json::Value;

use super::fields::{amount, present, text, time};
use super::figures::{FIVE_HOURS, MONTH, WEEK, reading, window};
use super::keyed::Keyed;
use super::{Reading, UsageError};

/// The adapter for kimi.com.
pub(super) const KIMI: Keyed = Keyed::new("Kimi for Coding", "https://api.kimi.com/coding/v1/usages", parse);

/// The adapter for kimi.ai.
pub(super) const KIMI_GLOBAL: Keyed =
    Keyed::new("Kimi for Coding (kimi.ai)", "https://api.kimi.ai/coding/v1/usages", parse);

/// The pools as newer answers name them. That of a month for coding alone is part of the whole month's.
const POOLS: [(&str, Duration); 3] = [("limit_5h", FIVE_HOURS), ("limit_7d", WEEK), ("limit_month_total", MONTH)];

fn parse(body: &Value, now: Timestamp) -> Result<Reading, UsageError> {
    let limits = body.get("limits").and_then(Value::as_array).map(Vec::as_slice);
    let (week, pools) = (present(body, "usage"), present(body, "usages"));
    if week.is_none() && limits.is_none() && pools.is_none() {
        return Err(UsageError::Shape("no limits"));
    }
    let mut windows = Vec::new();
    windows.extend(week.map(|week| of_count(week, WEEK)).transpose()?);
    for limit in limits.unwrap_or_default() {
        let length = length(limit).ok_or(UsageError::Shape("a limit without a length"))?;
        windows.push(of_count(&limit["detail"], length)?);
    }
    for (name, length) in POOLS {
        // Where both shapes tell of a window, the older is right: the newer has shown nothing used of a spent week.
        let known = windows.iter().any(|window| window.length == length);
        windows.extend(pools.and_then(|pools| of_ratio(pools.get(name)?, length)).filter(|_| !known));
    }
    let user = body.get("user").unwrap_or(&Value::Null);
    let plan = user.get("membership").and_then(|membership| text(membership, "level"));
    let plan = plan.map(|level| level.trim_start_matches("LEVEL_").to_lowercase());
    Ok(Reading { user: text(user, "userId"), plan, ..reading(now, windows, Vec::new()) })
}

/// A window that counts. The server leaves out what is zero, be it what is used or what remains.
fn of_count(found: &Value, length: Duration) -> Result<Window, UsageError> {
    let limit = amount(found, "limit").filter(|limit| *limit > 0.0);
    let limit = limit.ok_or(UsageError::Shape("a limit without an amount"))?;
    let left = amount(found, "remaining").map(|left| limit - left);
    let used = amount(found, "used").or(left).ok_or(UsageError::Shape("a limit without what is used"))?;
    let resets_at = time(found, "resetTime").or_else(|| time(found, "reset_time"));
    Ok(window(Scope::Account, length, 100.0 * used / limit, resets_at))
}

fn of_ratio(found: &Value, length: Duration) -> Option<Window> {
    Some(window(Scope::Account, length, 100.0 * amount(found, "used_ratio")?, time(found, "reset_time")))
}

fn length(limit: &Value) -> Option<Duration> {
    let found = limit.get("window")?;
    let unit = match found.get("timeUnit")?.as_str()? {
        "TIME_UNIT_SECOND" => 1.0,
        "TIME_UNIT_MINUTE" => 60.0,
        "TIME_UNIT_HOUR" => 3600.0,
        "TIME_UNIT_DAY" => 24.0 * 3600.0,
        _ => return None,
    };
    let length = Duration::try_from_secs_f64(amount(found, "duration")? * unit).ok()?;
    (!length.is_zero()).then_some(length)
}

#[cfg(test)]
mod tests {
    use super::super::tests::conformance::Conformance;
    use super::*;

    #[tokio::test]
    async fn answers_mean_what_they_say() {
        for provider in ["kimi-for-coding", "kimi-code-plan-cn", "kimi-code-plan-global"] {
            Conformance {
                folder: "kimi",
                fixtures: &[
                    ("normal", Ok(&["weekly 12% +5000m", "5h 40% +180m", "plan intermediate"])),
                    ("exhausted", Ok(&["weekly 100% +5000m", "5h 0% +180m"])),
                    ("free", Ok(&["weekly 25% +5000m", "plan free"])),
                    ("pools", Ok(&["5h 0% +180m", "weekly 80% +5000m", "monthly 50% +13546m"])),
                    ("unknown_fields", Ok(&["weekly 12% -"])),
                    ("wrong_types", Err(UsageError::Shape("a limit without what is used"))),
                    ("no_length", Err(UsageError::Shape("a limit without a length"))),
                    ("other_shape", Err(UsageError::Shape("no limits"))),
                ],
                ..Conformance::of(provider, "api")
            }
            .check()
            .await;
        }
    }
}
