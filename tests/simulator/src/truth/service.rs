//! One provider: its accounts, the one that OpenCode uses, and the provider's habits.

use std::time::Duration;

use engine::{AccountId, LimitCause, ProviderId, Reach, Timestamp, UsageOutcome};

use super::Login;
use crate::chance::Chance;
use crate::spans::{hours, secs};

/// A provider's habits.
#[derive(Clone, Debug)]
pub(crate) struct Style {
    /// Its errors say when the limit ends, where the release of OpenCode logs it.
    pub(crate) names_reset: bool,
    /// How old its figures are at most.
    pub(crate) lag: Duration,
    /// How often a reading brings nothing.
    pub(crate) reading_fails: f64,
    /// How many readings of one account it bears in an hour.
    pub(crate) readings_per_hour: usize,
    /// A refusal ends the turn: nothing that is done afterwards helps it.
    pub(crate) refusal_is_final: bool,
}

/// A provider.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) id: ProviderId,
    pub(crate) logins: Vec<Login>,
    /// Whose credential OpenCode's store holds.
    pub(crate) active: Option<AccountId>,
    pub(crate) style: Style,
    /// When it answers nobody.
    pub(crate) outages: Vec<(Timestamp, Timestamp)>,
}

/// Why a request wasn't answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The provider is out of order.
    Outage,
    /// There is no credential, or the provider rejects it.
    Login,
    /// The account has nothing left.
    Limit { cause: LimitCause, reach: Reach, until: Option<Timestamp> },
}

impl Service {
    pub(crate) fn login(&self, id: &AccountId) -> Option<&Login> {
        self.logins.iter().find(|login| login.id == *id)
    }

    pub(crate) fn login_mut(&mut self, id: &AccountId) -> Option<&mut Login> {
        self.logins.iter_mut().find(|login| login.id == *id)
    }

    pub(crate) fn active_login(&self) -> Option<&Login> {
        self.active.as_ref().and_then(|id| self.login(id))
    }

    pub(crate) fn follow(&mut self, now: Timestamp) {
        self.logins.iter_mut().for_each(|login| login.follow(now));
    }

    pub(crate) fn is_out(&self, now: Timestamp) -> bool {
        self.outages.iter().any(|(from, to)| (*from..*to).contains(&now))
    }

    /// Whether the account that OpenCode uses can answer.
    pub(crate) fn active_serves(&self, model: &str) -> bool {
        self.active_login().is_some_and(|login| login.serves(model))
    }

    /// The accounts besides the active one that would answer and that a policy may choose.
    pub(crate) fn alternatives(&self, model: &str) -> impl Iterator<Item = &Login> {
        let others = self.logins.iter().filter(|login| self.active.as_ref() != Some(&login.id));
        others.filter(move |login| login.may_be_chosen() && login.serves(model))
    }

    /// Answers a request with the active credential, or refuses it.
    pub(crate) fn request(&mut self, model: &str, units: f64, now: Timestamp) -> Result<(), Refusal> {
        self.follow(now);
        if self.is_out(now) {
            return Err(Refusal::Outage);
        }
        let names_reset = self.style.names_reset;
        let active = self.active.clone();
        let Some(login) = active.and_then(|id| self.login_mut(&id)).filter(|login| login.accepted) else {
            return Err(Refusal::Login);
        };
        if login.serves(model) {
            login.draw(model, units, now);
            return Ok(());
        }
        let until = login.back_at(model);
        let cause = if until.is_some() { LimitCause::UsageLimit } else { LimitCause::Billing };
        Err(Refusal::Limit { cause, reach: login.reach(model), until: until.filter(|_| names_reset) })
    }

    /// Answers a question for an account's usage, as the machine's clock sees it.
    pub(crate) fn read(
        &mut self,
        id: &AccountId,
        now: Timestamp,
        clock: Timestamp,
        chance: &mut Chance,
    ) -> UsageOutcome {
        let (out, lag, fails, most) =
            (self.is_out(now), self.style.lag, self.style.reading_fails, self.style.readings_per_hour);
        let failed = out || chance.happens(fails);
        let Some(login) = self.login_mut(id) else { return UsageOutcome::Unknown };
        login.follow(now);
        login.read.retain(|at| now.since(*at) < hours(1));
        login.read.push(now);
        if login.read.len() > most || failed {
            login.unread = Some(now);
        }
        if login.read.len() > most {
            let retry_after = chance.happens(0.5).then(|| chance.span(secs(30), secs(900)));
            return UsageOutcome::RateLimited { retry_after };
        }
        if failed {
            return UsageOutcome::Unknown;
        }
        if !login.accepted {
            return UsageOutcome::LoginRejected;
        }
        if login.shown.as_ref().is_none_or(|(since, _)| now.since(*since) >= lag) {
            login.shown = Some((now, login.figures(now)));
        }
        let figures = login.shown.as_ref().map(|(_, usage)| usage.clone());
        figures.map_or(UsageOutcome::Unknown, |mut usage| {
            usage.read_at = clock;
            UsageOutcome::Read(usage)
        })
    }
}
