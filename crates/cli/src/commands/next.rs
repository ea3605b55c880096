//! `baton next`.

use daemon::control::Request;

use crate::commands::Context;
use crate::error::Error;
use crate::exit::Exit;

/// Make the best other account active: failover by hand
///
/// Ends with 3 when no other account can be used.
#[derive(Debug, clap::Args)]
pub(crate) struct Next {
    /// The provider under OpenCode's id for it, such as openai
    provider: String,
}

impl Next {
    pub(super) async fn run(self, context: &mut Context<'_, '_>) -> Result<Exit, Error> {
        let done = format!("{}: the next account is active now.", self.provider);
        context.carry_out(Request::Next { provider: self.provider }, &done).await?;
        Ok(Exit::Done)
    }
}
