//! Providers that are reached with an API key and tell of a quota or a balance at one address.
//! Never renews a key, and asks nothing with a credential of another kind.

use engine::{Balance, CredentialKind, ProviderId, Timestamp, Usage, Window};
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, ready};
use reqwest::Method;
use serde_json::Value;

use super::http::{Answer, send};
use super::plain::Plain;
use super::{Endpoints, Http, HttpError, Identified, Provider, Reading, RefreshError, UsageError};
use crate::credential::Credential;

/// The adapter for one host of one provider.
pub(super) struct Keyed {
    /// What people call it.
    pub(super) name: &'static str,
    /// Where its figures are.
    pub(super) usage_url: &'static str,
    /// Understands an answer with figures.
    pub(super) parse: fn(&Value, Timestamp) -> Result<Reading, UsageError>,
}

impl Provider for Keyed {
    fn name<'a>(&self, _: &'a ProviderId) -> &'a str {
        self.name
    }

    fn has_figures(&self, kind: CredentialKind) -> bool {
        kind == CredentialKind::Api
    }

    fn refreshable(&self, _: CredentialKind) -> bool {
        false
    }

    fn identify(&self, credential: &Credential) -> Identified {
        Plain.identify(credential)
    }

    fn usage<'a>(
        &'a self,
        http: &'a Http,
        endpoints: &'a Endpoints,
        credential: &'a Credential,
        now: Timestamp,
    ) -> BoxFuture<'a, Result<Reading, UsageError>> {
        self.read(http, endpoints, credential, now).boxed()
    }

    fn refresh<'a>(
        &'a self,
        _: &'a Http,
        _: &'a Endpoints,
        _: &'a Credential,
        _: Timestamp,
    ) -> BoxFuture<'a, Result<Credential, RefreshError>> {
        ready(Err(RefreshError::NotRefreshable)).boxed()
    }
}

impl Keyed {
    async fn read(
        &self,
        http: &Http,
        endpoints: &Endpoints,
        credential: &Credential,
        now: Timestamp,
    ) -> Result<Reading, UsageError> {
        if !self.has_figures(credential.kind()) {
            return Err(UsageError::NoFigures);
        }
        let key = credential.text("key").ok_or(UsageError::NoFigures)?;
        let request = http
            .request(Method::GET, endpoints.usage_url.as_deref().unwrap_or(self.usage_url))?
            .bearer_auth(key)
            .header("accept", "application/json");
        let answer = send(request).await?;
        if answer.status != 200 || answer.web_page {
            return Err(refused(&answer, now));
        }
        (self.parse)(&answer.json(), now)
    }
}

fn refused(answer: &Answer, now: Timestamp) -> UsageError {
    match answer.status {
        429 => UsageError::RateLimited { retry_after: answer.retry_after(now) },
        status @ 500.. => UsageError::Server { status },
        _ if answer.web_page => HttpError::WebPage.into(),
        401 => UsageError::LoginRejected,
        status => UsageError::Refused { status },
    }
}

/// Figures of an account that the server doesn't name.
pub(super) fn reading(windows: Vec<Window>, balances: Vec<Balance>, now: Timestamp) -> Reading {
    let usage = Usage { read_at: now, windows, balances };
    Reading { usage, account: None, user: None, email: None, plan: None }
}

/// A number, also one that is written as text.
pub(super) fn number(value: &Value, name: &str) -> Option<f64> {
    let found = value.get(name)?;
    let number = found.as_f64().or_else(|| found.as_str()?.trim().parse().ok());
    number.filter(|number| number.is_finite())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in super::super) const NOW: Timestamp = Timestamp::from_secs(1_790_000_000);

    /// Reads a fixture and compares what it says: windows, then balances.
    pub(in super::super) fn check(adapter: &Keyed, fixture: &str, expected: Result<&[&str], &'static str>) {
        let path = format!("{}/fixtures/usage/{fixture}.json", env!("CARGO_MANIFEST_DIR"));
        let body = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let shown = (adapter.parse)(&body, NOW).map(|reading| show(&reading.usage));
        let expected = expected.map(|lines| lines.iter().map(ToString::to_string).collect());
        assert_eq!(shown, expected.map_err(UsageError::Shape), "{fixture}");
    }

    fn show(usage: &Usage) -> Vec<String> {
        let windows = usage.windows.iter().map(|window| {
            let reset = window.resets_at.map(|at| format!(" +{}m", at.since(NOW).as_secs() / 60));
            format!("{} {}%{}", window.name(), window.used_percent, reset.unwrap_or_default())
        });
        let balances = usage.balances.iter().map(|balance| match balance.of {
            Some(of) => format!("{} of {of} {}", balance.left, balance.unit),
            None => format!("{} {}", balance.left, balance.unit),
        });
        windows.chain(balances).collect()
    }
}
