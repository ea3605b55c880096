//! `baton manual`.

use std::fs;
use std::path::PathBuf;

use clap::CommandFactory;

use crate::args::Cli;
use crate::commands::Context;
use crate::error::Error;
use crate::exit::Exit;

/// Print the manual page, or write one for each command
///
/// To read it: baton manual | man -l -
#[derive(Debug, clap::Args)]
pub(crate) struct Manual {
    /// Write baton.1, baton-status.1 and so on into this folder
    #[arg(long, value_name = "DIR")]
    to: Option<PathBuf>,
}

impl Manual {
    pub(super) fn run(self, context: &mut Context<'_, '_>) -> Result<Exit, Error> {
        match self.to {
            None => {
                let mut page = Vec::new();
                clap_mangen::Man::new(Cli::command()).render(&mut page).map_err(Error::Write)?;
                context.output.show(&String::from_utf8_lossy(&page), |page| page.to_string())?;
            }
            Some(folder) => {
                let pages =
                    fs::create_dir_all(&folder).and_then(|()| clap_mangen::generate_to(Cli::command(), &folder));
                pages.map_err(|source| Error::Machine { act: "the manual can't be written", source })?;
                context.output.show(&folder, |folder| format!("The manual's pages are in {}.", folder.display()))?;
            }
        }
        Ok(Exit::Done)
    }
}
