//! The questions about accounts that are under way: token refreshes and usage readings.
//! Keeps count only; what an answer means is said elsewhere.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::{AccountId, ReadCause, Timestamp};

/// After this time without an answer, a question counts as unanswered and may be asked again.
const PATIENCE: Duration = Duration::from_secs(10);

/// The open questions, at most one for each account.
#[derive(Clone, Debug, Default)]
pub(super) struct Enquiries(BTreeMap<AccountId, Enquiry>);

/// A question that has been asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Enquiry {
    pub(super) stage: Stage,
    pub(super) why: ReadCause,
    asked: Timestamp,
}

/// What is being waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Refresh,
    Reading,
}

impl Enquiries {
    pub(super) fn open(&self, account: &AccountId, now: Timestamp) -> Option<Enquiry> {
        self.0.get(account).copied().filter(|enquiry| enquiry.asked + PATIENCE > now)
    }

    pub(super) fn ask(&mut self, account: AccountId, stage: Stage, why: ReadCause, now: Timestamp) {
        self.0.insert(account, Enquiry { stage, why, asked: now });
    }

    /// The answer is there; returns the question when this stage of it was open.
    pub(super) fn answered(&mut self, account: &AccountId, stage: Stage) -> Option<Enquiry> {
        let enquiry = self.0.get(account).copied().filter(|enquiry| enquiry.stage == stage)?;
        self.0.remove(account);
        Some(enquiry)
    }

    /// The clock was set back: what seems to lie ahead was just now.
    pub(super) fn clock_set_back(&mut self, now: Timestamp) {
        self.0.values_mut().for_each(|enquiry| enquiry.asked = enquiry.asked.min(now));
    }

    /// Whether any question is open.
    pub(super) fn any_open(&self, now: Timestamp) -> bool {
        self.0.keys().any(|account| self.open(account, now).is_some())
    }

    /// Nobody waits for the answer any more.
    pub(super) fn drop(&mut self, account: &AccountId) {
        self.0.remove(account);
    }

    /// When each of the open questions counts as unanswered.
    pub(super) fn deadlines(&self) -> impl Iterator<Item = Timestamp> {
        self.0.values().map(|enquiry| enquiry.asked + PATIENCE)
    }
}

/// How urgent a reading is; the daemon serves the urgent ones first.
pub(super) fn urgency(why: ReadCause) -> u8 {
    match why {
        ReadCause::Stale => 0,
        ReadCause::Asked => 1,
        ReadCause::Candidate => 2,
    }
}
