//! What happens next, in order of time; at the same time in the order in which it was planned.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use engine::{AccountId, Input, Switch, Timestamp};

use super::mishaps::Mishap;
use super::opencode::Answer;

/// Something that is going to happen.
#[derive(Clone, Debug)]
pub(super) enum Event {
    TurnDue(usize),
    Request {
        session: usize,
        turn: u64,
    },
    Answer {
        session: usize,
        turn: u64,
        answer: Answer,
    },
    /// A line of a log is read.
    Line(Input),
    /// Something is told to the daemon.
    Told(Input),
    Wake,
    SwitchLands {
        service: usize,
        switch: Switch,
        fails: bool,
    },
    /// A process that was renewing the token of the account that was left writes it over the switch.
    Clobber {
        service: usize,
        by: AccountId,
    },
    Read {
        account: AccountId,
    },
    Refreshed {
        account: AccountId,
    },
    Mishap(Mishap),
    /// The person logs in again, enables or adds an account.
    Mended {
        service: usize,
        account: AccountId,
    },
    ClockRight,
    Resume,
    /// Takes stock of what stands still.
    Look,
}

#[derive(Debug, Default)]
pub(super) struct Queue {
    order: BinaryHeap<Reverse<(Timestamp, u64)>>,
    events: BTreeMap<u64, Event>,
    planned: u64,
}

impl Queue {
    pub(super) fn add(&mut self, at: Timestamp, event: Event) {
        self.planned += 1;
        self.order.push(Reverse((at, self.planned)));
        self.events.insert(self.planned, event);
    }

    pub(super) fn next(&mut self) -> Option<(Timestamp, Event)> {
        let Reverse((at, number)) = self.order.pop()?;
        Some((at, self.events.remove(&number)?))
    }
}
