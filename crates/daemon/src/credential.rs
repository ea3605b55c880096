//! What OpenCode keeps for a provider: the only type that holds secrets. It prints as redacted and can't be serialised
//! by accident; `to_json` is the one way out, for the vault and OpenCode's own store.

use std::fmt;

use engine::{CredentialFacts, CredentialKind, Timestamp};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// One entry of OpenCode's `auth.json`, with every field it has, known or not.
#[derive(Clone, PartialEq)]
pub struct Credential {
    kind: CredentialKind,
    fields: Map<String, Value>,
}

/// Not an entry that OpenCode would keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a credential: an object with `type` oauth, api or wellknown and that type's fields is expected")]
pub struct NotACredential;

impl Credential {
    /// Reads an entry. The types and their required fields are OpenCode's.
    ///
    /// # Errors
    /// When the value isn't an entry that OpenCode would keep.
    pub fn from_json(value: Value) -> Result<Self, NotACredential> {
        let Value::Object(fields) = value else { return Err(NotACredential) };
        let text = |name: &str| fields.get(name).and_then(Value::as_str);
        let (kind, required): (_, &[&str]) = match text("type") {
            Some("oauth") => (CredentialKind::OAuth, &["refresh", "access"]),
            Some("api") => (CredentialKind::Api, &["key"]),
            Some("wellknown") => (CredentialKind::WellKnown, &["key", "token"]),
            Some(_) | None => return Err(NotACredential),
        };
        match required.iter().all(|name| text(name).is_some()) {
            true => Ok(Self { kind, fields }),
            false => Err(NotACredential),
        }
    }

    /// Makes the entry of an API key.
    pub fn api(key: &str) -> Self {
        let fields = [("type", "api"), ("key", key)].map(|(name, text)| (name.to_owned(), Value::from(text)));
        Self { kind: CredentialKind::Api, fields: fields.into_iter().collect() }
    }

    /// The entry with its secrets, for the vault and OpenCode's store only.
    pub fn to_json(&self) -> Value {
        Value::Object(self.fields.clone())
    }

    /// The type of entry.
    pub fn kind(&self) -> CredentialKind {
        self.kind
    }

    /// A text field: `access`, `refresh`, `key`, `token`, `accountId`, `enterpriseUrl`. Empty ones read as absent.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.fields.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
    }

    /// When the access token ends; `None` where OpenCode writes 0 or nothing.
    pub fn expires_at(&self) -> Option<Timestamp> {
        let millis = self.fields.get("expires").and_then(Value::as_f64).filter(|millis| *millis > 0.0)?;
        #[expect(clippy::cast_possible_truncation, reason = "saturates, and far-away times mean the same")]
        Some(Timestamp::from_millis(millis as i64))
    }

    /// The same login with renewed tokens; every other field stays.
    #[must_use]
    pub fn with_tokens(&self, access: &str, refresh: &str, expires_at: Option<Timestamp>) -> Self {
        let mut renewed = self.clone();
        renewed.fields.insert("access".to_owned(), access.into());
        renewed.fields.insert("refresh".to_owned(), refresh.into());
        renewed.fields.insert("expires".to_owned(), expires_at.map_or(0, Timestamp::as_millis).into());
        renewed
    }

    /// What the engine may know of it.
    pub fn facts(&self, refreshable: bool) -> CredentialFacts {
        CredentialFacts { kind: self.kind, expires_at: self.expires_at(), refreshable }
    }

    /// Sixteen hexadecimal digits that tell whether two credentials are the same, and nothing else.
    pub fn fingerprint(&self) -> String {
        fingerprint(&self.to_json().to_string())
    }
}

/// Sixteen hexadecimal digits of a SHA-256: tells two secrets apart without being one.
pub fn fingerprint(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credential({:?}, redacted)", self.kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_read_by_opencodes_types() {
        let check = |json: &str| Credential::from_json(serde_json::from_str(json).unwrap()).map(|c| c.kind());
        assert_eq!(check(r#"{"type":"oauth","refresh":"r","access":"a","expires":1}"#), Ok(CredentialKind::OAuth));
        assert_eq!(check(r#"{"type":"api","key":"k"}"#), Ok(CredentialKind::Api));
        assert_eq!(check(r#"{"type":"wellknown","key":"k","token":"t"}"#), Ok(CredentialKind::WellKnown));
        for foreign in [r#"{"type":"oauth"}"#, r#"{"type":"future","x":1}"#, r#"[]"#, r#"{"type":"api","key":5}"#] {
            assert_eq!(check(foreign), Err(NotACredential), "{foreign}");
        }
    }

    #[test]
    fn debug_shows_no_secret() {
        let shown = format!("{:?}", Credential::api("sk-secret"));
        assert!(!shown.contains("sk-secret"), "{shown}");
    }

    #[test]
    fn renewed_tokens_keep_unknown_fields() {
        let json = serde_json::json!({"type":"oauth","refresh":"r1","access":"a1","expires":0,"future":{"x":1}});
        let renewed = Credential::from_json(json).unwrap().with_tokens("a2", "r2", Some(Timestamp::from_millis(7)));
        let expected = serde_json::json!({"type":"oauth","refresh":"r2","access":"a2","expires":7,"future":{"x":1}});
        assert_eq!(renewed.to_json(), expected);
    }
}
