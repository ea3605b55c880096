//! Baton's own log: text lines in one file, which gives way to a fresh one before it grows too large.
//! Secrets don't get here: the types that hold them print as redacted.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// Two files of this size at most: 10 MB together.
const FILE_LIMIT: u64 = 5_000_000;

/// A log file that is renamed to `….1` when it is full.
pub(crate) struct RotatingFile {
    path: PathBuf,
    file: File,
    size: u64,
    limit: u64,
}

impl RotatingFile {
    /// Opens the log for appending.
    ///
    /// # Errors
    /// When folder or file can't be made.
    pub(crate) fn open(path: &Path, limit: u64) -> io::Result<Self> {
        if let Some(dir) = path.parent() {
            std::fs::create_dir_all(dir)?;
        }
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        Ok(Self { path: path.to_owned(), size: file.metadata()?.len(), file, limit })
    }
}

impl Write for RotatingFile {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if self.size.saturating_add(line.len() as u64) > self.limit && self.size > 0 {
            std::fs::rename(&self.path, self.path.with_extension("log.1"))?;
            *self = Self::open(&self.path, self.limit)?;
        }
        let written = self.file.write(line)?;
        self.size += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Sends this process's log lines to `baton.log` in `dir`. A second call changes nothing.
///
/// # Errors
/// When the file can't be opened.
pub(crate) fn start(dir: &Path) -> io::Result<()> {
    let file = RotatingFile::open(&dir.join("baton.log"), FILE_LIMIT)?;
    let lines = tracing_subscriber::fmt()
        .with_writer(Mutex::new(file))
        .with_ansi(false)
        .with_target(false)
        .with_max_level(tracing::Level::INFO)
        .finish();
    // Only the first subscriber of a process stays; tests and the app may have set one.
    let _ = tracing::subscriber::set_global_default(lines);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_log_gives_way_to_a_fresh_one() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log/baton.log");
        let mut log = RotatingFile::open(&path, 20).unwrap();
        for line in ["first line\n", "second line\n", "third line\n"] {
            log.write_all(line.as_bytes()).unwrap();
        }
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "third line\n");
        assert_eq!(std::fs::read_to_string(path.with_extension("log.1")).unwrap(), "second line\n");
    }
}
