//! `baton demo`: the real daemon on made-up accounts, in a folder of its own.
//! Never touches the person's accounts, keychain, OpenCode or the network beyond this machine.

mod cast;
mod provider;
mod stage;
mod story;

use std::time::Duration;

use crate::commands::Context;
use crate::commands::stop::stop_signal;
use crate::error::Error;
use crate::exit::Exit;
use stage::Stage;
use story::Story;

/// A pause in which a person can read a line.
const BEAT: Duration = Duration::from_millis(700);

/// Play a failover from end to end on made-up accounts, in a temporary folder
///
/// Needs no OpenCode, no keychain and no display, and leaves nothing behind.
#[derive(Debug, clap::Args)]
pub(crate) struct Demo {}

impl Demo {
    pub(super) async fn run(self, context: &mut Context<'_, '_>) -> Result<Exit, Error> {
        let machine = |act| move |source| Error::Machine { act, source };
        let stopped = stop_signal().map_err(machine("signals can't be caught"))?;
        let stage = Stage::set().await.map_err(machine("the stage can't be set in a temporary folder"))?;
        let played = tokio::select! {
            played = Story::new(&stage, context.output, BEAT).play() => played,
            () = stopped => Err(Error::failed("the demo was interrupted")),
        };
        let struck = stage.strike().map_err(machine("the temporary folder can't be removed"));
        // Why the story broke off says more than what it left behind.
        played.and(struck).map(|()| Exit::Done)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::output::Output;

    #[tokio::test]
    async fn the_whole_failover_is_told_and_nothing_stays_behind() {
        let (mut told, mut failures) = (Vec::new(), Vec::new());
        let stage = Stage::set().await.unwrap();
        let home = stage.home().to_owned();
        Story::new(&stage, &mut Output::new(true, &mut told, &mut failures), Duration::ZERO).play().await.unwrap();
        stage.strike().unwrap();
        let events: Vec<Value> =
            String::from_utf8(told).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let names: Vec<&str> = events.iter().filter_map(|event| event["event"].as_str()).collect();
        assert_eq!(
            names,
            [
                "stage", "saved", "saved", "saved", "serving", "working", "limit", "switched", "reason", "answered",
                "end"
            ]
        );
        assert!(!home.exists(), "{} is still there", home.display());
    }
}
