//! `baton disable`.

use daemon::control::Request;

use crate::commands::Context;
use crate::commands::account::AccountArgs;
use crate::error::Error;
use crate::exit::Exit;

/// Never choose an account by itself
///
/// `baton switch` still makes it active.
#[derive(Debug, clap::Args)]
pub(crate) struct Disable {
    #[command(flatten)]
    which: AccountArgs,
}

impl Disable {
    pub(super) async fn run(self, context: &mut Context<'_, '_>) -> Result<Exit, Error> {
        let AccountArgs { provider, account } = self.which;
        let done = format!("{provider} \"{account}\" will not be chosen.");
        context.carry_out(Request::Disable { provider, account }, &done).await?;
        Ok(Exit::Done)
    }
}
