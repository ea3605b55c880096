//! The world around the engine: one virtual time, one queue of what happens next, and everything that answers.
//! Nothing here waits: a week takes as long as its events take to work through.

mod daemon;
mod judging;
mod mishaps;
mod opencode;
mod person;
mod queue;

use std::time::Duration;

use engine::{Policy, Timestamp};

use crate::chance::Chance;
use crate::pilot::Pilot;
use crate::scenario::{Mishaps, Release, START, Scenario};
use crate::spans::minutes;
use crate::tally::Tally;
use crate::truth::Service;
use crate::witness::Witness;
use daemon::Daemon;
use opencode::Session;
use queue::{Event, Queue};

/// How long between two looks at what stands still.
const LOOK: Duration = minutes(1);
/// Demand is counted in slots of this length.
pub(crate) const SLOT: Duration = minutes(15);

/// All that there is.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) now: Timestamp,
    end: Timestamp,
    /// How far the machine's clock is ahead of the time, in milliseconds.
    clock_ahead: i64,
    /// The machine sleeps until then.
    asleep_until: Timestamp,
    queue: Queue,
    pub(crate) services: Vec<Service>,
    releases: Vec<Release>,
    /// Until when each process's log has been read.
    read_until: Vec<Timestamp>,
    /// Until when the lines of each process are lost.
    log_lost_until: Vec<Timestamp>,
    sessions: Vec<Session>,
    policy: Policy,
    mishaps: Mishaps,
    faults: Chance,
    /// Decides when mishaps come; the same for everybody who decides.
    weather: Chance,
    person: Chance,
    daemon: Daemon,
    pub(crate) witness: Witness,
    pub(crate) tally: Tally,
    trace: bool,
}

impl World {
    pub(crate) fn new(mut scenario: Scenario, pilot: Pilot, trace: bool) -> Self {
        let (faults, weather, person) = (scenario.chance.fork(), scenario.chance.fork(), scenario.chance.fork());
        let plans = std::mem::take(&mut scenario.sessions);
        let sessions = plans.into_iter().enumerate();
        let sessions = sessions.map(|(number, plan)| Session::new(number, plan, scenario.chance.fork())).collect();
        let slots = usize::try_from(scenario.length.as_secs() / SLOT.as_secs()).unwrap_or_default() + 1;
        Self {
            now: START,
            end: START + scenario.length,
            clock_ahead: 0,
            asleep_until: START,
            queue: Queue::default(),
            witness: Witness::new(scenario.services.len()),
            tally: Tally::new(scenario.services.len(), slots),
            services: scenario.services,
            read_until: vec![START; scenario.releases.len()],
            log_lost_until: vec![START; scenario.releases.len()],
            releases: scenario.releases,
            sessions,
            policy: scenario.policy,
            mishaps: scenario.mishaps,
            faults,
            weather,
            person,
            daemon: Daemon::new(pilot),
            trace,
        }
    }

    /// Lives through all of it.
    pub(crate) fn run(&mut self) {
        self.start_daemon();
        for session in 0..self.sessions.len() {
            self.plan_turn(session);
        }
        self.plan_mishaps();
        self.queue.add(self.now + LOOK, Event::Look);
        while let Some((at, event)) = self.queue.next().filter(|(at, _)| *at < self.end) {
            // Whatever the machine would have done in its sleep, it does when it wakes up.
            if at < self.asleep_until {
                self.queue.add(self.asleep_until, event);
                continue;
            }
            self.now = at;
            self.happen(event);
        }
        self.close();
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::TurnDue(session) => self.turn_due(session),
            Event::Request { session, turn } => self.request(session, turn),
            Event::Answer { session, turn, answer } => self.answered(session, turn, answer),
            Event::Line(input) | Event::Told(input) => self.tell(input),
            Event::Wake => self.wake(),
            Event::SwitchLands { service, switch, fails } => self.switch_lands(service, &switch, fails),
            Event::Clobber { service, by } => self.clobber(service, by),
            Event::Read { account } => self.usage_read(account),
            Event::Refreshed { account } => self.refreshed(account),
            Event::Mishap(kind) => self.mishap(kind),
            Event::Mended { service, account } => self.mended(service, account),
            Event::ClockRight => self.set_clock(0),
            Event::Look => self.look(),
            Event::Resume => self.resume(),
        }
    }

    /// The time as the machine's clock has it.
    pub(crate) fn clock(&self) -> Timestamp {
        Timestamp::from_millis(self.now.as_millis() + self.clock_ahead)
    }

    fn note(&self, what: impl FnOnce() -> String) {
        if self.trace {
            crate::trace::line(self.now, &what());
        }
    }

    fn look(&mut self) {
        for service in 0..self.services.len() {
            self.observe(service);
            if self.is_held_back(service) {
                self.witness.held(service, self.now);
            }
        }
        self.note_misjudged();
        self.queue.add(self.now + LOOK, Event::Look);
    }

    fn close(&mut self) {
        self.now = self.end;
        for service in 0..self.services.len() {
            self.observe(service);
            let drawn = self.services[service].logins.iter().map(|login| login.drawn).sum();
            self.tally.drawn[service] = drawn;
        }
        self.tally.memory = self.daemon.memory();
        if self.tally.memory > crate::witness::MOST_MEMORY {
            self.witness.accuse(self.now, format!("the engine's memory grew to {} characters", self.tally.memory));
        }
    }
}
