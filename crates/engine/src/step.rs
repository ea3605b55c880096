//! What one step works with: the time, the decisions made so far, and the rules in force.
//! Knows nothing of accounts.

use crate::{Answer, Decision, Notice, Policy, ProviderId, Record, RequestId, SwitchId, Timestamp};

/// One step of the engine, from an input to its decisions.
pub(crate) struct Step {
    pub(crate) now: Timestamp,
    pub(crate) decisions: Vec<Decision>,
    pub(crate) last_switch: SwitchId,
}

/// What the person allows the engine to do by itself.
#[derive(Clone, Copy)]
pub(crate) struct Rules<'a> {
    pub(crate) policy: &'a Policy,
    /// Neither paused by the person nor switched off in the settings, here or at all.
    pub(crate) failover_on: bool,
    /// Usage is read by schedule.
    pub(crate) polls: bool,
    /// Somebody looks at the figures.
    pub(crate) watched: bool,
}

impl Rules<'_> {
    /// The rules at one provider.
    pub(crate) fn at(self, provider: &ProviderId) -> Self {
        Self { failover_on: self.failover_on && self.policy.provider(provider).enabled, ..self }
    }
}

impl Step {
    pub(crate) fn decide(&mut self, decision: Decision) {
        self.decisions.push(decision);
    }

    pub(crate) fn notify(&mut self, notice: Notice) {
        self.decide(Decision::Notify(notice));
    }

    pub(crate) fn record(&mut self, record: Record) {
        self.decide(Decision::Record(record));
    }

    pub(crate) fn answer(&mut self, request: RequestId, answer: Answer) {
        self.decide(Decision::Answer { request, answer });
    }

    pub(crate) fn next_switch(&mut self) -> SwitchId {
        self.last_switch = SwitchId(self.last_switch.0 + 1);
        self.last_switch
    }
}
