//! The grammar of OpenCode's newer log, from 1.17 on: logfmt with values quoted as JSON, objects flattened with dots.
//! Reads fields only of lines whose message is of interest.

use engine::Timestamp;
use memchr::memmem;

use super::facts::{ErrorFacts, Field, Leaf};
use super::record::{Event, Line, Record, RequestFields};
use crate::opencode::span;

const TIME: &[u8] = b"timestamp=";
/// The message stands behind time, level, run and perhaps a field or two of the process.
const MESSAGE_LIMIT: usize = 256;

/// Whether a line begins as this grammar's lines do.
pub(super) fn is_ours(line: &[u8]) -> bool {
    line.starts_with(TIME)
}

/// Whether a line may matter, as far as its beginning tells.
pub(super) fn may_matter(line: &[u8]) -> bool {
    message(line).is_some()
}

/// Reads a line that begins as this grammar's lines do.
pub(super) fn read(line: &[u8]) -> Line {
    let Some((message, is_error, rest)) = message(line) else { return Line::Other };
    let Some(at) = time(line) else { return Line::Foreign };
    let mut taken = RequestFields::default();
    let mut error = ErrorFacts::default();
    for (key, value) in Fields(rest) {
        match key.strip_prefix(b"error") {
            Some(path) if is_error => take_error(&mut error, path, &value),
            Some(_) | None => taken.take(key, value.as_bytes()),
        }
    }
    let session = taken.session.take();
    let event = match message {
        Message::Stream => taken.request().map(Event::AttemptStarted),
        Message::StreamError => taken.request().map(|request| Event::AttemptFailed(request, error)),
        Message::Process if is_error => Some(Event::TurnFailed { facts: error, is_final: true }),
        Message::Process => None,
        Message::Loop => Some(Event::StepStarted),
        Message::Over => Some(Event::TurnOver),
    };
    match event {
        Some(event) => Line::Record(Record { at, session, event }),
        None => Line::Other,
    }
}

#[derive(Clone, Copy)]
enum Message {
    Stream,
    StreamError,
    Process,
    Loop,
    Over,
}

/// The message if it is of interest, whether the line is an error, and what follows.
fn message(line: &[u8]) -> Option<(Message, bool, &[u8])> {
    const NAMES: [(&[u8], Message); 6] = [
        (b"stream ", Message::Stream),
        (b"\"stream error\" ", Message::StreamError),
        (b"process ", Message::Process),
        (b"loop ", Message::Loop),
        (b"\"exiting loop\" ", Message::Over),
        (b"cancel ", Message::Over),
    ];
    let head = &line[..line.len().min(MESSAGE_LIMIT)];
    let start = memmem::find(head, b" message=")?;
    let rest = &line[start + b" message=".len()..];
    let (name, message) = NAMES.iter().find(|(name, _)| rest.starts_with(name))?;
    let is_error = memmem::find(&head[..start], b" level=ERROR").is_some();
    Some((*message, is_error, &rest[name.len()..]))
}

fn time(line: &[u8]) -> Option<Timestamp> {
    let rest = &line[TIME.len()..];
    let end = memchr::memchr(b' ', rest)?;
    span::rfc3339(str::from_utf8(&rest[..end]).ok()?)
}

/// `error` is the message, `error.error` an error as text, `error.error.code` and the like the fields of one.
fn take_error(facts: &mut ErrorFacts, path: &[u8], value: &str) {
    let name = path.rsplit(|&byte| byte == b'.').next().unwrap_or_default();
    let field = match name {
        b"" => Field::Message,
        name => Field::named(&String::from_utf8_lossy(name)),
    };
    match value.parse() {
        _ if value == "undefined" => {}
        Ok(number) if field != Field::Message => facts.take(field, Leaf::Number(number)),
        Ok(_) | Err(_) => facts.take(field, Leaf::Text(value)),
    }
}

/// The fields of a line; what is no field ends them.
struct Fields<'a>(&'a [u8]);

impl<'a> Iterator for Fields<'a> {
    type Item = (&'a [u8], String);

    fn next(&mut self) -> Option<Self::Item> {
        let text = self.0.trim_ascii_start();
        let equals = memchr::memchr(b'=', text)?;
        let (key, value) = (&text[..equals], &text[equals + 1..]);
        let (value, rest) = match value.first() {
            Some(b'"') => quoted(value)?,
            Some(_) | None => {
                let end = memchr::memchr(b' ', value).unwrap_or(value.len());
                (String::from_utf8_lossy(&value[..end]).into_owned(), &value[end..])
            }
        };
        self.0 = rest;
        Some((key, value))
    }
}

fn quoted(value: &[u8]) -> Option<(String, &[u8])> {
    let mut end = 1;
    loop {
        end += memchr::memchr2(b'"', b'\\', value.get(end..)?)?;
        match value[end] {
            b'"' => break,
            _ => end += 2,
        }
    }
    let text = String::from_utf8_lossy(&value[..=end]);
    Some((serde_json::from_str(&text).ok()?, &value[end + 1..]))
}

#[cfg(test)]
mod tests {
    use engine::SessionId;

    use super::super::record::Request;
    use super::*;

    fn check(level: &str, rest: &str, event: Option<Event>) {
        let line = format!("timestamp=2026-11-20T23:27:29.250Z level={level} run=0a5d6f43 message={rest}");
        assert!(is_ours(line.as_bytes()), "{line}");
        let at = Timestamp::from_millis(1_795_217_249_250);
        let expected = match event {
            Some(event) => Line::Record(Record { at, session: Some(SessionId::new("ses_1")), event }),
            None => Line::Other,
        };
        assert_eq!(read(line.as_bytes()), expected, "{line}");
    }

    fn request() -> Request {
        Request { provider: "openai".into(), model: Some("m x".to_owned()), small: false, compaction: true }
    }

    #[test]
    fn requests_start_and_fail() {
        let fields = r#"providerID=openai modelID="m x" session.id=ses_1 small=false agent=compaction mode=primary"#;
        check("INFO", &format!("stream {fields}"), Some(Event::AttemptStarted(request())));

        let check = |error: &str, facts| {
            check("ERROR", &format!("\"stream error\" {fields} {error}"), Some(Event::AttemptFailed(request(), facts)))
        };
        check(
            r#"error.error="AI_APICallError: Say \"no\" at a=b""#,
            ErrorFacts::of_message("AI_APICallError: Say \"no\" at a=b"),
        );
        check(
            "error.error.message=\"Too many\" error.error.type=rate_limit_error error.error.code=429",
            ErrorFacts {
                status: Some(429),
                codes: vec!["rate_limit_error".to_owned()],
                message: "Too many".to_owned(),
                ..ErrorFacts::default()
            },
        );
        check("error=undefined", ErrorFacts::default());
        check(r#"error.error="unended"#, ErrorFacts::default());
    }

    #[test]
    fn turns_go_on_fail_and_end() {
        check("INFO", "loop session.id=ses_1 step=0", Some(Event::StepStarted));
        check("INFO", "process session.id=ses_1 messageID=msg_1", None);
        check("INFO", "\"exiting loop\" session.id=ses_1", Some(Event::TurnOver));
        check("INFO", "cancel session.id=ses_1", Some(Event::TurnOver));
        let facts = ErrorFacts::of_message("Token refresh failed: 401");
        let line = r#"process session.id=ses_1 messageID=msg_1 error="Token refresh failed: 401" stack="Error\n at x""#;
        check("ERROR", line, Some(Event::TurnFailed { facts, is_final: true }));
    }

    #[test]
    fn other_messages_are_passed_over() {
        check("INFO", "created title=\"message=loop session.id=ses_1\" session.id=ses_1", None);
        check("INFO", "streaming session.id=ses_1", None);
        check("INFO", "stream session.id=ses_1", None);
        check("ERROR", "\"failed to load plugin\" error=\"usage limit reached\"", None);
    }

    #[test]
    fn a_broken_time_is_foreign() {
        assert_eq!(read(b"timestamp=yesterday level=INFO message=loop session.id=ses_1"), Line::Foreign);
    }
}
