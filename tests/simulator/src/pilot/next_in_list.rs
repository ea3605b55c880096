//! The simplest rule that is in use: on an error, the next account in the list, whatever it has left.

use engine::{Decision, Input, Timestamp};

use super::roster::Rosters;

/// "Next in list on error".
#[derive(Debug, Default)]
pub(crate) struct NextInList(Rosters);

impl NextInList {
    pub(super) fn step(&mut self, now: Timestamp, input: Input) -> Vec<Decision> {
        let Some(provider) = self.0.follow(now, &input) else { return Vec::new() };
        let roster = self.0.at(&provider);
        let next = roster.others().find(|id| Some(*id) > roster.active.as_ref());
        let next = next.or_else(|| roster.others().next()).cloned();
        next.map(|next| self.0.switch(&provider, next)).into_iter().collect()
    }
}
