//! Who keeps a person's programs running on this system. A system without one that Baton knows is told what else to do.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::surroundings::Surroundings;
use super::{launchd, systemd};
use crate::error::Error;

/// What keeps programs running.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keeper {
    /// Linux.
    Systemd,
    /// macOS.
    Launchd,
}

impl Keeper {
    /// The one of a system, by its name in `std::env::consts::OS`.
    pub(super) fn of(system: &str) -> Result<Self, Error> {
        match system {
            "linux" => Ok(Self::Systemd),
            "macos" => Ok(Self::Launchd),
            "windows" => Err(Error::usage(
                "Windows keeps no services for one person: let the tray app start at login instead, with `baton autostart on`",
            )),
            _ => Err(Error::usage(
                "Baton knows no keeper of services on this system: have `baton run` started by the one that you use",
            )),
        }
    }

    /// Where it looks for the service's file.
    pub(super) fn file(self, surroundings: &Surroundings) -> PathBuf {
        match self {
            Self::Systemd => systemd::file(surroundings),
            Self::Launchd => launchd::file(surroundings),
        }
    }

    /// What the file says.
    pub(super) fn text(self, surroundings: &Surroundings) -> Result<String, Error> {
        match self {
            Self::Systemd => systemd::text(surroundings),
            Self::Launchd => Ok(launchd::text(surroundings)),
        }
    }

    /// Has it start the service at each login.
    pub(super) fn enable(self, file: &Path) -> io::Result<()> {
        match self {
            Self::Systemd => systemd::enable(file),
            // The file says so itself.
            Self::Launchd => Ok(()),
        }
    }

    /// Undoes that.
    pub(super) fn disable(self, file: &Path) -> io::Result<()> {
        match self {
            Self::Systemd => systemd::disable(file),
            Self::Launchd => Ok(()),
        }
    }

    /// Starts the service, or starts it again. `None` where the keeper can't be reached.
    pub(super) fn start(self, file: &Path) -> Option<bool> {
        match self {
            Self::Systemd => systemd::start(),
            Self::Launchd => launchd::start(file),
        }
    }

    /// Stops the service where it can be reached.
    pub(super) fn stop(self, file: &Path) {
        match self {
            Self::Systemd if file.exists() => systemd::stop(),
            Self::Launchd if file.exists() => launchd::stop(),
            Self::Systemd | Self::Launchd => {}
        }
    }

    /// Tells it that the file is gone.
    pub(super) fn forget(self) {
        match self {
            Self::Systemd => systemd::forget(),
            Self::Launchd => {}
        }
    }

    /// Whether the service runs. `None` where the keeper can't be reached.
    pub(super) fn runs(self) -> Option<bool> {
        match self {
            Self::Systemd => systemd::runs(),
            Self::Launchd => launchd::runs(),
        }
    }

    /// What a person may want to do next.
    pub(super) fn advice(self, running: Option<bool>) -> Vec<String> {
        match self {
            Self::Systemd => systemd::advice(running, systemd::lingers()),
            Self::Launchd => launchd::advice(running),
        }
    }
}

/// Exit and standard output of a program that says nothing to the person itself; `None` when there is no such program.
pub(super) fn asked(program: &str, args: &[&str]) -> Option<(bool, String)> {
    let output = Command::new(program).args(args).stdin(Stdio::null()).output().ok()?;
    Some((output.status.success(), String::from_utf8_lossy(&output.stdout).trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_without_a_keeper_is_told_what_else_to_do() {
        assert_eq!((Keeper::of("linux").unwrap(), Keeper::of("macos").unwrap()), (Keeper::Systemd, Keeper::Launchd));
        let says = |system| Keeper::of(system).unwrap_err().to_string();
        assert!(says("windows").contains("`baton autostart on`"), "{}", says("windows"));
        assert!(says("freebsd").contains("`baton run`"), "{}", says("freebsd"));
    }
}
