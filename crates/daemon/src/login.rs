//! The folder in which `baton login` lets OpenCode log in: a data folder of its own, so that the login before it is
//! never touched. It holds the new login until that is saved, for its person alone, and is removed in any case.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use crate::files;
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
    /// Makes the folder, empty.
    ///
    /// # Errors
    /// When another login is under way, or the folder can't be made.
    pub fn prepare(paths: &Paths) -> Result<Self, LoginError> {
        let folder = paths.login_dir.clone();
        let lock = locked(&folder)?;
        remove(&folder)?;
        make(&folder)?;
        let login = Self { folder, _lock: lock };
        if let Some(others) = paths.opencode.data_dir.parent() {
            share(others, &login.folder)?;
        }
        Ok(login)
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

impl Drop for Login {
    fn drop(&mut self) {
        if let Err(source) = remove(&self.folder) {
            tracing::warn!("{} wasn't removed: {source}", self.folder.display());
        }
    }
}

/// Removes what a login left behind that was cut off; one that is under way stays.
pub(crate) fn sweep(paths: &Paths) {
    if paths.login_dir.exists()
        && let Ok(_lock) = locked(&paths.login_dir)
        && let Err(source) = remove(&paths.login_dir)
    {
        tracing::warn!("{} wasn't removed: {source}", paths.login_dir.display());
    }
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
        let login = Login::prepare(&paths).unwrap();
        fs::write(paths.login_dir.join("secret"), "x").unwrap();
        assert!(matches!(Login::prepare(&paths), Err(LoginError::UnderWay)));
        sweep(&paths);
        assert!(paths.login_dir.join("secret").exists(), "a login under way isn't swept");
        drop(login);
        assert!(!paths.login_dir.exists());
    }

    #[test]
    fn what_a_login_left_that_was_cut_off_is_swept() {
        let home = tempfile::tempdir().unwrap();
        let paths = paths(home.path());
        fs::create_dir_all(paths.login_dir.join("opencode")).unwrap();
        sweep(&paths);
        assert!(!paths.login_dir.exists());
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
        let login = Login::prepare(&paths).unwrap();
        assert_eq!(fs::metadata(&paths.login_dir).unwrap().permissions().mode() & 0o777, 0o700);
        assert!(paths.login_dir.join("applications/browser.desktop").exists());
        assert!(!paths.login_dir.join("opencode").exists(), "OpenCode's own data isn't shown");
        drop(login);
        assert!(shared.join("applications/browser.desktop").exists());
    }
}
