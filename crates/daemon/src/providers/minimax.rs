//! MiniMax: the windows of its token plan. Under each host's first id a key may be of the plan or pay as it goes, which
//! has no figures; under the plan's own id it is of the plan.

use std::time::Duration;

use engine::{Scope, Timestamp, Window};
use serde_json::Value;

use super::fields::{amount, millis, present};
use super::figures::{FIVE_HOURS, WEEK, reading, window};
use super::keyed::Keyed;
use super::{Reading, UsageError};

/// The adapter for the plan at minimax.io.
pub(super) const PLAN: Keyed = Keyed::new("MiniMax Token Plan", HOST, |body, now| parse(body, Key::OfPlan, now));
/// The adapter for the plan in China.
pub(super) const PLAN_CN: Keyed =
    Keyed::new("MiniMax Token Plan (China)", HOST_CN, |body, now| parse(body, Key::OfPlan, now));
/// The adapter for any key of minimax.io.
pub(super) const MINIMAX: Keyed =
    Keyed { refusal, ..Keyed::new("MiniMax", HOST, |body, now| parse(body, Key::Any, now)) };
/// The adapter for any key of the host in China.
pub(super) const MINIMAX_CN: Keyed =
    Keyed { refusal, ..Keyed::new("MiniMax (China)", HOST_CN, |body, now| parse(body, Key::Any, now)) };

const HOST: &str = "https://api.minimax.io/v1/api/openplatform/coding_plan/remains";
const HOST_CN: &str = "https://api.minimaxi.com/v1/token_plan/remains";
/// The status of a window that a plan doesn't have.
const NO_WINDOW: u64 = 3;
/// No span between two resets is longer.
const LONGEST_SPAN: Duration = Duration::from_secs(31 * 24 * 3600);

#[derive(Clone, Copy)]
enum Key {
    OfPlan,
    Any,
}

/// A key that isn't the plan's may still pay for requests.
fn refusal(status: u16, _: &Value) -> Option<UsageError> {
    (status == 401).then_some(UsageError::NoFigures)
}

fn parse(body: &Value, key: Key, now: Timestamp) -> Result<Reading, UsageError> {
    let verdict = body.pointer("/base_resp/status_code").and_then(Value::as_i64);
    match (verdict, key) {
        (None | Some(0), _) => {}
        (Some(1002), _) => return Err(UsageError::RateLimited { retry_after: None }),
        (Some(1004), Key::OfPlan) => return Err(UsageError::LoginRejected),
        (Some(1004), Key::Any) => return Err(UsageError::NoFigures),
        (Some(_), _) => return Err(UsageError::Shape("a verdict that nobody knows")),
    }
    let buckets = body.get("model_remains").and_then(Value::as_array).ok_or(UsageError::Shape("no buckets"))?;
    if buckets.is_empty() {
        return Err(UsageError::NoFigures);
    }
    let bucket = text_bucket(buckets).ok_or(UsageError::Shape("no bucket for text"))?;
    let interval = of_span(bucket, "current_interval", interval(bucket), end(bucket, "end_time", "remains_time", now))?;
    let weekly_end = end(bucket, "weekly_end_time", "weekly_remains_time", now);
    let weekly = of_span(bucket, "current_weekly", WEEK, weekly_end)?;
    let windows: Vec<Window> = interval.into_iter().chain(weekly).collect();
    match windows.is_empty() {
        true => Err(UsageError::Shape("a bucket without a percentage")),
        false => Ok(reading(now, windows, Vec::new())),
    }
}

/// The bucket that OpenCode's requests draw on; the others are for pictures, video and speech.
fn text_bucket(buckets: &[Value]) -> Option<&Value> {
    let name = |bucket: &Value| bucket["model_name"].as_str().unwrap_or_default().to_lowercase();
    let general = buckets.iter().find(|bucket| name(bucket) == "general");
    general.or_else(|| buckets.iter().find(|bucket| name(bucket).starts_with("minimax-m")))
}

fn of_span(
    bucket: &Value,
    span: &str,
    length: Duration,
    resets_at: Option<Timestamp>,
) -> Result<Option<Window>, UsageError> {
    let field = |name: &str| format!("{span}_{name}");
    if bucket.get(field("status")).and_then(Value::as_u64) == Some(NO_WINDOW) {
        return Ok(None);
    }
    let percent = field("remaining_percent");
    let left = match present(bucket, &percent) {
        Some(_) => Some(amount(bucket, &percent).ok_or(UsageError::Shape("a window without a percentage"))?),
        None => {
            let total = amount(bucket, &field("total_count")).filter(|total| *total > 0.0);
            // In spite of its name it counts what is left.
            total.zip(amount(bucket, &field("usage_count"))).map(|(total, left)| 100.0 * left / total)
        }
    };
    Ok(left.map(|left| window(Scope::Account, length, 100.0 - left, resets_at)))
}

/// The length of the shorter window: the plans say five hours, the answers sometimes four.
fn interval(bucket: &Value) -> Duration {
    let span = millis(bucket, "start_time").zip(millis(bucket, "end_time")).map(|(start, end)| end.since(start));
    span.filter(|span| !span.is_zero() && *span <= LONGEST_SPAN).unwrap_or(FIVE_HOURS)
}

fn end(bucket: &Value, at: &str, wait: &str, now: Timestamp) -> Option<Timestamp> {
    let wait = bucket.get(wait).and_then(Value::as_u64).filter(|wait| *wait > 0);
    millis(bucket, at).or_else(|| Some(now + Duration::from_millis(wait?)))
}

#[cfg(test)]
mod tests {
    use super::super::tests::conformance::{Conformance, Expected};
    use super::*;

    const FIXTURES: &[(&str, Expected)] = &[
        ("normal", Ok(&["5h 8% +180m", "weekly 2% +5000m"])),
        ("exhausted", Ok(&["5h 100% +180m"])),
        ("free", Err(UsageError::NoFigures)),
        ("several_models", Ok(&["4h 30% +180m"])),
        ("unknown_fields", Ok(&["5h 8% -"])),
        ("wrong_types", Err(UsageError::Shape("a window without a percentage"))),
        ("no_percentage", Err(UsageError::Shape("a bucket without a percentage"))),
        ("no_text", Err(UsageError::Shape("no bucket for text"))),
        ("other_shape", Err(UsageError::Shape("no buckets"))),
    ];
    const BAD_KEY: &str = r#"{"base_resp":{"status_code":1004,"status_msg":"login fail"}}"#;
    const TOO_OFTEN: &str = r#"{"base_resp":{"status_code":1002,"status_msg":"rate limit"}}"#;
    const OTHER: &str = r#"{"base_resp":{"status_code":1000,"status_msg":"unknown error"},"model_remains":[]}"#;

    #[tokio::test]
    async fn answers_about_a_plans_key_mean_what_they_say() {
        for provider in ["minimax-coding-plan", "minimax-cn-coding-plan"] {
            Conformance {
                folder: "minimax",
                fixtures: FIXTURES,
                refusals: &[
                    (200, BAD_KEY, UsageError::LoginRejected),
                    (200, TOO_OFTEN, UsageError::RateLimited { retry_after: None }),
                    (200, OTHER, UsageError::Shape("a verdict that nobody knows")),
                ],
                ..Conformance::of(provider, "api")
            }
            .check()
            .await;
        }
    }

    #[tokio::test]
    async fn a_key_that_pays_as_it_goes_has_no_figures_and_stays_accepted() {
        for provider in ["minimax", "minimax-cn"] {
            Conformance {
                folder: "minimax",
                fixtures: FIXTURES,
                refusals: &[(200, BAD_KEY, UsageError::NoFigures)],
                unauthorized: UsageError::NoFigures,
                ..Conformance::of(provider, "api")
            }
            .check()
            .await;
        }
    }
}
