//! OpenAI: ChatGPT logins. An API key under the same id is no such login: it has neither figures nor a refresh.

mod refresh;
mod traffic;
mod usage;

use std::collections::BTreeMap;

use engine::{CredentialKind, Identity, ProviderId, Timestamp, Usage};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::jwt::Claims;
use super::plain::by_secret;
use super::{Endpoints, Http, Identified, Provider, Reading, RefreshError, UsageError};
use crate::credential::Credential;

/// The claim with the ids.
const AUTH: &str = "https://api.openai.com/auth";
/// The claim with the e-mail address.
const PROFILE: &str = "https://api.openai.com/profile";

/// The adapter.
pub(super) struct OpenAi;

impl Provider for OpenAi {
    fn name<'a>(&self, _: &'a ProviderId) -> &'a str {
        "OpenAI"
    }

    fn has_figures(&self, kind: CredentialKind) -> bool {
        kind == CredentialKind::OAuth
    }

    fn refreshable(&self, kind: CredentialKind) -> bool {
        kind == CredentialKind::OAuth
    }

    fn identify(&self, credential: &Credential) -> Identified {
        match credential.kind() {
            CredentialKind::OAuth => identify_login(credential),
            CredentialKind::Api => by_secret(credential, "key"),
            CredentialKind::WellKnown => by_secret(credential, "token"),
        }
    }

    /// A reading has been compared with its token: the server names people in more ways than an identity has.
    fn is_of(&self, _: &Reading, _: &Identity) -> bool {
        true
    }

    fn usage<'a>(
        &'a self,
        http: &'a Http,
        endpoints: &'a Endpoints,
        credential: &'a Credential,
        now: Timestamp,
    ) -> BoxFuture<'a, Result<Reading, UsageError>> {
        usage::read(http, endpoints, credential, now).boxed()
    }

    fn usage_in(&self, headers: &BTreeMap<String, String>, now: Timestamp) -> Option<Usage> {
        traffic::read(headers, now)
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

/// Whose a login is. The account id alone is a workspace's, which several people may share.
fn identify_login(credential: &Credential) -> Identified {
    let claims = Claims::of(credential.text("access").unwrap_or_default());
    let user = claims.text_in(AUTH, "chatgpt_user_id").or_else(|| claims.text("sub"));
    let workspace = claims.text_in(AUTH, "chatgpt_account_id").or_else(|| credential.text("accountId"));
    let key = match (user, workspace) {
        (Some(user), Some(workspace)) => format!("{user}/{workspace}"),
        (Some(only), None) | (None, Some(only)) => only.to_owned(),
        (None, None) => return by_secret(credential, "refresh"),
    };
    let identity = Identity {
        email: claims.text_in(PROFILE, "email").or_else(|| claims.text("email")).map(str::to_owned),
        user_id: user.map(str::to_owned),
        workspace_id: workspace.map(str::to_owned),
        plan: claims.text_in(AUTH, "chatgpt_plan_type").map(str::to_owned),
    };
    Identified { key, identity }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::jwt::unsigned;
    use super::*;

    #[test]
    fn people_and_workspaces_are_told_apart() {
        let login = |user: &str, workspace: &str| {
            let claims = json!({
                "sub": "auth0|x",
                AUTH: {"chatgpt_user_id": user, "chatgpt_account_id": workspace, "chatgpt_plan_type": "team"},
                PROFILE: {"email": "anna@example.org"},
            });
            identify(json!({"type":"oauth","refresh":"r","access":unsigned(&claims),"accountId":"entry"}))
        };
        let anna = login("user-anna", "ws-1");
        assert_eq!(anna.key, "user-anna/ws-1");
        let identity = Identity {
            email: Some("anna@example.org".to_owned()),
            user_id: Some("user-anna".to_owned()),
            workspace_id: Some("ws-1".to_owned()),
            plan: Some("team".to_owned()),
        };
        assert_eq!(anna.identity, identity);
        assert_ne!(anna.key, login("user-berta", "ws-1").key);
        assert_ne!(anna.key, login("user-anna", "ws-2").key);
    }

    #[test]
    fn a_token_that_says_less_still_has_a_key() {
        let check = |entry: Value, expected: &str| assert_eq!(identify(entry).key, expected);
        let bare = unsigned(&json!({"sub":"auth0|x","email":"a@x.org"}));
        check(json!({"type":"oauth","refresh":"r","access":bare,"accountId":"acct"}), "auth0|x/acct");
        check(json!({"type":"oauth","refresh":"r","access":bare}), "auth0|x");
        check(json!({"type":"oauth","refresh":"r","access":"opaque","accountId":"acct"}), "acct");
        let opaque = |access: &str| identify(json!({"type":"oauth","refresh":"r","access":access})).key;
        assert_eq!(opaque("one"), opaque("two"));
        assert!(!opaque("one").contains('r'), "a fingerprint has hexadecimal digits only");
    }

    #[test]
    fn an_api_key_is_no_chatgpt_login() {
        let key = Credential::api("sk-1");
        assert!(!OpenAi.has_figures(key.kind()) && !OpenAi.refreshable(key.kind()));
        assert_eq!(OpenAi.identify(&key).identity, Identity::default());
    }

    fn identify(entry: Value) -> Identified {
        OpenAi.identify(&Credential::from_json(entry).unwrap())
    }
}
