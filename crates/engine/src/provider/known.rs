//! What is known of one account, and how that changes: limits, readings, answers, logins.
//! Never looks at other accounts.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::alerts::Followed;
use crate::pace::Track;
use crate::{
    Account, Cooldown, CredentialKind, LimitCause, LimitHit, Pace, Reach, Sample, Standing, Timestamp, Usage, WindowId,
};

use super::breaker::Breaker;
use super::rest::{End, Ends, Rest};

/// Figures as old as this hold for a choice.
pub(super) const FIGURES_HOLD: Duration = Duration::from_secs(60);
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
    pub(super) breaker: Breaker,
    rest: Rest,
    /// The same for models and families, under the words that their limits are kept under.
    pub(super) model_rests: BTreeMap<String, Rest>,
    login_renewed: Option<Timestamp>,
    tracks: BTreeMap<WindowId, Track>,
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
            breaker: Breaker::default(),
            rest: Rest::default(),
            model_rests: BTreeMap::new(),
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
        account.models = before.models;
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

    /// Whether it is as good as limited, for a model or at all.
    pub(super) fn limited_for(&self, model: Option<&str>, now: Timestamp) -> bool {
        self.account.needs_login
            || self.cooling_down(now)
            || model.is_some_and(|model| self.account.limit_on(model, now).is_some())
    }

    /// Holds a limit against it, or against a model on it. `learnt` is what other accounts' limits taught.
    pub(super) fn limit_hit(&mut self, hit: &LimitHit, learnt: Option<Duration>, at: Timestamp, now: Timestamp) {
        let model = hit.model.as_deref();
        let fresh = self.account.usage.as_ref().filter(|_| self.read_since(now - FIGURES_HOLD));
        let own = model.filter(|model| {
            let by_figures = || fresh.is_some_and(|usage| is_models_own(usage, model, now));
            hit.reach == Reach::Model || (hit.reach == Reach::Account && by_figures())
        });
        let read = match own {
            Some(model) => fresh.and_then(|usage| Some(usage.end_of(usage.spent_model_window(model, now)?))),
            None => fresh.and_then(|usage| usage.spent_until(now)),
        };
        let usage = self.account.usage.as_ref();
        let shortest = usage.and_then(|usage| usage.governing().map(|window| window.length).min());
        let ends = Ends { named: hit.until, read, learnt, shortest };
        match (own, hit.reach) {
            (Some(own), _) => self.with_model(&self.words_for(own), |rest, cooldown| {
                rest.limit_hit(cooldown, hit.cause, model, ends, (at, now));
            }),
            (None, Reach::Account) => {
                self.last_limited = self.last_limited.max(Some(at));
                self.rest.limit_hit(&mut self.account.cooldown, hit.cause, model, ends, (at, now));
            }
            // Nobody knows which model.
            (None, Reach::Model | Reach::Provider) => {}
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
                self.rest.until(&mut self.account.cooldown, until, End::Read, now);
            }
        } else if let Some(cooldown) = self.account.cooldown {
            let resets = usage.governing().filter_map(|window| window.resets_at);
            if self.rest.is_models_own(cooldown, |model| is_models_own(&usage, model, now)) {
                self.account.cooldown = None;
            } else if usage.has_left(now) && self.rest.refuted(cooldown, usage.read_at, resets) {
                self.account.cooldown = None;
                self.rest.learn(usage.read_at);
            }
        }
        self.account.usage = Some(usage);
        self.read_models(now);
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

    /// A request for a model, sent at `started`, was answered: so it works. Returns how long the limit before lasted,
    /// where nobody had said so. `sure` when no other account can have answered.
    pub(super) fn answered(&mut self, model: Option<&str>, started: Timestamp, sure: bool) -> Option<Duration> {
        self.breaker.answered();
        if self.account.cooldown.is_some_and(|cooldown| cooldown.cause == LimitCause::Failing) {
            self.account.cooldown = None;
        }
        let lasted = self.rest.answered(&mut self.account.cooldown, model, started, sure);
        let words = model.map(|model| self.words_for(model)).filter(|words| self.model_rests.contains_key(words));
        let mut models_lasted = None;
        if let Some(words) = words {
            self.with_model(&words, |rest, cooldown| models_lasted = rest.answered(cooldown, model, started, sure));
        }
        lasted.or(models_lasted)
    }

    /// When a reading can first confirm or refute the limit that it rests for, where none has yet.
    pub(super) fn worth_a_look_at(&self) -> Option<Timestamp> {
        self.rest.worth_a_look_at(self.account.cooldown?, self.account.usage.as_ref().map(|usage| usage.read_at))
    }

    /// Rests because requests fail and nobody knows why.
    pub(super) fn open_breaker(&mut self, now: Timestamp) {
        let until = now + self.breaker.open();
        self.rest.until(&mut self.account.cooldown, until, End::Assumed, now);
        if let Some(cooldown) = &mut self.account.cooldown {
            cooldown.cause = LimitCause::Failing;
        }
        self.last_limited = Some(now);
    }

    /// Whether the figures are known as of this time or later.
    pub(super) fn read_since(&self, time: Timestamp) -> bool {
        self.account.usage.as_ref().is_some_and(|usage| usage.read_at >= time)
    }

    /// Whether a window or a balance that governs every request is known to be spent.
    pub(super) fn spent(&self, now: Timestamp) -> bool {
        self.account.usage.as_ref().is_some_and(|usage| usage.is_spent(now))
    }

    /// When the first of its rests ends, as a whole or for one model.
    pub(super) fn first_end(&self) -> Option<Timestamp> {
        self.account.cooldown.iter().chain(self.account.models.values()).map(|cooldown| cooldown.until).min()
    }

    /// When the window that is spent is whole again.
    pub(super) fn whole_at(&self, now: Timestamp) -> Option<Timestamp> {
        let usage = self.account.usage.as_ref()?;
        usage.spent_window(now).map(|window| usage.end_of(window))
    }

    /// Whether its access token ends too soon to be used, and Baton can renew it.
    pub(super) fn must_refresh(&self, now: Timestamp) -> bool {
        self.can_refresh() && self.account.credential.expires_at.is_some_and(|end| end <= now + TOKEN_SLACK)
    }

    /// Whether Baton can renew its access token.
    pub(super) fn can_refresh(&self) -> bool {
        let credential = &self.account.credential;
        credential.kind == CredentialKind::OAuth && credential.refreshable
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

    /// A person wants it used again, whatever happened.
    pub(super) fn enable(&mut self) {
        self.account.enabled = true;
        self.account.cooldown = None;
        self.account.models.clear();
        self.breaker.answered();
    }

    /// The clock was set back by so much.
    pub(super) fn clock_set_back(&mut self, now: Timestamp, back: Duration) {
        if let Some(usage) = &mut self.account.usage {
            usage.read_at = usage.read_at.min(now);
        }
        self.tracks.values_mut().for_each(|track| track.clock_set_back(now));
        for time in [&mut self.last_limited, &mut self.last_active, &mut self.login_renewed, &mut self.followed_until] {
            *time = time.map(|time| time.min(now));
        }
        self.breaker.clock_set_back(now);
        self.rest.clock_set_back(&mut self.account.cooldown, now, back);
        for words in self.model_rests.keys().cloned().collect::<Vec<_>>() {
            self.with_model(&words, |rest, cooldown| rest.clock_set_back(cooldown, now, back));
        }
    }

    fn track(&mut self) {
        if let Some(usage) = &self.account.usage {
            for window in &usage.windows {
                self.tracks.entry(window.id()).or_default().note(usage.read_at, window);
            }
        }
    }
}

/// Whether figures say that it is the model's own window that is spent, and nothing else.
fn is_models_own(usage: &Usage, model: &str, now: Timestamp) -> bool {
    !usage.is_spent(now) && usage.spent_model_window(model, now).is_some()
}

/// Whether a change of standing is worth a record: resets that jitter aren't.
pub(super) fn is_news(before: Standing, after: Standing) -> bool {
    match (before, after) {
        (Standing::CoolingDown(before), Standing::CoolingDown(after)) => has_moved(before, after),
        _ => before != after,
    }
}

/// The models whose limits changed in a way that is worth a record.
pub(super) fn news_of_models(
    before: &BTreeMap<String, Cooldown>,
    after: &BTreeMap<String, Cooldown>,
) -> Vec<(String, Option<Cooldown>)> {
    let ended = before.keys().filter(|words| !after.contains_key(*words)).map(|words| (words.clone(), None));
    let is_new = |words: &String, after: Cooldown| before.get(words).is_none_or(|before| has_moved(*before, after));
    let new = after.iter().filter(|(words, cooldown)| is_new(words, **cooldown));
    ended.chain(new.map(|(words, cooldown)| (words.clone(), Some(*cooldown)))).collect()
}

fn has_moved(before: Cooldown, after: Cooldown) -> bool {
    let moved = before.until.since(after.until).max(after.until.since(before.until));
    before.cause != after.cause || moved >= NEWS
}
