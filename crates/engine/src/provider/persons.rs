//! Whose accounts are whose: providers count a person's requests together, whichever of the accounts they are about.

use std::collections::{BTreeMap, BTreeSet};

use crate::{Account, AccountId};

/// The accounts of each person that a provider names.
#[derive(Clone, Debug, Default)]
pub(super) struct Persons(BTreeMap<String, BTreeSet<AccountId>>);

impl Persons {
    /// What was known of an account gives way to what is known now.
    pub(super) fn learn(&mut self, before: Option<&Account>, now: Option<&Account>) {
        if let Some((person, account)) = before.and_then(of)
            && let Some(accounts) = self.0.get_mut(person)
        {
            accounts.remove(&account.id);
            if accounts.is_empty() {
                self.0.remove(person);
            }
        }
        if let Some((person, account)) = now.and_then(of) {
            self.0.entry(person.to_owned()).or_default().insert(account.id.clone());
        }
    }

    /// An account and all others of its person.
    pub(super) fn accounts<'a>(&'a self, account: &'a Account) -> impl Iterator<Item = &'a AccountId> {
        let all = of(account).and_then(|(person, _)| self.0.get(person));
        let alone = if all.is_none() { Some(&account.id) } else { None };
        all.into_iter().flatten().chain(alone)
    }
}

fn of(account: &Account) -> Option<(&str, &Account)> {
    account.identity.user_id.as_deref().map(|person| (person, account))
}
