//! A vault that ends with the program: for tests and the demo. Nothing else may choose it.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use engine::AccountId;

use super::{Vault, VaultError};
use crate::credential::Credential;

/// Credentials in this process's memory.
#[derive(Debug, Default)]
pub struct MemoryVault(Mutex<HashMap<AccountId, Credential>>);

impl MemoryVault {
    /// Makes an empty one.
    pub fn new() -> Self {
        Self::default()
    }

    fn held(&self) -> MutexGuard<'_, HashMap<AccountId, Credential>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Vault for MemoryVault {
    fn name(&self) -> &'static str {
        "memory"
    }

    fn load(&self, account: &AccountId) -> Result<Option<Credential>, VaultError> {
        Ok(self.held().get(account).cloned())
    }

    fn save(&self, account: &AccountId, credential: &Credential) -> Result<(), VaultError> {
        self.held().insert(account.clone(), credential.clone());
        Ok(())
    }

    fn remove(&self, account: &AccountId) -> Result<(), VaultError> {
        self.held().remove(account);
        Ok(())
    }

    fn check(&self) -> Result<(), VaultError> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_come_back_until_they_are_removed() {
        let vault = MemoryVault::new();
        let (id, key) = (AccountId::from("1"), Credential::api("k"));
        assert_eq!(vault.load(&id), Ok(None));
        vault.save(&id, &key).unwrap();
        assert_eq!(vault.load(&id), Ok(Some(key)));
        vault.remove(&id).unwrap();
        vault.remove(&id).unwrap();
        assert_eq!(vault.load(&id), Ok(None));
    }
}
