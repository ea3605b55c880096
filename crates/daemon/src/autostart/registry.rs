//! The entry on Windows: a value under the person's `Run` key, by the system's own program for the registry.

use std::io;
use std::os::windows::process::CommandExt;
use std::process::{Command, Output};

use super::{Autostart, AutostartError, HIDDEN, State};

const RUN: &str = r"HKCU\Software\Microsoft\Windows\CurrentVersion\Run";
/// Where the Task Manager keeps what the person has switched off there.
const APPROVED: &str = r"HKCU\Software\Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\Run";
const NAME: &str = "Baton";
/// No console window flashes up.
const CREATE_NO_WINDOW: u32 = 0x0800_0000;

impl Autostart {
    /// Whether the app starts at login.
    ///
    /// # Errors
    /// When the registry can't be read.
    pub fn state(&self) -> Result<State, AutostartError> {
        if !reg(&["query", RUN, "/v", NAME])?.status.success() {
            return Ok(State::Off);
        }
        let approved = reg(&["query", APPROVED, "/v", NAME])?;
        // A first byte that is odd stands for off: `REG_BINARY    03…`.
        let printed = String::from_utf8_lossy(&approved.stdout).into_owned();
        let first = printed.split("REG_BINARY").nth(1).and_then(|bytes| bytes.trim().get(..2).map(str::to_owned));
        let switched_off = first.and_then(|byte| u8::from_str_radix(&byte, 16).ok()).is_some_and(|byte| byte % 2 == 1);
        Ok(if approved.status.success() && switched_off { State::SwitchedOff } else { State::On })
    }

    pub(super) fn write(&self) -> Result<(), AutostartError> {
        let line = format!("\"{}\" {HIDDEN}", self.program.display());
        done(&reg(&["add", RUN, "/v", NAME, "/t", "REG_SZ", "/d", &line, "/f"])?)?;
        // What was switched off in the Task Manager would stay so; there is nothing to take out where it wasn't.
        reg(&["delete", APPROVED, "/v", NAME, "/f"]).map(drop)
    }

    pub(super) fn remove(&self) -> Result<(), AutostartError> {
        match self.state()? {
            State::Off => Ok(()),
            State::On | State::SwitchedOff => done(&reg(&["delete", RUN, "/v", NAME, "/f"])?),
        }
    }
}

fn reg(args: &[&str]) -> Result<Output, AutostartError> {
    let output = Command::new("reg").args(args).creation_flags(CREATE_NO_WINDOW).output();
    output.map_err(|source| AutostartError::Io { act: "the registry can't be asked".to_owned(), source })
}

fn done(output: &Output) -> Result<(), AutostartError> {
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(AutostartError::Io { act: "the registry can't be changed".to_owned(), source: io::Error::other(said) })
}
