//! OpenCode's store, read: which account is active at each provider, what OpenCode rotated, which logins are new.
//! Saves whatever it finds before anything can overwrite it.

use std::sync::atomic::Ordering;
use std::time::Duration;

use engine::{AccountId, Identity, Input, Label, ProviderId};

use super::{Effects, book};
use crate::control::phrases;
use crate::credential::Credential;
use crate::ledger::AccountRow;
use crate::opencode::auth_file::AuthEntries;
use crate::vault::VaultError;
use crate::words;

/// How long Baton's end waits for credentials: a provider and the keychain have their own, shorter limits.
const LAST_WORK: Duration = Duration::from_secs(45);

/// Which unknown logins become accounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Capture {
    /// None.
    Known,
    /// None, and those that are there don't become accounts later by themselves either: on the very first start the
    /// person is asked before.
    Nothing,
    /// Those that the person hasn't removed from Baton before.
    New,
    /// Every one, of one provider or of all, because the person asked; the label is for the one that is found.
    Asked { provider: Option<ProviderId>, label: Option<Label> },
    /// Every one, because the person has just logged in with it; of a known account it is the newest whatever it says.
    LoggedIn { label: Option<Label> },
    /// Every one, because the person has logged in with it, some time ago: what is known may be newer.
    Kept,
}

impl Capture {
    /// What the person wants the account to be called.
    pub(super) fn label(&self) -> Option<&Label> {
        match self {
            Self::Asked { label, .. } | Self::LoggedIn { label } => label.as_ref(),
            Self::Known | Self::Nothing | Self::New | Self::Kept => None,
        }
    }
}

/// What an entry turned out to be.
pub(super) struct TakenIn {
    pub(super) account: Option<AccountId>,
    pub(super) new: bool,
    pub(super) inputs: Vec<Input>,
}

/// Why an entry wasn't saved.
#[derive(Debug, thiserror::Error)]
pub(super) enum TakeInError {
    #[error(transparent)]
    Vault(#[from] VaultError),
    #[error(transparent)]
    Ledger(#[from] crate::ledger::LedgerError),
}

impl Effects {
    /// Reads OpenCode's store and saves what is new in it. A store that can't be read is shown and left alone.
    pub(crate) async fn sync(&self, capture: Capture) -> Vec<Input> {
        let _turn = self.store_turn.lock().await;
        self.save_unsaved().await;
        let Some(entries) = self.read_store() else { return Vec::new() };
        let (mut inputs, mut unsaved) = (Vec::new(), Vec::new());
        for (provider, entry) in entries.iter() {
            let account = match entry {
                Ok(credential) => match self.take_in(provider, credential, &capture).await {
                    Ok(taken) => {
                        inputs.extend(taken.inputs);
                        taken.account
                    }
                    // The next reading tries again; the entry itself is still in OpenCode's store.
                    Err(fault) => {
                        self.note_take_in(&fault);
                        continue;
                    }
                },
                Err(_) => None,
            };
            if account.is_none() && entry.is_ok() {
                unsaved.push(provider.as_str());
            }
            self.note_active(provider, account.as_ref());
            inputs.push(Input::ActiveSeen { provider: provider.clone(), account });
        }
        let unsaved = (!unsaved.is_empty())
            .then(|| (phrases::logins_unsaved(unsaved.join(", ")), Some("save them with `baton add`")));
        self.set_problem("logins", unsaved);
        let logged_out = self.book().providers().into_iter().filter(|id| entries.iter().all(|(there, _)| there != id));
        for provider in logged_out {
            self.note_active(&provider, None);
            inputs.push(Input::ActiveSeen { provider, account: None });
        }
        inputs
    }

    /// Reads OpenCode's store, or shows why it can't be read.
    pub(super) fn read_store(&self) -> Option<AuthEntries> {
        let read = self.auth_file.read();
        let problem = read.as_ref().err().map(|fault| {
            (
                words::auth_file(fault),
                Some("nothing is written to it until it is valid again; Baton reads it then by itself"),
            )
        });
        self.set_problem("auth_file", problem);
        read.ok()
    }

    /// Finds out whose credential this is and saves it if it is newer than what is known.
    pub(super) async fn take_in(
        &self,
        provider: &ProviderId,
        credential: &Credential,
        capture: &Capture,
    ) -> Result<TakenIn, TakeInError> {
        let (id, identity) = self.whose(provider, credential, capture).await;
        let fingerprint = credential.fingerprint();
        let known = self.book().row(&id).cloned();
        let logged_in = matches!(capture, Capture::LoggedIn { .. });
        let row = match known {
            Some(row) if row.fingerprint == fingerprint || (!logged_in && is_behind(credential, &row)) => {
                return Ok(TakenIn { account: Some(id), new: false, inputs: Vec::new() });
            }
            Some(row) => AccountRow {
                identity: merged(row.identity.clone(), identity),
                kind: credential.kind(),
                expires_at: credential.expires_at(),
                needs_login: false,
                fingerprint,
                ..row
            },
            None if !self.captures(capture, provider, &id) => {
                return Ok(TakenIn { account: None, new: false, inputs: Vec::new() });
            }
            None => AccountRow {
                label: self.label_for(provider, &identity, capture),
                id: id.clone(),
                provider: provider.clone(),
                identity,
                kind: credential.kind(),
                expires_at: credential.expires_at(),
                fingerprint,
                enabled: true,
                needs_login: false,
                cooldown: None,
                added_at: self.now(),
            },
        };
        let new = self.book().row(&id).is_none();
        self.save_account(row.clone(), credential).await?;
        let mut inputs = vec![Input::AccountKnown(book::account(&row, None))];
        inputs.push(if new { Input::LoginSaved(id.clone()) } else { Input::LoginRenewed(id.clone()) });
        Ok(TakenIn { account: Some(id), new, inputs })
    }

    /// Saves a credential in the vault, then what is known of it in the ledger.
    pub(super) async fn save_account(&self, row: AccountRow, credential: &Credential) -> Result<(), TakeInError> {
        let saved = self.world.vault().save(&row.id, credential).await;
        self.note_vault(&saved);
        saved?;
        super::locked(&self.unsaved).remove(&row.id);
        self.forget_declined(&row.id)?;
        let ledger = self.ledger();
        Ok(self.book().save(&ledger, row)?)
    }

    /// Makes sure that the vault holds a credential which is about to be overwritten. The ledger's word isn't enough:
    /// the person may have chosen another vault since, or removed the item in the keychain's own program.
    pub(super) async fn assure(&self, account: &AccountId, current: &Credential) -> Result<(), TakeInError> {
        let kept = self.load(account).await?;
        let row = self.book().row(account).cloned();
        match (kept, row) {
            (None, Some(row)) => self.save_account(row, current).await,
            (Some(_), _) | (None, None) => Ok(()),
        }
    }

    /// Reads an account's credential: one that the vault didn't take is newer than the vault's.
    pub(super) async fn load(&self, account: &AccountId) -> Result<Option<Credential>, VaultError> {
        if let Some(credential) = super::locked(&self.unsaved).get(account).cloned() {
            return Ok(Some(credential));
        }
        let loaded = self.world.vault().load(account).await;
        self.note_vault(&loaded);
        match loaded? {
            Some(credential) => Ok(Some(credential)),
            None => self.left_for(account).await,
        }
    }

    /// Whether there are renewed tokens that the vault didn't take yet.
    pub(crate) fn has_unsaved(&self) -> bool {
        !super::locked(&self.unsaved).is_empty()
    }

    /// Tries again to save what the vault didn't take.
    pub(crate) async fn retry_unsaved(&self) {
        let _turn = self.store_turn.lock().await;
        self.save_unsaved().await;
    }

    /// Waits for what is being done with credentials, and begins nothing new: a token that a provider has just renewed is
    /// in the vault before Baton ends, because the one before it is dead.
    pub(crate) async fn end_work(&self) {
        self.ending.store(true, Ordering::SeqCst);
        if tokio::time::timeout(LAST_WORK, self.retry_unsaved()).await.is_err() {
            tracing::warn!("Baton ends while credentials are still at work");
        }
    }

    pub(super) fn is_ending(&self) -> bool {
        self.ending.load(Ordering::SeqCst)
    }

    pub(super) async fn save_unsaved(&self) {
        let unsaved = super::locked(&self.unsaved).clone();
        for (id, credential) in unsaved {
            let Some(row) = self.book().row(&id).cloned() else { continue };
            let (expires_at, fingerprint) = (credential.expires_at(), credential.fingerprint());
            let row = AccountRow { expires_at, fingerprint, ..row };
            if let Err(fault) = self.save_account(row, &credential).await {
                self.note_take_in(&fault);
            }
        }
    }

    pub(super) fn note_take_in(&self, fault: &TakeInError) {
        match fault {
            TakeInError::Vault(fault) => self.note_vault::<()>(&Err(fault.clone())),
            TakeInError::Ledger(fault) => self.set_problem("ledger", Some((words::ledger(fault), None))),
        }
    }

    fn captures(&self, capture: &Capture, provider: &ProviderId, id: &AccountId) -> bool {
        match capture {
            Capture::Known => false,
            Capture::Nothing => {
                self.decline(id);
                false
            }
            Capture::New => !self.is_declined(id),
            Capture::LoggedIn { .. } | Capture::Kept => true,
            Capture::Asked { provider: asked, .. } => asked.as_ref().is_none_or(|asked| asked == provider),
        }
    }

    /// The label that the person asked for, else the e-mail address, with the plan where one person has several
    /// accounts, else the plan alone, else the provider's id.
    fn label_for(&self, provider: &ProviderId, identity: &Identity, capture: &Capture) -> Label {
        let asked = capture.label().cloned();
        let book = self.book();
        let (email, plan) = (identity.email.as_deref(), identity.plan.as_deref());
        let of_person = email.and_then(Label::normalise);
        let in_plan = plan.and_then(|plan| {
            Label::normalise(&email.map_or_else(|| plan.to_owned(), |email| format!("{email}-{plan}")))
        });
        let free = |label: &Label| book.free_label(provider, label) == *label;
        let of_login = of_person.clone().filter(free).or(in_plan).or(of_person);
        let wanted = asked.or(of_login).or_else(|| Label::normalise(provider.as_str())).unwrap_or_default();
        book.free_label(provider, &wanted)
    }
}

/// Whether OpenCode's entry is behind what is known: somebody put an old file back. Its tokens are used up. Nothing is
/// behind tokens that the provider refuses: they may only say that they end later, by a clock that was wrong.
fn is_behind(credential: &Credential, row: &AccountRow) -> bool {
    match (credential.expires_at(), row.expires_at) {
        (Some(seen), Some(known)) => seen < known && !row.needs_login,
        (None, _) | (_, None) => false,
    }
}

/// What a renewed token doesn't say of a person stays known.
fn merged(known: Identity, seen: Identity) -> Identity {
    Identity {
        email: seen.email.or(known.email),
        user_id: seen.user_id.or(known.user_id),
        workspace_id: seen.workspace_id.or(known.workspace_id),
        plan: seen.plan.or(known.plan),
    }
}
