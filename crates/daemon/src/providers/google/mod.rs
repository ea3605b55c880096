//! Google: logins for Gemini Code Assist and Antigravity, which plugins of OpenCode keep. An API key has no figures.

mod refresh;

use std::time::Duration;

use engine::{CredentialKind, ProviderId, Scope, Timestamp, Window};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use reqwest::Method;
use serde_json::{Value, json};

use super::fields::{number, text, time};
use super::figures::{FIVE_HOURS, WEEK, access, ask, beside, reading, window};
use super::{Endpoints, Http, Identified, Provider, Reading, RefreshError, UsageError, plain};
use crate::credential::Credential;

const USAGE_URL: &str = "https://cloudcode-pa.googleapis.com/v1internal:retrieveUserQuota";
const PROJECT_PATH: &str = "/v1internal:loadCodeAssist";
const SUMMARY_PATH: &str = "/v1internal:retrieveUserQuotaSummary";
/// The quotas of single models are by the day.
const DAY: Duration = Duration::from_secs(24 * 3600);

/// What plugins put between the refresh token and the project.
const PROJECT: char = '|';

/// The adapter.
pub(super) struct Google;

impl Provider for Google {
    fn name<'a>(&self, _: &'a ProviderId) -> &'a str {
        "Google"
    }

    fn has_figures(&self, kind: CredentialKind) -> bool {
        kind == CredentialKind::OAuth
    }

    fn refreshable(&self, kind: CredentialKind) -> bool {
        kind == CredentialKind::OAuth
    }

    /// Plugins write the project behind the refresh token, as soon as they know it: the login stays the same.
    fn identify(&self, credential: &Credential) -> Identified {
        match credential.text("refresh").and_then(|refresh| refresh.split_once(PROJECT)) {
            Some((token, _)) => {
                let access = credential.text("access").unwrap_or_default();
                plain::identify(&credential.with_tokens(access, token, credential.expires_at()))
            }
            None => plain::identify(credential),
        }
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

    fn refresh<'a>(
        &'a self,
        http: &'a Http,
        endpoints: &'a Endpoints,
        credential: &'a Credential,
        now: Timestamp,
    ) -> BoxFuture<'a, Result<Credential, RefreshError>> {
        refresh::renew(http, endpoints, credential, now).boxed()
    }
}

async fn read(
    http: &Http,
    endpoints: &Endpoints,
    credential: &Credential,
    now: Timestamp,
) -> Result<Reading, UsageError> {
    if !Google.has_figures(credential.kind()) {
        return Err(UsageError::NoFigures);
    }
    let token = access(credential, now)?;
    let address = endpoints.usage_url.as_deref().unwrap_or(USAGE_URL);
    let post = async |address: &str, body: &Value| {
        ask(http.request(Method::POST, address)?.bearer_auth(token).json(body), now, refusal).await
    };
    let assist = post(&beside(address, PROJECT_PATH)?, &json!({"metadata": {}})).await?;
    if !assist.is_object() {
        return Err(UsageError::Shape("no object"));
    }
    // A login without a project has used nothing yet, or may not.
    let project = text(&assist, "cloudaicompanionProject").ok_or(UsageError::NoFigures)?;
    let body = json!({"project": project});
    let windows = match models(&post(address, &body).await?, now)? {
        Some(windows) => windows,
        None => groups(&post(&beside(address, SUMMARY_PATH)?, &body).await?)?,
    };
    let tier = ["paidTier", "currentTier"].into_iter().find_map(|tier| text(assist.get(tier)?, "name"));
    Ok(Reading { plan: tier, ..reading(now, windows, Vec::new()) })
}

/// Google wants the person to verify the account, which a browser does.
fn refusal(status: u16, body: &Value) -> Option<UsageError> {
    let mut details = body.pointer("/error/details")?.as_array()?.iter();
    let verify = details.any(|detail| detail["reason"] == "VALIDATION_REQUIRED");
    (status == 403 && verify).then_some(UsageError::LoginRejected)
}

/// What is left of each model's quota; `None` for a login whose quotas are by groups of models.
fn models(body: &Value, now: Timestamp) -> Result<Option<Vec<Window>>, UsageError> {
    let Some(buckets) = body.get("buckets") else {
        return if body.is_object() { Ok(None) } else { Err(UsageError::Shape("no object")) };
    };
    let buckets = buckets.as_array().ok_or(UsageError::Shape("the buckets are no list"))?;
    let one = |bucket: &Value| {
        let name = text(bucket, "modelId").ok_or(UsageError::Shape("a bucket without a model"))?;
        let resets_at = time(bucket, "resetTime");
        let length = if resets_at.is_some_and(|at| at > now + DAY) { WEEK } else { DAY };
        Ok(window(Scope::Model(name), length, used(bucket)?, resets_at))
    };
    buckets.iter().map(one).collect::<Result<_, _>>().map(Some)
}

fn groups(body: &Value) -> Result<Vec<Window>, UsageError> {
    let groups = body.get("groups").and_then(Value::as_array).ok_or(UsageError::Shape("no buckets and no groups"))?;
    let mut windows = Vec::new();
    for group in groups {
        let name = text(group, "displayName").ok_or(UsageError::Shape("a group without a name"))?;
        for bucket in group.get("buckets").and_then(Value::as_array).into_iter().flatten() {
            let length = match text(bucket, "bucketId").unwrap_or_default() {
                id if id.ends_with("-5h") => FIVE_HOURS,
                id if id.ends_with("-weekly") => WEEK,
                _ => continue,
            };
            windows.push(window(Scope::Model(name.clone()), length, used(bucket)?, time(bucket, "resetTime")));
        }
    }
    Ok(windows)
}

fn used(bucket: &Value) -> Result<f64, UsageError> {
    let left = number(bucket, "remainingFraction").ok_or(UsageError::Shape("a bucket without a fraction"))?;
    Ok(100.0 - 100.0 * left)
}

#[cfg(test)]
mod tests {
    use super::super::tests::conformance::Conformance;
    use super::*;

    #[tokio::test]
    async fn answers_mean_what_they_say() {
        Conformance {
            fixtures: &[
                ("normal", Ok(&["gemini-3-pro 1d 37.5% +180m", "plan Google One AI Pro"])),
                ("exhausted", Ok(&["gemini-3-pro 1d 100% +180m", "plan Google One AI Pro"])),
                (
                    "several_models",
                    Ok(&["gemini-3-pro 1d 37.5% +180m", "gemini-3-flash weekly 0% +5000m", "plan Google One AI Pro"]),
                ),
                ("unknown_fields", Ok(&["gemini-3-pro 1d 37.5% -", "plan Google One AI Pro"])),
                ("wrong_types", Err(UsageError::Shape("a bucket without a fraction"))),
                ("other_shape", Err(UsageError::Shape("no buckets and no groups"))),
            ],
            also: &[(PROJECT_PATH, "project"), (SUMMARY_PATH, "other_shape")],
            ..Conformance::of("google", "oauth")
        }
        .check()
        .await;
    }

    #[tokio::test]
    async fn groups_of_models_have_windows_by_their_length() {
        Conformance {
            fixtures: &[(
                "no_buckets",
                Ok(&[
                    "Gemini 5h 25% +180m",
                    "Gemini weekly 50% +5000m",
                    "Claude and GPT 5h 0% -",
                    "plan Google One AI Pro",
                ]),
            )],
            also: &[(PROJECT_PATH, "project"), (SUMMARY_PATH, "groups")],
            ..Conformance::of("google", "oauth")
        }
        .check_fixtures()
        .await;
    }

    #[tokio::test]
    async fn a_login_without_a_project_has_no_figures() {
        Conformance {
            fixtures: &[("normal", Err(UsageError::NoFigures))],
            also: &[(PROJECT_PATH, "free")],
            ..Conformance::of("google", "oauth")
        }
        .check_fixtures()
        .await;
    }

    #[test]
    fn a_project_that_is_found_later_is_no_other_login() {
        let key = |refresh: &str| {
            let entry = json!({"type":"oauth","refresh":refresh,"access":"ya29.x","expires":0});
            Google.identify(&Credential::from_json(entry).unwrap()).key
        };
        assert_eq!(key("1//anna"), key("1//anna|project-1"));
        assert_eq!(key("1//anna|"), key("1//anna|project-1|managed-2"));
        assert_ne!(key("1//anna|project-1"), key("1//berta|project-1"));
    }

    #[test]
    fn an_account_to_verify_needs_its_person() {
        let body = json!({"error": {"details": [{"reason": "VALIDATION_REQUIRED"}]}});
        assert_eq!(refusal(403, &body), Some(UsageError::LoginRejected));
        assert_eq!(refusal(403, &json!({})), None);
    }
}
