//! `baton spend`.

use daemon::control::{Request, SpendBy};

use crate::commands::Context;
use crate::error::Error;
use crate::exit::Exit;
use crate::moment::Moment;
use crate::since::Since;

/// Show how many tokens each account used and what they cost, from OpenCode's own history
#[derive(Debug, clap::Args)]
pub(crate) struct Spend {
    /// Only what was spent since then: 2h, 3d, 2026-11-20, 2026-11-20T14:00 or RFC 3339
    #[arg(long, value_name = "TIME")]
    since: Option<Since>,
    /// One line for each account, model or day (UTC)
    #[arg(long, value_enum, default_value_t = By::Account)]
    by: By,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum By {
    Account,
    Model,
    Day,
}

impl Spend {
    pub(super) async fn run(self, context: &mut Context<'_, '_>) -> Result<Exit, Error> {
        let since = self.since.map(|since| since.resolve(&Moment::system())).transpose()?;
        let by = match self.by {
            By::Account => SpendBy::Account,
            By::Model => SpendBy::Model,
            By::Day => SpendBy::Day,
        };
        context.carry_out(Request::Spend { since, by }, "").await?;
        Ok(Exit::Done)
    }
}
