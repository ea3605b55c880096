//! `baton usage`.

use daemon::control::Request;

use crate::commands::Context;
use crate::error::Error;
use crate::exit::Exit;
use crate::moment::Moment;
use crate::render;

/// Show how much of each account's usage windows is gone
///
/// With --json it prints the same snapshot as `baton status --json`.
#[derive(Debug, clap::Args)]
pub(crate) struct Usage {
    /// Ask the providers now instead of showing the last figures
    #[arg(long)]
    refresh: bool,

    /// Print one short line for a status bar: the active accounts only
    #[arg(long)]
    line: bool,
}

impl Usage {
    pub(super) async fn run(self, context: &mut Context<'_, '_>) -> Result<Exit, Error> {
        if self.refresh {
            daemon::ask(&context.paths, Request::RefreshUsage).await?;
        }
        let snapshot = daemon::status(&context.paths).await?;
        context.output.show(&snapshot, |snapshot| match self.line {
            true => render::usage_line(snapshot, &Moment::system()),
            false => render::usage(snapshot, &Moment::system()),
        })?;
        Ok(Exit::Done)
    }
}
