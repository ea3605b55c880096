//! Messages in OpenCode's database. A connection that can't write, and a transaction for each page only, so that
//! OpenCode never waits for Baton; whoever is waited for themselves, Baton leaves alone and comes again. Leaves no file
//! behind.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use engine::{SessionId, Timestamp};
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
    /// Read as a file that doesn't change, for as long as it is closed and changed last at this time.
    closed: Option<SystemTime>,
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
        let named = |source| named(path, source);
        let closed = closed_since(path);
        let connection = open(path, closed.is_some()).map_err(named)?;
        connection.busy_timeout(Duration::ZERO).map_err(named)?;
        let columns = "SELECT count(*) FROM pragma_table_info('message') WHERE name IN ('id', 'session_id', 'data')";
        if connection.query_row(columns, [], |row| row.get::<_, u32>(0)).map_err(named)? != 3 {
            return Err(HistoryError::Unknown { path: path.to_owned() });
        }
        let row = still_there(&connection, mark).map_err(named)?;
        let mark = mark.filter(|_| row > 0).unwrap_or_default().to_owned();
        Ok(Self { connection, path: path.to_owned(), closed, now, row, mark, held: false, ended: false })
    }

    pub(super) fn page(&mut self) -> Result<Option<Page>, HistoryError> {
        if self.ended {
            return Ok(None);
        }
        let mut page = Page::default();
        let filled = self.fill(&mut page);
        if self.closed.is_some() && self.closed != closed_since(&self.path) {
            // What was read may be half of what somebody wrote meanwhile.
            return Err(HistoryError::Busy { path: self.path.clone() });
        }
        filled.map_err(|source| named(&self.path, source))?;
        page.mark.clone_from(&self.mark);
        Ok(Some(page))
    }

    fn fill(&mut self, page: &mut Page) -> rusqlite::Result<()> {
        let sql = "SELECT rowid, id, session_id, data FROM message WHERE rowid > ?1 ORDER BY rowid LIMIT ?2";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(params![self.row, ROWS])?;
        let mut read = 0;
        while let Some(row) = rows.next()? {
            read += 1;
            self.row = row.get("rowid")?;
            let text = |column: &str| Ok::<_, rusqlite::Error>(row.get_ref(column)?.as_str().ok());
            let (id, session) = (text("id")?, text("session_id")?);
            let record = match row.get_ref("data")?.as_bytes() {
                Ok(data) if id.is_some() => message::read(data, id),
                Ok(_) | Err(_) => Record::Foreign,
            };
            match record {
                Record::Answer(message) if message.ended.is_none() && self.may_come(message.started) => {
                    self.held = true;
                }
                Record::Answer(mut message) => {
                    message.session = session.map(SessionId::new);
                    page.messages.push(message);
                }
                Record::Question => {}
                Record::Foreign => page.foreign.push(id.map_or_else(|| format!("row {}", self.row), str::to_owned)),
            }
            if let (Some(id), false) = (id, self.held) {
                self.mark = format!("{} {id}", self.row);
            }
        }
        self.ended = read < ROWS;
        Ok(())
    }

    /// Whether an answer that isn't whole is still being written.
    fn may_come(&self, started: Timestamp) -> bool {
        started + GIVEN_UP > self.now && started < self.now + GIVEN_UP
    }

    pub(super) fn answer_began(&self, message: &str) -> Option<Timestamp> {
        let sql = "SELECT max(time_created) FROM part
                   WHERE message_id = ?1 AND json_valid(data) AND json_extract(data, '$.type') = 'step-start'";
        let mut statement = self.connection.prepare_cached(sql).ok()?;
        statement.query_row([message], |row| row.get::<_, Option<i64>>(0)).ok()?.map(Timestamp::from_millis)
    }
}

/// When a database was changed last that nobody has open: all of it is in the file itself and nothing in a journal
/// beside it. To read it as others do would make that journal and leave it there.
fn closed_since(path: &Path) -> Option<SystemTime> {
    // Bytes 18 and 19 say how it is written: 2 with a write-ahead log.
    let mut header = [0; 20];
    let mut file = File::open(path).ok()?;
    file.read_exact(&mut header).ok()?;
    let mut journal = path.as_os_str().to_owned();
    journal.push("-wal");
    let closed = header[18..] == [2, 2] && matches!(Path::new(&journal).try_exists(), Ok(false));
    closed.then(|| file.metadata().ok()?.modified().ok()).flatten()
}

fn open(path: &Path, closed: bool) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    if !closed {
        return Connection::open_with_flags(path, flags);
    }
    let mut address = String::from("file:");
    if cfg!(windows) {
        address.push_str("///");
    }
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' => address.push(char::from(*byte)),
            b'\\' if cfg!(windows) => address.push('/'),
            byte => address.push_str(&format!("%{byte:02X}")),
        }
    }
    address.push_str("?immutable=1");
    Connection::open_with_flags(address, flags | OpenFlags::SQLITE_OPEN_URI)
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
