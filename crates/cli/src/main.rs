//! The program `baton`: reads the command line, asks the daemon, shows what came of it.
//! Knows no provider, no file of OpenCode and no policy; all of that is behind the daemon's public face.

mod args;
mod commands;
mod error;
mod exit;
mod length;
mod moment;
mod output;
mod render;
mod since;

use std::io;
use std::process::ExitCode;

use clap::Parser;

use crate::args::Cli;
use crate::commands::Context;
use crate::error::Error;
use crate::exit::Exit;
use crate::output::Output;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let (mut results, mut failures) = (io::stdout(), io::stderr());
    let mut output = Output::new(cli.json, &mut results, &mut failures);
    let exit = match run(cli, &mut output) {
        Ok(exit) => exit,
        Err(error) if error.reader_is_gone() => Exit::Done,
        Err(error) => {
            output.fail(&error);
            error.code().into()
        }
    };
    exit.into()
}

fn run(cli: Cli, output: &mut Output<'_>) -> Result<Exit, Error> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|source| Error::Machine { act: "the program can't start", source })?;
    let exit = runtime.block_on(cli.command.run(&mut Context::from_environment(output)?));
    // A keychain call that never returns must not keep the program from ending.
    runtime.shutdown_background();
    exit
}
