//! `baton run`.

use std::pin::pin;

use daemon::control::ControlFile;
use daemon::{Paths, RunOptions};
use serde::Serialize;
use tokio::sync::oneshot;

use crate::commands::Context;
use crate::commands::stop::stop_signal;
use crate::error::Error;
use crate::exit::Exit;

/// Run the daemon in the foreground, without a window
///
/// Ctrl-C or a termination signal ends it. Only one daemon runs per person: a second one says where the first one is.
#[derive(Debug, clap::Args)]
pub(crate) struct Run {}

/// Where the daemon serves.
#[derive(Debug, Serialize)]
struct Serving {
    event: &'static str,
    url: String,
    pid: u32,
}

impl Run {
    pub(super) async fn run(self, context: &mut Context<'_, '_>) -> Result<Exit, Error> {
        let asked_to_stop =
            stop_signal().map_err(|source| Error::Machine { act: "signals can't be caught", source })?;
        let (ready, is_ready) = oneshot::channel();
        let announce = move || ready.send(()).unwrap_or_default();
        let options = RunOptions { on_ready: Some(Box::new(announce)) };
        let mut daemon = pin!(daemon::run(context.paths.clone(), options, asked_to_stop));
        tokio::select! {
            ended = &mut daemon => ended?,
            Ok(()) = is_ready => {
                let serving = serving(&context.paths);
                context.output.show(&serving, |it| {
                    format!("Baton serves at {} (process {}). Ctrl-C ends it.", it.url, it.pid)
                })?;
                daemon.await?;
            }
        }
        Ok(Exit::Done)
    }
}

fn serving(paths: &Paths) -> Serving {
    // This very process has just written it.
    let url = ControlFile::read(&paths.control).ok().flatten().map(|file| file.url);
    Serving { event: "serving", url: url.unwrap_or_default(), pid: std::process::id() }
}
