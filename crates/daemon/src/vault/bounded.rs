//! Any vault with a time limit on each call. Never blocks the task that asks, and never runs two calls at once.

use std::sync::Arc;
use std::time::Duration;

use engine::AccountId;
use tokio::sync::{Mutex, oneshot};

use super::{Vault, VaultError};
use crate::credential::Credential;

/// A vault whose calls run on threads of their own, one after the other, and are given up after a time.
#[derive(Clone)]
pub struct Bounded {
    vault: Arc<dyn Vault>,
    limit: Duration,
    turn: Arc<Mutex<()>>,
}

impl Bounded {
    /// Puts a limit on a vault.
    pub fn new(vault: Arc<dyn Vault>, limit: Duration) -> Self {
        Self { vault, limit, turn: Arc::default() }
    }

    /// What the vault is, for people.
    pub fn name(&self) -> &'static str {
        self.vault.name()
    }

    /// Reads an account's credential; `None` when there is none.
    ///
    /// # Errors
    /// As the vault's, or when it doesn't answer in time.
    pub async fn load(&self, account: &AccountId) -> Result<Option<Credential>, VaultError> {
        let account = account.clone();
        self.within(self.limit, move |vault| vault.load(&account)).await
    }

    /// Writes an account's credential.
    ///
    /// # Errors
    /// As the vault's, or when it doesn't answer in time: then the credential may be written yet, but never after one
    /// that is saved later.
    pub async fn save(&self, account: &AccountId, credential: &Credential) -> Result<(), VaultError> {
        let (account, credential) = (account.clone(), credential.clone());
        self.within(self.limit, move |vault| vault.save(&account, &credential)).await
    }

    /// Removes an account's credential; that there is none is fine.
    ///
    /// # Errors
    /// As the vault's, or when it doesn't answer in time.
    pub async fn remove(&self, account: &AccountId) -> Result<(), VaultError> {
        let account = account.clone();
        self.within(self.limit, move |vault| vault.remove(&account)).await
    }

    /// Whether the vault answers and is unlocked, without causing a prompt.
    ///
    /// # Errors
    /// As the vault's, or when it doesn't answer in time.
    pub async fn check(&self) -> Result<(), VaultError> {
        self.within(self.limit, |vault| vault.check()).await
    }

    async fn within<T: Send + 'static>(
        &self,
        limit: Duration,
        call: impl FnOnce(&dyn Vault) -> Result<T, VaultError> + Send + 'static,
    ) -> Result<T, VaultError> {
        let answered = tokio::time::timeout(limit, async {
            let turn = Arc::clone(&self.turn).lock_owned().await;
            let vault = Arc::clone(&self.vault);
            let (answer, answered) = oneshot::channel();
            let started = std::thread::Builder::new().name("vault".to_owned()).spawn(move || {
                // Kept until the call is over, also when nobody waits for it any more: the next call comes after it.
                let _turn = turn;
                // Nobody waits any more once the time is up.
                let _ = answer.send(call(&*vault));
            });
            started.map_err(|error| VaultError::Refused(format!("no thread for it: {error}")))?;
            answered
                .await
                .unwrap_or_else(|_| Err(VaultError::Refused("it failed inside; Baton's log says more".to_owned())))
        });
        answered.await.unwrap_or(Err(VaultError::TimedOut(limit.as_secs())))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex as BlockingMutex;
    use std::sync::mpsc::{Receiver, Sender, channel};

    use super::super::MemoryVault;
    use super::*;

    const AT_ONCE: Duration = Duration::from_millis(1);
    const LONG: Duration = Duration::from_secs(60);

    /// A vault that hangs until it is let go, once for each call.
    struct Hanging {
        inner: MemoryVault,
        go: BlockingMutex<Receiver<()>>,
    }

    impl Hanging {
        fn new() -> (Arc<Self>, Sender<()>) {
            let (let_go, go) = channel();
            (Arc::new(Self { inner: MemoryVault::new(), go: BlockingMutex::new(go) }), let_go)
        }

        fn wait(&self) {
            self.go.lock().unwrap().recv().unwrap();
        }
    }

    impl Vault for Hanging {
        fn name(&self) -> &'static str {
            "a hanging one"
        }

        fn load(&self, account: &AccountId) -> Result<Option<Credential>, VaultError> {
            self.wait();
            self.inner.load(account)
        }

        fn save(&self, account: &AccountId, credential: &Credential) -> Result<(), VaultError> {
            self.wait();
            self.inner.save(account, credential)
        }

        fn remove(&self, account: &AccountId) -> Result<(), VaultError> {
            self.inner.remove(account)
        }

        fn check(&self) -> Result<(), VaultError> {
            panic!("the store's fault");
        }
    }

    #[tokio::test]
    async fn calls_go_through_to_the_vault() {
        let vault = Bounded::new(Arc::new(MemoryVault::new()), LONG);
        let (id, key) = (AccountId::from("1"), Credential::api("k"));
        vault.save(&id, &key).await.unwrap();
        assert_eq!(vault.load(&id).await, Ok(Some(key)));
        vault.remove(&id).await.unwrap();
        assert_eq!(vault.load(&id).await, Ok(None));
        assert_eq!((vault.name(), vault.check().await), ("memory", Ok(())));
    }

    #[tokio::test]
    async fn a_vault_that_hangs_is_given_up_and_says_so() {
        let (hanging, _let_go) = Hanging::new();
        let vault = Bounded::new(hanging, Duration::from_millis(1));
        assert_eq!(vault.load(&"1".into()).await, Err(VaultError::TimedOut(0)));
        assert_eq!(vault.remove(&"1".into()).await, Err(VaultError::TimedOut(0)), "the first call is still under way");
    }

    #[tokio::test]
    async fn a_late_write_lands_before_a_newer_one() {
        let (hanging, let_go) = Hanging::new();
        let vault = Bounded::new(Arc::<Hanging>::clone(&hanging), LONG);
        let id = AccountId::from("1");
        let save = |limit, key| {
            let (vault, id) = (vault.clone(), id.clone());
            async move { vault.within(limit, move |vault| vault.save(&id, &Credential::api(key))).await }
        };
        // Lets the old write start before it is given up.
        let old = save(AT_ONCE, "old");
        assert_eq!(old.await, Err(VaultError::TimedOut(0)));
        let new = tokio::spawn(save(LONG, "new"));
        for _ in 0..2 {
            let_go.send(()).unwrap();
        }
        new.await.unwrap().unwrap();
        assert_eq!(hanging.inner.load(&id), Ok(Some(Credential::api("new"))));
    }

    #[tokio::test]
    async fn a_vault_that_breaks_is_an_error_and_the_next_call_goes_on() {
        let (hanging, _let_go) = Hanging::new();
        let vault = Bounded::new(hanging, LONG);
        assert!(matches!(vault.check().await, Err(VaultError::Refused(_))));
        assert_eq!(vault.remove(&"1".into()).await, Ok(()));
    }
}
