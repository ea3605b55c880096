//! Every provider without an adapter of its own: accounts are told apart and switched, but nobody is asked anything.

use engine::{CredentialKind, Identity, ProviderId, Timestamp};
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, ready};

use super::jwt::Claims;
use super::{Endpoints, Http, Identified, Provider, Reading, UsageError};
use crate::credential::{Credential, fingerprint};

/// The adapter.
pub(super) struct Plain;

impl Provider for Plain {
    fn name<'a>(&self, id: &'a ProviderId) -> &'a str {
        match id.as_str() {
            "opencode" => "OpenCode Zen",
            "zai" => "Z.ai",
            "zhipuai" => "Zhipu AI",
            id => id,
        }
    }

    fn has_figures(&self, _: CredentialKind) -> bool {
        false
    }

    fn identify(&self, credential: &Credential) -> Identified {
        identify(credential)
    }

    fn usage<'a>(
        &'a self,
        _: &'a Http,
        _: &'a Endpoints,
        _: &'a Credential,
        _: Timestamp,
    ) -> BoxFuture<'a, Result<Reading, UsageError>> {
        ready(Err(UsageError::NoFigures)).boxed()
    }
}

/// Whose credential it is, by what entries of every provider may say.
pub(super) fn identify(credential: &Credential) -> Identified {
    match credential.kind() {
        CredentialKind::OAuth => identify_login(credential),
        CredentialKind::Api => by_secret(credential, "key"),
        // Its `key` is the name of an environment variable, the same for everyone.
        CredentialKind::WellKnown => by_secret(credential, "token"),
    }
}

/// Tells a credential by a secret in it, without telling the secret.
pub(super) fn by_secret(credential: &Credential, field: &str) -> Identified {
    Identified { key: fingerprint(credential.text(field).unwrap_or_default()), identity: Identity::default() }
}

fn identify_login(credential: &Credential) -> Identified {
    let claims = Claims::of(credential.text("access").unwrap_or_default());
    let subject = claims.text("sub");
    let key = match (credential.text("accountId"), subject) {
        // An account may be a team's.
        (Some(account), Some(subject)) => format!("{subject}/{account}"),
        (Some(account), None) => account.to_owned(),
        (None, Some(subject)) => format!("{}/{subject}", claims.text("iss").unwrap_or_default()),
        (None, None) => return by_secret(credential, "refresh"),
    };
    let identity = Identity {
        email: claims.text("email").map(str::to_owned),
        user_id: subject.map(str::to_owned),
        workspace_id: credential.text("accountId").map(str::to_owned),
        plan: None,
    };
    Identified { key, identity }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::jwt::unsigned;
    use super::*;

    #[test]
    fn a_login_keeps_its_key_when_its_tokens_are_renewed() {
        let token = |number: u32| unsigned(&json!({"iss":"https://i","sub":"anna","email":"a@x.org","exp":number}));
        let before = identify(json!({"type":"oauth","refresh":"r1","access":token(1),"expires":0}));
        let after = identify(json!({"type":"oauth","refresh":"r2","access":token(2),"expires":9}));
        assert_eq!((before.key.as_str(), before.identity.email.as_deref()), ("https://i/anna", Some("a@x.org")));
        assert_eq!(before, after);
        let named = identify(json!({"type":"oauth","refresh":"r3","access":"opaque","accountId":"acct-1"}));
        assert_eq!(named.key, "acct-1");
    }

    #[test]
    fn members_of_a_team_and_the_teams_of_a_person_stay_apart() {
        let key = |person: &str, team: &str| {
            let access = unsigned(&json!({"sub":person}));
            identify(json!({"type":"oauth","refresh":"r","access":access,"accountId":team})).key
        };
        assert_ne!(key("anna", "team-1"), key("berta", "team-1"));
        assert_ne!(key("anna", "team-1"), key("anna", "team-2"));
    }

    #[test]
    fn secrets_are_told_apart_and_not_told() {
        let keys = [
            json!({"type":"api","key":"sk-1"}),
            json!({"type":"api","key":"sk-2"}),
            json!({"type":"wellknown","key":"TOKEN","token":"t-1"}),
            json!({"type":"wellknown","key":"TOKEN","token":"t-2"}),
            json!({"type":"oauth","refresh":"gho_1","access":"gho_1","expires":0}),
            json!({"type":"oauth","refresh":"gho_2","access":"gho_2","expires":0}),
        ]
        .map(|entry| identify(entry).key);
        for (index, key) in keys.iter().enumerate() {
            assert!(key.len() == 16 && !keys[..index].contains(key), "{keys:?}");
        }
    }

    fn identify(entry: Value) -> Identified {
        Plain.identify(&Credential::from_json(entry).unwrap())
    }
}
