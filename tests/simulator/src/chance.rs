//! Chance that a seed decides: the same seed, the same week.

use std::time::Duration;

/// One stream of chance. Forked streams don't disturb each other: what the person does never changes the weather.
#[derive(Debug)]
pub(crate) struct Chance(fastrand::Rng);

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self(fastrand::Rng::with_seed(seed))
    }

    /// A stream of its own.
    pub(crate) fn fork(&mut self) -> Self {
        Self(self.0.fork())
    }

    /// Whether something of this probability happens.
    pub(crate) fn happens(&mut self, probability: f64) -> bool {
        self.0.f64() < probability
    }

    /// Any number from one to the other, without the last.
    pub(crate) fn number(&mut self, from: f64, to: f64) -> f64 {
        from + (to - from) * self.0.f64()
    }

    /// Any whole number from one to the other, both included.
    pub(crate) fn count(&mut self, from: usize, to: usize) -> usize {
        self.0.usize(from..=to)
    }

    /// A span from one to the other.
    pub(crate) fn span(&mut self, from: Duration, to: Duration) -> Duration {
        Duration::from_millis(self.0.u64(millis(from)..=millis(to)))
    }

    /// How long until something happens that happens this often on average.
    pub(crate) fn until_next(&mut self, average: Duration) -> Duration {
        average.mul_f64(-(1.0 - self.0.f64()).ln())
    }

    /// One of several, if there are any.
    pub(crate) fn pick<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        if of.is_empty() { None } else { of.get(self.0.usize(0..of.len())) }
    }
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
