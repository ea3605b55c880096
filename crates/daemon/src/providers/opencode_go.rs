//! OpenCode Go: the subscription, by its API key. OpenCode Zen under its own id has no endpoint for its balance.

use engine::{CredentialKind, ProviderId, Scope, Timestamp, Window};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use reqwest::Method;
use serde_json::Value;

use super::fields::{number, present, text, time};
use super::figures::{FIVE_HOURS, MONTH, WEEK, ask, reading, window};
use super::{Endpoints, Http, Identified, Provider, Reading, UsageError, plain};
use crate::credential::Credential;

const USAGE_URL: &str = "https://opencode.ai/zen/go/v1/usage";

/// The adapter.
pub(super) struct OpenCodeGo;

impl Provider for OpenCodeGo {
    fn name<'a>(&self, _: &'a ProviderId) -> &'a str {
        "OpenCode Go"
    }

    fn has_figures(&self, kind: CredentialKind) -> bool {
        kind == CredentialKind::Api
    }

    fn identify(&self, credential: &Credential) -> Identified {
        plain::identify(credential)
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
}

async fn read(
    http: &Http,
    endpoints: &Endpoints,
    credential: &Credential,
    now: Timestamp,
) -> Result<Reading, UsageError> {
    let key = credential.text("key").filter(|_| OpenCodeGo.has_figures(credential.kind()));
    let key = key.ok_or(UsageError::NoFigures)?;
    let address = endpoints.usage_url.as_deref().unwrap_or(USAGE_URL);
    let request = http.request(Method::GET, address)?.bearer_auth(key);
    parse(&ask(request, now, refusal).await?, now)
}

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
            token: "key-1",
            ..Conformance::of("opencode-go", "api")
        }
        .check()
        .await;
    }
}
