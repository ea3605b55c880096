//! OpenCode: sessions whose turns are made of several requests, their retries, and the lines that they log.

use std::collections::VecDeque;
use std::time::Duration;

use engine::{AccountId, Input, LimitHit, RequestFailure, SessionId, Timestamp, Trouble};

use super::World;
use super::queue::Event;
use crate::chance::Chance;
use crate::scenario::{Plan, Release, START};
use crate::spans::{days, hours, minutes, secs};
use crate::tally::Failure;
use crate::truth::Refusal;

/// A release that gives up does so after as many retries.
const RETRIES: u32 = 5;
/// A person lets a turn that hangs go on for so long.
const PATIENCE: Duration = minutes(10);

/// A session.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) id: SessionId,
    pub(super) plan: Plan,
    demand: Chance,
    pub(super) turn: Option<Turn>,
    turns: u64,
    /// It answers one question of another session and is never asked again.
    sub: bool,
}

/// A turn that is under way.
#[derive(Debug)]
pub(super) struct Turn {
    number: u64,
    asks: VecDeque<Ask>,
    failures: u32,
    pub(super) blocked: Option<Blocked>,
}

/// One request that a turn needs.
#[derive(Clone, Copy, Debug)]
struct Ask {
    units: f64,
    takes: Duration,
    pause: Duration,
}

/// Since when a turn gets no answer.
#[derive(Clone, Debug)]
pub(super) struct Blocked {
    pub(super) since: Timestamp,
    /// Who refused it last, and since when.
    pub(super) by: Option<AccountId>,
    pub(super) by_since: Timestamp,
    /// When it last asked.
    pub(super) asked: Timestamp,
}

/// What came of a request.
#[derive(Clone, Debug)]
pub(super) enum Answer {
    Given,
    Refused(Refusal),
}

impl Session {
    pub(super) fn new(number: usize, plan: Plan, demand: Chance) -> Self {
        let id = SessionId::new(format!("ses_{number}"));
        Self { id, plan, demand, turn: None, turns: 0, sub: false }
    }

    /// What the next turn asks for; the same whatever the turns before got.
    fn asks(&mut self) -> VecDeque<Ask> {
        let Plan { requests: (least, most), units: (from, to), .. } = self.plan;
        let count = self.demand.count(least, most);
        let ask = |demand: &mut Chance| Ask {
            units: demand.number(from, to),
            takes: demand.span(secs(3), secs(40)),
            pause: demand.span(Duration::from_millis(50), secs(15)),
        };
        (0..count).map(|_| ask(&mut self.demand)).collect()
    }

    fn begin(&mut self, asks: VecDeque<Ask>) -> u64 {
        self.turns += 1;
        self.turn = Some(Turn { number: self.turns, asks, failures: 0, blocked: None });
        self.turns
    }

    fn at_work(&self, at: Timestamp) -> bool {
        let passed = at.since(START);
        let day = passed.as_secs() / days(1).as_secs() % 7;
        let hour = passed.as_secs() / hours(1).as_secs() % 24;
        let (from, to) = self.plan.day;
        (from..to).contains(&hour) && (day < 5 || self.plan.weekends)
    }
}

impl World {
    /// Plans the session's next turn, in its working hours.
    pub(super) fn plan_turn(&mut self, session: usize) {
        let asker = &mut self.sessions[session];
        let mut at = self.now + asker.demand.until_next(asker.plan.gap);
        while !asker.at_work(at) && at < self.end {
            at = at + hours(1).mul_f64(asker.demand.number(0.5, 1.0));
        }
        self.queue.add(at, Event::TurnDue(session));
    }

    pub(super) fn turn_due(&mut self, session: usize) {
        self.plan_turn(session);
        let asker = &mut self.sessions[session];
        let asks = asker.asks();
        let sub = asker.demand.happens(asker.plan.subs).then(|| (asker.asks(), asker.demand.fork()));
        if asker.turn.is_some() {
            return;
        }
        let turn = asker.begin(asks);
        let plan = asker.plan.clone();
        self.queue.add(self.now, Event::Request { session, turn });
        if let Some((asks, demand)) = sub {
            let number = self.sessions.len();
            let mut sub = Session { sub: true, ..Session::new(number, plan, demand) };
            let turn = sub.begin(asks);
            self.sessions.push(sub);
            let later = self.now + self.faults.span(secs(1), secs(60));
            self.queue.add(later, Event::Request { session: number, turn });
        }
    }

    /// A turn asks, for the first time or again.
    pub(super) fn request(&mut self, session: usize, turn: u64) {
        let asker = &mut self.sessions[session];
        let Some(under_way) = asker.turn.as_mut().filter(|under_way| under_way.number == turn) else { return };
        let Some(ask) = under_way.asks.front().copied() else { return };
        if let Some(blocked) = &mut under_way.blocked {
            blocked.asked = self.now;
        }
        let (service, model, id) = (asker.plan.service, asker.plan.model, asker.id.clone());
        self.renew_active_token(service);
        let provider = self.services[service].id.clone();
        let at = self.written_at(session);
        self.log(session, Input::AttemptStarted { session: id, provider, model: Some(model.to_owned()), at });
        let outcome = self.services[service].request(model, ask.units, self.now);
        let (answer, takes) = match outcome {
            Ok(()) => {
                self.tally.asked_in_slot(service, self.now, ask.units);
                (Answer::Given, ask.takes)
            }
            Err(refusal) => (Answer::Refused(refusal), self.faults.span(Duration::from_millis(200), secs(2))),
        };
        if matches!(answer, Answer::Refused(Refusal::Limit { .. })) {
            self.witness.refused(service);
            self.tally.hit(service, model, self.now);
            let (by, at) = (self.services[service].active.clone(), self.now);
            self.blocked_by(session, by, at);
        }
        self.queue.add(self.now + takes, Event::Answer { session, turn, answer });
    }

    /// A turn is refused by an account.
    fn blocked_by(&mut self, session: usize, by: Option<AccountId>, at: Timestamp) {
        let Some(turn) = &mut self.sessions[session].turn else { return };
        match &mut turn.blocked {
            Some(blocked) if blocked.by != by => (blocked.by, blocked.by_since) = (by, at),
            Some(_) => {}
            blocked @ None => *blocked = Some(Blocked { since: at, by, by_since: at, asked: at }),
        }
    }

    pub(super) fn answered(&mut self, session: usize, turn: u64, answer: Answer) {
        let asker = &mut self.sessions[session];
        let Some(under_way) = asker.turn.as_mut().filter(|under_way| under_way.number == turn) else { return };
        match answer {
            Answer::Given => {
                under_way.failures = 0;
                under_way.blocked = None;
                let more = under_way.asks.len() > 1;
                let pause = under_way.asks.pop_front().map(|ask| ask.pause).unwrap_or_default();
                let (id, provider) = (asker.id.clone(), self.services[asker.plan.service].id.clone());
                let at = self.written_at(session);
                self.log(session, Input::RequestAnswered { session: id, provider, at });
                if !more {
                    self.end_turn(session, None);
                } else {
                    self.queue.add(self.now + pause, Event::Request { session, turn });
                }
            }
            Answer::Refused(refusal) => self.refused(session, turn, refusal),
        }
        let service = self.sessions[session].plan.service;
        self.observe(service);
    }

    fn refused(&mut self, session: usize, turn: u64, refusal: Refusal) {
        let at = self.written_at(session);
        let asker = &mut self.sessions[session];
        let Some(under_way) = &mut asker.turn else { return };
        under_way.failures += 1;
        let failures = under_way.failures;
        let service = asker.plan.service;
        let provider = self.services[service].id.clone();
        let id = Some(asker.id.clone()).filter(|_| !self.faults.happens(0.03));
        let release = self.releases[asker.plan.process];
        let failure = match refusal {
            Refusal::Login => {
                self.log(session, Input::LoginRejected { session: id, provider, at });
                return self.end_turn(session, Some(Failure::Login));
            }
            Refusal::Outage => {
                let (model, trouble) = (Some(asker.plan.model.to_owned()), Trouble::Overload);
                let failure = RequestFailure { session: id, provider, model, at, trouble };
                self.log(session, Input::RequestFailed(failure));
                Failure::Outage
            }
            Refusal::Limit { cause, reach, until } => {
                if release == Release::Capped && failures > RETRIES {
                    self.lose_tail(session);
                }
                let until = until.filter(|_| release == Release::Old);
                let model = Some(self.sessions[session].plan.model.to_owned());
                self.log(session, Input::LimitHit(LimitHit { session: id, provider, model, at, until, cause, reach }));
                if self.services[service].style.refusal_is_final {
                    return self.end_turn(session, Some(Failure::AtOnce));
                }
                Failure::Limit
            }
        };
        let wait = secs(1 << failures.min(20));
        let blocked = self.sessions[session].turn.as_ref().and_then(|turn| turn.blocked.as_ref());
        let waited = blocked.map(|blocked| blocked.since);
        let gives_up = match release {
            Release::Capped => failures > RETRIES,
            Release::Old | Release::Endless => {
                waited.map_or(failures > 8, |since| self.now.since(since) + wait > PATIENCE)
            }
        };
        if gives_up {
            return self.end_turn(session, Some(failure));
        }
        let jitter = if release == Release::Capped { self.faults.number(1.0, 1.25) } else { 1.0 };
        self.queue.add(self.now + wait.mul_f64(jitter), Event::Request { session, turn });
    }

    fn end_turn(&mut self, session: usize, failure: Option<Failure>) {
        if failure == Some(Failure::Limit) {
            self.judge_failure(session);
        } else {
            self.tally.turn_ended(failure);
        }
        let asker = &mut self.sessions[session];
        asker.turn = None;
        let id = asker.id.clone();
        self.log(session, Input::SessionIdle(id));
        if self.sessions[session].sub {
            self.sessions[session].turns = u64::MAX;
        }
    }

    /// The sessions at a provider that get no answer.
    pub(super) fn blocked(&self, service: usize) -> impl Iterator<Item = (&Session, &Blocked)> {
        let here = self.sessions.iter().filter(move |session| session.plan.service == service);
        here.filter_map(|session| Some((session, session.turn.as_ref()?.blocked.as_ref()?)))
    }

    /// The time that OpenCode writes into its log.
    fn written_at(&self, session: usize) -> Timestamp {
        let whole_seconds = self.releases[self.sessions[session].plan.process] == Release::Old;
        let clock = self.clock();
        if whole_seconds { Timestamp::from_secs(clock.as_millis().div_euclid(1000)) } else { clock }
    }

    /// Writes a line; it is read in its process's order, sooner or later, or never.
    fn log(&mut self, session: usize, input: Input) {
        let process = self.sessions[session].plan.process;
        if self.now < self.log_lost_until[process] {
            self.note(|| format!("lost: {input:?}"));
            return;
        }
        let late = self.faults.happens(self.mishaps.lines_late);
        let most = if late { secs(30) } else { Duration::from_millis(1500) };
        let read = (self.now + self.faults.span(Duration::from_millis(5), most)).max(self.read_until[process]);
        self.read_until[process] = read;
        self.queue.add(read, Event::Line(input));
    }

    /// A process that ends takes the last second of its lines with it: what was about to be written isn't.
    fn lose_tail(&mut self, session: usize) {
        if self.faults.happens(self.mishaps.tails_lost) {
            let process = self.sessions[session].plan.process;
            self.log_lost_until[process] = self.now + Duration::from_millis(1);
        }
    }

    /// A log file is gone before it was read to its end.
    pub(super) fn lose_log(&mut self) {
        let process = self.weather.count(1, self.releases.len()) - 1;
        let until = self.now + self.weather.span(secs(1), secs(90));
        self.log_lost_until[process] = until;
        // The first lines that are read again may be about requests whose beginning was lost.
        (0..self.services.len()).for_each(|service| self.witness.disturbed(service, until + secs(60)));
    }
}
