//! The table `spend`: what answers cost, by hour, account and model; with `spend_counted`, the answers that are in it,
//! and `spend_sources`, how far each source was read. An answer is counted once, however often it is found and under
//! whatever name: a forked session has its answers again.

use std::collections::BTreeMap;

use engine::{AccountId, Label, ProviderId, Spend, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, named_params, params};
use sha2::{Digest, Sha256};

use super::schema::Migration;
use super::{Ledger, LedgerError, NamedAccount};

pub(super) const CREATE: Migration = Migration {
    version: 8,
    min_reader: 5,
    sql: "CREATE TABLE spend (
        hour INTEGER NOT NULL,
        provider TEXT NOT NULL,
        model TEXT NOT NULL,
        account_id TEXT NOT NULL,
        account_label TEXT NOT NULL,
        answers INTEGER NOT NULL,
        input INTEGER NOT NULL,
        output INTEGER NOT NULL,
        reasoning INTEGER NOT NULL,
        cache_read INTEGER NOT NULL,
        cache_write INTEGER NOT NULL,
        cost REAL NOT NULL,
        PRIMARY KEY (hour, provider, model, account_id)
    ) WITHOUT ROWID;
    CREATE TABLE spend_counted (answer INTEGER PRIMARY KEY NOT NULL);
    CREATE TABLE spend_sources (source TEXT PRIMARY KEY NOT NULL, mark TEXT NOT NULL, skipped INTEGER NOT NULL);",
};

const HOUR: i64 = 3600 * 1000;
const HOURS_OF_DAY: i64 = 24;

/// An answer of a model.
#[derive(Clone, Debug, PartialEq)]
pub struct SpendEntry {
    /// When it began.
    pub at: Timestamp,
    /// Who answered.
    pub provider: ProviderId,
    /// With which model.
    pub model: String,
    /// Which account was active; `None` when nobody knows.
    pub account: Option<NamedAccount>,
    /// What it cost.
    pub spend: Spend,
}

/// What was spent on one day with one account and model.
#[derive(Clone, Debug, PartialEq)]
pub struct SpendRow {
    /// The day's beginning, UTC.
    pub day: Timestamp,
    /// Who answered.
    pub provider: ProviderId,
    /// With which model.
    pub model: String,
    /// Which account was active; `None` when nobody knows.
    pub account: Option<NamedAccount>,
    /// How many answers.
    pub answers: u64,
    /// What they cost.
    pub spend: Spend,
}

/// Queries on what was spent.
#[derive(Clone, Copy, Debug)]
pub struct Spending<'a>(pub(super) &'a Ledger);

impl Spending<'_> {
    /// Where the next reading of a source begins; `None` before the first one.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn mark(self, source: &str) -> Result<Option<String>, LedgerError> {
        self.0.ask(|connection| {
            let mut statement = connection.prepare_cached("SELECT mark FROM spend_sources WHERE source = ?1")?;
            statement.query_row([source], |row| row.get(0)).optional()
        })
    }

    /// Counts the answers that weren't counted before, and remembers how far the source was read and how many of its
    /// records were none, by the names of those. All of it or nothing.
    ///
    /// # Errors
    /// When the ledger can't be written.
    pub fn take_in(
        self,
        source: &str,
        mark: &str,
        foreign: &[String],
        entries: &[SpendEntry],
    ) -> Result<(), LedgerError> {
        self.0.all_or_nothing(|connection| {
            let skipped = uncounted(connection, foreign, |name| number(&[source.as_bytes(), name.as_bytes()]))?.len();
            let mut news: BTreeMap<_, (u64, Spend, &str)> = BTreeMap::new();
            for entry in uncounted(connection, entries, number_of)? {
                let hour = entry.at.as_millis().div_euclid(HOUR);
                let (id, label) =
                    entry.account.as_ref().map_or(("", ""), |account| (account.id.as_str(), account.label.as_str()));
                let (answers, spend, last_label) =
                    news.entry((hour, entry.provider.as_str(), entry.model.as_str(), id)).or_default();
                *answers += 1;
                *spend += entry.spend;
                *last_label = label;
            }
            for ((hour, provider, model, account), (answers, spend, label)) in news {
                add(connection, hour, [provider, model, account, label], answers, spend)?;
            }
            let sql = "INSERT INTO spend_sources (source, mark, skipped) VALUES (?1, ?2, ?3)
                       ON CONFLICT (source) DO UPDATE SET mark = excluded.mark, skipped = skipped + excluded.skipped";
            connection.prepare_cached(sql)?.execute(params![source, mark, whole(skipped as u64)])?;
            Ok(())
        })
    }

    /// What was spent since a time, to the hour, oldest day first.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn since(self, time: Option<Timestamp>) -> Result<Vec<SpendRow>, LedgerError> {
        let from = time.map_or(i64::MIN, |time| time.as_millis().div_euclid(HOUR));
        self.0.ask(|connection| {
            let sql = "SELECT hour / 24 AS day, provider, model, account_id, max(account_label) AS account_label,
                           sum(answers) AS answers, sum(input) AS input, sum(output) AS output,
                           sum(reasoning) AS reasoning, sum(cache_read) AS cache_read,
                           sum(cache_write) AS cache_write, sum(cost) AS cost
                       FROM spend WHERE hour >= ?1 GROUP BY 1, provider, model, account_id ORDER BY 1";
            connection.prepare_cached(sql)?.query_map([from], read)?.collect()
        })
    }

    /// How many records of all sources weren't what they should be.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn skipped(self) -> Result<u64, LedgerError> {
        let sql = "SELECT coalesce(sum(skipped), 0) FROM spend_sources";
        let skipped = self.0.ask(|connection| connection.query_row(sql, [], |row| row.get::<_, i64>(0)))?;
        Ok(u64::try_from(skipped).unwrap_or(0))
    }
}

fn uncounted<'a, T>(
    connection: &Connection,
    found: &'a [T],
    number: impl Fn(&T) -> i64,
) -> rusqlite::Result<Vec<&'a T>> {
    let mut statement = connection.prepare_cached("INSERT OR IGNORE INTO spend_counted (answer) VALUES (?1)")?;
    // In the table's own order, which is several times as fast.
    let mut found: Vec<(i64, &T)> = found.iter().map(|one| (number(one), one)).collect();
    found.sort_by_key(|(number, _)| *number);
    let mut new = Vec::new();
    for (number, one) in found {
        if statement.execute([number])? == 1 {
            new.push(one);
        }
    }
    Ok(new)
}

/// What stays the same in every copy of an answer.
fn number_of(answer: &SpendEntry) -> i64 {
    let Spend { input, output, reasoning, cache_read, cache_write, cost: _ } = answer.spend;
    let figures = [input, output, reasoning, cache_read, cache_write].map(u64::to_le_bytes);
    let at = answer.at.as_millis().to_le_bytes();
    number(&[answer.provider.as_str().as_bytes(), answer.model.as_bytes(), &at, figures.as_flattened()])
}

/// Stands for what was found in little space. Two of a million have the same number once in ten million ledgers.
fn number(parts: &[&[u8]]) -> i64 {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update((part.len() as u64).to_le_bytes());
        digest.update(part);
    }
    let digest: [u8; 32] = digest.finalize().into();
    let [a, b, c, d, e, f, g, h, ..] = digest;
    i64::from_le_bytes([a, b, c, d, e, f, g, h])
}

fn add(
    connection: &Connection,
    hour: i64,
    [provider, model, account_id, account_label]: [&str; 4],
    answers: u64,
    spend: Spend,
) -> rusqlite::Result<()> {
    let sql = "INSERT INTO spend (hour, provider, model, account_id, account_label, answers, input, output, reasoning,
                   cache_read, cache_write, cost)
               VALUES (:hour, :provider, :model, :account_id, :account_label, :answers, :input, :output, :reasoning,
                   :cache_read, :cache_write, :cost)
               ON CONFLICT DO UPDATE SET account_label = excluded.account_label, answers = answers + excluded.answers,
                   input = input + excluded.input, output = output + excluded.output,
                   reasoning = reasoning + excluded.reasoning, cache_read = cache_read + excluded.cache_read,
                   cache_write = cache_write + excluded.cache_write, cost = cost + excluded.cost";
    connection.prepare_cached(sql)?.execute(named_params! {
        ":hour": hour,
        ":provider": provider,
        ":model": model,
        ":account_id": account_id,
        ":account_label": account_label,
        ":answers": whole(answers),
        ":input": whole(spend.input),
        ":output": whole(spend.output),
        ":reasoning": whole(spend.reasoning),
        ":cache_read": whole(spend.cache_read),
        ":cache_write": whole(spend.cache_write),
        ":cost": spend.cost,
    })?;
    Ok(())
}

/// Larger figures are nonsense; cut so that no sum of theirs overflows.
fn whole(number: u64) -> i64 {
    const LARGEST: i64 = 1 << 50;
    i64::try_from(number).unwrap_or(LARGEST).min(LARGEST)
}

fn read(row: &Row<'_>) -> rusqlite::Result<SpendRow> {
    let count = |column: &str| Ok::<_, rusqlite::Error>(u64::try_from(row.get::<_, i64>(column)?).unwrap_or(0));
    let (id, label): (String, String) = (row.get("account_id")?, row.get("account_label")?);
    let account = (!id.is_empty())
        .then(|| NamedAccount { id: AccountId::new(id), label: Label::normalise(&label).unwrap_or_default() });
    Ok(SpendRow {
        day: Timestamp::from_millis(row.get::<_, i64>("day")?.saturating_mul(HOURS_OF_DAY * HOUR)),
        provider: row.get::<_, String>("provider")?.as_str().into(),
        model: row.get("model")?,
        account,
        answers: count("answers")?,
        spend: Spend {
            input: count("input")?,
            output: count("output")?,
            reasoning: count("reasoning")?,
            cache_read: count("cache_read")?,
            cache_write: count("cache_write")?,
            cost: row.get("cost")?,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 24 * 3600;

    fn entry(at: i64, account: Option<&str>) -> SpendEntry {
        SpendEntry {
            at: Timestamp::from_secs(at),
            provider: "openai".into(),
            model: "m".to_owned(),
            account: account.map(|id| NamedAccount { id: id.into(), label: Label::normalise(id).unwrap() }),
            spend: Spend { input: 10, output: 5, reasoning: 1, cache_read: 2, cache_write: 3, cost: 0.25 },
        }
    }

    /// Day, account, answers and input of each row.
    fn rows(ledger: &Ledger, since: Option<i64>) -> Vec<(i64, Option<String>, u64, u64)> {
        let rows = ledger.spending().since(since.map(Timestamp::from_secs)).unwrap();
        let plain = |row: SpendRow| {
            let account = row.account.map(|account| account.id.to_string());
            (row.day.as_millis() / 1000 / DAY, account, row.answers, row.spend.input)
        };
        rows.into_iter().map(plain).collect()
    }

    #[test]
    fn answers_add_up_by_day_and_account() {
        let ledger = Ledger::in_memory().unwrap();
        let entries = [
            entry(DAY + 10, Some("a")),
            entry(DAY + 3600, Some("a")),
            entry(DAY + 20, Some("b")),
            entry(3 * DAY, None),
        ];
        ledger.spending().take_in("db", "m1", &[], &entries).unwrap();
        let [a, b] = ["a", "b"].map(|id| Some(id.to_owned()));
        let all = [(1, a.clone(), 2, 20), (1, b, 1, 10), (3, None, 1, 10)];
        assert_eq!(rows(&ledger, None), all);
        assert_eq!(rows(&ledger, Some(DAY + 3700)), [(1, a, 1, 10), (3, None, 1, 10)]);
        let spend = ledger.spending().since(None).unwrap()[0].spend;
        assert_eq!(spend, Spend { input: 20, output: 10, reasoning: 2, cache_read: 4, cache_write: 6, cost: 0.5 });
    }

    #[test]
    fn what_is_found_again_is_counted_once() {
        let ledger = Ledger::in_memory().unwrap();
        let bad = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let first = entry(10, Some("a"));
        ledger.spending().take_in("db", "m1", &bad(&["1"]), &[first.clone(), first.clone()]).unwrap();
        let other_model = SpendEntry { model: "n".to_owned(), ..first };
        let found = [entry(10, Some("b")), entry(11, Some("a")), other_model];
        ledger.spending().take_in("files", "m2", &bad(&["1", "2", "2"]), &found).unwrap();
        ledger.spending().take_in("files", "m2", &bad(&["2"]), &found).unwrap();
        assert_eq!(rows(&ledger, None), [(0, Some("a".to_owned()), 2, 20), (0, Some("a".to_owned()), 1, 10)]);
        assert_eq!(ledger.spending().skipped().unwrap(), 3);
    }

    #[test]
    fn each_source_goes_on_at_its_own_mark() {
        let ledger = Ledger::in_memory().unwrap();
        for mark in ["m1", "m2"] {
            ledger.spending().take_in("db", mark, &[], &[]).unwrap();
        }
        assert_eq!(ledger.spending().mark("db").unwrap().as_deref(), Some("m2"));
        assert_eq!(ledger.spending().mark("files").unwrap(), None);
    }

    #[test]
    fn nonsense_figures_do_not_spoil_the_sums() {
        let ledger = Ledger::in_memory().unwrap();
        for at in 1..=3 {
            let mut entry = entry(at, None);
            entry.spend.output = u64::MAX;
            ledger.spending().take_in("db", "m", &[], &[entry]).unwrap();
        }
        assert_eq!(rows(&ledger, None), [(0, None, 3, 30)]);
    }
}
