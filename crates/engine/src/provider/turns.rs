//! How much a turn uses, learnt from readings around turns. Says what the next one is expected to use; decides nothing.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::{Account, AccountId, Timestamp, Usage, Window};

/// Turns differ, and one that is larger than expected fails: what is expected is the largest lately, which weighs a tenth
/// less with each turn since.
const MEMORY: f64 = 0.9;
/// What a turn uses while nobody knows, in points.
const UNKNOWN: f64 = 1.0;
/// Providers round: a figure that fell by no more than this didn't fall.
const ROUNDING: f64 = 1.0;

/// What turns used, by length of window.
#[derive(Clone, Debug, Default)]
pub(super) struct Turns {
    sizes: BTreeMap<AccountId, BTreeMap<Duration, f64>>,
    /// The last that was learnt of any account: for those of which nothing is known yet.
    latest: BTreeMap<Duration, f64>,
    /// Where the windows of the active account stood when turns were last counted from.
    marks: BTreeMap<Duration, Mark>,
}

#[derive(Clone, Copy, Debug)]
struct Mark {
    used_percent: f64,
    /// Turns that ended since.
    turns: u32,
}

impl Turns {
    /// Another account is active: its turns are counted from where it stands.
    pub(super) fn begin(&mut self, account: Option<&Account>, now: Timestamp) {
        self.marks.clear();
        if let Some(usage) = account.and_then(|account| account.usage.as_ref()) {
            self.mark_all(usage, now);
        }
    }

    /// A turn of the active account ended.
    pub(super) fn ended(&mut self) {
        for mark in self.marks.values_mut() {
            mark.turns = mark.turns.saturating_add(1);
        }
    }

    /// The active account was read, `mid_turn` or not.
    pub(super) fn read(&mut self, account: &Account, mid_turn: bool, now: Timestamp) {
        let Some(usage) = &account.usage else { return };
        for window in usage.governing().filter(|window| !window.used_percent.is_nan()) {
            let used_percent = used(window, now);
            match self.marks.get(&window.length).copied() {
                Some(mark) if used_percent >= mark.used_percent - ROUNDING => {
                    let points = (used_percent - mark.used_percent).max(0.0);
                    match mark.turns {
                        // What a turn that runs still has used is the least that it will have used.
                        0 if mid_turn => {
                            if self.size(&account.id, window.length).is_none_or(|size| points > size) && points > 0.0 {
                                self.learn(&account.id, window.length, points);
                            }
                            continue;
                        }
                        // Not by a turn that we know of: somebody works elsewhere.
                        0 => {}
                        turns => {
                            let points = points / f64::from(turns);
                            let size = self.size(&account.id, window.length).unwrap_or_default();
                            self.learn(&account.id, window.length, points.max(size * MEMORY));
                        }
                    }
                }
                Some(_) | None => {}
            }
            self.marks.insert(window.length, Mark { used_percent, turns: 0 });
        }
    }

    /// Whether a turn has ended since the active account's figures were read.
    pub(super) fn any_ended(&self) -> bool {
        self.marks.values().any(|mark| mark.turns > 0)
    }

    pub(super) fn forget(&mut self, id: &AccountId) {
        self.sizes.remove(id);
    }

    /// Whether every window that is known has room for a turn.
    pub(super) fn lasts_another(&self, account: &Account, now: Timestamp) -> bool {
        let Some(usage) = &account.usage else { return true };
        let size = |window: &Window| self.expected(&account.id, window.length).unwrap_or(UNKNOWN);
        !usage.governing().any(|window| used(window, now) + size(window) > 100.0)
    }

    /// Whether the next turn of the active account would hit a limit; `None` while nobody knows what a turn uses.
    pub(super) fn next_hits(&self, account: &Account, now: Timestamp) -> Option<bool> {
        let usage = account.usage.as_ref()?;
        let verdicts = usage.governing().filter(|window| !window.used_percent.is_nan()).filter_map(|window| {
            let size = self.expected(&account.id, window.length)?;
            let reset = window.resets_at.is_some_and(|reset| reset <= now);
            let since = self.marks.get(&window.length).filter(|_| !reset);
            let since = since.map_or(0.0, |mark| mark.used_percent + f64::from(mark.turns) * size);
            Some(used(window, now).max(since) + size >= 100.0)
        });
        verdicts.reduce(|a, b| a || b)
    }

    /// What the next turn is expected to use of a window of this length, in points.
    fn expected(&self, id: &AccountId, length: Duration) -> Option<f64> {
        self.size(id, length).or_else(|| self.latest.get(&length).copied())
    }

    fn size(&self, id: &AccountId, length: Duration) -> Option<f64> {
        self.sizes.get(id)?.get(&length).copied()
    }

    fn learn(&mut self, id: &AccountId, length: Duration, size: f64) {
        self.sizes.entry(id.clone()).or_default().insert(length, size);
        self.latest.insert(length, size);
    }

    fn mark_all(&mut self, usage: &Usage, now: Timestamp) {
        for window in usage.governing().filter(|window| !window.used_percent.is_nan()) {
            self.marks.insert(window.length, Mark { used_percent: used(window, now), turns: 0 });
        }
    }
}

fn used(window: &Window, now: Timestamp) -> f64 {
    100.0 - window.remaining_percent(now)
}
