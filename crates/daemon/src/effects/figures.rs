//! Usage readings and token refreshes: the two things that Baton asks providers for.

use std::collections::BTreeMap;
use std::time::Duration;

use engine::{AccountId, Input, ProviderId, RefreshOutcome, Timestamp, Usage, UsageOutcome};

use super::history::REFRESHED;
use super::store::Capture;
use super::{Effects, book};
use crate::control::phrases;
use crate::credential::Credential;
use crate::ledger::AccountRow;
use crate::providers::{Reading, RefreshError, UsageError};
use crate::vault::VaultError;

/// What traffic tells of an account is written down no more often than this.
const TRAFFIC_KEPT_APART: Duration = Duration::from_secs(150);

impl Effects {
    /// Reads an account's usage. Answers in any case.
    pub(crate) async fn read_usage(&self, account: &AccountId) -> Vec<Input> {
        // It fails only once it is closed, which nobody does.
        let _permit = self.readings.acquire().await.ok();
        let mut inputs = Vec::new();
        let outcome = match self.reading(account).await {
            Ok(reading) => {
                self.note_whose(account, false);
                inputs.extend(self.keep_reading(account, &reading));
                UsageOutcome::Read(reading.usage)
            }
            Err(ReadingFault::Provider(fault @ UsageError::WrongAccount)) => {
                tracing::warn!("usage of {account} is dropped: {fault}");
                self.note_whose(account, true);
                UsageOutcome::Unknown
            }
            Err(ReadingFault::Provider(UsageError::LoginRejected)) => UsageOutcome::LoginRejected,
            Err(ReadingFault::Provider(UsageError::RateLimited { retry_after })) => {
                tracing::info!("{account} is asked about less often: its provider wants it so");
                UsageOutcome::RateLimited { retry_after }
            }
            Err(fault) => {
                tracing::info!("usage of {account} is unknown: {fault}");
                UsageOutcome::Unknown
            }
        };
        inputs.push(Input::UsageRead { account: account.clone(), outcome });
        inputs
    }

    /// The usage that an answer to OpenCode's own request tells of in its headers.
    pub(crate) fn usage_in(
        &self,
        provider: &ProviderId,
        headers: &BTreeMap<String, String>,
        at: Timestamp,
    ) -> Option<Usage> {
        self.adapter_for(provider).0.usage_in(headers, at)
    }

    /// Keeps what traffic told of an account in the ledger, no more often than readings by schedule come.
    pub(crate) fn keep_traffic(&self, account: &AccountId, usage: &Usage) {
        {
            let mut kept = super::locked(&self.traffic_kept);
            let last = kept.get(account).copied();
            if last.is_some_and(|last| last <= usage.read_at && usage.read_at.since(last) < TRAFFIC_KEPT_APART) {
                return;
            }
            kept.insert(account.clone(), usage.read_at);
        }
        self.note_ledger(self.ledger().usage_samples().insert(account, usage));
    }

    async fn reading(&self, account: &AccountId) -> Result<Reading, ReadingFault> {
        let row = self.book().row(account).cloned().ok_or(ReadingFault::Forgotten)?;
        let credential = self.load(account).await?.ok_or(ReadingFault::NoCredential)?;
        let (adapter, endpoints) = self.adapter_for(&row.provider);
        let mut reading = adapter.usage(&self.world.http, &endpoints, &credential, self.now()).await?;
        if !adapter.is_of(&reading, &row.identity) {
            return Err(UsageError::WrongAccount.into());
        }
        let nameless = row.identity.user_id.is_none() && reading.user.is_none();
        if nameless && super::locked(&self.asked_whose).insert(account.clone()) {
            let asked = adapter.whose(&self.world.http, &endpoints, &credential, self.now()).await;
            // Who doesn't say it now may say it in another run.
            if let Ok(Some(person)) = asked {
                let email = reading.email.take().or(person.email);
                reading = Reading { user: person.user_id, account: person.workspace_id, email, ..reading };
            }
        }
        Ok(reading)
    }

    /// Shows that figures were dropped because the server named another account, or that they are right again.
    pub(super) fn note_whose(&self, account: &AccountId, mistaken: bool) {
        let mut accounts = super::locked(&self.mistaken);
        let changed = if mistaken { accounts.insert(account.clone()) } else { accounts.remove(account) };
        if !changed {
            return;
        }
        let book = self.book();
        let named: Vec<String> =
            accounts.iter().filter_map(|id| Some(format!("{} {}", book.row(id)?.provider, book.label(id)))).collect();
        let problem = (!named.is_empty()).then(|| {
            (
                phrases::figures_dropped(named.join(", ")),
                Some("log in to it again; if it was renamed, remove it with `baton remove` and add it again"),
            )
        });
        self.set_problem("identity", problem);
    }

    /// Keeps the reading in the ledger, and what it says of the person where that is news.
    fn keep_reading(&self, account: &AccountId, reading: &Reading) -> Option<Input> {
        let ledger = self.ledger();
        self.note_ledger(ledger.usage_samples().insert(account, &reading.usage));
        let mut book = self.book();
        let mut row = book.row(account)?.clone();
        let identity = &mut row.identity;
        let known = identity.clone();
        identity.plan = reading.plan.clone().or(known.plan.clone());
        identity.email = known.email.clone().or(reading.email.clone());
        // Later readings are held to whom the first one named.
        identity.user_id = known.user_id.clone().or(reading.user.clone());
        identity.workspace_id = known.workspace_id.clone().or(reading.account.clone());
        if *identity == known {
            return None;
        }
        let news = Input::AccountKnown(book::account(&row, None));
        self.note_ledger(book.save(&ledger, row));
        Some(news)
    }

    /// Renews a parked account's token. Answers in any case.
    pub(crate) async fn refresh_token(&self, account: &AccountId) -> Vec<Input> {
        let _turn = self.store_turn.lock().await;
        if self.is_ending() {
            return vec![Input::TokenRefreshed { account: account.clone(), outcome: RefreshOutcome::Failed }];
        }
        self.save_unsaved().await;
        let mut inputs = Vec::new();
        let outcome = match self.refresh(account, &mut inputs).await {
            Ok(expires_at) => {
                self.note_event(REFRESHED, account);
                RefreshOutcome::Refreshed { expires_at }
            }
            Err(RefreshFault::Rejected) => RefreshOutcome::LoginRejected,
            Err(RefreshFault::Failed(why)) => {
                tracing::warn!("the token of {account} wasn't refreshed: {why}");
                RefreshOutcome::Failed
            }
        };
        inputs.push(Input::TokenRefreshed { account: account.clone(), outcome });
        inputs
    }

    async fn refresh(&self, account: &AccountId, inputs: &mut Vec<Input>) -> Result<Option<Timestamp>, RefreshFault> {
        let failed = |why: String| RefreshFault::Failed(why);
        let row = self.book().row(account).cloned().ok_or_else(|| failed("no such account".to_owned()))?;
        if self.is_in_store(&row, inputs).await? {
            return Err(failed("OpenCode has it in use, and refreshes it itself".to_owned()));
        }
        let credential = self.load(account).await.map_err(|fault| failed(fault.to_string()))?;
        let credential = credential.ok_or_else(|| failed("its credential is gone".to_owned()))?;
        // A vault that is read and can't be written must be found out before the old token is spent.
        let takes = self.world.vault().save(account, &credential).await;
        self.note_vault(&takes);
        takes.map_err(|fault| failed(fault.to_string()))?;
        let (adapter, endpoints) = self.adapter_for(&row.provider);
        match adapter.refresh(&self.world.http, &endpoints, &credential, self.now()).await {
            Ok(renewed) => Ok(self.keep_renewed(row, renewed, inputs).await),
            Err(RefreshError::LoginRejected { .. }) => self.adopt_from_store(&row, &credential, inputs).await,
            Err(fault) => Err(failed(fault.to_string())),
        }
    }

    /// The provider rejects the refresh token. Whoever spent it has the next one: mostly an OpenCode that was at it just
    /// now, and then that one is in its store.
    async fn adopt_from_store(
        &self,
        row: &AccountRow,
        rejected: &Credential,
        inputs: &mut Vec<Input>,
    ) -> Result<Option<Timestamp>, RefreshFault> {
        let found = self.is_in_store(row, inputs).await?;
        let kept = self.load(&row.id).await.map_err(|fault| RefreshFault::Failed(fault.to_string()))?;
        match kept.filter(|kept| found && kept.text("refresh") != rejected.text("refresh")) {
            Some(newer) => Ok(newer.expires_at()),
            None => Err(RefreshFault::Rejected),
        }
    }

    /// Whether OpenCode uses the account now; takes in whatever newer tokens it has.
    async fn is_in_store(&self, account: &AccountRow, inputs: &mut Vec<Input>) -> Result<bool, RefreshFault> {
        let failed = |why: String| RefreshFault::Failed(why);
        let entries = self.auth_file.read().map_err(|fault| failed(fault.to_string()))?;
        let Some(current) = entries.get(&account.provider) else { return Ok(false) };
        let taken = self.take_in(&account.provider, current, &Capture::New).await;
        let taken = taken.map_err(|fault| failed(fault.to_string()))?;
        inputs.extend(taken.inputs);
        Ok(taken.account.as_ref() == Some(&account.id))
    }

    /// Into the vault before anything else; held in memory and tried again as long as the vault refuses, because the old
    /// token is dead.
    async fn keep_renewed(&self, row: AccountRow, renewed: Credential, inputs: &mut Vec<Input>) -> Option<Timestamp> {
        let expires_at = renewed.expires_at();
        let row = AccountRow { expires_at, fingerprint: renewed.fingerprint(), ..row };
        inputs.push(Input::AccountKnown(book::account(&row, None)));
        if let Err(fault) = self.save_account(row.clone(), &renewed).await {
            self.note_take_in(&fault);
            super::locked(&self.unsaved).insert(row.id, renewed);
        }
        expires_at
    }
}

/// Why there is no reading. None of these means that a quota is spent.
#[derive(Debug, thiserror::Error)]
enum ReadingFault {
    #[error("the account was removed")]
    Forgotten,
    #[error("its credential is gone")]
    NoCredential,
    #[error(transparent)]
    Vault(#[from] VaultError),
    #[error(transparent)]
    Provider(#[from] UsageError),
}

/// Why a token wasn't renewed.
enum RefreshFault {
    Rejected,
    Failed(String),
}
