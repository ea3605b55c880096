//! `baton completions`.

use clap::CommandFactory;
use clap_complete::Shell;

use crate::args::Cli;
use crate::commands::Context;
use crate::error::Error;
use crate::exit::Exit;

/// Print the script that completes `baton` in a shell
///
/// For example, in ~/.bashrc: eval "$(baton completions bash)"
#[derive(Debug, clap::Args)]
pub(crate) struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    pub(super) fn run(self, context: &mut Context<'_, '_>) -> Result<Exit, Error> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "baton", &mut script);
        context.output.show(&String::from_utf8_lossy(&script), |script| script.to_string())?;
        Ok(Exit::Done)
    }
}
