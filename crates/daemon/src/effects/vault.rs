//! Moves credentials from one vault to the other, for a person who asks or who has edited the settings.
//!
//! The settings say which vault is in force, the ledger which one was, and whether the other one may hold something too.
//! So whatever dies when, the next start finds each credential: in the vault in force, or taken over from the other one.
//! Refuses to remove anything before the vault in force has it, or something newer.

use engine::{AccountId, Input};
use serde_json::json;

use super::Effects;
use super::requests::{Done, finished, refused};
use crate::control::{self, ErrorCode, Failure, Reply, VaultView, Words, phrases};
use crate::credential::Credential;
use crate::ledger::{AccountRow, LedgerError};
use crate::settings::VaultStore;
use crate::vault::{Bounded, VaultError};
use crate::words;

/// The part under which it is said that the settings name another vault than the one in force.
const NAMED: &str = "vault";
/// The part under which it is said that credentials are out of reach in the vault that was left.
const LEFT: &str = "vault_left";

impl Effects {
    /// Tells where credentials are kept, and moves all of them before if that is wanted: no switch, no renewal and
    /// nothing else that writes credentials is under way meanwhile.
    pub(crate) async fn vault(&self, move_to: Option<control::VaultStore>) -> Done {
        let _turn = self.store_turn.lock().await;
        let mut inputs = Vec::new();
        let moved = match move_to {
            Some(to) => self.move_to(of_wire(to), &mut inputs).await,
            None => Ok(()),
        };
        finished(moved.map(|()| Reply::Vault { vault: self.vault_view() }), inputs)
    }

    /// Where credentials are kept.
    pub(super) fn vault_view(&self) -> VaultView {
        let store = self.world.vaults.store();
        let (store, file) = match store {
            VaultStore::Keychain => (control::VaultStore::Keychain, None),
            VaultStore::File => (control::VaultStore::File, Some(self.world.paths.file_vault.display().to_string())),
        };
        let note = self.may_have_copies().then(|| phrases::copies_left(place(self.other_vault())));
        let (note, note_words) = note.map(Words::split).unzip();
        VaultView { store, file, note, note_words: note_words.flatten() }
    }

    /// At the start: the settings' word counts. What a move left unfinished is finished, and where the settings name
    /// another vault than before, the credentials follow.
    ///
    /// # Errors
    /// When the ledger can't be used.
    pub(crate) async fn settle_vault(&self) -> Result<(), LedgerError> {
        let named = self.world.vaults.store().name();
        let kept = self.ledger().state().vault()?;
        match kept {
            Some(kept) if kept.copies || kept.store != named => {
                self.ledger().state().set_vault(named, true)?;
                self.settle().await
            }
            Some(_) => Ok(()),
            None => self.ledger().state().set_vault(named, false),
        }
    }

    /// Shows that the settings name another vault than the one in force, or that they don't.
    pub(super) fn note_named(&self, named: VaultStore) {
        let problem = (named != self.world.vaults.store()).then(|| {
            let remedy = "start Baton again, and the credentials move there; or say where they belong with \
                          `baton vault keychain` or `baton vault file`";
            (phrases::vault_not_named(place(self.world.vault())), Some(remedy))
        });
        self.set_problem(NAMED, problem);
    }

    /// What an account has in the vault that isn't in force, while something may be left there.
    pub(super) async fn left_for(&self, account: &AccountId) -> Result<Option<Credential>, VaultError> {
        if self.may_have_copies() { self.other_vault().load(account).await } else { Ok(None) }
    }

    /// Removes what an account that is forgotten has left in the vault that isn't in force.
    pub(super) async fn remove_copy(&self, account: &AccountId) {
        if self.may_have_copies() {
            // Out of reach, it stays there: its owner finds and removes it in the keychain's own program.
            let _ = self.other_vault().remove(account).await;
        }
    }

    async fn move_to(&self, to: VaultStore, inputs: &mut Vec<Input>) -> Result<(), Failure> {
        let from = self.world.vaults.store();
        if to == from {
            self.name_in_settings(to)?;
        } else {
            self.copy_to(to).await?;
            // From here on there is no way back but another move.
            self.world.vaults.choose(to);
        }
        inputs.extend(self.read_settings().map(Input::PolicyRead));
        if self.may_have_copies() {
            self.settle().await.map_err(unwritten)?;
        }
        self.save_unsaved().await;
        self.note_vault::<()>(&Ok(()));
        Ok(())
    }

    /// Has every credential in the other vault too, and that one named in the settings and in the ledger; or nothing
    /// is changed.
    async fn copy_to(&self, to: VaultStore) -> Result<(), Failure> {
        let (from, target) = (self.world.vaults.store(), self.world.vaults.of(to));
        target.check().await.map_err(|fault| refused(fault.into()))?;
        let (mut credentials, mut fault) = (Vec::new(), None);
        for Known { id, fingerprint, .. } in self.known() {
            if fault.is_none() {
                match self.load(&id).await {
                    Ok(loaded) => {
                        credentials.extend(loaded.map(|credential| (id, credential)));
                        continue;
                    }
                    Err(unreadable) => fault = Some(unreadable),
                }
            }
            // What was saved last may be there already: then nobody needs what can't be read.
            let there = target.load(&id).await.map_err(|fault| refused(fault.into()))?;
            if let Some(fault) = fault.as_ref().filter(|_| !is_last(there.as_ref(), &fingerprint)) {
                return Err(keeps(from, fault));
            }
        }
        let had_copies = self.may_have_copies();
        self.ledger().state().set_vault(from.name(), true).map_err(unwritten)?;
        let copied = self.copy(&credentials, to).await;
        if copied.is_err() {
            let mut gone = true;
            for (account, _) in &credentials {
                gone &= target.remove(account).await.is_ok();
            }
            // What can't be removed now is removed at the next start.
            self.note_ledger(self.ledger().state().set_vault(from.name(), had_copies || !gone));
        }
        copied
    }

    async fn copy(&self, credentials: &[(AccountId, Credential)], to: VaultStore) -> Result<(), Failure> {
        for (account, credential) in credentials {
            let put = put(self.world.vaults.of(to), account, credential).await;
            put.map_err(|fault| refused(fault.into()))?;
        }
        self.name_in_settings(to)?;
        let written = self.ledger().state().set_vault(to.name(), true);
        written.map_err(|fault| {
            // What can't be taken back is finished at the next start.
            let _ = self.name_in_settings(to.other());
            unwritten(fault)
        })
    }

    /// Takes over from the other vault what the one in force lacks, and removes what is in the other.
    async fn settle(&self) -> Result<(), LedgerError> {
        let (vault, other) = (self.world.vault(), self.other_vault());
        let (mut fault, mut left) = (None, Vec::new());
        for known in self.known() {
            let here = match vault.load(&known.id).await {
                // Its own credential is there, but nobody can read it: not to be written over.
                Err(broken @ VaultError::Corrupt(_)) => {
                    fault = Some(broken);
                    continue;
                }
                Err(unusable) => {
                    self.note_vault::<()>(&Err(unusable));
                    return Ok(());
                }
                Ok(here) => here,
            };
            // One that nobody can read says nothing of the others.
            if fault.as_ref().is_none_or(|fault| matches!(fault, VaultError::Corrupt(_))) {
                match clear(other, vault, &known, here.as_ref()).await {
                    Ok(()) => continue,
                    Err(failed) => fault = Some(failed),
                }
            }
            if here.is_none() {
                left.push(known.label);
            }
        }
        if let Some(fault) = &fault {
            tracing::warn!("credentials may be left in {}: {fault}", other.name());
        }
        let problem = fault.as_ref().filter(|_| !left.is_empty()).map(|fault| {
            let remedy = "make it answer and start Baton again; or log in to them again with `baton login`";
            (phrases::left_behind(left.join(", "), place(other), words::vault(fault)), Some(remedy))
        });
        self.set_problem(LEFT, problem);
        self.ledger().state().set_vault(self.world.vaults.store().name(), fault.is_some())
    }

    fn name_in_settings(&self, store: VaultStore) -> Result<(), Failure> {
        self.write_setting(&["vault", "store"].map(str::to_owned), Some(&json!(store.name())))
    }

    fn other_vault(&self) -> &Bounded {
        self.world.vaults.of(self.world.vaults.store().other())
    }

    fn may_have_copies(&self) -> bool {
        self.ledger().state().vault().is_ok_and(|kept| kept.is_some_and(|kept| kept.copies))
    }

    fn known(&self) -> Vec<Known> {
        let known = |row: &AccountRow| Known {
            id: row.id.clone(),
            label: format!("{} {}", row.provider, row.label),
            fingerprint: row.fingerprint.clone(),
        };
        self.book().rows().map(known).collect()
    }
}

/// An account whose credential moves.
struct Known {
    id: AccountId,
    label: String,
    /// Of the credential that was saved last.
    fingerprint: String,
}

/// Removes an account's credential from a vault that was left, once the one in force has the newest.
async fn clear(
    left: &Bounded,
    vault: &Bounded,
    Known { id, fingerprint, .. }: &Known,
    here: Option<&Credential>,
) -> Result<(), VaultError> {
    if !is_last(here, fingerprint)
        && let Some(there) = left.load(id).await?
        && here.is_none_or(|here| is_last(Some(&there), fingerprint) && here.expires_at() <= there.expires_at())
    {
        put(vault, id, &there).await?;
    }
    left.remove(id).await
}

fn is_last(credential: Option<&Credential>, fingerprint: &str) -> bool {
    credential.is_some_and(|credential| credential.fingerprint() == fingerprint)
}

/// Saves a credential and reads it back.
async fn put(vault: &Bounded, account: &AccountId, credential: &Credential) -> Result<(), VaultError> {
    vault.save(account, credential).await?;
    match vault.load(account).await? {
        Some(kept) if kept == *credential => Ok(()),
        Some(_) | None => Err(VaultError::Refused("it doesn't give back what was saved".to_owned())),
    }
}

/// Why credentials can't leave the place where they are.
fn keeps(from: VaultStore, fault: &VaultError) -> Failure {
    let message = match (from, fault) {
        (VaultStore::Keychain, VaultError::Missing(_)) => phrases::keychain_gone(words::vault(fault)),
        (VaultStore::Keychain | VaultStore::File, _) => words::vault(fault),
    };
    Failure::new(ErrorCode::KeychainUnavailable, message)
}

fn unwritten(fault: LedgerError) -> Failure {
    Failure::new(ErrorCode::Failed, words::ledger(&fault))
}

fn place(vault: &Bounded) -> Words {
    Words::from(vault.name())
}

fn of_wire(store: control::VaultStore) -> VaultStore {
    match store {
        control::VaultStore::Keychain => VaultStore::Keychain,
        control::VaultStore::File => VaultStore::File,
    }
}
