//! `baton bridge`.

use daemon::control::{BridgeAct, Request};

use crate::commands::Context;
use crate::error::Error;
use crate::exit::Exit;

/// Put a plugin into OpenCode that makes failover invisible, or take it out
///
/// With it, no request fails at a limit, and switches reach sessions that are running, API keys too. It is one file,
/// plugin/baton.js in OpenCode's settings folder; every other file stays as it is.
#[derive(Debug, clap::Args)]
pub(crate) struct Bridge {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Clone, Copy, clap::Subcommand)]
enum Act {
    /// Put it into OpenCode; an OpenCode that runs has it after a restart
    Install,
    /// Take it out, without a trace
    Uninstall,
    /// Say whether it is there and current
    Status,
}

impl Bridge {
    pub(super) async fn run(self, context: &mut Context<'_, '_>) -> Result<Exit, Error> {
        let act = match self.act {
            Act::Install => BridgeAct::Install,
            Act::Uninstall => BridgeAct::Uninstall,
            Act::Status => BridgeAct::Status,
        };
        context.carry_out(Request::Bridge { act }, "").await?;
        Ok(Exit::Done)
    }
}
