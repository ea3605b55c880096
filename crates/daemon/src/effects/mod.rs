//! Carries out what the engine decides and what people ask for. Everything here changes the world outside;
//! nothing here decides which account is used.

mod book;
mod bridge;
mod courses;
mod declined;
mod desktop;
mod doctor;
pub(crate) mod errors;
mod figures;
mod history;
mod login;
mod requests;
mod settings;
mod spend;
mod store;
mod switch;
#[cfg(test)]
mod tests;
mod vault;
mod whose;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use engine::{Account, AccountId, Ask, Input, Label, Policy, ProviderId, Record, RequestId, ResumeCause, Timestamp};
use tokio::sync::Semaphore;

use crate::control::{Problem, Words};
use crate::credential::Credential;
use crate::ledger::{ContinuationRow, Ledger, LedgerError, LimitHitRow};
use crate::notices::Names;
use crate::opencode::auth_file::AuthFile;
use crate::providers::{Endpoints, Provider, adapter};
use crate::settings::{Settings, Vault};
use crate::vault::VaultError;
use crate::words;
use crate::world::World;

pub(crate) use book::Book;
pub(crate) use requests::{Done, Halfway};
pub(crate) use store::Capture;

/// The part that the person's own command for notices is reported under.
pub(crate) const NOTIFICATION_COMMAND: &str = "notification_command";

/// Parts without which everything else works; their trouble comes last, in this order.
const LAST: [&str; 4] = [bridge::PART, "tray", "notifications", NOTIFICATION_COMMAND];

/// How many usage readings are under way at once.
const READINGS_AT_ONCE: usize = 4;

/// The means to act: the world, the ledger, and what both say of the accounts.
pub(crate) struct Effects {
    pub(crate) world: World,
    auth_file: AuthFile,
    settings: Mutex<Arc<Settings>>,
    /// The settings file is rewritten by one request at a time.
    settings_turn: Mutex<()>,
    ledger: Mutex<Ledger>,
    /// Locked after the ledger, where both are.
    book: Mutex<Book>,
    /// OpenCode's store is read and rewritten by one task at a time.
    store_turn: tokio::sync::Mutex<()>,
    readings: Semaphore,
    /// Accounts whose last figures were another's.
    mistaken: Mutex<BTreeSet<AccountId>>,
    /// Accounts whose provider was asked for a name: once in a run is enough.
    asked_whose: Mutex<BTreeSet<AccountId>>,
    /// When usage that traffic told of was last written down.
    traffic_kept: Mutex<BTreeMap<AccountId, Timestamp>>,
    /// OpenCode's history is read by one thread at a time.
    spend_turn: Mutex<()>,
    problems: Mutex<BTreeMap<&'static str, Problem>>,
    /// Renewed credentials that the vault didn't take yet. They are worth more than the vault's.
    unsaved: Mutex<BTreeMap<AccountId, Credential>>,
    /// No token is renewed any more: nobody would be there to save the new one.
    ending: AtomicBool,
}

impl Effects {
    /// Reads the ledger's accounts.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub(crate) fn new(world: World, settings: Settings, ledger: Ledger) -> Result<Self, LedgerError> {
        let book = Book::read(&ledger)?;
        Ok(Self {
            auth_file: AuthFile::new(world.paths.opencode.auth_file.clone()),
            world,
            settings: Mutex::new(Arc::new(settings)),
            settings_turn: Mutex::default(),
            ledger: Mutex::new(ledger),
            book: Mutex::new(book),
            store_turn: tokio::sync::Mutex::new(()),
            readings: Semaphore::new(READINGS_AT_ONCE),
            mistaken: Mutex::default(),
            asked_whose: Mutex::default(),
            traffic_kept: Mutex::default(),
            spend_turn: Mutex::default(),
            problems: Mutex::default(),
            unsaved: Mutex::default(),
            ending: AtomicBool::default(),
        })
    }

    /// What the engine must know at the start: the settings, every account with its readings, what was asked about it
    /// and what was told of it, and the pause.
    pub(crate) fn first_inputs(&self) -> Result<Vec<Input>, LedgerError> {
        let ledger = self.ledger();
        let unfit = self
            .settings()
            .fits(&self.labels())
            .map_or_else(|fault| Some(words::settings(&fault)), |unfit| unfit.map(Words::from));
        self.set_problem("settings", unfit.map(|unfit| (unfit, None)));
        let mut inputs = vec![Input::PolicyRead(self.settings().policy())];
        if let Some(pause) = ledger.state().pause()? {
            inputs.push(Input::Asked { request: RequestId(0), ask: Ask::Pause(pause) });
        }
        for row in self.book().rows() {
            let usage = ledger.usage_samples().latest(&row.id)?;
            let models = ledger.model_limits().of(&row.id)?;
            inputs.push(Input::AccountKnown(Account { models, ..book::account(row, usage) }));
            if let Some(memory) = ledger.polls().get(&row.id)? {
                inputs.push(Input::PollKept { account: row.id.clone(), memory });
            }
            let samples = ledger.usage_samples().course(&row.id, self.now())?;
            inputs.push(Input::SamplesKept { account: row.id.clone(), samples });
            let told = ledger.alerts().of(&row.id)?;
            inputs.extend(told.into_iter().map(|memory| Input::AlertKept { account: row.id.clone(), memory }));
        }
        Ok(inputs)
    }

    /// Writes what the engine wants remembered.
    pub(crate) fn record(&self, record: &Record) {
        let written = match record {
            Record::LimitHit { account, hit } => {
                let account = account.as_ref().and_then(|id| self.book().named(id));
                self.ledger().limit_hits().insert(&LimitHitRow { account, hit: hit.clone() })
            }
            Record::Standing { account, standing } => {
                let ledger = self.ledger();
                self.book().set_standing(&ledger, account, *standing)
            }
            Record::ModelStanding { account, model, cooldown } => {
                self.ledger().model_limits().set(account, model, *cooldown)
            }
            Record::Polled { account, memory } => self.ledger().polls().set(account, memory),
            Record::Alerted { account, memory } => self.ledger().alerts().set(account, memory),
            Record::Resumed { resumption, outcome } => {
                let account = match &resumption.why {
                    ResumeCause::Switched(account) => self.book().named(account),
                    ResumeCause::FallbackAgent | ResumeCause::NextLane => None,
                };
                let (resumption, outcome) = (resumption.clone(), outcome.clone());
                let row = ContinuationRow { at: self.now(), account, resumption, outcome };
                self.ledger().continuations().insert(&row)
            }
            Record::Paused(pause) => self.ledger().state().set_pause(*pause),
        };
        self.note_ledger(written);
    }

    /// Where OpenCode keeps its credentials.
    pub(crate) fn auth_file_path(&self) -> &Path {
        self.auth_file.path()
    }

    /// Whether the person has saved nothing yet.
    pub(crate) fn is_first_start(&self) -> bool {
        self.book().is_empty()
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.world.clock.now()
    }

    pub(crate) fn settings(&self) -> Arc<Settings> {
        Arc::clone(&locked(&self.settings))
    }

    /// Reads the settings again. Invalid ones are shown, and the last good ones stay.
    pub(crate) fn read_settings(&self) -> Option<Policy> {
        let there = self.labels();
        let read = Settings::load(&self.world.paths.config).and_then(|read| Ok((read.fits(&there)?, read)));
        let before = self.settings();
        let (unfit, read) = read.map_or_else(|fault| (None, Err(fault)), |(unfit, read)| (unfit, Ok(read)));
        let problem = match &read {
            Err(fault) => Some((words::settings(fault), Some("the settings before it stay in force"))),
            Ok(read) if read.opencode != before.opencode => Some((
                Words::from("changes in [opencode] take effect when Baton is started again"),
                Some("quit Baton and start it again"),
            )),
            Ok(_) => unfit.map(|unfit| (Words::from(unfit), None)),
        };
        self.set_problem("settings", problem);
        if let Ok(read) = &read {
            self.note_named(read.vault.store);
        }
        // What is in force stays what the world was made from, and where credentials are.
        let vault = Vault { store: self.world.vaults.store() };
        let opencode = before.opencode.clone();
        let settings = Arc::new(Settings { vault, opencode, ..read.ok()? });
        *locked(&self.settings) = Arc::clone(&settings);
        Some(settings.policy())
    }

    /// Every account's label, by provider.
    fn labels(&self) -> BTreeMap<ProviderId, Vec<Label>> {
        let mut labels: BTreeMap<ProviderId, Vec<Label>> = BTreeMap::new();
        for row in self.book().rows() {
            labels.entry(row.provider.clone()).or_default().push(row.label.clone());
        }
        labels
    }

    pub(crate) fn problems(&self) -> Vec<Problem> {
        let mut problems: Vec<Problem> = locked(&self.problems).values().cloned().collect();
        problems.sort_by_key(|problem| LAST.iter().position(|part| *part == problem.part));
        problems
    }

    /// Shows a problem, or that it is over.
    pub(crate) fn set_problem(&self, part: &'static str, problem: Option<(impl Into<Words>, Option<&str>)>) {
        let mut problems = locked(&self.problems);
        match problem {
            Some((message, remedy)) => {
                let problem = Problem::new(part, message, remedy.map(Words::from));
                if problems.get(part) != Some(&problem) {
                    tracing::warn!("{part}: {}", problem.message);
                    problems.insert(part, problem);
                }
            }
            None => drop(problems.remove(part)),
        }
    }

    fn note_ledger(&self, written: Result<(), LedgerError>) {
        let problem = written.err().map(|fault| (words::ledger(&fault), None));
        self.set_problem("ledger", problem);
    }

    fn note_vault<T>(&self, outcome: &Result<T, VaultError>) {
        let remedy = "unlock the keychain, or keep credentials in a file: `baton vault file`";
        let problem = outcome.as_ref().err().map(|fault| (words::vault(fault), Some(remedy)));
        self.set_problem("keychain", problem);
    }

    /// The adapter and the person's endpoints of a provider.
    fn adapter_for(&self, id: &ProviderId) -> (&'static dyn Provider, Endpoints) {
        let settings = self.settings();
        let endpoints = settings.providers.get(id.as_str()).map_or_else(Endpoints::default, |own| Endpoints {
            usage_url: own.usage_url.clone(),
            token_url: own.token_url.clone(),
        });
        (adapter(id), endpoints)
    }

    pub(crate) fn book(&self) -> MutexGuard<'_, Book> {
        locked(&self.book)
    }

    pub(crate) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        locked(&self.ledger)
    }
}

impl Names for Effects {
    fn label(&self, account: &AccountId) -> String {
        self.book().label(account)
    }

    fn provider(&self, account: &AccountId) -> String {
        self.book().row(account).map_or_else(String::new, |row| row.provider.to_string())
    }
}

/// A panic elsewhere leaves plain data behind; it is no reason to stop.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
