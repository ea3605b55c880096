//! The table `usage_samples`: what usage readings brought, one row per window; the balances beside them are in a table
//! of their own. Never grows without end.

use std::time::Duration;

use engine::{AccountId, Sample, Scope, Timestamp, Usage, Window};
use rusqlite::{Connection, Row, named_params, params};

use super::schema::Migration;
use super::{Ledger, LedgerError, balance_samples, column};

pub(super) const CREATE: Migration = Migration {
    version: 4,
    min_reader: 4,
    sql: "CREATE TABLE usage_samples (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        account_id TEXT NOT NULL,
        read_at INTEGER NOT NULL,
        model TEXT,
        window_seconds INTEGER NOT NULL,
        used_percent REAL NOT NULL,
        resets_at INTEGER
    );
    CREATE INDEX usage_samples_by_account ON usage_samples (account_id, read_at);",
};

/// How long readings are kept: longer than the longest window, for its pace and forecast.
const KEPT: Duration = Duration::from_secs(90 * 24 * 3600);
/// How long every reading is kept, then one an hour, and then one a day. At two dozen readings an hour an account has at
/// most 1,600 of them.
const ALL_KEPT: Duration = Duration::from_secs(2 * 24 * 3600);
const HOURLY_KEPT: Duration = Duration::from_secs(14 * 24 * 3600);
/// The most rows of each table, about 45 MB in all: sixty accounts with three windows each, or thirty with six.
const MOST_ROWS: [(&str, u32); 2] = [("usage_samples", 300_000), ("balance_samples", 80_000)];
/// After so many new rows the size of the whole is looked at.
const LOOKED_AT_EVERY: i64 = 256;

/// Queries on the readings.
#[derive(Clone, Copy, Debug)]
pub struct UsageSamples<'a>(pub(super) &'a Ledger);

impl UsageSamples<'_> {
    /// Adds a reading, thins out the account's older ones and forgets the oldest. A reading without windows and balances
    /// says nothing and isn't kept.
    ///
    /// # Errors
    /// When the ledger can't be written.
    pub fn insert(self, account: &AccountId, usage: &Usage) -> Result<(), LedgerError> {
        let (read_at, kept_since) = (usage.read_at.as_millis(), usage.read_at - KEPT);
        self.0.all_or_nothing(|connection| {
            connection.execute(
                "DELETE FROM usage_samples WHERE account_id = ?1 AND (read_at < ?2 OR read_at = ?3)",
                params![account.as_str(), kept_since.as_millis(), read_at],
            )?;
            let mut statement = connection.prepare_cached(
                "INSERT INTO usage_samples (account_id, read_at, model, window_seconds, used_percent, resets_at)
                 VALUES (:account_id, :read_at, :model, :window_seconds, :used_percent, :resets_at)",
            )?;
            for window in &usage.windows {
                statement.execute(named_params! {
                    ":account_id": account.as_str(),
                    ":read_at": read_at,
                    ":model": match &window.scope {
                        Scope::Account => None,
                        Scope::Model(model) => Some(model),
                    },
                    ":window_seconds": i64::try_from(window.length.as_secs()).unwrap_or(i64::MAX),
                    ":used_percent": window.used_percent,
                    ":resets_at": window.resets_at.map(Timestamp::as_millis),
                })?;
            }
            balance_samples::insert(connection, account, usage.read_at, &usage.balances, kept_since)?;
            thin_out(connection, "usage_samples", account, usage.read_at)?;
            thin_out(connection, "balance_samples", account, usage.read_at)?;
            let added = i64::try_from(usage.windows.len() + usage.balances.len()).unwrap_or(LOOKED_AT_EVERY);
            let last = connection.last_insert_rowid();
            match last / LOOKED_AT_EVERY > (last - added) / LOOKED_AT_EVERY {
                true => hold_size(connection, kept_since, &MOST_ROWS),
                false => Ok(()),
            }
        })
    }

    /// What was read of each of an account's windows since the window before it may have ended: about a hundred readings
    /// a window, oldest first.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn course(self, account: &AccountId, now: Timestamp) -> Result<Vec<Sample>, LedgerError> {
        self.0.ask(|connection| {
            // Beside `max`, SQLite takes the other columns from the row that has it.
            let mut statement = connection.prepare_cached(
                "SELECT max(read_at) AS read_at, model, window_seconds, used_percent, resets_at FROM usage_samples
                 WHERE account_id = ?1 AND read_at <= ?2 AND read_at > ?2 - window_seconds * 1000
                 GROUP BY model, window_seconds, read_at / (window_seconds * 10)
                 ORDER BY 1",
            )?;
            let read = |row: &Row<'_>| read(row).map(|(read_at, window)| Sample { read_at, window });
            statement.query_map(params![account.as_str(), now.as_millis()], read)?.collect()
        })
    }

    /// What was read of each of an account's windows since a time: at most so many readings a window, oldest first.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn since(
        self,
        account: &AccountId,
        since: Timestamp,
        now: Timestamp,
        most: i64,
    ) -> Result<Vec<Sample>, LedgerError> {
        let apart = ((now.as_millis() - since.as_millis()) / most).max(1);
        self.0.ask(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT max(read_at) AS read_at, model, window_seconds, used_percent, resets_at FROM usage_samples
                 WHERE account_id = ?1 AND read_at BETWEEN ?2 AND ?3
                 GROUP BY model, window_seconds, (read_at - ?2) / ?4
                 ORDER BY 1",
            )?;
            let read = |row: &Row<'_>| read(row).map(|(read_at, window)| Sample { read_at, window });
            let span = params![account.as_str(), since.as_millis(), now.as_millis(), apart];
            statement.query_map(span, read)?.collect()
        })
    }

    /// The reading that was added last.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn latest(self, account: &AccountId) -> Result<Option<Usage>, LedgerError> {
        self.0.ask(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT read_at, model, window_seconds, used_percent, resets_at FROM usage_samples
                 WHERE account_id = ?1 AND read_at =
                    (SELECT read_at FROM usage_samples WHERE account_id = ?1 ORDER BY id DESC LIMIT 1)
                 ORDER BY id",
            )?;
            let mut latest: Option<Usage> = None;
            for read in statement.query_map([account.as_str()], read)? {
                let (read_at, window) = read?;
                latest
                    .get_or_insert_with(|| Usage { read_at, windows: Vec::new(), balances: Vec::new() })
                    .windows
                    .push(window);
            }
            match (balance_samples::latest(connection, account)?, &mut latest) {
                (Some((read_at, balances)), Some(known)) if known.read_at == read_at => known.balances = balances,
                // The newer reading had no windows.
                (Some((read_at, balances)), known) if known.as_ref().is_none_or(|known| known.read_at < read_at) => {
                    *known = Some(Usage { read_at, windows: Vec::new(), balances });
                }
                (Some(_), _) | (None, _) => {}
            }
            Ok(latest)
        })
    }
}

/// Leaves the last reading of each hour, and later of each day.
fn thin_out(connection: &Connection, table: &'static str, account: &AccountId, now: Timestamp) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(&format!(
        "DELETE FROM {table} WHERE account_id = :account_id AND read_at < :before AND read_at NOT IN
            (SELECT max(read_at) FROM {table} WHERE account_id = :account_id GROUP BY read_at / :bucket)"
    ))?;
    for (kept, bucket) in [(ALL_KEPT, Duration::from_secs(3600)), (HOURLY_KEPT, Duration::from_secs(24 * 3600))] {
        statement.execute(named_params! {
            ":account_id": account.as_str(),
            ":before": (now - kept).as_millis(),
            ":bucket": i64::try_from(bucket.as_millis()).unwrap_or(i64::MAX),
        })?;
    }
    Ok(())
}

/// Forgets what is too old, also of accounts that aren't read any more, and the oldest where there is too much.
fn hold_size(connection: &Connection, kept_since: Timestamp, most_rows: &[(&str, u32)]) -> rusqlite::Result<()> {
    for (table, most) in most_rows {
        connection.execute(&format!("DELETE FROM {table} WHERE read_at < ?1"), [kept_since.as_millis()])?;
        let rows: u32 = connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0))?;
        if rows > *most {
            // A tenth more, so that it isn't needed again at once.
            let oldest = format!("SELECT id FROM {table} ORDER BY read_at LIMIT ?1");
            connection
                .execute(&format!("DELETE FROM {table} WHERE id IN ({oldest})"), [rows - most + most.div_ceil(10)])?;
        }
    }
    Ok(())
}

/// Forgets every reading of an account.
pub(super) fn forget(connection: &Connection, account: &AccountId) -> rusqlite::Result<()> {
    connection.execute("DELETE FROM usage_samples WHERE account_id = ?1", [account.as_str()])?;
    balance_samples::forget(connection, account)
}

fn read(row: &Row<'_>) -> rusqlite::Result<(Timestamp, Window)> {
    let seconds: i64 = row.get("window_seconds")?;
    let window = Window {
        scope: row.get::<_, Option<String>>("model")?.map_or(Scope::Account, Scope::Model),
        length: Duration::from_secs(u64::try_from(seconds).unwrap_or(0)),
        used_percent: row.get("used_percent")?,
        resets_at: column::maybe_time(row, "resets_at")?,
    };
    Ok((column::time(row, "read_at")?, window))
}

#[cfg(test)]
mod tests {
    use engine::Balance;

    use super::*;

    const DAY: i64 = 24 * 3600;

    fn window(scope: Scope, used_percent: f64) -> Window {
        let resets_at = Some(Timestamp::from_secs(7_000));
        Window { scope, length: Duration::from_secs(18_000), used_percent, resets_at }
    }

    fn usage(read_at: i64, used_percent: f64) -> Usage {
        Usage {
            read_at: Timestamp::from_secs(read_at),
            windows: vec![window(Scope::Account, used_percent)],
            balances: vec![],
        }
    }

    fn rows(ledger: &Ledger) -> u32 {
        let count = "SELECT count(*) FROM usage_samples";
        ledger.ask(|connection| connection.query_row(count, [], |row| row.get(0))).unwrap()
    }

    #[test]
    fn the_latest_reading_comes_back_with_all_its_windows() {
        let ledger = Ledger::in_memory().unwrap();
        let id = AccountId::from("1");
        let extra = Window { resets_at: None, ..window(Scope::Model("spark".to_owned()), 12.5) };
        let newest = Usage { windows: vec![window(Scope::Account, 3.0), extra], ..usage(200, 0.0) };
        for reading in [&usage(300, 1.0), &usage(100, 1.0), &newest] {
            ledger.usage_samples().insert(&id, reading).unwrap();
        }
        ledger.usage_samples().insert(&"2".into(), &usage(900, 9.0)).unwrap();
        assert_eq!(ledger.usage_samples().latest(&id).unwrap(), Some(newest), "also after a clock was set back");
        assert_eq!(ledger.usage_samples().latest(&"3".into()).unwrap(), None);
    }

    #[test]
    fn balances_come_back_with_their_reading() {
        let balances = |left: f64| {
            let balance = |left, of, unit: &str| Balance { left, of, unit: unit.to_owned() };
            vec![balance(left, Some(20.0), "USD"), balance(-0.5, None, "credits")]
        };
        let check = |readings: &[Usage], expected: &Usage| {
            let ledger = Ledger::in_memory().unwrap();
            let id = AccountId::from("1");
            for reading in readings {
                ledger.usage_samples().insert(&id, reading).unwrap();
            }
            ledger.usage_samples().insert(&"2".into(), &Usage { balances: balances(1.0), ..usage(900, 9.0) }).unwrap();
            assert_eq!(ledger.usage_samples().latest(&id).unwrap().as_ref(), Some(expected));
        };
        let both = |read_at, left| Usage { balances: balances(left), ..usage(read_at, 5.0) };
        let alone = |read_at, left| Usage { windows: vec![], ..both(read_at, left) };
        check(&[both(1, 9.5), both(2, 8.0)], &both(2, 8.0));
        check(&[both(2, 9.5), both(2, 8.0)], &both(2, 8.0));
        check(&[alone(1, 9.5), alone(2, 8.0)], &alone(2, 8.0));
        check(&[usage(1, 5.0), alone(2, 8.0)], &alone(2, 8.0));
        check(&[alone(1, 8.0), usage(2, 5.0)], &usage(2, 5.0));
        check(&[both(300, 9.5), both(100, 8.0)], &both(100, 8.0));
        let no_number = Usage { balances: balances(f64::NAN), ..usage(1, 5.0) };
        check(&[no_number], &Usage { balances: balances(0.0).split_off(1), ..usage(1, 5.0) });
    }

    #[test]
    fn a_reading_without_windows_leaves_the_one_before() {
        let ledger = Ledger::in_memory().unwrap();
        let id = AccountId::from("1");
        ledger.usage_samples().insert(&id, &usage(1, 5.0)).unwrap();
        ledger
            .usage_samples()
            .insert(&id, &Usage { read_at: Timestamp::from_secs(2), windows: vec![], balances: vec![] })
            .unwrap();
        assert_eq!(ledger.usage_samples().latest(&id).unwrap(), Some(usage(1, 5.0)));
    }

    #[test]
    fn the_same_reading_twice_is_one_and_old_ones_are_forgotten() {
        let ledger = Ledger::in_memory().unwrap();
        let id = AccountId::from("1");
        for reading in [usage(0, 1.0), usage(80 * DAY, 2.0), usage(80 * DAY, 2.0)] {
            ledger.usage_samples().insert(&id, &reading).unwrap();
        }
        assert_eq!(rows(&ledger), 2);
        ledger.usage_samples().insert(&id, &usage(91 * DAY, 3.0)).unwrap();
        assert_eq!(rows(&ledger), 2);
    }

    #[test]
    fn readings_are_thinned_out_with_age() {
        const HOUR: i64 = 3600;
        let ledger = Ledger::in_memory().unwrap();
        let id = AccountId::from("1");
        ledger.usage_samples().insert(&"2".into(), &usage(0, 1.0)).unwrap();
        let balances = vec![Balance { left: 5.0, of: None, unit: "USD".to_owned() }];
        let newest = 20 * DAY;
        for read_at in (0..=newest).step_by(20 * 60) {
            let reading = Usage { balances: balances.clone(), ..usage(read_at, 1.0) };
            ledger.usage_samples().insert(&id, &reading).unwrap();
        }
        for table in ["usage_samples", "balance_samples"] {
            let between = |from: i64, to: i64| -> i64 {
                let count =
                    format!("SELECT count(*) FROM {table} WHERE account_id = '1' AND read_at >= ?1 AND read_at < ?2");
                let span = [from * 1000, to * 1000];
                ledger.ask(|connection| connection.query_row(&count, span, |row| row.get(0))).unwrap()
            };
            assert_eq!(between(newest - 2 * DAY, newest), 2 * 24 * 3, "{table}: all of two days");
            assert_eq!(between(newest - 14 * DAY + DAY, newest - 2 * DAY), 11 * 24, "{table}: one an hour");
            assert_eq!(between(0, newest - 14 * DAY), 6, "{table}: one a day");
            assert_eq!(between(4 * DAY - HOUR, 4 * DAY), 1, "{table}: the last of the day");
        }
        assert_eq!(ledger.usage_samples().latest(&"2".into()).unwrap(), Some(usage(0, 1.0)), "others' stay");
    }

    #[test]
    fn a_window_is_told_from_its_beginning_in_about_a_hundred_readings() {
        let ledger = Ledger::in_memory().unwrap();
        let id = AccountId::from("1");
        let now = 10 * DAY;
        for read_at in (now - DAY..=now).step_by(60) {
            let mut reading = usage(read_at, f64::from(u32::try_from(read_at - now + DAY).unwrap()) / 1000.0);
            reading.windows.push(window(Scope::Model("spark".to_owned()), 1.0));
            ledger.usage_samples().insert(&id, &reading).unwrap();
        }
        let course = |now: i64| ledger.usage_samples().course(&id, Timestamp::from_secs(now)).unwrap();
        let governing: Vec<Sample> =
            course(now).into_iter().filter(|sample| sample.window.scope == Scope::Account).collect();
        assert!((100..=101).contains(&governing.len()), "{}", governing.len());
        assert!(course(now).is_sorted_by_key(|sample| sample.read_at));
        assert!(governing.iter().all(|sample| sample.read_at > Timestamp::from_secs(now - 18_000)));
        assert_eq!(governing.last().map(|sample| sample.window.used_percent), Some(86.4));
        assert_eq!(course(now).len(), 2 * governing.len());
        assert_eq!(course(now - 2 * DAY), [], "readings ahead of a clock that was set back");
    }

    #[test]
    fn the_oldest_readings_make_room_for_new_ones() {
        let ledger = Ledger::in_memory().unwrap();
        for (account, from) in [("old", 0), ("new", 50)] {
            for read_at in from..from + 50 {
                let balances = vec![Balance { left: 5.0, of: None, unit: "USD".to_owned() }];
                ledger.usage_samples().insert(&account.into(), &Usage { balances, ..usage(read_at, 1.0) }).unwrap();
            }
        }
        let hold = |since: i64, most: &[(&str, u32)]| {
            ledger.ask(|connection| hold_size(connection, Timestamp::from_secs(since), most)).unwrap();
            let count = |table: &str, account: &str| -> u32 {
                let sql = format!("SELECT count(*) FROM {table} WHERE account_id = ?1");
                ledger.ask(|connection| connection.query_row(&sql, [account], |row| row.get(0))).unwrap()
            };
            ["usage_samples", "balance_samples"].map(|table| (count(table, "old"), count(table, "new")))
        };
        assert_eq!(hold(0, &[("usage_samples", 100), ("balance_samples", 100)]), [(50, 50), (50, 50)]);
        assert_eq!(hold(0, &[("usage_samples", 90), ("balance_samples", 60)]), [(31, 50), (4, 50)]);
        assert_eq!(hold(40, &[("usage_samples", 90), ("balance_samples", 60)]), [(10, 50), (4, 50)]);
    }

    #[test]
    fn the_most_that_is_kept_fits_into_fifty_megabytes() {
        const ROWS: u32 = 5_000;
        let ledger = Ledger::in_memory().unwrap();
        let bytes = || -> f64 {
            let sql = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()";
            ledger.ask(|connection| connection.query_row(sql, [], |row| row.get(0))).unwrap()
        };
        // An id and a model as long as real ones are.
        let id = AccountId::from("github-copilot-0123456789abcdef");
        let mut per_row = Vec::new();
        for (windows, balances) in [(ROWS, 0), (0, ROWS)] {
            let empty = bytes();
            let window = |row| window(Scope::Model("claude-opus-4-5-20251101".to_owned()), f64::from(row) / 77.0);
            let balance = |row| Balance { left: f64::from(row) / 77.0, of: Some(20.5), unit: "USD".to_owned() };
            let reading = Usage {
                read_at: Timestamp::from_millis(1_795_217_523_305),
                windows: (0..windows).map(window).collect(),
                balances: (0..balances).map(balance).collect(),
            };
            ledger.usage_samples().insert(&id, &reading).unwrap();
            per_row.push((bytes() - empty) / f64::from(ROWS));
        }
        let all: f64 = per_row.iter().zip(MOST_ROWS).map(|(bytes, (_, rows))| bytes * f64::from(rows)).sum();
        assert!((30e6..50e6).contains(&all), "{all}: {per_row:?}");
    }
}
