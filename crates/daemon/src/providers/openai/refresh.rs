//! New tokens for a parked ChatGPT login. A refresh token works once: what comes back replaces it, or the login is
//! lost. Never retries by itself.

use std::time::Duration;

use engine::Timestamp;
use reqwest::Method;
use serde_json::Value;

use super::super::http::{Answer, send};
use super::super::jwt::Claims;
use super::super::{Endpoints, Http, HttpError, Provider, RefreshError};
use super::{OpenAi, error_code};
use crate::credential::Credential;

const TOKEN_URL: &str = "https://auth.openai.com/oauth/token";
/// OpenCode's: a refresh token belongs to the client that it was made for.
const CLIENT_ID: &str = "app_EMoamEEZ73f0CkXaXp7hrann";
/// How many times longer than a reading a refresh may take: giving up on one under way can spend the token for
/// nothing.
const PATIENCE: u32 = 3;
/// How long an access token lives when nobody says; OpenCode assumes the same.
const ASSUMED_LIFE: Duration = Duration::from_secs(3600);

/// Renews the tokens of a login.
pub(super) async fn renew(
    http: &Http,
    endpoints: &Endpoints,
    credential: &Credential,
    now: Timestamp,
) -> Result<Credential, RefreshError> {
    let Some(refresh) = credential.text("refresh").filter(|_| OpenAi.refreshable(credential.kind())) else {
        return Err(RefreshError::NotRefreshable);
    };
    let form = [("grant_type", "refresh_token"), ("refresh_token", refresh), ("client_id", CLIENT_ID)];
    let request = http
        .request(Method::POST, endpoints.token_url.as_deref().unwrap_or(TOKEN_URL))?
        .timeout(http.time_limit() * PATIENCE)
        .header("accept", "application/json")
        .form(&form);
    let answer = send(request).await?;
    match answer.status {
        200 => renewed(credential, refresh, &answer, now),
        400 | 401 | 403 => Err(rejected(&answer)),
        status => Err(RefreshError::Refused { status }),
    }
}

fn renewed(credential: &Credential, spent: &str, answer: &Answer, now: Timestamp) -> Result<Credential, RefreshError> {
    if answer.web_page {
        return Err(HttpError::WebPage.into());
    }
    let body = answer.json();
    let token = |name: &str| body.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let access = token("access_token").ok_or(RefreshError::Shape("no access token"))?;
    let life = body.get("expires_in").and_then(Value::as_f64).filter(|seconds| *seconds > 0.0);
    let expires_at = match life.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()) {
        Some(life) => now + life,
        None => Claims::of(access).expires_at().unwrap_or(now + ASSUMED_LIFE),
    };
    Ok(credential.with_tokens(access, token("refresh_token").unwrap_or(spent), Some(expires_at)))
}

fn rejected(answer: &Answer) -> RefreshError {
    let body = answer.json();
    match error_code(&body) {
        Some("refresh_token_reused") => RefreshError::LoginRejected { reused: true },
        Some(
            "refresh_token_expired"
            | "refresh_token_invalidated"
            | "refresh_token_revoked"
            | "token_invalidated"
            | "token_revoked"
            | "account_deactivated"
            | "invalid_grant",
        ) => RefreshError::LoginRejected { reused: false },
        _ if answer.web_page => HttpError::WebPage.into(),
        Some(_) | None => RefreshError::Refused { status: answer.status },
    }
}
