//! Which account was active when, and so against which one a report counts.
//! Never decides what follows from it.

use std::time::Duration;

use crate::{AccountId, Timestamp};

/// Requests in flight when a switch lands answer a little later, and older OpenCode releases log whole seconds: for
/// this long, a report of unknown origin counts against the account before.
const SETTLING: Duration = Duration::from_secs(3);
/// Older OpenCode releases log times rounded down to it.
pub(super) const WHOLE_SECOND: Duration = Duration::from_secs(1);
/// The most activations that are remembered.
const LIMIT: usize = 64;

/// The history of one provider's active account.
#[derive(Clone, Debug, Default)]
pub(super) struct Activations {
    entries: Vec<Activation>,
    /// Since when the account that is active now has been meant to be.
    since: Timestamp,
}

#[derive(Clone, Debug)]
struct Activation {
    at: Timestamp,
    account: Option<AccountId>,
}

/// The account that a report counts against.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Responsible {
    pub(super) account: AccountId,
    /// It is the active one, and has been since the request.
    pub(super) active: bool,
}

impl Activations {
    pub(super) fn current(&self) -> Option<&AccountId> {
        self.entries.last().and_then(|entry| entry.account.as_ref())
    }

    /// Whether anything has been seen yet.
    pub(super) fn any(&self) -> bool {
        !self.entries.is_empty()
    }

    /// Another account, or none, became active.
    pub(super) fn note(&mut self, at: Timestamp, account: Option<AccountId>) {
        self.since = at;
        self.put_back(at, account);
    }

    /// The account that was meant to be active all along is active again.
    pub(super) fn put_back(&mut self, at: Timestamp, account: Option<AccountId>) {
        self.entries.push(Activation { at, account });
        if self.entries.len() > LIMIT {
            self.entries.remove(0);
        }
    }

    /// Since when the account that is active now has been meant to be.
    pub(super) fn since(&self) -> Timestamp {
        self.since
    }

    /// The account that a request used: by the start of the attempt when that is known, else by the report's time.
    pub(super) fn responsible(&self, attempt: Option<Timestamp>, report: Timestamp) -> Option<Responsible> {
        let index = match attempt {
            Some(start) => self.index_at(start),
            None => self.settled_index_at(report),
        };
        let entry = self.entries.get(index)?;
        let account = entry.account.clone()?;
        let active = self.current() == Some(&account) && entry.at >= self.since;
        Some(Responsible { account, active })
    }

    /// The account that was active at a time, where it can be told without doubt.
    pub(super) fn at(&self, time: Timestamp) -> Option<&AccountId> {
        self.entries.get(self.index_at(time)).filter(|_| self.sure_at(time))?.account.as_ref()
    }

    /// Whether the account that is active now has been since this time.
    pub(super) fn same_since(&self, time: Timestamp) -> bool {
        self.entries.get(self.index_at(time)).map(|entry| &entry.account)
            == self.entries.last().map(|last| &last.account)
    }

    /// Whether one account only can have got a request of this time, which older releases log in whole seconds.
    pub(super) fn sure_at(&self, time: Timestamp) -> bool {
        self.index_at(time) == self.index_at(time + WHOLE_SECOND)
    }

    /// The clock was set back: what seems to lie ahead was just now.
    pub(super) fn clock_set_back(&mut self, now: Timestamp) {
        self.entries.iter_mut().for_each(|entry| entry.at = entry.at.min(now));
        self.since = self.since.min(now);
    }

    /// What was active before the first activation that is known was the same.
    fn index_at(&self, time: Timestamp) -> usize {
        self.entries.iter().rposition(|entry| entry.at <= time).unwrap_or(0)
    }

    fn settled_index_at(&self, time: Timestamp) -> usize {
        let index = self.index_at(time);
        let settling = self.entries.get(index).is_some_and(|entry| time < entry.at + SETTLING);
        match index.checked_sub(1) {
            Some(before) if settling && self.entries.get(before).is_some_and(|entry| entry.account.is_some()) => before,
            Some(_) | None => index,
        }
    }
}
