//! Makes a fresh machine able to build and test Baton: installs what is missing on Debian and Ubuntu, says exactly
//! what to install anywhere else. Refuses to touch anything that is there already.

mod debian;
mod elsewhere;
pub(crate) mod node;

use crate::shell::Done;

/// What a machine is made ready for; each purpose includes what it is built on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Purpose {
    /// `baton run`: a compiler.
    Daemon,
    /// The tray app: the web view's library, and Node for the web view's page.
    Tray,
    /// Everything: a display, a keychain, a notification daemon and a web-view driver of the tests' own.
    Test,
}

/// Installs what is missing, or says what to install and fails.
pub(crate) fn prepare(purpose: Purpose) -> Done {
    match debian::is_here() {
        true => debian::prepare(purpose)?,
        false => elsewhere::check(purpose)?,
    }
    match purpose >= Purpose::Tray {
        true => node::packages(),
        false => Ok(()),
    }
}
