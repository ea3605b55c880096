//! `baton service`: has the system's own keeper of programs run `baton run` for this person, on machines without a desktop.
//! Writes one file, which the keeper reads, and asks the keeper; never asks for another user's rights.

mod keeper;
mod launchd;
mod surroundings;
mod systemd;

use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::commands::Context;
use crate::error::Error;
use crate::exit::Exit;
use keeper::Keeper;
use surroundings::Surroundings;

/// Run Baton without a desktop: a systemd user unit on Linux, a launchd agent on macOS
///
/// The service is `baton run`, started at login and again when it fails. Where there is a desktop, let the tray app
/// start at login instead.
#[derive(Debug, clap::Args)]
pub(crate) struct Service {
    #[command(subcommand)]
    act: Act,
}

#[derive(Clone, Copy, Debug, clap::Subcommand)]
enum Act {
    /// Write the service's file and start it; BATON_HOME and the XDG variables of now go into it
    Install,
    /// Stop the service and remove its file
    Uninstall,
    /// Say whether the service is installed and runs
    Status,
}

/// How the service stands after a command.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Standing {
    did: &'static str,
    file: PathBuf,
    installed: bool,
    /// `None` where the keeper can't be asked from here.
    running: Option<bool>,
    /// What is left for the person to do.
    advice: Vec<String>,
}

impl Service {
    pub(super) fn run(self, context: &mut Context<'_, '_>) -> Result<Exit, Error> {
        let keeper = Keeper::of(std::env::consts::OS)?;
        let surroundings = Surroundings::of_this_process()?;
        let standing = match self.act {
            Act::Install => install(&keeper, &surroundings),
            Act::Uninstall => uninstall(&keeper, &surroundings),
            Act::Status => status(&keeper, &surroundings),
        }?;
        context.output.show(&standing, words)?;
        Ok(Exit::Done)
    }
}

fn install(keeper: &Keeper, surroundings: &Surroundings) -> Result<Standing, Error> {
    surroundings.program_stays()?;
    let file = keeper.file(surroundings);
    let text = keeper.text(surroundings)?;
    write(&file, &text).map_err(machine("the service's file can't be written"))?;
    keeper.enable(&file).map_err(machine("the service can't be enabled"))?;
    let running = keeper.start(&file);
    Ok(Standing { did: "installed", advice: keeper.advice(running), file, installed: true, running })
}

fn uninstall(keeper: &Keeper, surroundings: &Surroundings) -> Result<Standing, Error> {
    let file = keeper.file(surroundings);
    keeper.stop(&file);
    keeper.disable(&file).map_err(machine("the service can't be disabled"))?;
    remove(&file).map_err(machine("the service's file can't be removed"))?;
    keeper.forget();
    Ok(Standing { did: "uninstalled", file, installed: false, running: None, advice: Vec::new() })
}

fn status(keeper: &Keeper, surroundings: &Surroundings) -> Result<Standing, Error> {
    let file = keeper.file(surroundings);
    let written = match fs::read_to_string(&file) {
        Ok(text) => Some(text),
        Err(source) if source.kind() == ErrorKind::NotFound => None,
        Err(source) => return Err(machine("the service's file can't be read")(source)),
    };
    let Some(written) = written else {
        let advice = vec!["to install it: baton service install".to_owned()];
        return Ok(Standing { did: "shown", file, installed: false, running: None, advice });
    };
    let running = keeper.runs();
    let mut advice = keeper.advice(running);
    if keeper.text(surroundings)? != written {
        advice.insert(
            0,
            "it is for another program or other folders than yours here: to write it anew: baton service install"
                .to_owned(),
        );
    }
    Ok(Standing { did: "shown", file, installed: true, running, advice })
}

fn words(standing: &Standing) -> String {
    let file = standing.file.display();
    let first = match (standing.did, standing.installed, standing.running) {
        ("uninstalled", ..) => format!("No service is left: {file} is gone."),
        (_, false, _) => format!("There is no service: no {file}."),
        (_, true, Some(true)) => format!("The service runs: {file}."),
        (_, true, Some(false)) => format!("The service is installed and doesn't run: {file}."),
        (_, true, None) => format!("The service is installed: {file}. What runs it can't be asked from here."),
    };
    let advice = standing.advice.iter().map(|line| format!("  {line}"));
    std::iter::once(first).chain(advice).collect::<Vec<_>>().join("\n")
}

/// Puts a whole file there, with the folders that it needs.
fn write(file: &Path, text: &str) -> io::Result<()> {
    let folder = file.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut temp = tempfile::Builder::new().prefix(".baton-").tempfile_in(folder)?;
    temp.write_all(text.as_bytes())?;
    temp.persist(file)?;
    Ok(())
}

/// Removes a file, and the folders that are empty without it.
fn remove(file: &Path) -> io::Result<()> {
    match fs::remove_file(file) {
        Err(source) if source.kind() != ErrorKind::NotFound => return Err(source),
        Ok(()) | Err(_) => {}
    }
    // The two that installing may have made. One that holds anything refuses.
    for folder in file.ancestors().skip(1).take(2) {
        if fs::remove_dir(folder).is_err() {
            break;
        }
    }
    Ok(())
}

fn machine(act: &'static str) -> impl Fn(io::Error) -> Error {
    move |source| Error::Machine { act, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(did: &'static str, installed: bool, running: Option<bool>) -> String {
        words(&Standing {
            did,
            file: "/u/baton.service".into(),
            installed,
            running,
            advice: vec!["do this".to_owned()],
        })
    }

    #[test]
    fn a_person_reads_how_it_stands_and_what_to_do() {
        assert_eq!(standing("installed", true, Some(true)), "The service runs: /u/baton.service.\n  do this");
        assert_eq!(
            standing("shown", true, Some(false)),
            "The service is installed and doesn't run: /u/baton.service.\n  do this"
        );
        assert_eq!(
            standing("installed", true, None),
            "The service is installed: /u/baton.service. What runs it can't be asked from here.\n  do this"
        );
        assert_eq!(standing("shown", false, None), "There is no service: no /u/baton.service.\n  do this");
        assert_eq!(standing("uninstalled", false, None), "No service is left: /u/baton.service is gone.\n  do this");
    }

    #[test]
    fn a_file_goes_with_the_folders_that_came_with_it_and_no_others() {
        let home = tempfile::tempdir().unwrap();
        let (ours, theirs) = (home.path().join("systemd/user/baton.service"), home.path().join("systemd/other"));
        write(&ours, "x").unwrap();
        fs::write(&theirs, "y").unwrap();
        remove(&ours).unwrap();
        assert!(theirs.exists() && !home.path().join("systemd/user").exists());
        fs::remove_file(theirs).unwrap();
        write(&ours, "x").unwrap();
        remove(&ours).unwrap();
        remove(&ours).unwrap();
        assert!(home.path().exists() && !home.path().join("systemd").exists());
    }
}
