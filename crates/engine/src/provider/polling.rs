//! Reads usage by schedule: one account at a time, the one that matters most first, never beyond the provider's budget.
//! Readings that people and failovers ask for count too, and are refused when the provider would refuse them.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::polling::{Budget, PollMemory, SETTLING, Situation, Use, jittered, part};
use crate::step::{Rules, Step};
use crate::{AccountId, Decision, ReadCause, Record, Timestamp, UsageOutcome};

use super::agenda::{Agenda, Entry};
use super::known::Known;
use super::{Course, Provider};

/// Two scheduled readings at one provider are this far apart, and while somebody looks at the figures this far.
const APART: Duration = Duration::from_secs(60);
const APART_WHEN_WATCHED: Duration = Duration::from_secs(10);
/// Providers take a moment to notice a reset themselves; many accounts have theirs at the same time.
const AFTER_RESET: Duration = Duration::from_secs(20);
const AFTER_RESET_SPREAD: Duration = Duration::from_secs(40);
/// A reading for a reset follows the reading before it no sooner than this.
const RESET_READINGS_APART: Duration = Duration::from_secs(60);
/// Where traffic tells of the active account, it is asked about this often all the same.
const BESIDE_TRAFFIC: Duration = Duration::from_secs(30 * 60);
/// Providers begin this far apart from each other.
const PROVIDERS_SPREAD: Duration = Duration::from_secs(20);
/// So much of a budget only failovers may use.
const FOR_FAILOVERS: usize = 3;

/// What the schedule of one provider remembers.
#[derive(Clone, Debug, Default)]
pub(super) struct Polling {
    memories: BTreeMap<AccountId, PollMemory>,
    /// The last reading that the schedule asked for.
    last: Option<Timestamp>,
    /// Since when the machine has been up, awake, and of one mind about the time.
    settled_since: Option<Timestamp>,
    /// When OpenCode last asked the provider.
    attempt: Option<Timestamp>,
    /// The slowest pace that any account's next reading was reckoned by.
    slowest: Pace,
}

/// What the intervals of all accounts depend on. Time alone only slows it down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Pace {
    used: Use,
    watched: bool,
}

impl Pace {
    fn is_faster_than(self, other: Self) -> bool {
        self.used < other.used || (self.watched && !other.watched)
    }

    fn slower(self, other: Self) -> Self {
        Self { used: self.used.max(other.used), watched: self.watched && other.watched }
    }
}

impl Default for Pace {
    fn default() -> Self {
        Self { used: Use::LongAgo, watched: false }
    }
}

impl Polling {
    pub(super) fn attempt_started(&mut self, at: Timestamp) {
        self.attempt = self.attempt.max(Some(at));
    }

    pub(super) fn forget(&mut self, id: &AccountId) {
        self.memories.remove(id);
    }

    /// The clock was set back: what seems to lie ahead was just now.
    pub(super) fn clock_set_back(&mut self, now: Timestamp) {
        self.memories.values_mut().for_each(|memory| memory.set_back(now));
        for time in [&mut self.last, &mut self.settled_since, &mut self.attempt] {
            *time = time.map(|time| time.min(now));
        }
    }
}

impl Provider {
    /// Takes in what was asked before this start.
    pub(crate) fn poll_kept(&mut self, step: &Step, id: &AccountId, mut memory: PollMemory) {
        memory.set_back(step.now);
        self.polling.memories.entry(id.clone()).or_insert(memory);
        self.memory_changed(id);
    }

    /// What was asked about one account counts for all of its person.
    fn memory_changed(&mut self, id: &AccountId) {
        let Some(known) = self.accounts.get(id) else { return };
        for id in self.persons.accounts(&known.account) {
            self.agenda.changed(id);
        }
    }

    /// After a start or an absence: the schedule waits for a moment, and then goes on as slowly as ever.
    pub(crate) fn settle(&mut self, now: Timestamp) {
        self.polling.settled_since = Some(now);
    }

    /// Whether an account's figures are so old that a reading must have been missed.
    pub(crate) fn usage_stale(&self, now: Timestamp, id: &AccountId, watched: bool) -> bool {
        self.accounts.get(id).is_some_and(|known| {
            let read_at = known.account.usage.as_ref().map(|usage| usage.read_at);
            read_at.is_some_and(|at| now.since(at) > self.situation(known, now, watched).stale_after())
        })
    }

    /// Reads the account that is due, if one is.
    pub(super) fn read_what_is_due(&mut self, step: &mut Step, rules: Rules<'_>) {
        let busy = !matches!(self.course, Course::Idle) || self.enquiries.any_open(step.now);
        if !rules.polls || busy || self.free_at(rules).is_some_and(|free| free > step.now) {
            return;
        }
        let is_due = |id: &&AccountId| self.agenda.reading_due(id).is_some_and(|due| due <= step.now);
        let active = self.active().filter(is_due).cloned();
        let first = || self.agenda.first_reading().filter(|(due, _)| *due <= step.now).map(|(_, id)| id.clone());
        if let Some(id) = active.or_else(first) {
            self.polling.last = Some(step.now);
            self.ask(step, &id, ReadCause::Stale);
        }
    }

    /// When the next scheduled reading is due.
    pub(super) fn next_poll(&self, rules: Rules<'_>) -> Option<Timestamp> {
        let (due, _) = self.agenda.first_reading().filter(|_| rules.polls)?;
        Some(self.free_at(rules).map_or(*due, |free| free.max(*due)))
    }

    /// Brings the agenda up to date: for the accounts that changed, for all where they matter more than they did, and for
    /// those whose time has come.
    pub(super) fn reschedule(&mut self, now: Timestamp, rules: Rules<'_>) {
        let pace = Pace { used: Use::since(self.polling.attempt, now), watched: rules.watched };
        let changed = self.agenda.take_changed();
        let mut changed: Vec<AccountId> = changed.into_iter().collect();
        if pace.is_faster_than(self.polling.slowest) {
            changed.retain(|id| !self.accounts.contains_key(id));
            changed.extend(self.accounts.keys().cloned());
            self.polling.slowest = pace;
        }
        if !changed.is_empty() {
            self.polling.slowest = pace.slower(self.polling.slowest);
        }
        for id in changed {
            self.reschedule_one(&id, now, rules.watched);
        }
        // The active one is asked about before others that are due for longer.
        if let Some(active) =
            self.active().filter(|id| self.agenda.reading_due(id).is_some_and(|due| due <= now)).cloned()
        {
            self.reschedule_one(&active, now, rules.watched);
            self.polling.slowest = pace.slower(self.polling.slowest);
        }
        let due = |agenda: &Agenda| agenda.first_reading().filter(|(due, _)| *due <= now).cloned();
        while let Some((due, id)) = due(&self.agenda) {
            self.reschedule_one(&id, now, rules.watched);
            self.polling.slowest = pace.slower(self.polling.slowest);
            if self.agenda.reading_due(&id) == Some(due) {
                break;
            }
        }
    }

    fn reschedule_one(&mut self, id: &AccountId, now: Timestamp, watched: bool) {
        let entry = self.accounts.get(id).map(|known| Entry {
            rest_ends: known.first_end(),
            // An account that isn't spent any more matters more than it did.
            reading_due: self
                .due(known, now, watched)
                .map(|due| known.whole_at(now).map_or(due, |whole| due.min(whole))),
        });
        self.agenda.set(id, entry.unwrap_or_default());
    }

    /// Whether the provider may be asked about this account now.
    pub(super) fn may_be_asked(&self, id: &AccountId, why: ReadCause, now: Timestamp) -> bool {
        let (Some(known), Some(memory)) = (self.accounts.get(id), self.polling.memories.get(id)) else { return true };
        let budget = Budget::of(&self.id);
        let (most, rested) = match why {
            ReadCause::Candidate => (budget.per_hour, true),
            ReadCause::Asked | ReadCause::Stale => {
                let rested = memory.rested_at(budget).is_none_or(|rested| rested <= now);
                (budget.per_hour.saturating_sub(FOR_FAILOVERS), rested)
            }
        };
        let held = memory.held_until(false).is_some_and(|until| until > now);
        rested && !held && PollMemory::room_at(self.memories_of_person(known), most, now).is_none()
    }

    /// Whether the schedule would let this account be read now, had its time come.
    pub(super) fn may_be_looked_at(&self, id: &AccountId, now: Timestamp) -> bool {
        let (Some(known), Some(memory)) = (self.accounts.get(id), self.polling.memories.get(id)) else { return true };
        let budget = Budget::of(&self.id);
        let held = memory.held_until(true).max(memory.rested_at(budget)).is_some_and(|until| until > now);
        let memories = self.memories_of_person(known);
        !held && !known.token_expired(now) && PollMemory::room_at(memories, budget.scheduled_per_hour, now).is_none()
    }

    /// Has an account read, and remembers it.
    pub(super) fn read_now(&mut self, step: &mut Step, id: &AccountId, why: ReadCause) {
        let now = step.now;
        self.remember(step, id, |memory| memory.ask(now));
        step.decide(Decision::ReadUsage { account: id.clone(), why });
    }

    /// A reading that was asked for went like this.
    pub(super) fn poll_answered(&mut self, step: &mut Step, id: &AccountId, outcome: &UsageOutcome) {
        let now = step.now;
        self.remember(step, id, |memory| match outcome {
            UsageOutcome::Read(_) => memory.succeed(),
            UsageOutcome::Unknown | UsageOutcome::LoginRejected => memory.fail(now),
            UsageOutcome::RateLimited { retry_after } => memory.refused(now, *retry_after),
        });
    }

    /// There was no token to ask with.
    pub(super) fn poll_failed(&mut self, step: &mut Step, id: &AccountId) {
        let now = step.now;
        self.remember(step, id, |memory| memory.fail(now));
    }

    fn remember(&mut self, step: &mut Step, id: &AccountId, change: impl FnOnce(&mut PollMemory)) {
        if !self.accounts.contains_key(id) {
            return;
        }
        let memory = self.polling.memories.entry(id.clone()).or_default();
        let before = memory.clone();
        change(memory);
        if *memory != before {
            let memory = memory.clone();
            step.record(Record::Polled { account: id.clone(), memory });
            self.memory_changed(id);
        }
    }

    /// When the schedule may ask this provider again, whatever is due.
    fn free_at(&self, rules: Rules<'_>) -> Option<Timestamp> {
        let apart = if rules.watched { APART_WHEN_WATCHED } else { APART };
        let rested = self.polling.last.map(|last| last + apart);
        let settled = self.polling.settled_since;
        let settled = settled.map(|since| since + SETTLING + part(PROVIDERS_SPREAD, self.id.as_str(), since));
        rested.max(settled)
    }

    /// When an account is due; `None` while reading it makes no sense.
    fn due(&self, known: &Known, now: Timestamp, watched: bool) -> Option<Timestamp> {
        let account = &known.account;
        let id = &account.id;
        // OpenCode renews the active account's token; until then there is nothing to ask with.
        let no_token = self.active() == Some(id) && known.token_expired(now);
        if !account.has_figures || !account.enabled || account.needs_login || no_token {
            return None;
        }
        let memory = self.polling.memories.get(id);
        let read_at = account.usage.as_ref().map(|usage| usage.read_at);
        let last = memory.and_then(PollMemory::last).max(read_at);
        let held = memory.and_then(|memory| memory.held_until(true));
        let Some(last) = last else { return Some(held.unwrap_or_default()) };
        let regular = last + jittered(self.situation(known, now, watched).interval(), id, last);
        // What traffic tells of the active account isn't all: single models' windows and balances are asked for.
        let asked =
            memory.and_then(PollMemory::last).filter(|asked| self.active() == Some(id) && Some(*asked) < read_at);
        let regular = asked.map_or(regular, |asked| regular.min(asked + jittered(BESIDE_TRAFFIC, id, asked)));
        let windows = account.usage.iter().flat_map(|usage| &usage.windows);
        let reset = windows.filter_map(|window| window.resets_at).filter(|reset| *reset > last).min();
        let after_reset = reset.map(|reset| {
            let noticed = reset + AFTER_RESET + part(AFTER_RESET_SPREAD, id.as_str(), reset);
            noticed.max(last + RESET_READINGS_APART)
        });
        // A limit that is held against the wrong account must not last until its next reading in some hours.
        let confirming =
            known.worth_a_look_at().filter(|look| last < *look).map(|look| look.max(last + RESET_READINGS_APART));
        let due = [after_reset, confirming].into_iter().flatten().fold(regular, Timestamp::min);
        let budget = Budget::of(&self.id);
        let rested = memory.and_then(|memory| memory.rested_at(budget));
        let room = PollMemory::room_at(self.memories_of_person(known), budget.scheduled_per_hour, now);
        Some(due).max(held).max(rested).max(room)
    }

    fn situation(&self, known: &Known, now: Timestamp, watched: bool) -> Situation {
        let spent = known.account.usage.as_ref().is_some_and(|usage| usage.is_spent(now));
        Situation {
            active: self.active() == Some(&known.account.id),
            exhausted: spent || known.cooling_down(now),
            watched,
            used: Use::since(self.polling.attempt, now),
        }
    }

    fn memories_of_person<'a>(&'a self, known: &'a Known) -> impl Iterator<Item = &'a PollMemory> {
        self.persons.accounts(&known.account).filter_map(|id| self.polling.memories.get(id))
    }
}
