//! OpenCode's own history, as far as it says what answers cost: the messages in its database and in the storage folder
//! of older releases. Read only and in short steps; never takes a word of what was asked or answered.

mod database;
mod message;
mod storage;

use std::path::{Path, PathBuf};

use engine::Timestamp;

pub use message::Message;

/// A place where OpenCode keeps messages.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// A database; releases since 1.2.
    Database(PathBuf),
    /// A folder with one file a message; releases before.
    Storage(PathBuf),
}

/// A step of a reading.
#[derive(Debug, Default)]
pub struct Page {
    /// What was found, without messages that are still being written. Some may have been found before.
    pub messages: Vec<Message>,
    /// Names of records that aren't what they should be. Some may have been found before.
    pub foreign: Vec<String>,
    /// Where a later reading goes on, once this page has been taken in.
    pub mark: String,
}

/// Why a place can't be read.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// Somebody else needs the database for itself at this moment.
    #[error("OpenCode's database {} is in use: its newest messages are counted next time", path.display())]
    Busy {
        /// The database.
        path: PathBuf,
    },
    /// The database has other tables than those that are known.
    #[error("OpenCode's database {} keeps messages in a way that this Baton doesn't know", path.display())]
    Unknown {
        /// The database.
        path: PathBuf,
    },
    /// The database is damaged or can't be opened.
    #[error("OpenCode's database {} can't be read: {source}", path.display())]
    Database {
        /// The database.
        path: PathBuf,
        /// What SQLite says.
        source: rusqlite::Error,
    },
    /// The folder can't be read.
    #[error("OpenCode's messages in {} can't be read: {source}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
}

/// The places that are there: a database for each of OpenCode's release channels, the one that the environment names,
/// and the storage folder. They share their logins, so what each of them cost counts.
pub fn sources(data_dir: &Path, database: Option<&Path>) -> Vec<Source> {
    let entries = std::fs::read_dir(data_dir).into_iter().flatten().flatten();
    let channels = entries.filter(|entry| is_database(&entry.file_name().to_string_lossy())).map(|entry| entry.path());
    let named = database.map(|named| data_dir.join(named));
    let mut found: Vec<Source> = channels.chain(named).filter(|path| path.is_file()).map(Source::Database).collect();
    found.sort();
    found.dedup();
    let storage = data_dir.join("storage").join("message");
    found.extend(storage.is_dir().then_some(Source::Storage(storage)));
    found
}

/// `opencode.db`, and `opencode-dev.db` for the channel `dev`.
fn is_database(name: &str) -> bool {
    let channel = name.strip_prefix("opencode").and_then(|rest| rest.strip_suffix(".db"));
    channel.is_some_and(|channel| channel.is_empty() || channel.starts_with('-'))
}

impl Source {
    /// Where it is.
    pub fn path(&self) -> &Path {
        match self {
            Self::Database(path) | Self::Storage(path) => path,
        }
    }

    /// Begins to read what has come since an earlier reading's mark.
    ///
    /// # Errors
    /// When it can't be opened.
    pub fn read(&self, mark: Option<&str>, now: Timestamp) -> Result<Reading, HistoryError> {
        Ok(match self {
            Self::Database(path) => Reading(Pages::Database(database::Pages::begin(path, mark, now)?)),
            Self::Storage(path) => Reading(Pages::Storage(storage::Pages::begin(path, mark, now)?)),
        })
    }
}

/// A reading under way. Between two pages nothing of OpenCode's is held.
#[derive(Debug)]
pub struct Reading(Pages);

#[derive(Debug)]
enum Pages {
    Database(database::Pages),
    Storage(storage::Pages),
}

impl Reading {
    /// The next page; `None` at the end.
    ///
    /// # Errors
    /// When it can't be read; what came before stands.
    pub fn next_page(&mut self) -> Result<Option<Page>, HistoryError> {
        match &mut self.0 {
            Pages::Database(pages) => pages.page(),
            Pages::Storage(pages) => Ok(pages.page()),
        }
    }

    /// When the attempt began that brought the answer: a message whose first attempts met a limit is older. `None`
    /// where it isn't written down.
    pub fn answer_began(&self, message: &Message) -> Option<Timestamp> {
        match &self.0 {
            Pages::Database(pages) => pages.answer_began(&message.id),
            Pages::Storage(pages) => pages.answer_began(&message.id),
        }
    }
}

#[cfg(test)]
mod tests;
