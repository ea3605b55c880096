//! One Baton per user: a lock on a file, held for as long as somebody works. The system frees it when the process ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;

/// The right to work on this person's accounts.
#[derive(Debug)]
pub(crate) struct Instance {
    _lock: File,
}

/// Why the right wasn't had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InstanceError {
    /// Another process has it.
    #[error("another Baton is at work")]
    Taken,
    /// The lock file can't be used.
    #[error("the lock file can't be opened: {0}")]
    Io(#[from] io::Error),
}

impl Instance {
    /// Takes the lock, or says who can't.
    ///
    /// # Errors
    /// When another process holds it, or the file can't be opened.
    pub(crate) fn take(path: &Path) -> Result<Self, InstanceError> {
        if let Some(dir) = path.parent() {
            std::fs::create_dir_all(dir)?;
        }
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(path)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(InstanceError::Taken),
            Err(TryLockError::Error(source)) => Err(InstanceError::Io(source)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_instance_is_refused_until_the_first_one_ends() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("state/lock");
        let first = Instance::take(&path).unwrap();
        assert!(matches!(Instance::take(&path), Err(InstanceError::Taken)));
        drop(first);
        assert!(Instance::take(&path).is_ok());
    }
}
