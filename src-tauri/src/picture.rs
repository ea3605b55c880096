//! What tray and popover show now: the daemon's snapshot, and what the app itself misses.
//! Judges nothing; whoever changes it has it shown.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use daemon::control::{Problem, Snapshot};
use tauri::{AppHandle, Emitter, Manager};

use crate::tray;

/// The names of the events that tell the page what changed.
const SNAPSHOT: &str = "snapshot";
const PROBLEMS: &str = "problems";

/// The picture as it is.
#[derive(Default)]
pub(crate) struct Picture(Mutex<Shown>);

#[derive(Default)]
struct Shown {
    snapshot: Option<Arc<Snapshot>>,
    problems: Vec<Problem>,
}

impl Picture {
    /// The daemon's last snapshot; `None` while there is no daemon.
    pub(crate) fn snapshot(&self) -> Option<Arc<Snapshot>> {
        self.shown().snapshot.clone()
    }

    /// What the app itself misses.
    pub(crate) fn problems(&self) -> Vec<Problem> {
        self.shown().problems.clone()
    }

    fn shown(&self) -> MutexGuard<'_, Shown> {
        // The picture is whole after each statement, so a panic elsewhere can't have spoilt it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Shows a snapshot; `None` when the daemon has gone.
pub(crate) fn take_in(app: &AppHandle, snapshot: Option<Snapshot>) {
    let snapshot = snapshot.map(Arc::new);
    app.state::<Picture>().shown().snapshot.clone_from(&snapshot);
    tell(app, SNAPSHOT, snapshot);
    tray::refresh_soon(app);
}

/// Says that something is missing; what was said of the same part before is replaced.
pub(crate) fn report(app: &AppHandle, problem: Problem) {
    let picture = app.state::<Picture>();
    if picture.shown().report(problem) {
        tell(app, PROBLEMS, picture.problems());
    }
}

/// Says that a part is all right again.
pub(crate) fn settle(app: &AppHandle, part: &str) {
    let picture = app.state::<Picture>();
    if picture.shown().settle(part) {
        tell(app, PROBLEMS, picture.problems());
    }
}

fn tell(app: &AppHandle, event: &str, payload: impl serde::Serialize + Clone) {
    // Fails only when the page is just being closed; the next one asks for the picture.
    let _ = app.emit(event, payload);
}

impl Shown {
    fn report(&mut self, problem: Problem) -> bool {
        let known = self.problems.iter_mut().find(|known| known.part == problem.part);
        match known {
            Some(known) if *known == problem => false,
            Some(known) => {
                *known = problem;
                true
            }
            None => {
                self.problems.push(problem);
                true
            }
        }
    }

    fn settle(&mut self, part: &str) -> bool {
        let before = self.problems.len();
        self.problems.retain(|problem| problem.part != part);
        self.problems.len() < before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_has_one_problem_at_a_time_and_news_is_told_once() {
        let mut shown = Shown::default();
        assert!(shown.report(problem("tray", "none")));
        assert!(!shown.report(problem("tray", "none")), "said before");
        assert!(shown.report(problem("tray", "gone")));
        assert!(shown.report(problem("daemon", "busy")));
        assert_eq!(shown.problems, [problem("tray", "gone"), problem("daemon", "busy")]);
        assert!(shown.settle("tray"));
        assert!(!shown.settle("tray"), "settled before");
        assert_eq!(shown.problems, [problem("daemon", "busy")]);
    }

    fn problem(part: &str, message: &str) -> Problem {
        Problem { part: part.to_owned(), message: message.to_owned(), remedy: None }
    }
}
