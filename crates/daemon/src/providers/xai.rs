//! xAI: Grok logins. An API key under the same id has no figures. The endpoint is known by use, and may well want to
//! hear the name of another program; then there are no figures.

use engine::{CredentialKind, ProviderId, Scope, Timestamp};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use reqwest::Method;
use serde_json::Value;

use super::fields::{number, present, time};
use super::figures::{access, as_usual, ask, reading, window};
use super::{Endpoints, Http, Identified, Provider, Reading, RefreshError, UsageError, plain, tokens};
use crate::credential::Credential;

const USAGE_URL: &str = "https://cli-chat-proxy.grok.com/v1/billing?format=credits";
const TOKEN_URL: &str = "https://auth.x.ai/oauth2/token";
/// OpenCode's: a refresh token belongs to the client that it was made for.
const CLIENT_ID: &str = "b1a00492-073a-47ea-816f-4c329264a828";

/// The adapter.
pub(super) struct Xai;

impl Provider for Xai {
    fn name<'a>(&self, _: &'a ProviderId) -> &'a str {
        "xAI"
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
        renew(http, endpoints, credential, now).boxed()
    }
}

async fn read(
    http: &Http,
    endpoints: &Endpoints,
    credential: &Credential,
    now: Timestamp,
) -> Result<Reading, UsageError> {
    if !Xai.has_figures(credential.kind()) {
        return Err(UsageError::NoFigures);
    }
    let address = endpoints.usage_url.as_deref().unwrap_or(USAGE_URL);
    let request = http.request(Method::GET, address)?.bearer_auth(access(credential, now)?);
    parse(&ask(request, now, as_usual).await?, now)
}

/// Without a scope, as OpenCode does it: the login keeps the ones that it was made with, and none can be added.
async fn renew(
    http: &Http,
    endpoints: &Endpoints,
    credential: &Credential,
    now: Timestamp,
) -> Result<Credential, RefreshError> {
    let Some(refresh) = credential.text("refresh").filter(|_| Xai.refreshable(credential.kind())) else {
        return Err(RefreshError::NotRefreshable);
    };
    let form = [("grant_type", "refresh_token"), ("refresh_token", refresh), ("client_id", CLIENT_ID)];
    let request = http.request(Method::POST, endpoints.token_url.as_deref().unwrap_or(TOKEN_URL))?.form(&form);
    tokens::renew(http, request, credential, refresh, now).await
}

fn parse(body: &Value, now: Timestamp) -> Result<Reading, UsageError> {
    let config = body.get("config").ok_or(UsageError::Shape("no config"))?;
    let period = config.get("currentPeriod").ok_or(UsageError::Shape("no period"))?;
    let (Some(start), Some(end)) = (time(period, "start"), time(period, "end")) else {
        return Err(UsageError::Shape("a period without a length"));
    };
    let used = match present(config, "creditUsagePercent") {
        // The server leaves out what is zero.
        None => 0.0,
        Some(_) => number(config, "creditUsagePercent").ok_or(UsageError::Shape("a period without a percentage"))?,
    };
    match end.since(start) {
        length if length.is_zero() => Err(UsageError::Shape("a period without a length")),
        length => Ok(reading(now, vec![window(Scope::Account, length, used, Some(end))], Vec::new())),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::conformance::{Conformance, Renewal};
    use super::*;

    #[tokio::test]
    async fn answers_mean_what_they_say() {
        Conformance {
            fixtures: &[
                ("normal", Ok(&["weekly 18.5% +5000m"])),
                ("exhausted", Ok(&["monthly 100% +13546m"])),
                ("fresh", Ok(&["weekly 0% +5000m"])),
                ("unknown_fields", Ok(&["weekly 18.5% +5000m"])),
                ("wrong_types", Err(UsageError::Shape("a period without a percentage"))),
                ("no_length", Err(UsageError::Shape("a period without a length"))),
                ("other_shape", Err(UsageError::Shape("no config"))),
            ],
            ..Conformance::of("xai", "oauth")
        }
        .check()
        .await;
    }

    #[tokio::test]
    async fn tokens_are_renewed_once() {
        Renewal { provider: "xai", sent: &["b1a00492-073a-47ea-816f-4c329264a828", "grant_type=refresh_token"] }
            .check()
            .await;
    }
}
