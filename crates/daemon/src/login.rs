//! The folder in which `baton login` lets OpenCode log in: a data folder of its own, so that the login before it is
//! never touched. It holds the new login until that is saved, for its person alone, and is removed then; also when no
//! login came of it.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use crate::files;
use crate::opencode::auth_file::{AuthFile, AuthFileError};
use crate::paths::Paths;

/// Variables with which OpenCode would look for its credentials elsewhere.
const ELSEWHERE: [&str; 2] = ["OPENCODE_AUTH_CONTENT", "OPENCODE_AUTH_FILE"];

/// A login under way. There is one at a time.
#[derive(Debug)]
pub struct Login {
    folder: PathBuf,
    _lock: File,
}

/// Why there is no folder for a login.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// Another one is under way.
    #[error("another `baton login` is under way: finish it first")]
    UnderWay,
    /// The system refused.
    #[error("the folder for the login can't be made: {0}")]
    Io(#[from] io::Error),
}

impl Login {
    /// Begins one. What an earlier one left stays until the folder is made.
    ///
    /// # Errors
    /// When another login is under way.
    pub fn begin(paths: &Paths) -> Result<Self, LoginError> {
        let folder = paths.login_dir.clone();
        let lock = locked(&folder)?;
        Ok(Self { folder, _lock: lock })
    }

    /// What an earlier one left, if that is over.
    pub(crate) fn left(paths: &Paths) -> Option<Self> {
        if paths.login_dir.exists() { Self::begin(paths).ok() } else { None }
    }

    /// The providers of the logins in the folder that aren't saved yet.
    ///
    /// # Errors
    /// When that can't be found out. What isn't OpenCode's writing holds no login.
    pub fn unsaved(&self) -> io::Result<Vec<String>> {
        match brought(&self.folder).read() {
            Ok(entries) => Ok(entries
                .iter()
                .filter(|(_, entry)| entry.is_ok())
                .map(|(provider, _)| provider.to_string())
                .collect()),
            Err(AuthFileError::Unreadable { source }) => Err(source),
            Err(AuthFileError::NotJson { .. } | AuthFileError::NotAnObject | AuthFileError::DuplicateKey) => {
                Ok(Vec::new())
            }
        }
    }

    /// Makes the folder, empty.
    ///
    /// # Errors
    /// When it can't be made.
    pub fn prepare(&self, paths: &Paths) -> Result<(), LoginError> {
        remove(&self.folder)?;
        make(&self.folder)?;
        if let Some(others) = paths.opencode.data_dir.parent() {
            share(others, &self.folder)?;
        }
        Ok(())
    }

    /// What OpenCode's environment must have instead of the person's own.
    pub fn variables(&self) -> [(&'static str, &OsStr); 1] {
        [("XDG_DATA_HOME", self.folder.as_os_str())]
    }

    /// What OpenCode's environment must not have.
    pub fn without(&self) -> [&'static str; 2] {
        ELSEWHERE
    }
}

/// Nothing stays, but for a login that isn't saved yet.
impl Drop for Login {
    fn drop(&mut self) {
        if self.unsaved().is_ok_and(|unsaved| unsaved.is_empty())
            && let Err(source) = remove(&self.folder)
        {
            tracing::warn!("{} wasn't removed: {source}", self.folder.display());
        }
    }
}

/// What OpenCode's login brought.
pub(crate) fn brought(folder: &Path) -> AuthFile {
    AuthFile::new(folder.join("opencode").join("auth.json"))
}

/// Removes what was saved, and the folder with it, unless who made it is still there to do so.
///
/// # Errors
/// When the login itself can't be removed.
pub(crate) fn clear(paths: &Paths) -> io::Result<()> {
    fs::remove_file(brought(&paths.login_dir).path())?;
    drop(Login::left(paths));
    Ok(())
}

fn locked(folder: &Path) -> Result<File, LoginError> {
    if let Some(parent) = folder.parent() {
        fs::create_dir_all(parent)?;
    }
    let lock = OpenOptions::new().create(true).truncate(false).write(true).open(folder.with_extension("lock"))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(LoginError::UnderWay),
        Err(TryLockError::Error(source)) => Err(source.into()),
    }
}

fn make(folder: &Path) -> io::Result<()> {
    files::private_folder().create(folder)
}

/// Lets other programs find their own files: the browser that OpenCode opens is told of this data folder too. On Windows
/// none looks here.
fn share(data_home: &Path, folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(data_home).into_iter().flatten().flatten() {
        if entry.file_name() != "opencode" {
            files::link(&entry.path(), &folder.join(entry.file_name()))?;
        }
    }
    Ok(())
}

/// Links in it are removed, not what they lead to.
fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => Err(source),
        Ok(()) | Err(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(home: &Path) -> Paths {
        let baton = home.join("baton").into_os_string();
        Paths::from_env(&|name| (name == "BATON_HOME").then(|| baton.clone()), Some(home.to_owned())).unwrap()
    }

    #[test]
    fn one_login_at_a_time_and_nothing_stays_of_it() {
        let home = tempfile::tempdir().unwrap();
        let paths = paths(home.path());
        let login = prepared(&paths);
        fs::write(paths.login_dir.join("secret"), "x").unwrap();
        assert!(matches!(Login::begin(&paths), Err(LoginError::UnderWay)));
        assert!(Login::left(&paths).is_none(), "it isn't left, it is under way");
        drop(login);
        assert!(!paths.login_dir.exists());
    }

    #[test]
    fn what_a_login_left_that_was_cut_off_goes_unless_there_is_a_login_in_it() {
        let home = tempfile::tempdir().unwrap();
        let paths = paths(home.path());
        let brought = brought(&paths.login_dir);
        for nothing in ["", "{}", r#"{"openai": {"type": "oau"#, r#"{"openai": {"type": "new"}}"#] {
            fs::create_dir_all(brought.path().parent().unwrap()).unwrap();
            fs::write(brought.path(), nothing).unwrap();
            drop(Login::left(&paths));
            assert!(!paths.login_dir.exists(), "{nothing:?}");
        }

        fs::create_dir_all(brought.path().parent().unwrap()).unwrap();
        fs::write(brought.path(), r#"{"openrouter": {"type": "api", "key": "k"}}"#).unwrap();
        let left = Login::left(&paths).unwrap();
        assert_eq!(left.unsaved().unwrap(), ["openrouter"]);
        drop(left);
        assert!(brought.path().exists());
        clear(&paths).unwrap();
        assert!(!paths.login_dir.exists());
        assert!(Login::left(&paths).is_none());
    }

    fn prepared(paths: &Paths) -> Login {
        let login = Login::begin(paths).unwrap();
        login.prepare(paths).unwrap();
        login
    }

    #[cfg(unix)]
    #[test]
    fn it_is_for_its_person_alone_and_shows_other_programs_their_files() {
        use std::os::unix::fs::PermissionsExt;
        let home = tempfile::tempdir().unwrap();
        let paths = paths(home.path());
        let shared = home.path().join(".local/share");
        fs::create_dir_all(shared.join("applications")).unwrap();
        fs::create_dir_all(shared.join("opencode")).unwrap();
        fs::write(shared.join("applications/browser.desktop"), "x").unwrap();
        let login = prepared(&paths);
        assert_eq!(fs::metadata(&paths.login_dir).unwrap().permissions().mode() & 0o777, 0o700);
        assert!(paths.login_dir.join("applications/browser.desktop").exists());
        assert!(!paths.login_dir.join("opencode").exists(), "OpenCode's own data isn't shown");
        drop(login);
        assert!(shared.join("applications/browser.desktop").exists());
    }
}
