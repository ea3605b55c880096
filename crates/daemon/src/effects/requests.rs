//! What people ask for that needs no policy: saving, naming and removing accounts.

use engine::{AccountId, Input, Label, ProviderId};

use super::store::{Capture, TakeInError};
use super::{Effects, book};
use crate::control::{ErrorCode, Failure, Reply, SavedAccount, phrases};
use crate::credential::Credential;
use crate::ledger::AccountRow;
use crate::words;

/// What came of a request, and what the engine must hear of it.
pub(crate) type Done = Result<(Reply, Vec<Input>), Halfway>;

/// A request that failed, perhaps when a part of it was done.
#[derive(Debug)]
pub(crate) struct Halfway {
    pub(crate) failure: Box<Failure>,
    /// What the engine must hear of the part that was done.
    pub(crate) inputs: Vec<Input>,
}

impl From<Failure> for Halfway {
    fn from(failure: Failure) -> Self {
        Self { failure: Box::new(failure), inputs: Vec::new() }
    }
}

impl Effects {
    /// Saves the logins that OpenCode has now.
    pub(crate) async fn add(&self, provider: Option<String>, label: Option<String>) -> Done {
        let _turn = self.store_turn.lock().await;
        let label = label.map(|text| wanted_label(&text)).transpose()?;
        let provider = provider.map(ProviderId::new);
        let entries =
            self.auth_file.read().map_err(|fault| Failure::new(ErrorCode::Failed, words::auth_file(&fault)))?;
        let mut found: Vec<(&ProviderId, &Credential)> =
            entries.iter().filter_map(|(id, entry)| Some((id, entry.as_ref().ok()?))).collect();
        let there: Vec<String> = found.iter().map(|(id, _)| id.to_string()).collect();
        found.retain(|(id, _)| provider.as_ref().is_none_or(|wanted| wanted == *id));
        if found.is_empty() {
            return Err(nothing_to_add(provider.as_ref(), &there).into());
        }
        if label.is_some() && found.len() > 1 {
            return Err(Failure::new(ErrorCode::Usage, phrases::label_for_several(there.join(", "))).into());
        }
        let capture = Capture::Asked { provider, label };
        let mut inputs = Vec::new();
        let accounts = self.add_each(found, &capture, &mut inputs).await;
        finished(accounts.map(|accounts| Reply::Saved { accounts }), inputs)
    }

    async fn add_each(
        &self,
        found: Vec<(&ProviderId, &Credential)>,
        capture: &Capture,
        inputs: &mut Vec<Input>,
    ) -> Result<Vec<SavedAccount>, Failure> {
        let mut accounts = Vec::new();
        for (id, credential) in found {
            let taken = self.take_in(id, credential, capture).await.map_err(refused)?;
            inputs.extend(unannounced(taken.inputs));
            self.note_active(id, taken.account.as_ref());
            inputs.push(Input::ActiveSeen { provider: id.clone(), account: taken.account.clone() });
            if let (Some(account), Some(wanted), false) = (&taken.account, capture.label(), taken.new) {
                // The daemon was quicker than the person and chose a label by itself.
                inputs.extend(self.rename(id.as_str(), account.as_str(), wanted.as_str())?.1);
            }
            let label = taken.account.as_ref().map(|account| self.book().label(account)).unwrap_or_default();
            accounts.push(SavedAccount { provider: id.to_string(), label, new: taken.new });
        }
        Ok(accounts)
    }

    /// Saves an API key as an account, or as the new key of an account of that label whose old one is rejected; OpenCode's
    /// own store stays as it is, unless it holds that old one.
    pub(crate) async fn add_key(&self, provider: &str, key: &str, label: Option<String>) -> Done {
        let key = key.trim();
        let provider = provider.trim();
        if key.is_empty() {
            return Err(Failure::new(ErrorCode::Usage, "the key is empty: give it on standard input").into());
        }
        if key.contains(char::is_whitespace) {
            let message = "the key has white space or several lines in it: give one key";
            return Err(Failure::new(ErrorCode::Usage, message).into());
        }
        if !is_provider_id(provider) {
            return Err(Failure::new(ErrorCode::Usage, phrases::no_provider_id(format!("{provider:?}"))).into());
        }
        let _turn = self.store_turn.lock().await;
        let label = label.map(|text| wanted_label(&text)).transpose()?;
        let provider = ProviderId::from(provider);
        let credential = Credential::api(key);
        if let Some(row) = self.unnamed(&provider, &credential, label.as_ref()).await {
            return self.save_again(row, &credential).await;
        }
        let capture = Capture::Asked { provider: Some(provider.clone()), label };
        let taken = self.take_in(&provider, &credential, &capture).await.map_err(refused)?;
        let label = taken.account.map(|account| self.book().label(&account)).unwrap_or_default();
        let accounts = vec![SavedAccount { provider: provider.to_string(), label, new: taken.new }];
        Ok((Reply::Saved { accounts }, unannounced(taken.inputs).collect()))
    }

    /// Gives an account another label.
    pub(crate) fn rename(&self, provider: &str, account: &str, label: &str) -> Result<(Reply, Vec<Input>), Failure> {
        let label = wanted_label(label)?;
        let ledger = self.ledger();
        let mut book = self.book();
        let known = book.find(provider, account)?.clone();
        if known.label != label && book.free_label(&known.provider, &label) != label {
            let message = phrases::label_taken(provider, format!("{:?}", label.as_str()));
            return Err(Failure::new(ErrorCode::Usage, message));
        }
        let from = known.label.to_string();
        let row = AccountRow { label: label.clone(), ..known };
        let account = book::account(&row, None);
        book.save(&ledger, row).map_err(|fault| Failure::new(ErrorCode::Failed, words::ledger(&fault)))?;
        let reply = Reply::Renamed { provider: provider.to_owned(), from, to: label.to_string() };
        Ok((reply, vec![Input::AccountKnown(account)]))
    }

    /// Forgets an account and its credential. OpenCode's own entry stays, and isn't saved again by itself.
    pub(crate) async fn remove(&self, provider: &str, account: &str) -> Done {
        let _turn = self.store_turn.lock().await;
        let id: AccountId = self.book().find(provider, account)?.id.clone();
        let removed = self.world.vault().remove(&id).await;
        self.note_vault(&removed);
        removed.map_err(|fault| refused(fault.into()))?;
        self.remove_copy(&id).await;
        super::locked(&self.unsaved).remove(&id);
        self.note_whose(&id, false);
        self.decline(&id);
        let ledger = self.ledger();
        let forgotten = self.book().remove(&ledger, &id);
        forgotten.map_err(|fault| Failure::new(ErrorCode::Failed, words::ledger(&fault)))?;
        Ok((Reply::Done, vec![Input::AccountRemoved(id)]))
    }
}

/// A request's end, with everything that was gathered on the way to it.
pub(super) fn finished(answer: Result<Reply, Failure>, inputs: Vec<Input>) -> Done {
    match answer {
        Ok(reply) => Ok((reply, inputs)),
        Err(failure) => Err(Halfway { failure: Box::new(failure), inputs }),
    }
}

/// What the engine hears where the person has asked: they needn't be told of what they do themselves.
pub(super) fn unannounced(inputs: Vec<Input>) -> impl Iterator<Item = Input> {
    inputs.into_iter().filter(|input| !matches!(input, Input::LoginSaved(_)))
}

fn wanted_label(text: &str) -> Result<Label, Failure> {
    Label::normalise(text).ok_or_else(|| Failure::new(ErrorCode::Usage, phrases::no_label(format!("{text:?}"))))
}

fn is_provider_id(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/'))
}

fn nothing_to_add(wanted: Option<&ProviderId>, there: &[String]) -> Failure {
    let message = match wanted {
        Some(wanted) if there.is_empty() => phrases::no_login_for(wanted.as_str()),
        Some(wanted) => phrases::login_for_others(wanted.as_str(), there.join(", ")),
        None => phrases::no_login(),
    };
    Failure::new(if wanted.is_some() { ErrorCode::Usage } else { ErrorCode::Failed }, message)
}

pub(super) fn refused(fault: TakeInError) -> Failure {
    match &fault {
        TakeInError::Vault(fault) => Failure::new(ErrorCode::KeychainUnavailable, words::vault(fault)),
        TakeInError::Ledger(fault) => Failure::new(ErrorCode::Failed, words::ledger(fault)),
    }
}
