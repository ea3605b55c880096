//! The settings on the wire: what is in force, and what the windows need of it. Knows no file format; what a value may be
//! is the settings' own business.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What the tray app is set to: `[app]` and `[updates]`. A page that doesn't know a value takes the first of its kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AppView {
    /// `system`, `light` or `dark`.
    pub theme: String,
    /// `system`, or a language: `en`, `de`, `zh`, `ja`.
    pub language: String,
    /// Whether e-mail addresses stay out of sight.
    pub hide_emails: bool,
    /// What the icon shows: `meter`, `plain` or `percent`.
    pub icon: String,
    /// Keys that open the popover from anywhere.
    #[serde(default)]
    pub shortcut: Option<String>,
    /// Whether it starts at login; `null` where nobody has said so.
    #[serde(default)]
    pub autostart: Option<bool>,
    /// Where new versions come from: `stable`, `beta` or `off`. A daemon that doesn't say has no say in it.
    #[serde(default)]
    pub update_channel: Option<String>,
}

impl Default for AppView {
    fn default() -> Self {
        let text = str::to_owned;
        Self {
            theme: text("system"),
            language: text("system"),
            hide_emails: false,
            icon: text("meter"),
            shortcut: None,
            autostart: None,
            update_channel: None,
        }
    }
}

/// What is set and can be changed with [`Request::Configure`](super::Request::Configure), as it is in force.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct SettingsView {
    /// The settings file.
    pub file: String,
    /// The folder of Baton's own log.
    pub log_dir: String,
    /// Where credentials are kept; changed with [`Request::Vault`](super::Request::Vault).
    pub vault: super::VaultView,
    /// `[failover] enabled`.
    pub failover: bool,
    /// `[failover] strategy`.
    pub strategy: String,
    /// What may be chosen for it.
    pub strategies: Vec<String>,
    /// `[failover] switch_at_percent`.
    pub switch_at_percent: u32,
    /// `[failover] return_to_preferred`.
    pub return_to_preferred: bool,
    /// `[failover] session_cooldown_seconds`.
    pub session_cooldown_seconds: u32,
    /// `[failover] session_max_attempts`.
    pub session_max_attempts: u32,
    /// `[notifications] muted`: kinds of notices that nobody is told of.
    pub muted: Vec<String>,
    /// Every kind there is.
    pub notices: Vec<String>,
    /// `[providers.X]`, of the providers that have an account.
    pub providers: Vec<ProviderSettingsView>,
    /// `[lanes] enabled`.
    pub lanes_enabled: bool,
    /// `[lanes] order`, best first.
    pub lanes: Vec<LaneSettingsView>,
}

/// A lane as it is set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct LaneSettingsView {
    /// OpenCode's id of the provider.
    pub provider: String,
    /// The model, as OpenCode names it.
    pub model: String,
    /// Whether it counts.
    pub enabled: bool,
}

/// What is set for a provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ProviderSettingsView {
    /// OpenCode's id for it.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// Whether Baton switches there by itself.
    pub enabled: bool,
    /// At how many percent used of a window the person is told.
    pub alerts: Vec<u8>,
}
