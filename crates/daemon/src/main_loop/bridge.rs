//! What the bridge inside OpenCode tells, and how it is answered. Whoever asks what becomes of a request is kept waiting
//! only while the engine is at it; the server tells them to ask again where that takes longer than they can wait.

use std::collections::{BTreeMap, VecDeque};

use engine::{AccountId, Fate, Input, ProviderId, Refused, ResumeOutcome, SessionId, Timestamp, Usage, UsageOutcome};
use tokio::sync::oneshot;

use super::MainLoop;
use crate::control::{BridgeAnswer, HeadersSeen, LimitSeen, Millis, Seen, Told};
use crate::opencode::signal::SeenAnswer;

/// The most refused requests that are remembered for when they are asked about again.
const TICKETS: usize = 256;

/// The refused requests that somebody waits to repeat.
#[derive(Default)]
pub(super) struct Desk {
    waiting: Vec<(Question, oneshot::Sender<BridgeAnswer>)>,
    /// What the engine has heard of already, by its ticket; the oldest are forgotten first.
    tickets: VecDeque<(String, Question)>,
}

/// What becomes of this request?
#[derive(Clone, Debug)]
struct Question {
    session: Option<SessionId>,
    provider: ProviderId,
    model: Option<String>,
    read_at: Timestamp,
}

impl Desk {
    fn known(&self, ticket: &str) -> Option<Question> {
        self.tickets.iter().find(|(known, _)| known == ticket).map(|(_, question)| question.clone())
    }

    /// Whether a request of OpenCode's is held up just now.
    pub(super) fn holds_up(&self) -> bool {
        self.waiting.iter().any(|(_, reply)| !reply.is_closed())
    }

    fn remember(&mut self, ticket: String, question: Question) {
        if self.tickets.len() == TICKETS {
            self.tickets.pop_front();
        }
        self.tickets.push_back((ticket, question));
    }
}

impl MainLoop {
    pub(super) fn take_in_told(&mut self, told: Told) {
        let Told { seen, ticket, reply } = told;
        match seen {
            Seen::Limit(limit) => match self.desk.known(&ticket).or_else(|| self.take_in_limit(limit, ticket)) {
                Some(question) => self.desk.waiting.push((question, reply)),
                None => send(reply, BridgeAnswer::PassOn),
            },
            Seen::Headers(HeadersSeen { provider, read_at, at, headers }) => {
                // Nobody is kept waiting for what is only noted.
                send(reply, BridgeAnswer::Noted);
                let headers = in_lower_case(headers);
                self.take_in_usage(&ProviderId::new(provider), &headers, time(read_at), time(at));
            }
            Seen::Session(seen) => {
                send(reply, BridgeAnswer::Noted);
                self.session_seen(seen);
            }
            Seen::Resumed { session } => {
                send(reply, BridgeAnswer::Noted);
                self.session_resumed(&session, ResumeOutcome::Done);
            }
            Seen::NotResumed { session, why } => {
                send(reply, BridgeAnswer::Noted);
                self.session_resumed(&session, ResumeOutcome::NotDone { why });
            }
            Seen::Other => send(reply, BridgeAnswer::Noted),
        }
    }

    /// Tells the engine of a refused request; `None` where no other account mends it.
    fn take_in_limit(&mut self, limit: LimitSeen, ticket: String) -> Option<Question> {
        let LimitSeen { provider, session, model, read_at, at, status, headers, body, .. } = limit;
        let (provider, headers) = (ProviderId::new(provider), in_lower_case(headers));
        let (read_at, at) = (time(read_at), time(at));
        self.take_in_usage(&provider, &headers, read_at, at);
        let answer = SeenAnswer { provider: &provider, at, status, headers: &headers, body: &body };
        let why = answer.refusal(&self.table)?;
        let session = session.map(SessionId::new);
        let question = Question { session, provider, model, read_at };
        self.desk.remember(ticket, question.clone());
        let Question { session, provider, model, read_at } = question.clone();
        self.feed([Input::RequestRefused(Refused { session, provider, model, read_at, at, why })]);
        Some(question)
    }

    /// Takes in the usage that an answer tells of in passing, where it is clear whose it is.
    fn take_in_usage(
        &mut self,
        provider: &ProviderId,
        headers: &BTreeMap<String, String>,
        read_at: Timestamp,
        at: Timestamp,
    ) {
        let Some(account) = self.engine.active_at(provider, read_at).cloned() else { return };
        let Some(usage) = self.effects.usage_in(provider, headers, at.min(self.effects.now())) else { return };
        if let Some(usage) = self.news_of(&account, usage) {
            self.effects.keep_traffic(&account, &usage);
            self.feed([Input::UsageRead { account, outcome: UsageOutcome::Read(usage) }]);
        }
    }

    /// A reading that came in passing, with what only the last full one told; `None` where it is no news.
    fn news_of(&self, account: &AccountId, mut usage: Usage) -> Option<Usage> {
        let account = self.engine.account(account).filter(|account| account.has_figures)?;
        let Some(known) = &account.usage else { return Some(usage) };
        let is_told = |id: &engine::WindowId| usage.windows.iter().any(|window| window.id() == *id);
        let untold: Vec<_> = known.windows.iter().filter(|window| !is_told(&window.id())).cloned().collect();
        usage.windows.extend(untold);
        usage.balances.clone_from(&known.balances);
        (usage.read_at > known.read_at).then_some(usage)
    }

    /// Answers everybody whose request is decided.
    pub(super) fn answer_bridges(&mut self) {
        let now = self.effects.now();
        for (question, reply) in std::mem::take(&mut self.desk.waiting) {
            let Question { session, provider, model, read_at } = &question;
            match self.engine.fate(now, provider, model.as_deref(), *read_at) {
                // Whoever asks again comes with a reply of their own: this one is kept, to learn of the repetition.
                Fate::Open => self.desk.waiting.push((question, reply)),
                Fate::Stands => send(reply, BridgeAnswer::PassOn),
                Fate::Repeat => {
                    if let Some(session) = session.clone() {
                        self.feed([Input::RequestRepeated { session, provider: provider.clone() }]);
                    }
                    send(reply, BridgeAnswer::Retry);
                }
            }
        }
    }
}

/// Whoever told it may have gone.
fn send(reply: oneshot::Sender<BridgeAnswer>, answer: BridgeAnswer) {
    let _ = reply.send(answer);
}

fn time(Millis(millis): Millis) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn in_lower_case(headers: BTreeMap<String, String>) -> BTreeMap<String, String> {
    headers.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value)).collect()
}
