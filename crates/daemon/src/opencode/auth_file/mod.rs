//! OpenCode's `auth.json`: reads it and replaces one entry. Never writes over a file that it can't read or that changed
//! since, and never touches a byte of what belongs to other entries.

mod text;
mod write;

use std::fmt;
use std::path::{Path, PathBuf};
use std::{fs, io};

use engine::ProviderId;

use crate::credential::{Credential, NotACredential};

/// The file, wherever OpenCode keeps it. Calls block.
#[derive(Clone, Debug)]
pub struct AuthFile {
    path: PathBuf,
}

impl AuthFile {
    /// Names the file; nothing is read yet.
    pub fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads all entries. A file that isn't there has none, which isn't an error.
    ///
    /// # Errors
    /// When it can't be read, or doesn't hold what OpenCode writes: perhaps half-written, so read it again later.
    pub fn read(&self) -> Result<AuthEntries, AuthFileError> {
        match fs::read(&self.path) {
            Ok(bytes) => AuthEntries::parse(bytes),
            Err(source) if source.kind() == io::ErrorKind::NotFound => Ok(AuthEntries::missing()),
            Err(source) => Err(AuthFileError::Unreadable { source }),
        }
    }

    /// Puts `credential` in the place of one provider's entry, or behind the last one. Everything else stays as it is,
    /// byte for byte. The file is whole at each instant: a new file takes its place, after it has reached the disk.
    ///
    /// # Errors
    /// When the file isn't what `seen` holds, or can't be read or written. It is untouched then.
    pub fn replace(
        &self,
        seen: &AuthEntries,
        provider: &ProviderId,
        credential: &Credential,
    ) -> Result<Replaced, ReplaceError> {
        write::replace(self, seen, provider, credential)
    }

    /// Removes what a Baton left beside it that died while it wrote: credentials are in it. Only for who is alone at work.
    pub fn sweep(&self) {
        write::sweep(&self.path);
    }
}

/// What the file held when it was read.
#[derive(Clone, PartialEq)]
pub struct AuthEntries {
    /// As read, to tell whether the file has changed since; `None` when there was no file.
    bytes: Option<Vec<u8>>,
    entries: Vec<(ProviderId, Result<Credential, NotACredential>)>,
}

impl AuthEntries {
    fn missing() -> Self {
        Self { bytes: None, entries: Vec::new() }
    }

    fn parse(bytes: Vec<u8>) -> Result<Self, AuthFileError> {
        let entries = text::entries(text::without_mark(&bytes))?
            .into_iter()
            .map(|entry| (ProviderId::new(&entry.key), entry.credential()))
            .collect();
        Ok(Self { bytes: Some(bytes), entries })
    }

    /// Whether there was no file.
    pub fn is_missing(&self) -> bool {
        self.bytes.is_none()
    }

    /// A provider's credential; `None` when it has no entry, or one that isn't a credential.
    pub fn get(&self, provider: &ProviderId) -> Option<&Credential> {
        self.iter().find(|(id, _)| *id == provider).and_then(|(_, entry)| entry.as_ref().ok())
    }

    /// Every entry in the file's order. One that OpenCode wouldn't take is left in the file as it is.
    pub fn iter(&self) -> impl Iterator<Item = (&ProviderId, &Result<Credential, NotACredential>)> {
        self.entries.iter().map(|(provider, entry)| (provider, entry))
    }
}

impl fmt::Debug for AuthEntries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

/// What came of replacing an entry.
#[derive(Clone, Debug, Default, PartialEq)]
#[must_use = "what another process wrote in the same instant may have to be saved"]
pub struct Replaced {
    /// What another process wrote into the file in the very instant in which it was replaced. The new file doesn't
    /// hold it: rotated tokens among it must be saved elsewhere.
    pub overtaken: Option<AuthEntries>,
}

/// Why the file can't be read. Never holds any of its content.
#[derive(Debug, thiserror::Error)]
pub enum AuthFileError {
    /// The system refused.
    #[error("OpenCode's auth.json can't be read: {source}")]
    Unreadable {
        /// What it said.
        source: io::Error,
    },
    /// It is half-written, or broken.
    #[error("OpenCode's auth.json is not valid JSON at line {line}, column {column}: mend it, or log in again")]
    NotJson {
        /// Counted from 1.
        line: usize,
        /// Counted from 1; 0 for the line's end.
        column: usize,
    },
    /// It is JSON, but no object with one entry a provider.
    #[error("OpenCode's auth.json holds no JSON object: mend it, or log in again")]
    NotAnObject,
    /// A provider has two entries; readers differ in which one counts.
    #[error("OpenCode's auth.json has two entries for one provider: remove one of them")]
    DuplicateKey,
}

/// Why an entry wasn't replaced. The file is untouched.
#[derive(Debug, thiserror::Error)]
pub enum ReplaceError {
    /// The file isn't what was seen: read it again, save what is new in it, and try again.
    #[error("OpenCode's auth.json changed meanwhile")]
    Changed,
    /// It can't be read now.
    #[error(transparent)]
    Unreadable(#[from] AuthFileError),
    /// The new file couldn't be put in its place.
    #[error("OpenCode's auth.json can't be written ({act}): {source}")]
    Io {
        /// What failed.
        act: &'static str,
        /// What the system said.
        source: io::Error,
    },
}
