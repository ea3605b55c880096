//! One log file: reads what is new in it, whatever became of it meanwhile. Never reads a line twice.

use std::fs::{self, File};
use std::io::{self, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use engine::Input;

use super::{PollSummary, Reader};
use crate::files::FileId;
use crate::opencode::signal::Table;

/// A followed file. It is held open once something has come into it, so that nothing is lost when it is renamed or
/// removed.
#[derive(Debug)]
pub(super) struct Tail {
    path: PathBuf,
    id: FileId,
    /// Everything before it has been read.
    offset: u64,
    file: Option<File>,
    reader: Reader,
    table: Arc<Table>,
}

impl Tail {
    pub(super) fn new(path: PathBuf, id: FileId, offset: u64, table: &Arc<Table>) -> Self {
        let (file, reader, table) = (None, Reader::going_by(table), Arc::clone(table));
        Self { path, id, offset, file, reader, table }
    }

    /// What errors mean from now on.
    pub(super) fn go_by(&mut self, table: &Arc<Table>) {
        self.table = Arc::clone(table);
        self.reader.go_by(table);
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it is this file, whatever its name.
    pub(super) fn is(&self, id: FileId) -> bool {
        self.id == id
    }

    /// The same file under another name.
    pub(super) fn renamed(self, path: PathBuf) -> Self {
        Self { path, ..self }
    }

    /// Reads what is new; begins anew where the file is another one, or was cut off.
    pub(super) fn poll(&mut self, summary: &mut PollSummary, sink: &mut dyn FnMut(Input)) -> io::Result<()> {
        let metadata = match fs::metadata(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return self.finish(summary, sink),
            metadata => metadata?,
        };
        let id = FileId::of(&self.path, &metadata);
        if !self.is(id) {
            self.finish(summary, sink)?;
            *self = self.anew(id);
        } else if metadata.len() < self.offset {
            *self = self.anew(self.id);
        }
        if metadata.len() == self.offset {
            return Ok(());
        }
        if self.file.is_none() {
            let mut file = File::open(&self.path)?;
            let opened = FileId::of(&self.path, &file.metadata()?);
            if opened != self.id {
                *self = self.anew(opened);
            }
            file.seek(SeekFrom::Start(self.offset))?;
            self.file = Some(file);
        }
        self.finish(summary, sink)
    }

    /// Another file under the same name, from its start.
    fn anew(&mut self, id: FileId) -> Self {
        Self::new(std::mem::take(&mut self.path), id, 0, &self.table)
    }

    /// Reads what is left in a file that has lost its name.
    pub(super) fn finish(&mut self, summary: &mut PollSummary, sink: &mut dyn FnMut(Input)) -> io::Result<()> {
        let Some(file) = &mut self.file else { return Ok(()) };
        let outcome = self.reader.drain(file, summary, sink);
        self.offset = file.stream_position()?;
        outcome
    }
}
