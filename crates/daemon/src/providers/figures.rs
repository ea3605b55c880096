//! How figures are asked for, and what an answer without any means where the provider has no rule of its own.
//! Repeats nothing and guesses nothing.

use std::time::Duration;

use engine::{Balance, Scope, Timestamp, Usage, Window};
use reqwest::{RequestBuilder, Url};
use serde_json::Value;

use super::http::send;
use super::{HttpError, Reading, UsageError};
use crate::credential::Credential;

/// The five hours of most subscriptions.
pub(super) const FIVE_HOURS: Duration = Duration::from_secs(5 * 3600);
/// A week.
pub(super) const WEEK: Duration = Duration::from_secs(7 * 24 * 3600);
/// A month, where the provider counts calendar months.
pub(super) const MONTH: Duration = Duration::from_secs(30 * 24 * 3600);

/// Asks, and gives the answer's body. `own` tells what a refusal means at this provider; `None` leaves it to the
/// general rule.
pub(super) async fn ask(
    request: RequestBuilder,
    now: Timestamp,
    own: impl FnOnce(u16, &Value) -> Option<UsageError>,
) -> Result<Value, UsageError> {
    let answer = send(request.header("accept", "application/json")).await?;
    let (status, body) = (answer.status, answer.json());
    match status {
        429 => Err(UsageError::RateLimited { retry_after: answer.retry_after(now) }),
        500.. => Err(UsageError::Server { status }),
        _ if answer.web_page => Err(HttpError::WebPage.into()),
        200 => Ok(body),
        _ => Err(own(status, &body).unwrap_or(match status {
            401 => UsageError::LoginRejected,
            status => UsageError::Refused { status },
        })),
    }
}

/// No rule but the general one.
pub(super) fn as_usual(_: u16, _: &Value) -> Option<UsageError> {
    None
}

/// The access token of a login, unless it has ended.
pub(super) fn access(credential: &Credential, now: Timestamp) -> Result<&str, UsageError> {
    let ended = credential.expires_at().is_some_and(|end| end <= now);
    credential.text("access").filter(|_| !ended).ok_or(UsageError::Expired)
}

/// A window; figures beyond its ends, as overdrafts give them, count as the end.
pub(super) fn window(scope: Scope, length: Duration, used_percent: f64, resets_at: Option<Timestamp>) -> Window {
    Window { scope, length, used_percent: used_percent.clamp(0.0, 100.0), resets_at }
}

/// A reading of whose account nothing is said.
pub(super) fn reading(now: Timestamp, windows: Vec<Window>, balances: Vec<Balance>) -> Reading {
    Reading { usage: Usage { read_at: now, windows, balances }, account: None, user: None, email: None, plan: None }
}

/// Another path at the same server.
pub(super) fn beside(address: &str, path: &str) -> Result<String, HttpError> {
    let mut url = Url::parse(address).map_err(|_| HttpError::Address)?;
    url.set_path(path);
    url.set_query(None);
    Ok(url.into())
}
