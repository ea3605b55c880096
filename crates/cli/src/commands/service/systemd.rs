//! The systemd user unit. It is enabled by the link that `systemctl enable` would make, so that this works without a
//! running user manager too.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::keeper::asked;
use super::surroundings::Surroundings;
use crate::error::Error;

const UNIT: &str = "baton.service";
const WANTED_BY: &str = "default.target";

pub(super) fn file(surroundings: &Surroundings) -> PathBuf {
    surroundings.config.join("systemd/user").join(UNIT)
}

/// A second Baton, in the tray, makes this one end; five tries later it is left at that.
pub(super) fn text(surroundings: &Surroundings) -> Result<String, Error> {
    if surroundings.program.starts_with(['-', '@', ':', '+', '!']) || !surroundings.program.starts_with('/') {
        return Err(Error::failed(format!("the path of `baton` isn't a full one: {}", surroundings.program)));
    }
    let variables = surroundings.variables.iter();
    let variables: String =
        variables.map(|(name, value)| format!("Environment={}\n", quoted(&format!("{name}={value}")))).collect();
    let program = quoted(&surroundings.program);
    Ok(format!(
        "# Written by `baton service install`, which writes over changes. Your own belong into `systemctl --user edit baton`.
[Unit]
Description=Baton: goes on with the next account when OpenCode meets a limit
StartLimitIntervalSec=300
StartLimitBurst=5

[Service]
ExecStart={program} run
{variables}Restart=on-failure
RestartSec=10

[Install]
WantedBy={WANTED_BY}
"
    ))
}

/// In quotes; `%` would begin one of systemd's own words.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', r"\\").replace('"', "\\\"").replace('%', "%%"))
}

fn link(file: &Path) -> PathBuf {
    file.with_file_name(format!("{WANTED_BY}.wants")).join(UNIT)
}

pub(super) fn enable(file: &Path) -> io::Result<()> {
    let link = link(file);
    if let Some(folder) = link.parent() {
        fs::create_dir_all(folder)?;
    }
    without(&link)?;
    link_to(file, &link)
}

#[cfg(unix)]
fn link_to(file: &Path, link: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(file, link)
}

#[cfg(not(unix))]
fn link_to(_: &Path, _: &Path) -> io::Result<()> {
    Err(ErrorKind::Unsupported.into())
}

pub(super) fn disable(file: &Path) -> io::Result<()> {
    let link = link(file);
    without(&link)?;
    if let Some(folder) = link.parent() {
        // One that holds other links refuses.
        let _ = fs::remove_dir(folder);
    }
    Ok(())
}

fn without(link: &Path) -> io::Result<()> {
    match fs::remove_file(link) {
        Err(source) if source.kind() != ErrorKind::NotFound => Err(source),
        Ok(()) | Err(_) => Ok(()),
    }
}

pub(super) fn start() -> Option<bool> {
    reload()?;
    let started = systemctl(&["restart", UNIT]);
    Some(started.is_some_and(|(done, _)| done))
}

pub(super) fn stop() {
    // Unreachable means that it doesn't run either.
    let _ = systemctl(&["stop", UNIT]);
}

pub(super) fn forget() {
    if reload().is_some() {
        // Refused where it never failed.
        let _ = systemctl(&["reset-failed", UNIT]);
    }
}

pub(super) fn runs() -> Option<bool> {
    // Without a manager it says nothing or "unknown" at most.
    match systemctl(&["is-active", UNIT])?.1.as_str() {
        "active" | "activating" | "reloading" => Some(true),
        "inactive" | "failed" | "deactivating" => Some(false),
        _ => None,
    }
}

fn reload() -> Option<()> {
    systemctl(&["daemon-reload"]).filter(|(done, _)| *done).map(drop)
}

fn systemctl(args: &[&str]) -> Option<(bool, String)> {
    asked("systemctl", &[&["--user"], args].concat())
}

/// Whether the person's services outlast their last session; `None` where nobody says.
pub(super) fn lingers() -> Option<bool> {
    let (_, user) = asked("id", &["-u"])?;
    let (known, lingers) = asked("loginctl", &["show-user", "--property=Linger", "--value", &user])?;
    known.then(|| lingers == "yes")
}

pub(super) fn advice(running: Option<bool>, lingers: Option<bool>) -> Vec<String> {
    let mut advice = Vec::new();
    match running {
        Some(true) => {}
        Some(false) => advice.push("why it doesn't run: journalctl --user -u baton".to_owned()),
        None => advice.push(
            "it starts at your next login; at once, from a session of yours: \
             systemctl --user daemon-reload && systemctl --user start baton"
                .to_owned(),
        ),
    }
    if lingers != Some(true) {
        advice.push("to run it from the machine's start on, and after you log out: loginctl enable-linger".to_owned());
    }
    advice
}

#[cfg(test)]
mod tests {
    use super::*;

    fn surroundings(program: &str, variables: Vec<(&'static str, String)>) -> Surroundings {
        Surroundings::for_test(program, variables)
    }

    #[test]
    fn the_unit_is_this_one() {
        let variables =
            vec![("BATON_HOME", r#"/srv/ann's "100 %" \ baton"#.to_owned()), ("XDG_DATA_HOME", "/d".to_owned())];
        let unit = text(&surroundings("/opt/my tools/baton", variables)).unwrap();
        assert_eq!(
            unit,
            r#"# Written by `baton service install`, which writes over changes. Your own belong into `systemctl --user edit baton`.
[Unit]
Description=Baton: goes on with the next account when OpenCode meets a limit
StartLimitIntervalSec=300
StartLimitBurst=5

[Service]
ExecStart="/opt/my tools/baton" run
Environment="BATON_HOME=/srv/ann's \"100 %%\" \\ baton"
Environment="XDG_DATA_HOME=/d"
Restart=on-failure
RestartSec=10

[Install]
WantedBy=default.target
"#
        );
    }

    #[test]
    fn a_program_without_a_full_path_is_refused() {
        assert!(text(&surroundings("baton", Vec::new())).is_err());
    }

    #[test]
    fn what_to_do_next_depends_on_what_is_so() {
        let check = |running, lingers, expected: &[&str]| {
            let advice = advice(running, lingers);
            let words = |line: &String, word: &&str| line.contains(*word);
            assert_eq!(advice.len(), expected.len(), "{advice:?}");
            assert!(advice.iter().zip(expected).all(|(line, word)| words(line, word)), "{advice:?}");
        };
        check(Some(true), Some(true), &[]);
        check(Some(true), None, &["enable-linger"]);
        check(Some(false), Some(true), &["journalctl"]);
        check(None, Some(false), &["daemon-reload", "enable-linger"]);
    }

    #[cfg(unix)]
    #[test]
    fn it_is_enabled_and_disabled_without_a_manager() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("systemd/user").join(UNIT);
        for _ in 0..2 {
            enable(&file).unwrap();
        }
        assert_eq!(fs::read_link(home.path().join("systemd/user/default.target.wants/baton.service")).unwrap(), file);
        for _ in 0..2 {
            disable(&file).unwrap();
        }
        assert_eq!(fs::read_dir(home.path().join("systemd/user")).unwrap().count(), 0);
    }
}
