//! The switch, as one transaction: journal, harvest, replace one key, read back, commit. After a crash at any point
//! the journal and OpenCode's store together say what happened.

use engine::{Input, ProviderId, Switch, SwitchOutcome};

use super::Effects;
use super::store::{Capture, TakeInError};
use crate::control::phrases;
use crate::credential::Credential;
use crate::ledger::{Intent, LedgerError, Outcome, SwitchRow};
use crate::opencode::auth_file::{AuthEntries, AuthFileError, ReplaceError};
use crate::vault::VaultError;
use crate::words;

/// How often a file that keeps changing is read again.
pub(super) const TRIES: u32 = 20;

/// What is overwritten must be saved, whoever's it is.
const EVERYTHING: Capture = Capture::Asked { provider: None, label: None };

/// Why a switch wasn't carried out. Nothing has changed then.
#[derive(Debug, thiserror::Error)]
pub(super) enum SwitchError {
    #[error("the account was removed")]
    Forgotten,
    #[error(transparent)]
    Vault(#[from] VaultError),
    #[error("its credential is gone from {0}: log in again with `baton login`")]
    NoCredential(&'static str),
    #[error("the tokens that OpenCode has now couldn't be saved, so they weren't replaced: {0}")]
    NotHarvested(#[from] TakeInError),
    #[error(transparent)]
    Unreadable(#[from] AuthFileError),
    #[error(transparent)]
    NotWritten(#[from] ReplaceError),
    #[error("OpenCode's auth.json keeps changing; try again in a moment")]
    Restless,
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

impl Effects {
    /// Carries out a switch. The last input is its outcome; those before say what was found on the way.
    pub(crate) async fn switch(&self, switch: &Switch) -> Vec<Input> {
        let _turn = self.store_turn.lock().await;
        let mut inputs = Vec::new();
        let outcome = match self.exchange(switch, &mut inputs).await {
            Ok(()) => {
                self.note_active(&switch.provider, Some(&switch.to));
                SwitchOutcome::Done
            }
            Err(fault) => SwitchOutcome::Failed { why: fault.to_string() },
        };
        tracing::info!("{}: switch to {}: {outcome:?}", switch.provider, switch.to);
        inputs.push(Input::SwitchFinished { switch: switch.id, outcome });
        inputs
    }

    async fn exchange(&self, switch: &Switch, inputs: &mut Vec<Input>) -> Result<(), SwitchError> {
        let credential = self.load(&switch.to).await?.ok_or(SwitchError::NoCredential(self.world.vault().name()))?;
        let intent = self.intent(switch, &credential).ok_or(SwitchError::Forgotten)?;
        let row = self.ledger().switches().begin(&intent)?;
        let replaced = self.replace(switch, credential, inputs).await;
        let outcome = match &replaced {
            Ok(()) => Outcome::Committed,
            Err(fault) => Outcome::Failed { why: fault.to_string() },
        };
        self.ledger().switches().finish(row, &outcome, self.now())?;
        replaced
    }

    async fn replace(
        &self,
        switch: &Switch,
        mut credential: Credential,
        inputs: &mut Vec<Input>,
    ) -> Result<(), SwitchError> {
        for _ in 0..TRIES {
            let seen = self.auth_file.read()?;
            if let Some(current) = seen.get(&switch.provider) {
                let taken = self.take_in(&switch.provider, current, &EVERYTHING).await?;
                inputs.extend(taken.inputs);
                if let Some(account) = &taken.account {
                    self.assure(account, current).await?;
                }
                if taken.account.as_ref() == Some(&switch.to) {
                    // OpenCode has the account already, perhaps with newer tokens than the vault had.
                    credential = self.load(&switch.to).await?.unwrap_or(credential);
                    if *current == credential {
                        return Ok(());
                    }
                }
            }
            match self.auth_file.replace(&seen, &switch.provider, &credential) {
                Ok(replaced) => {
                    if let Some(overtaken) = replaced.overtaken {
                        self.mend(&seen, &overtaken, &switch.provider, inputs).await?;
                    }
                    if self.auth_file.read()?.get(&switch.provider) == Some(&credential) {
                        return Ok(());
                    }
                }
                Err(ReplaceError::Changed) => {}
                Err(fault) => return Err(fault.into()),
            }
        }
        Err(SwitchError::Restless)
    }

    /// Saves what another process wrote in the instant of the exchange, and writes other providers' entries again.
    pub(super) async fn mend(
        &self,
        seen: &AuthEntries,
        overtaken: &AuthEntries,
        switched: &ProviderId,
        inputs: &mut Vec<Input>,
    ) -> Result<(), SwitchError> {
        for (provider, entry) in overtaken.iter() {
            let Ok(credential) = entry else { continue };
            if seen.get(provider) == Some(credential) {
                continue;
            }
            inputs.extend(self.take_in(provider, credential, &EVERYTHING).await?.inputs);
            if provider != switched {
                let now = self.auth_file.read()?;
                // Should this one be overtaken as well, the file's watch brings it back here as a change of OpenCode's.
                let _ = self.auth_file.replace(&now, provider, credential)?;
            }
        }
        Ok(())
    }

    fn intent(&self, switch: &Switch, credential: &Credential) -> Option<Intent> {
        let book = self.book();
        let cause = words::switch_cause(&switch.cause);
        let reasons = switch.choice.as_ref().map_or_else(Vec::new, |choice| words::choice(choice, |id| book.label(id)));
        Some(Intent {
            provider: switch.provider.clone(),
            from: switch.from.as_ref().and_then(|id| book.named(id)),
            to: book.named(&switch.to)?,
            cause: cause.text.clone(),
            reason: phrases::list(reasons.clone()).text,
            // Words are plain values: they can always be written.
            words: serde_json::to_string(&phrases::list([vec![cause], reasons].concat())).ok(),
            fingerprint: credential.fingerprint(),
            at: self.now(),
        })
    }

    /// After a crash: each intent without an end is finished or rolled back, whichever OpenCode's store shows.
    pub(crate) fn recover(&self) -> Result<(), LedgerError> {
        self.auth_file.sweep();
        let unfinished = self.ledger().switches().unfinished()?;
        if unfinished.is_empty() {
            return Ok(());
        }
        let Some(entries) = self.read_store() else { return Ok(()) };
        for SwitchRow { id, intent, .. } in unfinished {
            let holds = entries.get(&intent.provider).is_some_and(|held| held.fingerprint() == intent.fingerprint);
            let outcome = if holds { Outcome::Committed } else { Outcome::RolledBack };
            self.ledger().switches().finish(id, &outcome, self.now())?;
        }
        Ok(())
    }
}
