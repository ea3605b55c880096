//! What tray and popover show now: the daemon's snapshot, and what the app itself misses.
//! Judges nothing; whoever changes it has it shown.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use daemon::control::{Problem, Snapshot};
use serde::Serialize;
use tauri::{AppHandle, Manager};

use crate::discreet::discreet;
use crate::texts::Texts;
use crate::{autostart, daemon_link, notifications, popover, shortcut, tray, updates};

/// The names of the events that tell the page what changed.
const SNAPSHOT: &str = "snapshot";
const PROBLEMS: &str = "problems";

/// Parts that the daemon is told of, which shows them everywhere.
const OF_THE_DESKTOP: [&str; 2] = [tray::PART, notifications::PART];

/// What a page begins with.
#[derive(Serialize)]
pub(crate) struct First {
    snapshot: Option<Arc<Snapshot>>,
    problems: Vec<Problem>,
}

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

    /// What the app itself misses, without what the daemon says already.
    pub(crate) fn problems(&self) -> Vec<Problem> {
        self.shown().untold()
    }

    /// The words of the language that the person has chosen, or of the system's.
    pub(crate) fn texts(&self) -> Texts {
        let snapshot = self.snapshot();
        let language = snapshot.as_ref().map_or("system", |snapshot| &snapshot.app.language);
        Texts::of(language, sys_locale::get_locale().as_deref())
    }

    /// What the app misses of the desktop.
    pub(crate) fn lacks(&self) -> Vec<Problem> {
        let shown = self.shown();
        shown.problems.iter().filter(|problem| OF_THE_DESKTOP.contains(&problem.part.as_str())).cloned().collect()
    }

    /// A text as it may be seen: without e-mail addresses where the person hides them.
    pub(crate) fn seen(&self, text: &str) -> String {
        let hidden = self.shown().snapshot.as_ref().is_some_and(|snapshot| snapshot.app.hide_emails);
        if hidden { discreet(text) } else { text.to_owned() }
    }

    fn shown(&self) -> MutexGuard<'_, Shown> {
        // The picture is whole after each statement, so a panic elsewhere can't have spoilt it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a page begins with.
pub(crate) fn first(app: &AppHandle) -> First {
    let picture = app.state::<Picture>();
    First { snapshot: picture.snapshot(), problems: picture.problems() }
}

/// Shows a snapshot; `None` when the daemon has gone.
pub(crate) fn take_in(app: &AppHandle, snapshot: Option<Snapshot>) {
    let snapshot = snapshot.map(Arc::new);
    let picture = app.state::<Picture>();
    let before = picture.problems();
    picture.shown().snapshot.clone_from(&snapshot);
    if let Some(snapshot) = &snapshot {
        shortcut::set_soon(app, snapshot.app.shortcut.clone());
        autostart::follow(app, snapshot.app.autostart);
        updates::follow(app, snapshot.app.update_channel.as_ref());
    }
    popover::tell(app, SNAPSHOT, snapshot);
    if picture.problems() != before {
        popover::tell(app, PROBLEMS, picture.problems());
    }
    tray::refresh_soon(app);
}

/// Says that something is missing; what was said of the same part before is replaced.
pub(crate) fn report(app: &AppHandle, problem: Problem) {
    let picture = app.state::<Picture>();
    if picture.shown().report(problem) {
        tell_problems(app, &picture);
    }
}

/// Says that a part is all right again.
pub(crate) fn settle(app: &AppHandle, part: &str) {
    let picture = app.state::<Picture>();
    if picture.shown().settle(part) {
        tell_problems(app, &picture);
    }
}

fn tell_problems(app: &AppHandle, picture: &Picture) {
    popover::tell(app, PROBLEMS, picture.problems());
    daemon_link::report_lacks(app);
    tray::refresh_soon(app);
}

impl Shown {
    fn untold(&self) -> Vec<Problem> {
        let told = self.snapshot.iter().flat_map(|snapshot| &snapshot.problems);
        let told: Vec<&str> = told.map(|problem| problem.part.as_str()).collect();
        self.problems.iter().filter(|problem| !told.contains(&problem.part.as_str())).cloned().collect()
    }

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
    use crate::sample;

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

    #[test]
    fn what_the_daemon_says_already_is_not_said_twice() {
        let mut shown = Shown::default();
        shown.report(problem("tray", "none"));
        shown.report(problem("shortcut", "taken"));
        assert_eq!(shown.untold(), shown.problems);
        let told =
            Snapshot { problems: vec![problem("tray", "none"), problem("log", "x")], ..sample::snapshot(vec![]) };
        shown.snapshot = Some(Arc::new(told));
        assert_eq!(shown.untold(), [problem("shortcut", "taken")]);
    }

    fn problem(part: &str, message: &str) -> Problem {
        Problem::new(part, message, None)
    }
}
