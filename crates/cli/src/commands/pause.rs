//! `baton pause`.

use daemon::control::{PauseLength, Request};

use crate::commands::Context;
use crate::error::Error;
use crate::exit::Exit;
use crate::length::Length;

/// Turn automatic failover off, for a while or until `baton resume`
///
/// Everything else goes on: usage, new logins, switches by hand.
#[derive(Debug, clap::Args)]
pub(crate) struct Pause {
    /// Turn it on again after so long: 45m, 1h, 2d
    #[arg(long = "for", value_name = "LENGTH", conflicts_with = "until_tomorrow")]
    length: Option<Length>,

    /// Turn it on again when the day ends
    #[arg(long)]
    until_tomorrow: bool,
}

impl Pause {
    pub(super) async fn run(self, context: &mut Context<'_, '_>) -> Result<Exit, Error> {
        let (length, done) = match self {
            Self { length: Some(Length(seconds)), .. } => {
                (Some(PauseLength::Seconds(seconds)), "Automatic failover is paused, and goes on by itself after that.")
            }
            Self { until_tomorrow: true, .. } => {
                (Some(PauseLength::UntilTomorrow), "Automatic failover is paused until tomorrow.")
            }
            Self { .. } => (None, "Automatic failover is paused. `baton resume` turns it on again."),
        };
        context.carry_out(Request::Pause { length }, done).await?;
        Ok(Exit::Done)
    }
}
