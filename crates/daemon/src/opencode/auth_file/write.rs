//! Puts a new `auth.json` in the place of the old one. Never writes into the old one, never removes it first.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use engine::ProviderId;
use tempfile::{Builder, NamedTempFile};

use super::{AuthEntries, AuthFile, AuthFileError, ReplaceError, Replaced, text};
use crate::credential::Credential;
use crate::files::{self, Former};

/// How often and after what pause something is tried again that another process holds for an instant.
const TRIES: u32 = 10;
const PAUSE: Duration = Duration::from_millis(5);
/// Pauses that grow end here: together they last two and a half seconds.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// How a file is called that isn't in the target's place yet.
const PREFIX: &str = ".auth.json.";
const SUFFIX: &str = ".baton";

pub(super) fn replace(
    file: &AuthFile,
    seen: &AuthEntries,
    provider: &ProviderId,
    credential: &Credential,
) -> Result<Replaced, ReplaceError> {
    let target = behind_links(&file.path).map_err(io_error("resolve"))?;
    let Some(bytes) = &seen.bytes else {
        return create(&target, &text::only_entry(provider.as_str(), credential)?);
    };
    let new = text::with_entry(text::without_mark(bytes), provider.as_str(), credential)?;
    let mut old = hold_unchanged(&target, bytes)?;
    let temp = beside(&target, &new, Some(&target))?;
    // As late as possible: OpenCode writes in place, without a lock.
    unchanged(&mut old, bytes)?;
    put(temp, &target)?;
    Ok(Replaced { overtaken: written_since(&mut old, bytes) })
}

/// The file that the path leads to: a link stays a link.
fn behind_links(path: &Path) -> io::Result<PathBuf> {
    match fs::canonicalize(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => match fs::read_link(path) {
            Ok(link) => Ok(path.parent().unwrap_or(Path::new("")).join(link)),
            Err(_) => Ok(path.to_owned()),
        },
        resolved => resolved,
    }
}

fn create(target: &Path, new: &[u8]) -> Result<Replaced, ReplaceError> {
    fs::create_dir_all(folder(target)).map_err(io_error("make the folder"))?;
    let temp = beside(target, new, None)?;
    match temp.persist_noclobber(target) {
        Ok(_) => {
            sync_folder(target);
            Ok(Replaced::default())
        }
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Err(ReplaceError::Changed),
        Err(error) => Err(io_error("rename")(error.error)),
    }
}

fn hold_unchanged(target: &Path, seen: &[u8]) -> Result<Former, ReplaceError> {
    let mut old = match Former::hold(target, &named()) {
        Ok(old) => old,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(ReplaceError::Changed),
        Err(source) => return Err(AuthFileError::Unreadable { source }.into()),
    };
    unchanged(&mut old, seen)?;
    Ok(old)
}

fn unchanged(old: &mut Former, seen: &[u8]) -> Result<(), ReplaceError> {
    let now = old.read().map_err(|source| AuthFileError::Unreadable { source })?;
    if now == seen {
        return Ok(());
    }
    AuthEntries::parse(now)?;
    Err(ReplaceError::Changed)
}

fn named<'a>() -> Builder<'a, 'a> {
    let mut named = Builder::new();
    named.prefix(PREFIX).suffix(SUFFIX);
    named
}

/// A whole file in the same folder, on the disk; it vanishes unless it is put in the target's place.
fn beside(target: &Path, new: &[u8], like: Option<&Path>) -> Result<NamedTempFile, ReplaceError> {
    let mut temp = named().tempfile_in(folder(target)).map_err(io_error("make a file beside it"))?;
    temp.write_all(new).map_err(io_error("write"))?;
    // New files are 0600 already, as `tempfile` makes them.
    if let Some(like) = like {
        files::keep_mode(like, temp.as_file()).map_err(io_error("keep its mode"))?;
    }
    temp.as_file().sync_all().map_err(io_error("bring it to the disk"))?;
    Ok(temp)
}

/// Removes what never came into the target's place. What can't be removed does no harm to `auth.json`.
pub(super) fn sweep(path: &Path) {
    let target = behind_links(path).unwrap_or_else(|_| path.to_owned());
    for left in fs::read_dir(folder(&target)).into_iter().flatten().flatten() {
        let name = left.file_name();
        if name.to_str().is_some_and(|name| name.starts_with(PREFIX) && name.ends_with(SUFFIX)) {
            let _ = fs::remove_file(left.path());
        }
    }
}

/// Windows refuses while another process has the target open: OpenCode for an instant, a scanner for longer.
fn put(mut temp: NamedTempFile, target: &Path) -> Result<(), ReplaceError> {
    let mut pause = PAUSE;
    loop {
        match temp.persist(target) {
            Ok(_) => break,
            Err(refused) if cfg!(windows) && pause < LONGEST_PAUSE => temp = refused.file,
            Err(refused) => return Err(io_error("rename")(refused.error)),
        }
        thread::sleep(pause);
        pause *= 2;
    }
    sync_folder(target);
    Ok(())
}

/// Lets the rename outlast a power cut. Some file systems refuse, and either file that a power cut leaves is whole.
fn sync_folder(target: &Path) {
    let _ = files::sync_folder(folder(target));
}

/// What came into the old file between the last look at it and its replacement.
fn written_since(old: &mut Former, seen: &[u8]) -> Option<AuthEntries> {
    for _ in 0..TRIES {
        let now = old.read().ok()?;
        if now == seen {
            return None;
        }
        if let Ok(entries) = AuthEntries::parse(now) {
            return Some(entries);
        }
        thread::sleep(PAUSE);
    }
    None
}

fn folder(target: &Path) -> &Path {
    target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn io_error(act: &'static str) -> impl Fn(io::Error) -> ReplaceError {
    move |source| ReplaceError::Io { act, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEFORE: &str = r#"{"openai":{"type":"api","key":"old"},"other":{"type":"future","x":1}}"#;

    struct Home {
        folder: tempfile::TempDir,
        file: AuthFile,
    }

    fn home(text: Option<&str>) -> Home {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("auth.json");
        if let Some(text) = text {
            fs::write(&path, text).unwrap();
        }
        Home { file: AuthFile::new(path), folder }
    }

    impl Home {
        fn put(&self, seen: &AuthEntries) -> Result<Replaced, ReplaceError> {
            self.file.replace(seen, &"openai".into(), &Credential::api("new"))
        }

        fn key(&self) -> Option<String> {
            let entries = self.file.read().unwrap();
            entries.get(&"openai".into()).and_then(|credential| credential.text("key")).map(str::to_owned)
        }

        fn names(&self) -> Vec<String> {
            let listed = fs::read_dir(self.folder.path()).unwrap();
            let mut names: Vec<_> = listed.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
            names.sort();
            names
        }
    }

    #[test]
    fn an_entry_is_replaced_and_nothing_is_left_behind() {
        let home = home(Some(BEFORE));
        assert_eq!(home.put(&home.file.read().unwrap()).unwrap(), Replaced::default());
        assert_eq!(home.key().as_deref(), Some("new"));
        assert_eq!(home.names(), ["auth.json"]);
        let text = fs::read_to_string(home.file.path()).unwrap();
        assert!(text.ends_with(r#","other":{"type":"future","x":1}}"#), "{text}");
    }

    #[test]
    fn a_missing_file_is_made_in_a_missing_folder_too() {
        let home = home(None);
        let file = AuthFile::new(home.folder.path().join("data/auth.json"));
        let seen = file.read().unwrap();
        assert!(seen.is_missing());
        let _ = file.replace(&seen, &"openai".into(), &Credential::api("new")).unwrap();
        assert_eq!(file.read().unwrap().get(&"openai".into()), Some(&Credential::api("new")));
    }

    #[test]
    fn a_file_that_changed_since_stays_as_it_is() {
        let check = |before: Option<&str>, after: Option<&str>| {
            let home = home(before);
            let seen = home.file.read().unwrap();
            match after {
                Some(text) => fs::write(home.file.path(), text).unwrap(),
                None => fs::remove_file(home.file.path()).unwrap(),
            }
            let error = home.put(&seen).unwrap_err();
            assert_eq!(fs::read_to_string(home.file.path()).ok().as_deref(), after);
            assert!(home.names().iter().all(|name| name == "auth.json"));
            error
        };
        assert!(matches!(check(Some(BEFORE), Some("{}")), ReplaceError::Changed));
        assert!(matches!(check(Some(BEFORE), None), ReplaceError::Changed));
        assert!(matches!(check(None, Some(BEFORE)), ReplaceError::Changed));
        let torn = check(Some(BEFORE), Some(&BEFORE[..20]));
        assert!(matches!(torn, ReplaceError::Unreadable(AuthFileError::NotJson { .. })), "{torn:?}");
    }

    #[test]
    fn a_byte_order_mark_is_dropped() {
        let home = home(Some(&format!("\u{feff}{BEFORE}")));
        let _ = home.put(&home.file.read().unwrap()).unwrap();
        assert!(fs::read_to_string(home.file.path()).unwrap().starts_with(r#"{"openai":"#));
    }

    #[test]
    fn what_a_crash_left_behind_does_no_harm() {
        let home = home(Some(BEFORE));
        let half = beside(home.file.path(), b"{\"half", None).unwrap();
        let (_, left) = half.keep().unwrap();
        assert_eq!(home.key().as_deref(), Some("old"));
        let _ = home.put(&home.file.read().unwrap()).unwrap();
        assert_eq!(home.key().as_deref(), Some("new"));
        assert!(left.exists(), "another switch may be writing it");
        home.file.sweep();
        assert_eq!(home.names(), ["auth.json"]);
        AuthFile::new(home.folder.path().join("nowhere/auth.json")).sweep();
    }

    #[test]
    fn what_is_written_in_the_same_instant_is_handed_over() {
        let home = home(Some(BEFORE));
        let mut old = Former::hold(home.file.path(), &named()).unwrap();
        assert_eq!(written_since(&mut old, BEFORE.as_bytes()), None);
        fs::write(home.file.path(), BEFORE.replace("old", "rotated")).unwrap();
        let overtaken = written_since(&mut old, BEFORE.as_bytes()).unwrap();
        assert_eq!(overtaken.get(&"openai".into()), Some(&Credential::api("rotated")));
    }

    #[test]
    fn a_folder_in_its_place_is_unreadable() {
        let home = home(None);
        fs::create_dir(home.file.path()).unwrap();
        assert!(matches!(home.file.read(), Err(AuthFileError::Unreadable { .. })));
    }

    #[test]
    fn no_secret_is_shown() {
        let home = home(Some(BEFORE));
        let seen = home.file.read().unwrap();
        let shown = format!("{seen:?}");
        assert!(shown.contains("openai") && !shown.contains("old"), "{shown}");
        fs::write(home.file.path(), r#"{"openai":{"key":"old" "#).unwrap();
        let error = home.file.read().unwrap_err();
        assert!(!format!("{error} {error:?}").contains("old"));
    }

    #[cfg(unix)]
    mod unix {
        use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

        use super::*;

        fn mode(path: &Path) -> u32 {
            fs::metadata(path).unwrap().mode() & 0o7777
        }

        #[test]
        fn the_mode_stays_and_a_new_file_is_for_its_owner_only() {
            let old = home(Some(BEFORE));
            fs::set_permissions(old.file.path(), fs::Permissions::from_mode(0o640)).unwrap();
            let _ = old.put(&old.file.read().unwrap()).unwrap();
            assert_eq!(mode(old.file.path()), 0o640);

            let new = home(None);
            let _ = new.put(&new.file.read().unwrap()).unwrap();
            assert_eq!(mode(new.file.path()), 0o600);
        }

        #[test]
        fn a_link_stays_a_link() {
            let home = home(None);
            let real = home.folder.path().join("dotfiles");
            fs::create_dir(&real).unwrap();
            fs::write(real.join("secret.json"), BEFORE).unwrap();
            symlink("dotfiles/secret.json", home.file.path()).unwrap();

            let _ = home.put(&home.file.read().unwrap()).unwrap();
            assert!(fs::symlink_metadata(home.file.path()).unwrap().is_symlink());
            assert!(fs::read_to_string(real.join("secret.json")).unwrap().contains("new"));
        }

        #[test]
        fn a_link_to_a_file_that_isnt_there_yet_makes_that_file() {
            let home = home(None);
            symlink("later.json", home.file.path()).unwrap();
            let _ = home.put(&home.file.read().unwrap()).unwrap();
            assert!(fs::symlink_metadata(home.file.path()).unwrap().is_symlink());
            assert_eq!(home.key().as_deref(), Some("new"));
        }

        #[test]
        fn a_folder_that_cant_be_written_leaves_the_file_whole() {
            let home = home(Some(BEFORE));
            let seen = home.file.read().unwrap();
            fs::set_permissions(home.folder.path(), fs::Permissions::from_mode(0o500)).unwrap();
            let outcome = home.put(&seen);
            fs::set_permissions(home.folder.path(), fs::Permissions::from_mode(0o700)).unwrap();
            // The superuser may write anywhere.
            match outcome {
                Ok(_) => assert_eq!(home.key().as_deref(), Some("new")),
                Err(error) => {
                    assert!(matches!(error, ReplaceError::Io { .. }), "{error:?}");
                    assert_eq!(home.key().as_deref(), Some("old"));
                }
            }
        }
    }
}
