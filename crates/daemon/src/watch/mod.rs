//! Tells when files change, by the system's own events: no timer, no directory crawl.
//! Watches folders, so that files written by rename are seen, and waits at the nearest ancestor of a missing folder.
//! Where links are on the way, watches what they lead to.

mod trail;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use notify::event::{EventKind, Flag, ModifyKind};
use notify::{ErrorKind, RecursiveMode, Watcher};

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

/// Why a folder isn't watched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unwatched {
    /// The system has no watch left for it; only Linux counts them.
    UsedUp(PathBuf),
    /// The system doesn't let it be watched.
    Refused {
        /// The folder.
        dir: PathBuf,
        /// What the system said.
        why: String,
    },
}

/// What the watcher calls, on its own thread.
type Handler = Box<dyn FnMut(notify::Result<notify::Event>) + Send>;

/// What the loop and the watcher's own thread both know.
#[derive(Default)]
struct Ground {
    /// Where the interests lie.
    places: Vec<Place>,
    /// What came or went since the folders were last gone through.
    moved: BTreeSet<PathBuf>,
}

/// A place on the disk that an interest depends on.
#[derive(Debug, PartialEq, Eq)]
struct Place {
    /// The folder, by its real name.
    dir: PathBuf,
    /// One file name in it; every file when absent.
    file: Option<OsString>,
    /// The interest's index.
    of: usize,
}

/// A set of interests under watch.
pub(crate) struct Watch {
    interests: Vec<Interest>,
    /// Each as it was when its watch was set.
    watched: BTreeMap<PathBuf, Option<FileId>>,
    ground: Arc<Mutex<Ground>>,
    unwatched: Option<Unwatched>,
    watcher: Box<dyn Watcher + Send>,
}

impl Watch {
    /// Starts watching; `heard` is called on the watcher's own thread.
    ///
    /// # Errors
    /// When the system gives no watcher.
    pub(crate) fn start(interests: Vec<Interest>, heard: impl Fn(Heard) + Send + 'static) -> Result<Self, WatchError> {
        Self::by(|handler| Ok(Box::new(notify::recommended_watcher(handler)?)), interests, heard)
    }

    fn by(
        watcher: impl FnOnce(Handler) -> notify::Result<Box<dyn Watcher + Send>>,
        interests: Vec<Interest>,
        heard: impl Fn(Heard) + Send + 'static,
    ) -> Result<Self, WatchError> {
        let ground = Arc::<Mutex<Ground>>::default();
        let (known, count) = (Arc::clone(&ground), interests.len());
        let watcher = watcher(Box::new(move |event| {
            // Without it, events were lost, perhaps: everything may have changed.
            let event = event.unwrap_or_else(|_| notify::Event::new(EventKind::Other).set_flag(Flag::Rescan));
            let news = locked(&known).sort(&event, count);
            news.into_iter().for_each(&heard);
        }))?;
        let mut watch = Self { interests, watched: BTreeMap::new(), ground, unwatched: None, watcher };
        watch.rearm();
        Ok(watch)
    }

    /// A folder that should be watched and isn't. Going through them again tries again.
    pub(crate) fn unwatched(&self) -> Option<&Unwatched> {
        self.unwatched.as_ref()
    }

    /// Follows folders and links that came or went; to be called when a listing changed. The watches that stand aren't
    /// touched: the events that wait in them would be lost. Whether any was set or ended: what happened meanwhile, wherever
    /// it was, may have gone unheard.
    pub(crate) fn rearm(&mut self) -> bool {
        (0..PASSES).take_while(|_| self.pass()).count() > 0
    }

    fn pass(&mut self) -> bool {
        let places: Vec<Place> =
            self.interests.iter().enumerate().flat_map(|(of, interest)| interest.places(of)).collect();
        let mut wanted: BTreeSet<PathBuf> = places.iter().filter_map(|place| nearest(&place.dir)).collect();
        let moved = {
            let mut ground = locked(&self.ground);
            ground.places = places;
            std::mem::take(&mut ground.moved)
        };
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
        self.unwatched = None;
        for dir in wanted {
            let id = id_of(&dir);
            match self.watcher.watch(&dir, RecursiveMode::NonRecursive) {
                Ok(()) => {
                    self.watched.insert(dir, id);
                    changed = true;
                }
                Err(fault) => {
                    // Gone just now: the next pass waits elsewhere.
                    changed |= !dir.is_dir();
                    self.unwatched.get_or_insert(Unwatched::by(fault, dir));
                }
            }
        }
        changed
    }
}

impl Unwatched {
    fn by(fault: notify::Error, dir: PathBuf) -> Self {
        if matches!(fault.kind, ErrorKind::MaxFilesWatch) {
            return Self::UsedUp(dir);
        }
        // Without the paths: the folder is named beside it.
        Self::Refused { dir, why: notify::Error::new(fault.kind).to_string() }
    }
}

/// The folder itself, or where to wait for it.
fn nearest(dir: &Path) -> Option<PathBuf> {
    dir.ancestors().find(|dir| dir.is_dir()).map(trail::real)
}

fn id_of(dir: &Path) -> Option<FileId> {
    std::fs::metadata(dir).ok().map(|metadata| FileId::of(dir, &metadata))
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Ground {
    /// Whom an event is for. Takes down the folders that it moves away under their watches, or makes anew.
    fn sort(&mut self, event: &notify::Event, interests: usize) -> BTreeSet<Heard> {
        let content = match event.kind {
            EventKind::Access(_) | EventKind::Modify(ModifyKind::Metadata(_)) => return BTreeSet::new(),
            EventKind::Modify(ModifyKind::Data(_) | ModifyKind::Any) => true,
            EventKind::Any | EventKind::Create(_) | EventKind::Modify(_) | EventKind::Remove(_) | EventKind::Other => {
                false
            }
        };
        if event.need_rescan() {
            // Every path begins with the empty one.
            self.moved.insert(PathBuf::new());
            return (0..interests).map(Heard::Listing).collect();
        }
        let mut heard = BTreeSet::new();
        for place in &self.places {
            for path in &event.paths {
                if place.dir.starts_with(path) {
                    heard.insert(Heard::Listing(place.of));
                    if !content {
                        self.moved.insert(path.clone());
                    }
                } else if path.parent() == Some(place.dir.as_path()) && place.wants(path) {
                    heard.insert(if content { Heard::Content(place.of) } else { Heard::Listing(place.of) });
                }
            }
        }
        heard
    }
}

impl Interest {
    fn places(&self, of: usize) -> impl Iterator<Item = Place> {
        let path = self.file.as_ref().map_or_else(|| self.dir.clone(), |file| self.dir.join(file));
        let one_file = self.file.is_some();
        trail::trail(&path).into_iter().filter_map(move |path| {
            Some(match one_file {
                true => Place { dir: path.parent()?.to_owned(), file: Some(path.file_name()?.to_owned()), of },
                false => Place { dir: path, file: None, of },
            })
        })
    }
}

impl Place {
    fn wants(&self, path: &Path) -> bool {
        self.file.as_deref().is_none_or(|file| path.file_name() == Some(file))
    }
}

#[cfg(test)]
pub(crate) mod tests;
