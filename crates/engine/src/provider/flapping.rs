//! Notices when automatic switching goes in circles. Knows nothing of why a switch was made.

use std::time::Duration;

use crate::{AccountId, FlapRule, Timestamp};

/// More switches than any rule looks at.
const LIMIT: usize = 64;

/// The automatic switches at one provider, oldest first.
#[derive(Clone, Debug, Default)]
pub(super) struct Flapping {
    switches: Vec<(Timestamp, AccountId)>,
}

impl Flapping {
    pub(super) fn switched(&mut self, at: Timestamp, to: AccountId) {
        self.switches.push((at, to));
        if self.switches.len() > LIMIT {
            self.switches.remove(0);
        }
    }

    /// A person chose: what the policy did before counts no longer.
    pub(super) fn start_afresh(&mut self) {
        self.switches.clear();
    }

    /// The clock was set back: what seems to lie ahead was just now.
    pub(super) fn clock_set_back(&mut self, now: Timestamp) {
        self.switches.iter_mut().for_each(|(at, _)| *at = (*at).min(now));
    }

    /// Until when automatic switches are held back; `None` when they aren't.
    pub(super) fn held_until(&self, rule: Option<FlapRule>, now: Timestamp) -> Option<Timestamp> {
        let rule = rule?;
        let flapped = (0..self.switches.len()).rev().find(|&index| self.flaps(index, rule))?;
        self.switches.get(flapped).map(|(at, _)| *at + rule.hold).filter(|until| *until > now)
    }

    /// Whether the switch at this place is one too many.
    fn flaps(&self, index: usize, rule: FlapRule) -> bool {
        let Some(((at, to), earlier)) = self.switches.get(..=index).and_then(|switches| switches.split_last()) else {
            return false;
        };
        let within = |span: Duration| earlier.iter().rev().take_while(move |(before, _)| at.since(*before) <= span);
        let count = within(rule.within).count() + 1;
        count >= usize::try_from(rule.switches).unwrap_or(usize::MAX)
            || within(rule.same_target_within).any(|(_, target)| target == to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Switches as `(second, target)`; the hold at the given second.
    fn check(switches: &[(i64, &str)], now: i64, held_until: Option<i64>) {
        let mut flapping = Flapping::default();
        for (at, to) in switches {
            flapping.switched(Timestamp::from_secs(*at), AccountId::new(to));
        }
        let found = flapping.held_until(Some(FlapRule::default()), Timestamp::from_secs(now));
        assert_eq!(found, held_until.map(Timestamp::from_secs), "{switches:?} at {now}");
    }

    #[test]
    fn the_third_switch_in_five_minutes_is_one_too_many() {
        check(&[(0, "b"), (100, "c")], 200, None);
        check(&[(0, "b"), (100, "c"), (300, "d")], 301, Some(300 + 1800));
        check(&[(0, "b"), (100, "c"), (301, "d")], 302, None);
    }

    #[test]
    fn the_same_target_twice_in_a_quarter_of_an_hour_is_a_circle() {
        check(&[(0, "b"), (600, "a")], 700, None);
        check(&[(0, "b"), (600, "b")], 700, Some(600 + 1800));
        check(&[(0, "b"), (901, "b")], 1000, None);
    }

    #[test]
    fn the_hold_ends() {
        check(&[(0, "b"), (600, "b")], 2399, Some(2400));
        check(&[(0, "b"), (600, "b")], 2400, None);
    }

    #[test]
    fn without_a_rule_nothing_is_held_back() {
        let mut flapping = Flapping::default();
        for second in 0..10 {
            flapping.switched(Timestamp::from_secs(second), AccountId::new("b"));
        }
        assert_eq!(flapping.held_until(None, Timestamp::from_secs(10)), None);
    }
}
