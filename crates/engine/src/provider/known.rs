//! What is known of one account, and how that changes: limits, readings, logins.
//! Never looks at other accounts.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::alerts::Followed;
use crate::pace::Track;
use crate::{
    Account, Cooldown, CredentialKind, LimitCause, LimitHit, Pace, Sample, Standing, Timestamp, Usage, WindowId,
};

/// How long an account rests after a limit of which nobody says when it ends.
const DEFAULT_REST: Duration = Duration::from_secs(15 * 60);
/// Figures as old as this hold for a choice.
pub(super) const FIGURES_HOLD: Duration = Duration::from_secs(60);
/// Figures lag behind what the provider enforces: a reading so soon after a limit doesn't refute it.
const FIGURES_LAG: Duration = Duration::from_secs(60);
/// Providers tell of the same reset in slightly different times.
const RESET_TOLERANCE: Duration = Duration::from_secs(10 * 60);
/// A cooldown whose end moves by less than this isn't news.
const NEWS: Duration = Duration::from_secs(60);
/// A token that ends within this time is renewed before anything is done with it.
const TOKEN_SLACK: Duration = Duration::from_secs(2 * 60);

/// An account and what the engine remembers about it.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) account: Account,
    /// When it last hit a limit.
    pub(super) last_limited: Option<Timestamp>,
    /// When it was active last, unless it is active now.
    pub(super) last_active: Option<Timestamp>,
    /// What was told of its windows, and up to which reading.
    pub(super) followed: BTreeMap<WindowId, Followed>,
    pub(super) followed_until: Option<Timestamp>,
    end: End,
    login_renewed: Option<Timestamp>,
    tracks: BTreeMap<WindowId, Track>,
}

/// Where the end of a cooldown comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Assumed,
    Read,
    Named,
}

impl Known {
    pub(super) fn new(account: Account) -> Self {
        let followed_until = account.usage.as_ref().map(|usage| usage.read_at);
        let mut known = Self {
            account,
            last_limited: None,
            last_active: None,
            followed: BTreeMap::new(),
            followed_until,
            end: End::Named,
            login_renewed: None,
            tracks: BTreeMap::new(),
        };
        known.track();
        known
    }

    /// Takes in new facts. Standing and figures that the engine already has are newer, and stay.
    pub(super) fn learn(&mut self, news: Account) {
        let before = std::mem::replace(&mut self.account, news);
        let account = &mut self.account;
        account.enabled = before.enabled;
        account.needs_login = before.needs_login;
        account.cooldown = before.cooldown;
        if before.usage.as_ref().map(|usage| usage.read_at) >= account.usage.as_ref().map(|usage| usage.read_at) {
            account.usage = before.usage;
        }
    }

    pub(super) fn cooling_down(&self, now: Timestamp) -> bool {
        self.account.cooldown.is_some_and(|cooldown| cooldown.until > now)
    }

    pub(super) fn usable(&self, now: Timestamp) -> bool {
        self.account.standing(now) == Standing::Ready
    }

    /// Holds a limit against it: until the error's time, else until its spent windows are whole, else for a while.
    pub(super) fn limit_hit(&mut self, hit: &LimitHit, at: Timestamp, now: Timestamp) {
        self.last_limited = self.last_limited.max(Some(at));
        let spent_until = self.account.usage.as_ref().filter(|_| self.read_since(now - FIGURES_HOLD));
        let (until, end) = match (hit.until.filter(|until| *until > now), spent_until.and_then(|u| u.spent_until(now)))
        {
            (Some(until), _) => (until, End::Named),
            (None, Some(until)) => (until, End::Read),
            (None, None) => (at + DEFAULT_REST, End::Assumed),
        };
        self.rest(now, until, end);
        if let Some(cooldown) = &mut self.account.cooldown {
            cooldown.cause = hit.cause;
        }
    }

    /// Takes in figures, unless it has newer ones.
    pub(super) fn read(&mut self, mut usage: Usage, now: Timestamp) {
        usage.read_at = usage.read_at.min(now);
        if self.account.usage.as_ref().is_some_and(|known| known.read_at >= usage.read_at) {
            return;
        }
        if usage.is_spent(now) {
            if let Some(until) = usage.spent_until(now) {
                self.rest(now, until, End::Read);
            }
        } else if usage.has_left(now) && self.refuted_by(&usage) {
            self.account.cooldown = None;
        }
        self.account.usage = Some(usage);
        self.track();
    }

    /// Takes in readings from before the start.
    pub(super) fn samples_kept(&mut self, samples: &[Sample], now: Timestamp) {
        self.tracks.clear();
        for sample in samples.iter().filter(|sample| sample.read_at <= now) {
            self.tracks.entry(sample.window.id()).or_default().note(sample.read_at, &sample.window);
        }
        self.track();
    }

    /// How fast a window is used up, if nothing changes.
    pub(super) fn pace(&self, window: &WindowId, now: Timestamp) -> Option<Pace> {
        let usage = self.account.usage.as_ref()?;
        let figures = usage.windows.iter().find(|figures| figures.id() == *window)?;
        self.tracks.get(window)?.pace(figures, usage.read_at, now)
    }

    /// Whether the figures are known as of this time or later.
    pub(super) fn read_since(&self, time: Timestamp) -> bool {
        self.account.usage.as_ref().is_some_and(|usage| usage.read_at >= time)
    }

    /// Whether its access token ends too soon to be used, and Baton can renew it.
    pub(super) fn must_refresh(&self, now: Timestamp) -> bool {
        let credential = &self.account.credential;
        credential.kind == CredentialKind::OAuth
            && credential.refreshable
            && credential.expires_at.is_some_and(|end| end <= now + TOKEN_SLACK)
    }

    /// Whether its login has been replaced since a request at this time.
    pub(super) fn login_newer_than(&self, at: Timestamp) -> bool {
        self.login_renewed.is_some_and(|renewed| renewed >= at)
    }

    /// Whether its access token has expired, so that a rejection says nothing of its login.
    pub(super) fn token_expired(&self, now: Timestamp) -> bool {
        self.account.credential.expires_at.is_some_and(|end| end <= now)
    }

    pub(super) fn login_renewed(&mut self, now: Timestamp) {
        self.account.needs_login = false;
        self.login_renewed = Some(now);
    }

    /// The clock was set back by so much. An end that was reckoned from the clock moves with it; one that the provider
    /// named as a date stays.
    pub(super) fn clock_set_back(&mut self, now: Timestamp, back: Duration) {
        if let Some(usage) = &mut self.account.usage {
            usage.read_at = usage.read_at.min(now);
        }
        self.tracks.values_mut().for_each(|track| track.clock_set_back(now));
        for time in [&mut self.last_limited, &mut self.last_active, &mut self.login_renewed, &mut self.followed_until] {
            *time = time.map(|time| time.min(now));
        }
        if let Some(cooldown) = &mut self.account.cooldown
            && (self.end == End::Assumed || cooldown.cause == LimitCause::LongWait)
        {
            cooldown.until = cooldown.until - back;
        }
    }

    fn track(&mut self) {
        if let Some(usage) = &self.account.usage {
            for window in &usage.windows {
                self.tracks.entry(window.id()).or_default().note(usage.read_at, window);
            }
        }
    }

    /// A limit outlives figures that speak against it while they may lag behind, when they can't know of it, and when
    /// the window that the error named still ends at that time.
    fn refuted_by(&self, usage: &Usage) -> bool {
        let Some(cooldown) = self.account.cooldown else { return false };
        let lags = self.last_limited.is_some_and(|limited| usage.read_at < limited + FIGURES_LAG);
        let named_window_is_still_on = self.end == End::Named
            && usage
                .governing()
                .filter_map(|window| window.resets_at)
                .any(|reset| reset > cooldown.until - RESET_TOLERANCE && reset < cooldown.until + RESET_TOLERANCE);
        match cooldown.cause {
            LimitCause::Reading => true,
            LimitCause::UsageLimit => !lags && !named_window_is_still_on,
            LimitCause::Billing | LimitCause::LongWait => false,
        }
    }

    /// Rests until the later of two ends; an assumed end gives way to any that somebody tells.
    fn rest(&mut self, now: Timestamp, until: Timestamp, end: End) {
        if until <= now {
            return;
        }
        match &mut self.account.cooldown {
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
}

/// Whether a change of standing is worth a record: resets that jitter aren't.
pub(super) fn is_news(before: Standing, after: Standing) -> bool {
    match (before, after) {
        (Standing::CoolingDown(before), Standing::CoolingDown(after)) => {
            let moved = before.until.since(after.until).max(after.until.since(before.until));
            before.cause != after.cause || moved >= NEWS
        }
        _ => before != after,
    }
}
