//! A machine with two vaults that can fail, or die, at any call.

use std::sync::Mutex;
use std::sync::atomic::AtomicBool;

use tokio::sync::Notify;

use super::*;

/// After how many calls of vaults something happens, and what.
#[derive(Default)]
pub(super) struct Fuse {
    calls: Mutex<Option<usize>>,
    /// Every call fails from then on; else the program ends there.
    pub(super) fails: AtomicBool,
    pub(super) died: Notify,
}

impl Fuse {
    pub(super) fn set(&self, calls: Option<usize>) {
        *self.calls.lock().unwrap() = calls;
    }

    fn burn(&self) -> Result<(), VaultError> {
        match &mut *crate::effects::locked(&self.calls) {
            None => return Ok(()),
            Some(0) => {}
            Some(left) => {
                *left -= 1;
                return Ok(());
            }
        }
        if self.fails.load(Ordering::SeqCst) {
            return Err(VaultError::Locked);
        }
        self.died.notify_one();
        loop {
            std::thread::park();
        }
    }
}

/// One of the two vaults.
pub(super) struct Place {
    name: &'static str,
    pub(super) inner: MemoryVault,
    pub(super) gone: AtomicBool,
    pub(super) fuse: Arc<Fuse>,
}

impl Place {
    fn call(&self) -> Result<(), VaultError> {
        self.fuse.burn()?;
        match self.gone.load(Ordering::SeqCst) {
            true => Err(VaultError::Missing("gone".to_owned())),
            false => Ok(()),
        }
    }
}

impl Vault for Place {
    fn name(&self) -> &'static str {
        self.name
    }

    fn load(&self, account: &AccountId) -> Result<Option<Credential>, VaultError> {
        self.call()?;
        self.inner.load(account)
    }

    fn save(&self, account: &AccountId, credential: &Credential) -> Result<(), VaultError> {
        self.call()?;
        self.inner.save(account, credential)
    }

    fn remove(&self, account: &AccountId) -> Result<(), VaultError> {
        self.call()?;
        self.inner.remove(account)
    }

    fn check(&self) -> Result<(), VaultError> {
        self.call()
    }
}

/// A machine on which Baton starts and ends.
pub(super) struct Machine {
    pub(super) fuse: Arc<Fuse>,
    pub(super) keychain: Arc<Place>,
    pub(super) file: Arc<Place>,
    ledger: Option<Ledger>,
    dir: TempDir,
}

impl Machine {
    /// Two accounts are saved in the keychain.
    pub(super) async fn new() -> (Self, Effects) {
        let fuse = Arc::<Fuse>::default();
        let place = |name| {
            let (inner, gone) = (MemoryVault::new(), AtomicBool::new(false));
            Arc::new(Place { name, inner, gone, fuse: Arc::clone(&fuse) })
        };
        let (keychain, file) = (place("the system keychain"), place("a file"));
        let dir = tempfile::tempdir().unwrap();
        let mut machine = Self { keychain, file, fuse, ledger: Some(Ledger::in_memory().unwrap()), dir };
        machine.edit_settings("# mine\n[vault]\nstore = \"keychain\" # safe\n");
        let effects = machine.start().await;
        let auth = effects.auth_file_path();
        std::fs::create_dir_all(auth.parent().unwrap()).unwrap();
        std::fs::write(auth, json!({"openai": login("a", 1), "zai": {"type": "api", "key": "z"}}).to_string()).unwrap();
        effects.sync(Capture::New).await;
        (machine, effects)
    }

    pub(super) fn paths(&self) -> Paths {
        let home = self.dir.path().to_owned();
        let baton = home.join("baton").into_os_string();
        Paths::from_env(&|name| (name == "BATON_HOME").then(|| baton.clone()), Some(home)).unwrap()
    }

    pub(super) fn edit_settings(&self, text: &str) {
        let config = self.paths().config;
        std::fs::create_dir_all(config.parent().unwrap()).unwrap();
        std::fs::write(config, text).unwrap();
    }

    pub(super) fn settings(&self) -> String {
        std::fs::read_to_string(self.paths().config).unwrap()
    }

    /// Not yet at its accounts.
    pub(super) fn boot(&mut self) -> Effects {
        let settings = Settings::load(&self.paths().config).unwrap();
        let world = World {
            paths: self.paths(),
            clock: Arc::new(Noon),
            http: Http::new("test"),
            vaults: Vaults::new(
                Arc::<Place>::clone(&self.keychain),
                Arc::<Place>::clone(&self.file),
                settings.vault.store,
                Duration::from_secs(60),
            ),
            package_registry: "http://127.0.0.1:1/".to_owned(),
            opencode_auth_content: false,
        };
        Effects::new(world, settings, self.ledger.take().unwrap()).unwrap()
    }

    pub(super) async fn start(&mut self) -> Effects {
        let effects = self.boot();
        effects.settle_vault().await.unwrap();
        effects
    }

    pub(super) fn end(&mut self, effects: Effects) {
        self.fuse.set(None);
        self.ledger = Some(effects.ledger.into_inner().unwrap());
    }

    pub(super) async fn restart(&mut self, effects: Effects) -> Effects {
        self.end(effects);
        self.start().await
    }

    pub(super) fn held(&self, place: &Place, effects: &Effects) -> Vec<Value> {
        let ids: Vec<AccountId> = effects.book().rows().map(|row| row.id.clone()).collect();
        ids.iter().filter_map(|id| Some(place.inner.load(id).unwrap()?.to_json())).collect()
    }

    /// Everything is whole where the settings say, and nowhere else.
    #[track_caller]
    pub(super) fn all_is_in_its_place(&self, effects: &Effects, case: &str) {
        let (here, there) = match effects.world.vaults.store() {
            VaultStore::Keychain => (&self.keychain, &self.file),
            VaultStore::File => (&self.file, &self.keychain),
        };
        assert_eq!(self.held(here, effects).len(), 2, "{case}: {} has not all", here.name);
        assert!(self.held(here, effects).contains(&login("a", 1)), "{case}");
        assert_eq!(self.held(there, effects), Vec::<Value>::new(), "{case}: {} has copies", there.name);
        let named = format!("# mine\n[vault]\nstore = \"{}\" # safe\n", effects.world.vaults.store().name());
        assert_eq!(self.settings(), named, "{case}");
        assert_eq!(effects.problems(), vec![], "{case}");
        assert_eq!(effects.vault_view().note, None, "{case}");
    }
}
