//! `baton autostart`.

use daemon::autostart::{Autostart as Entry, State};
use daemon::control::Request;
use serde_json::json;

use crate::commands::Context;
use crate::error::Error;
use crate::exit::Exit;

/// Start the tray app at login, or not
///
/// The same as `[app] autostart` in the settings, and as the switch in the app.
#[derive(Debug, clap::Args)]
pub(crate) struct Autostart {
    #[arg(value_enum)]
    wanted: Wanted,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Wanted {
    /// Start it at login
    On,
    /// Don't start it at login
    Off,
    /// Say whether it starts at login
    Status,
}

impl Autostart {
    pub(super) async fn run(self, context: &mut Context<'_, '_>) -> Result<Exit, Error> {
        let entry = Entry::from_system().map_err(failed)?;
        match self.wanted {
            Wanted::On => set(context, &entry, true).await?,
            Wanted::Off => set(context, &entry, false).await?,
            Wanted::Status => {}
        }
        let state = entry.state().map_err(failed)?;
        context.output.show(&json!({"autostart": word(state)}), |_| sentence(state).to_owned())?;
        Ok(Exit::Done)
    }
}

/// The entry comes first: what can't be done isn't set either.
async fn set(context: &Context<'_, '_>, entry: &Entry, on: bool) -> Result<(), Error> {
    entry.set(on).map_err(failed)?;
    let key = ["app", "autostart"].map(str::to_owned).to_vec();
    daemon::ask(&context.paths, Request::Configure { key, value: Some(on.into()) }).await?;
    Ok(())
}

fn word(state: State) -> &'static str {
    match state {
        State::On => "on",
        State::Off => "off",
        State::SwitchedOff => "switched_off",
    }
}

fn sentence(state: State) -> &'static str {
    match state {
        State::On => "Baton starts at login.",
        State::Off => "Baton doesn't start at login. `baton autostart on` changes that.",
        State::SwitchedOff => {
            "Baton doesn't start at login: the desktop's own settings have switched that off. `baton autostart on` changes that."
        }
    }
}

fn failed(fault: daemon::autostart::AutostartError) -> Error {
    Error::failed(fault.to_string())
}
