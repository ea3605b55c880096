//! Tells when files change, by the system's own events: no timer, no directory crawl.
//! Watches folders, so that files written by rename are seen, and waits at the nearest ancestor of a missing folder.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use notify::event::{EventKind, Flag, ModifyKind};
use notify::{RecommendedWatcher, RecursiveMode, Watcher};

use crate::files::FileId;

/// How often folders are gone through at once: each pass sees what came while the one before set its watches.
const PASSES: usize = 4;

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
    /// Each as it was when its watch was set.
    watched: BTreeMap<PathBuf, Option<FileId>>,
    /// What came or went since they were last gone through.
    moved: Arc<Mutex<BTreeSet<PathBuf>>>,
    watcher: RecommendedWatcher,
}

impl Watch {
    /// Starts watching; `heard` is called on the watcher's own thread.
    ///
    /// # Errors
    /// When the system gives no watcher.
    pub(crate) fn start(interests: Vec<Interest>, heard: impl Fn(Heard) + Send + 'static) -> Result<Self, WatchError> {
        let known = interests.clone();
        let moved = Arc::new(Mutex::default());
        let noted = Arc::clone(&moved);
        let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            // Without it, events were lost, perhaps: everything may have changed.
            let event = event.unwrap_or_else(|_| notify::Event::new(EventKind::Other).set_flag(Flag::Rescan));
            sort(&known, &event, &mut locked(&noted)).into_iter().for_each(&heard);
        })?;
        let mut watch = Self { interests, watched: BTreeMap::new(), moved, watcher };
        watch.rearm();
        Ok(watch)
    }

    /// Follows folders that came or went; to be called when a listing changed. The watches that stand aren't touched: the
    /// events that wait in them would be lost. Whether any was set or ended: what happened meanwhile, wherever it was, may
    /// have gone unheard.
    pub(crate) fn rearm(&mut self) -> bool {
        (0..PASSES).take_while(|_| self.pass()).count() > 0
    }

    fn pass(&mut self) -> bool {
        let moved = std::mem::take(&mut *locked(&self.moved));
        let mut wanted: BTreeSet<PathBuf> =
            self.interests.iter().filter_map(|interest| nearest(&interest.dir)).collect();
        let mut changed = false;
        for (dir, id) in std::mem::take(&mut self.watched) {
            // A folder that was deleted and made again has lost its watch, under the same path.
            let stands =
                wanted.contains(&dir) && !moved.iter().any(|moved| dir.starts_with(moved)) && id_of(&dir) == id;
            if stands {
                wanted.remove(&dir);
                self.watched.insert(dir, id);
            } else {
                // It may be gone already, and then there is nothing to end.
                let _ = self.watcher.unwatch(&dir);
                changed = true;
            }
        }
        for dir in wanted {
            let id = id_of(&dir);
            if self.watcher.watch(&dir, RecursiveMode::NonRecursive).is_ok() {
                self.watched.insert(dir, id);
                changed = true;
            }
        }
        changed
    }
}

/// The folder itself, or where to wait for it.
fn nearest(dir: &Path) -> Option<PathBuf> {
    dir.ancestors().find(|dir| dir.is_dir()).map(Path::to_owned)
}

fn id_of(dir: &Path) -> Option<FileId> {
    std::fs::metadata(dir).ok().map(|metadata| FileId::of(dir, &metadata))
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whom an event is for. Adds the folders that it moves away under their watches, or makes anew.
fn sort(interests: &[Interest], event: &notify::Event, moved: &mut BTreeSet<PathBuf>) -> BTreeSet<Heard> {
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
                if !content {
                    moved.insert(path.clone());
                }
            } else if path.parent() == Some(interest.dir.as_path()) && interest.wants(path) {
                heard.insert(if content { Heard::Content(index) } else { Heard::Listing(index) });
            }
        }
        if event.need_rescan() {
            heard.insert(Heard::Listing(index));
        }
    }
    if event.need_rescan() {
        // Every path begins with the empty one.
        moved.insert(PathBuf::new());
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

    fn interest(dir: &Path, file: Option<&str>) -> Interest {
        Interest { dir: dir.to_owned(), file: file.map(str::to_owned) }
    }

    fn start<const N: usize>(interests: [Interest; N]) -> (Watch, mpsc::Receiver<Heard>) {
        let (sender, receiver) = mpsc::channel();
        let watch = Watch::start(interests.into(), move |heard| sender.send(heard).unwrap_or_default()).unwrap();
        (watch, receiver)
    }

    fn next(receiver: &mpsc::Receiver<Heard>) -> Heard {
        receiver.recv_timeout(Duration::from_secs(10)).expect("an event of the system")
    }

    /// Does what is to be done with what is heard, until this is, or everything has to be read again.
    fn await_news(watch: &mut Watch, receiver: &mpsc::Receiver<Heard>, wanted: Heard) {
        loop {
            let heard = next(receiver);
            let everything = matches!(heard, Heard::Listing(_)) && watch.rearm();
            if everything || heard == wanted {
                return;
            }
        }
    }

    #[test]
    fn a_file_written_by_rename_is_heard_and_its_neighbours_are_not() {
        let dir = tempfile::tempdir().unwrap();
        let (_watch, receiver) = start([interest(dir.path(), Some("auth.json"))]);
        std::fs::write(dir.path().join("opencode.db"), "x").unwrap();
        std::fs::write(dir.path().join("temp"), "{}").unwrap();
        std::fs::rename(dir.path().join("temp"), dir.path().join("auth.json")).unwrap();
        assert_eq!(next(&receiver), Heard::Listing(0));
    }

    #[test]
    fn a_folder_that_appears_later_is_followed() {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("share/opencode/log");
        let (mut watch, receiver) = start([interest(&dir, None)]);
        std::fs::create_dir_all(&dir).unwrap();
        assert_eq!(next(&receiver), Heard::Listing(0));
        assert!(watch.rearm(), "it may have files already");
        std::fs::write(dir.join("opencode.log"), "line").unwrap();
        while next(&receiver) != Heard::Content(0) {}
    }

    #[test]
    fn nothing_is_missed_while_the_folders_are_gone_through() {
        const FILES: usize = 300;
        let (log, config) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (mut watch, receiver) = start([interest(config.path(), Some("config.toml")), interest(log.path(), None)]);
        for file in 0..FILES {
            std::fs::write(log.path().join(format!("{file}.log")), "").unwrap();
            assert!(!watch.rearm());
        }
        for _ in 0..FILES {
            assert_eq!(next(&receiver), Heard::Listing(1));
        }
    }

    #[test]
    fn a_folder_that_is_made_again_is_followed_and_all_the_others_are_read_again() {
        let home = tempfile::tempdir().unwrap();
        let (log, config) = (home.path().join("log"), home.path().join("config"));
        for dir in [&log, &config] {
            std::fs::create_dir(dir).unwrap();
        }
        let (mut watch, receiver) = start([interest(&config, None), interest(&log, None)]);
        std::fs::rename(&log, home.path().join("old")).unwrap();
        std::fs::create_dir(&log).unwrap();
        assert_eq!(next(&receiver), Heard::Listing(1));
        assert!(watch.rearm());
        std::fs::write(log.join("opencode.log"), "line").unwrap();
        await_news(&mut watch, &receiver, Heard::Content(1));
        std::fs::write(config.join("config.toml"), "# ").unwrap();
        await_news(&mut watch, &receiver, Heard::Content(0));
    }
}
