//! The stream `GET /v1/events`: how an event is written and read as server-sent events.
//! Readers skip kinds that they don't know.

use axum::response::sse;

use super::{NoticeView, Snapshot};

/// Something that the daemon tells by itself.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The picture changed; the first event is the picture as it is.
    Snapshot(Snapshot),
    /// Something happened that the person is told.
    Notice(NoticeView),
}

/// The name of [`Event::Snapshot`] on the wire.
const SNAPSHOT: &str = "snapshot";
/// The name of [`Event::Notice`] on the wire.
const NOTICE: &str = "notice";
/// No event is this long; what is longer isn't a daemon's stream.
const LONGEST: usize = 8 * 1024 * 1024;

/// Writes a snapshot.
pub(super) fn of_snapshot(snapshot: &Snapshot) -> Result<sse::Event, axum::Error> {
    sse::Event::default().event(SNAPSHOT).json_data(snapshot)
}

/// Writes a notice.
pub(super) fn of_notice(notice: &NoticeView) -> Result<sse::Event, axum::Error> {
    sse::Event::default().event(NOTICE).json_data(notice)
}

/// Reads events out of bytes that arrive in pieces.
#[derive(Default)]
pub(super) struct Reader {
    pending: Vec<u8>,
    kind: Vec<u8>,
    data: Vec<u8>,
}

/// The stream holds something that isn't a daemon's event.
#[derive(Debug, PartialEq, thiserror::Error)]
#[error("the event stream can't be read")]
pub(super) struct NotAnEvent;

impl Reader {
    /// Takes in the bytes that came next.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<(), NotAnEvent> {
        self.pending.extend_from_slice(bytes);
        match self.pending.len() + self.data.len() > LONGEST {
            true => Err(NotAnEvent),
            false => Ok(()),
        }
    }

    /// The next event that is whole.
    pub(super) fn next(&mut self) -> Result<Option<Event>, NotAnEvent> {
        let mut taken = 0;
        let mut found = None;
        while let (None, Some(length)) = (&found, memchr::memchr(b'\n', &self.pending[taken..])) {
            let line = &self.pending[taken..taken + length];
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            taken += length + 1;
            if line.is_empty() {
                found = decode(&self.kind, &self.data)?;
                self.kind.clear();
                self.data.clear();
            } else if let Some(kind) = field(line, b"event:") {
                self.kind = kind.to_vec();
            } else if let Some(data) = field(line, b"data:") {
                self.data.extend_from_slice(data);
            }
        }
        self.pending.drain(..taken);
        Ok(found)
    }
}

fn field<'a>(line: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let value = line.strip_prefix(name)?;
    Some(value.strip_prefix(b" ").unwrap_or(value))
}

fn decode(kind: &[u8], data: &[u8]) -> Result<Option<Event>, NotAnEvent> {
    match kind {
        kind if kind == SNAPSHOT.as_bytes() => serde_json::from_slice(data).map(Event::Snapshot).map(Some),
        kind if kind == NOTICE.as_bytes() => serde_json::from_slice(data).map(Event::Notice).map(Some),
        _ => Ok(None),
    }
    .map_err(|_| NotAnEvent)
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: &str = concat!(
        ": a comment\n\n",
        "event: weather\ndata: {\"sun\":true}\n\n",
        "event: notice\r\ndata: {\"schema\":\"baton.notice.v1\",\"event\":\"switched\",\"at\":\"T\",\"provider\":\"openai\",\r\n",
        "data: \"account\":\"b\",\"from\":\"a\",\"title\":\"t\",\"body\":\"b\",\"colour\":\"red\"}\r\n\r\n",
        "event: notice\ndata: {\"schema\":\"baton.notice.v1\"",
    );

    #[test]
    fn events_are_read_however_they_are_cut() {
        for cut in 1..STREAM.len() {
            let mut reader = Reader::default();
            let mut events = Vec::new();
            for piece in STREAM.as_bytes().chunks(cut) {
                reader.push(piece).unwrap();
                while let Some(event) = reader.next().unwrap() {
                    events.push(event);
                }
            }
            let kinds: Vec<_> = events
                .iter()
                .map(|event| match event {
                    Event::Notice(notice) => notice.event.as_str(),
                    Event::Snapshot(_) => "snapshot",
                })
                .collect();
            assert_eq!(kinds, ["switched"], "cut at {cut}");
        }
    }

    #[test]
    fn what_is_no_event_is_an_error_not_an_endless_wait() {
        let mut reader = Reader::default();
        reader.push(b"event: snapshot\ndata: {}\n\n").unwrap();
        assert_eq!(reader.next(), Err(NotAnEvent));
        assert_eq!(Reader::default().push(&vec![b'x'; LONGEST + 1]), Err(NotAnEvent));
    }
}
