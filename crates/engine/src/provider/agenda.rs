//! When each account of a provider needs a look: the end of its rest, and its next reading. Kept in order, so that a step
//! costs as much as what it changes and not as much as there are accounts.
//!
//! An entry may be too early, when time alone has made the account matter less; it is put right when its time comes. It
//! is never too late: whatever makes an account matter more says so here.

use std::collections::{BTreeMap, BTreeSet};

use crate::{AccountId, Timestamp};

/// The agenda of one provider.
#[derive(Clone, Debug, Default)]
pub(super) struct Agenda {
    entries: BTreeMap<AccountId, Entry>,
    rests: BTreeSet<(Timestamp, AccountId)>,
    readings: BTreeSet<(Timestamp, AccountId)>,
    changed: BTreeSet<AccountId>,
    /// Those that changed since the person was told of their windows last.
    untold: BTreeSet<AccountId>,
}

/// When an account needs a look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) rest_ends: Option<Timestamp>,
    pub(super) reading_due: Option<Timestamp>,
}

impl Agenda {
    /// Something about an account changed.
    pub(super) fn changed(&mut self, id: &AccountId) {
        for set in [&mut self.changed, &mut self.untold] {
            if !set.contains(id) {
                set.insert(id.clone());
            }
        }
    }

    /// The accounts that changed since the last call.
    pub(super) fn take_changed(&mut self) -> BTreeSet<AccountId> {
        std::mem::take(&mut self.changed)
    }

    /// The accounts that changed since the last call, for what is told of their windows.
    pub(super) fn take_untold(&mut self) -> BTreeSet<AccountId> {
        std::mem::take(&mut self.untold)
    }

    /// Puts an account's entry right; nothing is left of one that needs no look.
    pub(super) fn set(&mut self, id: &AccountId, entry: Entry) {
        let before = self.entries.get(id).copied().unwrap_or_default();
        if before == entry {
            return;
        }
        replace(&mut self.rests, id, before.rest_ends, entry.rest_ends);
        replace(&mut self.readings, id, before.reading_due, entry.reading_due);
        if entry == Entry::default() {
            self.entries.remove(id);
        } else {
            self.entries.insert(id.clone(), entry);
        }
    }

    /// The accounts that rest, as a whole or for one model.
    pub(super) fn resting(&self) -> impl Iterator<Item = &AccountId> {
        self.rests.iter().map(|(_, id)| id)
    }

    /// The account whose rest ends first, and when.
    pub(super) fn first_rest(&self) -> Option<&(Timestamp, AccountId)> {
        self.rests.first()
    }

    /// The account that is to be read first, and when.
    pub(super) fn first_reading(&self) -> Option<&(Timestamp, AccountId)> {
        self.readings.first()
    }

    /// When an account is to be read.
    pub(super) fn reading_due(&self, id: &AccountId) -> Option<Timestamp> {
        self.entries.get(id).and_then(|entry| entry.reading_due)
    }
}

fn replace(
    queue: &mut BTreeSet<(Timestamp, AccountId)>,
    id: &AccountId,
    before: Option<Timestamp>,
    after: Option<Timestamp>,
) {
    if before != after {
        before.map(|time| queue.remove(&(time, id.clone())));
        queue.extend(after.map(|time| (time, id.clone())));
    }
}
