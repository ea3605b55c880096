//! A vault in a file that only its owner can read: for machines without a keychain, and only when the person chose it.
//! Its content isn't encrypted. A file that it can't read is never written over.

use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use engine::AccountId;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Vault, VaultError};
use crate::credential::Credential;
use crate::files;

/// Credentials in a file.
#[derive(Debug)]
pub struct FileVault {
    path: PathBuf,
    writing: Mutex<()>,
}

/// The file's form.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    v: u32,
    accounts: Map<String, Value>,
}

const VERSION: u32 = 1;
/// How a file begins that isn't in the vault's place yet.
const PREFIX: &str = ".vault-";

impl FileVault {
    /// Takes the place of the file, which is made with the first credential.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), writing: Mutex::new(()) }
    }

    fn read(&self) -> Result<Content, VaultError> {
        let bytes = match std::fs::read(&self.path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Ok(Content { v: VERSION, accounts: Map::new() });
            }
            Err(error) => return Err(self.refused(&error)),
        };
        match serde_json::from_slice(&bytes) {
            Ok(content @ Content { v: VERSION, .. }) => Ok(content),
            Ok(Content { .. }) => Err(self.corrupt("a newer Baton wrote it")),
            Err(_) => {
                Err(self.corrupt("it isn't what Baton wrote; move it away, and `baton add` saves the logins again"))
            }
        }
    }

    fn change(&self, change: impl FnOnce(&mut Map<String, Value>)) -> Result<(), VaultError> {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut content = self.read()?;
        change(&mut content.accounts);
        let changed = if content.accounts.is_empty() { self.clear() } else { self.replace(&content) };
        changed.map_err(|error| self.refused(&error))
    }

    /// Where there is nothing to keep there is no file.
    fn clear(&self) -> std::io::Result<()> {
        let folder = self.folder();
        sweep(folder);
        match std::fs::remove_file(&self.path) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            removed => removed.and_then(|()| files::sync_folder(folder)),
        }
    }

    fn folder(&self) -> &Path {
        self.path.parent().filter(|path| !path.as_os_str().is_empty()).unwrap_or(Path::new("."))
    }

    /// Puts a whole new file in the place of the old one: whatever dies when, one of the two is there.
    fn replace(&self, content: &Content) -> std::io::Result<()> {
        let folder = self.folder();
        std::fs::create_dir_all(folder)?;
        sweep(folder);
        // A temporary file has mode 0600 from its first byte on.
        let mut file = tempfile::Builder::new().prefix(PREFIX).tempfile_in(folder)?;
        file.write_all(&serde_json::to_vec_pretty(content)?)?;
        file.as_file().sync_all()?;
        file.persist(&self.path)?;
        files::sync_folder(folder)
    }

    fn refused(&self, error: &std::io::Error) -> VaultError {
        VaultError::Refused(format!("{}: {error}", self.path.display()))
    }

    fn corrupt(&self, why: &str) -> VaultError {
        VaultError::Corrupt(format!("{}: {why}", self.path.display()))
    }
}

/// Removes what a Baton left that died while it wrote: credentials are in it, also of accounts that are removed since.
fn sweep(folder: &Path) {
    for left in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if left.file_name().to_str().is_some_and(|name| name.starts_with(PREFIX)) {
            // One that stays is for its owner's eyes only.
            let _ = std::fs::remove_file(left.path());
        }
    }
}

impl Vault for FileVault {
    fn name(&self) -> &'static str {
        "a file"
    }

    fn load(&self, account: &AccountId) -> Result<Option<Credential>, VaultError> {
        let Some(value) = self.read()?.accounts.remove(account.as_str()) else { return Ok(None) };
        Credential::from_json(value).map(Some).map_err(|why| self.corrupt(&format!("{account}: {why}")))
    }

    fn save(&self, account: &AccountId, credential: &Credential) -> Result<(), VaultError> {
        self.change(|accounts| {
            accounts.insert(account.as_str().to_owned(), credential.to_json());
        })
    }

    /// With the last credential goes the file.
    fn remove(&self, account: &AccountId) -> Result<(), VaultError> {
        self.change(|accounts| {
            accounts.shift_remove(account.as_str());
        })
    }

    fn check(&self) -> Result<(), VaultError> {
        self.read().map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vault() -> (tempfile::TempDir, FileVault) {
        let dir = tempfile::tempdir().unwrap();
        let vault = FileVault::new(dir.path().join("deep").join("vault.json"));
        (dir, vault)
    }

    #[test]
    fn credentials_come_back_until_they_are_removed() {
        let (_dir, vault) = vault();
        let (one, two) = (AccountId::from("1"), AccountId::from("2"));
        assert_eq!((vault.check(), vault.load(&one)), (Ok(()), Ok(None)));
        for (id, key) in [(&one, "first"), (&two, "other"), (&one, "second")] {
            vault.save(id, &Credential::api(key)).unwrap();
        }
        let again = FileVault::new(&vault.path);
        assert_eq!(again.load(&one), Ok(Some(Credential::api("second"))));
        again.remove(&one).unwrap();
        again.remove(&one).unwrap();
        assert_eq!(vault.load(&one), Ok(None));
        assert_eq!(vault.load(&two), Ok(Some(Credential::api("other"))));
        again.remove(&two).unwrap();
        assert!(!vault.path.exists(), "nothing is kept, nothing is there");
        again.remove(&two).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn only_its_owner_reads_it_and_nothing_else_is_left_in_the_folder() {
        use std::os::unix::fs::PermissionsExt;
        let (_dir, vault) = vault();
        vault.save(&"1".into(), &Credential::api("k")).unwrap();
        std::fs::set_permissions(&vault.path, PermissionsExt::from_mode(0o644)).unwrap();
        vault.save(&"1".into(), &Credential::api("l")).unwrap();
        let mode = std::fs::metadata(&vault.path).unwrap().permissions().mode() & 0o777;
        let files = std::fs::read_dir(vault.path.parent().unwrap()).unwrap().count();
        assert_eq!((mode, files), (0o600, 1));
    }

    #[test]
    fn what_a_crash_left_behind_goes_with_the_next_change() {
        let (_dir, vault) = vault();
        vault.save(&"1".into(), &Credential::api("k")).unwrap();
        let left = vault.path.with_file_name(".vault-x1y2z3");
        std::fs::write(&left, "half").unwrap();
        vault.save(&"1".into(), &Credential::api("l")).unwrap();
        assert!(!left.exists());
        assert_eq!(vault.load(&"1".into()), Ok(Some(Credential::api("l"))));
    }

    #[test]
    fn what_it_cannot_read_is_named_and_never_written_over() {
        let (_dir, vault) = vault();
        std::fs::create_dir_all(vault.path.parent().unwrap()).unwrap();
        for foreign in ["", "{", "[]", r#"{"v":2,"accounts":{}}"#, r#"{"v":1,"accounts":{},"more":1}"#] {
            std::fs::write(&vault.path, foreign).unwrap();
            let outcomes = [
                vault.check(),
                vault.load(&"1".into()).map(drop),
                vault.save(&"1".into(), &Credential::api("k")),
                vault.remove(&"1".into()),
            ];
            for outcome in outcomes {
                let error = outcome.unwrap_err();
                assert!(matches!(error, VaultError::Corrupt(_)), "{foreign:?}: {error:?}");
                assert!(error.to_string().contains("vault.json"), "{error}");
            }
            assert_eq!(std::fs::read_to_string(&vault.path).unwrap(), foreign);
        }
    }

    #[test]
    fn an_entry_that_is_no_credential_harms_no_other() {
        let (_dir, vault) = vault();
        vault.save(&"1".into(), &Credential::api("k")).unwrap();
        let text = std::fs::read_to_string(&vault.path).unwrap();
        std::fs::write(&vault.path, text.replace(r#""accounts": {"#, r#""accounts": {"0": 5,"#)).unwrap();
        assert!(matches!(vault.load(&"0".into()), Err(VaultError::Corrupt(_))));
        assert_eq!(vault.load(&"1".into()), Ok(Some(Credential::api("k"))));
    }

    #[test]
    fn a_folder_in_its_place_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let error = FileVault::new(dir.path()).check().unwrap_err();
        assert!(
            matches!(&error, VaultError::Refused(why) if why.contains(&dir.path().display().to_string())),
            "{error}"
        );
    }
}
