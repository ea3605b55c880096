//! The keychain behind one trait: where the credentials of accounts rest.
//! Knows nothing of accounts but their ids, and of credentials only that they are secret.

mod bounded;
mod file;
mod keychain;
mod memory;

use engine::AccountId;

use crate::credential::Credential;

pub use bounded::Bounded;
pub use file::FileVault;
pub use keychain::KeychainVault;
pub use memory::MemoryVault;

/// A place for credentials. Calls block, perhaps for long: they run on threads of their own, through [`Bounded`].
pub trait Vault: Send + Sync {
    /// What it is, for people: `the system keychain`, `a file`, `memory`.
    fn name(&self) -> &'static str;

    /// Reads an account's credential; `None` when there is none.
    ///
    /// # Errors
    /// When the store can't be read.
    fn load(&self, account: &AccountId) -> Result<Option<Credential>, VaultError>;

    /// Writes an account's credential. The one before stays readable until the new one is whole.
    ///
    /// # Errors
    /// When the store can't be written; the credential before is still there then.
    fn save(&self, account: &AccountId, credential: &Credential) -> Result<(), VaultError>;

    /// Removes an account's credential; that there is none is fine.
    ///
    /// # Errors
    /// When the store can't be written.
    fn remove(&self, account: &AccountId) -> Result<(), VaultError>;

    /// Whether the store answers and is unlocked, without causing a prompt.
    ///
    /// # Errors
    /// Why it can't be used.
    fn check(&self) -> Result<(), VaultError>;
}

/// Why the vault can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// There is no keychain.
    #[error("no keychain: {0}")]
    Missing(String),
    /// It is locked.
    #[error("the keychain is locked: unlock it and try again")]
    Locked,
    /// It answered no.
    #[error("the saved credentials are out of reach: {0}")]
    Refused(String),
    /// It didn't answer in time.
    #[error("the keychain didn't answer within {0} s: it may be waiting for a prompt to be answered")]
    TimedOut(u64),
    /// What it holds can't be read, and is left as it is.
    #[error("a saved credential can't be read: {0}")]
    Corrupt(String),
}
