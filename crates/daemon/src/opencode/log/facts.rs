//! What an error says of itself, out of OpenCode's and the providers' many shapes. Keeps only what can tell what kind of
//! error it is: never the request, which holds the conversation.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use engine::Timestamp;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::{Map, Value};

use crate::opencode::span;

/// The longest response body that is looked into; errors are far shorter.
const BODY_LIMIT: usize = 64 * 1024;
/// How deep errors are wrapped into each other: event, response, error, details.
const DEPTH_LIMIT: usize = 6;

/// What is known of an error.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct ErrorFacts {
    /// The HTTP status, or the one that the body names.
    pub(crate) status: Option<u16>,
    /// Every `type`, `code`, `status` and `reason` in the body, as written.
    pub(crate) codes: Vec<String>,
    /// The provider's message.
    pub(crate) message: String,
    /// When the limit ends, by the body's own fields.
    pub(crate) reset: Option<Reset>,
    /// The headers of interest, in lower case.
    pub(super) headers: Vec<(String, String)>,
}

/// A time named by an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reset {
    /// At a time.
    At(Timestamp),
    /// After a wait.
    In(Duration),
}

impl Reset {
    /// The time, for an error that came at `now`.
    pub(crate) fn from(self, now: Timestamp) -> Timestamp {
        match self {
            Self::At(time) => time,
            Self::In(wait) => now + wait,
        }
    }
}

impl ErrorFacts {
    /// The facts of a message alone; `AI_APICallError: ` and the like in front of it is OpenCode's.
    pub(super) fn of_message(text: &str) -> Self {
        let message = match text.split_once(": ") {
            Some((name, rest)) if name.ends_with("Error") && !name.contains(' ') => rest,
            Some(_) | None => text,
        };
        Self { message: message.to_owned(), ..Self::default() }
    }

    /// The facts of a JSON text, which may be followed by other text. None are known of a broken one.
    pub(super) fn of_json(text: &[u8]) -> Self {
        let parsed = Self::deserialize(&mut serde_json::Deserializer::from_slice(text));
        // The request may hold bytes that are no text; the facts behind it count all the same.
        let parsed = parsed.or_else(|error| match String::from_utf8_lossy(text) {
            Cow::Owned(mended) => Self::deserialize(&mut serde_json::Deserializer::from_str(&mended)),
            Cow::Borrowed(_) => Err(error),
        });
        parsed.unwrap_or_default()
    }

    /// Whether it says nothing at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.status.is_none() && self.codes.is_empty() && self.message.is_empty()
    }

    /// A header's value.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Takes a field of an error, whatever object it stands in.
    pub(super) fn take(&mut self, name: &str, value: &Value) {
        match name {
            "type" | "code" | "status" | "reason" | "statusCode" => self.take_code(value),
            "message" => self.take_message(value.as_str().unwrap_or_default()),
            "resets_at" | "reset_at" | "resetAt" | "resetsAt" => self.take_reset(span::time(value).map(Reset::At)),
            "resets_in_seconds" | "reset_after_seconds" => {
                self.take_reset(value.as_f64().and_then(span::seconds).map(Reset::In));
            }
            "quotaResetDelay" | "retryDelay" => {
                self.take_reset(value.as_str().and_then(span::read).map(Reset::In));
            }
            _ => {}
        }
    }

    fn take_code(&mut self, value: &Value) {
        let code = match value {
            // The generic wrapper of an event.
            Value::String(text) if text == "error" => return,
            Value::String(text) => text.clone(),
            Value::Number(number) => {
                let status = number.as_u64().and_then(|status| u16::try_from(status).ok());
                self.status = self.status.or(status.filter(|status| (400..600).contains(status)));
                return;
            }
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return,
        };
        if !self.codes.contains(&code) {
            self.codes.push(code);
        }
    }

    /// The outermost message counts: OpenCode shows the same.
    fn take_message(&mut self, text: &str) {
        if self.message.is_empty() {
            self.message = text.to_owned();
        }
    }

    /// A time that is named outright comes before one that can only be reckoned.
    fn take_reset(&mut self, reset: Option<Reset>) {
        self.reset = match (self.reset, reset) {
            (None | Some(Reset::In(_)), Some(Reset::At(time))) => Some(Reset::At(time)),
            (known, new) => known.or(new),
        };
    }

    fn take_object(&mut self, fields: &Map<String, Value>, depth: usize) {
        for (name, value) in fields {
            self.take(name, value);
            let inner = matches!(name.as_str(), "error" | "response" | "metadata" | "details" | "body" | "data");
            if inner && depth < DEPTH_LIMIT {
                self.take_value(value, depth + 1);
            }
        }
    }

    fn take_value(&mut self, value: &Value, depth: usize) {
        match value {
            Value::String(text) => self.take_message(text),
            Value::Object(fields) => self.take_object(fields, depth),
            Value::Array(items) if depth < DEPTH_LIMIT => {
                items.iter().filter(|item| item.is_object()).for_each(|item| self.take_value(item, depth + 1));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => {}
        }
    }

    fn take_body(&mut self, body: &str) {
        if body.len() > BODY_LIMIT {
            return;
        }
        match serde_json::from_str(body) {
            Ok(value @ (Value::Object(_) | Value::Array(_))) => self.take_value(&value, 0),
            // A page says nothing of the account; a bare line may.
            Ok(_) | Err(_) if !body.trim_start().starts_with('<') => self.take_message(body.trim()),
            Ok(_) | Err(_) => {}
        }
    }

    fn take_headers(&mut self, headers: &Value) {
        let Some(headers) = headers.as_object() else { return };
        for (name, value) in headers {
            let name = name.to_ascii_lowercase();
            let wanted = name.starts_with("retry-after") || name.starts_with("anthropic-ratelimit-unified-");
            if let Some(value) = value.as_str().filter(|_| wanted) {
                self.headers.push((name, value.to_owned()));
            }
        }
    }
}

impl<'de> Deserialize<'de> for ErrorFacts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FactsVisitor)
    }
}

struct FactsVisitor;

impl<'de> Visitor<'de> for FactsVisitor {
    type Value = ErrorFacts;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an error")
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(ErrorFacts::of_message(text))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(ErrorFacts::default())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut facts = ErrorFacts::default();
        let mut own = Map::new();
        let mut body = None;
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                // The only place where an error of OpenCode's own lies in another: `{"error": …}` around all.
                "error" if own.is_empty() && facts == ErrorFacts::default() => facts = map.next_value()?,
                "statusCode" => facts.take_code(&map.next_value()?),
                "responseHeaders" => facts.take_headers(&map.next_value()?),
                "responseBody" => body = map.next_value::<Value>()?.as_str().map(str::to_owned),
                "type" | "code" | "status" | "message" | "error" | "data" | "response" | "metadata" | "details"
                | "resets_at" | "resets_in_seconds" => {
                    own.insert(key, map.next_value()?);
                }
                // Above all `requestBodyValues`.
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        if let Some(body) = body {
            facts.take_body(&body);
        }
        facts.take_object(&own, 0);
        Ok(facts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(json: &str, status: Option<u16>, codes: &[&str], message: &str, reset: Option<Reset>) {
        let facts = ErrorFacts::of_json(json.as_bytes());
        let expected = ErrorFacts {
            status,
            codes: codes.iter().map(|&code| code.to_owned()).collect(),
            message: message.to_owned(),
            reset,
            headers: facts.headers.clone(),
        };
        assert_eq!(facts, expected, "{json}");
    }

    fn at(secs: i64) -> Option<Reset> {
        Some(Reset::At(Timestamp::from_secs(secs)))
    }

    fn after(secs: u64) -> Option<Reset> {
        Some(Reset::In(Duration::from_secs(secs)))
    }

    #[test]
    fn a_refused_request() {
        let json = r#"{"error":{"name":"AI_APICallError","url":"u","requestBodyValues":{"error":{"type":"t"},"message":"m"},
            "statusCode":429,"responseHeaders":{"Retry-After":"7","server":"s"},
            "responseBody":"{\"error\":{\"type\":\"usage_limit_reached\",\"message\":\"No more\",\"resets_in_seconds\":60,\"resets_at\":90}}",
            "isRetryable":true,"data":{"error":{"message":"No more","type":"usage_limit_reached"}}}} stream error"#;
        check(json, Some(429), &["usage_limit_reached"], "No more", at(90));
        assert_eq!(ErrorFacts::of_json(json.as_bytes()).header("retry-after"), Some("7"));
        assert_eq!(ErrorFacts::of_json(json.as_bytes()).headers.len(), 1);
    }

    #[test]
    fn an_error_inside_a_stream() {
        check(r#"{"error":"Error: broken"}"#, None, &[], "broken", None);
        check(r#"{"error":{}}"#, None, &[], "", None);
        check(r#"{"error":{"type":"a","message":"b"}}"#, None, &["a"], "b", None);
        check(
            r#"{"error":{"type":"error","error":{"type":"a","code":"c","message":"b"}}}"#,
            None,
            &["a", "c"],
            "b",
            None,
        );
        let failed =
            r#"{"type":"response.failed","response":{"error":{"code":"c","message":"b","resets_in_seconds":5.5}}}"#;
        check(failed, None, &["response.failed", "c"], "b", Some(Reset::In(Duration::from_millis(5500))));
        check(r#"{"error":{"message":"b","code":402}}"#, Some(402), &[], "b", None);
    }

    #[test]
    fn googles_details() {
        let json = r#"{"error":{"statusCode":429,"responseBody":"[{\"error\":{\"code\":429,\"status\":\"RESOURCE_EXHAUSTED\",\"details\":[{\"reason\":\"QUOTA_EXHAUSTED\",\"metadata\":{\"quotaResetDelay\":\"1h2m\"}}]}}]"}}"#;
        check(json, Some(429), &["RESOURCE_EXHAUSTED", "QUOTA_EXHAUSTED"], "", after(3720));
    }

    #[test]
    fn a_page_says_nothing_and_a_bare_line_does() {
        let check = |body: &str, message| {
            let json = serde_json::json!({"error": {"statusCode": 502, "responseBody": body}}).to_string();
            check(&json, Some(502), &[], message, None);
        };
        check("<html>usage limit reached</html>", "");
        check("Insufficient Balance\n", "Insufficient Balance");
    }

    #[test]
    fn broken_and_foreign_json_is_no_facts() {
        for text in ["", "{", "[1]", "5", "null", r#"{"error":5}"#, r#"{"error":{"statusCode":429"#, "\u{7f}"] {
            check(text, None, &[], "", None);
        }
    }

    #[test]
    fn bytes_that_are_no_text_dont_hide_the_facts_behind_them() {
        let json = b"{\"error\":{\"requestBodyValues\":\"\xff\xfe\",\"statusCode\":402,\"message\":\"\xff\"}}";
        let facts = ErrorFacts::of_json(json);
        assert_eq!((facts.status, facts.message.as_str()), (Some(402), "\u{fffd}"));
    }
}
