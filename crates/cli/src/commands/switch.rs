//! `baton switch`.

use daemon::control::Request;

use crate::commands::Context;
use crate::commands::account::AccountArgs;
use crate::error::Error;
use crate::exit::Exit;

/// Make an account the one that OpenCode uses
///
/// Works offline, and whatever the account's usage says: your choice wins.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  baton switch openai work")]
pub(crate) struct Switch {
    #[command(flatten)]
    which: AccountArgs,
}

impl Switch {
    pub(super) async fn run(self, context: &mut Context<'_, '_>) -> Result<Exit, Error> {
        let AccountArgs { provider, account } = self.which;
        let done = format!("{provider}: \"{account}\" is active now.");
        context.carry_out(Request::Switch { provider, account }, &done).await?;
        Ok(Exit::Done)
    }
}
