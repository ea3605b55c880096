//! temp
use super::*;
use std::sync::Arc;
use std::time::Duration;
pub struct Bounded {
    v: Arc<dyn Vault>,
}
impl Bounded {
    pub fn new(v: Arc<dyn Vault>, _: Duration) -> Self {
        Self { v }
    }
    pub fn name(&self) -> &'static str {
        self.v.name()
    }
    pub async fn load(&self, a: &AccountId) -> Result<Option<Credential>, VaultError> {
        self.v.load(a)
    }
    pub async fn save(&self, a: &AccountId, c: &Credential) -> Result<(), VaultError> {
        self.v.save(a, c)
    }
    pub async fn remove(&self, a: &AccountId) -> Result<(), VaultError> {
        self.v.remove(a)
    }
    pub async fn check(&self) -> Result<(), VaultError> {
        self.v.check()
    }
}
#[derive(Default)]
pub struct MemoryVault(std::sync::Mutex<std::collections::BTreeMap<AccountId, Credential>>);
impl Vault for MemoryVault {
    fn name(&self) -> &'static str {
        "memory"
    }
    fn load(&self, a: &AccountId) -> Result<Option<Credential>, VaultError> {
        Ok(self.0.lock().unwrap().get(a).cloned())
    }
    fn save(&self, a: &AccountId, c: &Credential) -> Result<(), VaultError> {
        self.0.lock().unwrap().insert(a.clone(), c.clone());
        Ok(())
    }
    fn remove(&self, a: &AccountId) -> Result<(), VaultError> {
        self.0.lock().unwrap().remove(a);
        Ok(())
    }
    fn check(&self) -> Result<(), VaultError> {
        Ok(())
    }
}
pub type KeychainVault = MemoryVault;
pub struct FileVault;
impl FileVault {
    pub fn new(_: std::path::PathBuf) -> MemoryVault {
        MemoryVault::default()
    }
}
impl MemoryVault {
    pub fn new() -> Self {
        Self::default()
    }
}
