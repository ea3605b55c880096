//! Reads what a token says of its bearer. Verifies nothing: the provider does, each time it is shown.

use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use engine::Timestamp;
use serde_json::{Map, Value};

/// Tokens come with and without padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The claims of a JSON web token; none when it is something else.
#[derive(Debug, Default)]
pub(super) struct Claims(Map<String, Value>);

impl Claims {
    /// Reads a token, whatever it is.
    pub(super) fn of(token: &str) -> Self {
        let mut parts = token.split('.');
        let (Some(_), Some(claims), Some(_), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
            return Self::default();
        };
        let claims = BASE64.decode(claims).ok().and_then(|json| serde_json::from_slice(&json).ok());
        Self(claims.unwrap_or_default())
    }

    /// A claim that is text.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        text(self.0.get(name))
    }

    /// A text inside a claim that is an object: providers name theirs by URL.
    pub(super) fn text_in(&self, name: &str, inner: &str) -> Option<&str> {
        text(self.0.get(name)?.get(inner))
    }

    /// When the token ends.
    pub(super) fn expires_at(&self) -> Option<Timestamp> {
        self.0.get("exp").and_then(Value::as_i64).map(Timestamp::from_secs)
    }
}

fn text(value: Option<&Value>) -> Option<&str> {
    value.and_then(Value::as_str).filter(|text| !text.is_empty())
}

/// A token with these claims, for tests; its signature is none.
#[cfg(test)]
pub(crate) fn unsigned(claims: &Value) -> String {
    let part = |value: &Value| BASE64.encode(value.to_string());
    format!("{}.{}.c2ln", part(&serde_json::json!({"alg":"none"})), part(claims))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_are_read_with_and_without_padding() {
        let token = unsigned(&serde_json::json!({"sub":"ä","exp":7,"https://x":{"id":"y","empty":"","number":5}}));
        for token in [token.clone(), token.replace('=', "")] {
            let claims = Claims::of(&token);
            assert_eq!(claims.text("sub"), Some("ä"));
            assert_eq!(claims.text_in("https://x", "id"), Some("y"));
            assert_eq!(claims.text_in("https://x", "empty"), None);
            assert_eq!(claims.text_in("https://x", "number"), None);
            assert_eq!(claims.expires_at(), Some(Timestamp::from_secs(7)));
        }
    }

    #[test]
    fn other_tokens_claim_nothing() {
        for token in ["", "sk-abc", "a.b", "a.b.c", "a.W10.c", "a.e30.c.d", "...", "a.????.c"] {
            assert_eq!(Claims::of(token).0, Map::new(), "{token}");
        }
    }
}
