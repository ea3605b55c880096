//! The better rule that is in use: on an error, every other account's usage is read, and the one with most left taken.
//! Figures that are a minute old are good enough, and an account with nothing left isn't taken.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use engine::{AccountId, Decision, Input, ProviderId, ReadCause, Timestamp, UsageOutcome};

use super::roster::Rosters;
use crate::spans::secs;

/// Readings are waited for this long.
const PATIENCE: Duration = secs(10);
/// Figures of this age need not be read again.
const FRESH: Duration = secs(60);

/// "Highest remaining on error".
#[derive(Debug, Default)]
pub(crate) struct HighestRemaining {
    rosters: Rosters,
    /// What each account had left, and when.
    left: BTreeMap<AccountId, (Timestamp, f64)>,
    searches: BTreeMap<ProviderId, Search>,
}

#[derive(Debug)]
struct Search {
    until: Timestamp,
    awaited: BTreeSet<AccountId>,
}

impl HighestRemaining {
    pub(super) fn step(&mut self, now: Timestamp, input: Input) -> Vec<Decision> {
        let mut decisions = Vec::new();
        if let Input::UsageRead { account, outcome } = &input {
            self.searches.values_mut().for_each(|search| {
                search.awaited.remove(account);
            });
            if let UsageOutcome::Read(usage) = outcome {
                self.left.insert(account.clone(), (now, usage.headroom(now).unwrap_or(100.0)));
            }
        }
        if let Some(provider) = self.rosters.follow(now, &input).filter(|at| !self.searches.contains_key(at)) {
            let fresh = |id: &&AccountId| self.left.get(*id).is_some_and(|(read, _)| *read + FRESH > now);
            let awaited: BTreeSet<AccountId> =
                self.rosters.at(&provider).others().filter(|id| !fresh(id)).cloned().collect();
            for account in &awaited {
                self.left.remove(account);
                decisions.push(Decision::ReadUsage { account: account.clone(), why: ReadCause::Candidate });
            }
            self.searches.insert(provider, Search { until: now + PATIENCE, awaited });
        }
        let over = |search: &Search| search.awaited.is_empty() || search.until <= now;
        let done: Vec<ProviderId> =
            self.searches.iter().filter(|(_, search)| over(search)).map(|(provider, _)| provider.clone()).collect();
        for provider in done {
            self.searches.remove(&provider);
            // Where nobody knows what an account has left, it is worth a try.
            let left = |id: &&AccountId| self.left.get(*id).map_or(f64::MIN_POSITIVE, |(_, left)| *left);
            let others = self.rosters.at(&provider).others().filter(|id| left(id) > 0.0);
            let best = others.max_by(|a, b| left(a).total_cmp(&left(b))).cloned();
            decisions.extend(best.map(|best| self.rosters.switch(&provider, best)));
        }
        decisions
    }

    pub(super) fn wake_at(&self) -> Option<Timestamp> {
        self.searches.values().map(|search| search.until).min()
    }
}
