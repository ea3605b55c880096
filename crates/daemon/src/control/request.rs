//! What can be asked of the daemon: `POST /v1/requests`.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A request, tagged by `do`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum Request {
    /// Save the logins that OpenCode has now.
    Add {
        /// Only this provider's.
        provider: Option<String>,
        /// What to call it; allowed when one login is saved.
        label: Option<String>,
    },
    /// Save an API key. The one request that carries a secret inward; nothing ever carries one out.
    AddKey {
        /// The provider.
        provider: String,
        /// The key.
        key: SecretText,
        /// What to call it.
        label: Option<String>,
    },
    /// Save what OpenCode's login brought that `baton login` has it make. An account that is active gets its new tokens
    /// at once; any other becomes active only by a switch.
    SaveLogin {
        /// What to call it. A known account is called so too, if no other is. Where a login doesn't say whose it is, an
        /// account of this name that needs a login gets it.
        label: Option<String>,
    },
    /// Make an account active.
    Switch {
        /// The provider.
        provider: String,
        /// The account's label or id.
        account: String,
    },
    /// Make the best other account active.
    Next {
        /// The provider.
        provider: String,
    },
    /// Give an account another label.
    Rename {
        /// The provider.
        provider: String,
        /// The account's label or id.
        account: String,
        /// The new label.
        label: String,
    },
    /// Forget an account and its credential. OpenCode's own entry stays.
    Remove {
        /// The provider.
        provider: String,
        /// The account's label or id.
        account: String,
    },
    /// Let an account be chosen again; ends its cooldown.
    Enable {
        /// The provider.
        provider: String,
        /// The account's label or id.
        account: String,
    },
    /// Never choose an account.
    Disable {
        /// The provider.
        provider: String,
        /// The account's label or id.
        account: String,
    },
    /// Turn automatic failover off.
    Pause {
        /// For how long; until somebody turns it on again when absent.
        #[serde(default, rename = "for")]
        #[ts(optional)]
        length: Option<PauseLength>,
    },
    /// Turn automatic failover on again.
    Resume,
    /// Somebody looks at the figures: read them more often for ninety seconds. Whoever shows them asks every minute.
    Watch,
    /// Read usage from the providers now.
    RefreshUsage,
    /// Tell what happened since a time.
    History {
        /// RFC 3339; everything when absent.
        since: Option<String>,
    },
    /// Tell what was spent since a time.
    Spend {
        /// RFC 3339, taken to the hour; everything when absent.
        since: Option<String>,
        /// One row for each of these.
        by: SpendBy,
    },
    /// Tell why each account is or isn't the next one, and what will happen with it.
    Why {
        /// Only at this provider.
        provider: Option<String>,
    },
    /// Check what is set up.
    Doctor,
    /// Tell what is set.
    Settings,
    /// Set one thing in the settings file; comments and everything else in it stay. A value that the settings refuse
    /// changes nothing.
    Configure {
        /// The key with its tables, one name each: `["failover", "strategy"]`.
        key: Vec<String>,
        /// The value, as JSON; `null` takes the key out, so that its default counts.
        #[ts(type = "unknown")]
        value: Option<serde_json::Value>,
    },
    /// Tell where credentials are kept; before that, move all of them if another place is named.
    Vault {
        /// Where to; nothing moves when absent.
        #[serde(default)]
        #[ts(optional)]
        move_to: Option<VaultStore>,
    },
    /// Tell how usage went since a time.
    UsageHistory {
        /// RFC 3339.
        since: String,
    },
    /// Tell which models OpenCode knows at a provider.
    Models {
        /// The provider.
        provider: String,
    },
    /// Put the bridge into OpenCode, take it out, or tell of it.
    Bridge {
        /// Which.
        act: BridgeAct,
    },
    /// Hear what the desktop lacks that the tray app runs on: of the parts `tray` and `notifications` these, and no more.
    Desktop {
        /// What is missing.
        lacks: Vec<super::Problem>,
    },
}

/// Where credentials can be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum VaultStore {
    /// In the system's keychain.
    Keychain,
    /// In a file that isn't encrypted.
    File,
}

/// What is to be done about the bridge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum BridgeAct {
    /// Put it into OpenCode, or bring it up to date there.
    Install,
    /// Take it out.
    Uninstall,
    /// Only look.
    Status,
}

/// What a row of spend is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum SpendBy {
    /// One account.
    #[default]
    Account,
    /// One model of one account.
    Model,
    /// One day, UTC, of one account.
    Day,
}

/// How long automatic failover is off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum PauseLength {
    /// So many seconds.
    Seconds(u32),
    /// Until the person's day ends.
    UntilTomorrow,
}

/// A secret on its way in: prints as redacted.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(transparent)]
pub struct SecretText(pub String);

impl std::fmt::Debug for SecretText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("redacted")
    }
}
