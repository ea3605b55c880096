//! Waiting for what must come, and watching that something stays. No test waits for a fixed time.

use std::thread;
use std::time::{Duration, Instant};

const LOOK_EVERY: Duration = Duration::from_millis(20);

/// What `look` finds, as soon as it finds it.
///
/// # Panics
/// When it has found nothing `within` the time.
#[track_caller]
pub fn eventually<T>(what: &str, within: Duration, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + within;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "{what}: not within {within:?}");
        thread::sleep(LOOK_EVERY);
    }
}

/// Watches that something is so, from now on `during` the time.
///
/// # Panics
/// As soon as it isn't.
#[track_caller]
pub fn holds(what: &str, during: Duration, mut look: impl FnMut() -> bool) {
    let end = Instant::now() + during;
    while Instant::now() < end {
        assert!(look(), "{what}: no longer so");
        thread::sleep(LOOK_EVERY);
    }
}
