//! Where a running daemon says how to reach it, for programs of the same person.
//! Never readable by anyone else, and gone when the daemon is.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::{fmt, fs};

use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

/// What the control file says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ControlFile {
    /// Where the daemon listens: `http://127.0.0.1:PORT`.
    pub url: String,
    /// What a request must carry.
    pub token: Token,
    /// The daemon's process.
    pub pid: u32,
    /// The daemon's version.
    pub version: String,
}

/// Proves that a request comes from a program of the same person. Prints as redacted.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Token(String);

/// The control file on disk; dropping it removes the file.
#[derive(Debug)]
pub struct Published {
    path: PathBuf,
    file: ControlFile,
}

impl ControlFile {
    /// Describes this process, listening at `address`.
    pub fn of_this_process(address: std::net::SocketAddr, token: Token) -> Self {
        Self {
            url: format!("http://{address}"),
            token,
            pid: std::process::id(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }

    /// Writes the file, whole or not at all, readable by the person only.
    ///
    /// # Errors
    /// When the folder or the file can't be written.
    pub fn publish(self, path: &Path) -> io::Result<Published> {
        let folder = path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder)?;
        // Temporary files are 0600 from the start on Unix.
        let mut file = tempfile::Builder::new().prefix(".control-").tempfile_in(folder)?;
        file.write_all(serde_json::to_string(&self)?.as_bytes())?;
        file.persist(path).map_err(|refused| refused.error)?;
        Ok(Published { path: path.to_owned(), file: self })
    }

    /// Reads the file; `None` when there is none.
    ///
    /// # Errors
    /// When it can't be read, or says something else.
    pub fn read(path: &Path) -> io::Result<Option<Self>> {
        match fs::read(path) {
            // The parser's own message could quote the token.
            Ok(text) => serde_json::from_slice(&text)
                .map(Some)
                .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it isn't a control file")),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl Drop for Published {
    fn drop(&mut self) {
        // Another daemon's file stays: it may have started while this one was dying.
        if ControlFile::read(&self.path).is_ok_and(|found| found.as_ref() == Some(&self.file)) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

impl Token {
    /// Makes one that nobody can guess: 32 random bytes.
    pub fn random() -> Self {
        Self(rand::random::<[u8; 32]>().iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// The token itself, for the header that carries it.
    pub(super) fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether `text` is this token, in a time that doesn't tell how much of it is.
    pub(super) fn is(&self, text: &[u8]) -> bool {
        self.0.as_bytes().ct_eq(text).into()
    }
}

impl PartialEq for Token {
    fn eq(&self, other: &Self) -> bool {
        self.is(other.0.as_bytes())
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("redacted")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_published_is_read_back_and_removed_at_the_end() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("state/control.json");
        let published = sample().publish(&path).unwrap();
        assert_eq!(ControlFile::read(&path).unwrap().as_ref(), Some(&published.file));
        drop(published);
        assert_eq!(ControlFile::read(&path).unwrap(), None);
    }

    #[test]
    fn another_daemons_file_is_left_alone() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("control.json");
        let first = sample().publish(&path).unwrap();
        let second = sample().publish(&path).unwrap();
        drop(first);
        assert_eq!(ControlFile::read(&path).unwrap().as_ref(), Some(&second.file));
    }

    #[cfg(unix)]
    #[test]
    fn only_the_person_may_read_it() {
        use std::os::unix::fs::PermissionsExt;
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("control.json");
        let _published = sample().publish(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn neither_debug_nor_a_read_error_shows_the_token() {
        let file = sample();
        assert!(!format!("{file:?}").contains(file.token.reveal()));
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("control.json");
        fs::write(&path, r#"{"url":1,"token":"abc123"}"#).unwrap();
        assert!(!ControlFile::read(&path).unwrap_err().to_string().contains("abc123"));
    }

    fn sample() -> ControlFile {
        ControlFile::of_this_process(([127, 0, 0, 1], 4711).into(), Token::random())
    }
}
