//! `baton history`.

use daemon::control::Request;

use crate::commands::Context;
use crate::error::Error;
use crate::exit::Exit;
use crate::moment::Moment;
use crate::since::Since;

/// Show switches and limit hits with their reasons, newest first
#[derive(Debug, clap::Args)]
pub(crate) struct History {
    /// Only what happened since then: 2h, 3d, 2026-11-20, 2026-11-20T14:00 or RFC 3339
    #[arg(long, value_name = "TIME")]
    since: Option<Since>,
}

impl History {
    pub(super) async fn run(self, context: &mut Context<'_, '_>) -> Result<Exit, Error> {
        let since = self.since.map(|since| since.resolve(&Moment::system())).transpose()?;
        context.carry_out(Request::History { since }, "").await?;
        Ok(Exit::Done)
    }
}
