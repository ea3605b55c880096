//! Follows OpenCode's log folder and says what happened in it that matters. Reads when it is told to and never watches,
//! waits or crawls; foreign text is counted, never an error.

mod facts;
mod level_first;
mod lines;
mod logfmt;
mod record;
mod tail;
mod walk;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use engine::Input;

pub(super) use facts::{ErrorFacts, Reset};
use lines::{LineReader, Lines};
use record::Line;
pub(super) use record::{Event, Record, Request};
use tail::Tail;

use super::signal::{Interpreter, Table};
use crate::files::FileId;

/// How much is read at once; stays within a processor's cache.
const PIECE: usize = 256 * 1024;

/// Follows all files in OpenCode's log folder: one for each start in older releases, a single growing one in newer ones.
///
/// When files came or went, [`rescan`](Self::rescan) and [`poll`](Self::poll) it; when only their content changed,
/// [`poll`](Self::poll).
#[derive(Debug)]
pub struct LogFollower {
    folder: PathBuf,
    tails: BTreeMap<OsString, Tail>,
    /// Files that have lost their names: whatever is still in them comes with the next poll.
    leaving: Vec<Tail>,
    missing: bool,
    /// What errors mean.
    table: Arc<Table>,
    /// Of the last look at the folder.
    trouble: Option<LogError>,
}

/// What a poll came across.
#[derive(Debug, Default)]
pub struct PollSummary {
    /// Bytes read.
    pub bytes: u64,
    /// Lines that may matter.
    pub records: u64,
    /// Lines that aren't OpenCode's, such as the rest of a value with line ends in it, or that are too long to hold.
    pub skipped: u64,
    /// There is no log folder yet; it is followed once it is there.
    pub missing_dir: bool,
    /// What can't be read; the rest was.
    pub errors: Vec<LogError>,
}

/// A file or folder can't be read.
#[derive(Debug, thiserror::Error)]
#[error("OpenCode's log {} can't be read: {source}", path.display())]
pub struct LogError {
    /// Which.
    pub path: PathBuf,
    /// What the system said.
    pub source: io::Error,
}

impl LogFollower {
    /// Begins at the end of the files that exist now. Files that appear later are read from their start.
    pub fn start(folder: PathBuf) -> Self {
        let (tails, leaving) = (BTreeMap::new(), Vec::new());
        let table = Arc::new(Table::default());
        let mut follower = Self { folder, tails, leaving, missing: true, table, trouble: None };
        follower.look(|metadata| metadata.len());
        follower
    }

    /// What errors mean from now on.
    pub(crate) fn go_by(&mut self, table: Arc<Table>) {
        self.table = table;
        for tail in self.tails.values_mut().chain(&mut self.leaving) {
            tail.go_by(&self.table);
        }
    }

    /// The folder that is followed.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Looks which files there are. Call it when something in the folder, or the folder itself, came or went.
    pub fn rescan(&mut self) {
        self.look(|_| 0);
    }

    /// Reads what is new in all files; cheap when nothing is.
    pub fn poll(&mut self, sink: &mut dyn FnMut(Input)) -> PollSummary {
        let mut summary = PollSummary { missing_dir: self.missing, ..PollSummary::default() };
        summary.errors.extend(self.trouble.take());
        for mut tail in self.leaving.drain(..) {
            note(tail.finish(&mut summary, sink), tail.path(), &mut summary);
        }
        for tail in self.tails.values_mut() {
            note(tail.poll(&mut summary, sink), tail.path(), &mut summary);
        }
        summary
    }

    fn look(&mut self, start_of: fn(&Metadata) -> u64) {
        let found = self.list();
        self.missing = matches!(&found, Err(error) if error.kind() == io::ErrorKind::NotFound);
        let found = match found {
            Ok(found) => found,
            Err(_) if self.missing => Vec::new(),
            Err(source) => {
                self.trouble = Some(LogError { path: self.folder.clone(), source });
                return;
            }
        };
        let mut before = std::mem::take(&mut self.tails);
        let found = found.into_iter().map(|(name, metadata)| {
            let id = FileId::of(&self.folder.join(&name), &metadata);
            (name, metadata, id)
        });
        let (known, new): (Vec<_>, Vec<_>) =
            found.partition(|(name, _, id)| before.get(name).is_some_and(|tail| tail.is(*id)));
        for (name, ..) in known {
            self.tails.extend(before.remove_entry(&name));
        }
        for (name, metadata, id) in new {
            let renamed = before.iter().find(|(_, tail)| tail.is(id)).map(|(name, _)| name.clone());
            let path = self.folder.join(&name);
            let tail = match renamed.and_then(|name| before.remove(&name)) {
                Some(tail) => tail.renamed(path),
                None => Tail::new(path, id, start_of(&metadata), &self.table),
            };
            self.tails.insert(name, tail);
        }
        self.leaving.extend(before.into_values());
    }

    fn list(&self) -> io::Result<Vec<(OsString, Metadata)>> {
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let path = entry?.path();
            // Through links; a file that has gone meanwhile is as good as none.
            let metadata = fs::metadata(&path).ok().filter(|metadata| metadata.is_file() && is_log(&path));
            found.extend(path.file_name().map(OsString::from).zip(metadata));
        }
        Ok(found)
    }
}

/// Reads a whole log from any source, in the same way as files are followed.
///
/// # Errors
/// When the source can't be read.
pub fn read_whole(mut source: impl Read, sink: &mut dyn FnMut(Input)) -> io::Result<PollSummary> {
    let mut summary = PollSummary::default();
    let mut reader = Reader::default();
    reader.drain(&mut source, &mut summary, sink)?;
    reader.end(&mut summary, sink);
    Ok(summary)
}

fn note(outcome: io::Result<()>, path: &Path, summary: &mut PollSummary) {
    if let Err(source) = outcome {
        summary.errors.push(LogError { path: path.to_owned(), source });
    }
}

fn is_log(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "log")
}

/// One log's text on its way to inputs.
#[derive(Debug, Default)]
struct Reader {
    lines: Lines,
    interpreter: Interpreter,
}

impl Reader {
    fn going_by(table: &Arc<Table>) -> Self {
        let mut reader = Self::default();
        reader.go_by(table);
        reader
    }

    fn go_by(&mut self, table: &Arc<Table>) {
        self.interpreter.go_by(Arc::clone(table));
    }

    /// Reads until nothing more comes.
    fn drain(
        &mut self,
        source: &mut impl Read,
        summary: &mut PollSummary,
        sink: &mut dyn FnMut(Input),
    ) -> io::Result<()> {
        let mut piece = Vec::with_capacity(PIECE);
        loop {
            piece.clear();
            let read = source.by_ref().take(PIECE as u64).read_to_end(&mut piece);
            summary.bytes += piece.len() as u64;
            self.lines.feed(&piece, &mut Hearing { interpreter: &mut self.interpreter, summary, sink });
            if read? < PIECE {
                return Ok(());
            }
        }
    }

    fn end(&mut self, summary: &mut PollSummary, sink: &mut dyn FnMut(Input)) {
        self.lines.end(&mut Hearing { interpreter: &mut self.interpreter, summary, sink });
    }
}

/// Hears lines and counts them.
struct Hearing<'a> {
    interpreter: &'a mut Interpreter,
    summary: &'a mut PollSummary,
    sink: &'a mut dyn FnMut(Input),
}

impl LineReader for Hearing<'_> {
    fn may_matter(&self, beginning: &[u8]) -> bool {
        if level_first::is_ours(beginning) {
            level_first::may_matter(beginning)
        } else {
            logfmt::is_ours(beginning) && logfmt::may_matter(beginning)
        }
    }

    fn line(&mut self, line: &[u8]) {
        let line = if level_first::is_ours(line) {
            level_first::read(line)
        } else if logfmt::is_ours(line) {
            logfmt::read(line)
        } else {
            Line::Foreign
        };
        match line {
            Line::Record(record) => {
                self.summary.records += 1;
                self.interpreter.hear(record, self.sink);
            }
            Line::Other => {}
            Line::Foreign => self.summary.skipped += 1,
        }
    }

    fn too_long(&mut self) {
        self.summary.skipped += 1;
    }
}

#[cfg(test)]
mod tests;
