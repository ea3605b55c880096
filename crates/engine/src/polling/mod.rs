//! When each account's usage is read next, and how seldom a provider is asked at most. Plain arithmetic on times that it
//! is given; asks nobody anything.
//!
//! Every time that is kept lies in the past, and what lies ahead is computed from it: a clock that is set back can't
//! leave anything waiting for longer than it would have waited anyway.

mod budget;
mod memory;
mod situation;

pub(crate) use budget::Budget;
pub use memory::{Hold, PollMemory};
pub(crate) use situation::{Situation, Use};

use std::time::Duration;

use crate::{AccountId, Timestamp};

/// After this time without word from it, nobody looks at the popover any more.
pub(crate) const WATCHED_FOR: Duration = Duration::from_secs(90);
/// After the start, a sleep of the machine or a jump of its clock: the network comes back first.
pub(crate) const SETTLING: Duration = Duration::from_secs(10);
/// Nobody was there for longer than this: the machine slept, or its clock was set. A daemon that is awake looks at the
/// time every minute.
pub(crate) const ABSENCE: Duration = Duration::from_secs(5 * 60);

/// A span, up to a tenth longer or shorter: always the same for the same account and time, so that many accounts (and
/// many machines) don't ask in step.
pub(crate) fn jittered(span: Duration, account: &AccountId, at: Timestamp) -> Duration {
    span.mul_f64(0.9 + 0.2 * share(account.as_str(), at))
}

/// A share of a span, from none to all of it: always the same for the same name and time.
pub(crate) fn part(span: Duration, name: &str, at: Timestamp) -> Duration {
    span.mul_f64(share(name, at))
}

/// FNV-1a, finished as in SplitMix64 so that neighbouring times are far apart; as a number from 0 to 1.
fn share(name: &str, at: Timestamp) -> f64 {
    let bytes = name.bytes().chain(at.as_millis().to_le_bytes());
    let mut hash = bytes
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    let top = u32::try_from((hash ^ (hash >> 31)) >> 32).unwrap_or(u32::MAX);
    f64::from(top) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jitter_stays_within_a_tenth_and_spreads() {
        let span = Duration::from_secs(1000);
        let spans: Vec<u64> = (0..1000)
            .map(|second| jittered(span, &AccountId::new("openai-1"), Timestamp::from_secs(second)).as_secs())
            .collect();
        assert!(spans.iter().all(|secs| (900..=1100).contains(secs)));
        for tenth in 0..10 {
            let from = 900 + tenth * 20;
            let there = spans.iter().filter(|secs| (from..from + 20).contains(*secs)).count();
            assert!((60..=150).contains(&there), "{there} of 1000 between {from} and {} s", from + 20);
        }
    }

    #[test]
    fn the_same_account_and_time_give_the_same_jitter() {
        let (a, b, at) = (AccountId::new("a"), AccountId::new("b"), Timestamp::from_secs(7));
        let span = Duration::from_secs(1000);
        assert_eq!(jittered(span, &a, at), jittered(span, &a, at));
        assert_ne!(jittered(span, &a, at), jittered(span, &b, at));
    }
}
