//! What becomes of a request that a provider refused, for whoever can repeat it. Only a question: changes nothing.

use crate::provider::Provider;
use crate::{AccountId, Engine, ProviderId, Timestamp};

/// What becomes of a request that a provider refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It can be repeated: another account is active by now.
    Repeat,
    /// Another account is being looked for, or made active.
    Open,
    /// Nothing is done about it.
    Stands,
}

impl Engine {
    /// What becomes of a request for a model that was refused, and whose credential was OpenCode's at `read_at`.
    pub fn fate(&self, now: Timestamp, provider: &ProviderId, model: Option<&str>, read_at: Timestamp) -> Fate {
        self.providers.get(provider).map_or(Fate::Stands, |provider| provider.fate(now, model, read_at))
    }

    /// The account whose credential was OpenCode's at a time; `None` where that can't be told without doubt.
    pub fn active_at(&self, provider: &ProviderId, time: Timestamp) -> Option<&AccountId> {
        self.providers.get(provider).and_then(|provider| provider.active_at(time))
    }
}

impl Provider {
    fn fate(&self, now: Timestamp, model: Option<&str>, read_at: Timestamp) -> Fate {
        match self.moved_on(now, model, read_at) {
            true => Fate::Repeat,
            false if self.is_moving_on() => Fate::Open,
            false => Fate::Stands,
        }
    }
}
