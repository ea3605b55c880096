//! Why the ledger can't be used. Each says what to do; none deletes or repairs anything.

use std::path::{Path, PathBuf};

use engine::{Label, ProviderId};
use rusqlite::ErrorCode;

use super::schema::Refusal;

/// Why the ledger can't be used.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The file or its folder can't be made or opened.
    #[error("the ledger {} can't be opened: {source}", path.display())]
    Unreachable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The file isn't whole.
    #[error(
        "the ledger {} is damaged: move it away and start again; Baton then makes a new one, and `baton add` saves \
         the logins that OpenCode has",
        path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
    },
    /// The file is some other program's database.
    #[error("{} is a database, but not Baton's ledger: move it away and start again", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// A newer program changed the file in a way that this one can't work with.
    #[error("the ledger {} was written by Baton {written_by}, which is newer than this one: use that version", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// The version of that program.
        written_by: String,
    },
    /// Two accounts of one provider can't have the same label.
    #[error("an account of {provider} is called {label} already: choose another label")]
    LabelTaken {
        /// The provider.
        provider: ProviderId,
        /// The label.
        label: Label,
    },
    /// A query failed: the disk is full or read-only, another program holds the file, …
    #[error("the ledger {} can't be used: {source}", path.display())]
    Failed {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        source: rusqlite::Error,
    },
}

impl LedgerError {
    pub(super) fn of(path: &Path, source: rusqlite::Error) -> Self {
        let path = path.to_owned();
        match source.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged { path },
            Some(_) | None => Self::Failed { path, source },
        }
    }

    pub(super) fn refused(path: &Path, refusal: Refusal) -> Self {
        match refusal {
            Refusal::Foreign => Self::Foreign { path: path.to_owned() },
            Refusal::Newer { written_by } => Self::Newer { path: path.to_owned(), written_by },
            Refusal::Failed(source) => Self::of(path, source),
        }
    }

    /// Whether a rule of the kind "no two rows with the same …" (other than the row's key) stood in the way.
    pub(super) fn is_duplicate(&self) -> bool {
        match self {
            Self::Failed { source, .. } => {
                source.sqlite_extended_error_code() == Some(rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE)
            }
            Self::Unreachable { .. }
            | Self::Damaged { .. }
            | Self::Foreign { .. }
            | Self::Newer { .. }
            | Self::LabelTaken { .. } => false,
        }
    }
}
