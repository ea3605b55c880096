//! How the engine's nouns are written into columns. The words are part of the file's format: they never change.

use engine::{AccountId, CredentialKind, Label, LimitCause, Reach, Timestamp};
use rusqlite::Row;
use rusqlite::types::Type;

use super::NamedAccount;

pub(super) fn time(row: &Row<'_>, column: &str) -> rusqlite::Result<Timestamp> {
    row.get(column).map(Timestamp::from_millis)
}

pub(super) fn maybe_time(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<Timestamp>> {
    Ok(row.get::<_, Option<i64>>(column)?.map(Timestamp::from_millis))
}

pub(super) fn label(row: &Row<'_>, column: &str) -> rusqlite::Result<Label> {
    let text: String = row.get(column)?;
    Label::normalise(&text).ok_or_else(|| unknown(row, column, &text))
}

/// Reads an account from its id's and its label's column.
pub(super) fn account(row: &Row<'_>, id: &str, label_at_the_time: &str) -> rusqlite::Result<NamedAccount> {
    Ok(NamedAccount { id: AccountId::new(row.get::<_, String>(id)?), label: label(row, label_at_the_time)? })
}

/// Reads an account from its id's and its label's column; `None` where the id is null.
pub(super) fn maybe_account(
    row: &Row<'_>,
    id: &str,
    label_at_the_time: &str,
) -> rusqlite::Result<Option<NamedAccount>> {
    match row.get::<_, Option<String>>(id)? {
        Some(id) => Ok(Some(NamedAccount { id: AccountId::new(id), label: label(row, label_at_the_time)? })),
        None => Ok(None),
    }
}

pub(super) fn kind_word(kind: CredentialKind) -> &'static str {
    match kind {
        CredentialKind::OAuth => "oauth",
        CredentialKind::Api => "api",
        CredentialKind::WellKnown => "wellknown",
    }
}

pub(super) fn kind(row: &Row<'_>, column: &str) -> rusqlite::Result<CredentialKind> {
    let word: String = row.get(column)?;
    let kinds = [CredentialKind::OAuth, CredentialKind::Api, CredentialKind::WellKnown];
    kinds.into_iter().find(|kind| kind_word(*kind) == word).ok_or_else(|| unknown(row, column, &word))
}

pub(super) fn cause_word(cause: LimitCause) -> &'static str {
    match cause {
        LimitCause::UsageLimit => "usage_limit",
        LimitCause::Billing => "billing",
        LimitCause::LongWait => "long_wait",
        LimitCause::Reading => "reading",
        LimitCause::Failing => "failing",
    }
}

/// Reads a cause. One that a newer program wrote reads as the plainest: the account can't be used for a time.
pub(super) fn cause(word: &str) -> LimitCause {
    let causes = [LimitCause::Billing, LimitCause::LongWait, LimitCause::Reading, LimitCause::Failing];
    causes.into_iter().find(|cause| cause_word(*cause) == word).unwrap_or(LimitCause::UsageLimit)
}

pub(super) fn reach_word(reach: Reach) -> &'static str {
    match reach {
        Reach::Account => "account",
        Reach::Model => "model",
        Reach::Provider => "provider",
    }
}

/// Reads what a limit is a limit of. One that a newer program wrote reads as the plainest.
pub(super) fn reach(word: &str) -> Reach {
    let reaches = [Reach::Model, Reach::Provider];
    reaches.into_iter().find(|reach| reach_word(*reach) == word).unwrap_or_default()
}

fn unknown(row: &Row<'_>, column: &str, text: &str) -> rusqlite::Error {
    let place = row.as_ref().column_index(column).unwrap_or_default();
    rusqlite::Error::FromSqlConversionFailure(place, Type::Text, format!("{column} can't be {text:?}").into())
}
