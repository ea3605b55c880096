//! What is watched on the disk, and what its changes come to: OpenCode's store is read again, its log read on, the settings
//! gone by. Looks at nothing that hasn't changed.

use std::sync::Arc;
use std::time::Duration;

use engine::{Input, Timestamp};

use super::{LONGEST_NAP, MainLoop};
use crate::control::phrases;
use crate::effects::errors;
use crate::opencode::log::LogFollower;
use crate::watch::{Heard, Unwatched, Watch};

/// What to do when the system has no watch left.
const RAISE_WATCHES: &str =
    "raise the limit, such as with `sudo sysctl fs.inotify.max_user_watches=1048576`; a line in /etc/sysctl.d keeps it";

/// What is watched, by its index in [`Heard`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Watched {
    /// OpenCode's `auth.json`.
    AuthFile = 0,
    /// OpenCode's log folder.
    Log = 1,
    /// The settings file.
    Settings = 2,
}

impl MainLoop {
    /// Keeps the watch whose news come as events.
    pub(crate) fn keep(&mut self, watch: Watch) {
        self.watch = Some(watch);
        self.note_watch();
    }

    /// Follows OpenCode's log from here on.
    pub(crate) fn follow(&mut self, mut log: LogFollower) {
        log.go_by(Arc::clone(&self.table));
        self.log = Some(log);
        self.read_log(true);
    }

    /// Takes in that a file or a folder has changed.
    pub(super) fn heard(&mut self, heard: Heard) {
        let (Heard::Content(index) | Heard::Listing(index)) = heard;
        let relisted = matches!(heard, Heard::Listing(_));
        if relisted && self.rearm() {
            self.look_everywhere();
        } else if index == Watched::Log as usize {
            self.read_log(relisted);
        } else if index == Watched::AuthFile as usize {
            self.read_store();
        } else if index == Watched::Settings as usize {
            self.read_settings();
        }
    }

    /// How long until a folder that can't be watched is looked at all the same; `None` while all are watched.
    pub(super) fn until_look(&self, now: Timestamp) -> Option<Duration> {
        let looked = self.unwatched_looked_at?;
        // A clock that is set back stops nothing.
        Some(if now < looked { Duration::ZERO } else { LONGEST_NAP.saturating_sub(now.since(looked)) })
    }

    /// Looks at what can't be watched and tries to watch it again, when it is time.
    pub(super) fn look_unwatched(&mut self) {
        if self.until_look(self.effects.now()) == Some(Duration::ZERO) {
            self.unwatched_looked_at = None;
            self.rearm();
            self.look_everywhere();
        }
    }

    /// Whether everything has to be read again.
    fn rearm(&mut self) -> bool {
        let changed = self.watch.as_mut().is_some_and(Watch::rearm);
        self.note_watch();
        changed
    }

    fn note_watch(&mut self) {
        let problem = self.watch.as_ref().and_then(Watch::unwatched).map(|unwatched| match unwatched {
            Unwatched::UsedUp(dir) => (phrases::watches_used_up(dir.display().to_string()), Some(RAISE_WATCHES)),
            Unwatched::Refused { dir, why } => (
                phrases::folder_unwatched(dir.display().to_string(), why.as_str()),
                Some("make the folder readable for your user"),
            ),
        });
        self.unwatched_looked_at = problem.as_ref().map(|_| self.unwatched_looked_at.unwrap_or(self.effects.now()));
        self.effects.set_problem("watch", problem);
    }

    fn look_everywhere(&mut self) {
        self.read_settings();
        self.read_store();
        self.read_log(true);
    }

    fn read_settings(&mut self) {
        if let Some(policy) = self.effects.read_settings() {
            self.table = Arc::new(errors::table(&self.effects.settings().errors));
            if let Some(log) = &mut self.log {
                log.go_by(Arc::clone(&self.table));
            }
            self.feed([Input::PolicyRead(policy)]);
        }
    }

    fn read_log(&mut self, relisted: bool) {
        let Some(log) = &mut self.log else { return };
        let mut inputs = Vec::new();
        if relisted {
            log.rescan();
        }
        let summary = log.poll(&mut |input| inputs.push(input));
        let dir = self.effects.world.paths.opencode.log_dir.display();
        let problem = match summary.errors.first() {
            _ if summary.missing_dir => Some((phrases::log_missing(dir.to_string()), Some("start OpenCode once"))),
            Some(fault) => Some((fault.to_string().into(), Some("make the log readable for your user"))),
            None => None,
        };
        self.effects.set_problem("log", problem);
        self.feed(inputs);
    }
}
