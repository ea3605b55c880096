//! Notices an account whose requests fail one after the other without anybody knowing why. Says when it is to rest and
//! for how long; whether it may is decided where the others are known.

use std::time::Duration;

use crate::{SessionId, Timestamp};

/// So many failures without an answer in between are one too many.
const FAILURES: u32 = 5;
/// Failures so far apart aren't in a row.
const IN_A_ROW: Duration = Duration::from_secs(60 * 60);
/// The first rest; each further one without an answer is twice as long.
const FIRST_PAUSE: Duration = Duration::from_secs(10 * 60);
const LONGEST_PAUSE: Duration = Duration::from_secs(60 * 60);

/// What one account's failures come to.
#[derive(Clone, Debug, Default)]
pub(super) struct Breaker {
    failures: u32,
    /// Rests without an answer since: from the first on, a single failure is enough.
    rests: u32,
    last: Option<(Option<SessionId>, Timestamp)>,
}

impl Breaker {
    /// A request failed. The same failure reported twice counts once.
    pub(super) fn failed(&mut self, session: Option<SessionId>, at: Timestamp) {
        let second = |time: Timestamp| time.as_millis().div_euclid(1000);
        if let Some((last, last_at)) = &self.last {
            if *last == session && second(*last_at) == second(at) {
                return;
            }
            if at.since(*last_at) > IN_A_ROW {
                self.failures = 0;
            }
        }
        self.failures = self.failures.saturating_add(1);
        self.last = Some((session, at));
    }

    /// A request was answered.
    pub(super) fn answered(&mut self) {
        *self = Self::default();
    }

    /// Whether its failures are too many: one is, in the trial after a rest.
    pub(super) fn is_due(&self) -> bool {
        self.failures >= if self.rests == 0 { FAILURES } else { 1 }
    }

    /// The session whose request failed last.
    pub(super) fn last_session(&self) -> Option<SessionId> {
        self.last.as_ref().and_then(|(session, _)| session.clone())
    }

    /// It rests for this long, and gets one trial then.
    pub(super) fn open(&mut self) -> Duration {
        self.failures = 0;
        self.rests = self.rests.saturating_add(1);
        FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(self.rests - 1)).min(LONGEST_PAUSE)
    }

    /// The clock was set back: what seems to lie ahead was just now.
    pub(super) fn clock_set_back(&mut self, now: Timestamp) {
        if let Some((_, at)) = &mut self.last {
            *at = (*at).min(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fail(breaker: &mut Breaker, session: &str, second: i64) -> bool {
        breaker.failed(Some(SessionId::new(session)), Timestamp::from_secs(second));
        breaker.is_due()
    }

    #[test]
    fn the_fifth_failure_in_a_row_is_one_too_many() {
        let mut breaker = Breaker::default();
        let due: Vec<bool> = (0..6).map(|second| fail(&mut breaker, "s", second)).collect();
        assert_eq!(due, [false, false, false, false, true, true]);
    }

    #[test]
    fn the_same_report_and_one_after_a_long_time_dont_count() {
        let mut breaker = Breaker::default();
        assert!((0..9).all(|_| !fail(&mut breaker, "s", 7)));
        assert!((0..9).all(|hour| !fail(&mut breaker, "s", hour * 3601)));
    }

    #[test]
    fn after_a_rest_one_failure_is_enough_until_there_is_an_answer() {
        let mut breaker = Breaker::default();
        let minutes = |pause: Duration| pause.as_secs() / 60;
        assert_eq!(minutes(breaker.open()), 10);
        assert!(!breaker.is_due());
        assert!(fail(&mut breaker, "s", 1));
        let pauses: Vec<u64> = (0..4).map(|_| minutes(breaker.open())).collect();
        assert_eq!(pauses, [20, 40, 60, 60]);
        breaker.answered();
        assert!(!fail(&mut breaker, "s", 2));
    }
}
