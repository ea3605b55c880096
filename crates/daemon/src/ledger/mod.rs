//! The history and the list of accounts, in one SQLite file. Holds no secret and no prompt text.
//!
//! One file a table: its migrations, its row, its queries. Queries name every column, and a new column has a default,
//! so that an older program goes on working beside a newer one unless a migration says that it can't.

mod accounts;
mod activations;
mod alerts;
mod balance_samples;
mod column;
mod continuations;
mod error;
mod events;
mod limit_hits;
mod model_limits;
mod polls;
mod schema;
mod spend;
mod state;
mod switches;
mod usage_samples;

use std::path::{Path, PathBuf};
use std::time::Duration;

use engine::{AccountId, Label, Timestamp};
use rusqlite::{Connection, OpenFlags, Params, Row, params};

use crate::files;

pub use accounts::{AccountRow, Accounts};
pub use activations::{Activation, Activations};
pub use alerts::AlertMemories;
pub use continuations::{ContinuationRow, Continuations};
pub use error::LedgerError;
pub use events::{EventRow, Events};
pub use limit_hits::{LimitHitRow, LimitHits};
pub use model_limits::ModelLimits;
pub use polls::Polls;
pub use spend::{SpendEntry, SpendRow, Spending};
pub use state::{Kept, State};
pub use switches::{Intent, IntentId, Outcome, SwitchRow, Switches};
pub use usage_samples::UsageSamples;

/// How long one program waits while another one writes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// The most rows of a table that grows with whatever happens: a busy year.
const MOST_APPENDED: i64 = 20_000;

/// An open ledger. Calls block for as long as a disk takes.
#[derive(Debug)]
pub struct Ledger {
    connection: Connection,
    path: PathBuf,
}

/// An account as it was called when something happened: it may have been renamed or removed since.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedAccount {
    /// Its id.
    pub id: AccountId,
    /// Its label then.
    pub label: Label,
}

impl Ledger {
    /// Opens the ledger, makes it where there is none, and brings an older one up to date.
    ///
    /// # Errors
    /// When the file can't be made or read, is damaged, isn't a ledger, or belongs to a newer program that this one
    /// can't work beside. Nothing is written then.
    pub fn open(path: &Path) -> Result<Self, LedgerError> {
        make_private(path).map_err(|source| LedgerError::Unreachable { path: path.to_owned(), source })?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let opened = Connection::open_with_flags(path, flags);
        Self::start(opened.map_err(|error| LedgerError::of(path, error))?, path)
    }

    /// Makes a ledger that nobody else sees and that ends with this value.
    ///
    /// # Errors
    /// When there is no memory for it.
    pub fn in_memory() -> Result<Self, LedgerError> {
        let path = Path::new(":memory:");
        Self::start(Connection::open_in_memory().map_err(|error| LedgerError::of(path, error))?, path)
    }

    /// The accounts.
    pub fn accounts(&self) -> Accounts<'_> {
        Accounts(self)
    }

    /// The journal of switches.
    pub fn switches(&self) -> Switches<'_> {
        Switches(self)
    }

    /// The limits that were hit.
    pub fn limit_hits(&self) -> LimitHits<'_> {
        LimitHits(self)
    }

    /// The usage readings.
    pub fn usage_samples(&self) -> UsageSamples<'_> {
        UsageSamples(self)
    }

    /// The models that accounts can't be used for.
    pub fn model_limits(&self) -> ModelLimits<'_> {
        ModelLimits(self)
    }

    /// What was asked about each account.
    pub fn polls(&self) -> Polls<'_> {
        Polls(self)
    }

    /// What was spent.
    pub fn spending(&self) -> Spending<'_> {
        Spending(self)
    }

    /// The sessions that were stuck.
    pub fn continuations(&self) -> Continuations<'_> {
        Continuations(self)
    }

    /// Which account was active when.
    pub fn activations(&self) -> Activations<'_> {
        Activations(self)
    }

    /// What a person was told of usage windows.
    pub fn alerts(&self) -> AlertMemories<'_> {
        AlertMemories(self)
    }

    /// What must outlive the program and fits no other table.
    pub fn state(&self) -> State<'_> {
        State(self)
    }

    /// What happened to accounts.
    pub fn events(&self) -> Events<'_> {
        Events(self)
    }

    fn start(mut connection: Connection, path: &Path) -> Result<Self, LedgerError> {
        schema::prepare(&mut connection, BUSY_TIMEOUT).map_err(|refusal| LedgerError::refused(path, refusal))?;
        Ok(Self { connection, path: path.to_owned() })
    }

    /// Runs a query and gives its failure a name.
    fn ask<T>(&self, query: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, LedgerError> {
        query(&self.connection).map_err(|error| LedgerError::of(&self.path, error))
    }

    /// The same for a change that nobody has to wait for the disk with: whatever becomes of the program, the change is
    /// made; when the power fails, those of the last moments are lost together.
    fn ask_soon<T>(&self, query: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, LedgerError> {
        self.ask(|connection| {
            connection.pragma_update(None, "synchronous", "NORMAL")?;
            let asked = query(connection);
            connection.pragma_update(None, "synchronous", "FULL")?;
            asked
        })
    }

    /// Reads the newest rows at a time or later, newest first, by a query of that time and of how many there may be.
    fn newest<T>(
        &self,
        query: &str,
        since: Option<Timestamp>,
        limit: u32,
        read: fn(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, LedgerError> {
        let since = since.map_or(i64::MIN, Timestamp::as_millis);
        self.ask(|connection| connection.prepare_cached(query)?.query_map(params![since, limit], read)?.collect())
    }

    /// Adds a row to a table that grows with whatever happens, and forgets the table's oldest where there are too many.
    fn append(&self, table: &str, insert: &str, row: impl Params) -> Result<(), LedgerError> {
        self.all_or_nothing(|connection| {
            connection.execute(insert, row)?;
            let too_old = connection.last_insert_rowid() - MOST_APPENDED;
            connection.execute(&format!("DELETE FROM {table} WHERE id <= ?1"), [too_old])?;
            Ok(())
        })
    }

    /// Runs statements that take effect all together or not at all.
    fn all_or_nothing(&self, statements: impl FnOnce(&Connection) -> rusqlite::Result<()>) -> Result<(), LedgerError> {
        self.ask(|connection| {
            let transaction = connection.unchecked_transaction()?;
            statements(&transaction)?;
            transaction.commit()
        })
    }
}

/// Makes the file, readable by its owner only; SQLite gives its side files the same mode.
fn make_private(path: &Path) -> std::io::Result<()> {
    if let Some(parent) = path.parent() {
        files::private_folder().recursive(true).create(parent)?;
    }
    let file = files::private_file().create(true).append(true).open(path)?;
    files::make_private(&file)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_folder() -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("deep").join("ledger.db");
        (dir, path)
    }

    #[test]
    fn a_ledger_is_made_with_its_folder_and_found_again() {
        let (_dir, path) = in_folder();
        Ledger::open(&path).unwrap().state().set_pause(Some(engine::Pause::default())).unwrap();
        assert!(Ledger::open(&path).unwrap().state().pause().unwrap().is_some());
    }

    #[cfg(unix)]
    #[test]
    fn only_its_owner_reads_the_file_and_its_side_files() {
        use std::os::unix::fs::PermissionsExt;
        let (_dir, path) = in_folder();
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, "").unwrap();
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o644)).unwrap();
        let ledger = Ledger::open(&path).unwrap();
        ledger.state().set_pause(Some(engine::Pause::default())).unwrap();
        let mode = |file: &Path| std::fs::metadata(file).unwrap().permissions().mode() & 0o777;
        for file in std::fs::read_dir(path.parent().unwrap()).unwrap() {
            let file = file.unwrap().path();
            assert_eq!(mode(&file), 0o600, "{}", file.display());
        }
    }

    #[test]
    fn what_is_no_ledger_is_named_and_left_alone() {
        let (_dir, path) = in_folder();
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        for garbage in [b"garbage".repeat(1000), b"short".to_vec()] {
            std::fs::write(&path, &garbage).unwrap();
            let error = Ledger::open(&path).unwrap_err();
            assert!(matches!(error, LedgerError::Damaged { .. }), "{error:?}");
            assert!(error.to_string().contains("move it away"), "{error}");
            assert_eq!(std::fs::read(&path).unwrap(), garbage);
        }
        std::fs::remove_file(&path).unwrap();
        Connection::open(&path).unwrap().execute_batch("CREATE TABLE recipes (name TEXT)").unwrap();
        let before = std::fs::read(&path).unwrap();
        let error = Ledger::open(&path).unwrap_err();
        assert!(matches!(error, LedgerError::Foreign { .. }), "{error:?}");
        assert_eq!(std::fs::read(&path).unwrap(), before);
    }

    #[test]
    fn damage_inside_is_found_when_it_is_met() {
        let (_dir, path) = in_folder();
        drop(Ledger::open(&path).unwrap());
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[4096..].fill(0xAA);
        std::fs::write(&path, &bytes).unwrap();
        let met = Ledger::open(&path).and_then(|ledger| ledger.accounts().list());
        assert!(matches!(met, Err(LedgerError::Damaged { .. })), "{met:?}");
    }

    #[test]
    fn a_folder_in_its_place_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let error = Ledger::open(dir.path()).unwrap_err();
        assert!(matches!(error, LedgerError::Unreachable { .. }), "{error:?}");
        assert!(error.to_string().contains(&dir.path().display().to_string()), "{error}");
    }

    #[test]
    fn several_programs_make_and_use_one_ledger_at_the_same_time() {
        let (_dir, path) = in_folder();
        let keys: Vec<String> = (0..4).map(|program| format!("program {program}")).collect();
        std::thread::scope(|scope| {
            for key in &keys {
                let path = &path;
                scope.spawn(move || {
                    let ledger = Ledger::open(path).unwrap();
                    for number in 0..20 {
                        ledger.state().set(key, &number.to_string()).unwrap();
                        assert_eq!(ledger.state().get(key).unwrap(), Some(number.to_string()));
                    }
                });
            }
        });
        let ledger = Ledger::open(&path).unwrap();
        for key in &keys {
            assert_eq!(ledger.state().get(key).unwrap().as_deref(), Some("19"));
        }
    }
}
