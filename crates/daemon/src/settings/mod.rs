//! The person's settings: `config.toml`. Refuses what it doesn't know, by name and line, and never guesses:
//! whoever reads them again keeps the last good ones.

mod accounts;
mod app;
mod edit;
mod error;
mod errors;
mod lanes;
mod reference;
#[cfg(test)]
mod tests;
mod value;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use engine::{Alerts, FlapRule, Label, Policy, ProviderId, ProviderRules, Strategy};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use accounts::Account;
pub use app::{App, Updates};
pub use edit::ConfigureError;
pub use error::SettingsError;
pub use errors::{ErrorRule, Means};
pub use lanes::{LaneEntry, Lanes};
pub use reference::reference;

/// Everything that can be set. What isn't set has its default.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
pub struct Settings {
    /// How failover behaves.
    pub failover: Failover,
    /// Where credentials rest.
    pub vault: Vault,
    /// Where OpenCode is.
    pub opencode: OpenCode,
    /// How the person is told.
    pub notifications: Notifications,
    /// How tray and popover look, and whether they come with the login.
    pub app: App,
    /// Where new versions of the tray app come from.
    pub updates: Updates,
    /// What differs at single providers, by OpenCode's id for them.
    pub providers: BTreeMap<String, Provider>,
    /// What errors mean that Baton doesn't know; they come before those that it knows.
    #[serde(skip_serializing)]
    #[schemars(with = "Vec<errors::Written>")]
    pub errors: Vec<ErrorRule>,
    /// Where sessions may go on when a provider has nobody left.
    pub lanes: Lanes,
    /// What becomes of sessions that sleep for long or failed for a limit, where the bridge is installed.
    pub sessions: Sessions,
}

/// `[failover]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
pub struct Failover {
    /// Whether Baton switches by itself.
    pub enabled: bool,
    /// How the next account is chosen.
    #[serde(deserialize_with = "value::strategy", serialize_with = "value::strategy_name")]
    #[schemars(schema_with = "value::strategies")]
    pub strategy: Strategy,
    /// After a failover, how long the same session can't cause the next one.
    #[serde(deserialize_with = "value::session_cooldown_seconds::read")]
    #[schemars(schema_with = "value::session_cooldown_seconds::allowed")]
    pub session_cooldown_seconds: u32,
    /// How many failovers one session gets until it is idle again.
    #[serde(deserialize_with = "value::session_max_attempts::read")]
    #[schemars(schema_with = "value::session_max_attempts::allowed")]
    pub session_max_attempts: u32,
    /// At how many percent used the active account is left between turns; 100: only after its limit.
    #[serde(deserialize_with = "value::switch_at_percent::read")]
    #[schemars(schema_with = "value::switch_at_percent::allowed")]
    pub switch_at_percent: u32,
    /// Whether an account of higher priority is gone back to once it can be used again.
    pub return_to_preferred: bool,
    /// This many automatic switches in a short time stop the next ones for a while; 0 never stops them.
    #[serde(deserialize_with = "value::flap_switches::read")]
    #[schemars(schema_with = "value::flap_switches::allowed")]
    pub flap_switches: u32,
    /// After so many answers in a row that say that the provider is overloaded, another account is tried once; 0 never.
    #[serde(deserialize_with = "value::switch_on_overload::read")]
    #[schemars(schema_with = "value::switch_on_overload::allowed")]
    pub switch_on_overload: u32,
}

/// `[sessions]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
pub struct Sessions {
    /// How often a session that sleeps or failed is carried on by itself until the person asks it something; 0 never.
    #[serde(deserialize_with = "value::continuations::read")]
    #[schemars(schema_with = "value::continuations::allowed")]
    pub continuations: u32,
}

/// `[vault]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
pub struct Vault {
    /// Which store.
    #[serde(deserialize_with = "value::vault_store")]
    #[schemars(schema_with = "value::vault_stores")]
    pub store: VaultStore,
}

/// Stores for credentials.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum VaultStore {
    /// The system's keychain.
    #[default]
    Keychain,
    /// A file that only the person's own user can read.
    File,
}

impl VaultStore {
    /// Its name in the file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Keychain => "keychain",
            Self::File => "file",
        }
    }

    /// The other one.
    pub fn other(self) -> Self {
        match self {
            Self::Keychain => Self::File,
            Self::File => Self::Keychain,
        }
    }

    /// The one of a name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Keychain, Self::File].into_iter().find(|store| store.name() == name)
    }
}

/// `[opencode]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
pub struct OpenCode {
    /// Its data folder, where it isn't where OpenCode's own rule says.
    #[serde(deserialize_with = "value::data_dir")]
    pub data_dir: Option<PathBuf>,
}

/// `[notifications]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
pub struct Notifications {
    /// Program and arguments to run on each event, never empty; the event comes as JSON on its standard input.
    #[serde(deserialize_with = "value::command")]
    pub command: Option<Vec<String>>,
    /// Kinds of notices that nobody is told of. A kind that this release doesn't know has no effect.
    pub muted: Vec<String>,
}

/// `[providers.X]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
pub struct Provider {
    /// Whether Baton switches there by itself.
    pub enabled: bool,
    /// Where its usage is read.
    #[serde(deserialize_with = "value::url")]
    pub usage_url: Option<String>,
    /// Where its tokens are renewed.
    #[serde(deserialize_with = "value::url")]
    pub token_url: Option<String>,
    /// At how many percent used of a window the person is told, ascending; empty for never.
    #[serde(deserialize_with = "value::alerts")]
    pub alerts: Option<Vec<u8>>,
    /// What is set for single accounts, by label.
    #[serde(deserialize_with = "accounts::accounts", skip_serializing)]
    #[schemars(with = "BTreeMap<String, Account>")]
    pub accounts: BTreeMap<Label, Account>,
}

impl Default for Provider {
    fn default() -> Self {
        Self { enabled: true, usage_url: None, token_url: None, alerts: None, accounts: BTreeMap::new() }
    }
}

impl Settings {
    /// Reads settings from text.
    ///
    /// # Errors
    /// When the text isn't TOML or holds a key or value that isn't known.
    pub fn parse(text: &str) -> Result<Self, SettingsError> {
        toml::from_str(text).map_err(|error| SettingsError::at(text, &error))
    }

    /// Reads the settings file; one that isn't there reads as the defaults.
    ///
    /// # Errors
    /// When the file can't be read, or as for [`Settings::parse`].
    pub fn load(path: &Path) -> Result<Self, SettingsError> {
        match std::fs::read_to_string(path) {
            Ok(text) => Self::parse(&text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(SettingsError::unread(path, &error)),
        }
    }

    /// Compares what is set for accounts with those that there are: what to tell the person, if anything.
    ///
    /// # Errors
    /// When no account of a provider could ever be chosen.
    pub fn fits(&self, there: &BTreeMap<ProviderId, Vec<Label>>) -> Result<Option<String>, SettingsError> {
        let mut warnings = Vec::new();
        for (id, set) in &self.providers {
            let id = ProviderId::new(id);
            let labels = there.get(&id).map_or(&[][..], Vec::as_slice);
            let unknown = accounts::unknown_labels(&id, &set.accounts, labels)?;
            if !unknown.is_empty() {
                let names: Vec<&str> = unknown.iter().map(Label::as_str).collect();
                let names = names.join(", ");
                warnings.push(format!("[providers.{id}.accounts] names {names}, and there is no such account"));
            }
        }
        Ok((!warnings.is_empty()).then(|| warnings.join("; ")))
    }

    /// The settings that the engine needs.
    pub fn policy(&self) -> Policy {
        let failover = &self.failover;
        let session_cooldown = Duration::from_secs(failover.session_cooldown_seconds.into());
        let own = self.providers.iter();
        let own = own.filter_map(|(id, own)| Some((ProviderId::new(id), own.alerts.clone()?))).collect();
        Policy {
            enabled: failover.enabled,
            strategy: failover.strategy,
            switch_on_overload: (failover.switch_on_overload > 0).then_some(failover.switch_on_overload),
            switch_at_percent: failover.switch_at_percent.into(),
            return_to_preferred: failover.return_to_preferred,
            session_cooldown,
            session_max_attempts: failover.session_max_attempts,
            flap: (failover.flap_switches > 0).then(|| flap_rule(failover.flap_switches, session_cooldown)),
            providers: self.providers.iter().map(|(id, set)| (ProviderId::new(id), set.rules())).collect(),
            lanes: self.lanes.in_force(),
            continuations: self.sessions.continuations,
            alerts: Alerts { own, ..Alerts::default() },
        }
    }
}

impl Provider {
    fn rules(&self) -> ProviderRules {
        let accounts = self.accounts.iter().map(|(label, account)| (label.clone(), account.rules()));
        ProviderRules { enabled: self.enabled, accounts: accounts.collect() }
    }
}

/// The spans grow with the cooldown: one session alone can't switch so often in a shorter time.
fn flap_rule(switches: u32, session_cooldown: Duration) -> FlapRule {
    let usual = FlapRule::default();
    let within = usual.within.max(session_cooldown * switches);
    let same_target_within = usual.same_target_within.max(within);
    FlapRule { switches, within, same_target_within, hold: usual.hold.max(same_target_within) }
}

impl Default for Sessions {
    fn default() -> Self {
        Self { continuations: Policy::default().continuations }
    }
}

impl Default for Failover {
    fn default() -> Self {
        let policy = Policy::default();
        Self {
            enabled: policy.enabled,
            strategy: policy.strategy,
            session_cooldown_seconds: 45,
            session_max_attempts: policy.session_max_attempts,
            switch_at_percent: 100,
            return_to_preferred: policy.return_to_preferred,
            flap_switches: FlapRule::default().switches,
            switch_on_overload: 0,
        }
    }
}
