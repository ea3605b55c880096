//! The grammar of OpenCode's older logs, up to 1.15: `LEVEL time +elapsed key=value … message`, values unquoted, times
//! UTC in whole seconds. Never looks further into a line than it must to see that it doesn't matter.

use memchr::memmem;

use super::facts::ErrorFacts;
use super::record::{Event, Line, Record, RequestFields};
use crate::opencode::span;

/// Where the time begins, and where the blank behind it lies.
const TIME: usize = 6;
const ELAPSED: usize = 25;
/// More than the longest elapsed time there can be.
const ELAPSED_LIMIT: usize = 24;

/// Whether a line begins as this grammar's lines do.
#[inline]
pub(super) fn is_ours(line: &[u8]) -> bool {
    // One load and one comparison each: most of a log's lines are over after this.
    let Some(head) = line.first_chunk::<{ ELAPSED + 1 }>() else { return false };
    let level = [head[0], head[1], head[2], head[3], head[4]];
    [head[5], head[10], head[16], head[ELAPSED]] == *b" -T "
        && (level == *b"INFO " || level == *b"ERROR" || level == *b"WARN " || level == *b"DEBUG")
}

/// Whether a line may matter, as far as its beginning tells.
pub(super) fn may_matter(line: &[u8]) -> bool {
    fields(line).is_some_and(|fields| service(fields).is_some())
}

/// Reads a line that begins as this grammar's lines do.
#[inline]
pub(super) fn read(line: &[u8]) -> Line {
    // Messages come last, and only errors may go on in further lines. So two looks are enough for most of a log.
    let ends_well = line.last_chunk().is_some_and(|end| matches!(end, b"ream" | b"loop" | b"ncel"));
    match line[0] == b'E' || ends_well {
        true => read_whole(line),
        false => Line::Other,
    }
}

fn read_whole(line: &[u8]) -> Line {
    let Some(fields) = fields(line) else { return Line::Foreign };
    let Some((service, rest)) = service(fields) else { return Line::Other };
    let is_error = line.starts_with(b"ERROR");
    let event = match service {
        Service::Llm => request(rest, is_error),
        Service::Prompt => step(rest),
        Service::Processor if is_error => turn_failed(rest),
        Service::Processor => None,
    };
    let Some((event, session)) = event else { return Line::Other };
    match span::zoneless(&line[TIME..]) {
        Some(at) => Line::Record(Record { at, session, event }),
        None => Line::Foreign,
    }
}

enum Service {
    Llm,
    Prompt,
    Processor,
}

/// What follows the elapsed time.
fn fields(line: &[u8]) -> Option<&[u8]> {
    let elapsed = line.get(ELAPSED + 1..)?;
    let end = elapsed.iter().take(ELAPSED_LIMIT).position(|&byte| byte == b' ')?;
    elapsed.get(end + 1..)
}

fn service(fields: &[u8]) -> Option<(Service, &[u8])> {
    let name = fields.strip_prefix(b"service=")?;
    if let Some(rest) = name.strip_prefix(b"llm ") {
        Some((Service::Llm, rest))
    } else if let Some(rest) = name.strip_prefix(b"session.prompt ") {
        Some((Service::Prompt, rest))
    } else {
        name.strip_prefix(b"session.processor ").map(|rest| (Service::Processor, rest))
    }
}

type Found = Option<(Event, Option<engine::SessionId>)>;

fn request(rest: &[u8], is_error: bool) -> Found {
    let (fields, error) = match is_error {
        true => split(rest, b"error=")?,
        false => (rest.strip_suffix(b" stream")?, &[][..]),
    };
    let mut taken = request_fields(fields);
    let session = taken.session.take();
    let request = taken.request()?;
    let event = match is_error {
        true => Event::AttemptFailed(request, facts(error.strip_suffix(b" stream error").unwrap_or(error))),
        false => Event::AttemptStarted(request),
    };
    Some((event, session))
}

fn step(rest: &[u8]) -> Found {
    let event = if rest.ends_with(b" exiting loop") || rest.ends_with(b" cancel") {
        Event::TurnOver
    } else if rest.ends_with(b" loop") {
        Event::StepStarted
    } else {
        return None;
    };
    let session = request_fields(rest).session?;
    Some((event, Some(session)))
}

fn turn_failed(rest: &[u8]) -> Found {
    let (fields, error) = split(rest, b"error=")?;
    let end = memmem::find(error, b" stack=").unwrap_or(error.len());
    let error = error[..end].strip_suffix(b" process").unwrap_or(&error[..end]);
    let session = request_fields(fields).session;
    // The releases that name the session are those that log a turn's last failure only.
    Some((Event::TurnFailed { facts: facts(error), is_final: session.is_some() }, session))
}

/// What is before and behind a field's name.
fn split<'a>(text: &'a [u8], name: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let start = match text.starts_with(name) {
        true => 0,
        false => memmem::find_iter(text, name).find(|&start| text[..start].ends_with(b" "))?,
    };
    Some((&text[..start], &text[start + name.len()..]))
}

fn request_fields(fields: &[u8]) -> RequestFields {
    let mut taken = RequestFields::default();
    for field in fields.split(|&byte| byte == b' ') {
        if let Some(equals) = memchr::memchr(b'=', field) {
            taken.take(&field[..equals], &field[equals + 1..]);
        }
    }
    taken
}

fn facts(error: &[u8]) -> ErrorFacts {
    match error.first() {
        Some(b'{') => ErrorFacts::of_json(error),
        Some(_) | None => ErrorFacts::of_message(&String::from_utf8_lossy(error)),
    }
}

#[cfg(test)]
mod tests {
    use engine::{SessionId, Timestamp};

    use super::super::record::Request;
    use super::*;

    fn request(small: bool) -> Request {
        Request { provider: "openai".into(), model: Some("m".to_owned()), small, compaction: false }
    }

    fn check(line: &str, session: Option<&str>, event: Event) {
        assert!(is_ours(line.as_bytes()) && may_matter(line.as_bytes()), "{line}");
        let at = Timestamp::from_secs(1_795_217_249);
        let expected = Record { at, session: session.map(SessionId::new), event };
        assert_eq!(read(line.as_bytes()), Line::Record(expected), "{line}");
    }

    #[test]
    fn requests_start_and_fail() {
        check(
            "INFO  2026-11-20T23:27:29 +4ms service=llm providerID=openai modelID=m sessionID=ses_1 small=false agent=build mode=primary stream",
            Some("ses_1"),
            Event::AttemptStarted(request(false)),
        );
        check(
            r#"ERROR 2026-11-20T23:27:29 +4ms service=llm providerID=openai modelID=m session.id=ses_1 small=true agent=title mode=primary error={"error":{"type":"a"}} stream error"#,
            Some("ses_1"),
            Event::AttemptFailed(request(true), ErrorFacts { codes: vec!["a".to_owned()], ..ErrorFacts::default() }),
        );
    }

    #[test]
    fn turns_go_on_fail_and_end() {
        let line = |rest: &str| format!("INFO  2026-11-20T23:27:29 +0ms service=session.prompt {rest}");
        check(&line("step=0 sessionID=ses_1 loop"), Some("ses_1"), Event::StepStarted);
        check(&line("session.id=ses_1 step=0 loop"), Some("ses_1"), Event::StepStarted);
        check(&line("sessionID=ses_1 exiting loop"), Some("ses_1"), Event::TurnOver);
        check(&line("sessionID=ses_1 cancel"), Some("ses_1"), Event::TurnOver);

        let failed = |is_final| Event::TurnFailed { facts: ErrorFacts::of_message("Bad error=1 thing"), is_final };
        let line = |rest: &str| format!("ERROR 2026-11-20T23:27:29 +0ms service=session.processor {rest}");
        check(&line(r#"error=Bad error=1 thing stack="x" process"#), None, failed(false));
        check(&line("error=Bad error=1 thing process"), None, failed(false));
        check(
            &line("session.id=ses_1 messageID=msg_1 error=Bad error=1 thing stack=AI_APICallError: Bad"),
            Some("ses_1"),
            failed(true),
        );
    }

    #[test]
    fn other_lines_are_told_from_foreign_ones() {
        let check = |line: &str, expected| {
            let read = if is_ours(line.as_bytes()) { read(line.as_bytes()) } else { Line::Foreign };
            assert_eq!(read, expected, "{line}");
        };
        check("INFO  2026-11-20T23:27:29 +4ms service=bus type=session.idle publishing", Line::Other);
        check("INFO  2026-11-20T23:27:29 +4ms service=session.prompt status=started resolveTools", Line::Other);
        check("INFO  2026-11-20T23:27:29 +4ms service=session.processor process", Line::Other);
        check("INFO  2026-11-20T23:27:29 +4ms service=llm stream", Line::Other);
        check("ERROR 2026-11-20T23:27:29 +4ms service=llm providerID=openai stream error", Line::Other);
        check("INFO  2026-99-20T23:27:29 +4ms service=session.prompt sessionID=ses_1 loop", Line::Foreign);
        check("error: ConnectionRefused downloading package manifest @opencode-ai/plugin", Line::Foreign);
        check("", Line::Foreign);
    }
}
