//! Tells when files change, by the system's own events: no timer, no directory crawl.
//! Watches folders, so that files written by rename are seen, and waits at the nearest ancestor of a missing folder.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use notify::event::{EventKind, ModifyKind};
use notify::{RecommendedWatcher, RecursiveMode, Watcher};

/// What somebody wants to hear of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Interest {
    /// The folder, which need not exist yet.
    pub(crate) dir: PathBuf,
    /// One file name in it; every file when absent.
    pub(crate) file: Option<String>,
}

/// What was heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Heard {
    /// Files of the interest with this index have new content.
    Content(usize),
    /// Files of the interest with this index came, went or were renamed, or its folder did.
    Listing(usize),
}

/// The system gives no watcher.
#[derive(Debug, thiserror::Error)]
#[error("files can't be watched: {0}")]
pub struct WatchError(#[from] notify::Error);

/// A set of interests under watch.
pub(crate) struct Watch {
    interests: Vec<Interest>,
    watched: BTreeSet<PathBuf>,
    watcher: RecommendedWatcher,
}

impl Watch {
    /// Starts watching; `heard` is called on the watcher's own thread.
    ///
    /// # Errors
    /// When the system gives no watcher.
    pub(crate) fn start(interests: Vec<Interest>, heard: impl Fn(Heard) + Send + 'static) -> Result<Self, WatchError> {
        let known = interests.clone();
        let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| match event {
            Ok(event) => sort(&known, &event).into_iter().for_each(&heard),
            // Events were lost, perhaps: everything may have changed.
            Err(_) => (0..known.len()).map(Heard::Listing).for_each(&heard),
        })?;
        let mut watch = Self { interests, watched: BTreeSet::new(), watcher };
        watch.rearm();
        Ok(watch)
    }

    /// Follows folders that came or went; to be called when a listing changed. Returns the folders that are missing.
    pub(crate) fn rearm(&mut self) -> Vec<PathBuf> {
        // A folder that was deleted and made again has lost its watch, under the same path.
        for gone in std::mem::take(&mut self.watched) {
            // It may be gone already, and then there is nothing to end.
            let _ = self.watcher.unwatch(&gone);
        }
        let mut missing = Vec::new();
        for interest in &self.interests {
            let Some(existing) = interest.dir.ancestors().find(|dir| dir.is_dir()) else { continue };
            if existing != interest.dir {
                missing.push(interest.dir.clone());
            }
            if !self.watched.contains(existing) && self.watcher.watch(existing, RecursiveMode::NonRecursive).is_ok() {
                self.watched.insert(existing.to_owned());
            }
        }
        missing
    }
}

fn sort(interests: &[Interest], event: &notify::Event) -> BTreeSet<Heard> {
    let content = match event.kind {
        EventKind::Access(_) | EventKind::Modify(ModifyKind::Metadata(_)) => return BTreeSet::new(),
        EventKind::Modify(ModifyKind::Data(_) | ModifyKind::Any) => true,
        EventKind::Any | EventKind::Create(_) | EventKind::Modify(_) | EventKind::Remove(_) | EventKind::Other => false,
    };
    let mut heard = BTreeSet::new();
    for (index, interest) in interests.iter().enumerate() {
        for path in &event.paths {
            if interest.dir.starts_with(path) {
                heard.insert(Heard::Listing(index));
            } else if path.parent() == Some(interest.dir.as_path()) && interest.wants(path) {
                heard.insert(if content { Heard::Content(index) } else { Heard::Listing(index) });
            }
        }
        if event.need_rescan() {
            heard.insert(Heard::Listing(index));
        }
    }
    heard
}

impl Interest {
    fn wants(&self, path: &Path) -> bool {
        self.file.as_deref().is_none_or(|file| path.file_name().is_some_and(|name| name == file))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use super::*;

    fn start(dir: &Path, file: Option<&str>) -> (Watch, mpsc::Receiver<Heard>) {
        let (sender, receiver) = mpsc::channel();
        let interest = Interest { dir: dir.to_owned(), file: file.map(str::to_owned) };
        let watch = Watch::start(vec![interest], move |heard| sender.send(heard).unwrap_or_default()).unwrap();
        (watch, receiver)
    }

    fn next(receiver: &mpsc::Receiver<Heard>) -> Heard {
        receiver.recv_timeout(Duration::from_secs(10)).expect("an event of the system")
    }

    #[test]
    fn a_file_written_by_rename_is_heard_and_its_neighbours_are_not() {
        let dir = tempfile::tempdir().unwrap();
        let (_watch, receiver) = start(dir.path(), Some("auth.json"));
        std::fs::write(dir.path().join("opencode.db"), "x").unwrap();
        std::fs::write(dir.path().join("temp"), "{}").unwrap();
        std::fs::rename(dir.path().join("temp"), dir.path().join("auth.json")).unwrap();
        assert_eq!(next(&receiver), Heard::Listing(0));
    }

    #[test]
    fn a_folder_that_appears_later_is_followed() {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("share/opencode/log");
        let (mut watch, receiver) = start(&dir, None);
        assert_eq!(watch.rearm(), std::slice::from_ref(&dir));
        while !watch.rearm().is_empty() {
            std::fs::create_dir_all(&dir).unwrap();
            assert_eq!(next(&receiver), Heard::Listing(0));
        }
        std::fs::write(dir.join("opencode.log"), "line").unwrap();
        assert_eq!(next(&receiver), Heard::Listing(0));
    }
}
