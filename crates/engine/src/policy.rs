//! How failover behaves and what is told: the person's settings, as the engine needs them.

use std::time::Duration;

use crate::Alerts;

/// The settings.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// Whether Baton switches by itself at all.
    pub enabled: bool,
    /// How the next account is chosen.
    pub strategy: Strategy,
    /// After a failover, how long the same session can't cause the next one.
    pub session_cooldown: Duration,
    /// How many failovers one session gets until it is idle again.
    pub session_max_attempts: u32,
    /// When switching has become pointless; `None` never stops it.
    pub flap: Option<FlapRule>,
    /// When the person hears of windows that are nearly spent.
    pub alerts: Alerts,
}

/// Which account comes next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Strategy {
    /// The one with the most left in its scarcest window.
    #[default]
    MostRemaining,
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

impl Default for Policy {
    fn default() -> Self {
        Self {
            enabled: true,
            strategy: Strategy::MostRemaining,
            session_cooldown: Duration::from_secs(45),
            session_max_attempts: 3,
            flap: Some(FlapRule::default()),
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
