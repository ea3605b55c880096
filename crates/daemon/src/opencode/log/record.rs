//! What a line of the log says that may matter, the same for both grammars. Facts only: what they mean is for `signal`.

use engine::{ProviderId, SessionId, Timestamp};

use super::facts::ErrorFacts;

/// What became of a line.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Line {
    /// It says something that may matter.
    Record(Record),
    /// OpenCode's, but of no interest.
    Other,
    /// Not OpenCode's: the rest of a value with line ends in it, or anything else.
    Foreign,
}

/// A line that may matter.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Record {
    /// When, by OpenCode's clock; whole seconds in the older grammar.
    pub(crate) at: Timestamp,
    /// The session; some older lines name none.
    pub(crate) session: Option<SessionId>,
    /// What happened.
    pub(crate) event: Event,
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Event {
    /// A turn's next step begins: all requests before it have been answered.
    StepStarted,
    /// A request went out.
    AttemptStarted(Request),
    /// A request failed; OpenCode may try again.
    AttemptFailed(Request, ErrorFacts),
    /// What the turn made of a failed request.
    TurnFailed {
        /// Mostly the message only.
        facts: ErrorFacts,
        /// OpenCode won't try again. Releases that can't say so log every failure in this way.
        is_final: bool,
    },
    /// The turn is over, finished or aborted.
    TurnOver,
}

/// A request to a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Request {
    /// The provider.
    pub(crate) provider: ProviderId,
    /// The model.
    pub(crate) model: Option<String>,
    /// For a session's title only, beside the turn.
    pub(crate) small: bool,
    /// To shorten a conversation that has become too long.
    pub(crate) compaction: bool,
}

/// A request while its line is read.
#[derive(Default)]
pub(super) struct RequestFields {
    pub(super) session: Option<SessionId>,
    provider: Option<ProviderId>,
    model: Option<String>,
    small: bool,
    compaction: bool,
}

impl RequestFields {
    /// Takes a field if it is one of a request's; releases name the session in three ways.
    pub(super) fn take(&mut self, key: &[u8], value: &[u8]) {
        let text = || String::from_utf8_lossy(value);
        match key {
            b"providerID" => self.provider = Some(ProviderId::new(text())),
            b"modelID" => self.model = Some(text().into_owned()),
            b"small" => self.small = value == b"true",
            b"agent" => self.compaction = value == b"compaction",
            b"session.id" | b"sessionID" | b"session" => self.session = Some(SessionId::new(text())),
            _ => {}
        }
    }

    /// The request; `None` when the line doesn't name a provider.
    pub(super) fn request(self) -> Option<Request> {
        let Self { provider, model, small, compaction, .. } = self;
        Some(Request { provider: provider?, model, small, compaction })
    }
}
