//! What is said of sessions that can't go on by themselves: plain data, in and out.

use crate::{AccountId, Lane, ProviderId, SessionId, Timestamp};

/// A session that can't go on by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StuckSession {
    /// Which.
    pub session: SessionId,
    /// The provider that it asked.
    pub provider: ProviderId,
    /// The model that it asked for.
    pub model: String,
    /// The agent that it works as, when known.
    pub agent: Option<String>,
    /// Since when, by OpenCode's clock.
    pub at: Timestamp,
    /// How it is stuck.
    pub plight: Plight,
    /// What its agent names for when its provider has nobody left.
    pub fallback: Option<FallbackAgent>,
    /// The request was that of a sub-agent that works for it: another model for the session itself wouldn't help.
    pub delegated: bool,
}

/// How a session is stuck.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plight {
    /// It waits before it asks again.
    Sleeping {
        /// Until then.
        until: Timestamp,
    },
    /// Its turn failed.
    Failed,
}

/// An agent that goes on in place of another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FallbackAgent {
    /// Its name.
    pub agent: String,
    /// The model that it uses.
    pub lane: Lane,
}

/// What became of a session that may be stuck.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// It goes on by itself.
    GoesOn,
    /// Its turn is over; a person may have ended it.
    Over,
    /// A person asked it something.
    Asked,
}

/// Having a session carried on: its turn is ended if it still sleeps, and it is told to continue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resumption {
    /// Which session.
    pub session: SessionId,
    /// The provider that it is stuck at.
    pub from: ProviderId,
    /// Where it goes on.
    pub to: Lane,
    /// The agent that it goes on as; `None`: as before.
    pub agent: Option<String>,
    /// Why there.
    pub why: ResumeCause,
}

/// Why a session is carried on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResumeCause {
    /// This account is active by now.
    Switched(AccountId),
    /// Its provider has nobody left, and its agent names another one for that.
    FallbackAgent,
    /// Its provider has nobody left, and this is the first lane of the person's that can serve.
    NextLane,
}

/// What came of having a session carried on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResumeOutcome {
    /// It goes on.
    Done,
    /// It was left as it is.
    NotDone {
        /// For the person, one line.
        why: String,
    },
}

/// A session that can't go on by itself, as it is explained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingSession {
    /// Which.
    pub session: SessionId,
    /// The model that it asked for.
    pub model: String,
    /// How it is stuck.
    pub plight: Plight,
    /// It has been carried on as often as the person allows.
    pub used_up: bool,
}
