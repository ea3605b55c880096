//! `baton remove`.

use daemon::control::Request;

use crate::commands::Context;
use crate::commands::account::AccountArgs;
use crate::error::Error;
use crate::exit::Exit;

/// Forget an account and its saved login
///
/// The login in OpenCode itself stays as it is.
#[derive(Debug, clap::Args)]
pub(crate) struct Remove {
    #[command(flatten)]
    which: AccountArgs,
}

impl Remove {
    pub(super) async fn run(self, context: &mut Context<'_, '_>) -> Result<Exit, Error> {
        let AccountArgs { provider, account } = self.which;
        let done = format!("Removed {provider} \"{account}\". OpenCode's own login is untouched.");
        context.carry_out(Request::Remove { provider, account }, &done).await?;
        Ok(Exit::Done)
    }
}
