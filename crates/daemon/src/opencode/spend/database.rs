//! Messages in OpenCode's database. A connection that can't write, and a transaction for each page only, so that
//! OpenCode never waits for Baton; whoever is waited for themselves, Baton leaves alone and comes again.

use std::path::{Path, PathBuf};
use std::time::Duration;

use engine::Timestamp;
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, params};

use super::message::{self, Record};
use super::{HistoryError, Page};

/// Rows of one page.
const ROWS: u32 = 4_000;

/// After this time, a message that isn't whole won't become so any more: OpenCode ended before.
const GIVEN_UP: Duration = Duration::from_secs(24 * 3600);

/// A reading, by the rows' own order: new messages come last.
#[derive(Debug)]
pub(super) struct Pages {
    connection: Connection,
    path: PathBuf,
    now: Timestamp,
    /// The last row that was read.
    row: i64,
    /// What later readings begin behind. Ahead of it is a message that isn't whole yet.
    mark: String,
    held: bool,
    ended: bool,
}

impl Pages {
    pub(super) fn begin(path: &Path, mark: Option<&str>, now: Timestamp) -> Result<Self, HistoryError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let named = |source| named(path, source);
        let connection = Connection::open_with_flags(path, flags).map_err(named)?;
        connection.busy_timeout(Duration::ZERO).map_err(named)?;
        let row = still_there(&connection, mark).map_err(named)?;
        let mark = mark.filter(|_| row > 0).unwrap_or_default().to_owned();
        Ok(Self { connection, path: path.to_owned(), now, row, mark, held: false, ended: false })
    }

    pub(super) fn page(&mut self) -> Result<Option<Page>, HistoryError> {
        if self.ended {
            return Ok(None);
        }
        let mut page = Page::default();
        self.fill(&mut page).map_err(|source| named(&self.path, source))?;
        page.mark.clone_from(&self.mark);
        Ok(Some(page))
    }

    fn fill(&mut self, page: &mut Page) -> rusqlite::Result<()> {
        let sql = "SELECT rowid, id, data FROM message WHERE rowid > ?1 ORDER BY rowid LIMIT ?2";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(params![self.row, ROWS])?;
        let mut read = 0;
        while let Some(row) = rows.next()? {
            read += 1;
            self.row = row.get("rowid")?;
            let (id, data) = (row.get_ref("id")?.as_str_or_null(), row.get_ref("data")?.as_bytes_or_null());
            let (Ok(Some(id)), Ok(Some(data))) = (id, data) else {
                page.foreign += 1;
                continue;
            };
            match message::read(data, Some(id)) {
                Record::Answer(message) if message.ended.is_none() && message.started + GIVEN_UP > self.now => {
                    self.held = true;
                }
                Record::Answer(message) => page.messages.push(message),
                Record::Question => {}
                Record::Foreign => page.foreign += 1,
            }
            if !self.held {
                self.mark = format!("{} {id}", self.row);
            }
        }
        self.ended = read < ROWS;
        Ok(())
    }

    pub(super) fn answer_began(&self, message: &str) -> Option<Timestamp> {
        let sql = "SELECT max(time_created) FROM part
                   WHERE message_id = ?1 AND json_valid(data) AND json_extract(data, '$.type') = 'step-start'";
        let mut statement = self.connection.prepare_cached(sql).ok()?;
        statement.query_row([message], |row| row.get::<_, Option<i64>>(0)).ok()?.map(Timestamp::from_millis)
    }
}

/// The mark's row, if it is the one that it was: rows are numbered anew when the newest ones are deleted or the file is
/// made smaller. Everything is read again then.
fn still_there(connection: &Connection, mark: Option<&str>) -> rusqlite::Result<i64> {
    let Some((row, id)) = mark.and_then(|mark| mark.split_once(' ')) else { return Ok(0) };
    let Ok(row) = row.parse::<i64>() else { return Ok(0) };
    let sql = "SELECT 1 FROM message WHERE rowid = ?1 AND id = ?2";
    let there = connection.query_row(sql, params![row, id], |_| Ok(())).optional()?;
    Ok(if there.is_some() { row } else { 0 })
}

fn named(path: &Path, source: rusqlite::Error) -> HistoryError {
    match source.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => HistoryError::Busy { path: path.to_owned() },
        _ => HistoryError::Database { path: path.to_owned(), source },
    }
}
