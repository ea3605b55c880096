//! Items in macOS's Keychain or Windows' Credential Manager.
//! On macOS no call may open a prompt: what would need one is refused.

use keyring::{Entry, Error};

use super::super::VaultError;
use super::SERVICE;
use super::split::Items;

/// Windows' own limit (`CRED_MAX_CREDENTIAL_BLOB_SIZE`). macOS has none.
pub(super) const ITEM_LIMIT: Option<usize> = if cfg!(windows) { Some(2560) } else { None };

/// The items.
#[derive(Debug)]
pub(super) struct SystemItems;

impl SystemItems {
    pub(super) fn new() -> Self {
        Self
    }
}

impl Items for SystemItems {
    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, VaultError> {
        with(name, |entry| match entry.get_secret() {
            Err(Error::NoEntry) => Ok(None),
            read => read.map(Some),
        })
    }

    fn set(&self, name: &str, bytes: &[u8]) -> Result<(), VaultError> {
        with(name, |entry| entry.set_secret(bytes))
    }

    fn delete(&self, name: &str) -> Result<(), VaultError> {
        with(name, |entry| match entry.delete_credential() {
            Err(Error::NoEntry) => Ok(()),
            deleted => deleted,
        })
    }

    /// Looks for an item that need not be there.
    fn check(&self) -> Result<(), VaultError> {
        self.get("check").map(drop)
    }
}

fn with<T>(name: &str, call: impl FnOnce(&Entry) -> Result<T, Error>) -> Result<T, VaultError> {
    #[cfg(target_os = "macos")]
    let _silence = security_framework::os::macos::keychain::SecKeychain::disable_user_interaction()
        .map_err(|error| VaultError::Refused(error.to_string()))?;
    let entry = Entry::new(SERVICE, name).map_err(|error| explain(&error))?;
    call(&entry).map_err(|error| explain(&error))
}

fn explain(error: &Error) -> VaultError {
    if matches!(error, Error::NoDefaultStore) {
        return VaultError::Missing("the system offers none to this program".to_owned());
    }
    if matches!(error, Error::NoStorageAccess(_)) {
        return VaultError::Locked;
    }
    #[cfg(target_os = "macos")]
    if let Error::PlatformFailure(cause) = error
        && let Some(cause) = cause.downcast_ref::<security_framework::base::Error>()
        && cause.code() == INTERACTION_NOT_ALLOWED
    {
        return VaultError::Locked;
    }
    VaultError::Refused(error.to_string())
}

/// `errSecInteractionNotAllowed`: the Keychain would have to ask for its password.
#[cfg(target_os = "macos")]
const INTERACTION_NOT_ALLOWED: i32 = -25308;
