//! The person's settings: `config.toml`. Refuses what it doesn't know, by name and line, and never guesses:
//! whoever reads them again keeps the last good ones.

mod accounts;
mod error;
mod errors;
mod lanes;
mod value;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use engine::{Alerts, FlapRule, Label, Policy, ProviderId, ProviderRules, Strategy};
use serde::Deserialize;

pub use accounts::Account;
pub use error::SettingsError;
pub use errors::{ErrorRule, Means};
pub use lanes::{LaneEntry, Lanes};

/// Everything that can be set. What isn't set has its default.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
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
    /// What differs at single providers, by OpenCode's id for them.
    pub providers: BTreeMap<String, Provider>,
    /// What errors mean that Baton doesn't know; they come before those that it knows.
    pub errors: Vec<ErrorRule>,
    /// Where sessions may go on when a provider has nobody left.
    pub lanes: Lanes,
}

/// `[failover]`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
pub struct Failover {
    /// Whether Baton switches by itself.
    pub enabled: bool,
    /// How the next account is chosen.
    #[serde(deserialize_with = "value::strategy")]
    pub strategy: Strategy,
    /// After a failover, how long the same session can't cause the next one.
    #[serde(deserialize_with = "value::session_cooldown_seconds")]
    pub session_cooldown_seconds: u32,
    /// How many failovers one session gets until it is idle again.
    #[serde(deserialize_with = "value::session_max_attempts")]
    pub session_max_attempts: u32,
    /// At how many percent used the active account is left between turns; 100: only after its limit.
    #[serde(deserialize_with = "value::switch_at_percent")]
    pub switch_at_percent: u32,
    /// Whether an account of higher priority is gone back to once it can be used again.
    pub return_to_preferred: bool,
    /// This many automatic switches in a short time stop the next ones for a while; 0 never stops them.
    #[serde(deserialize_with = "value::flap_switches")]
    pub flap_switches: u32,
    /// After so many answers in a row that say that the provider is overloaded, another account is tried once; 0 never.
    #[serde(deserialize_with = "value::switch_on_overload")]
    pub switch_on_overload: u32,
}

/// `[vault]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
pub struct Vault {
    /// Which store.
    #[serde(deserialize_with = "value::vault_store")]
    pub store: VaultStore,
}

/// Stores for credentials.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum VaultStore {
    /// The system's keychain.
    #[default]
    Keychain,
    /// A file that only the person's own user can read.
    File,
}

/// `[opencode]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
pub struct OpenCode {
    /// Its data folder, where it isn't where OpenCode's own rule says.
    #[serde(deserialize_with = "value::data_dir")]
    pub data_dir: Option<PathBuf>,
}

/// `[notifications]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
pub struct Notifications {
    /// Program and arguments to run on each event, never empty; the event comes as JSON on its standard input.
    #[serde(deserialize_with = "value::command")]
    pub command: Option<Vec<String>>,
}

/// `[providers.X]`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
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
    #[serde(deserialize_with = "accounts::accounts")]
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
            alerts: Alerts { own, ..Alerts::default() },
            ..Policy::default()
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

#[cfg(test)]
mod tests {
    use super::*;

    const EVERYTHING: &str = r#"
        [failover]
        enabled = false
        strategy = "drain-first"
        return_to_preferred = true
        session_cooldown_seconds = 200
        session_max_attempts = 5
        switch_at_percent = 90
        flap_switches = 4
        switch_on_overload = 6
        [vault]
        store = "file"
        [notifications]
        command = ["notify-me", "--json"]
        [providers.openai]
        usage_url = "https://chatgpt.com/backend-api/wham/usage"
        token_url = "http://127.0.0.1:8080/oauth/token"
        [providers.github-copilot]
        usage_url = "http://[::1]:9/usage"
        alerts = [90, 50, 90]
        [providers.anthropic]
        alerts = []
    "#;

    #[test]
    fn everything_that_can_be_set_is_read() {
        let settings = Settings::parse(EVERYTHING).unwrap();
        assert_eq!(settings.vault.store, VaultStore::File);
        assert_eq!(settings.notifications.command, Some(vec!["notify-me".to_owned(), "--json".to_owned()]));
        let openai = &settings.providers["openai"];
        assert_eq!(openai.usage_url.as_deref(), Some("https://chatgpt.com/backend-api/wham/usage"));
        assert_eq!(openai.token_url.as_deref(), Some("http://127.0.0.1:8080/oauth/token"));
        assert_eq!(settings.providers["github-copilot"].token_url, None);
        let policy = settings.policy();
        assert_eq!((policy.enabled, policy.session_max_attempts), (false, 5));
        assert_eq!(policy.session_cooldown, Duration::from_secs(200));
        assert_eq!(policy.switch_on_overload, Some(6));
        assert_eq!((policy.strategy, policy.switch_at_percent), (Strategy::DrainFirst, 90.0));
        assert!(policy.return_to_preferred);
        let alerts = |id: &str| policy.alerts.of(&ProviderId::new(id)).to_vec();
        assert_eq!(
            [alerts("openai"), alerts("github-copilot"), alerts("anthropic")],
            [vec![80, 95], vec![50, 90], vec![]]
        );
    }

    #[test]
    fn nothing_set_is_the_engines_own_default() {
        for text in ["", "[failover]\n", "# only a comment"] {
            assert_eq!(Settings::parse(text).unwrap(), Settings::default(), "{text:?}");
        }
        assert_eq!(Settings::default().policy(), Policy::default());
    }

    #[test]
    fn flap_detection_outlasts_the_cooldown_or_is_off() {
        let flap = |text: &str| Settings::parse(text).unwrap().policy().flap;
        assert_eq!(flap("failover.flap_switches = 0"), None);
        let long = flap("failover.session_cooldown_seconds = 3600").unwrap();
        assert!(long.within > 2 * Duration::from_secs(3600), "three switches of one session fit in: {long:?}");
        assert!(long.hold >= long.same_target_within && long.same_target_within >= long.within, "{long:?}");
    }

    #[test]
    fn a_full_path_moves_opencodes_data_folder() {
        let dir = std::env::temp_dir();
        let text = format!("opencode.data_dir = '{}'", dir.display());
        assert_eq!(Settings::parse(&text).unwrap().opencode.data_dir, Some(dir));
    }

    /// What the person reads about bad settings: always one line.
    fn check(text: &str, expected: &str) {
        let error = Settings::parse(text).unwrap_err();
        assert_eq!(error.to_string(), expected, "{text:?}");
    }

    #[test]
    fn an_unknown_key_is_named_with_its_line_and_what_is_there() {
        check(
            "[failover]\nenabled = true\nstratgy = 1",
            "line 3: `failover.stratgy`: unknown field stratgy, expected one of enabled, strategy, session_cooldown_seconds, \
             session_max_attempts, switch_at_percent, return_to_preferred, flap_switches, switch_on_overload",
        );
        check(
            "[vaults]",
            "line 1: `vaults`: unknown field vaults, expected one of failover, vault, opencode, notifications, providers, \
             errors, lanes",
        );
        check("vault.colour = 1", "line 1: `vault.colour`: unknown field colour, expected store");
        check(
            "[providers.openai]\n\nurl = ''",
            "line 3: `providers.openai.url`: unknown field url, expected one of enabled, usage_url, token_url, alerts, accounts",
        );
    }

    #[test]
    fn a_strategy_is_one_of_those_that_there_are() {
        for name in ["most-remaining", "sticky", "round-robin", "hybrid", "drain-first", "soonest-reset"] {
            Settings::parse(&format!("failover.strategy = '{name}'")).unwrap();
        }
        check(
            "failover.strategy = 'best'",
            "line 1: `failover.strategy`: \"best\" isn't a strategy, allowed are \"most-remaining\", \"sticky\", \
             \"round-robin\", \"hybrid\", \"drain-first\" and \"soonest-reset\"",
        );
        for percent in [0, 101] {
            check(
                &format!("[failover]\nswitch_at_percent = {percent}"),
                &format!("line 2: `failover.switch_at_percent`: {percent} is out of range, allowed are 1 to 100"),
            );
        }
    }

    #[test]
    fn numbers_out_of_range_name_the_range() {
        check(
            "[failover]\nsession_cooldown_seconds = 3601",
            "line 2: `failover.session_cooldown_seconds`: 3601 is out of range, allowed are 0 to 3600",
        );
        check(
            "[failover]\nsession_max_attempts = 0",
            "line 2: `failover.session_max_attempts`: 0 is out of range, allowed are 1 to 20",
        );
        check(
            "[failover]\nflap_switches = -1",
            "line 2: `failover.flap_switches`: -1 is out of range, allowed are 0 to 100",
        );
    }

    #[test]
    fn a_value_of_the_wrong_type_is_named() {
        check(
            "[failover]\nenabled = 'yes'",
            "line 2: `failover.enabled`: invalid type: string \"yes\", expected a boolean",
        );
        check(
            "[failover]\nsession_max_attempts = '3'",
            "line 2: `failover.session_max_attempts`: invalid type: string \"3\", expected a whole number",
        );
        check("vault = 1", "line 1: `vault`: invalid type: integer 1, expected a table");
    }

    #[test]
    fn other_values_that_make_no_sense_are_named() {
        check(
            "[vault]\nstore = 'cloud'",
            "line 2: `vault.store`: \"cloud\" isn't a store, allowed are \"keychain\" and \"file\"",
        );
        check(
            "[opencode]\ndata_dir = '~/x'",
            "line 2: `opencode.data_dir`: \"~/x\" isn't a full path (~ and variables aren't expanded)",
        );
        check("[notifications]\ncommand = []", "line 2: `notifications.command`: the program's name is missing");
        check("[notifications]\ncommand = ['', 'x']", "line 2: `notifications.command`: the program's name is missing");
    }

    #[test]
    fn alerts_are_percentages() {
        let refused = |value: &str, why: &str| {
            check(
                &format!("[providers.openai]\nalerts = {value}"),
                &format!("line 2: `providers.openai.alerts`: {why}"),
            );
        };
        refused("[80, 101]", "101 isn't a percentage, allowed are 1 to 100");
        refused("[0]", "0 isn't a percentage, allowed are 1 to 100");
        refused("[-5]", "-5 isn't a percentage, allowed are 1 to 100");
        refused("80", "invalid type: integer 80, expected a list of whole numbers, such as [80, 95]");
        refused("'80'", "invalid type: string \"80\", expected a list of whole numbers, such as [80, 95]");
        refused("[80.5]", "invalid type: floating point 80.5, expected a whole number");
    }

    #[test]
    fn secrets_only_travel_encrypted_or_to_this_machine() {
        let refused = |url: &str, why: &str| {
            check(
                &format!("[providers.openai]\ntoken_url = '{url}'"),
                &format!("line 2: `providers.openai.token_url`: {why}"),
            );
        };
        let plain = "an address with https:// is needed (http:// only for this machine: 127.0.0.1, [::1], localhost)";
        for url in ["http://example.org/t", "http://127.0.0.1.example.org", "ftp://example.org", "file:///etc/x"] {
            refused(url, plain);
        }
        refused("nowhere", "not an address: relative URL without a base");
        refused("http://127.0.0.1@example.org/", "an address without a user name and password is needed");
        for url in ["http://localhost:1/x", "http://127.8.9.1/x", "https://10.0.0.1/x"] {
            Settings::parse(&format!("providers.p.usage_url = '{url}'")).unwrap();
        }
    }

    #[test]
    fn what_is_not_toml_names_the_line() {
        let error = Settings::parse("[failover]\nenabled = \n").unwrap_err();
        assert_eq!((error.line, error.key.as_deref()), (Some(2), None));
        assert_eq!(error.to_string().lines().count(), 1, "{error}");
        let error = Settings::parse("[vault]\nstore = 'file'\nstore = 'file'").unwrap_err();
        assert_eq!(error.line, Some(3), "{error}");
    }

    #[test]
    fn a_missing_file_reads_as_the_defaults_and_an_unreadable_one_is_named() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(Settings::load(&dir.path().join("config.toml")).unwrap(), Settings::default());
        let error = Settings::load(dir.path()).unwrap_err().to_string();
        assert!(error.contains(&dir.path().display().to_string()), "{error}");
        let binary = dir.path().join("config.toml");
        std::fs::write(&binary, [0xff, 0xfe]).unwrap();
        assert!(Settings::load(&binary).unwrap_err().to_string().contains("UTF-8"));
    }
}
