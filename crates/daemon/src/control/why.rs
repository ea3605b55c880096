//! What `why` answers: each account's place, and what will happen with it.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::snapshot::Time;

/// How things stand at one provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct WhyView {
    /// The provider.
    pub provider: String,
    /// How the next account is chosen, as it is called in the settings.
    pub strategy: String,
    /// Why Baton doesn't switch there by itself now, in words; `null` when it does.
    pub held_back: Option<String>,
    /// Where a session may go on, when nobody is left.
    pub lane: Option<LaneView>,
    /// Its accounts, by label.
    pub accounts: Vec<WhyAccount>,
    /// The sessions that can't go on there by themselves, as the bridge inside OpenCode tells.
    #[serde(default)]
    pub sessions: Vec<WaitingSessionView>,
}

/// A session that can't go on by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct WaitingSessionView {
    /// OpenCode's id of it.
    pub session: String,
    /// The model that it asked for.
    pub model: String,
    /// How it is stuck and what becomes of it, in words.
    pub why: String,
}

/// How things stand for one account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct WhyAccount {
    /// Stable id.
    pub id: String,
    /// Its label.
    pub label: String,
    /// Whether it is active or next, or why it is neither, in words.
    pub why: String,
    /// What will happen with it, as far as anybody knows.
    pub expected: Vec<ExpectedView>,
}

/// Something that will happen with an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ExpectedView {
    /// What, in words.
    pub what: String,
    /// The same for other languages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub what_words: Option<super::Words>,
    /// When; `null` where that hangs on other things.
    pub at: Option<Time>,
}

/// A model at another provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct LaneView {
    /// The provider.
    pub provider: String,
    /// Its model.
    pub model: String,
}
