//! How failover behaves and what is told: the person's settings, as the engine needs them.

mod lane;
mod rules;

use std::collections::BTreeMap;
use std::time::Duration;

use crate::{Alerts, ProviderId};

pub use lane::Lane;
pub use rules::{AccountRules, ProviderRules, Role};

/// The settings.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// Whether Baton switches by itself at all.
    pub enabled: bool,
    /// How the next account is chosen.
    pub strategy: Strategy,
    /// Percent used at which the active account is left between turns, before it hits its limit. 100: only after one.
    pub switch_at_percent: f64,
    /// Whether an account of higher priority is gone back to, between turns, once it can be used again.
    pub return_to_preferred: bool,
    /// After so many answers in a row that say that the provider is overloaded, another account is tried; `None` never.
    pub switch_on_overload: Option<u32>,
    /// After a failover, how long the same session can't cause the next one.
    pub session_cooldown: Duration,
    /// How many failovers one session gets until it is idle again.
    pub session_max_attempts: u32,
    /// When switching has become pointless; `None` never stops it.
    pub flap: Option<FlapRule>,
    /// What is set for single providers; one that isn't here has nothing set.
    pub providers: BTreeMap<ProviderId, ProviderRules>,
    /// Where a session may go on when its provider has nobody left, best first. Empty: nowhere.
    pub lanes: Vec<Lane>,
    /// How often a session that is stuck is carried on by itself until the person asks it something again; 0 never.
    pub continuations: u32,
    /// When the person hears of windows that are nearly spent.
    pub alerts: Alerts,
}

/// Which account comes next. What speaks for and against one in each of them is written in `choice`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Strategy {
    /// The one with the most left in its scarcest window.
    #[default]
    MostRemaining,
    /// The one that was used last; another one only when it must be.
    Sticky,
    /// The one that has not been used for longest.
    RoundRobin,
    /// The one with the best score of what is left, health and recency.
    Hybrid,
    /// The one whose quota would be lost first.
    DrainFirst,
    /// The one that is whole again first.
    SoonestReset,
}

impl Strategy {
    /// Every one there is.
    pub const ALL: [Self; 6] =
        [Self::MostRemaining, Self::Sticky, Self::RoundRobin, Self::Hybrid, Self::DrainFirst, Self::SoonestReset];

    /// What people call it, as in the settings.
    pub const fn name(self) -> &'static str {
        match self {
            Self::MostRemaining => "most-remaining",
            Self::Sticky => "sticky",
            Self::RoundRobin => "round-robin",
            Self::Hybrid => "hybrid",
            Self::DrainFirst => "drain-first",
            Self::SoonestReset => "soonest-reset",
        }
    }
}

/// When automatic switches at one provider count as flapping, and what follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlapRule {
    /// This many automatic switches …
    pub switches: u32,
    /// … within this time …
    pub within: Duration,
    /// … or the same target twice within this time …
    pub same_target_within: Duration,
    /// … stop automatic switches for this long.
    pub hold: Duration,
}

impl Policy {
    /// What is set for a provider.
    pub fn provider(&self, id: &ProviderId) -> &ProviderRules {
        self.providers.get(id).unwrap_or(&rules::NOTHING_SET)
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            enabled: true,
            strategy: Strategy::MostRemaining,
            switch_at_percent: 100.0,
            return_to_preferred: false,
            switch_on_overload: None,
            session_cooldown: Duration::from_secs(45),
            session_max_attempts: 3,
            flap: Some(FlapRule::default()),
            providers: BTreeMap::new(),
            lanes: Vec::new(),
            continuations: 1,
            alerts: Alerts::default(),
        }
    }
}

impl Default for FlapRule {
    fn default() -> Self {
        const MINUTE: Duration = Duration::from_secs(60);
        Self { switches: 3, within: 5 * MINUTE, same_target_within: 15 * MINUTE, hold: 30 * MINUTE }
    }
}
