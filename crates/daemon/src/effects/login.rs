//! Saves what a login brought that OpenCode made in a folder of its own, and removes it there. OpenCode's store is written
//! to only where it holds the very same account: its tokens there are the older ones.

use engine::{AccountId, Identity, Input, Label, ProviderId};

use super::requests::{Done, finished, refused, unannounced};
use super::store::{Capture, TakeInError};
use super::switch::{SwitchError, TRIES};
use super::{Effects, book};
use crate::control::{Failure, Reply, SavedAccount, phrases};
use crate::credential::Credential;
use crate::ledger::AccountRow;
use crate::login::{self, Login};
use crate::opencode::auth_file::{AuthEntries, ReplaceError};

/// The part under which it is said that a login isn't saved yet.
const KEPT: &str = "login";

impl Effects {
    /// Saves the new login. A label that can't be had is no reason to lose it.
    pub(crate) async fn save_login(&self, label: Option<String>) -> Done {
        let _turn = self.store_turn.lock().await;
        let capture = Capture::LoggedIn { label: label.and_then(|text| Label::normalise(&text)) };
        let mut inputs = Vec::new();
        let accounts = self.save_brought(&capture, &mut inputs).await;
        finished(accounts.map(|accounts| Reply::Saved { accounts }), unannounced(inputs).collect())
    }

    /// At the start: saves a login that couldn't be saved when it was made. One that is under way is left alone.
    pub(crate) async fn save_kept(&self) -> Vec<Input> {
        let Some(left) = Login::left(&self.world.paths) else { return Vec::new() };
        let mut inputs = Vec::new();
        if left.unsaved().map_or(true, |unsaved| !unsaved.is_empty()) {
            let _turn = self.store_turn.lock().await;
            // Shown already, and tried again at the next start.
            let _ = self.save_brought(&Capture::Kept, &mut inputs).await;
        }
        inputs
    }

    /// Saves what is in the login's folder. It is removed there once all of it is saved; until then it is shown.
    async fn save_brought(&self, capture: &Capture, inputs: &mut Vec<Input>) -> Result<Vec<SavedAccount>, Failure> {
        let brought = login::brought(&self.world.paths.login_dir).read().map_err(Failure::failed)?;
        let mut not_put = None;
        let saved = self.save_each(&brought, capture, inputs, &mut not_put).await;
        let problem = saved.as_ref().err().map(|failure| {
            let why = failure.message_words.clone().unwrap_or_else(|| failure.message.as_str().into());
            let remedy = "`baton login` saves it as soon as that is mended, and so does Baton's next start";
            (phrases::login_kept(why), Some(remedy))
        });
        self.set_problem(KEPT, problem);
        let accounts = saved?;
        if accounts.is_empty() {
            return Err(Failure::failed("OpenCode's login brought nothing"));
        }
        if let Err(source) = login::clear(&self.world.paths) {
            tracing::warn!("the saved login wasn't removed from {}: {source}", self.world.paths.login_dir.display());
        }
        match not_put {
            Some(fault) => {
                Err(Failure::failed(format_args!("the login is saved, but OpenCode hasn't got it: {fault}")))
            }
            None => Ok(accounts),
        }
    }

    async fn save_each(
        &self,
        brought: &AuthEntries,
        capture: &Capture,
        inputs: &mut Vec<Input>,
        not_put: &mut Option<SwitchError>,
    ) -> Result<Vec<SavedAccount>, Failure> {
        let label = capture.label();
        let mut accounts = Vec::new();
        for (provider, entry) in brought.iter() {
            let Ok(credential) = entry else { continue };
            let in_use = self.in_use(provider);
            let (account, new) = match self.unnamed(provider, credential, label).await {
                Some(row) => (self.renew_unnamed(row, credential, inputs).await.map_err(refused)?, false),
                None => {
                    let taken = self.take_in(provider, credential, capture).await.map_err(refused)?;
                    inputs.extend(taken.inputs);
                    let Some(account) = taken.account else { continue };
                    (account, taken.new)
                }
            };
            if let Some(wanted) = label.filter(|_| !new)
                && let Ok((_, renamed)) = self.rename(provider.as_str(), account.as_str(), wanted.as_str())
            {
                inputs.extend(renamed);
            }
            // What was kept for a while may be behind what is known.
            let newest = self.book().row(&account).is_some_and(|row| row.fingerprint == credential.fingerprint());
            if let Some((_, fingerprint)) = in_use.filter(|(in_use, _)| newest && *in_use == account)
                && let Err(fault) = self.put_in_use(provider, credential, &fingerprint, inputs).await
            {
                *not_put = Some(fault);
            }
            accounts.push(SavedAccount { provider: provider.to_string(), label: self.book().label(&account), new });
        }
        Ok(accounts)
    }

    /// The account that the person names and that waits for a login, where the login itself doesn't say whose it is.
    pub(super) async fn unnamed(
        &self,
        provider: &ProviderId,
        credential: &Credential,
        label: Option<&Label>,
    ) -> Option<AccountRow> {
        let waits = |row: &&AccountRow| row.provider == *provider && Some(&row.label) == label && row.needs_login;
        let named = self.book().rows().find(waits).filter(|row| row.kind == credential.kind()).cloned()?;
        if self.known_as(provider, credential).is_some() {
            return None;
        }
        let capture = Capture::LoggedIn { label: None };
        let (_, identity) = self.whose(provider, credential, &capture).await;
        (identity == Identity::default()).then_some(named)
    }

    /// Gives an account another key.
    pub(super) async fn save_again(&self, row: AccountRow, credential: &Credential) -> Done {
        let (provider, label) = (row.provider.clone(), row.label.to_string());
        let mut inputs = Vec::new();
        let in_use = self.in_use(&provider);
        let account = self.renew_unnamed(row, credential, &mut inputs).await.map_err(refused)?;
        let put = match in_use.filter(|(in_use, _)| *in_use == account) {
            Some((_, fingerprint)) => self.put_in_use(&provider, credential, &fingerprint, &mut inputs).await,
            None => Ok(()),
        };
        let put =
            put.map_err(|fault| Failure::failed(format_args!("the key is saved, but OpenCode hasn't got it: {fault}")));
        let accounts = vec![SavedAccount { provider: provider.to_string(), label, new: false }];
        finished(put.map(|()| Reply::Saved { accounts }), inputs)
    }

    /// The known account that OpenCode uses, with its credential's fingerprint. `None` also while its store can't be read:
    /// nothing is written to it then, and the watch shows why.
    fn in_use(&self, provider: &ProviderId) -> Option<(AccountId, String)> {
        let seen = self.auth_file.read().ok()?;
        let current = seen.get(provider)?;
        Some((self.known_as(provider, current)?, current.fingerprint()))
    }

    async fn renew_unnamed(
        &self,
        row: AccountRow,
        credential: &Credential,
        inputs: &mut Vec<Input>,
    ) -> Result<AccountId, TakeInError> {
        let (expires_at, fingerprint) = (credential.expires_at(), credential.fingerprint());
        let row = AccountRow { expires_at, fingerprint, needs_login: false, ..row };
        self.save_account(row.clone(), credential).await?;
        inputs.extend([Input::AccountKnown(book::account(&row, None)), Input::LoginRenewed(row.id.clone())]);
        Ok(row.id)
    }

    /// Gives OpenCode the new tokens of the account that it has in use, unless it has changed over meanwhile.
    async fn put_in_use(
        &self,
        provider: &ProviderId,
        credential: &Credential,
        older: &str,
        inputs: &mut Vec<Input>,
    ) -> Result<(), SwitchError> {
        let account = self.known_as(provider, credential);
        for _ in 0..TRIES {
            let seen = self.auth_file.read()?;
            let same =
                |current: &&Credential| current.fingerprint() == older || self.known_as(provider, current) == account;
            let Some(current) = seen.get(provider).filter(same) else { return Ok(()) };
            if current == credential {
                return Ok(());
            }
            match self.auth_file.replace(&seen, provider, credential) {
                Ok(replaced) => {
                    if let Some(overtaken) = replaced.overtaken {
                        self.mend(&seen, &overtaken, provider, inputs).await?;
                    }
                }
                Err(ReplaceError::Changed) => {}
                Err(fault) => return Err(fault.into()),
            }
        }
        Err(SwitchError::Restless)
    }
}
