//! Decides what Baton does next: inputs say what happened, decisions say what must be done.
//! Refuses everything else: it never reads a clock, file, socket or environment, holds no secret, and can't fail.
//!
//! Invariants, each with a test:
//! - the same inputs at the same times give the same decisions;
//! - one switch at a time per provider;
//! - no account is chosen while it cools down, needs a login or is disabled, unless a person named it;
//! - an unknown usage is not a spent one;
//! - each decision carries its reason.

mod account;
mod choice;
mod decision;
mod input;
mod name;
mod policy;
mod timestamp;
mod usage;

pub use account::{Account, Cooldown, CredentialFacts, CredentialKind, Identity, LimitCause, Standing};
pub use choice::{Choice, PassedOver};
pub use decision::{Answer, Decision, HeldBack, Notice, ReadCause, Record, Switch, SwitchCause, restart_needed};
pub use input::{Ask, Input, LimitHit, RefreshOutcome, RequestId, SwitchId, SwitchOutcome, UsageOutcome};
pub use name::{AccountId, Label, ProviderId, SessionId};
pub use policy::{FlapRule, Policy, Strategy};
pub use timestamp::Timestamp;
pub use usage::{Scope, Usage, Window};

/// The state of all failover: what is known of each account and what is under way.
#[derive(Clone, Debug, Default)]
pub struct Engine {}

impl Engine {
    /// Takes in what happened at `now` and says what must be done, in this order.
    pub fn step(&mut self, now: Timestamp, input: Input) -> Vec<Decision> {
        let _ = (now, input);
        Vec::new()
    }

    /// When [`Input::TimePassed`] is due next; `None` while nothing waits for time.
    pub fn wake_at(&self) -> Option<Timestamp> {
        None
    }

    /// Every account, by provider and label.
    pub fn accounts(&self) -> impl Iterator<Item = &Account> {
        std::iter::empty()
    }

    /// One account.
    pub fn account(&self, id: &AccountId) -> Option<&Account> {
        let _ = id;
        None
    }

    /// The account that OpenCode uses at a provider.
    pub fn active(&self, provider: &ProviderId) -> Option<&AccountId> {
        let _ = provider;
        None
    }

    /// Whether automatic failover is on: neither paused by the person nor switched off in the settings.
    pub fn failover_on(&self) -> bool {
        true
    }

    /// Which account would come next at a provider, judged by what is known now.
    pub fn next(&self, now: Timestamp, provider: &ProviderId) -> Choice {
        let _ = (now, provider);
        Choice::default()
    }
}
