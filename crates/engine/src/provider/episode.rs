//! A limit episode: from the active account's limit until it can be used again or another account is active.
//! Remembers what was tried and what the person was told; decides nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::{AccountId, SessionId, Timestamp};

/// One limit episode.
#[derive(Clone, Debug, Default)]
pub(super) struct Episode {
    /// The sessions that hit the limit and got no failover yet, with the model that each asked for; `None` stands for all
    /// sessions that nobody knows.
    pub(super) waiting: BTreeMap<Option<SessionId>, Option<String>>,
    /// The models that a failover found nobody for: the next account that can be used again is taken without another hit.
    pub(super) stranded: BTreeSet<Option<String>>,
    pub(super) told: Told,
    tried: BTreeMap<AccountId, Timestamp>,
}

/// What the person was told in an episode; each is told once.
#[derive(Clone, Debug, Default)]
pub(super) struct Told {
    /// For these models; `None`: at all.
    pub(super) nobody_left: BTreeSet<Option<String>>,
    pub(super) off: bool,
    pub(super) flapping: bool,
    pub(super) switch_failed: bool,
}

impl Episode {
    /// A failover for this model found nobody.
    pub(super) fn strand(&mut self, model: Option<String>) {
        self.waiting.retain(|_, wanted| *wanted != model);
        self.stranded.insert(model);
    }

    /// The models that accounts are needed for, each once.
    pub(super) fn models(&self) -> Vec<Option<&str>> {
        let mut models: Vec<Option<&str>> = Vec::new();
        for model in self.waiting.values().rev().chain(&self.stranded).map(Option::as_deref) {
            if !models.contains(&model) {
                models.push(model);
            }
        }
        models
    }

    /// A switch to this account failed.
    pub(super) fn tried(&mut self, account: AccountId, at: Timestamp) {
        self.tried.insert(account, at);
    }

    /// The accounts that aren't tried again: those that failed just now, and without a new hit all that failed.
    pub(super) fn not_again(&self, now: Timestamp, rest: Duration) -> BTreeSet<AccountId> {
        let hit_again = !self.waiting.is_empty();
        let out = self.tried.iter().filter(|(_, at)| !hit_again || **at + rest > now);
        out.map(|(account, _)| account.clone()).collect()
    }

    /// The clock was set back: what seems to lie ahead was just now.
    pub(super) fn clock_set_back(&mut self, now: Timestamp) {
        self.tried.values_mut().for_each(|at| *at = (*at).min(now));
    }

    /// When an account whose switch failed is tried again for the hit that waits.
    pub(super) fn retries(&self, rest: Duration) -> impl Iterator<Item = Timestamp> {
        let hit_again = !self.waiting.is_empty();
        self.tried.values().filter(move |_| hit_again).map(move |at| *at + rest)
    }
}
