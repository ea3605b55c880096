//! What an error says of itself, out of OpenCode's and the providers' many shapes. Keeps only what can tell what kind of
//! error it is: never the request, which holds the conversation.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use engine::Timestamp;
use memchr::memmem;
use serde::de::DeserializeSeed;

use super::walk::Walk;
use crate::opencode::span;

/// The longest response body that is looked into; errors are far shorter.
const BODY_LIMIT: usize = 64 * 1024;

/// Whether a header, by its name in lower case, says when a limit ends or whose it is.
pub(super) fn is_of_interest(header: &str) -> bool {
    header.starts_with("retry-after") || header.starts_with("anthropic-ratelimit-unified-")
}

/// What is known of an error.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct ErrorFacts {
    /// The HTTP status, or the one that the body names.
    pub(crate) status: Option<u16>,
    /// Every `type`, `code`, `status` and `reason` in the body, as written.
    pub(crate) codes: Vec<String>,
    /// The provider's message.
    pub(crate) message: String,
    /// OpenCode says that the message is what came of a request.
    pub(super) of_request: bool,
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

/// The fields of errors that say something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Code,
    Message,
    ResetsAt,
    ResetsInSeconds,
    ResetsIn,
    Headers,
    /// The response's body, as text.
    Body,
    /// The same once more, parsed.
    Data,
    /// An object, or several, with more of these fields in it.
    Inner,
    /// Above all `requestBodyValues`.
    Other,
}

/// The value of a field.
#[derive(Clone, Copy, Debug)]
pub(super) enum Leaf<'a> {
    Text(&'a str),
    Number(f64),
}

impl Field {
    pub(super) fn named(name: &str) -> Self {
        match name {
            "type" | "code" | "status" | "reason" | "statusCode" => Self::Code,
            "message" => Self::Message,
            "resets_at" | "reset_at" | "resetAt" | "resetsAt" => Self::ResetsAt,
            "resets_in_seconds" | "reset_after_seconds" => Self::ResetsInSeconds,
            "quotaResetDelay" | "retryDelay" => Self::ResetsIn,
            "responseHeaders" => Self::Headers,
            "responseBody" => Self::Body,
            "data" => Self::Data,
            "error" | "response" | "metadata" | "details" | "body" => Self::Inner,
            _ => Self::Other,
        }
    }

    /// Whether its value is an error, or wraps one.
    pub(super) fn is_error(self) -> bool {
        matches!(self, Self::Inner | Self::Data)
    }
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
    /// The facts of a message alone.
    pub(crate) fn of_message(text: &str) -> Self {
        let mut facts = Self::default();
        facts.take_message(text);
        facts
    }

    /// The facts of a provider's answer itself: its status, its headers by their names in lower case, and its body or the
    /// event in a stream that told of the failure.
    pub(crate) fn of_answer(status: u16, headers: &BTreeMap<String, String>, body: &str) -> Self {
        let mut facts = Self { of_request: true, ..Self::default() };
        facts.take_status(f64::from(status));
        let of_interest = headers.iter().filter(|(name, _)| is_of_interest(name));
        facts.headers.extend(of_interest.map(|(name, value)| (name.clone(), value.clone())));
        let event = body.trim_start();
        let data = match event.starts_with("event:") || event.starts_with("data:") {
            true => event.lines().find_map(|line| line.strip_prefix("data:")),
            false => None,
        };
        facts.take_body(data.unwrap_or(body));
        facts
    }

    /// The facts of a JSON text, which may be followed by other text. None are known of a broken one.
    pub(crate) fn of_json(text: &[u8]) -> Self {
        if let Some(facts) = Self::behind_the_request(text) {
            return facts;
        }
        let parsed = Self::walked(&mut serde_json::Deserializer::from_slice(text));
        // The request may hold bytes that are no text; the facts behind it count all the same.
        let parsed = parsed.or_else(|| match String::from_utf8_lossy(text) {
            Cow::Owned(mended) => Self::walked(&mut serde_json::Deserializer::from_str(&mended)),
            Cow::Borrowed(_) => None,
        });
        parsed.unwrap_or_default()
    }

    /// The facts of a refused request, `{"error":{…,"requestBodyValues":{…},"statusCode":…}}`, without a look at the
    /// request, which may be megabytes long. The name found last is the error's own, and not one in the request, if
    /// two braces end what it begins.
    fn behind_the_request(text: &[u8]) -> Option<Self> {
        let start = memmem::rfind(text, b",\"statusCode\":")?;
        let text = [b"{\"error\":{", &text[start + 1..]].concat();
        let mut json = serde_json::Deserializer::from_slice(&text);
        Self::walked(&mut json).filter(|_| json.end().is_ok())
    }

    fn walked<'de>(json: &mut serde_json::Deserializer<impl serde_json::de::Read<'de>>) -> Option<Self> {
        let mut facts = Self::default();
        Walk(&mut facts).deserialize(json).ok()?;
        Some(facts)
    }

    /// Whether it says nothing at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.status.is_none() && self.codes.is_empty() && self.message.is_empty()
    }

    /// Whether the provider answered, refused and said why, as far as the log tells: newer releases name no status, and
    /// only say that it was a request which failed. A page, or nothing at all, may come from anywhere in between.
    pub(crate) fn is_refusal(&self) -> bool {
        (self.status.is_some() || self.of_request) && !(self.codes.is_empty() && self.message.is_empty())
    }

    /// Whether the body has one of these codes.
    pub(crate) fn has_code(&self, codes: &[impl AsRef<str>]) -> bool {
        codes.iter().any(|code| self.codes.iter().any(|known| known.eq_ignore_ascii_case(code.as_ref())))
    }

    /// A header's value.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The headers whose names begin so, by the rest of their names.
    pub(crate) fn headers_named(&self, start: &str) -> impl Iterator<Item = (&str, &str)> {
        self.headers.iter().filter_map(move |(name, value)| Some((name.strip_prefix(start)?, value.as_str())))
    }

    /// Takes a field of an error, whatever object it stands in.
    pub(super) fn take(&mut self, field: Field, value: Leaf<'_>) {
        match (field, value) {
            (Field::Code, Leaf::Text(code)) => self.take_code(code),
            (Field::Code, Leaf::Number(status)) => self.take_status(status),
            (Field::Message | Field::Inner | Field::Data, Leaf::Text(text)) => self.take_message(text),
            (Field::ResetsAt, Leaf::Text(text)) => self.take_reset(span::time(text).map(Reset::At)),
            (Field::ResetsAt, Leaf::Number(number)) => self.take_reset(span::epoch(number).map(Reset::At)),
            (Field::ResetsInSeconds, Leaf::Number(number)) => self.take_reset(span::seconds(number).map(Reset::In)),
            (Field::ResetsIn, Leaf::Text(text)) => self.take_reset(span::read(text).map(Reset::In)),
            (Field::Body, Leaf::Text(body)) => self.take_body(body),
            _ => {}
        }
    }

    fn take_code(&mut self, code: &str) {
        // `error` is the generic wrapper of an event.
        if code != "error" && !self.codes.iter().any(|known| known == code) {
            self.codes.push(code.to_owned());
        }
    }

    fn take_status(&mut self, status: f64) {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within these bounds it is exact")]
        let status = (400.0..600.0).contains(&status).then_some(status as u16);
        self.status = self.status.or(status);
    }

    /// The outermost message counts: OpenCode shows the same. `AI_APICallError: ` and the like in front is OpenCode's.
    fn take_message(&mut self, text: &str) {
        if self.message.is_empty() {
            let message = match text.split_once(':') {
                Some((name, rest)) if name.ends_with("Error") && !name.contains(' ') => {
                    self.of_request = name == "AI_APICallError";
                    rest.trim_start()
                }
                Some(_) | None => text,
            };
            message.clone_into(&mut self.message);
        }
    }

    /// A time that is named outright comes before one that can only be reckoned.
    fn take_reset(&mut self, reset: Option<Reset>) {
        self.reset = match (self.reset, reset) {
            (None | Some(Reset::In(_)), Some(Reset::At(time))) => Some(Reset::At(time)),
            (known, new) => known.or(new),
        };
    }

    fn take_body(&mut self, body: &str) {
        let body = body.trim();
        if body.len() > BODY_LIMIT {
            return;
        }
        let is_json = body.starts_with(['{', '['])
            && Walk(self).deserialize(&mut serde_json::Deserializer::from_str(body)).is_ok();
        // A page says nothing of the account; a bare line may.
        if !is_json && !body.starts_with('<') {
            self.take_message(body);
        }
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
            of_request: false,
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
            "isRetryable":true,"data":{"error":{"message":"No more","type":"usage_limit_reached"}}}}"#;
        check(json, Some(429), &["usage_limit_reached"], "No more", at(90));
        assert_eq!(ErrorFacts::of_json(json.as_bytes()).header("retry-after"), Some("7"));
        assert_eq!(ErrorFacts::of_json(json.as_bytes()).headers.len(), 1);
    }

    #[test]
    fn what_stands_in_the_request_is_never_taken_for_the_error() {
        let inner = r#"{"a":1,"statusCode":429,"responseBody":"{\"error\":{\"type\":\"usage_limit_reached\"}}"}"#;
        for json in [
            format!(r#"{{"error":{{"name":"e","requestBodyValues":{inner}}}}}"#),
            format!(r#"{{"error":{{"name":"e","requestBodyValues":{inner},"isRetryable":true}}}}"#),
            format!(r#"{{"error":{{"name":"e","requestBodyValues":{{"messages":[{inner}]}}}}}}"#),
            format!(r#"{{"error":{{"name":"e","requestBodyValues":{{"text":{}}}}}}}"#, serde_json::Value::from(inner)),
        ] {
            check(&json, None, &[], "", None);
        }
        check(&format!(r#"{{"error":{{"requestBodyValues":{inner},"statusCode":500}}}}"#), Some(500), &[], "", None);
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
    fn a_providers_answer_itself() {
        let headers = [("retry-after", "7"), ("server", "s")].map(|(name, value)| (name.to_owned(), value.to_owned()));
        let headers = BTreeMap::from(headers);
        let body = r#"{"error":{"type":"usage_limit_reached","message":"No more","resets_at":90}}"#;
        let facts = ErrorFacts::of_answer(429, &headers, body);
        assert_eq!((facts.status, facts.message.as_str(), facts.reset), (Some(429), "No more", at(90)));
        assert_eq!((facts.headers.len(), facts.header("retry-after"), facts.is_refusal()), (1, Some("7"), true));
        for event in [body.to_owned(), format!("event: error\ndata: {body}\n\n"), format!("data:{body}")] {
            let facts = ErrorFacts::of_answer(200, &headers, &event);
            assert_eq!((facts.status, facts.codes), (None, vec!["usage_limit_reached".to_owned()]), "{event}");
        }
        let cut = ErrorFacts::of_answer(402, &BTreeMap::new(), &body[..60]);
        assert_eq!((cut.status, &cut.codes[..]), (Some(402), &["usage_limit_reached".to_owned()][..]));
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
