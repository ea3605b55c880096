//! The one picture that tray, web view, CLI and API show. `baton status --json` prints it as it is.
//! Readers ignore fields they don't know.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::Words;

/// Times on the wire are RFC 3339 in UTC with whole seconds or milliseconds: `2026-11-20T23:32:03.305Z`.
pub type Time = String;

/// Everything there is to show.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Snapshot {
    /// Always `baton.status.v1`.
    pub schema: String,
    /// When it was made.
    pub generated_at: Time,
    /// Automatic failover.
    pub failover: Failover,
    /// Every provider with an account, or with a credential in OpenCode, by id.
    pub providers: Vec<ProviderView>,
    /// What is missing or broken now, most important first; empty when all is well.
    pub problems: Vec<Problem>,
    /// The newest things that happened, newest first, at most 20.
    pub recent: Vec<HistoryEntry>,
    /// The program's version.
    pub version: String,
    /// How the windows look.
    #[serde(default)]
    pub app: super::AppView,
}

/// Automatic failover.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Failover {
    /// Whether Baton switches by itself now.
    pub enabled: bool,
    /// Whether the person paused it (`enabled` is false then).
    pub paused: bool,
    /// When such a pause ends by itself; `null` when only the person ends it.
    #[serde(default)]
    pub paused_until: Option<Time>,
}

/// One provider.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ProviderView {
    /// OpenCode's id for it.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// Id of the account that OpenCode uses now.
    pub active: Option<String>,
    /// Id of the account that would come next.
    pub next: Option<String>,
    /// Why Baton doesn't switch there by itself now, in words; `null` when it does.
    #[serde(default)]
    pub held_back: Option<String>,
    /// The same for other languages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub held_back_words: Option<Words>,
    /// Where a session may go on, when nobody is left.
    #[serde(default)]
    pub lane: Option<super::LaneView>,
    /// Its accounts, by label.
    pub accounts: Vec<AccountView>,
}

/// One account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct AccountView {
    /// Stable id.
    pub id: String,
    /// What the person calls it.
    pub label: String,
    /// Who the provider says it is.
    pub identity: IdentityView,
    /// `oauth`, `api` or `wellknown`.
    pub kind: String,
    /// Whether it can be used.
    pub standing: StandingView,
    /// Models that it can't be used for although it can for others.
    #[serde(default)]
    pub models: Vec<ModelLimitView>,
    /// Its usage windows: governing ones first, shortest first.
    pub windows: Vec<WindowView>,
    /// When the windows were read; `null` when never.
    pub usage_read_at: Option<Time>,
    /// Whether the windows are so old that a reading must have been missed.
    pub usage_stale: bool,
    /// Money or credits that are left, where requests are paid from them.
    #[serde(default)]
    pub balances: Vec<BalanceView>,
    /// Percent used of its scarcest window, of those that govern every request; `null` where nobody knows.
    #[serde(default)]
    pub used_percent: Option<f64>,
    /// Whether its provider publishes usage figures at all.
    pub has_figures: bool,
    /// Why it isn't the next one, in words; `null` for the next one.
    pub passed_over: Option<String>,
    /// The same for other languages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub passed_over_words: Option<Words>,
    /// What will happen with it, as far as anybody knows.
    #[serde(default)]
    pub expected: Vec<super::ExpectedView>,
}

/// A model that an account can't be used for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ModelLimitView {
    /// The model or family, in the provider's words.
    pub model: String,
    /// Until when.
    pub until: Time,
    /// Why, in words.
    pub reason: String,
    /// The same for other languages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub reason_words: Option<Words>,
}

/// Money or credits that requests are paid from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct BalanceView {
    /// What is left.
    pub left: f64,
    /// What there was at first, where the provider says so.
    pub of: Option<f64>,
    /// ISO 4217 code in capitals, or the provider's own unit.
    pub unit: String,
}

/// Who an account is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct IdentityView {
    /// E-mail address.
    pub email: Option<String>,
    /// The person's id at the provider.
    pub user_id: Option<String>,
    /// The workspace's id at the provider.
    pub workspace_id: Option<String>,
    /// The plan's name.
    pub plan: Option<String>,
}

/// Whether an account can be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct StandingView {
    /// Which standing.
    pub state: StandingState,
    /// When a cooldown ends.
    pub until: Option<Time>,
    /// Why it can't be used, in words; `null` when it can. An account whose balance is spent is `ready` with a reason:
    /// nobody says until when.
    pub reason: Option<String>,
    /// The same for other languages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub reason_words: Option<Words>,
}

/// The standings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum StandingState {
    /// It can be used.
    Ready,
    /// Not before a time.
    CoolingDown,
    /// Not before a login.
    NeedsLogin,
    /// Not before the person enables it.
    Disabled,
    /// One that a newer program knows: shown as it is.
    #[serde(untagged)]
    Other(String),
}

/// One usage window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct WindowView {
    /// Short name by length: `5h`, `weekly`, …
    pub name: String,
    /// Its length in seconds.
    #[ts(type = "number")]
    pub window_seconds: u64,
    /// Percent used, 0 to 100.
    pub used_percent: f64,
    /// When it is whole again.
    pub resets_at: Option<Time>,
    /// The model or family that it is for; `null` when it governs every request.
    pub model: Option<String>,
    /// How use compares with the clock, as of the last reading; `null` while there is too little to say.
    #[serde(default)]
    pub pace: Option<PaceView>,
}

/// How use of a window compares with the clock.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct PaceView {
    /// In one word.
    pub tempo: TempoView,
    /// Percent that would have been used if use were spread evenly over the window.
    pub expected_percent: f64,
    /// Percentage points by which use is ahead of that; negative when it is behind.
    pub ahead_points: f64,
    /// When it is spent at the recent rate, where that is before its reset. Only of the active account.
    pub runs_out_at: Option<Time>,
    /// Percent that is left at its reset at the recent rate, where it lasts so long. Only of the active account.
    pub left_at_reset: Option<f64>,
}

/// A pace in one word.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum TempoView {
    /// Used faster than the clock runs.
    Ahead,
    /// As fast as the clock runs, give or take two points.
    OnPace,
    /// Slower.
    Behind,
    /// One that a newer program knows: shown as it is.
    #[serde(untagged)]
    Other(String),
}

/// Something that is missing or broken, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Problem {
    /// Stable name: `keychain`, `auth_file`, `log`, `settings`, `tray`, `notifications`, `opencode`, …
    pub part: String,
    /// What is the matter, one line.
    pub message: String,
    /// The same for other languages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub message_words: Option<Words>,
    /// What to do about it, one line.
    pub remedy: Option<String>,
    /// The same for other languages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub remedy_words: Option<Words>,
}

/// One check of `doctor`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Check {
    /// What was looked at.
    pub name: String,
    /// How it is.
    pub state: CheckState,
    /// What was found, one line.
    pub found: String,
    /// The same for other languages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub found_words: Option<Words>,
    /// What to do about it, one line.
    pub remedy: Option<String>,
    /// The same for other languages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub remedy_words: Option<Words>,
}

/// How a check went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum CheckState {
    /// As it should be.
    Ok,
    /// It works, with something to know.
    Warning,
    /// It doesn't work.
    Broken,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct HistoryEntry {
    /// When.
    pub at: Time,
    /// What.
    pub event: HistoryEvent,
    /// The provider.
    pub provider: String,
    /// Label of the account that it was about: of a switch, the new one.
    pub account: Option<String>,
    /// Of a switch, label of the account before.
    pub from: Option<String>,
    /// Why, in words; of a switch also why each other account was passed over.
    pub reason: String,
    /// The same for other languages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub reason_words: Option<Words>,
}

/// Kinds of history entries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum HistoryEvent {
    /// Another account became active.
    Switch,
    /// A switch was rolled back or failed.
    SwitchFailed,
    /// An account hit a limit.
    LimitHit,
    /// OpenCode's login was saved as a new account.
    LoginSaved,
    /// The provider rejected an account's login.
    NeedsLogin,
    /// A parked account's token was renewed.
    Refreshed,
    /// A session that slept or failed was carried on: on the account, or without one on a lane.
    Resumed,
    /// A session that slept or failed was to be carried on, and wasn't.
    NotResumed,
    /// One that a newer program knows: shown as it is.
    #[serde(untagged)]
    Other(String),
}

/// Something the person is told: an event of the stream `GET /v1/events`, and the standard input of
/// `[notifications] command`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct NoticeView {
    /// Always `baton.notice.v1`.
    pub schema: String,
    /// `switched`, `nobody_left`, `held_back`, `switch_failed`, `needs_login`, `login_saved`, `nearly_spent`,
    /// `window_reset`.
    pub event: String,
    /// When.
    pub at: Time,
    /// The provider.
    pub provider: String,
    /// Label of the account that it is about.
    pub account: Option<String>,
    /// Of a switch, label of the account before.
    pub from: Option<String>,
    /// Where a session may go on, when nobody is left.
    #[serde(default)]
    pub lane: Option<super::LaneView>,
    /// One line that says what happened.
    pub title: String,
    /// The same for other languages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub title_words: Option<Words>,
    /// One or two lines that say why and what comes next.
    pub body: String,
    /// The same for other languages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub body_words: Option<Words>,
}

impl Problem {
    /// Makes one.
    pub fn new(part: &str, message: impl Into<Words>, remedy: Option<Words>) -> Self {
        let (message, message_words) = message.into().split();
        let (remedy, remedy_words) = remedy.map(Words::split).unzip();
        Self { part: part.to_owned(), message, message_words, remedy, remedy_words: remedy_words.flatten() }
    }
}

impl Check {
    /// Makes one.
    pub fn new(name: &str, state: CheckState, found: impl Into<Words>, remedy: Option<Words>) -> Self {
        let Problem { part: name, message: found, message_words: found_words, remedy, remedy_words } =
            Problem::new(name, found, remedy);
        Self { name, state, found, found_words, remedy, remedy_words }
    }
}
