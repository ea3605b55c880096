//! Decides what Baton does next: inputs say what happened, decisions say what must be done.
//! Refuses everything else: it never reads a clock, file, socket or environment, holds no secret, and can't fail.
//!
//! Invariants, each with a test:
//! - the same inputs at the same times give the same decisions;
//! - one switch at a time per provider;
//! - no account is chosen while it cools down, needs a login or is disabled, unless a person named it;
//! - an unknown usage is not a spent one;
//! - each decision carries its reason.

#![deny(missing_docs)]

mod account;
mod alerts;
mod choice;
mod continuations;
mod decision;
mod engine;
mod explain;
mod fate;
mod input;
mod lanes;
mod model;
mod name;
mod pace;
mod policy;
mod polling;
mod provider;
mod requests;
mod spend;
mod step;
mod timestamp;
mod usage;

#[cfg(test)]
mod tests;

pub use account::{Account, Cooldown, CredentialFacts, CredentialKind, Identity, LimitCause, Standing};
pub use alerts::{AlertMemory, Alerts};
pub use choice::{Choice, PassedOver};
pub use continuations::{
    FallbackAgent, Move, Plight, ResumeCause, ResumeOutcome, Resumption, StuckSession, WaitingSession,
};
pub use decision::{Answer, Decision, HeldBack, Notice, ReadCause, Record, Switch, SwitchCause, restart_needed};
pub use engine::Engine;
pub use explain::{Expected, Explanation, Place, Prospect};
pub use fate::Fate;
pub use input::{
    Ask, Input, LimitHit, Pause, Reach, RefreshOutcome, Refusal, Refused, RequestFailure, RequestId, SwitchId,
    SwitchOutcome, Trouble, UsageOutcome,
};
pub use name::{AccountId, Label, ProviderId, SessionId};
pub use pace::{Forecast, Pace, Tempo};
pub use policy::{AccountRules, FlapRule, Lane, Policy, ProviderRules, Role, Strategy};
pub use polling::{Hold, PollMemory};
pub use spend::Spend;
pub use timestamp::Timestamp;
pub use usage::{Balance, Sample, Scope, Usage, Window, WindowId};
