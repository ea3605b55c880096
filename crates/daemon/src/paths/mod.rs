//! Where Baton's files and OpenCode's files are, worked out from the environment once.
//! Touches no file: it only says where one would be.

mod program;

use std::ffi::OsString;
use std::path::PathBuf;

/// Every place that Baton reads or writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paths {
    /// The person's settings.
    pub config: PathBuf,
    /// The ledger.
    pub ledger: PathBuf,
    /// Where the running daemon says how to reach it.
    pub control: PathBuf,
    /// Held by whoever does the daemon's work.
    pub lock: PathBuf,
    /// The folder of Baton's own log.
    pub log_dir: PathBuf,
    /// Where OpenCode keeps what a login brings that Baton has it make; there only meanwhile.
    pub login_dir: PathBuf,
    /// The vault file, used only when the person chose it.
    pub file_vault: PathBuf,
    /// OpenCode's places.
    pub opencode: OpenCodePaths,
}

/// OpenCode's places, by its own rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenCodePaths {
    /// Its data.
    pub data_dir: PathBuf,
    /// Its database, where the environment names one; relative to its data.
    pub database: Option<PathBuf>,
    /// Its credentials.
    pub auth_file: PathBuf,
    /// Its logs.
    pub log_dir: PathBuf,
    /// Its global settings, agents and plugins.
    pub config_dir: PathBuf,
    /// What it keeps of the net: its list of models. `None` where no home folder is known.
    pub cache_dir: Option<PathBuf>,
    /// Folders that may hold its program, in the order in which they count: those of PATH first.
    pub program_dirs: Vec<PathBuf>,
}

/// Why the places can't be worked out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PathsError {
    /// Nothing says where the person's files are.
    #[error("no home folder is known: set {0} to the full path of yours")]
    NoHome(&'static str),
}

impl Paths {
    /// Works them out from this process's environment. A relative `BATON_HOME` counts from the current folder.
    ///
    /// # Errors
    /// When no home folder is known.
    pub fn from_system() -> Result<Self, PathsError> {
        let var = |name: &str| {
            let value = std::env::var_os(name)?;
            match name {
                "BATON_HOME" => std::path::absolute(&value).map_or(Some(value), |path| Some(path.into())),
                _ => Some(value),
            }
        };
        Self::from_env(&var, std::env::home_dir())
    }

    /// Works them out from an environment and a home folder.
    ///
    /// # Errors
    /// When a place isn't given by a variable and no home folder is known.
    pub fn from_env(var: &dyn Fn(&str) -> Option<OsString>, home: Option<PathBuf>) -> Result<Self, PathsError> {
        Surroundings { system: System::here(), var, home: home.filter(|path| !path.as_os_str().is_empty()) }.paths()
    }

    /// The same with another data folder of OpenCode. A credentials file that the environment names stays.
    #[must_use]
    pub fn with_opencode_data_dir(mut self, dir: impl Into<PathBuf>) -> Self {
        let dir = dir.into();
        if self.opencode.auth_file == self.opencode.data_dir.join(AUTH_FILE) {
            self.opencode.auth_file = dir.join(AUTH_FILE);
        }
        self.opencode.log_dir = dir.join("log");
        self.opencode.data_dir = dir;
        self
    }
}

const AUTH_FILE: &str = "auth.json";

/// Families of systems, each with a rule of its own for where programs keep their files.
#[derive(Clone, Copy)]
enum System {
    Xdg,
    MacOs,
    Windows,
}

impl System {
    fn here() -> Self {
        match std::env::consts::OS {
            "macos" => Self::MacOs,
            "windows" => Self::Windows,
            _ => Self::Xdg,
        }
    }
}

/// The folders that Baton's files are spread over.
struct Folders {
    config: PathBuf,
    data: PathBuf,
    state: PathBuf,
    log: PathBuf,
}

struct Surroundings<'a> {
    system: System,
    var: &'a dyn Fn(&str) -> Option<OsString>,
    home: Option<PathBuf>,
}

impl Surroundings<'_> {
    fn paths(&self) -> Result<Paths, PathsError> {
        let folders = match self.path("BATON_HOME") {
            Some(dir) => Folders { config: dir.clone(), data: dir.clone(), state: dir.clone(), log: dir.join("log") },
            None => self.spread()?,
        };
        Ok(Paths {
            config: folders.config.join("config.toml"),
            ledger: folders.data.join("ledger.db"),
            control: folders.state.join("control.json"),
            lock: folders.state.join("baton.lock"),
            login_dir: folders.state.join("login"),
            log_dir: folders.log,
            file_vault: folders.data.join("vault.json"),
            opencode: self.opencode()?,
        })
    }

    /// The folders by the system's rule. The XDG variables count on every system: who sets them means them.
    fn spread(&self) -> Result<Folders, PathsError> {
        let [config, data, state, log] = match self.system {
            System::Xdg => [
                self.in_home(".config/baton"),
                self.in_home(".local/share/baton"),
                self.in_home(".local/state/baton"),
                self.in_home(".local/state/baton/log"),
            ],
            System::MacOs => {
                let support = self.in_home("Library/Application Support/baton");
                [support.clone(), support.clone(), support, self.in_home("Library/Logs/baton")]
            }
            System::Windows => {
                let local = self.named_or_in_home("LOCALAPPDATA", "AppData/Local");
                let log = local.clone().map(|dir| dir.join("log"));
                [self.named_or_in_home("APPDATA", "AppData/Roaming"), local.clone(), local, log]
            }
        };
        let chosen_state = self.xdg("XDG_STATE_HOME");
        let chosen_log = chosen_state.as_ref().map(|dir| dir.join("log"));
        Ok(Folders {
            config: self.xdg("XDG_CONFIG_HOME").map_or(config, Ok)?,
            data: self.xdg("XDG_DATA_HOME").map_or(data, Ok)?,
            state: chosen_state.map_or(state, Ok)?,
            log: chosen_log.map_or(log, Ok)?,
        })
    }

    /// OpenCode follows the XDG rule on every system and takes the variables as they are, relative ones too.
    fn opencode(&self) -> Result<OpenCodePaths, PathsError> {
        let folder = |name: &'static str, default: &str| match self.path(name) {
            Some(base) => Ok(base.join("opencode")),
            None => self.in_home(default),
        };
        let data_dir = folder("XDG_DATA_HOME", ".local/share/opencode")?;
        Ok(OpenCodePaths {
            auth_file: self.path("OPENCODE_AUTH_FILE").unwrap_or_else(|| data_dir.join(AUTH_FILE)),
            database: self.path("OPENCODE_DB"),
            log_dir: data_dir.join("log"),
            config_dir: folder("XDG_CONFIG_HOME", ".config/opencode")?,
            cache_dir: folder("XDG_CACHE_HOME", ".cache/opencode").ok(),
            program_dirs: program::folders(self.system, (self.var)("PATH").as_deref(), self.home.as_deref()),
            data_dir,
        })
    }

    fn path(&self, name: &str) -> Option<PathBuf> {
        (self.var)(name).filter(|value| !value.is_empty()).map(PathBuf::from)
    }

    /// The XDG rule: a relative path counts as not set.
    fn xdg(&self, name: &str) -> Option<PathBuf> {
        self.path(name).filter(|path| path.is_absolute()).map(|path| path.join("baton"))
    }

    fn named_or_in_home(&self, name: &str, in_home: &str) -> Result<PathBuf, PathsError> {
        let base = self.path(name).map_or_else(|| self.in_home(in_home), Ok)?;
        Ok(base.join("baton"))
    }

    fn in_home(&self, parts: &str) -> Result<PathBuf, PathsError> {
        let variable = match self.system {
            System::Xdg | System::MacOs => "HOME",
            System::Windows => "USERPROFILE",
        };
        let home = self.home.clone().ok_or(PathsError::NoHome(variable))?;
        Ok(parts.split('/').fold(home, |path, part| path.join(part)))
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    type Variables<'a> = &'a [(&'a str, &'a str)];

    fn paths(system: System, variables: Variables<'_>, home: Option<&str>) -> Result<Paths, PathsError> {
        let var = |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.into());
        Surroundings { system, var: &var, home: home.map(PathBuf::from) }.paths()
    }

    /// Compares config, ledger, control, lock, log folder and file vault; `/` stands for any separator.
    fn check(system: System, variables: Variables<'_>, home: Option<&str>, expected: [&str; 6]) {
        let found = paths(system, variables, home).unwrap();
        let found = [found.config, found.ledger, found.control, found.lock, found.log_dir, found.file_vault];
        assert_eq!(found.map(|path| path.to_string_lossy().replace('\\', "/")), expected, "{variables:?}");
    }

    /// Compares OpenCode's data folder, credentials file, log folder and settings folder.
    fn check_opencode(system: System, variables: Variables<'_>, home: Option<&str>, expected: [&str; 4]) {
        let found = paths(system, variables, home).unwrap().opencode;
        let found = [found.data_dir, found.auth_file, found.log_dir, found.config_dir];
        assert_eq!(found.map(|path| path.to_string_lossy().replace('\\', "/")), expected, "{variables:?}");
    }

    const ON_LINUX: [&str; 6] = [
        "/home/ann/.config/baton/config.toml",
        "/home/ann/.local/share/baton/ledger.db",
        "/home/ann/.local/state/baton/control.json",
        "/home/ann/.local/state/baton/baton.lock",
        "/home/ann/.local/state/baton/log",
        "/home/ann/.local/share/baton/vault.json",
    ];

    #[test]
    fn baton_home_takes_all_files_directly() {
        let inside = ["/b/config.toml", "/b/ledger.db", "/b/control.json", "/b/baton.lock", "/b/log", "/b/vault.json"];
        for system in [System::Xdg, System::MacOs, System::Windows] {
            check(system, &[("BATON_HOME", "/b"), ("XDG_CONFIG_HOME", "/x")], Some("/home/ann"), inside);
        }
    }

    #[test]
    fn without_variables_each_system_has_its_own_rule() {
        check(System::Xdg, &[], Some("/home/ann"), ON_LINUX);
        check(
            System::MacOs,
            &[],
            Some("/Users/ann"),
            [
                "/Users/ann/Library/Application Support/baton/config.toml",
                "/Users/ann/Library/Application Support/baton/ledger.db",
                "/Users/ann/Library/Application Support/baton/control.json",
                "/Users/ann/Library/Application Support/baton/baton.lock",
                "/Users/ann/Library/Logs/baton",
                "/Users/ann/Library/Application Support/baton/vault.json",
            ],
        );
        let on_windows = |roaming: &str, local: &str| {
            let files =
                [(roaming, "config.toml"), (local, "ledger.db"), (local, "control.json"), (local, "baton.lock")];
            let files = files.into_iter().chain([(local, "log"), (local, "vault.json")]);
            files.map(|(base, file)| format!("{base}/baton/{file}")).collect::<Vec<_>>()
        };
        let expected = on_windows("C:/Users/ann/AppData/Roaming", "C:/Users/ann/AppData/Local");
        check(System::Windows, &[], Some("C:/Users/ann"), std::array::from_fn(|i| expected[i].as_str()));
        let expected = on_windows("D:/roaming", "D:/local");
        check(
            System::Windows,
            &[("APPDATA", "D:/roaming"), ("LOCALAPPDATA", "D:/local")],
            Some("C:/Users/ann"),
            std::array::from_fn(|i| expected[i].as_str()),
        );
    }

    #[cfg(unix)]
    #[test]
    fn absolute_xdg_variables_count_and_relative_ones_do_not() {
        let set = [("XDG_CONFIG_HOME", "/c"), ("XDG_DATA_HOME", "/d"), ("XDG_STATE_HOME", "/s")];
        let expected = [
            "/c/baton/config.toml",
            "/d/baton/ledger.db",
            "/s/baton/control.json",
            "/s/baton/baton.lock",
            "/s/baton/log",
            "/d/baton/vault.json",
        ];
        for system in [System::Xdg, System::MacOs, System::Windows] {
            check(system, &set, Some("/home/ann"), expected);
        }
        check(System::Xdg, &set, None, expected);
        check(System::Xdg, &[("XDG_CONFIG_HOME", "c"), ("XDG_DATA_HOME", "")], Some("/home/ann"), ON_LINUX);
    }

    #[test]
    fn opencode_follows_the_xdg_rule_on_every_system() {
        for system in [System::Xdg, System::MacOs, System::Windows] {
            let in_home = [
                "/h/.local/share/opencode",
                "/h/.local/share/opencode/auth.json",
                "/h/.local/share/opencode/log",
                "/h/.config/opencode",
            ];
            check_opencode(system, &[], Some("/h"), in_home);
            check_opencode(system, &[("BATON_HOME", "/b"), ("XDG_DATA_HOME", "")], Some("/h"), in_home);
            check_opencode(
                system,
                &[("XDG_DATA_HOME", "d"), ("XDG_CONFIG_HOME", "/c"), ("BATON_HOME", "/b")],
                None,
                ["d/opencode", "d/opencode/auth.json", "d/opencode/log", "/c/opencode"],
            );
            check_opencode(
                system,
                &[("OPENCODE_AUTH_FILE", "/elsewhere/a.json")],
                Some("/h"),
                [
                    "/h/.local/share/opencode",
                    "/elsewhere/a.json",
                    "/h/.local/share/opencode/log",
                    "/h/.config/opencode",
                ],
            );
        }
    }

    #[test]
    fn the_settings_can_move_opencodes_data_folder() {
        let moved =
            |variables| paths(System::Xdg, variables, Some("/h")).unwrap().with_opencode_data_dir("/o").opencode;
        let before = paths(System::Xdg, &[], Some("/h")).unwrap().opencode;
        let expected = OpenCodePaths {
            data_dir: "/o".into(),
            auth_file: Path::new("/o").join("auth.json"),
            log_dir: Path::new("/o").join("log"),
            ..before
        };
        assert_eq!(moved(&[]), expected);
        assert_eq!(moved(&[("OPENCODE_AUTH_FILE", "/a.json")]).auth_file, PathBuf::from("/a.json"));
    }

    #[test]
    fn without_a_home_folder_the_error_says_what_to_set() {
        let says = |system, variables| paths(system, variables, None).unwrap_err().to_string();
        assert_eq!(says(System::Xdg, &[]), "no home folder is known: set HOME to the full path of yours");
        assert_eq!(
            says(System::Windows, &[("BATON_HOME", "/b")]),
            "no home folder is known: set USERPROFILE to the full path of yours"
        );
    }
}
