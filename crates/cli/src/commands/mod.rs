//! The commands, one file each: build a request, send it, show the reply.
//! None decides anything; what a reply reads like is in `render`.

mod account;
mod add;
mod autostart;
mod bridge;
mod completions;
mod demo;
mod disable;
mod doctor;
mod enable;
mod history;
mod label;
mod login;
mod manual;
mod next;
mod pause;
mod remove;
mod rename;
mod resume;
mod run;
mod service;
mod spend;
mod status;
mod stop;
mod switch;
mod usage;
mod vault;
mod why;

use daemon::Paths;
use daemon::control::{Reply, Request};

use crate::error::Error;
use crate::exit::Exit;
use crate::moment::Moment;
use crate::output::Output;
use crate::render;

/// Every command of `baton`.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    Status(status::Status),
    Add(add::Add),
    Login(login::Login),
    Switch(switch::Switch),
    Next(next::Next),
    Usage(usage::Usage),
    Why(why::Why),
    Spend(spend::Spend),
    History(history::History),
    Rename(rename::Rename),
    Remove(remove::Remove),
    Enable(enable::Enable),
    Disable(disable::Disable),
    Pause(pause::Pause),
    Resume(resume::Resume),
    Run(run::Run),
    Autostart(autostart::Autostart),
    Bridge(bridge::Bridge),
    Vault(vault::Vault),
    Service(service::Service),
    Doctor(doctor::Doctor),
    Demo(demo::Demo),
    Completions(completions::Completions),
    Manual(manual::Manual),
}

impl Command {
    /// Carries the command out.
    pub(crate) async fn run(self, context: &mut Context<'_, '_>) -> Result<Exit, Error> {
        match self {
            Self::Status(command) => command.run(context).await,
            Self::Add(command) => command.run(context).await,
            Self::Login(command) => command.run(context).await,
            Self::Switch(command) => command.run(context).await,
            Self::Next(command) => command.run(context).await,
            Self::Spend(command) => command.run(context).await,
            Self::Usage(command) => command.run(context).await,
            Self::Why(command) => command.run(context).await,
            Self::History(command) => command.run(context).await,
            Self::Rename(command) => command.run(context).await,
            Self::Remove(command) => command.run(context).await,
            Self::Enable(command) => command.run(context).await,
            Self::Disable(command) => command.run(context).await,
            Self::Pause(command) => command.run(context).await,
            Self::Resume(command) => command.run(context).await,
            Self::Run(command) => command.run(context).await,
            Self::Autostart(command) => command.run(context).await,
            Self::Bridge(command) => command.run(context).await,
            Self::Vault(command) => command.run(context).await,
            Self::Service(command) => command.run(context),
            Self::Doctor(command) => command.run(context).await,
            Self::Demo(command) => command.run(context).await,
            Self::Completions(command) => command.run(context),
            Self::Manual(command) => command.run(context),
        }
    }
}

/// What a command works with.
pub(crate) struct Context<'a, 'b> {
    paths: Paths,
    output: &'a mut Output<'b>,
}

impl<'a, 'b> Context<'a, 'b> {
    /// Takes the paths from the environment.
    pub(crate) fn from_environment(output: &'a mut Output<'b>) -> Result<Self, Error> {
        let paths = Paths::from_system().map_err(|cause| Error::failed(cause.to_string()))?;
        Ok(Self { paths, output })
    }

    /// Asks, shows the reply, and hands it on; `done` says what a plain "done" means.
    async fn carry_out(&mut self, request: Request, done: &str) -> Result<Reply, Error> {
        let reply = daemon::ask(&self.paths, request).await?;
        self.output.show(&reply, |reply| render::reply(reply, done, &Moment::system()))?;
        Ok(reply)
    }
}
