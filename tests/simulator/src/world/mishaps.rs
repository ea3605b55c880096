//! What goes wrong by itself: sleep, clocks, restarts, logins that end.

use engine::Input;

use super::World;
use super::queue::Event;
use crate::spans::{hours, minutes, secs};

/// Kinds of mishaps that come again and again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mishap {
    Meddling,
    Sleep,
    ClockJump,
    Restart,
    LoginBreaks,
    LogLost,
}

const ALL: [Mishap; 6] =
    [Mishap::Meddling, Mishap::Sleep, Mishap::ClockJump, Mishap::Restart, Mishap::LoginBreaks, Mishap::LogLost];

impl World {
    pub(super) fn plan_mishaps(&mut self) {
        ALL.into_iter().for_each(|kind| self.plan_mishap(kind));
    }

    fn plan_mishap(&mut self, kind: Mishap) {
        let often = match kind {
            Mishap::Meddling => self.mishaps.meddling,
            Mishap::Sleep => self.mishaps.sleeps,
            Mishap::ClockJump => self.mishaps.clock_jumps,
            Mishap::Restart => self.mishaps.restarts,
            Mishap::LoginBreaks => self.mishaps.logins_break,
            Mishap::LogLost => self.mishaps.logs_lost,
        };
        if let Some(often) = often {
            let at = self.now + self.weather.until_next(often);
            self.queue.add(at, Event::Mishap(kind));
        }
    }

    pub(super) fn mishap(&mut self, kind: Mishap) {
        self.plan_mishap(kind);
        match kind {
            Mishap::Meddling => self.meddle(),
            Mishap::Sleep => self.sleep(),
            Mishap::ClockJump => self.jump(),
            Mishap::Restart => self.restart_daemon(),
            Mishap::LoginBreaks => self.break_login(),
            Mishap::LogLost => self.lose_log(),
        }
    }

    fn sleep(&mut self) {
        self.asleep_until = self.now + self.weather.span(minutes(3), hours(9));
        self.note(|| "the machine sleeps".to_owned());
        let disturbed = self.asleep_until + secs(60);
        (0..self.services.len()).for_each(|service| self.witness.disturbed(service, disturbed));
    }

    /// The clock is wrong for a while, by seconds or by hours.
    fn jump(&mut self) {
        let most = if self.weather.happens(0.5) { minutes(2) } else { hours(3) };
        let by = i64::try_from(self.weather.span(secs(1), most).as_millis()).unwrap_or_default();
        let ahead = if self.weather.happens(0.5) { by } else { -by };
        self.set_clock(ahead);
        let later = self.now + self.weather.span(minutes(1), hours(6));
        self.queue.add(later, Event::ClockRight);
    }

    pub(super) fn set_clock(&mut self, ahead: i64) {
        self.note(|| format!("the clock is {ahead} ms ahead"));
        self.clock_ahead = ahead;
        self.witness.clock_was_set(self.now, ahead != 0);
        self.tell(Input::TimePassed);
    }

    /// The provider ends a login, of whichever account.
    fn break_login(&mut self) {
        let service = self.weather.count(1, self.services.len()) - 1;
        let number = self.weather.count(1, self.services[service].logins.len()) - 1;
        let login = &mut self.services[service].logins[number];
        login.accepted = false;
        let id = login.id.clone();
        self.note(|| format!("the provider ends the login of {id}"));
    }
}
