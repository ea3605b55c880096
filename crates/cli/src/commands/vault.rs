//! `baton vault`.

use daemon::control::{Request, VaultStore};

use crate::commands::Context;
use crate::error::Error;
use crate::exit::Exit;

/// Say where credentials are kept, or move all of them: into the system's keychain, or into a file
///
/// The file is vault.json, which other users can't read. It isn't encrypted: every program that runs as you can read it.
/// Each credential is read back from where it goes before it is removed from where it was.
#[derive(Debug, clap::Args)]
pub(crate) struct Vault {
    /// Where to move them; without it, nothing moves
    #[arg(value_enum)]
    to: Option<Place>,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Place {
    /// Into the system's keychain
    Keychain,
    /// Into a file that isn't encrypted
    File,
}

impl Vault {
    pub(super) async fn run(self, context: &mut Context<'_, '_>) -> Result<Exit, Error> {
        let move_to = self.to.map(|place| match place {
            Place::Keychain => VaultStore::Keychain,
            Place::File => VaultStore::File,
        });
        context.carry_out(Request::Vault { move_to }, "").await?;
        Ok(Exit::Done)
    }
}
