//! `baton status`.

use crate::commands::Context;
use crate::error::Error;
use crate::exit::Exit;
use crate::moment::Moment;
use crate::render;

/// Show every account: the active one, standing, usage windows and resets
#[derive(Debug, clap::Args)]
pub(crate) struct Status {}

impl Status {
    pub(super) async fn run(self, context: &mut Context<'_, '_>) -> Result<Exit, Error> {
        let snapshot = daemon::status(&context.paths).await?;
        context.output.show(&snapshot, |snapshot| render::status(snapshot, &Moment::system()))?;
        Ok(Exit::Done)
    }
}
