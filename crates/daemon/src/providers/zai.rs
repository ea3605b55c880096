//! Z.ai's and Zhipu's coding plans. Keys that pay as they go stand under other ids and have no figures.

use std::time::Duration;

use engine::{Scope, Timestamp, Window};
use serde_json::Value;

use super::fields::{millis, number, text};
use super::figures::{MONTH, WEEK, reading, window};
use super::keyed::Keyed;
use super::{Reading, UsageError};

/// The adapter for the plan at z.ai.
pub(super) const ZAI: Keyed = Keyed {
    schemes: SCHEMES,
    ..Keyed::new("Z.ai Coding Plan", "https://api.z.ai/api/monitor/usage/quota/limit", parse)
};

/// The adapter for the plan at bigmodel.cn.
pub(super) const ZHIPU: Keyed = Keyed {
    schemes: SCHEMES,
    ..Keyed::new("Zhipu AI Coding Plan", "https://open.bigmodel.cn/api/monitor/usage/quota/limit", parse)
};

/// Which of the two is accepted isn't documented, and both are in use.
const SCHEMES: &[&str] = &["", "Bearer "];

fn parse(body: &Value, now: Timestamp) -> Result<Reading, UsageError> {
    if body.get("success") == Some(&Value::Bool(false)) {
        // Whether the key still codes can't be told from here: it may be one without a plan.
        return Err(match body.get("code").and_then(Value::as_i64) {
            Some(401 | 1000..=1004) => UsageError::Refused { status: 401 },
            Some(_) | None => UsageError::NoFigures,
        });
    }
    let data = body.get("data").filter(|data| data.is_object()).ok_or(UsageError::Shape("no data"))?;
    let limits = data.get("limits").and_then(Value::as_array).ok_or(UsageError::Shape("no limits"))?;
    // The others, such as `TIME_LIMIT`, count calls of tools: a plan codes on without them.
    let governs = |limit: &&Value| matches!(limit["type"].as_str(), Some("TOKENS_LIMIT" | "CREDIT_LIMIT"));
    let windows = limits.iter().filter(governs).map(of_limit).collect::<Result<_, _>>()?;
    Ok(Reading { plan: text(data, "level"), ..reading(now, windows, Vec::new()) })
}

fn of_limit(limit: &Value) -> Result<Window, UsageError> {
    let used = number(limit, "percentage").ok_or(UsageError::Shape("a limit without a percentage"))?;
    let length = length(limit).ok_or(UsageError::Shape("a limit without a length"))?;
    Ok(window(Scope::Account, length, used, millis(limit, "nextResetTime")))
}

/// So many hours, weeks, … Plans differ in how many limits they have and in which order.
fn length(limit: &Value) -> Option<Duration> {
    let unit = match limit.get("unit")?.as_u64()? {
        1 => Duration::from_secs(24 * 3600),
        3 => Duration::from_secs(3600),
        5 => MONTH,
        6 => WEEK,
        _ => return None,
    };
    let number = limit.get("number")?.as_u64().filter(|number| *number > 0)?;
    unit.checked_mul(u32::try_from(number).ok()?)
}

#[cfg(test)]
mod tests {
    use super::super::tests::conformance::Conformance;
    use super::*;

    const NO_PLAN: &str = r#"{"code":500,"msg":"no coding plan","success":false}"#;
    const BAD_KEY: &str = r#"{"code":401,"msg":"token expired or incorrect","success":false}"#;

    #[tokio::test]
    async fn answers_mean_what_they_say() {
        for provider in ["zai-coding-plan", "zhipuai-coding-plan"] {
            Conformance {
                folder: "zai",
                fixtures: &[
                    ("normal", Ok(&["weekly 61% +5000m", "5h 25% +180m", "plan pro"])),
                    ("exhausted", Ok(&["5h 100% +180m", "plan max"])),
                    ("free", Ok(&["plan free"])),
                    ("credits", Ok(&["5h 1% +180m", "weekly 12% -", "plan lite"])),
                    ("unknown_fields", Ok(&["5h 25% -"])),
                    ("wrong_types", Err(UsageError::Shape("a limit without a percentage"))),
                    ("no_length", Err(UsageError::Shape("a limit without a length"))),
                    ("other_shape", Err(UsageError::Shape("no limits"))),
                ],
                refusals: &[(200, NO_PLAN, UsageError::NoFigures), (200, BAD_KEY, UsageError::Refused { status: 401 })],
                ways: 2,
                ..Conformance::of(provider, "api")
            }
            .check()
            .await;
        }
    }
}
