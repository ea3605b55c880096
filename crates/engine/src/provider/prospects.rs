//! Explains a provider's accounts. Judges nothing itself: says what the choice and the rules would do.

use crate::choice::Bar;
use crate::step::Rules;
use crate::{Expected, HeldBack, PassedOver, Place, Prospect, Role, Timestamp};

use super::Provider;
use super::judging::ANY;
use super::known::Known;

impl Provider {
    /// Why nothing is done here by itself now, whatever happens.
    pub(crate) fn stopped(&self, now: Timestamp, rules: Rules<'_>) -> Option<HeldBack> {
        if !rules.failover_on {
            return Some(HeldBack::Off);
        }
        let flapping = self.flapping.held_until(rules.policy.flap, now).map(|until| HeldBack::Flapping { until });
        flapping.or_else(|| self.held_back(now, rules))
    }

    /// How things stand for each account, by label.
    pub(crate) fn prospects(&self, now: Timestamp, rules: Rules<'_>) -> Vec<Prospect> {
        let choice = self.judge(now, rules.policy, ANY, |_| true);
        let prospect = |known: &Known| {
            let account = known.account.id.clone();
            let why = choice.passed_over.iter().find(|(id, _)| *id == account).map(|(_, why)| why.clone());
            let place = match why {
                Some(PassedOver::Active) => Place::Active,
                Some(why) => Place::PassedOver(why),
                None => Place::Next,
            };
            let expected = self.expected(known, &place, now, rules);
            Prospect { account, place, expected }
        };
        self.by_label().into_iter().map(prospect).collect()
    }

    fn expected(&self, known: &Known, place: &Place, now: Timestamp, rules: Rules<'_>) -> Vec<Expected> {
        let account = &known.account;
        let by_person = !account.enabled || account.needs_login;
        let usage = account.usage.as_ref().filter(|_| !by_person);
        let rest = account.cooldown.map(|cooldown| cooldown.until).filter(|until| *until > now && !by_person);
        let back = rest.max(usage.and_then(|usage| usage.spent_until(now)).filter(|until| *until > now));
        let drawn_on = usage.filter(|_| back.is_none()).into_iter().flat_map(|usage| usage.governing());
        let reset = drawn_on
            .filter(|window| window.remaining_percent(now) < 100.0)
            .filter_map(|window| Some((window.name(), window.resets_at.filter(|reset| *reset > now)?)))
            .min_by_key(|(_, at)| *at);
        let mut expected = Vec::new();
        expected.extend(back.map(|at| Expected::Back { at }));
        expected.extend(reset.map(|(window, at)| Expected::Reset { window, at }));
        if *place == Place::Active {
            expected.extend(self.end_of_stay(known, now, rules).filter(|_| rest.is_none()));
        } else if self.will_be_returned_to(known, rules) && !by_person {
            expected.push(Expected::ReturnedTo);
        }
        expected
    }

    /// When the active account is left by itself.
    fn end_of_stay(&self, active: &Known, now: Timestamp, rules: Rules<'_>) -> Option<Expected> {
        if !rules.failover_on {
            return None;
        }
        let reserve = rules.policy.provider(&self.id).account(&active.account.label).reserve_percent;
        let percent = rules.policy.switch_at_percent.min(100.0 - reserve);
        Some(match self.before_limit(active, now, rules.policy) {
            Some(_) => Expected::LeftForMore,
            None if percent < 100.0 && self.stay.leaves_before_limit() => Expected::LeftAt { percent },
            None => Expected::LeftAtLimit,
        })
    }

    /// Whether it ranks above the active account in the settings, and is gone back to for that.
    fn will_be_returned_to(&self, known: &Known, rules: Rules<'_>) -> bool {
        let account = rules.policy.provider(&self.id).account(&known.account.label);
        let bar = self.active_account().and_then(|active| self.preferred(active, rules.policy));
        let rank = (account.role != Role::LastResort, account.priority);
        let above = match bar {
            Some(Bar::Preferred { last_resort, priority }) => rank > (!last_resort, priority),
            Some(Bar::Usable | Bar::ClearlyMore { .. }) | None => false,
        };
        above && rules.failover_on && account.role != Role::OnlyByHand && !self.stay.declined(&known.account.id)
    }
}
