//! What was asked about one account and how it went: all that the schedule must remember, also across restarts.

use std::time::Duration;

use super::Budget;
use crate::Timestamp;

/// Budgets count this far back.
const HOUR: Duration = Duration::from_secs(60 * 60);
/// The first pause after a refusal, and what follows while it goes on: half as long again each time, up to the longest.
const FIRST_HOLD: Duration = Duration::from_secs(300);
const HOLD_GROWTH: f64 = 1.5;
const LONGEST_HOLD: Duration = Duration::from_secs(1800);
/// A provider that names a pause gets a little more than it asked for …
const MARGIN: Duration = Duration::from_secs(30);
const MARGIN_SHARE: f64 = 1.05;
/// … but never more than this: what is longer is no answer to a question about figures.
const LONGEST_NAMED: Duration = Duration::from_secs(24 * 60 * 60);

/// What was asked about one account, and how it went.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PollMemory {
    /// When it was asked about within the last hour, and the time before that if there is one; oldest first.
    pub asked: Vec<Timestamp>,
    /// How many readings in a row brought no figures.
    pub failures: u32,
    /// The pause after the last of them.
    pub hold: Option<Hold>,
}

/// A pause after a reading that brought no figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hold {
    /// Since when.
    pub since: Timestamp,
    /// For how long.
    pub span: Duration,
    /// The provider wants to be asked less often: holds for every reading, whoever asks for it.
    pub rate_limited: bool,
}

impl PollMemory {
    /// When the account was asked about last.
    pub(crate) fn last(&self) -> Option<Timestamp> {
        self.asked.last().copied()
    }

    /// It is asked about now.
    pub(crate) fn ask(&mut self, now: Timestamp) {
        self.asked.retain(|at| *at > now - HOUR);
        self.asked.push(now);
    }

    /// It brought figures.
    pub(crate) fn succeed(&mut self) {
        self.failures = 0;
        self.hold = None;
    }

    /// It brought none.
    pub(crate) fn fail(&mut self, now: Timestamp) {
        self.pause(now, Duration::ZERO, false);
    }

    /// The provider wants to be asked less often.
    pub(crate) fn refused(&mut self, now: Timestamp, retry_after: Option<Duration>) {
        let named = retry_after.filter(|named| !named.is_zero());
        let named = named.map(|named| named.min(LONGEST_NAMED).mul_f64(MARGIN_SHARE) + MARGIN);
        self.pause(now, named.unwrap_or_default(), true);
    }

    /// Until when nothing is asked; only refusals count for whoever asks in person or for a failover.
    pub(crate) fn held_until(&self, scheduled: bool) -> Option<Timestamp> {
        self.hold.filter(|hold| scheduled || hold.rate_limited).map(|hold| hold.since + hold.span)
    }

    /// When the budget for so many requests an hour has room again, counting these memories together; `None` while it
    /// has room.
    pub(crate) fn room_at<'a>(
        memories: impl IntoIterator<Item = &'a Self>,
        most: usize,
        now: Timestamp,
    ) -> Option<Timestamp> {
        let mut asked: Vec<Timestamp> =
            memories.into_iter().flat_map(|memory| &memory.asked).copied().filter(|at| *at > now - HOUR).collect();
        asked.sort_unstable();
        let beyond = asked.len().checked_sub(most)?;
        asked.get(beyond).map(|at| *at + HOUR)
    }

    /// The clock was set back: what seems to lie ahead was just now.
    pub(crate) fn set_back(&mut self, now: Timestamp) {
        self.asked.iter_mut().for_each(|at| *at = (*at).min(now));
        if let Some(hold) = &mut self.hold {
            hold.since = hold.since.min(now);
        }
    }

    /// How long to wait between two requests about this account, at least.
    pub(crate) fn rested_at(&self, budget: Budget) -> Option<Timestamp> {
        self.last().map(|last| last + budget.apart)
    }

    fn pause(&mut self, now: Timestamp, at_least: Duration, rate_limited: bool) {
        let exponent = i32::try_from(self.failures.min(16)).unwrap_or(16);
        let grown = FIRST_HOLD.mul_f64(HOLD_GROWTH.powi(exponent)).min(LONGEST_HOLD);
        self.failures = self.failures.saturating_add(1);
        self.hold = Some(Hold { since: now, span: grown.max(at_least), rate_limited });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(100_000);

    fn secs(span: Duration) -> u64 {
        span.as_secs()
    }

    #[test]
    fn pauses_grow_by_half_up_to_half_an_hour() {
        let mut memory = PollMemory::default();
        let mut spans = Vec::new();
        for _ in 0..7 {
            memory.refused(NOW, None);
            spans.push(secs(memory.hold.unwrap().span));
        }
        assert_eq!(spans, [300, 450, 675, 1012, 1518, 1800, 1800]);
        memory.succeed();
        memory.refused(NOW, Some(Duration::ZERO));
        assert_eq!(secs(memory.hold.unwrap().span), 300, "zero names no pause");
    }

    #[test]
    fn a_named_pause_is_kept_with_a_margin_and_within_reason() {
        for (named, span) in [(60, 300), (3037, 3218), (3600, 3810), (u64::MAX, 90_750)] {
            let mut memory = PollMemory::default();
            memory.refused(NOW, Some(Duration::from_secs(named)));
            assert_eq!(secs(memory.hold.unwrap().span), span, "{named}");
        }
    }

    #[test]
    fn only_refusals_hold_for_everybody() {
        let mut memory = PollMemory::default();
        memory.fail(NOW);
        assert_eq!(memory.held_until(true), Some(NOW + Duration::from_secs(300)));
        assert_eq!(memory.held_until(false), None);
        memory.refused(NOW, None);
        assert_eq!(memory.held_until(false), Some(NOW + Duration::from_secs(450)));
    }

    #[test]
    fn a_budget_counts_the_last_hour_of_all_accounts_together() {
        let at = |secs: i64| Timestamp::from_secs(secs);
        let memory = |asked: &[i64]| PollMemory {
            asked: asked.iter().copied().map(Timestamp::from_secs).collect(),
            ..PollMemory::default()
        };
        let (a, b) = (memory(&[99_000, 99_900]), memory(&[90_000, 99_500]));
        for (most, room) in [(4, None), (3, Some(102_600)), (2, Some(103_100)), (1, Some(103_500))] {
            assert_eq!(PollMemory::room_at([&a, &b], most, NOW), room.map(at), "{most}");
        }
    }
}
