//! `baton pause`.

use daemon::control::Request;

use crate::commands::Context;
use crate::error::Error;
use crate::exit::Exit;

/// Turn automatic failover off
///
/// Everything else goes on: usage, new logins, switches by hand.
#[derive(Debug, clap::Args)]
pub(crate) struct Pause {}

impl Pause {
    pub(super) async fn run(self, context: &mut Context<'_, '_>) -> Result<Exit, Error> {
        context.carry_out(Request::Pause, "Automatic failover is paused. `baton resume` turns it on again.").await?;
        Ok(Exit::Done)
    }
}
