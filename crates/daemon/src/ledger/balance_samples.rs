//! The table `balance_samples`: the money and credits of usage readings, one row per balance. Programs that don't know
//! it keep the windows alone, as they always did. Has no queries of its own: a reading is read and written as a whole.

use engine::{AccountId, Balance, Timestamp};
use rusqlite::{Connection, params};

use super::column;
use super::schema::Migration;

pub(super) const CREATE: Migration = Migration {
    version: 6,
    min_reader: 5,
    sql: "CREATE TABLE balance_samples (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        account_id TEXT NOT NULL,
        read_at INTEGER NOT NULL,
        unit TEXT NOT NULL,
        amount_left REAL NOT NULL,
        amount_of REAL
    );
    CREATE INDEX balance_samples_by_account ON balance_samples (account_id, read_at);",
};

/// Adds the balances of a reading, in the place of those with the same time, and forgets those before `kept_since`.
pub(super) fn insert(
    connection: &Connection,
    account: &AccountId,
    read_at: Timestamp,
    balances: &[Balance],
    kept_since: Timestamp,
) -> rusqlite::Result<()> {
    connection.execute(
        "DELETE FROM balance_samples WHERE account_id = ?1 AND (read_at < ?2 OR read_at = ?3)",
        params![account.as_str(), kept_since.as_millis(), read_at.as_millis()],
    )?;
    let mut statement = connection.prepare_cached(
        "INSERT INTO balance_samples (account_id, read_at, unit, amount_left, amount_of) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    // SQLite keeps what is no number as null, and null is no amount.
    for balance in balances.iter().filter(|balance| balance.left.is_finite()) {
        statement.execute(params![account.as_str(), read_at.as_millis(), balance.unit, balance.left, balance.of])?;
    }
    Ok(())
}

/// The balances of the reading that was added last among those with any, and when it was made.
pub(super) fn latest(
    connection: &Connection,
    account: &AccountId,
) -> rusqlite::Result<Option<(Timestamp, Vec<Balance>)>> {
    let mut statement = connection.prepare_cached(
        "SELECT read_at, unit, amount_left, amount_of FROM balance_samples
         WHERE account_id = ?1 AND read_at =
            (SELECT read_at FROM balance_samples WHERE account_id = ?1 ORDER BY id DESC LIMIT 1)
         ORDER BY id",
    )?;
    let mut latest = None;
    let rows = statement.query_map([account.as_str()], |row| {
        let balance = Balance { unit: row.get("unit")?, left: row.get("amount_left")?, of: row.get("amount_of")? };
        Ok((column::time(row, "read_at")?, balance))
    })?;
    for row in rows {
        let (read_at, balance) = row?;
        latest.get_or_insert_with(|| (read_at, Vec::new())).1.push(balance);
    }
    Ok(latest)
}

/// Forgets every balance of an account.
pub(super) fn forget(connection: &Connection, account: &AccountId) -> rusqlite::Result<()> {
    connection.execute("DELETE FROM balance_samples WHERE account_id = ?1", [account.as_str()])?;
    Ok(())
}
