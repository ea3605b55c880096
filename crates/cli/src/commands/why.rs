//! `baton why`.

use daemon::control::Request;

use crate::commands::Context;
use crate::error::Error;
use crate::exit::Exit;

/// Show why each account is or isn't the next one, and what will happen when
#[derive(Debug, clap::Args)]
pub(crate) struct Why {
    /// Only this provider, under OpenCode's id
    provider: Option<String>,
}

impl Why {
    pub(super) async fn run(self, context: &mut Context<'_, '_>) -> Result<Exit, Error> {
        context.carry_out(Request::Why { provider: self.provider }, "").await?;
        Ok(Exit::Done)
    }
}
