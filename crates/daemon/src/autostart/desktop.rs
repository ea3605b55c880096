//! The app's desktop file among those that a Linux desktop starts at login: made, read, removed.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use super::{State, entry};

/// The tray app's program, beside `baton`.
const PROGRAM: &str = "baton-app";
/// The variables in which an AppImage says where it is, and where what is in it is while it runs.
const APPIMAGE: &str = "APPIMAGE";
const APPDIR: &str = "APPDIR";

/// The app's entry among what is started at login.
#[derive(Clone, Debug)]
pub struct Autostart {
    program: PathBuf,
    file: PathBuf,
}

/// Why the entry can't be found or changed.
#[derive(Debug, thiserror::Error)]
pub enum AutostartError {
    /// Nothing says where the person's files are.
    #[error("no home folder is known: set HOME to the full path of yours")]
    NoHome,
    /// There is no app that could be started.
    #[error(
        "the tray app isn't here: {} is missing (on a machine without a desktop, `baton run` does the same work)",
        .0.display()
    )]
    NoApp(PathBuf),
    /// The system says no.
    #[error("{act}: {source}")]
    Io {
        /// What was tried.
        act: String,
        /// What the system said.
        source: io::Error,
    },
}

impl Autostart {
    /// The entry for the app that belongs to this program: itself, or its neighbour.
    ///
    /// # Errors
    /// When nothing says where this program or the person's files are.
    pub fn from_system() -> Result<Self, AutostartError> {
        let this = std::env::current_exe()
            .map_err(|source| AutostartError::Io { act: "this program isn't found".to_owned(), source })?;
        Self::from_env(&|name| std::env::var_os(name), std::env::home_dir(), &this)
    }

    /// The same from an environment, a home folder and this program's path.
    ///
    /// # Errors
    /// When no home folder is known.
    pub fn from_env(
        var: &dyn Fn(&str) -> Option<OsString>,
        home: Option<PathBuf>,
        this: &Path,
    ) -> Result<Self, AutostartError> {
        let path = |name: &str| var(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let home = home.filter(|home| !home.as_os_str().is_empty());
        let file = entry::file(path("XDG_CONFIG_HOME"), home).ok_or(AutostartError::NoHome)?;
        // Programs that others start, such as a terminal in an AppImage, inherit those others' variables.
        let in_appimage = path(APPDIR).is_some_and(|inside| this.starts_with(inside));
        let appimage = path(APPIMAGE).filter(|_| in_appimage);
        let program = appimage.unwrap_or_else(|| this.with_file_name(PROGRAM));
        Ok(Self { program, file })
    }

    /// Has the app start at login, or not.
    ///
    /// # Errors
    /// When there is no app to start, or the system refuses.
    pub fn set(&self, on: bool) -> Result<(), AutostartError> {
        match on {
            true if !self.program.exists() => Err(AutostartError::NoApp(self.program.clone())),
            true => self.write(),
            false => self.remove(),
        }
    }

    /// Makes true what was set before: where the app has moved, the entry follows. What the person has switched off in the
    /// desktop's own settings stays so.
    ///
    /// # Errors
    /// As for [`Autostart::set`].
    pub fn restore(&self, on: bool) -> Result<(), AutostartError> {
        match (on, self.state()?) {
            (true, State::SwitchedOff) | (false, State::Off) => Ok(()),
            (true, State::On | State::Off) | (false, State::On | State::SwitchedOff) => self.set(on),
        }
    }

    /// Whether the app starts at login.
    ///
    /// # Errors
    /// When the entry can't be read.
    pub fn state(&self) -> Result<State, AutostartError> {
        match std::fs::read_to_string(&self.file) {
            Ok(text) if entry::is_switched_off(&text) => Ok(State::SwitchedOff),
            Ok(_) => Ok(State::On),
            Err(fault) if fault.kind() == io::ErrorKind::NotFound => Ok(State::Off),
            Err(source) => Err(self.refused("can't be read", source)),
        }
    }

    fn write(&self) -> Result<(), AutostartError> {
        let text = entry::text(&self.program);
        if std::fs::read_to_string(&self.file).is_ok_and(|known| known == text) {
            return Ok(());
        }
        let folder = self.file.parent().unwrap_or(&self.file);
        let written = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&self.file, text));
        written.map_err(|source| self.refused("can't be written", source))
    }

    fn remove(&self) -> Result<(), AutostartError> {
        match std::fs::remove_file(&self.file) {
            Err(fault) if fault.kind() != io::ErrorKind::NotFound => Err(self.refused("can't be removed", fault)),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    fn refused(&self, what: &str, source: io::Error) -> AutostartError {
        AutostartError::Io { act: format!("{} {what}", self.file.display()), source }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// A person's settings folder, a program folder with the app in it, and the entry.
    fn home() -> (tempfile::TempDir, Autostart) {
        let folder = tempfile::tempdir().unwrap();
        let programs = folder.path().join("my programs");
        fs::create_dir(&programs).unwrap();
        fs::write(programs.join("baton-app"), "").unwrap();
        let config = folder.path().join("config").into_os_string();
        let var = |name: &str| (name == "XDG_CONFIG_HOME").then(|| config.clone());
        let autostart = Autostart::from_env(&var, None, &programs.join("baton")).unwrap();
        (folder, autostart)
    }

    #[test]
    fn what_is_set_is_in_the_persons_autostart_folder() {
        let (folder, autostart) = home();
        assert_eq!(autostart.state().unwrap(), State::Off);

        autostart.set(true).unwrap();
        assert_eq!(autostart.state().unwrap(), State::On);
        let entry = fs::read_to_string(folder.path().join("config/autostart/baton-app.desktop")).unwrap();
        let program = folder.path().join("my programs/baton-app");
        assert!(entry.contains(&format!("\nExec=\"{}\" --hidden\n", program.display())), "{entry}");

        autostart.set(false).unwrap();
        autostart.set(false).unwrap();
        assert_eq!(autostart.state().unwrap(), State::Off);
    }

    #[test]
    fn what_the_desktops_own_settings_switched_off_stays_off_until_the_person_asks() {
        let (_folder, autostart) = home();
        autostart.set(true).unwrap();
        for off in ["Hidden=true\n", "X-GNOME-Autostart-enabled=false\n"] {
            let entry = fs::read_to_string(&autostart.file).unwrap();
            fs::write(&autostart.file, entry + off).unwrap();
            autostart.restore(true).unwrap();
            assert_eq!(autostart.state().unwrap(), State::SwitchedOff);
            autostart.set(true).unwrap();
            assert_eq!(autostart.state().unwrap(), State::On);
        }
    }

    #[test]
    fn an_entry_follows_the_app_to_its_new_place() {
        let (folder, autostart) = home();
        autostart.set(true).unwrap();
        let program = folder.path().join("Baton.AppImage");
        fs::write(&program, "").unwrap();
        let config = folder.path().join("config").into_os_string();
        let var = |name: &str| match name {
            "XDG_CONFIG_HOME" => Some(config.clone()),
            APPIMAGE => Some(program.clone().into_os_string()),
            APPDIR => Some("/tmp/.mount_x".into()),
            _ => None,
        };
        let moved = Autostart::from_env(&var, None, Path::new("/tmp/.mount_x/usr/bin/baton-app")).unwrap();
        moved.restore(true).unwrap();
        assert!(fs::read_to_string(&moved.file).unwrap().contains("Baton.AppImage"));
        let from_its_terminal = Autostart::from_env(&var, None, Path::new("/usr/bin/baton")).unwrap();
        assert_eq!(from_its_terminal.program, Path::new("/usr/bin/baton-app"));
        moved.restore(false).unwrap();
        assert_eq!(moved.state().unwrap(), State::Off);
    }

    #[test]
    fn without_the_app_or_a_folder_it_says_so() {
        let (folder, autostart) = home();
        let alone = Autostart { program: folder.path().join("none/baton-app"), ..autostart.clone() };
        assert!(alone.set(true).unwrap_err().to_string().contains("the tray app isn't here"));
        fs::write(folder.path().join("config"), "").unwrap();
        assert!(autostart.set(true).unwrap_err().to_string().contains("baton-app.desktop can't be written"));
        let nowhere = Autostart::from_env(&|_| None, None, Path::new("/usr/bin/baton"));
        assert!(matches!(nowhere, Err(AutostartError::NoHome)));
    }
}
