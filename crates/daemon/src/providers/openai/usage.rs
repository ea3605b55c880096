//! Usage figures of a ChatGPT login. The endpoint is known by use, not by documentation: what can't be understood
//! is unknown, never zero.

use std::time::Duration;

use engine::{Scope, Timestamp, Usage, Window};
use reqwest::Method;
use serde_json::Value;

use super::super::fields::text;
use super::super::figures::{access, ask};
use super::super::jwt::Claims;
use super::super::tokens::error_code;
use super::super::{Endpoints, Http, Provider, Reading, UsageError, agree};
use super::{AUTH, OpenAi};
use crate::credential::Credential;

const USAGE_URL: &str = "https://chatgpt.com/backend-api/wham/usage";
/// How far a reset may lie beyond its window's length: clocks differ.
const CLOCKS_DIFFER: Duration = Duration::from_secs(24 * 3600);

/// Asks for the figures of a login.
pub(super) async fn read(
    http: &Http,
    endpoints: &Endpoints,
    credential: &Credential,
    now: Timestamp,
) -> Result<Reading, UsageError> {
    if !OpenAi.has_figures(credential.kind()) {
        return Err(UsageError::NoFigures);
    }
    let access = access(credential, now)?;
    let claims = Claims::of(access);
    let user = claims.text_in(AUTH, "chatgpt_user_id");
    // The workspace that OpenCode asks for, which the entry names, rather than the one the token was made in.
    let workspace = credential.text("accountId").or(claims.text_in(AUTH, "chatgpt_account_id"));
    let address = endpoints.usage_url.as_deref().unwrap_or(USAGE_URL);
    let mut request = http.request(Method::GET, address)?.bearer_auth(access);
    if let Some(workspace) = workspace {
        request = request.header("chatgpt-account-id", workspace);
    }
    let reading = parse(&ask(request, now, refusal).await?, now)?;
    match is_of(&reading, user, workspace) {
        true => Ok(reading),
        false => Err(UsageError::WrongAccount),
    }
}

/// Understands an answer with figures.
pub(super) fn parse(body: &Value, now: Timestamp) -> Result<Reading, UsageError> {
    let limit = body.get("rate_limit").ok_or(UsageError::Shape("no rate limit"))?;
    let mut windows = windows(limit, &Scope::Account, now)?;
    if limit.get("limit_reached") == Some(&Value::Bool(true)) || limit.get("allowed") == Some(&Value::Bool(false)) {
        // The percentage is rounded, the verdict is not.
        if let Some(fullest) = windows.iter_mut().max_by(|a, b| a.used_percent.total_cmp(&b.used_percent)) {
            fullest.used_percent = 100.0;
        }
    }
    for extra in body.get("additional_rate_limits").and_then(Value::as_array).into_iter().flatten() {
        let name = text(extra, "limit_name").or_else(|| text(extra, "metered_feature"));
        // An extra that can't be understood takes nothing from what governs every request.
        if let (Some(name), Some(limit)) = (name, extra.get("rate_limit")) {
            windows.extend(self::windows(limit, &Scope::Model(name), now).unwrap_or_default());
        }
    }
    Ok(Reading {
        usage: Usage { read_at: now, windows, balances: Vec::new() },
        account: text(body, "account_id"),
        user: text(body, "user_id"),
        email: text(body, "email"),
        plan: text(body, "plan_type"),
    })
}

/// Whether the server speaks of the login that was asked for. Of a personal plan it names the person as account.
fn is_of(reading: &Reading, user: Option<&str>, workspace: Option<&str>) -> bool {
    let (named, person) = (reading.account.as_deref(), reading.user.as_deref());
    match named.filter(|named| named.starts_with("user-") || person == Some(*named)) {
        Some(person_as_account) => agree(user, person.or(Some(person_as_account))),
        None => agree(user, person) && agree(workspace, named),
    }
}

/// Codes say more than the status.
fn refusal(status: u16, body: &Value) -> Option<UsageError> {
    match (status, error_code(body)?) {
        (401, "token_expired") => Some(UsageError::Expired),
        (
            402 | 403,
            "deactivated_workspace"
            | "workspace_disabled"
            | "workspace_expired"
            | "workspace_terminated"
            | "account_disabled"
            | "account_deactivated"
            | "organization_disabled"
            | "token_invalidated",
        ) => Some(UsageError::LoginRejected),
        _ => None,
    }
}

/// The windows of one limit. A free plan has one, of 30 days, in the first place: the length tells, not the place.
fn windows(limit: &Value, scope: &Scope, now: Timestamp) -> Result<Vec<Window>, UsageError> {
    if !limit.is_object() && !limit.is_null() {
        return Err(UsageError::Shape("the rate limit is no object"));
    }
    let places = ["primary_window", "secondary_window"].map(|place| limit.get(place).filter(|found| !found.is_null()));
    places.into_iter().flatten().map(|found| window(found, scope.clone(), now)).collect()
}

fn window(found: &Value, scope: Scope, now: Timestamp) -> Result<Window, UsageError> {
    let used = number(found, "used_percent").ok_or(UsageError::Shape("a window without a percentage"))?;
    let seconds = number(found, "limit_window_seconds").filter(|seconds| *seconds >= 1.0);
    let length = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let length = length.ok_or(UsageError::Shape("a window without a length"))?;
    let resets_at = resets_at(found, length, now);
    Ok(Window { scope, length, used_percent: used.min(100.0), resets_at })
}

/// The reset by the server's clock; by ours when the two can't be the same.
fn resets_at(found: &Value, length: Duration, now: Timestamp) -> Option<Timestamp> {
    let plausible = |at: &Timestamp| now < *at && *at <= now + length + CLOCKS_DIFFER;
    #[expect(clippy::cast_possible_truncation, reason = "saturates, and is judged afterwards")]
    let by_server = number(found, "reset_at").map(|seconds| Timestamp::from_secs(seconds as i64));
    let from_now = number(found, "reset_after_seconds").and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let by_us = from_now.map(|wait| now + wait).filter(plausible);
    by_server.filter(plausible).or(by_us).or(by_server.filter(|at| *at <= now && at.as_millis() > 0))
}

fn number(value: &Value, name: &str) -> Option<f64> {
    value.get(name).and_then(Value::as_f64).filter(|number| *number >= 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_790_000_000);
    const HOUR: i64 = 3600;

    #[test]
    fn windows_are_told_apart_by_their_length() {
        check("normal", Ok(&["5h 12% +150m", "weekly 40% +5000m"]));
        check("exhausted", Ok(&["5h 100% +30m", "weekly 63.5% +5000m"]));
        check("free", Ok(&["monthly 7% +40000m"]));
        check("weekly_in_first_place", Ok(&["weekly 11% +9536m"]));
    }

    #[test]
    fn single_models_have_windows_of_their_own() {
        check(
            "several_models",
            Ok(&[
                "5h 12% +150m",
                "weekly 40% +5000m",
                "GPT-5.3-Codex-Spark 5h 100% +60m",
                "GPT-5.3-Codex-Spark weekly 0% -",
                "codex_other 5h 3% -",
            ]),
        );
    }

    #[test]
    fn what_is_unknown_is_not_zero() {
        check("unknown_fields", Ok(&["5h 12% +150m", "weekly 40% +5000m"]));
        check("null_windows", Ok(&[]));
        check("no_limit", Ok(&[]));
        check("wrong_type_percent", Err("a window without a percentage"));
        check("wrong_type_length", Err("a window without a length"));
        check("wrong_type_limit", Err("the rate limit is no object"));
        check("other_shape", Err("no rate limit"));
    }

    #[test]
    fn a_limit_that_is_reached_is_spent_whatever_rounding_says() {
        check("reached_at_99", Ok(&["5h 20% +150m", "weekly 100% +5000m"]));
    }

    #[test]
    fn resets_survive_clocks_that_differ() {
        let check = |reset: Value, expected: Option<i64>| {
            let length = Duration::from_secs(18_000);
            let expected = expected.map(|seconds| Timestamp::from_secs(seconds + 1_790_000_000));
            assert_eq!(resets_at(&reset, length, NOW), expected, "{reset}");
        };
        let at = |seconds: i64| 1_790_000_000 + seconds;
        check(serde_json::json!({"reset_at": at(HOUR)}), Some(HOUR));
        check(serde_json::json!({"reset_at": at(HOUR), "reset_after_seconds": 60}), Some(HOUR));
        check(serde_json::json!({"reset_after_seconds": 60}), Some(60));
        check(serde_json::json!({"reset_at": at(-HOUR), "reset_after_seconds": 60}), Some(60));
        check(serde_json::json!({"reset_at": at(-HOUR)}), Some(-HOUR));
        check(serde_json::json!({"reset_at": at(HOUR) * 1000, "reset_after_seconds": 60}), Some(60));
        check(serde_json::json!({"reset_at": at(HOUR) * 1000}), None);
        check(serde_json::json!({"reset_at": "soon", "reset_after_seconds": -1}), None);
        check(serde_json::json!({"reset_at": 0, "reset_after_seconds": 0}), None);
    }

    #[test]
    fn figures_are_tied_to_whom_the_server_names() {
        let check = |said: [Option<&str>; 2], asked: [Option<&str>; 2], expected: bool| {
            let [user, account] = said.map(|text| text.map(str::to_owned));
            let usage = Usage { read_at: NOW, windows: vec![], balances: vec![] };
            let reading = Reading { usage, account, user, email: None, plan: None };
            assert_eq!(is_of(&reading, asked[0], asked[1]), expected, "{said:?} {asked:?}");
        };
        let (anna, berta, ws, other) = (Some("user-anna"), Some("user-berta"), Some("ws-1"), Some("ws-2"));
        check([anna, ws], [anna, ws], true);
        check([anna, other], [anna, ws], false);
        check([berta, ws], [anna, ws], false);
        check([None, ws], [anna, ws], true);
        check([None, other], [None, ws], false);
        check([anna, ws], [None, None], true);
        check([None, None], [anna, ws], true);
        // Personal plans.
        check([anna, anna], [anna, ws], true);
        check([berta, berta], [anna, ws], false);
        check([None, berta], [anna, ws], false);
        check([anna, anna], [None, ws], true);
    }

    fn check(fixture: &str, expected: Result<&[&str], &'static str>) {
        let path = format!("{}/fixtures/usage/openai/{fixture}.json", env!("CARGO_MANIFEST_DIR"));
        let body = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let shown = parse(&body, NOW).map(|reading| reading.usage.windows.iter().map(show).collect::<Vec<_>>());
        let expected = expected.map(|windows| windows.iter().map(ToString::to_string).collect());
        assert_eq!(shown, expected.map_err(UsageError::Shape), "{fixture}");
    }

    fn show(window: &Window) -> String {
        let model = match &window.scope {
            Scope::Account => String::new(),
            Scope::Model(name) => format!("{name} "),
        };
        let reset = match window.resets_at {
            Some(at) => format!("+{}m", at.since(NOW).as_secs() / 60),
            None => "-".to_owned(),
        };
        format!("{model}{} {}% {reset}", window.name(), window.used_percent)
    }
}
