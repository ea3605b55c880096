//! What a limit episode needs now: whether a failover may begin, or why none does. Says each thing once.
//! Never chooses an account.

use crate::choice::Bar;
use crate::step::{Rules, Step};
use crate::{AccountId, HeldBack, Notice, PassedOver, Policy, Role, SessionId, SwitchCause, Timestamp};

use super::failover::Purpose;
use super::judging::Terms;
use super::sessions::Clearance;
use super::{Course, Provider};

/// What is to be done about a limit episode now.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Outlook {
    /// There is none, or the active account can be used again.
    Over,
    /// Something is under way already.
    Busy,
    /// No other account can be used.
    Nobody,
    /// Another account might do, but switching is held back.
    Held(HeldBack),
    /// Nothing yet: its sessions have had a failover lately, or nobody new can be used.
    Later,
    /// A failover.
    Start(SwitchCause),
}

impl Provider {
    /// What the limit episode needs now.
    pub(super) fn outlook(&self, now: Timestamp, rules: Rules<'_>) -> Outlook {
        if matches!(self.course, Course::Switching(_)) {
            return Outlook::Busy;
        }
        let limited = self.active_account().filter(|known| known.cooling_down(now));
        let (Some(limited), Some(episode)) = (limited, &self.episode) else { return Outlook::Over };
        if matches!(self.course, Course::Choosing(_)) {
            return Outlook::Busy;
        }
        let not_again = episode.not_again(now, rules.policy.session_cooldown);
        let terms = Terms { not_again: &not_again, model: episode.model.as_deref(), bar: Bar::Usable };
        let choice = self.judge(now, rules.policy, terms, |_| true);
        let passed_over = |wanted: fn(&PassedOver) -> bool| choice.passed_over.iter().any(|(_, why)| wanted(why));
        let hit = !episode.waiting.is_empty();
        let back = episode.stranded && choice.winner.is_some();
        if !hit && !back {
            return Outlook::Later;
        }
        // Figures that call an account spent may be old: a new hit is worth another look.
        if choice.winner.is_none() && !passed_over(PassedOver::rests_on_figures) {
            let tried_lately = passed_over(|why| *why == PassedOver::AlreadyTried);
            // The limited account's own figures say when it is back.
            let figures_come = self.awaits(&limited.account.id, now);
            return if tried_lately || figures_come { Outlook::Later } else { Outlook::Nobody };
        }
        if !rules.failover_on {
            return Outlook::Held(HeldBack::Off);
        }
        if let Some(until) = self.flapping.held_until(rules.policy.flap, now) {
            return Outlook::Held(HeldBack::Flapping { until });
        }
        let clearance = |session: &Option<SessionId>| self.sessions.clearance(session.as_ref(), now, rules.policy);
        if let Some(session) = episode.waiting.iter().rev().find(|session| clearance(session) == Clearance::Free) {
            return Outlook::Start(SwitchCause::LimitHit { session: session.clone() });
        }
        if back {
            return Outlook::Start(SwitchCause::AccountBack);
        }
        let used_up = episode.waiting.iter().all(|session| clearance(session) == Clearance::UsedUp);
        if used_up { Outlook::Held(HeldBack::Attempts) } else { Outlook::Later }
    }

    /// Does what the limit episode needs now.
    pub(super) fn review_episode(&mut self, step: &mut Step, rules: Rules<'_>) {
        match self.outlook(step.now, rules) {
            Outlook::Over => {
                self.shelve_automatic_failover();
                self.episode = None;
            }
            Outlook::Busy | Outlook::Later => {}
            Outlook::Nobody => self.strand(step, rules.policy),
            Outlook::Held(why) => self.tell_held_back(step, why),
            Outlook::Start(cause) => {
                if let Some(episode) = &mut self.episode {
                    let not_again = episode.not_again(step.now, rules.policy.session_cooldown);
                    episode.waiting.clear();
                    let model = episode.model.clone();
                    self.begin_failover(step, rules, Purpose::Automatic(cause), not_again, model);
                }
            }
        }
    }

    /// When the episode must be looked at again although nothing happens.
    pub(super) fn episode_wakes(&self, now: Timestamp, rules: Rules<'_>) -> Vec<Timestamp> {
        let Some(episode) = &self.episode else { return Vec::new() };
        let clearance = |session: &Option<SessionId>| self.sessions.clearance(session.as_ref(), now, rules.policy);
        let rested = episode.waiting.iter().filter_map(|session| match clearance(session) {
            Clearance::NotBefore(time) => Some(time),
            Clearance::Free | Clearance::UsedUp => None,
        });
        let held = self.flapping.held_until(rules.policy.flap, now);
        rested.chain(held).chain(episode.retries(rules.policy.session_cooldown)).collect()
    }

    /// Nobody can be used: says so once, and waits for the first account that can be again.
    pub(super) fn strand(&mut self, step: &mut Step, policy: &Policy) {
        let earliest = self.earliest_back(step.now, policy);
        let Some(episode) = &mut self.episode else { return };
        episode.stranded = true;
        episode.waiting.clear();
        if !std::mem::replace(&mut episode.told.nobody_left, true) {
            step.notify(Notice::NobodyLeft { provider: self.id.clone(), earliest, lane: None });
        }
    }

    /// Which account can be used first again. One that is left to the person counts only while it is the active one.
    fn earliest_back(&self, now: Timestamp, policy: &Policy) -> Option<(AccountId, Timestamp)> {
        let rules = policy.provider(&self.id);
        let waiting = self.by_label().into_iter().filter(|known| {
            let by_hand = rules.account(&known.account.label).role == Role::OnlyByHand;
            let counts = !by_hand || self.active() == Some(&known.account.id);
            counts && known.account.enabled && !known.account.needs_login
        });
        let back = waiting.filter_map(|known| {
            let until = known.account.cooldown.map(|cooldown| cooldown.until).filter(|until| *until > now)?;
            Some((known.account.id.clone(), until))
        });
        back.min_by_key(|(_, until)| *until)
    }

    fn tell_held_back(&mut self, step: &mut Step, why: HeldBack) {
        let Some(episode) = &mut self.episode else { return };
        let news = match why {
            HeldBack::Off => !std::mem::replace(&mut episode.told.off, true),
            HeldBack::Flapping { .. } => !std::mem::replace(&mut episode.told.flapping, true),
            HeldBack::Attempts => {
                let sessions = episode.waiting.iter().flatten();
                sessions.filter(|session| self.sessions.must_be_told(session)).count() > 0
            }
        };
        if news {
            step.notify(Notice::HeldBack { provider: self.id.clone(), why });
        }
    }
}
