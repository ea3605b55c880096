//! OpenCode Go: the subscription, by its API key. OpenCode Zen under its own id has no endpoint for its balance.

use engine::{Scope, Timestamp, Window};
use serde_json::Value;

use super::fields::{number, present, text, time};
use super::figures::{FIVE_HOURS, MONTH, WEEK, reading, window};
use super::keyed::Keyed;
use super::{Reading, UsageError};

/// The adapter.
pub(super) const OPENCODE_GO: Keyed =
    Keyed { refusal, ..Keyed::new("OpenCode Go", "https://opencode.ai/zen/go/v1/usage", parse) };

/// A 401 is about the key only when it says so: an empty purse and an unknown model get one too.
fn refusal(status: u16, body: &Value) -> Option<UsageError> {
    match (status, body.pointer("/error/type").and_then(Value::as_str)) {
        (401, Some("AuthError")) => Some(UsageError::LoginRejected),
        (403, Some("EntitlementError")) => Some(UsageError::NoFigures),
        (status, _) => Some(UsageError::Refused { status }),
    }
}

fn parse(body: &Value, now: Timestamp) -> Result<Reading, UsageError> {
    let usage = body.get("usage").filter(|usage| usage.is_object()).ok_or(UsageError::Shape("no usage"))?;
    let places = [("rolling", FIVE_HOURS), ("weekly", WEEK), ("monthly", MONTH)];
    let found = places.into_iter().filter_map(|(place, length)| Some((present(usage, place)?, length)));
    let windows = found.map(|(found, length)| of_length(found, length)).collect::<Result<Vec<_>, _>>()?;
    let reading = reading(now, windows, Vec::new());
    Ok(Reading { account: text(body, "workspaceID"), user: text(body, "userID"), ..reading })
}

fn of_length(found: &Value, length: std::time::Duration) -> Result<Window, UsageError> {
    let used = number(found, "percent").ok_or(UsageError::Shape("a window without a percentage"))?;
    // The percentage is rounded, the verdict is not.
    let used = if found["status"] == "rate-limited" { 100.0 } else { used };
    Ok(window(Scope::Account, length, used, time(found, "resetsAt")))
}

#[cfg(test)]
mod tests {
    use super::super::tests::conformance::Conformance;
    use super::*;

    #[tokio::test]
    async fn answers_mean_what_they_say() {
        const AUTH: &str = r#"{"type":"error","error":{"type":"AuthError","message":"Invalid API key."}}"#;
        const PLAN: &str =
            r#"{"type":"error","error":{"type":"EntitlementError","message":"OpenCode Go subscription required."}}"#;
        const PURSE: &str = r#"{"type":"error","error":{"type":"CreditsError","message":"No payment method."}}"#;
        Conformance {
            fixtures: &[
                ("normal", Ok(&["5h 4% +180m", "weekly 12% +5000m", "monthly 30% +13546m", "account wrk_1"])),
                ("exhausted", Ok(&["5h 4% +180m", "weekly 100% +5000m", "monthly 30% +13546m", "account wrk_1"])),
                ("unknown_fields", Ok(&["5h 4% -"])),
                ("wrong_types", Err(UsageError::Shape("a window without a percentage"))),
                ("other_shape", Err(UsageError::Shape("no usage"))),
            ],
            refusals: &[
                (401, AUTH, UsageError::LoginRejected),
                (403, PLAN, UsageError::NoFigures),
                (401, PURSE, UsageError::Refused { status: 401 }),
            ],
            unauthorized: UsageError::Refused { status: 401 },
            ..Conformance::of("opencode-go", "api")
        }
        .check()
        .await;
    }
}
