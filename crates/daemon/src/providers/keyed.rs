//! Providers that are reached with an API key and tell of a quota or a balance at one address.
//! Never renews a key, and asks nothing with a credential of another kind.

use engine::{CredentialKind, ProviderId, Timestamp};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use reqwest::Method;
use serde_json::Value;

use super::figures::{as_usual, ask};
use super::{Endpoints, Http, Identified, Provider, Reading, UsageError, plain};
use crate::credential::Credential;

/// The adapter for one host of one provider.
pub(super) struct Keyed {
    /// What people call it.
    pub(super) name: &'static str,
    /// Where its figures are.
    pub(super) usage_url: &'static str,
    /// What stands before the key. While the server rejects one, the next is tried.
    pub(super) schemes: &'static [&'static str],
    /// What a refusal means here; `None` leaves it to the general rule.
    pub(super) refusal: fn(u16, &Value) -> Option<UsageError>,
    /// Understands an answer.
    pub(super) parse: fn(&Value, Timestamp) -> Result<Reading, UsageError>,
}

impl Keyed {
    /// An adapter without peculiarities.
    pub(super) const fn new(
        name: &'static str,
        usage_url: &'static str,
        parse: fn(&Value, Timestamp) -> Result<Reading, UsageError>,
    ) -> Self {
        Self { name, usage_url, schemes: &["Bearer "], refusal: as_usual, parse }
    }

    async fn read(
        &self,
        http: &Http,
        endpoints: &Endpoints,
        credential: &Credential,
        now: Timestamp,
    ) -> Result<Reading, UsageError> {
        let key = credential.text("key").filter(|_| self.has_figures(credential.kind()));
        let key = key.ok_or(UsageError::NoFigures)?;
        let address = endpoints.usage_url.as_deref().unwrap_or(self.usage_url);
        let mut outcome = Err(UsageError::NoFigures);
        for scheme in self.schemes {
            let request = http.request(Method::GET, address)?.header("authorization", format!("{scheme}{key}"));
            outcome = ask(request, now, self.refusal).await.and_then(|body| (self.parse)(&body, now));
            if !matches!(outcome, Err(UsageError::LoginRejected | UsageError::Refused { status: 401 })) {
                break;
            }
        }
        outcome
    }
}

impl Provider for Keyed {
    fn name<'a>(&self, _: &'a ProviderId) -> &'a str {
        self.name
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
        self.read(http, endpoints, credential, now).boxed()
    }
}
