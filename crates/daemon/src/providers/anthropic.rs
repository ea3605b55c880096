//! Anthropic: Claude logins, which OpenCode held until 1.3.0. Baton offers no such login, and an API key has no figures.
//! The endpoint is known by use, not by documentation, and it minds being asked often.

use std::collections::BTreeMap;

use engine::{Balance, CredentialKind, Identity, ProviderId, Scope, Timestamp, Usage, Window};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use super::fields::{number, present, text, time};
use super::figures::{FIVE_HOURS, WEEK, access, as_usual, ask, beside, reading, window};
use super::traffic::{number as number_in, time as time_in};
use super::{Endpoints, Http, Identified, Provider, Reading, RefreshError, UsageError, plain, tokens};
use crate::credential::Credential;

const USAGE_URL: &str = "https://api.anthropic.com/api/oauth/usage";
const PROFILE_PATH: &str = "/api/oauth/profile";
const TOKEN_URL: &str = "https://platform.claude.com/v1/oauth/token";
/// OpenCode's: a refresh token belongs to the client that it was made for.
const CLIENT_ID: &str = "9d1c250a-e61b-44d9-88ed-5944d1962f5e";
/// Resets come with microseconds that change from answer to answer; they lie on full minutes.
const RESET_STEP: i64 = 60_000;

/// The adapter.
pub(super) struct Anthropic;

impl Provider for Anthropic {
    fn name<'a>(&self, _: &'a ProviderId) -> &'a str {
        "Anthropic"
    }

    fn has_figures(&self, kind: CredentialKind) -> bool {
        kind == CredentialKind::OAuth
    }

    fn refreshable(&self, kind: CredentialKind) -> bool {
        kind == CredentialKind::OAuth
    }

    fn identify(&self, credential: &Credential) -> Identified {
        plain::identify(credential)
    }

    /// The tokens say nothing, and each renewal replaces both.
    fn whose<'a>(
        &'a self,
        http: &'a Http,
        endpoints: &'a Endpoints,
        credential: &'a Credential,
        now: Timestamp,
    ) -> BoxFuture<'a, Result<Option<Identity>, UsageError>> {
        profile(http, endpoints, credential, now).boxed()
    }

    fn usage<'a>(
        &'a self,
        http: &'a Http,
        endpoints: &'a Endpoints,
        credential: &'a Credential,
        now: Timestamp,
    ) -> BoxFuture<'a, Result<Reading, UsageError>> {
        read(http, endpoints, credential, now).boxed()
    }

    fn usage_in(&self, headers: &BTreeMap<String, String>, now: Timestamp) -> Option<Usage> {
        in_headers(headers, now)
    }

    fn refresh<'a>(
        &'a self,
        http: &'a Http,
        endpoints: &'a Endpoints,
        credential: &'a Credential,
        now: Timestamp,
    ) -> BoxFuture<'a, Result<Credential, RefreshError>> {
        renew(http, endpoints, credential, now).boxed()
    }
}

async fn read(
    http: &Http,
    endpoints: &Endpoints,
    credential: &Credential,
    now: Timestamp,
) -> Result<Reading, UsageError> {
    if !Anthropic.has_figures(credential.kind()) {
        return Err(UsageError::NoFigures);
    }
    let address = endpoints.usage_url.as_deref().unwrap_or(USAGE_URL);
    parse(&ask(request(http, address, credential, now)?, now, as_usual).await?, now)
}

async fn profile(
    http: &Http,
    endpoints: &Endpoints,
    credential: &Credential,
    now: Timestamp,
) -> Result<Option<Identity>, UsageError> {
    if credential.kind() != CredentialKind::OAuth {
        return Ok(None);
    }
    let address = beside(endpoints.usage_url.as_deref().unwrap_or(USAGE_URL), PROFILE_PATH)?;
    let body = ask(request(http, &address, credential, now)?, now, as_usual).await?;
    let account = present(&body, "account").ok_or(UsageError::Shape("no account"))?;
    let person = text(account, "uuid").ok_or(UsageError::Shape("an account without an id"))?;
    let organization = present(&body, "organization").and_then(|organization| text(organization, "uuid"));
    let email = text(account, "email");
    Ok(Some(Identity { email, user_id: Some(person), workspace_id: organization, plan: None }))
}

fn request(http: &Http, address: &str, credential: &Credential, now: Timestamp) -> Result<RequestBuilder, UsageError> {
    let request = http.request(Method::GET, address)?.bearer_auth(access(credential, now)?);
    Ok(request.header("anthropic-beta", "oauth-2025-04-20"))
}

/// Without a scope, as OpenCode does it: the login keeps the ones that it was made with, and none can be added.
async fn renew(
    http: &Http,
    endpoints: &Endpoints,
    credential: &Credential,
    now: Timestamp,
) -> Result<Credential, RefreshError> {
    let Some(refresh) = credential.text("refresh").filter(|_| Anthropic.refreshable(credential.kind())) else {
        return Err(RefreshError::NotRefreshable);
    };
    let body = json!({"grant_type": "refresh_token", "refresh_token": refresh, "client_id": CLIENT_ID});
    let request = http.request(Method::POST, endpoints.token_url.as_deref().unwrap_or(TOKEN_URL))?.json(&body);
    tokens::renew(http, request, credential, refresh, now).await
}

fn parse(body: &Value, now: Timestamp) -> Result<Reading, UsageError> {
    if body.get("five_hour").or(body.get("seven_day")).is_none() {
        return Err(UsageError::Shape("no windows"));
    }
    let places = [
        ("five_hour", FIVE_HOURS, Scope::Account),
        ("seven_day", WEEK, Scope::Account),
        ("seven_day_opus", WEEK, Scope::Model("Opus".to_owned())),
        ("seven_day_sonnet", WEEK, Scope::Model("Sonnet".to_owned())),
    ];
    let mut windows = Vec::new();
    for (place, length, scope) in places {
        let Some(found) = present(body, place) else { continue };
        let used = number(found, "utilization").ok_or(UsageError::Shape("a window without a percentage"))?;
        windows.push(window(scope, length, used, resets_at(found)));
    }
    for found in body.get("limits").and_then(Value::as_array).into_iter().flatten() {
        // An extra that can't be understood takes nothing from what governs every request.
        windows.extend(scoped(found).filter(|new| windows.iter().all(|known| known.scope != new.scope)));
    }
    Ok(reading(now, windows, extra_usage(body).into_iter().collect()))
}

/// The windows that every answer to a login tells of. Those of single models go by names that nobody has explained.
fn in_headers(headers: &BTreeMap<String, String>, now: Timestamp) -> Option<Usage> {
    let windows = [("5h", FIVE_HOURS), ("7d", WEEK)].into_iter().filter_map(|(name, length)| {
        let name = |what: &str| format!("anthropic-ratelimit-unified-{name}-{what}");
        let used = number_in(headers, &name("utilization"))? * 100.0;
        let rejected = headers.get(&name("status")).is_some_and(|status| status == "rejected");
        // The share is rounded, the verdict is not.
        let used = if rejected { 100.0 } else { used };
        Some(window(Scope::Account, length, used, time_in(headers, &name("reset"))))
    });
    let windows: Vec<Window> = windows.collect();
    (!windows.is_empty()).then(|| Usage { read_at: now, windows, balances: Vec::new() })
}

/// The weekly window of one model.
fn scoped(found: &Value) -> Option<Window> {
    let name = text(found.pointer("/scope/model")?, "display_name").filter(|_| found["kind"] == "weekly_scoped")?;
    Some(window(Scope::Model(name), WEEK, number(found, "percent")?, resets_at(found)))
}

/// What may still be spent beyond the plan; the server counts in cents.
fn extra_usage(body: &Value) -> Option<Balance> {
    let extra = body.get("extra_usage").filter(|extra| extra["is_enabled"] == true)?;
    let (limit, used) = (number(extra, "monthly_limit")?, number(extra, "used_credits")?);
    Some(Balance { left: (limit - used) / 100.0, of: Some(limit / 100.0), unit: text(extra, "currency")? })
}

fn resets_at(found: &Value) -> Option<Timestamp> {
    let at = time(found, "resets_at")?.as_millis();
    Some(Timestamp::from_millis((at + RESET_STEP / 2).div_euclid(RESET_STEP) * RESET_STEP))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::conformance::{Conformance, Renewal};
    use super::*;

    #[tokio::test]
    async fn answers_mean_what_they_say() {
        Conformance {
            fixtures: &[
                ("normal", Ok(&["5h 37% +160m", "weekly 12.5% +5000m"])),
                ("exhausted", Ok(&["5h 100% +160m", "weekly 63% +5000m", "USD 48.8 of 50"])),
                ("free", Ok(&[])),
                (
                    "several_models",
                    Ok(&["5h 37% +160m", "weekly 12.5% +5000m", "Opus weekly 80% -", "Fable weekly 5% +5000m"]),
                ),
                ("unknown_fields", Ok(&["5h 37% -"])),
                ("wrong_types", Err(UsageError::Shape("a window without a percentage"))),
                ("other_shape", Err(UsageError::Shape("no windows"))),
            ],
            ..Conformance::of("anthropic", "oauth")
        }
        .check()
        .await;
    }

    #[tokio::test]
    async fn tokens_are_renewed_once() {
        Renewal { provider: "anthropic", sent: &["9d1c250a-e61b-44d9-88ed-5944d1962f5e", "refresh_token"] }
            .check()
            .await;
    }

    #[test]
    fn what_answers_tell_in_passing_is_read() {
        let check = |headers: &[(&str, &str)], expected: &[(u64, f64, Option<i64>)]| {
            let headers = headers
                .iter()
                .map(|(name, value)| (format!("anthropic-ratelimit-unified-{name}"), (*value).to_owned()));
            let usage = Anthropic.usage_in(&headers.collect(), Timestamp::from_secs(1_790_000_000));
            let windows = usage.map(|usage| usage.windows).unwrap_or_default();
            let found: Vec<_> = windows
                .iter()
                .map(|window| {
                    (
                        window.length.as_secs() / 3600,
                        window.used_percent,
                        window.resets_at.map(|at| at.as_millis() / 1000),
                    )
                })
                .collect();
            assert_eq!(found, expected);
        };
        let five = [("5h-utilization", "0.42"), ("5h-reset", "1790003600"), ("5h-status", "allowed")];
        check(&five, &[(5, 42.0, Some(1_790_003_600))]);
        check(&[("7d-utilization", "0.993"), ("7d-status", "rejected")], &[(168, 100.0, None)]);
        check(&[("7d_oi-utilization", "0.5"), ("status", "allowed"), ("5h-utilization", "much")], &[]);
        check(&[], &[]);
    }

    #[test]
    fn resets_stand_still() {
        let at = |text: &str| resets_at(&json!({"resets_at": text})).unwrap();
        assert_eq!(at("2026-08-22T17:59:59.912345Z"), at("2026-08-22T18:00:00.123456Z"));
    }
}
