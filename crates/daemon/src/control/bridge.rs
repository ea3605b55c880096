//! What the bridge inside OpenCode tells, and what it is answered: `POST /v1/bridge`. Never a secret in either direction.
//! Readers ignore fields and kinds that they don't know: an older bridge may talk to a newer daemon, and the other way.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

use super::NoticeView;

/// Something that the bridge saw, tagged by `saw`. Times are milliseconds since 1970.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "saw", rename_all = "snake_case")]
pub enum Seen {
    /// A provider refused a request, or broke it off before any content.
    Limit(LimitSeen),
    /// What a provider's answer says of usage.
    Headers(HeadersSeen),
    /// What a session does that is or was stuck.
    Session(SessionSeen),
    /// A session was carried on, as [`BridgeEvent::Resume`] said.
    Resumed {
        /// Which.
        session: String,
    },
    /// A session wasn't carried on.
    NotResumed {
        /// Which.
        session: String,
        /// Why, one line.
        #[serde(default)]
        why: String,
    },
    /// Something that this version doesn't know.
    #[serde(other)]
    Other,
}

/// What a session does that is or was stuck.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionSeen {
    /// Which.
    pub session: String,
    /// What it does.
    pub state: SessionState,
    /// Since when.
    pub at: Millis,
    /// OpenCode's id of the provider that it asked.
    #[serde(default)]
    pub provider: String,
    /// The model that it asked for.
    #[serde(default)]
    pub model: String,
    /// The agent that it works as.
    #[serde(default)]
    pub agent: Option<String>,
    /// Until when it sleeps.
    #[serde(default)]
    pub until: Option<Millis>,
    /// The agent that its own names for when the provider has nobody left.
    #[serde(default)]
    pub fallback: Option<FallbackSeen>,
    /// The request was that of a sub-agent that works for it.
    #[serde(default)]
    pub delegated: bool,
}

/// What a session does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionState {
    /// It waits before it asks again.
    Sleeping,
    /// Its turn failed.
    Failed,
    /// It goes on by itself.
    Busy,
    /// Its turn is over.
    Idle,
    /// A person asked it something.
    Asked,
    /// Something that this version doesn't know.
    #[serde(other)]
    Other,
}

/// An agent that goes on in place of another one, and its model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FallbackSeen {
    /// Its name.
    pub agent: String,
    /// OpenCode's id of its model's provider.
    pub provider: String,
    /// Its model.
    pub model: String,
}

/// What the bridge is told by `GET /v1/bridge/events`: the name of the event is its kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum BridgeEvent {
    /// Another account is active: shown inside OpenCode.
    Switched {
        /// The provider.
        provider: String,
        /// Label of the account before, when one was known.
        from: Option<String>,
        /// Label of the account now.
        to: Option<String>,
        /// One line that says what happened.
        title: String,
        /// One or two lines that say why and what comes next.
        body: String,
    },
    /// A session is to go on: its turn is ended if it still sleeps, and it is told to continue. The bridge that told of
    /// it does it, and nobody else.
    Resume {
        /// Which.
        session: String,
        /// OpenCode's id of the provider that it was stuck at.
        from: String,
        /// The provider where it goes on.
        provider: String,
        /// The model that it goes on with.
        model: String,
        /// The agent that it goes on as, when that is known.
        agent: Option<String>,
    },
}

impl BridgeEvent {
    /// What of a notice is shown inside OpenCode.
    pub fn of(notice: &NoticeView) -> Option<Self> {
        (notice.event == "switched").then(|| Self::Switched {
            provider: notice.provider.clone(),
            from: notice.from.clone(),
            to: notice.account.clone(),
            title: notice.title.clone(),
            body: notice.body.clone(),
        })
    }

    /// Its name on the wire.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Switched { .. } => "switched",
            Self::Resume { .. } => "resume",
        }
    }
}

/// A request that a provider refused.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct LimitSeen {
    /// OpenCode's id of the provider.
    pub provider: String,
    /// The session whose request it was, when known.
    #[serde(default)]
    pub session: Option<String>,
    /// The model asked for, when known.
    #[serde(default)]
    pub model: Option<String>,
    /// Since when the credential that the request carried was known to be the one in `auth.json`.
    pub read_at: Millis,
    /// When the answer came.
    pub at: Millis,
    /// Its status.
    pub status: u16,
    /// Its headers of interest.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// How its body begins, or the event in a stream that told of the failure.
    #[serde(default)]
    pub body: String,
    /// Given by a former [`BridgeAnswer::Wait`]: the same request, asked about again.
    #[serde(default)]
    pub ticket: Option<String>,
}

/// A provider's answer with usage in its headers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HeadersSeen {
    /// OpenCode's id of the provider.
    pub provider: String,
    /// Since when the credential that the request carried was known to be the one in `auth.json`.
    pub read_at: Millis,
    /// When the answer came.
    pub at: Millis,
    /// Its headers of interest.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
}

/// A time as JavaScript has it: milliseconds since 1970, perhaps with a fraction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "f64")]
pub struct Millis(pub i64);

impl From<f64> for Millis {
    #[expect(clippy::cast_possible_truncation, reason = "saturates; no clock is there")]
    fn from(millis: f64) -> Self {
        Self(millis as i64)
    }
}

/// What the bridge is to do, tagged by `answer`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum BridgeAnswer {
    /// `auth.json` holds another account by now: read it again and repeat the request.
    Retry,
    /// It isn't decided yet: ask again after this time, with the ticket.
    Wait {
        /// The time.
        milliseconds: u32,
        /// Names the request.
        ticket: String,
    },
    /// Hand OpenCode the answer as it came.
    PassOn,
    /// It is taken in; nothing follows.
    Noted,
}

/// Something that the bridge saw, and where the answer is awaited.
#[derive(Debug)]
pub struct Told {
    /// What.
    pub seen: Seen,
    /// Names it when it is asked about again.
    pub ticket: String,
    /// Takes the answer; nobody may be listening any more.
    pub reply: oneshot::Sender<BridgeAnswer>,
}

impl std::fmt::Debug for LimitSeen {
    /// Without the body: it is a foreign text.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { provider, session, model, status, .. } = self;
        write!(f, "LimitSeen {{ {provider}, {session:?}, {model:?}, {status} }}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_newer_bridge_tells_is_taken_as_far_as_it_is_understood() {
        let seen = |json: &str| serde_json::from_str::<Seen>(json).unwrap();
        assert_eq!(seen(r#"{"saw":"the sea","waves":3}"#), Seen::Other);
        let limit = seen(
            r#"{"saw":"limit","provider":"openai","sent_at":1,"read_at":1795000000000.5,"at":1795000000001,
                "status":429,"headers":{"retry-after":"7"},"body":"{}","attempt":1,"session":null,"mood":"bad"}"#,
        );
        let Seen::Limit(limit) = limit else { panic!("a limit") };
        assert_eq!((limit.read_at, limit.at), (Millis(1_795_000_000_000), Millis(1_795_000_000_001)));
        assert_eq!(limit.headers["retry-after"], "7");
        assert_eq!((limit.session, limit.ticket), (None, None));
    }

    #[test]
    fn answers_are_as_the_bridge_reads_them() {
        let said = |answer: BridgeAnswer| serde_json::to_string(&answer).unwrap();
        assert_eq!(said(BridgeAnswer::Retry), r#"{"answer":"retry"}"#);
        assert_eq!(said(BridgeAnswer::PassOn), r#"{"answer":"pass_on"}"#);
        assert_eq!(said(BridgeAnswer::Noted), r#"{"answer":"noted"}"#);
        let wait = BridgeAnswer::Wait { milliseconds: 25, ticket: "t".to_owned() };
        assert_eq!(said(wait), r#"{"answer":"wait","milliseconds":25,"ticket":"t"}"#);
    }
}
