//! Where a session may go on when its provider has nobody left. Names the lane and carries nobody over.

use crate::engine::Engine;
use crate::step::Rules;
use crate::{Decision, Lane, Notice, ProviderId, Timestamp, model};

impl Engine {
    /// The first lane of another provider that can serve; `None` while this provider can, and where there is none.
    pub fn lane(&self, now: Timestamp, provider: &ProviderId) -> Option<&Lane> {
        let rules = self.rules(now);
        // An account that may only be switched to by hand is one all the same.
        let by_hand = Rules { failover_on: true, ..rules.at(provider) };
        let can_serve = self.providers.get(provider).is_none_or(|known| known.can_serve(now, by_hand, None));
        if can_serve { None } else { self.other_lane(now, rules, provider, None) }
    }

    /// Names the lane in each notice that a provider has nobody left: providers don't know of each other.
    pub(crate) fn name_lanes(&self, now: Timestamp, decisions: &mut [Decision]) {
        for decision in decisions {
            if let Decision::Notify(Notice::NobodyLeft { provider, model, lane, .. }) = decision {
                *lane = self.other_lane(now, self.rules(now), provider, model.as_deref()).cloned();
            }
        }
    }

    /// The first lane that leads elsewhere and can serve: to another provider, or to another model where only one is
    /// spent.
    pub(crate) fn other_lane(
        &self,
        now: Timestamp,
        rules: Rules<'_>,
        provider: &ProviderId,
        spent: Option<&str>,
    ) -> Option<&Lane> {
        self.policy.lanes.iter().find(|lane| {
            let other_model = || spent.is_some_and(|spent| !model::same(spent, &lane.model));
            let elsewhere = lane.provider != *provider || other_model();
            let other = self.providers.get(&lane.provider).filter(|_| elsewhere);
            other.is_some_and(|other| other.can_serve(now, rules.at(&lane.provider), Some(&lane.model)))
        })
    }
}
