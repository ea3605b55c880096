//! How long an account rests after a limit, as a whole or for one model, and what is learnt from when it works again.
//! Never looks at other accounts.
//!
//! Where the provider names no end, the first rest is as long as the last such limit lasted, and a quarter of an hour
//! while nobody knows. Each further limit without an answer in between doubles it, up to an hour and never beyond the
//! account's shortest window. An answer ends the row: how long the limit lasted until then, or until the rest after which
//! it was over, is what is learnt. A first rest that was long enough is tried a quarter shorter the next time.

use std::time::Duration;

use crate::{Cooldown, LimitCause, Timestamp};

const MINUTE: Duration = Duration::from_secs(60);
/// The first rest while nothing is learnt, and the shortest that is tried unless an answer came sooner.
const FIRST: Duration = Duration::from_secs(15 * 60);
const LONGEST: Duration = Duration::from_secs(60 * 60);
/// A limit so long after the end of the last rest begins a new row.
const FORGOTTEN: Duration = Duration::from_secs(24 * 60 * 60);
/// Figures lag behind what the provider enforces: a reading so soon after a limit doesn't refute it.
const FIGURES_LAG: Duration = Duration::from_secs(60);
/// Providers tell of the same reset in slightly different times.
const RESET_TOLERANCE: Duration = Duration::from_secs(10 * 60);

/// What is remembered of an account's rests beside the cooldown itself.
#[derive(Clone, Debug, Default)]
pub(super) struct Rest {
    end: End,
    /// When a limit was last hit.
    limited: Option<Timestamp>,
    /// The model that was asked for then.
    model: Option<String>,
    row: Option<Row>,
    /// How long limits last of which nobody says when they end.
    learnt: Option<Duration>,
}

/// Where the end of a cooldown comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum End {
    Assumed,
    Read,
    #[default]
    Named,
}

/// Limits of which nobody said when they end, without an answer between them.
#[derive(Clone, Copy, Debug)]
struct Row {
    since: Timestamp,
    rests: u32,
    until: Timestamp,
}

/// What a limit, or an account's figures beside it, say of its end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ends {
    pub(super) named: Option<Timestamp>,
    pub(super) read: Option<Timestamp>,
    /// What was learnt of the provider's other accounts.
    pub(super) learnt: Option<Duration>,
    /// The account's shortest window.
    pub(super) shortest: Option<Duration>,
}

impl Rest {
    /// A limit: rests until the error's time, else until its spent windows are whole, else for as long as seems wise.
    pub(super) fn limit_hit(
        &mut self,
        cooldown: &mut Option<Cooldown>,
        cause: LimitCause,
        model: Option<&str>,
        ends: Ends,
        (at, now): (Timestamp, Timestamp),
    ) {
        self.limited = self.limited.max(Some(at));
        self.model = model.map(str::to_owned);
        let (until, end) = match (ends.named.filter(|until| *until > now), ends.read) {
            (Some(until), _) => (until, End::Named),
            (None, Some(until)) => (until, End::Read),
            (None, None) => (self.assume(at, ends), End::Assumed),
        };
        self.until(cooldown, until, end, now);
        if let Some(cooldown) = cooldown {
            cooldown.cause = cause;
        }
    }

    /// Rests until the later of two ends; an assumed end gives way to any that somebody tells.
    pub(super) fn until(&mut self, cooldown: &mut Option<Cooldown>, until: Timestamp, end: End, now: Timestamp) {
        if until <= now {
            return;
        }
        match cooldown {
            Some(cooldown) if cooldown.until > now => {
                let better = self.end == End::Assumed && end != End::Assumed;
                if better || until > cooldown.until {
                    cooldown.until = until;
                    self.end = end;
                }
            }
            cooldown => {
                *cooldown = Some(Cooldown { until, cause: LimitCause::Reading });
                self.end = end;
            }
        }
    }

    /// An attempt that began at `started` was answered: a rest whose end was assumed only is over. One whose end the error
    /// named is over when the same model was asked for and it is `sure` which account answered: the limit was held
    /// against the wrong one. Returns what is learnt.
    pub(super) fn answered(
        &mut self,
        cooldown: &mut Option<Cooldown>,
        model: Option<&str>,
        started: Timestamp,
        sure: bool,
    ) -> Option<Duration> {
        let other_model = self.model.is_some() && model.is_some() && self.model.as_deref() != model;
        if other_model || self.limited.is_none_or(|limited| started <= limited) {
            return None;
        }
        let refuted = sure && self.end == End::Named && self.model.is_some() && self.model.as_deref() == model;
        if self.end == End::Assumed || refuted {
            *cooldown = None;
        }
        self.learn(started)
    }

    /// When figures can first speak for or against a limit that none have confirmed yet.
    pub(super) fn worth_a_look_at(&self, cooldown: Cooldown, read_at: Option<Timestamp>) -> Option<Timestamp> {
        let look = self.limited.filter(|_| cooldown.cause == LimitCause::UsageLimit)? + FIGURES_LAG;
        (self.end != End::Read && read_at.is_none_or(|read_at| read_at < look)).then_some(look)
    }

    /// Whether the limit is that of the model which was asked for, by figures that tell them apart.
    pub(super) fn is_models_own(&self, cooldown: Cooldown, by_figures: impl Fn(&str) -> bool) -> bool {
        let counted = matches!(cooldown.cause, LimitCause::UsageLimit | LimitCause::LongWait);
        counted && self.end != End::Read && self.model.as_deref().is_some_and(by_figures)
    }

    /// Whether a reading's figures speak against the limit. It outlives them while they may lag behind, when they can't
    /// know of it, and when the window that the error named still ends at that time.
    pub(super) fn refuted(
        &self,
        cooldown: Cooldown,
        read_at: Timestamp,
        mut resets: impl Iterator<Item = Timestamp>,
    ) -> bool {
        let lags = self.limited.is_some_and(|limited| read_at < limited + FIGURES_LAG);
        let near = |reset| reset > cooldown.until - RESET_TOLERANCE && reset < cooldown.until + RESET_TOLERANCE;
        match cooldown.cause {
            LimitCause::Reading => true,
            LimitCause::UsageLimit if lags => false,
            LimitCause::UsageLimit => self.end != End::Named || !resets.any(near),
            LimitCause::Billing | LimitCause::LongWait | LimitCause::Failing => false,
        }
    }

    /// It works again, and did at the latest at this time. Returns how long it took.
    pub(super) fn learn(&mut self, worked: Timestamp) -> Option<Duration> {
        let row = self.row.take()?;
        let (lasted, rested) = (worked.since(row.since), row.until.since(row.since));
        let learnt = match lasted < rested {
            true => lasted.clamp(MINUTE, LONGEST),
            false if row.rests == 1 => (rested * 3 / 4).clamp(FIRST, LONGEST),
            false => rested.clamp(FIRST, LONGEST),
        };
        self.learnt = Some(learnt);
        Some(learnt)
    }

    /// An end that was reckoned from the clock moves with a clock that is set back; one that the provider named as a date
    /// stays.
    pub(super) fn clock_set_back(&mut self, cooldown: &mut Option<Cooldown>, now: Timestamp, back: Duration) {
        self.limited = self.limited.map(|limited| limited.min(now));
        if let Some(row) = &mut self.row {
            row.since = row.since.min(now);
            row.until = row.until - back;
        }
        if let Some(cooldown) = cooldown
            && (self.end == End::Assumed || cooldown.cause == LimitCause::LongWait)
        {
            cooldown.until = cooldown.until - back;
        }
    }

    /// The end of a limit of which nobody says when it ends. Reports that come while it rests lengthen no row.
    fn assume(&mut self, at: Timestamp, ends: Ends) -> Timestamp {
        let row = self.row.filter(|row| at.since(row.until) < FORGOTTEN);
        let (since, rests) = match row {
            None => (at, 1),
            Some(row) if at < row.until => (row.since, row.rests),
            Some(row) => (row.since, row.rests.saturating_add(1)),
        };
        let most = ends.shortest.unwrap_or(LONGEST).clamp(MINUTE, LONGEST);
        let first = self.learnt.or(ends.learnt).unwrap_or(FIRST);
        let length = first.saturating_mul(2_u32.saturating_pow(rests - 1)).min(most);
        let until = (at + length).max(row.map_or(at, |row| row.until));
        self.row = Some(Row { since, rests, until });
        until
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secs(minutes: i64) -> Timestamp {
        Timestamp::from_secs(minutes * 60)
    }

    /// Limits and answers by minute, with the minutes that the account rests after each limit.
    fn check(shortest: Option<u64>, learnt: Option<u64>, story: &[(char, i64, i64)]) {
        let minutes = |count: Option<u64>| count.map(|count| MINUTE * u32::try_from(count).unwrap());
        let ends = Ends { named: None, read: None, learnt: minutes(learnt), shortest: minutes(shortest) };
        let (mut rest, mut cooldown) = (Rest::default(), None);
        for (what, at, rests) in story {
            match what {
                '!' => rest.limit_hit(&mut cooldown, LimitCause::UsageLimit, None, ends, (secs(*at), secs(*at))),
                _ => {
                    assert!(rest.answered(&mut cooldown, None, secs(*at), true).is_none() == (*rests == 0), "{story:?}")
                }
            }
            if *what == '!' {
                assert_eq!(cooldown.map(|cooldown| cooldown.until), Some(secs(at + rests)), "{story:?} at {at}");
            }
        }
    }

    #[test]
    fn each_limit_in_a_row_doubles_the_rest_up_to_an_hour() {
        check(None, None, &[('!', 0, 15), ('!', 15, 30), ('!', 45, 60), ('!', 105, 60)]);
    }

    #[test]
    fn no_rest_is_longer_than_the_shortest_window() {
        check(Some(20), None, &[('!', 0, 15), ('!', 15, 20)]);
        check(Some(300), None, &[('!', 0, 15), ('!', 15, 30), ('!', 45, 60), ('!', 105, 60)]);
    }

    #[test]
    fn reports_during_a_rest_lengthen_no_row() {
        check(None, None, &[('!', 0, 15), ('!', 1, 15), ('!', 2, 15), ('!', 17, 30)]);
    }

    #[test]
    fn an_answer_ends_the_row_and_teaches_how_long_it_took() {
        // The first rest was too short, the second wasn't: half an hour and a quarter in all.
        check(None, None, &[('!', 0, 15), ('!', 15, 30), ('.', 50, 1), ('!', 200, 45)]);
        // An answer came during the rest.
        check(None, None, &[('!', 0, 15), ('.', 4, 1), ('!', 200, 4), ('!', 204, 8)]);
        // The first rest was long enough: the next is tried a little shorter, but not below a quarter of an hour.
        check(None, Some(40), &[('!', 0, 40), ('.', 60, 1), ('!', 200, 30)]);
        check(None, None, &[('!', 0, 15), ('.', 60, 1), ('!', 200, 15)]);
        // Nothing to learn from.
        check(None, None, &[('.', 60, 0), ('!', 200, 15)]);
    }

    #[test]
    fn a_limit_a_day_later_begins_a_new_row() {
        check(None, None, &[('!', 0, 15), ('!', 25 * 60, 15)]);
    }

    #[test]
    fn what_is_known_of_other_accounts_counts_until_it_has_been_seen_here() {
        check(None, Some(45), &[('!', 0, 45), ('!', 45, 60)]);
    }
}
