//! `baton enable`.

use daemon::control::Request;

use crate::commands::Context;
use crate::commands::account::AccountArgs;
use crate::error::Error;
use crate::exit::Exit;

/// Let an account be chosen again; ends its cooldown
#[derive(Debug, clap::Args)]
pub(crate) struct Enable {
    #[command(flatten)]
    which: AccountArgs,
}

impl Enable {
    pub(super) async fn run(self, context: &mut Context<'_, '_>) -> Result<Exit, Error> {
        let AccountArgs { provider, account } = self.which;
        let done = format!("{provider} \"{account}\" can be chosen again.");
        context.carry_out(Request::Enable { provider, account }, &done).await?;
        Ok(Exit::Done)
    }
}
