//! The vault in the system's own keychain: Secret Service on Linux, Keychain on macOS, Credential Manager on Windows.
//! Items bear the service name `opencode-baton` and the account's id; a person finds and removes them there.
//! Never causes a prompt where the system lets a program avoid it: a locked keychain is an error.

#[cfg(any(target_os = "macos", windows))]
mod native;
#[cfg(not(any(target_os = "macos", windows)))]
mod secret_service;
mod split;

use engine::AccountId;

use super::{Vault, VaultError};
use crate::credential::Credential;
#[cfg(any(target_os = "macos", windows))]
use native as system;
#[cfg(not(any(target_os = "macos", windows)))]
use secret_service as system;
use split::Split;

/// What the keychain files Baton's items under.
const SERVICE: &str = "opencode-baton";

/// Credentials in the system's keychain.
#[derive(Debug)]
pub struct KeychainVault(Split<system::SystemItems>);

impl KeychainVault {
    /// Makes one; the keychain is first asked when something is wanted of it.
    pub fn new() -> Self {
        Self(Split::new(system::SystemItems::new(), system::ITEM_LIMIT))
    }
}

impl Default for KeychainVault {
    fn default() -> Self {
        Self::new()
    }
}

impl Vault for KeychainVault {
    fn name(&self) -> &'static str {
        "the system keychain"
    }

    fn load(&self, account: &AccountId) -> Result<Option<Credential>, VaultError> {
        let Some(value) = self.0.load(account.as_str())? else { return Ok(None) };
        Credential::from_json(value).map(Some).map_err(|why| VaultError::Corrupt(format!("{account}: {why}")))
    }

    fn save(&self, account: &AccountId, credential: &Credential) -> Result<(), VaultError> {
        self.0.save(account.as_str(), &credential.to_json())
    }

    fn remove(&self, account: &AccountId) -> Result<(), VaultError> {
        self.0.remove(account.as_str())
    }

    fn check(&self) -> Result<(), VaultError> {
        self.0.check()
    }
}
