//! Turns what OpenCode logs into what the engine is told: attempts, limits, rejected logins, turns that end.
//! Looks at nothing but error fields, and says nothing of an error that another account can't mend.

#[cfg(test)]
mod examples;
mod signatures;
mod table;
mod until;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use engine::{Input, LimitCause, LimitHit, ProviderId, Reach, Refusal, RequestFailure, SessionId, Timestamp, Trouble};

use super::log::{ErrorFacts, Event, Record, Request};
pub(crate) use table::{Meaning, OwnSignature, Table};

/// A longer wait than this isn't sat out.
const SHORT_WAIT: Duration = Duration::from_secs(30);
/// The most turns and failures that are remembered; the oldest are forgotten first.
const TURNS: usize = 256;
const FAILURES: usize = 32;

/// One log's records on their way to inputs. It remembers which requests are under way: older releases log a failure
/// without saying whose it is, or under the name of the title request that ran beside it.
#[derive(Debug, Default)]
pub(super) struct Interpreter {
    turns: VecDeque<Turn>,
    /// Failed attempts that no turn has answered for yet.
    failures: VecDeque<Failure>,
    table: Arc<Table>,
}

/// A session's turn.
#[derive(Debug)]
struct Turn {
    session: SessionId,
    /// The request under way.
    attempt: Option<Request>,
}

#[derive(Debug)]
struct Failure {
    session: SessionId,
    request: Request,
    facts: ErrorFacts,
}

impl Failure {
    fn is_of(&self, session: &SessionId) -> bool {
        self.session == *session && !self.request.small
    }
}

impl Interpreter {
    /// What errors mean from now on.
    pub(super) fn go_by(&mut self, table: Arc<Table>) {
        self.table = table;
    }

    /// Takes the next record.
    pub(super) fn hear(&mut self, record: Record, sink: &mut dyn FnMut(Input)) {
        let Record { at, session, event } = record;
        match (event, session) {
            (Event::AttemptStarted(request), Some(session)) if !request.small => {
                self.failures.retain(|failure| failure.session != session);
                let provider = request.provider.clone();
                let model = request.model.clone();
                self.turn(&session).attempt = Some(request);
                sink(Input::AttemptStarted { session, provider, model, at });
            }
            (Event::AttemptFailed(request, facts), session) => self.attempt_failed(request, facts, session, at, sink),
            (Event::TurnFailed { facts, is_final }, Some(session)) => {
                let goes_on = self.turn_failed(&session, &facts, at, sink);
                if is_final && !goes_on {
                    self.turn_over(session, sink);
                }
            }
            (Event::TurnFailed { facts, .. }, None) => self.some_turn_failed(&facts, at, sink),
            (Event::StepStarted, Some(session)) => {
                self.failures.retain(|failure| failure.session != session);
                if let Some(Request { provider, .. }) = self.turn(&session).attempt.take() {
                    sink(Input::RequestAnswered { session, provider, at });
                }
            }
            (Event::TurnOver, Some(session)) => self.turn_over(session, sink),
            (Event::AttemptStarted(_) | Event::StepStarted | Event::TurnOver, _) => {}
        }
    }

    fn attempt_failed(
        &mut self,
        request: Request,
        facts: ErrorFacts,
        session: Option<SessionId>,
        at: Timestamp,
        sink: &mut dyn FnMut(Input),
    ) {
        if !request.small {
            let (provider, model) = (&request.provider, request.model.as_ref());
            sink_some(Source { session: session.as_ref(), provider, model }.input(&self.table, &facts, at), sink);
        }
        let Some(session) = session else { return };
        if !request.small {
            self.take_attempt(&session);
        }
        if self.failures.len() == FAILURES {
            self.failures.pop_front();
        }
        self.failures.push_back(Failure { session, request, facts });
    }

    /// A session's turn failed. Mostly this repeats what the attempt's own line said; it counts where that said nothing.
    /// Returns whether the turn goes on all the same, with a shortened conversation.
    fn turn_failed(
        &mut self,
        session: &SessionId,
        facts: &ErrorFacts,
        at: Timestamp,
        sink: &mut dyn FnMut(Input),
    ) -> bool {
        let failure =
            self.failures.iter().rposition(|failure| failure.is_of(session)).and_then(|i| self.failures.remove(i));
        let told = failure.as_ref().is_some_and(|failure| !failure.facts.is_empty());
        let Some(request) = self.take_attempt(session).or(failure.map(|failure| failure.request)) else {
            return false;
        };
        if !told {
            sink_some(Source::of(session, &request).input(&self.table, facts, at), sink);
        }
        !request.compaction && self.table.meaning(&request.provider, facts) == Meaning::TooLong
    }

    /// Some session's turn failed; the line doesn't say whose.
    fn some_turn_failed(&mut self, facts: &ErrorFacts, at: Timestamp, sink: &mut dyn FnMut(Input)) {
        let find = |fits: &dyn Fn(&Failure) -> bool| self.failures.iter().position(fits);
        let is_same = |failure: &Failure| failure.facts.message == facts.message;
        let under_way =
            |session: &SessionId| self.turns.iter().any(|turn| turn.session == *session && turn.attempt.is_some());
        let index = find(&|failure| !failure.request.small && is_same(failure))
            .or_else(|| find(&|failure| is_same(failure) && under_way(&failure.session)))
            .or_else(|| find(&|failure| !failure.request.small));
        let Some(Failure { session, request, facts: told }) = index.and_then(|index| self.failures.remove(index))
        else {
            return self.only_turn_failed(facts, at, sink);
        };
        if request.small {
            // 1.1 logs the attempt's failure under the title's name where both are under way.
            let attempt = self.take_attempt(&session);
            let input = attempt.and_then(|attempt| Source::of(&session, &attempt).input(&self.table, &told, at));
            sink_some(input, sink);
        } else if told.is_empty() {
            sink_some(Source::of(&session, &request).input(&self.table, facts, at), sink);
        }
    }

    /// No attempt's failure was logged: it can only be that of one that is under way.
    fn only_turn_failed(&mut self, facts: &ErrorFacts, at: Timestamp, sink: &mut dyn FnMut(Input)) {
        let under_way = self.turns.iter().filter_map(|turn| Some((&turn.session, turn.attempt.as_ref()?)));
        let under_way: Vec<_> = under_way.collect();
        let source = match under_way.as_slice() {
            [(session, request)] => Source::of(session, request),
            [(_, Request { provider, .. }), others @ ..]
                if others.iter().all(|(_, other)| other.provider == *provider) =>
            {
                Source { session: None, provider, model: None }
            }
            _ => return,
        };
        sink_some(source.input(&self.table, facts, at), sink);
    }

    fn turn_over(&mut self, session: SessionId, sink: &mut dyn FnMut(Input)) {
        self.failures.retain(|failure| failure.session != session);
        let before = self.turns.len();
        self.turns.retain(|turn| turn.session != session);
        if self.turns.len() < before {
            sink(Input::SessionIdle(session));
        }
    }

    fn take_attempt(&mut self, session: &SessionId) -> Option<Request> {
        self.turns.iter_mut().rfind(|turn| turn.session == *session)?.attempt.take()
    }

    fn turn(&mut self, session: &SessionId) -> &mut Turn {
        let index = self.turns.iter().rposition(|turn| turn.session == *session).unwrap_or_else(|| {
            if self.turns.len() == TURNS {
                self.turns.pop_front();
            }
            self.turns.push_back(Turn { session: session.clone(), attempt: None });
            self.turns.len() - 1
        });
        &mut self.turns[index]
    }
}

/// Whose error it is.
#[derive(Clone, Copy)]
struct Source<'a> {
    session: Option<&'a SessionId>,
    provider: &'a ProviderId,
    model: Option<&'a String>,
}

impl<'a> Source<'a> {
    fn of(session: &'a SessionId, request: &'a Request) -> Self {
        Self { session: Some(session), provider: &request.provider, model: request.model.as_ref() }
    }

    /// What the engine is told of an error.
    fn input(self, table: &Table, facts: &ErrorFacts, at: Timestamp) -> Option<Input> {
        let (session, provider) = (self.session.cloned(), self.provider.clone());
        let model = self.model.cloned();
        Some(match refusal(table, self.provider, facts, at)? {
            Refusal::Limit { until, cause, reach } => {
                Input::LimitHit(LimitHit { session, provider, model, at, until, cause, reach })
            }
            Refusal::Login => Input::LoginRejected { session, provider, at },
            Refusal::Trouble(trouble) => Input::RequestFailed(RequestFailure { session, provider, model, at, trouble }),
        })
    }
}

/// What an error at `at` is to the engine; `None` where another account mends nothing.
fn refusal(table: &Table, provider: &ProviderId, facts: &ErrorFacts, at: Timestamp) -> Option<Refusal> {
    let limit = |cause, reach, until| Some(Refusal::Limit { until, cause, reach });
    let ends = || until::limit_ends(facts, at);
    match table.meaning(provider, facts) {
        Meaning::TooLong | Meaning::NotTheAccount => None,
        Meaning::Overload => Some(Refusal::Trouble(Trouble::Overload)),
        Meaning::Unexplained => Some(Refusal::Trouble(Trouble::Unexplained)),
        Meaning::UsageLimit => limit(LimitCause::UsageLimit, Reach::Account, ends()),
        Meaning::ModelLimit => {
            limit(LimitCause::UsageLimit, Reach::Model, until::model_limit_ends(facts, at).or_else(ends))
        }
        Meaning::ProviderSpent => limit(LimitCause::UsageLimit, Reach::Provider, ends()),
        Meaning::Billing => limit(LimitCause::Billing, Reach::Account, ends()),
        Meaning::LoginRejected => Some(Refusal::Login),
        Meaning::Rate => {
            let until = until::wait_ends(facts, at).filter(|until| until.since(at) > SHORT_WAIT)?;
            limit(LimitCause::LongWait, Reach::Account, Some(until))
        }
    }
}

/// A provider's answer, as the bridge saw it: status and headers, which newer releases don't log, count as well.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SeenAnswer<'a> {
    pub(crate) provider: &'a ProviderId,
    pub(crate) at: Timestamp,
    pub(crate) status: u16,
    /// By their names in lower case.
    pub(crate) headers: &'a BTreeMap<String, String>,
    pub(crate) body: &'a str,
}

impl SeenAnswer<'_> {
    /// What it is to the engine; `None` where another account mends nothing.
    pub(crate) fn refusal(self, table: &Table) -> Option<Refusal> {
        refusal(table, self.provider, &ErrorFacts::of_answer(self.status, self.headers, self.body), self.at)
    }
}

fn sink_some(input: Option<Input>, sink: &mut dyn FnMut(Input)) {
    if let Some(input) = input {
        sink(input);
    }
}

#[cfg(test)]
mod tests;
