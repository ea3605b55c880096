//! What an account is used for now, and how often its figures are worth a request then.

use std::time::Duration;

use crate::Timestamp;

/// OpenCode asked the provider this recently: it is at work.
const AT_WORK: Duration = Duration::from_secs(5 * 60);
/// OpenCode asked the provider this recently: work may go on.
const LATELY: Duration = Duration::from_secs(60 * 60);

/// What the intervals depend on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Situation {
    /// OpenCode uses the account.
    pub(crate) active: bool,
    /// A window is spent, or it rests for another reason: its figures hardly change before the reset.
    pub(crate) exhausted: bool,
    /// A person looks at the figures.
    pub(crate) watched: bool,
    /// When its provider was used last.
    pub(crate) used: Use,
}

/// When OpenCode asked a provider last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Use {
    /// A moment ago.
    Now,
    /// Within the hour.
    Lately,
    /// Longer ago, or never.
    LongAgo,
}

impl Use {
    /// Since the last attempt that is known.
    pub(crate) fn since(attempt: Option<Timestamp>, now: Timestamp) -> Self {
        match attempt.map(|at| now.since(at)) {
            Some(ago) if ago < AT_WORK => Self::Now,
            Some(ago) if ago < LATELY => Self::Lately,
            Some(_) | None => Self::LongAgo,
        }
    }
}

impl Situation {
    /// How long after a reading the next one is due.
    pub(crate) fn interval(self) -> Duration {
        const MINUTE: Duration = Duration::from_secs(60);
        match self {
            Self { exhausted: true, watched: true, .. } => 10 * MINUTE,
            Self { exhausted: true, active: true, used: Use::Now, .. } => 10 * MINUTE,
            Self { exhausted: true, active: true, .. } => 30 * MINUTE,
            Self { exhausted: true, .. } => 4 * 60 * MINUTE,
            Self { watched: true, active: true, .. } => 3 * MINUTE,
            Self { watched: true, .. } => 5 * MINUTE,
            Self { active: true, used: Use::Now, .. } => 3 * MINUTE,
            Self { active: true, used: Use::Lately, .. } => 10 * MINUTE,
            Self { active: true, used: Use::LongAgo, .. } => 30 * MINUTE,
            Self { used: Use::Now, .. } => 10 * MINUTE,
            Self { used: Use::Lately, .. } => 30 * MINUTE,
            Self { used: Use::LongAgo, .. } => 4 * 60 * MINUTE,
        }
    }

    /// How old figures may be before they look old: as old as when a reading has been missed.
    pub(crate) fn stale_after(self) -> Duration {
        self.interval() * 2
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_read_the_more_often_the_more_they_matter() {
        // (active, exhausted, watched), then minutes at work, lately, long ago.
        let cases = [
            ((true, false, true), [3, 3, 3]),
            ((false, false, true), [5, 5, 5]),
            ((true, true, true), [10, 10, 10]),
            ((true, false, false), [3, 10, 30]),
            ((true, true, false), [10, 30, 30]),
            ((false, false, false), [10, 30, 240]),
            ((false, true, false), [240, 240, 240]),
        ];
        for ((active, exhausted, watched), minutes) in cases {
            let found = [Use::Now, Use::Lately, Use::LongAgo]
                .map(|used| Situation { active, exhausted, watched, used }.interval().as_secs() / 60);
            assert_eq!(found, minutes, "active {active}, exhausted {exhausted}, watched {watched}");
        }
    }

    #[test]
    fn a_provider_is_in_use_for_five_minutes_after_an_attempt() {
        let now = Timestamp::from_secs(10_000);
        let cases = [(None, Use::LongAgo), (Some(299), Use::Now), (Some(300), Use::Lately), (Some(3600), Use::LongAgo)];
        for (ago, used) in cases {
            assert_eq!(Use::since(ago.map(|secs| now - Duration::from_secs(secs)), now), used, "{ago:?}");
        }
    }
}
