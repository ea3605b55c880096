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
}

impl Usage {
    pub(super) async fn run(self, context: &mut Context<'_, '_>) -> Result<Exit, Error> {
        if self.refresh {
            daemon::ask(&context.paths, Request::RefreshUsage).await?;
        }
        let snapshot = daemon::status(&context.paths).await?;
        context.output.show(&snapshot, |snapshot| render::usage(snapshot, &Moment::system()))?;
        Ok(Exit::Done)
    }
}
