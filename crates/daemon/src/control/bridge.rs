//! What the bridge inside OpenCode tells, and what it is answered: `POST /v1/bridge`. Never a secret in either direction.
//! Readers ignore fields and kinds that they don't know: an older bridge may talk to a newer daemon, and the other way.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

/// Something that the bridge saw, tagged by `saw`. Times are milliseconds since 1970.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "saw", rename_all = "snake_case")]
pub enum Seen {
    /// A provider refused a request, or broke it off before any content.
    Limit(LimitSeen),
    /// What a provider's answer says of usage.
    Headers(HeadersSeen),
    /// Something that this version doesn't know.
    #[serde(other)]
    Other,
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
