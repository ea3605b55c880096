//! `baton rename`.

use daemon::control::{Reply, Request};

use crate::commands::account::AccountArgs;
use crate::commands::{Context, label};
use crate::error::Error;
use crate::exit::Exit;

/// Give an account another label
///
/// Labels are lower case: letters, digits, dot, hyphen, underscore and @. Anything else becomes a hyphen.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  baton rename openai anna@example.org work")]
pub(crate) struct Rename {
    #[command(flatten)]
    which: AccountArgs,
    /// The new label
    #[arg(value_name = "NEW_LABEL")]
    label: String,
}

impl Rename {
    pub(super) async fn run(self, context: &mut Context<'_, '_>) -> Result<Exit, Error> {
        let AccountArgs { provider, account } = self.which;
        let request = Request::Rename { provider, account, label: self.label.clone() };
        let reply = context.carry_out(request, "Renamed.").await?;
        if let Reply::Renamed { to, .. } = &reply
            && let Some(note) = label::normalised(&self.label, to)
        {
            context.output.note(&note)?;
        }
        Ok(Exit::Done)
    }
}
