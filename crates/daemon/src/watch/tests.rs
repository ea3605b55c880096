//! The watch on real folders, by the system's own events.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use notify::{Config, RecommendedWatcher, WatcherKind};

use super::*;
use crate::files::link;

/// The system's watcher, where others may have used up all watches.
struct Scarce {
    left: Arc<AtomicBool>,
    watcher: RecommendedWatcher,
}

impl Watcher for Scarce {
    fn new<F: notify::EventHandler>(handler: F, config: Config) -> notify::Result<Self> {
        Ok(Self { left: Arc::default(), watcher: RecommendedWatcher::new(handler, config)? })
    }

    fn watch(&mut self, path: &Path, mode: RecursiveMode) -> notify::Result<()> {
        match self.left.load(Ordering::SeqCst) {
            true => self.watcher.watch(path, mode),
            false => Err(notify::Error::new(ErrorKind::MaxFilesWatch).add_path(path.to_owned())),
        }
    }

    fn unwatch(&mut self, path: &Path) -> notify::Result<()> {
        self.watcher.unwatch(path)
    }

    fn kind() -> WatcherKind {
        RecommendedWatcher::kind()
    }
}

/// A watch for which the system has nothing left until it is told otherwise.
pub(crate) fn without_any_left(
    interests: Vec<Interest>,
    heard: impl Fn(Heard) + Send + 'static,
) -> (Watch, Arc<AtomicBool>) {
    let left = Arc::<AtomicBool>::default();
    let given = Arc::clone(&left);
    let watch = Watch::by(
        |handler| Ok(Box::new(Scarce { left: given, ..Scarce::new(handler, Config::default())? })),
        interests,
        heard,
    );
    (watch.unwrap(), left)
}

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
    // Some systems tell of the folders' own making first.
    std::fs::write(log.path().join("first.log"), "").unwrap();
    await_news(&mut watch, &receiver, Heard::Listing(1));
    while watch.rearm() {}
    for file in 0..FILES {
        std::fs::write(log.path().join(format!("{file}.log")), "").unwrap();
        assert!(!watch.rearm());
    }
    for _ in 0..FILES {
        while next(&receiver) != Heard::Listing(1) {}
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
    while next(&receiver) != Heard::Listing(1) {}
    assert!(watch.rearm());
    std::fs::write(log.join("opencode.log"), "line").unwrap();
    await_news(&mut watch, &receiver, Heard::Content(1));
    std::fs::write(config.join("config.toml"), "# ").unwrap();
    await_news(&mut watch, &receiver, Heard::Content(0));
}

#[test]
fn a_folder_that_the_system_has_no_watch_left_for_is_named_and_followed_once_there_is_one() {
    let dir = tempfile::tempdir().unwrap();
    let (sender, receiver) = mpsc::channel();
    let (mut watch, left) = without_any_left(vec![interest(dir.path(), Some("auth.json"))], move |heard| {
        sender.send(heard).unwrap_or_default();
    });
    assert_eq!(watch.unwatched(), Some(&Unwatched::UsedUp(trail::real(dir.path()))));
    assert!(!watch.rearm());
    left.store(true, Ordering::SeqCst);
    assert!(watch.rearm(), "what came meanwhile has to be read");
    assert_eq!(watch.unwatched(), None);
    std::fs::write(dir.path().join("auth.json"), "{}").unwrap();
    assert_eq!(next(&receiver), Heard::Listing(0));
}

/// Makes a link; `false` where the system lets nobody do so.
fn linked(to: &Path, at: &Path) -> bool {
    link(to, at).unwrap();
    std::fs::symlink_metadata(at).is_ok()
}

/// The folders that are watched, and nothing below or above them is.
fn watched(watch: &Watch) -> Vec<&Path> {
    watch.watched.keys().map(PathBuf::as_path).collect()
}

#[test]
fn a_file_that_is_a_link_is_heard_where_it_leads_to() {
    let home = tempfile::tempdir().unwrap();
    let home = trail::real(home.path());
    let [dotfiles, other, share] = ["dotfiles", "other", "share"].map(|name| home.join(name));
    for dir in [&dotfiles, &other, &share] {
        std::fs::create_dir(dir).unwrap();
    }
    let (there, here) = (dotfiles.join("opencode.json"), share.join("auth.json"));
    std::fs::write(&there, "{}").unwrap();
    if !linked(&there, &here) {
        return;
    }
    let (mut watch, receiver) = start([interest(&share, Some("auth.json"))]);
    assert_eq!(watched(&watch), [&dotfiles, &share]);
    std::fs::write(&there, "{ }").unwrap();
    while next(&receiver) != Heard::Content(0) {}

    std::fs::remove_file(&here).unwrap();
    linked(&other.join("auth.json"), &here);
    await_news(&mut watch, &receiver, Heard::Listing(0));
    watch.rearm();
    assert_eq!(watched(&watch), [&other, &share]);
    std::fs::write(other.join("auth.json"), "{}").unwrap();
    await_news(&mut watch, &receiver, Heard::Content(0));
}

#[test]
fn a_folder_that_is_a_link_is_heard_by_whatever_name_the_system_tells_of_it() {
    let home = tempfile::tempdir().unwrap();
    let (disk, share) = (home.path().join("disk"), home.path().join("share"));
    std::fs::create_dir(&disk).unwrap();
    if !linked(&disk, &share) {
        return;
    }
    let (mut watch, receiver) = start([interest(&share, Some("auth.json")), interest(&share.join("log"), None)]);
    assert_eq!(watched(&watch), [trail::real(&disk)]);
    std::fs::write(share.join("auth.json"), "{}").unwrap();
    assert_eq!(next(&receiver), Heard::Listing(0));
    std::fs::create_dir(share.join("log")).unwrap();
    await_news(&mut watch, &receiver, Heard::Listing(1));
    std::fs::write(disk.join("log/opencode.log"), "line").unwrap();
    await_news(&mut watch, &receiver, Heard::Content(1));
}

#[test]
fn a_link_to_a_folder_that_isnt_there_yet_is_followed_once_it_is() {
    let home = tempfile::tempdir().unwrap();
    let (disk, share) = (home.path().join("disk"), home.path().join("share"));
    if !linked(Path::new("disk/opencode"), &share) {
        return;
    }
    let (mut watch, receiver) = start([interest(&share, Some("auth.json"))]);
    std::fs::create_dir_all(disk.join("opencode")).unwrap();
    await_news(&mut watch, &receiver, Heard::Listing(0));
    std::fs::write(share.join("auth.json"), "{}").unwrap();
    await_news(&mut watch, &receiver, Heard::Listing(0));
    watch.rearm();
    assert_eq!(watched(&watch), [trail::real(&disk.join("opencode"))]);
}

#[test]
fn links_that_lead_in_a_circle_end_somewhere() {
    let home = tempfile::tempdir().unwrap();
    let (one, other) = (home.path().join("one"), home.path().join("other"));
    if !linked(&one, &other) {
        return;
    }
    linked(&other, &one);
    let (watch, _receiver) = start([interest(home.path(), Some("one"))]);
    assert_eq!(watched(&watch), [trail::real(home.path())]);
}
