//! One quota of one account by the rules that real providers have.

use std::time::Duration;

use engine::{Scope, Timestamp, Window};

/// When a quota's window begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Begins {
    /// With the first request after the one before ended.
    WithUse,
    /// When the one before ended.
    AtOnce,
}

/// So many units within a span of time.
#[derive(Clone, Debug)]
pub(crate) struct Quota {
    pub(crate) scope: Scope,
    pub(crate) length: Duration,
    pub(crate) size: f64,
    pub(crate) begins: Begins,
    pub(crate) used: f64,
    /// When the window that is running ends.
    pub(crate) ends: Option<Timestamp>,
    /// When it last ended spent: before that, nobody could use it.
    pub(crate) freed: Option<Timestamp>,
}

impl Quota {
    pub(crate) fn whole(scope: Scope, length: Duration, size: f64, begins: Begins) -> Self {
        Self { scope, length, size, begins, used: 0.0, ends: None, freed: None }
    }

    /// Lets windows end whose time has come.
    pub(crate) fn follow(&mut self, now: Timestamp) {
        while let Some(ends) = self.ends.filter(|ends| *ends <= now) {
            if self.used >= self.size {
                self.freed = Some(ends);
            }
            self.used = 0.0;
            self.ends = (self.begins == Begins::AtOnce).then(|| ends + self.length);
        }
    }

    pub(crate) fn spent(&self) -> bool {
        self.used >= self.size
    }

    /// Uses it. What a request needs beyond the rest is given: providers count when they are done.
    pub(crate) fn draw(&mut self, units: f64, now: Timestamp) {
        self.ends.get_or_insert_with(|| whole_second(now + self.length));
        self.used += units;
    }

    /// Whether a request for this model counts.
    pub(crate) fn counts(&self, model: &str) -> bool {
        match &self.scope {
            Scope::Account => true,
            Scope::Model(family) => model.starts_with(family.as_str()),
        }
    }

    /// What the provider tells of it: whole percents, rounded down until nothing is left.
    pub(crate) fn figure(&self) -> Window {
        let used_percent = if self.spent() { 100.0 } else { (self.used / self.size * 100.0).floor() };
        Window { scope: self.scope.clone(), length: self.length, used_percent, resets_at: self.ends }
    }
}

/// Providers reckon resets in whole seconds.
pub(crate) fn whole_second(at: Timestamp) -> Timestamp {
    Timestamp::from_secs(at.as_millis().div_euclid(1000))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spans::hours;

    const fn at(hour: i64) -> Timestamp {
        Timestamp::from_secs(hour * 3600)
    }

    #[test]
    fn a_rolling_window_begins_with_use_and_ends_after_its_length() {
        let mut quota = Quota::whole(Scope::Account, hours(5), 10.0, Begins::WithUse);
        quota.follow(at(1));
        assert_eq!(quota.figure().resets_at, None);
        quota.draw(12.0, at(1));
        quota.follow(at(5));
        assert!(quota.spent());
        quota.follow(at(9));
        assert_eq!((quota.spent(), quota.ends, quota.freed), (false, None, Some(at(6))));
    }

    #[test]
    fn a_fixed_window_follows_the_one_before() {
        let mut quota = Quota::whole(Scope::Account, hours(5), 10.0, Begins::AtOnce);
        quota.ends = Some(at(3));
        quota.draw(4.0, at(1));
        quota.follow(at(14));
        assert_eq!((quota.used, quota.ends, quota.freed), (0.0, Some(at(18)), None));
    }
}
