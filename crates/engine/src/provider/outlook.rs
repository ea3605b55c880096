//! What a limit episode needs now: whether a failover may begin, or why none does. Says each thing once.
//! Never chooses an account.

use crate::choice::Bar;
use crate::step::{Rules, Step};
use crate::{AccountId, HeldBack, LimitCause, Notice, PassedOver, Policy, Role, SessionId, SwitchCause, Timestamp};

use super::episode::Episode;
use super::failover::Purpose;
use super::judging::Terms;
use super::known::Known;
use super::sessions::Clearance;
use super::{Course, Provider};

/// What is to be done now for a model that the active account is limited for.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Outlook {
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
    /// Why nothing is done for a model that the active account is limited for, although another one might do.
    pub(crate) fn held_back(&self, now: Timestamp, rules: Rules<'_>) -> Option<HeldBack> {
        if self.is_over(now) || !matches!(self.course, Course::Idle) {
            return None;
        }
        let episode = self.episode.as_ref()?;
        episode.models().into_iter().find_map(|model| match self.outlook(episode, model, now, rules) {
            Outlook::Held(why) => Some(why),
            Outlook::Nobody | Outlook::Later | Outlook::Start(_) => None,
        })
    }

    /// Does what the limit episode needs now.
    pub(super) fn review_episode(&mut self, step: &mut Step, rules: Rules<'_>) {
        if matches!(self.course, Course::Switching(_)) {
            return;
        }
        if self.is_over(step.now) {
            if !self.overload_is_being_dodged() {
                self.shelve_automatic_failover();
            }
            self.episode = None;
        }
        let Some(episode) = &self.episode else { return };
        let models: Vec<Option<String>> = episode.models().into_iter().map(|model| model.map(str::to_owned)).collect();
        for model in models {
            let Some(episode) = self.episode.as_mut().filter(|_| matches!(self.course, Course::Idle)) else { return };
            let not_again = episode.not_again(step.now, rules.policy.session_cooldown);
            let Some(episode) = &self.episode else { return };
            match self.outlook(episode, model.as_deref(), step.now, rules) {
                Outlook::Later => {}
                Outlook::Nobody => self.strand(step, rules.policy, model),
                Outlook::Held(why) => self.tell_held_back(step, why),
                Outlook::Start(cause) => {
                    if let Some(episode) = &mut self.episode {
                        episode.waiting.retain(|_, wanted| *wanted != model);
                    }
                    self.begin_failover(step, rules, Purpose::Automatic(cause), not_again, model);
                }
            }
        }
    }

    /// What the limit episode needs now for a model.
    fn outlook(&self, episode: &Episode, model: Option<&str>, now: Timestamp, rules: Rules<'_>) -> Outlook {
        let Some(limited) = self.active_account().filter(|known| self.is_limited(known, model, now)) else {
            return Outlook::Later;
        };
        let not_again = episode.not_again(now, rules.policy.session_cooldown);
        let terms = Terms { not_again: &not_again, model, bar: Bar::Usable };
        let choice = self.judge(now, rules.policy, terms, |_| true);
        let passed_over = |wanted: fn(&PassedOver) -> bool| choice.passed_over.iter().any(|(_, why)| wanted(why));
        let waiting = || episode.waiting.iter().rev().filter(|(_, wanted)| wanted.as_deref() == model);
        let hit = waiting().next().is_some();
        // Nobody leaves an account that others work with for a model that nobody asks for any more.
        let wanted = self.is_closed(limited, now) || model.is_some_and(|model| self.sessions.ask_for(model, now));
        let stranded = episode.stranded.iter().any(|stranded| stranded.as_deref() == model);
        let back = stranded && wanted && choice.winner.is_some();
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
        if let Some((session, _)) = waiting().find(|(session, _)| clearance(session) == Clearance::Free) {
            let session = session.clone();
            let failing = limited.account.cooldown.is_some_and(|cooldown| cooldown.cause == LimitCause::Failing);
            return Outlook::Start(match limited.account.needs_login {
                true => SwitchCause::LoginRejected { session },
                false if failing => SwitchCause::Failing { session },
                false => SwitchCause::LimitHit { session },
            });
        }
        if back {
            return Outlook::Start(SwitchCause::AccountBack);
        }
        let used_up = waiting().all(|(session, _)| clearance(session) == Clearance::UsedUp);
        if used_up { Outlook::Held(HeldBack::Attempts) } else { Outlook::Later }
    }

    /// Whether the active account can be used again for everything that sessions wanted.
    fn is_over(&self, now: Timestamp) -> bool {
        let (Some(active), Some(episode)) = (self.active_account(), &self.episode) else { return true };
        let sought = match &self.course {
            Course::Choosing(failover) => failover.model(),
            Course::Idle | Course::Switching(_) => None,
        };
        !episode.models().into_iter().chain([sought]).any(|model| self.is_limited(active, model, now))
    }

    /// Whether the limit episode may lead to a switch by itself. One for a model that nobody asks for just now can't.
    pub(super) fn episode_is_live(&self, now: Timestamp) -> bool {
        let Some(episode) = &self.episode else { return false };
        let asked_for = |model: &Option<String>| model.as_ref().is_some_and(|model| self.sessions.ask_for(model, now));
        let closed = || self.active_account().is_some_and(|known| self.is_closed(known, now));
        !episode.waiting.is_empty() || episode.stranded.iter().any(asked_for) || closed()
    }

    /// Whether an account can't be used for a model just now, or at all.
    pub(super) fn is_limited(&self, known: &Known, model: Option<&str>, now: Timestamp) -> bool {
        known.limited_for(model, now) || self.outage.spent_until(now).is_some()
    }

    /// Whether an account can't be used for any model.
    fn is_closed(&self, known: &Known, now: Timestamp) -> bool {
        self.is_limited(known, None, now)
    }

    /// When the episode must be looked at again although nothing happens.
    pub(super) fn episode_wakes(&self, now: Timestamp, rules: Rules<'_>) -> Vec<Timestamp> {
        let Some(episode) = &self.episode else { return Vec::new() };
        let clearance = |session: &Option<SessionId>| self.sessions.clearance(session.as_ref(), now, rules.policy);
        let rested = episode.waiting.keys().filter_map(|session| match clearance(session) {
            Clearance::NotBefore(time) => Some(time),
            Clearance::Free | Clearance::UsedUp => None,
        });
        let held = self.flapping.held_until(rules.policy.flap, now);
        rested.chain(held).chain(episode.retries(rules.policy.session_cooldown)).collect()
    }

    /// Nobody can be used, for a model or at all: says so once, and waits for the first account that can be again.
    pub(super) fn strand(&mut self, step: &mut Step, policy: &Policy, model: Option<String>) {
        let of_model = !self.active_account().is_some_and(|known| self.is_closed(known, step.now));
        let earliest = self.earliest_back(step.now, policy, model.as_deref());
        let Some(episode) = &mut self.episode else { return };
        episode.strand(model.clone());
        let model = model.filter(|_| of_model);
        if episode.told.nobody_left.insert(model.clone()) {
            step.notify(Notice::NobodyLeft { provider: self.id.clone(), model, earliest, lane: None });
        }
    }

    /// Which account can be used first again. One that is left to the person counts only while it is the active one.
    fn earliest_back(&self, now: Timestamp, policy: &Policy, model: Option<&str>) -> Option<(AccountId, Timestamp)> {
        let rules = policy.provider(&self.id);
        let spent_until = self.outage.spent_until(now);
        let waiting = self.by_label().into_iter().filter(|known| {
            let rules = rules.account(&known.account.label);
            let active = self.active() == Some(&known.account.id);
            let allowed = rules.role != Role::OnlyByHand && model.is_none_or(|model| rules.allows(model));
            (active || allowed) && known.account.enabled && !known.account.needs_login
        });
        let back = waiting.filter_map(|known| {
            let whole = known.account.cooldown.map(|cooldown| cooldown.until);
            let models = model.and_then(|model| known.account.limit_on(model, now)).map(|cooldown| cooldown.until);
            let until = whole.max(models).max(spent_until).filter(|until| *until > now)?;
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
                let sessions = episode.waiting.keys().flatten();
                sessions.filter(|session| self.sessions.must_be_told(session)).count() > 0
            }
        };
        if news {
            step.notify(Notice::HeldBack { provider: self.id.clone(), why });
        }
    }
}
