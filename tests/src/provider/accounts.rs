//! Usage figures and token refresh, in the shapes of the real endpoints. A refresh token is good once.

use std::sync::{Arc, Mutex};

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::answers::{bearer, blabbed, header};
use super::book::{Behaviour, Book, Kind};
use super::hours_from_now;

type Shared = State<Arc<Mutex<Book>>>;
type Answer = (StatusCode, Json<Value>);

const FIVE_HOURS: i64 = 5 * 3600;
const WEEK: i64 = 7 * 24 * 3600;

pub(super) async fn usage(State(book): Shared, headers: HeaderMap) -> Answer {
    let pause = book.lock().unwrap().usage_pause;
    tokio::time::sleep(pause).await;
    let mut book = book.lock().unwrap();
    let found = bearer(&headers).and_then(|token| book.bearer(token, header(&headers, "chatgpt-account-id")));
    let Some(account) = found else {
        book.note(Kind::Usage, None, 401);
        let error = json!({"code": "token_expired", "message": "Provided authentication token is expired."});
        return (StatusCode::UNAUTHORIZED, Json(json!({"error": error})));
    };
    let name = account.login.name.clone();
    if let Some(status) = book.blabs(&name) {
        book.note(Kind::Usage, Some(name), status);
        return blab(status, bearer(&headers).unwrap_or_default());
    }
    let Some(account) = book.accounts.get(&name) else { unreachable!("it was found") };
    let now = Timestamp::now().as_second();
    let limited = account.behaviour.limited_for();
    let window = |length: i64, percent: u8, resets_in: i64| json!({"used_percent": percent, "limit_window_seconds": length, "reset_after_seconds": resets_in, "reset_at": now + resets_in});
    let primary = match limited {
        Some(resets_in) => window(FIVE_HOURS, 100, resets_in),
        None => window(FIVE_HOURS, account.used_percent[0], 9000),
    };
    let mut additional = json!([]);
    if let Behaviour::ModelLimit { model, resets_in } = account.behaviour {
        let rate_limit = json!({"allowed": false, "limit_reached": true, "primary_window": window(FIVE_HOURS, 100, resets_in), "secondary_window": null});
        additional = json!([{"limit_name": model.to_uppercase(), "metered_feature": "x", "rate_limit": rate_limit}]);
    }
    let body = json!({
        "account_id": account.login.workspace_id,
        "plan_type": account.login.plan,
        "rate_limit": {
            "allowed": limited.is_none(),
            "limit_reached": limited.is_some(),
            "primary_window": primary,
            "secondary_window": window(WEEK, account.used_percent[1], 300_000),
        },
        "code_review_rate_limit": null,
        "additional_rate_limits": additional,
        "credits": {"has_credits": false, "unlimited": false, "balance": "0"},
    });
    book.note(Kind::Usage, Some(name), 200);
    (StatusCode::OK, Json(body))
}

pub(super) async fn token(State(book): Shared, headers: HeaderMap, body: String) -> Answer {
    let pause = book.lock().unwrap().token_pause;
    tokio::time::sleep(pause).await;
    let mut book = book.lock().unwrap();
    let presented = refresh_token(&headers, &body).unwrap_or_default();
    let owner = book.owner(&presented);
    if let Some(status) = owner.as_deref().and_then(|name| book.blabs(name)) {
        book.note(Kind::Refresh, owner, status);
        return blab(status, &presented);
    }
    let good = owner.as_ref().is_some_and(|name| book.accounts[name].refresh == presented);
    let (status, body) = match &owner {
        Some(name) if good => {
            let tokens = book.rotate(name, hours_from_now(1));
            (
                200,
                json!({"access_token": tokens.access, "refresh_token": tokens.refresh, "id_token": tokens.access, "token_type": "Bearer", "expires_in": 3600}),
            )
        }
        Some(_) => (401, reused()),
        None => (400, json!({"error": "invalid_grant", "error_description": "Unknown refresh token."})),
    };
    book.note(Kind::Refresh, owner, status);
    (StatusCode::from_u16(status).unwrap(), Json(body))
}

fn blab(status: u16, secret: &str) -> Answer {
    (StatusCode::from_u16(status).unwrap(), Json(json!({"error": blabbed(secret)})))
}

fn reused() -> Value {
    let message =
        "Your refresh token has already been used to generate a new access token. Please try signing in again.";
    json!({"error": {"code": "refresh_token_reused", "message": message, "type": "invalid_request_error", "param": null}})
}

/// From a form or from JSON: clients send either.
fn refresh_token(headers: &HeaderMap, body: &str) -> Option<String> {
    if header(headers, "content-type").is_some_and(|kind| kind.starts_with("application/json")) {
        return serde_json::from_str::<Value>(body).ok()?["refresh_token"].as_str().map(str::to_owned);
    }
    // The tests' tokens hold no character that a form would escape.
    body.split('&').find_map(|pair| pair.strip_prefix("refresh_token=")).map(str::to_owned)
}
