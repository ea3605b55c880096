//! Every seam to the outside in one struct. Whoever needs the time, a path, the network or the vault takes it from here.

use std::sync::Arc;
use std::time::Duration;

use crate::clock::{Clock, SystemClock};
use crate::paths::Paths;
use crate::providers::{Http, USER_AGENT};
use crate::settings::{Settings, VaultStore};
use crate::vault::{Bounded, FileVault, KeychainVault, Vault};

/// How long the keychain may take for one call: a prompt that nobody answers must not hold anything up.
const VAULT_LIMIT: Duration = Duration::from_secs(10);

/// Where OpenCode fetches packages unless it is told otherwise.
const PACKAGE_REGISTRY: &str = "https://registry.npmjs.org/";

/// The world as Baton sees it.
pub(crate) struct World {
    /// Where everything lies.
    pub(crate) paths: Paths,
    /// What time it is.
    pub(crate) clock: Arc<dyn Clock>,
    /// The way to providers.
    pub(crate) http: Http,
    /// Where credentials rest.
    pub(crate) vault: Bounded,
    /// Where OpenCode fetches packages.
    pub(crate) package_registry: String,
    /// Whether OpenCode is told by its environment to ignore its own `auth.json`.
    pub(crate) opencode_auth_content: bool,
}

impl World {
    /// The real one.
    pub(crate) fn system(paths: Paths, settings: &Settings) -> Self {
        let vault: Arc<dyn Vault> = match settings.vault.store {
            VaultStore::Keychain => Arc::new(KeychainVault::new()),
            VaultStore::File => Arc::new(FileVault::new(paths.file_vault.clone())),
        };
        Self {
            paths,
            clock: Arc::new(SystemClock),
            http: Http::new(USER_AGENT),
            vault: Bounded::new(vault, VAULT_LIMIT),
            package_registry: std::env::var("NPM_CONFIG_REGISTRY")
                .or_else(|_| std::env::var("npm_config_registry"))
                .unwrap_or_else(|_| PACKAGE_REGISTRY.to_owned()),
            opencode_auth_content: std::env::var_os("OPENCODE_AUTH_CONTENT").is_some(),
        }
    }
}
