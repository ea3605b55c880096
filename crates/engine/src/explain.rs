//! Why each account is or isn't the next one, and what will happen when: as data, put into words elsewhere.

use crate::engine::Engine;
use crate::{AccountId, HeldBack, Lane, PassedOver, ProviderId, Strategy, Timestamp, WaitingSession};

/// How things stand at one provider.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// The provider.
    pub provider: ProviderId,
    /// How the next account is chosen.
    pub strategy: Strategy,
    /// Why Baton doesn't switch there by itself now, whatever happens; `None` when it does.
    pub held_back: Option<HeldBack>,
    /// Where a session may go on, when nobody is left.
    pub lane: Option<Lane>,
    /// Every account, by label.
    pub prospects: Vec<Prospect>,
    /// The sessions that can't go on there by themselves.
    pub waiting: Vec<WaitingSession>,
}

/// How things stand for one account.
#[derive(Clone, Debug, PartialEq)]
pub struct Prospect {
    /// Which.
    pub account: AccountId,
    /// Whether it is active or next, or why not.
    pub place: Place,
    /// What will happen with it, as far as anybody knows; the soonest first.
    pub expected: Vec<Expected>,
}

/// What an account is to the choice.
#[derive(Clone, Debug, PartialEq)]
pub enum Place {
    /// OpenCode uses it.
    Active,
    /// It is taken when the active one has to be left.
    Next,
    /// It isn't, and this is why.
    PassedOver(PassedOver),
}

/// Something that will happen with an account.
#[derive(Clone, Debug, PartialEq)]
pub enum Expected {
    /// It can be used again.
    Back {
        /// When.
        at: Timestamp,
    },
    /// A window that has been drawn on is whole again.
    Reset {
        /// The window's name, such as `5h`.
        window: String,
        /// When.
        at: Timestamp,
    },
    /// It is left between turns when so much is used, or when the next turn would hit the limit.
    LeftAt {
        /// Percent used of its scarcest window.
        percent: f64,
    },
    /// It is left after the turn that runs, or now, as soon as another account has clearly more left.
    LeftForMore,
    /// It is left when it hits a limit, and not before.
    LeftAtLimit,
    /// It is gone back to between turns as soon as it can be used.
    ReturnedTo,
}

impl Engine {
    /// Explains a provider's accounts; `None` where nobody knows the provider.
    pub fn explain(&self, now: Timestamp, provider: &ProviderId) -> Option<Explanation> {
        let rules = self.rules(now).at(provider);
        let known = self.providers.get(provider)?;
        Some(Explanation {
            provider: provider.clone(),
            strategy: self.policy.strategy,
            held_back: known.stopped(now, rules),
            lane: self.lane(now, provider).cloned(),
            prospects: known.prospects(now, rules),
            waiting: self.continuations.waiting(provider, now, &self.policy),
        })
    }
}
