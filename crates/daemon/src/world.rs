//! Every seam to the outside in one struct. Whoever needs the time, a path, the network or the vault takes it from here.

use std::sync::{Arc, Mutex, PoisonError};
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
    /// Where credentials can rest.
    pub(crate) vaults: Vaults,
    /// Where OpenCode fetches packages.
    pub(crate) package_registry: String,
    /// Whether OpenCode is told by its environment to ignore its own `auth.json`.
    pub(crate) opencode_auth_content: bool,
}

/// Both places for credentials, and which of them is in force. Neither is touched before something is wanted of it.
pub(crate) struct Vaults {
    keychain: Bounded,
    file: Bounded,
    in_force: Mutex<VaultStore>,
}

impl Vaults {
    /// Puts a limit on each call of both.
    pub(crate) fn new(keychain: Arc<dyn Vault>, file: Arc<dyn Vault>, in_force: VaultStore, limit: Duration) -> Self {
        let [keychain, file] = [keychain, file].map(|vault| Bounded::new(vault, limit));
        Self { keychain, file, in_force: Mutex::new(in_force) }
    }

    /// A place's vault.
    pub(crate) fn of(&self, store: VaultStore) -> &Bounded {
        match store {
            VaultStore::Keychain => &self.keychain,
            VaultStore::File => &self.file,
        }
    }

    /// Which one is in force.
    pub(crate) fn store(&self) -> VaultStore {
        *self.in_force.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts another one in force.
    pub(crate) fn choose(&self, store: VaultStore) {
        *self.in_force.lock().unwrap_or_else(PoisonError::into_inner) = store;
    }
}

impl World {
    /// Where credentials rest.
    pub(crate) fn vault(&self) -> &Bounded {
        self.vaults.of(self.vaults.store())
    }

    /// The real one.
    pub(crate) fn system(paths: Paths, settings: &Settings) -> Self {
        let file = FileVault::new(paths.file_vault.clone());
        Self {
            paths,
            clock: Arc::new(SystemClock),
            http: Http::new(USER_AGENT),
            vaults: Vaults::new(Arc::new(KeychainVault::new()), Arc::new(file), settings.vault.store, VAULT_LIMIT),
            package_registry: std::env::var("NPM_CONFIG_REGISTRY")
                .or_else(|_| std::env::var("npm_config_registry"))
                .unwrap_or_else(|_| PACKAGE_REGISTRY.to_owned()),
            opencode_auth_content: std::env::var_os("OPENCODE_AUTH_CONTENT").is_some(),
        }
    }
}
