//! Messages in the storage folder of releases before 1.2: `message/SESSION/MESSAGE.json`, with their parts in
//! `part/MESSAGE/PART.json`. Looks only into sessions and files that changed since the last reading.

use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use engine::Timestamp;
use serde::Deserialize;

use super::message::{self, Record};
use super::{HistoryError, Page};

/// Files of one page.
const FILES: usize = 1_000;

/// A session gets no new file while its last answer is written; that takes no longer than this.
const LONGEST_ANSWER: Duration = Duration::from_secs(24 * 3600);

/// No message's record is larger.
const LARGEST: u64 = 4 * 1024 * 1024;

/// A file that changed less long ago may be half written.
const SETTLED: Duration = Duration::from_secs(60);

/// A reading, by the time at which each file was changed.
#[derive(Debug)]
pub(super) struct Pages {
    folder: PathBuf,
    /// What is yet to be read, the oldest last.
    files: Vec<(i64, PathBuf)>,
    now: Timestamp,
    mark: i64,
}

impl Pages {
    pub(super) fn begin(folder: &Path, mark: Option<&str>, now: Timestamp) -> Result<Self, HistoryError> {
        let since = mark.and_then(|mark| mark.parse::<i64>().ok());
        let sessions =
            fs::read_dir(folder).map_err(|source| HistoryError::Folder { path: folder.to_owned(), source })?.flatten();
        let mut files = Vec::new();
        for session in sessions {
            let changed = session.metadata().map(|metadata| changed(&metadata)).unwrap_or(i64::MAX);
            if since.is_none_or(|since| (Timestamp::from_millis(changed) + LONGEST_ANSWER).as_millis() >= since) {
                collect(&session.path(), since, &mut files);
            }
        }
        files.sort_by(|a, b| b.cmp(a));
        Ok(Self { folder: folder.to_owned(), files, now, mark: since.unwrap_or(i64::MIN) })
    }

    pub(super) fn page(&mut self) -> Option<Page> {
        if self.files.is_empty() {
            return None;
        }
        let mut page = Page::default();
        for (changed, file) in self.files.split_off(self.files.len().saturating_sub(FILES)).into_iter().rev() {
            // A file that is gone was deleted with its session.
            let Ok(json) = fs::read(&file) else { continue };
            match message::read(&json, file.file_stem().and_then(|stem| stem.to_str())) {
                // Its file changes once more when it is whole.
                Record::Answer(message) if message.ended.is_none() => {}
                Record::Answer(message) => page.messages.push(message),
                Record::Question => {}
                Record::Foreign if Timestamp::from_millis(changed) + SETTLED > self.now => {}
                Record::Foreign => page.foreign.push(file.to_string_lossy().into_owned()),
            }
            // A clock that was ahead must not hide what comes after it was set right.
            self.mark = self.mark.max(changed.min(self.now.as_millis()));
        }
        page.mark = self.mark.to_string();
        Some(page)
    }

    /// Parts say no times before 1.2, but each is written once.
    pub(super) fn answer_began(&self, message: &str) -> Option<Timestamp> {
        let parts = fs::read_dir(self.folder.parent()?.join("part").join(message)).ok()?.flatten();
        let starts = parts.filter(|part| {
            let part = fs::read(part.path()).ok().and_then(|json| serde_json::from_slice::<Part>(&json).ok());
            part.is_some_and(|part| part.kind == "step-start")
        });
        starts.filter_map(|part| Some(Timestamp::from_millis(changed(&part.metadata().ok()?)))).max()
    }
}

#[derive(Deserialize)]
struct Part {
    #[serde(rename = "type")]
    kind: String,
}

/// Files of a session that changed at that time or later: two can have changed in the same millisecond.
fn collect(session: &Path, since: Option<i64>, files: &mut Vec<(i64, PathBuf)>) {
    for file in fs::read_dir(session).into_iter().flatten().flatten() {
        let path = file.path();
        if path.extension().is_none_or(|end| end != "json") {
            continue;
        }
        let Ok(metadata) = file.metadata() else { continue };
        let changed = changed(&metadata);
        if metadata.is_file() && metadata.len() <= LARGEST && since.is_none_or(|since| changed >= since) {
            files.push((changed, path));
        }
    }
}

fn changed(metadata: &Metadata) -> i64 {
    let time = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok()).unwrap_or_default();
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}
