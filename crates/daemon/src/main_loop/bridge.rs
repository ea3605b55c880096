//! What the bridge inside OpenCode tells, and how it is answered.

use super::MainLoop;
use crate::control::{BridgeAnswer, Seen, Told};

impl MainLoop {
    pub(super) fn take_in_told(&self, told: Told) {
        let answer = match told.seen {
            Seen::Limit(_) => BridgeAnswer::PassOn,
            Seen::Headers(_) | Seen::Other => BridgeAnswer::Noted,
        };
        // Whoever told it may have gone.
        let _ = told.reply.send(answer);
    }
}
