//! Whoever decides: Baton's engine, or one of the two rules that it is held against. All hear and say the same.

mod highest_remaining;
mod next_in_list;
mod roster;

use engine::{Account, Decision, Engine, Input, Timestamp};

use highest_remaining::HighestRemaining;
use next_in_list::NextInList;

/// Whoever decides.
#[derive(Debug)]
pub(crate) enum Pilot {
    Baton(Box<Engine>),
    NextInList(NextInList),
    HighestRemaining(HighestRemaining),
}

impl Pilot {
    pub(crate) fn baton() -> Self {
        Self::Baton(Box::default())
    }

    pub(crate) fn next_in_list() -> Self {
        Self::NextInList(NextInList::default())
    }

    pub(crate) fn highest_remaining() -> Self {
        Self::HighestRemaining(HighestRemaining::default())
    }

    pub(crate) fn step(&mut self, now: Timestamp, input: Input) -> Vec<Decision> {
        match self {
            Self::Baton(engine) => engine.step(now, input),
            Self::NextInList(rule) => rule.step(now, input),
            Self::HighestRemaining(rule) => rule.step(now, input),
        }
    }

    pub(crate) fn wake_at(&self) -> Option<Timestamp> {
        match self {
            Self::Baton(engine) => engine.wake_at(),
            Self::HighestRemaining(rule) => rule.wake_at(),
            Self::NextInList(_) => None,
        }
    }

    pub(crate) fn engine(&self) -> Option<&Engine> {
        match self {
            Self::Baton(engine) => Some(engine),
            Self::NextInList(_) | Self::HighestRemaining(_) => None,
        }
    }

    /// Begins anew; returns what the ledger would have kept of the accounts.
    pub(crate) fn restart(&mut self) -> Vec<Account> {
        match self {
            Self::Baton(engine) => {
                let accounts = engine.accounts().cloned().collect();
                **engine = Engine::default();
                accounts
            }
            Self::NextInList(_) | Self::HighestRemaining(_) => Vec::new(),
        }
    }

    /// How much is remembered, in characters of its description.
    pub(crate) fn memory(&self) -> usize {
        self.engine().map(|engine| format!("{engine:?}").len()).unwrap_or_default()
    }
}
