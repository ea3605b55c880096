//! `baton resume`.

use daemon::control::Request;

use crate::commands::Context;
use crate::error::Error;
use crate::exit::Exit;

/// Turn automatic failover on again
#[derive(Debug, clap::Args)]
pub(crate) struct Resume {}

impl Resume {
    pub(super) async fn run(self, context: &mut Context<'_, '_>) -> Result<Exit, Error> {
        context.carry_out(Request::Resume, "Automatic failover is on.").await?;
        Ok(Exit::Done)
    }
}
