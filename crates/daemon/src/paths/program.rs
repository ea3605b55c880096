//! Where OpenCode's program is. What a desktop starts often has a shorter PATH than a shell, so the places where installers
//! put it count as well.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::{OpenCodePaths, System};

/// What the program is called, as it may be installed.
const FILES: &[&str] = if cfg!(windows) { &["opencode.exe", "opencode.cmd"] } else { &["opencode"] };

/// The first is that of OpenCode's own installer (<https://opencode.ai/install>); the others are where people and package
/// managers put programs of one person's.
const IN_HOME: [&str; 8] = [
    ".opencode/bin",
    ".local/bin",
    "bin",
    ".bun/bin",
    ".npm-global/bin",
    ".volta/bin",
    ".local/share/mise/shims",
    ".asdf/shims",
];
/// What macOS starts doesn't have Homebrew's folders on its PATH, nor the one that npm uses there.
const OF_MACOS: [&str; 2] = ["/opt/homebrew/bin", "/usr/local/bin"];

/// The folders that may hold the program, in the order in which they count.
pub(super) fn folders(system: System, path: Option<&OsStr>, home: Option<&Path>) -> Vec<PathBuf> {
    let on_path = path.into_iter().flat_map(std::env::split_paths);
    let in_home = home.into_iter().flat_map(|home| IN_HOME.map(|folder| home.join(folder)));
    let of_system: &[&str] = if matches!(system, System::MacOs) { &OF_MACOS } else { &[] };
    on_path.chain(in_home).chain(of_system.iter().map(PathBuf::from)).collect()
}

impl OpenCodePaths {
    /// Looks for its program; `None` where it isn't installed, or in a place of the person's own that isn't on PATH.
    pub fn program(&self) -> Option<PathBuf> {
        let places = self.program_dirs.iter().flat_map(|folder| FILES.iter().map(|file| folder.join(file)));
        places.into_iter().find(|place| place.is_file())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::paths::Paths;

    fn opencode(path: &Path, home: &Path) -> OpenCodePaths {
        let var = |name: &str| (name == "PATH").then(|| path.into());
        Paths::from_env(&var, Some(home.to_owned())).unwrap().opencode
    }

    fn install(folder: &Path) -> PathBuf {
        fs::create_dir_all(folder).unwrap();
        let program = folder.join(FILES[FILES.len() - 1]);
        fs::write(&program, "").unwrap();
        program
    }

    #[test]
    fn what_the_shell_starts_counts_before_what_an_installer_put_somewhere() {
        let dir = tempfile::tempdir().unwrap();
        let (home, on_path) = (dir.path().join("home"), dir.path().join("on path"));
        let found = || opencode(&on_path, &home).program();
        assert_eq!(found(), None);
        let in_home = install(&home.join(".opencode").join("bin"));
        assert_eq!(found(), Some(in_home));
        let first = install(&on_path);
        assert_eq!(found(), Some(first));
    }

    #[test]
    fn a_folder_of_that_name_is_no_program() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join(FILES[0])).unwrap();
        assert_eq!(opencode(dir.path(), &dir.path().join("home")).program(), None);
    }

    #[test]
    fn on_macos_homebrew_is_looked_into_although_the_desktop_does_not() {
        let folders = folders(System::MacOs, Some(OsStr::new("/usr/bin")), None);
        assert_eq!(folders, ["/usr/bin", "/opt/homebrew/bin", "/usr/local/bin"].map(PathBuf::from));
    }
}
