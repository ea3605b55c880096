//! The bridge's place in OpenCode: puts the one file there, keeps it current, and takes it out without a trace.
//! Touches no file but its own, and never one that somebody else put in its place.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::Builder;

/// The bridge as it is in this Baton.
const SOURCE: &str = include_str!("../../../../bridge/baton.js");
/// How a copy that Baton put there begins.
const MARK: &str = "// Baton bridge ";
const MADE: &str = "// Folders made for it: ";
/// The lines of the source that a copy has filled in.
const CONTROL: &str = "const CONTROL_FILE = ";
const AUTH: &str = "const AUTH_FILE = ";
/// Releases before 1.1.11 refuse to start where a folder `plugins` is.
const FOLDER: &str = "plugin";
const FILE: &str = "baton.js";

/// Where the bridge belongs, and which Baton it is to talk to.
#[derive(Clone, Copy, Debug)]
pub struct Bridge<'a> {
    /// OpenCode's global settings folder.
    pub config_dir: &'a Path,
    /// Where the running daemon says how to reach it.
    pub control: &'a Path,
    /// OpenCode's credentials.
    pub auth_file: &'a Path,
}

/// What is in the bridge's place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// Nothing.
    Absent,
    /// This Baton's bridge.
    Current,
    /// A bridge that another version put there, or that was changed since.
    Other {
        /// Whose version.
        version: String,
    },
    /// A bridge that talks to a Baton with other files.
    Elsewhere {
        /// Where that one says how to reach it.
        control: PathBuf,
    },
    /// A file that Baton didn't put there.
    Foreign,
}

/// Why the file couldn't be put there or taken out.
#[derive(Debug, thiserror::Error)]
pub enum BridgeError {
    /// Somebody else's file is in its place.
    #[error("{} isn't Baton's: move it away, then install the bridge again", .0.display())]
    Foreign(PathBuf),
    /// The system refuses.
    #[error("can't {act} {}: {source}", path.display())]
    Io {
        /// What was tried.
        act: &'static str,
        /// With which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl Bridge<'_> {
    /// Its file.
    pub fn file(&self) -> PathBuf {
        self.config_dir.join(FOLDER).join(FILE)
    }

    /// Looks what is there.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn found(&self) -> Result<Found, BridgeError> {
        let Some(text) = self.read()? else { return Ok(Found::Absent) };
        let Some(copy) = Copy::parse(&text) else { return Ok(Found::Foreign) };
        if text == self.copy(copy.made) {
            return Ok(Found::Current);
        }
        match copy.control {
            Some(control) if control != self.control => Ok(Found::Elsewhere { control }),
            Some(_) | None => Ok(Found::Other { version: copy.version.to_owned() }),
        }
    }

    /// Puts it there, in the place of any other copy of it.
    ///
    /// # Errors
    /// When something else is in its place, or the system refuses; what was there stays as it was then.
    pub fn install(&self) -> Result<(), BridgeError> {
        let made = match self.read()? {
            None => self.make_folders()?,
            Some(text) => Copy::parse(&text).ok_or_else(|| BridgeError::Foreign(self.file()))?.made,
        };
        let (file, folder) = (self.file(), self.config_dir.join(FOLDER));
        let write = || {
            let mut temp = Builder::new().prefix(".baton.js.").suffix(".baton").tempfile_in(&folder)?;
            temp.write_all(self.copy(made).as_bytes())?;
            temp.as_file().sync_all()?;
            temp.persist(&file).map_err(|refused| refused.error)
        };
        write().map(drop).map_err(error("write", &file))
    }

    /// Takes it out, with the folders that were made for it where nothing else is in them by now.
    ///
    /// # Errors
    /// When something else is in its place, or the system refuses.
    pub fn uninstall(&self) -> Result<(), BridgeError> {
        let Some(text) = self.read()? else { return Ok(()) };
        let file = self.file();
        let copy = Copy::parse(&text).ok_or_else(|| BridgeError::Foreign(file.clone()))?;
        fs::remove_file(&file).map_err(error("remove", &file))?;
        for folder in file.ancestors().skip(1).take(copy.made) {
            // Somebody put something in: it stays.
            if fs::remove_dir(folder).is_err() {
                break;
            }
        }
        Ok(())
    }

    /// Brings a copy of this Baton's that another version wrote up to date. One that a newer version wrote stays.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn update(&self) -> Result<Found, BridgeError> {
        match self.found()? {
            Found::Other { version } if !is_newer(&version) => {
                self.install()?;
                Ok(Found::Current)
            }
            found @ (Found::Absent
            | Found::Current
            | Found::Other { .. }
            | Found::Elsewhere { .. }
            | Found::Foreign) => Ok(found),
        }
    }

    /// Whether OpenCode has the package that it wants to see next to any plugin. Without it, releases from 1.17 on wait
    /// for it at their next start.
    pub fn has_package(&self) -> bool {
        self.config_dir.join("node_modules").join("@opencode-ai").join(FOLDER).is_dir()
    }

    /// What is in its place as text; anything but a plain file, or a text, is somebody else's.
    fn read(&self) -> Result<Option<String>, BridgeError> {
        let file = self.file();
        match fs::symlink_metadata(&file) {
            Ok(there) if there.is_file() => match fs::read(&file) {
                Ok(bytes) => Ok(Some(String::from_utf8(bytes).unwrap_or_default())),
                Err(source) => Err(error("read", &file)(source)),
            },
            Ok(_) => Ok(Some(String::new())),
            Err(source) if source.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(error("read", &file)(source)),
        }
    }

    /// Makes its folder, and says how many had to be made.
    fn make_folders(&self) -> Result<usize, BridgeError> {
        let folder = self.config_dir.join(FOLDER);
        let missing = folder.ancestors().take_while(|folder| !folder.as_os_str().is_empty() && !folder.exists());
        let missing = missing.count();
        fs::create_dir_all(&folder).map_err(error("make", &folder))?;
        Ok(missing)
    }

    /// The source with what this machine needs in it.
    fn copy(&self, made: usize) -> String {
        let version = env!("CARGO_PKG_VERSION");
        let mut text = format!("{MARK}{version}: put here by Baton; `baton bridge uninstall` takes it out again.\n");
        text.push_str(&format!("{MADE}{made}\n"));
        for line in SOURCE.lines() {
            let filled = [(CONTROL, self.control), (AUTH, self.auth_file)].into_iter().find_map(|(start, path)| {
                line.starts_with(start).then(|| format!("{start}{};", quoted(path.as_os_str())))
            });
            text.push_str(filled.as_deref().unwrap_or(line));
            text.push('\n');
        }
        text
    }
}

/// What a copy says of itself.
struct Copy<'a> {
    version: &'a str,
    made: usize,
    control: Option<PathBuf>,
}

impl<'a> Copy<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let (version, _) = text.strip_prefix(MARK)?.split_once(':')?;
        let line = |start: &str| text.lines().find_map(|line| line.strip_prefix(start));
        let control = line(CONTROL).and_then(|rest| serde_json::from_str(rest.trim_end_matches(';')).ok());
        Some(Self { version, made: line(MADE).and_then(|made| made.parse().ok()).unwrap_or(0), control })
    }
}

/// A path as a string of JavaScript's. Baton's paths are text wherever OpenCode runs.
fn quoted(path: &OsStr) -> String {
    serde_json::Value::from(path.to_string_lossy()).to_string()
}

/// Whether a version is newer than this one.
fn is_newer(version: &str) -> bool {
    let parts = |text: &str| -> Vec<u64> { text.split(['.', '-', '+']).map_while(|part| part.parse().ok()).collect() };
    parts(version) > parts(env!("CARGO_PKG_VERSION"))
}

fn error(act: &'static str, path: &Path) -> impl FnOnce(io::Error) -> BridgeError {
    move |source| BridgeError::Io { act, path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Home {
        dir: tempfile::TempDir,
        config: PathBuf,
        control: PathBuf,
    }

    impl Home {
        fn new() -> Self {
            let dir = tempfile::tempdir().unwrap();
            let config = dir.path().join("config").join("opencode");
            let control = dir.path().join("it's \"here\"").join("control.json");
            Self { dir, config, control }
        }

        fn bridge(&self) -> Bridge<'_> {
            Bridge { config_dir: &self.config, control: &self.control, auth_file: Path::new("/data/auth.json") }
        }

        /// Everything in the home, folders too.
        fn all(&self) -> Vec<String> {
            let mut found = Vec::new();
            let mut folders = vec![self.dir.path().to_owned()];
            while let Some(folder) = folders.pop() {
                for entry in fs::read_dir(folder).unwrap() {
                    let path = entry.unwrap().path();
                    found.push(path.strip_prefix(self.dir.path()).unwrap().to_string_lossy().replace('\\', "/"));
                    if path.is_dir() {
                        folders.push(path);
                    }
                }
            }
            found.sort();
            found
        }
    }

    #[test]
    fn it_is_put_where_every_release_looks_and_taken_out_without_a_trace() {
        let home = Home::new();
        let bridge = home.bridge();
        assert_eq!(bridge.found().unwrap(), Found::Absent);
        for _ in 0..2 {
            bridge.install().unwrap();
            assert_eq!(bridge.found().unwrap(), Found::Current);
        }
        assert_eq!(
            home.all(),
            ["config", "config/opencode", "config/opencode/plugin", "config/opencode/plugin/baton.js"]
        );
        let text = fs::read_to_string(bridge.file()).unwrap();
        assert!(text.contains("const AUTH_FILE = \"/data/auth.json\";\n"), "{text}");
        assert_eq!(Copy::parse(&text).unwrap().control.as_ref(), Some(&home.control));
        bridge.uninstall().unwrap();
        assert_eq!(home.all(), Vec::<String>::new());
        bridge.uninstall().unwrap();
    }

    #[test]
    fn folders_that_were_there_or_are_used_by_now_stay() {
        let home = Home::new();
        fs::create_dir_all(&home.config).unwrap();
        home.bridge().install().unwrap();
        fs::write(home.config.join("plugin").join("mine.js"), "").unwrap();
        home.bridge().uninstall().unwrap();
        assert_eq!(
            home.all(),
            ["config", "config/opencode", "config/opencode/plugin", "config/opencode/plugin/mine.js"]
        );
        fs::remove_file(home.config.join("plugin").join("mine.js")).unwrap();
        home.bridge().install().unwrap();
        home.bridge().uninstall().unwrap();
        assert_eq!(home.all(), ["config", "config/opencode", "config/opencode/plugin"], "it was there before");
    }

    #[test]
    fn a_file_of_somebody_else_is_never_touched() {
        let home = Home::new();
        let file = home.bridge().file();
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        for text in [&b"export default async () => ({})"[..], b"", b"\xff\xfe"] {
            fs::write(&file, text).unwrap();
            assert_eq!(home.bridge().found().unwrap(), Found::Foreign);
            assert!(matches!(home.bridge().install(), Err(BridgeError::Foreign(_))));
            assert!(matches!(home.bridge().uninstall(), Err(BridgeError::Foreign(_))));
            assert_eq!(home.bridge().update().unwrap(), Found::Foreign);
            assert_eq!(fs::read(&file).unwrap(), text);
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_the_persons_own() {
        let home = Home::new();
        home.bridge().install().unwrap();
        let (file, elsewhere) = (home.bridge().file(), home.dir.path().join("kept.js"));
        fs::rename(&file, &elsewhere).unwrap();
        std::os::unix::fs::symlink(&elsewhere, &file).unwrap();
        assert_eq!(home.bridge().found().unwrap(), Found::Foreign);
    }

    #[test]
    fn an_older_copy_is_brought_up_to_date_and_a_newer_one_or_another_batons_stays() {
        let home = Home::new();
        let bridge = home.bridge();
        let write_as = |version: &str| {
            let text = bridge.copy(1).replacen(env!("CARGO_PKG_VERSION"), version, 1);
            fs::write(bridge.file(), text).unwrap();
        };
        bridge.install().unwrap();
        write_as("0.0.1");
        assert_eq!(bridge.found().unwrap(), Found::Other { version: "0.0.1".to_owned() });
        assert_eq!(bridge.update().unwrap(), Found::Current);
        assert!(
            fs::read_to_string(bridge.file()).unwrap().contains(&format!("{MADE}1\n")),
            "who made the folder stays"
        );
        write_as("99.0.0");
        assert_eq!(bridge.update().unwrap(), Found::Other { version: "99.0.0".to_owned() });

        let other = PathBuf::from("/other/control.json");
        Bridge { control: &other, ..bridge }.install().unwrap();
        assert_eq!(bridge.update().unwrap(), Found::Elsewhere { control: other });
        bridge.install().unwrap();
        assert_eq!(bridge.found().unwrap(), Found::Current);
    }

    #[test]
    fn the_source_has_the_lines_that_are_filled_in_once_each() {
        for start in [CONTROL, AUTH] {
            assert_eq!(SOURCE.lines().filter(|line| line.starts_with(start)).count(), 1, "{start}");
        }
    }
}
