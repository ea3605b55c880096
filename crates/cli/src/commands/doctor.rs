//! `baton doctor`.

use daemon::control::{Check, CheckState, Reply, Request};

use crate::commands::Context;
use crate::error::Error;
use crate::exit::Exit;

/// Check what is set up, what is not, and say how to mend it
///
/// Ends with 1 when something is broken.
#[derive(Debug, clap::Args)]
pub(crate) struct Doctor {}

impl Doctor {
    pub(super) async fn run(self, context: &mut Context<'_, '_>) -> Result<Exit, Error> {
        let reply = context.carry_out(Request::Doctor, "Everything is in order.").await?;
        Ok(verdict(&reply))
    }
}

fn verdict(reply: &Reply) -> Exit {
    let broken = |checks: &[Check]| checks.iter().any(|check| check.state == CheckState::Broken);
    match matches!(reply, Reply::Doctor { checks } if broken(checks)) {
        true => Exit::Failed,
        false => Exit::Done,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_something_broken_is_a_failure() {
        let check = |state| Check::new("x", state, "y", None);
        let verdict = |states: &[CheckState]| {
            super::verdict(&Reply::Doctor { checks: states.iter().map(|state| check(*state)).collect() })
        };
        assert_eq!(verdict(&[]), Exit::Done);
        assert_eq!(verdict(&[CheckState::Ok, CheckState::Warning]), Exit::Done);
        assert_eq!(verdict(&[CheckState::Ok, CheckState::Broken]), Exit::Failed);
    }
}
