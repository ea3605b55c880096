//! The accounts as the ledger has them, at hand in memory. Says who is called what; never decides anything.

use std::collections::{BTreeMap, BTreeSet};

use engine::{Account, AccountId, CredentialKind, Identity, Label, ProviderId, Standing, Usage};

use crate::control::{ErrorCode, Failure, phrases};
use crate::ledger::{AccountRow, Ledger, LedgerError, NamedAccount};
use crate::providers::adapter;

/// Every known account.
pub(crate) struct Book {
    rows: BTreeMap<AccountId, AccountRow>,
}

impl Book {
    /// Reads them.
    pub(crate) fn read(ledger: &Ledger) -> Result<Self, LedgerError> {
        let rows = ledger.accounts().list()?;
        Ok(Self { rows: rows.into_iter().map(|row| (row.id.clone(), row)).collect() })
    }

    pub(crate) fn rows(&self) -> impl Iterator<Item = &AccountRow> {
        self.rows.values()
    }

    pub(crate) fn row(&self, id: &AccountId) -> Option<&AccountRow> {
        self.rows.get(id)
    }

    /// The account with this id, or the one whose credential was saved last with this fingerprint: a token that was
    /// renewed may say nothing of whose it is.
    pub(crate) fn saved(&self, provider: &ProviderId, id: &AccountId, fingerprint: &str) -> Option<AccountId> {
        let is_same = |row: &&AccountRow| row.provider == *provider && row.fingerprint == fingerprint;
        self.row(id).or_else(|| self.rows().find(is_same)).map(|row| row.id.clone())
    }

    /// The login of this person in this workspace.
    pub(crate) fn person(&self, provider: &ProviderId, person: &Identity) -> Option<AccountId> {
        let is_theirs = |row: &&AccountRow| {
            row.provider == *provider
                && row.kind == CredentialKind::OAuth
                && row.identity.user_id == person.user_id
                && row.identity.workspace_id == person.workspace_id
        };
        person.user_id.as_ref()?;
        self.rows().find(is_theirs).map(|row| row.id.clone())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// An account's label, or its id when nobody knows it.
    pub(crate) fn label(&self, id: &AccountId) -> String {
        self.row(id).map_or_else(|| id.to_string(), |row| row.label.to_string())
    }

    /// An account under its label of now, for the history; `None` when nobody knows it.
    pub(crate) fn named(&self, id: &AccountId) -> Option<NamedAccount> {
        self.row(id).map(|row| NamedAccount { id: id.clone(), label: row.label.clone() })
    }

    /// Writes an account, new or changed, to the ledger first.
    pub(crate) fn save(&mut self, ledger: &Ledger, row: AccountRow) -> Result<(), LedgerError> {
        ledger.accounts().save(&row)?;
        self.rows.insert(row.id.clone(), row);
        Ok(())
    }

    /// Forgets an account.
    pub(crate) fn remove(&mut self, ledger: &Ledger, id: &AccountId) -> Result<(), LedgerError> {
        ledger.accounts().remove(id)?;
        self.rows.remove(id);
        Ok(())
    }

    /// Remembers an account's standing.
    pub(crate) fn set_standing(
        &mut self,
        ledger: &Ledger,
        id: &AccountId,
        standing: Standing,
    ) -> Result<(), LedgerError> {
        ledger.accounts().set_standing(id, &standing)?;
        if let Some(row) = ledger.accounts().get(id)? {
            self.rows.insert(id.clone(), row);
        }
        Ok(())
    }

    /// The account that a person means: by its label, its id, or the beginning of a label that only one has.
    ///
    /// # Errors
    /// When there is none, or several; lists those that are there.
    pub(crate) fn find(&self, provider: &str, account: &str) -> Result<&AccountRow, Failure> {
        self.provider(provider)?;
        let mut there: Vec<&AccountRow> = self.rows().filter(|row| row.provider.as_str() == provider).collect();
        there.sort_by(|a, b| a.label.cmp(&b.label));
        let wanted = Label::normalise(account);
        let named = |row: &&&AccountRow| Some(&row.label) == wanted.as_ref() || row.id.as_str() == account;
        if let Some(row) = there.iter().find(named) {
            return Ok(row);
        }
        let begins =
            |row: &&&AccountRow| wanted.as_ref().is_some_and(|label| row.label.as_str().starts_with(label.as_str()));
        let mut meant = there.iter().filter(begins);
        if let (Some(row), None) = (meant.next(), meant.next()) {
            return Ok(row);
        }
        let labels: Vec<&str> = there.iter().map(|row| row.label.as_str()).collect();
        let there = labels.join(", ");
        Err(Failure::new(ErrorCode::Usage, phrases::no_such_account(provider, format!("{account:?}"), there)))
    }

    /// The provider that a person means: one with accounts.
    ///
    /// # Errors
    /// When it has none; lists those that have.
    pub(crate) fn provider(&self, provider: &str) -> Result<ProviderId, Failure> {
        let known = self.providers();
        match known.get(&ProviderId::from(provider)) {
            Some(known) => Ok(known.clone()),
            None if known.is_empty() => Err(Failure::new(
                ErrorCode::Usage,
                "there are no accounts yet: run `baton add` to save the logins that OpenCode has, or `baton login` to make one",
            )),
            None => {
                let there: Vec<&str> = known.iter().map(ProviderId::as_str).collect();
                let there = there.join(", ");
                Err(Failure::new(ErrorCode::Usage, phrases::no_account_at(format!("{provider:?}"), there)))
            }
        }
    }

    /// Every provider with an account.
    pub(crate) fn providers(&self) -> BTreeSet<ProviderId> {
        self.rows().map(|row| row.provider.clone()).collect()
    }

    /// A label that no other account of the provider has: the wanted one, or the same with a number.
    pub(crate) fn free_label(&self, provider: &ProviderId, wanted: &Label) -> Label {
        let taken = |label: &Label| self.rows().any(|row| row.provider == *provider && row.label == *label);
        let numbered = (2..).map(|number| wanted.numbered(number));
        std::iter::once(wanted.clone()).chain(numbered).find(|label| !taken(label)).unwrap_or_else(|| wanted.clone())
    }
}

/// An account as the engine knows it: the ledger's row, with what its provider's adapter can do.
pub(crate) fn account(row: &AccountRow, usage: Option<Usage>) -> Account {
    let adapter = adapter(&row.provider);
    row.account(adapter.has_figures(row.kind), adapter.refreshable(row.kind), usage)
}
