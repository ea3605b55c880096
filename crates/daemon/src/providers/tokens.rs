//! New tokens for a parked login. A refresh token mostly works once: what comes back replaces it, or the login is
//! lost. Never retries by itself.

use std::time::Duration;

use engine::Timestamp;
use reqwest::RequestBuilder;
use serde_json::Value;

use super::http::{Answer, send};
use super::jwt::Claims;
use super::{Http, HttpError, RefreshError};
use crate::credential::Credential;

/// How many times longer than a reading a refresh may take: giving up on one under way can spend the token for
/// nothing.
const PATIENCE: u32 = 3;
/// How long an access token lives when nobody says; OpenCode assumes the same.
const ASSUMED_LIFE: Duration = Duration::from_secs(3600);

/// Sends a request that spends this refresh token, and puts what comes back in its login.
pub(super) async fn renew(
    http: &Http,
    request: RequestBuilder,
    credential: &Credential,
    spent: &str,
    now: Timestamp,
) -> Result<Credential, RefreshError> {
    let request = request.timeout(http.time_limit() * PATIENCE).header("accept", "application/json");
    let answer = send(request).await?;
    match answer.status {
        200 => renewed(credential, spent, &answer, now),
        400 | 401 | 403 => Err(rejected(&answer)),
        status => Err(RefreshError::Refused { status }),
    }
}

/// The stable name of an error, wherever servers put it.
pub(super) fn error_code(body: &Value) -> Option<&str> {
    let places = ["/error/code", "/error/type", "/detail/code", "/error", "/code"];
    places.iter().find_map(|place| body.pointer(place)?.as_str())
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
        Some("unauthorized_client") => RefreshError::OtherClient,
        _ if answer.web_page => HttpError::WebPage.into(),
        Some(_) | None => RefreshError::Refused { status: answer.status },
    }
}
