//! OpenRouter: what an API key may still spend. What the whole account has left only a management key is told, with
//! which nobody can code.

use std::time::Duration;

use engine::{Balance, Scope, Timestamp};
use serde_json::Value;

use super::fields::{number, present};
use super::figures::{MONTH, WEEK, reading, window};
use super::keyed::Keyed;
use super::{Reading, UsageError};

/// The adapter.
pub(super) const OPENROUTER: Keyed = Keyed::new("OpenRouter", "https://openrouter.ai/api/v1/key", parse);

fn parse(body: &Value, now: Timestamp) -> Result<Reading, UsageError> {
    let data = body.get("data").filter(|data| data.is_object()).ok_or(UsageError::Shape("no data"))?;
    let plan = (data["is_free_tier"] == true).then(|| "free".to_owned());
    // A key without a limit spends what the account has, and how much that is nobody says here.
    let Some(_) = present(data, "limit") else {
        return Ok(Reading { plan, ..reading(now, Vec::new(), Vec::new()) });
    };
    let (Some(limit), Some(left)) = (number(data, "limit"), number(data, "limit_remaining")) else {
        return Err(UsageError::Shape("a limit without an amount"));
    };
    // When a span ends isn't said.
    let span = span(data).filter(|_| limit > 0.0);
    let window = span.map(|length| window(Scope::Account, length, 100.0 - 100.0 * left / limit, None));
    let balance = Balance { left, of: Some(limit), unit: "USD".to_owned() };
    Ok(Reading { plan, ..reading(now, window.into_iter().collect(), vec![balance]) })
}

fn span(data: &Value) -> Option<Duration> {
    match data.get("limit_reset")?.as_str()? {
        "daily" => Some(Duration::from_secs(24 * 3600)),
        "weekly" => Some(WEEK),
        "monthly" => Some(MONTH),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::conformance::Conformance;
    use super::*;

    #[tokio::test]
    async fn answers_mean_what_they_say() {
        Conformance {
            fixtures: &[
                ("normal", Ok(&["monthly 25% -", "USD 15 of 20"])),
                ("exhausted", Ok(&["monthly 100% -", "USD 0 of 20"])),
                ("free", Ok(&["plan free"])),
                ("for_good", Ok(&["USD 15 of 20"])),
                ("unknown_fields", Ok(&["USD 15 of 20"])),
                ("wrong_types", Err(UsageError::Shape("a limit without an amount"))),
                ("other_shape", Err(UsageError::Shape("no data"))),
            ],
            ..Conformance::of("openrouter", "api")
        }
        .check()
        .await;
    }
}
