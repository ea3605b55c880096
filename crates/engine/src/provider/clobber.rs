//! Tells a person's change of account from a process that refreshed an old token over a switch.
//! Never puts anything back itself.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::{AccountId, Timestamp};

/// A refresh that was in flight when a switch landed ends within this time.
const WATCH: Duration = Duration::from_secs(60);
/// Somebody who writes the account before as often as this means it.
const MOST_PUT_BACKS: u32 = 5;

/// Watches over the accounts that were left lately.
#[derive(Clone, Debug, Default)]
pub(super) struct ClobberGuard {
    left: BTreeMap<AccountId, Timestamp>,
    put_backs: u32,
}

impl ClobberGuard {
    /// A switch that Baton made has landed.
    pub(super) fn switched(&mut self, from: Option<&AccountId>, to: &AccountId, now: Timestamp) {
        self.left.retain(|_, at| now.since(*at) <= WATCH);
        if let Some(from) = from {
            self.left.insert(from.clone(), now);
        }
        self.left.remove(to);
        self.put_backs = 0;
    }

    /// Whether an account that is seen active was written by a process that didn't know of the switch. Counts it.
    pub(super) fn is_clobber(&mut self, seen: &AccountId, now: Timestamp) -> bool {
        let watched = self.left.get(seen).is_some_and(|at| now.since(*at) <= WATCH);
        let clobber = watched && self.put_backs < MOST_PUT_BACKS;
        self.put_backs += u32::from(clobber);
        clobber
    }

    /// Somebody else changed the account: what was left before doesn't matter any more.
    pub(super) fn stand_down(&mut self) {
        *self = Self::default();
    }
}
