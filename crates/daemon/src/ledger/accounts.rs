//! The table `accounts`: which logins there are and how they stand. Their credentials are in the vault.

use std::collections::BTreeMap;

use engine::{
    Account, AccountId, Cooldown, CredentialFacts, CredentialKind, Identity, Label, ProviderId, Standing, Timestamp,
    Usage,
};
use rusqlite::{Connection, OptionalExtension, Row, named_params};

use super::schema::Migration;
use super::{Ledger, LedgerError, alerts, column, model_limits, polls, usage_samples};

pub(super) const CREATE: Migration = Migration {
    version: 1,
    min_reader: 1,
    sql: "CREATE TABLE accounts (
        id TEXT PRIMARY KEY NOT NULL,
        provider TEXT NOT NULL,
        label TEXT NOT NULL,
        email TEXT,
        user_id TEXT,
        workspace_id TEXT,
        plan TEXT,
        kind TEXT NOT NULL,
        expires_at INTEGER,
        fingerprint TEXT NOT NULL,
        enabled INTEGER NOT NULL,
        needs_login INTEGER NOT NULL,
        cooldown_until INTEGER,
        cooldown_cause TEXT,
        added_at INTEGER NOT NULL,
        UNIQUE (provider, label)
    )",
};

/// What the ledger keeps of an account. What its provider's adapter can do and its usage aren't in it.
#[derive(Clone, Debug, PartialEq)]
pub struct AccountRow {
    /// Stable id.
    pub id: AccountId,
    /// The provider it is a login of.
    pub provider: ProviderId,
    /// What the person calls it; unique within its provider.
    pub label: Label,
    /// Who the provider says it is.
    pub identity: Identity,
    /// What kind of credential it has.
    pub kind: CredentialKind,
    /// When the access token last saved ends.
    pub expires_at: Option<Timestamp>,
    /// Tells whether a credential is the one last saved in the vault.
    pub fingerprint: String,
    /// False once the person disabled it.
    pub enabled: bool,
    /// The provider rejected its login.
    pub needs_login: bool,
    /// Why and until when it can't be used.
    pub cooldown: Option<Cooldown>,
    /// When it was saved first.
    pub added_at: Timestamp,
}

impl AccountRow {
    /// The account as the engine knows it, with what only the daemon can say of it. Limits of single models aren't in
    /// this table.
    pub fn account(&self, has_figures: bool, refreshable: bool, usage: Option<Usage>) -> Account {
        Account {
            id: self.id.clone(),
            provider: self.provider.clone(),
            label: self.label.clone(),
            identity: self.identity.clone(),
            credential: CredentialFacts { kind: self.kind, expires_at: self.expires_at, refreshable },
            has_figures,
            enabled: self.enabled,
            needs_login: self.needs_login,
            cooldown: self.cooldown,
            models: BTreeMap::new(),
            usage,
        }
    }
}

/// Queries on the accounts.
#[derive(Clone, Copy, Debug)]
pub struct Accounts<'a>(pub(super) &'a Ledger);

const COLUMNS: &str = "id, provider, label, email, user_id, workspace_id, plan, kind, expires_at, fingerprint, \
                       enabled, needs_login, cooldown_until, cooldown_cause, added_at";

impl Accounts<'_> {
    /// Every account, by provider and label.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn list(self) -> Result<Vec<AccountRow>, LedgerError> {
        self.0.ask(|connection| {
            let sql = format!("SELECT {COLUMNS} FROM accounts ORDER BY provider, label");
            connection.prepare_cached(&sql)?.query_map([], read)?.collect()
        })
    }

    /// One account.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn get(self, id: &AccountId) -> Result<Option<AccountRow>, LedgerError> {
        self.0.ask(|connection| {
            let sql = format!("SELECT {COLUMNS} FROM accounts WHERE id = ?1");
            connection.prepare_cached(&sql)?.query_row([id.as_str()], read).optional()
        })
    }

    /// Writes an account, new or known. A known one keeps the time at which it was added.
    ///
    /// # Errors
    /// When another account of the provider has its label, or the ledger can't be written.
    pub fn save(self, row: &AccountRow) -> Result<(), LedgerError> {
        let saved = self.0.ask(|connection| {
            connection
                .prepare_cached(
                    "INSERT INTO accounts (id, provider, label, email, user_id, workspace_id, plan, kind, expires_at,
                        fingerprint, enabled, needs_login, cooldown_until, cooldown_cause, added_at)
                     VALUES (:id, :provider, :label, :email, :user_id, :workspace_id, :plan, :kind, :expires_at,
                        :fingerprint, :enabled, :needs_login, :cooldown_until, :cooldown_cause, :added_at)
                     ON CONFLICT (id) DO UPDATE SET provider = excluded.provider, label = excluded.label,
                        email = excluded.email, user_id = excluded.user_id, workspace_id = excluded.workspace_id,
                        plan = excluded.plan, kind = excluded.kind, expires_at = excluded.expires_at,
                        fingerprint = excluded.fingerprint, enabled = excluded.enabled,
                        needs_login = excluded.needs_login, cooldown_until = excluded.cooldown_until,
                        cooldown_cause = excluded.cooldown_cause",
                )?
                .execute(named_params! {
                    ":id": row.id.as_str(),
                    ":provider": row.provider.as_str(),
                    ":label": row.label.as_str(),
                    ":email": row.identity.email,
                    ":user_id": row.identity.user_id,
                    ":workspace_id": row.identity.workspace_id,
                    ":plan": row.identity.plan,
                    ":kind": column::kind_word(row.kind),
                    ":expires_at": row.expires_at.map(Timestamp::as_millis),
                    ":fingerprint": row.fingerprint,
                    ":enabled": row.enabled,
                    ":needs_login": row.needs_login,
                    ":cooldown_until": row.cooldown.map(|cooldown| cooldown.until.as_millis()),
                    ":cooldown_cause": row.cooldown.map(|cooldown| column::cause_word(cooldown.cause)),
                    ":added_at": row.added_at.as_millis(),
                })
        });
        match saved {
            Ok(_) => Ok(()),
            Err(error) if error.is_duplicate() => {
                Err(LedgerError::LabelTaken { provider: row.provider.clone(), label: row.label.clone() })
            }
            Err(error) => Err(error),
        }
    }

    /// Writes how an account stands. What a standing says nothing of stays: a disabled account may still cool down.
    ///
    /// # Errors
    /// When the ledger can't be written.
    pub fn set_standing(self, id: &AccountId, standing: &Standing) -> Result<(), LedgerError> {
        let (set, cooldown) = match standing {
            Standing::Ready => ("enabled = 1, needs_login = 0, cooldown_until = :until, cooldown_cause = :cause", None),
            Standing::CoolingDown(cooldown) => {
                ("enabled = 1, needs_login = 0, cooldown_until = :until, cooldown_cause = :cause", Some(cooldown))
            }
            Standing::NeedsLogin => ("enabled = 1, needs_login = 1", None),
            Standing::Disabled => ("enabled = 0", None),
        };
        let id = id.as_str();
        let write = |connection: &Connection| {
            let mut statement = connection.prepare_cached(&format!("UPDATE accounts SET {set} WHERE id = :id"))?;
            match standing {
                Standing::Ready | Standing::CoolingDown(_) => statement.execute(named_params! {
                    ":id": id,
                    ":until": cooldown.map(|cooldown| cooldown.until.as_millis()),
                    ":cause": cooldown.map(|cooldown| column::cause_word(cooldown.cause)),
                }),
                Standing::NeedsLogin | Standing::Disabled => statement.execute(named_params! { ":id": id }),
            }
        };
        match standing {
            // The provider says so once more, should this be lost.
            Standing::CoolingDown(_) | Standing::NeedsLogin => self.0.ask_soon(write)?,
            Standing::Ready | Standing::Disabled => self.0.ask(write)?,
        };
        Ok(())
    }

    /// Forgets an account and its readings. What happened with it stays in the history, under its label of then.
    ///
    /// # Errors
    /// When the ledger can't be written.
    pub fn remove(self, id: &AccountId) -> Result<(), LedgerError> {
        self.0.all_or_nothing(|connection| {
            connection.execute("DELETE FROM accounts WHERE id = ?1", [id.as_str()])?;
            alerts::forget(connection, id)?;
            polls::forget(connection, id)?;
            model_limits::forget(connection, id)?;
            usage_samples::forget(connection, id)
        })
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<AccountRow> {
    let cause: Option<String> = row.get("cooldown_cause")?;
    let until = column::maybe_time(row, "cooldown_until")?;
    Ok(AccountRow {
        id: AccountId::new(row.get::<_, String>("id")?),
        provider: ProviderId::new(row.get::<_, String>("provider")?),
        label: column::label(row, "label")?,
        identity: Identity {
            email: row.get("email")?,
            user_id: row.get("user_id")?,
            workspace_id: row.get("workspace_id")?,
            plan: row.get("plan")?,
        },
        kind: column::kind(row, "kind")?,
        expires_at: column::maybe_time(row, "expires_at")?,
        fingerprint: row.get("fingerprint")?,
        enabled: row.get("enabled")?,
        needs_login: row.get("needs_login")?,
        cooldown: until.map(|until| Cooldown { until, cause: column::cause(cause.as_deref().unwrap_or_default()) }),
        added_at: column::time(row, "added_at")?,
    })
}

#[cfg(test)]
mod tests {
    use engine::{LimitCause, Window};

    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_000);

    fn row(id: &str, label: &str) -> AccountRow {
        AccountRow {
            id: id.into(),
            provider: "openai".into(),
            label: Label::normalise(label).unwrap(),
            identity: Identity { email: Some(format!("{label}@example.org")), ..Identity::default() },
            kind: CredentialKind::OAuth,
            expires_at: Some(NOW),
            fingerprint: "0123456789abcdef".to_owned(),
            enabled: true,
            needs_login: false,
            cooldown: None,
            added_at: NOW,
        }
    }

    fn cooldown(cause: LimitCause) -> Cooldown {
        Cooldown { until: Timestamp::from_secs(5_000), cause }
    }

    #[test]
    fn accounts_come_back_as_they_were_saved_by_provider_and_label() {
        let ledger = Ledger::in_memory().unwrap();
        let work = AccountRow {
            identity: Identity {
                email: Some("a@example.org".to_owned()),
                user_id: Some("u".to_owned()),
                workspace_id: Some("w".to_owned()),
                plan: Some("team".to_owned()),
            },
            cooldown: Some(cooldown(LimitCause::Billing)),
            ..row("1", "work")
        };
        let key = AccountRow { kind: CredentialKind::Api, expires_at: None, enabled: false, ..row("2", "key") };
        let other = AccountRow { provider: "anthropic".into(), kind: CredentialKind::WellKnown, ..row("3", "work") };
        for row in [&work, &key, &other] {
            ledger.accounts().save(row).unwrap();
        }
        assert_eq!(ledger.accounts().list().unwrap(), [other, key.clone(), work]);
        assert_eq!(ledger.accounts().get(&key.id).unwrap(), Some(key));
        assert_eq!(ledger.accounts().get(&"9".into()).unwrap(), None);
    }

    #[test]
    fn saving_again_replaces_all_but_the_time_of_adding() {
        let ledger = Ledger::in_memory().unwrap();
        ledger.accounts().save(&row("1", "work")).unwrap();
        let later = AccountRow { added_at: Timestamp::from_secs(9_999), needs_login: true, ..row("1", "home") };
        ledger.accounts().save(&later).unwrap();
        assert_eq!(ledger.accounts().list().unwrap(), [AccountRow { added_at: NOW, ..later }]);
    }

    #[test]
    fn a_label_is_taken_once_per_provider() {
        let ledger = Ledger::in_memory().unwrap();
        ledger.accounts().save(&row("1", "work")).unwrap();
        let error = ledger.accounts().save(&row("2", "work")).unwrap_err();
        assert_eq!(error.to_string(), "an account of openai is called work already: choose another label");
        assert_eq!(ledger.accounts().list().unwrap(), [row("1", "work")]);
    }

    #[test]
    fn a_standing_changes_what_it_speaks_of() {
        let limited = cooldown(LimitCause::UsageLimit);
        let before =
            AccountRow { needs_login: true, cooldown: Some(cooldown(LimitCause::LongWait)), ..row("1", "work") };
        let check = |standing: Standing, expected: AccountRow| {
            let ledger = Ledger::in_memory().unwrap();
            ledger.accounts().save(&before).unwrap();
            ledger.accounts().set_standing(&before.id, &standing).unwrap();
            assert_eq!(ledger.accounts().get(&before.id).unwrap().as_ref(), Some(&expected), "{standing:?}");
            let account = expected.account(true, true, None);
            assert_eq!(account.standing(NOW), standing, "the engine reads back the same standing");
        };
        check(Standing::Ready, AccountRow { needs_login: false, cooldown: None, ..before.clone() });
        check(
            Standing::CoolingDown(limited),
            AccountRow { needs_login: false, cooldown: Some(limited), ..before.clone() },
        );
        check(Standing::NeedsLogin, before.clone());
        check(Standing::Disabled, AccountRow { enabled: false, ..before.clone() });
    }

    #[test]
    fn a_removed_account_takes_its_readings_along() {
        let ledger = Ledger::in_memory().unwrap();
        let (gone, stays) = (row("1", "work"), row("2", "home"));
        let window = Window {
            scope: engine::Scope::Account,
            length: std::time::Duration::from_secs(18_000),
            used_percent: 1.0,
            resets_at: None,
        };
        let usage = Usage { read_at: NOW, windows: vec![window], balances: vec![] };
        for row in [&gone, &stays] {
            ledger.accounts().save(row).unwrap();
            ledger.usage_samples().insert(&row.id, &usage).unwrap();
        }
        ledger.accounts().remove(&gone.id).unwrap();
        assert_eq!(ledger.accounts().list().unwrap(), std::slice::from_ref(&stays));
        assert_eq!(ledger.usage_samples().latest(&gone.id).unwrap(), None);
        assert_eq!(ledger.usage_samples().latest(&stays.id).unwrap(), Some(usage));
        ledger.accounts().remove(&gone.id).unwrap();
    }

    #[test]
    fn a_cause_that_a_newer_program_wrote_still_reads_as_a_cooldown() {
        let ledger = Ledger::in_memory().unwrap();
        let limited = AccountRow { cooldown: Some(cooldown(LimitCause::Reading)), ..row("1", "work") };
        ledger.accounts().save(&limited).unwrap();
        ledger.ask(|connection| connection.execute("UPDATE accounts SET cooldown_cause = 'eclipse'", [])).unwrap();
        let read = ledger.accounts().list().unwrap().remove(0);
        assert_eq!(read.cooldown, Some(cooldown(LimitCause::UsageLimit)));
    }
}
