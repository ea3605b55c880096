//! What the daemon answers to a request, or why it refused it.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::request::VaultStore;

/// What came of a request, tagged by `did`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "did", rename_all = "snake_case")]
pub enum Reply {
    /// It is done.
    Done,
    /// These accounts were saved; an account that was known already keeps its label and is listed too.
    Saved {
        /// The accounts.
        accounts: Vec<SavedAccount>,
    },
    /// An account has another label.
    Renamed {
        /// The provider.
        provider: String,
        /// The label before.
        from: String,
        /// The label now: what was asked for, normalised.
        to: String,
    },
    /// An account is active.
    Switched {
        /// The provider.
        provider: String,
        /// Label of the account before, when one was known.
        from: Option<String>,
        /// Label of the account now.
        to: String,
        /// A running OpenCode takes it in only after a restart.
        restart_needed: bool,
    },
    /// What happened, newest first.
    History {
        /// The entries.
        entries: Vec<super::HistoryEntry>,
    },
    /// What was spent.
    Spend {
        /// The rows: days oldest first, else the largest first.
        rows: Vec<SpendView>,
        /// How many records of OpenCode's history weren't what they should be.
        #[ts(type = "number")]
        skipped: u64,
        /// Why the newest answers are missing, where they are.
        behind: Option<String>,
    },
    /// How things stand at each provider.
    Why {
        /// The providers.
        providers: Vec<super::WhyView>,
    },
    /// What is set up and what is not.
    Doctor {
        /// The checks.
        checks: Vec<super::Check>,
    },
    /// What is set.
    Settings {
        /// All of it.
        settings: super::SettingsView,
    },
    /// Where credentials are kept.
    Vault {
        /// Now.
        vault: VaultView,
    },
    /// How usage went.
    UsageHistory {
        /// One for each window, by provider and label.
        courses: Vec<super::CourseView>,
    },
    /// Which models there are.
    Models {
        /// By name.
        models: Vec<ModelView>,
    },
    /// How it stands with the bridge.
    Bridge {
        /// Now.
        bridge: BridgeView,
    },
}

/// Where credentials are kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct VaultView {
    /// In which of the two places.
    pub store: VaultStore,
    /// The file, when it is that.
    pub file: Option<String>,
    /// What isn't as it should be, in words: something is left in the other place.
    pub note: Option<String>,
    /// The same for other languages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub note_words: Option<super::Words>,
}

/// How it stands with the bridge inside OpenCode.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BridgeView {
    /// What is in its place.
    pub state: BridgeState,
    /// Its place.
    pub file: String,
    /// The version of Baton that put it there, when one did.
    pub version: Option<String>,
    /// What is wrong with what is there, in words.
    pub note: Option<String>,
    /// The same for other languages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub note_words: Option<super::Words>,
    /// What to expect of OpenCode's next start, where that isn't the usual.
    pub warning: Option<String>,
    /// The same for other languages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub warning_words: Option<super::Words>,
}

/// What is in the bridge's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum BridgeState {
    /// Nothing.
    Absent,
    /// This Baton's bridge.
    Installed,
    /// A bridge that another version wrote, or that talks to another Baton; installing replaces it.
    Outdated,
    /// A file that isn't Baton's and stays.
    Foreign,
}

/// A model of a provider's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ModelView {
    /// OpenCode's id for it.
    pub id: String,
    /// Its name for people.
    pub name: String,
}

/// What was spent, of an account and perhaps a model or a day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct SpendView {
    /// The provider.
    pub provider: String,
    /// The account that was active; `null` when nobody knows. It may be removed by now.
    pub account_id: Option<String>,
    /// Its label.
    pub account: Option<String>,
    /// The model, in rows by model.
    pub model: Option<String>,
    /// The day as `2026-11-20`, UTC, in rows by day.
    pub day: Option<String>,
    /// How many answers.
    #[ts(type = "number")]
    pub answers: u64,
    /// Tokens of questions that weren't cached.
    #[ts(type = "number")]
    pub input: u64,
    /// Tokens of answers, without reasoning.
    #[ts(type = "number")]
    pub output: u64,
    /// Tokens of reasoning.
    #[ts(type = "number")]
    pub reasoning: u64,
    /// Tokens that came from the provider's cache.
    #[ts(type = "number")]
    pub cache_read: u64,
    /// Tokens that went into the provider's cache.
    #[ts(type = "number")]
    pub cache_write: u64,
    /// US dollars at list price, as OpenCode reckons them; `null` where it puts no price on an answer: paid by the
    /// month, free, or of a model whose price it doesn't know.
    pub cost: Option<f64>,
}

/// An account that `add` saved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SavedAccount {
    /// The provider.
    pub provider: String,
    /// The account's label.
    pub label: String,
    /// False when the account was known and only its tokens were saved.
    pub new: bool,
}

/// A request that was not carried out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// What kind of failure.
    pub code: ErrorCode,
    /// One line for the person: what is there and what to do.
    pub message: String,
    /// The same for other languages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub message_words: Option<super::Words>,
}

/// Kinds of failures that callers tell apart; the program `baton` exits with them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// It failed: exit 1.
    Failed,
    /// The request makes no sense (unknown label or provider, empty key): exit 2.
    Usage,
    /// No account can be used: exit 3.
    NoUsableAccount,
    /// The keychain is locked, missing or refuses: exit 4.
    KeychainUnavailable,
}

impl Failure {
    /// Makes one.
    pub fn new(code: ErrorCode, message: impl Into<super::Words>) -> Self {
        let (message, message_words) = message.into().split();
        Self { code, message, message_words }
    }

    /// Makes one of a fault that callers needn't tell from others.
    pub fn failed(why: impl std::fmt::Display) -> Self {
        Self::new(ErrorCode::Failed, why.to_string())
    }
}
