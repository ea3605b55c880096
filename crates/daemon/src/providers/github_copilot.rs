//! GitHub Copilot, at github.com and at a company's own host. OpenCode shows GitHub's token itself, which it keeps as
//! the refresh token and which doesn't end; so there is nothing to renew.

use engine::{CredentialKind, Identity, ProviderId, Scope, Timestamp, Window};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use reqwest::Method;
use serde_json::Value;

use super::fields::{number, present, text, time};
use super::figures::{MONTH, as_usual, ask, reading, window};
use super::{Endpoints, Http, HttpError, Identified, Provider, Reading, UsageError, plain};
use crate::credential::Credential;

const USAGE_URL: &str = "https://api.github.com/copilot_internal/user";

/// The adapter.
pub(super) struct GithubCopilot;

impl Provider for GithubCopilot {
    fn name<'a>(&self, _: &'a ProviderId) -> &'a str {
        "GitHub Copilot"
    }

    fn has_figures(&self, kind: CredentialKind) -> bool {
        kind == CredentialKind::OAuth
    }

    fn identify(&self, credential: &Credential) -> Identified {
        plain::identify(credential)
    }

    /// Each login brings another token, which says nothing.
    fn whose<'a>(
        &'a self,
        http: &'a Http,
        endpoints: &'a Endpoints,
        credential: &'a Credential,
        now: Timestamp,
    ) -> BoxFuture<'a, Result<Option<Identity>, UsageError>> {
        let identity = |reading: Reading| {
            let (user_id, workspace_id) = (Some(reading.user?), reading.account);
            Some(Identity { email: None, user_id, workspace_id, plan: reading.plan })
        };
        read(http, endpoints, credential, now).map(move |read| read.map(identity)).boxed()
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
    if !GithubCopilot.has_figures(credential.kind()) {
        return Err(UsageError::NoFigures);
    }
    let address = match &endpoints.usage_url {
        Some(address) => address.clone(),
        None => address(credential.text("enterpriseUrl"))?,
    };
    let token = credential.text("refresh").ok_or(UsageError::NoFigures)?;
    let request = http
        .request(Method::GET, &address)?
        .header("authorization", format!("token {token}"))
        .header("x-github-api-version", "2025-04-01");
    let reading = parse(&ask(request, now, as_usual).await?, now)?;
    // The same name at two hosts is two people's.
    Ok(Reading { account: credential.text("enterpriseUrl").map(|host| bare(host).to_owned()), ..reading })
}

/// Where to ask. OpenCode keeps a company's host with or without `https://`; anything else in it is no host.
fn address(enterprise: Option<&str>) -> Result<String, HttpError> {
    let Some(enterprise) = enterprise else { return Ok(USAGE_URL.to_owned()) };
    let host = bare(enterprise);
    let letters = host.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-'));
    match letters && !host.is_empty() {
        true => Ok(format!("https://api.{host}/copilot_internal/user")),
        false => Err(HttpError::Address),
    }
}

fn bare(host: &str) -> &str {
    host.trim_start_matches("https://").trim_end_matches('/')
}

fn parse(body: &Value, now: Timestamp) -> Result<Reading, UsageError> {
    let windows = match (present(body, "quota_snapshots"), present(body, "limited_user_quotas")) {
        (Some(snapshots), _) => paid(snapshots, time(body, "quota_reset_date"))?,
        (None, Some(left)) => free(left, body)?,
        (None, None) => return Err(UsageError::Shape("no quotas")),
    };
    let reading = reading(now, windows, Vec::new());
    Ok(Reading { user: text(body, "login"), plan: text(body, "copilot_plan"), ..reading })
}

/// The quotas that OpenCode's requests count towards; completions are an editor's.
fn paid(snapshots: &Value, resets_at: Option<Timestamp>) -> Result<Vec<Window>, UsageError> {
    if !snapshots.is_object() {
        return Err(UsageError::Shape("the quotas are no object"));
    }
    let found = ["premium_interactions", "chat"].into_iter().filter_map(|name| present(snapshots, name));
    let windows = found.map(|quota| Ok(used(quota)?.map(|used| window(Scope::Account, MONTH, used, resets_at))));
    // Of two that govern everything the scarcer one is what counts.
    let windows = windows.collect::<Result<Vec<_>, UsageError>>()?.into_iter().flatten();
    Ok(windows.max_by(|a, b| a.used_percent.total_cmp(&b.used_percent)).into_iter().collect())
}

/// Percent used; `None` for a quota without end, and for a placeholder.
fn used(quota: &Value) -> Result<Option<f64>, UsageError> {
    let (entitlement, remaining) = (number(quota, "entitlement"), number(quota, "remaining"));
    let endless = quota.get("unlimited") == Some(&Value::Bool(true)) || [entitlement, remaining].contains(&Some(-1.0));
    if endless || entitlement == Some(0.0) {
        return Ok(None);
    }
    let by_count = entitlement.zip(remaining).map(|(all, left)| 100.0 * left / all);
    let left = number(quota, "percent_remaining").or(by_count);
    left.map(|left| Some(100.0 - left)).ok_or(UsageError::Shape("a quota without a percentage"))
}

/// A free plan counts requests.
fn free(left: &Value, body: &Value) -> Result<Vec<Window>, UsageError> {
    let all = body.get("monthly_quotas").and_then(|quotas| number(quotas, "chat")).filter(|all| *all > 0.0);
    let (Some(left), Some(all)) = (number(left, "chat"), all) else {
        return Err(UsageError::Shape("a free plan without a count"));
    };
    let resets_at = time(body, "limited_user_reset_date");
    Ok(vec![window(Scope::Account, MONTH, 100.0 - 100.0 * left / all, resets_at)])
}

#[cfg(test)]
mod tests {
    use super::super::tests::conformance::Conformance;
    use super::*;

    #[tokio::test]
    async fn answers_mean_what_they_say() {
        Conformance {
            fixtures: &[
                ("normal", Ok(&["monthly 60% +13546m", "plan individual_pro"])),
                ("exhausted", Ok(&["monthly 100% +13546m", "plan individual"])),
                ("free", Ok(&["monthly 75% +13546m", "plan individual"])),
                ("several_quotas", Ok(&["monthly 90% +13546m", "plan business"])),
                ("endless", Ok(&["plan enterprise"])),
                ("unknown_fields", Ok(&["monthly 60% -"])),
                ("wrong_types", Err(UsageError::Shape("a quota without a percentage"))),
                ("other_shape", Err(UsageError::Shape("no quotas"))),
            ],
            token: "refresh-1",
            ends: false,
            ..Conformance::of("github-copilot", "oauth")
        }
        .check()
        .await;
    }

    #[test]
    fn companies_are_asked_at_their_own_host() {
        assert_eq!(address(None).unwrap(), USAGE_URL);
        for host in ["corp.ghe.com", "https://corp.ghe.com/"] {
            assert_eq!(address(Some(host)).unwrap(), "https://api.corp.ghe.com/copilot_internal/user");
        }
        for foreign in ["", "http://corp.ghe.com", "x@evil.org", "a b", "corp/../x"] {
            assert_eq!(address(Some(foreign)), Err(HttpError::Address), "{foreign}");
        }
    }
}
