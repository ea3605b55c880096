//! Answers why each account is or isn't the next one: the engine's explanation, in the words of every surface.

use engine::{Engine, Expected, Explanation, Lane, Prospect, ProviderId, Timestamp, WaitingSession};

use crate::clock::rfc3339;
use crate::control::{ExpectedView, LaneView, WaitingSessionView, WhyAccount, WhyView, Words};
use crate::words;

/// Explains a provider, or each one that has accounts.
pub(crate) fn why(engine: &Engine, now: Timestamp, only: Option<&ProviderId>) -> Vec<WhyView> {
    let mut ids: Vec<&ProviderId> = engine.accounts().map(|account| &account.provider).collect();
    ids.sort();
    ids.dedup();
    let wanted = ids.into_iter().filter(|id| only.is_none_or(|only| only == *id));
    wanted.filter_map(|id| engine.explain(now, id)).map(|explanation| view(engine, &explanation)).collect()
}

fn view(engine: &Engine, explanation: &Explanation) -> WhyView {
    let account = |prospect: &Prospect| WhyAccount {
        id: prospect.account.to_string(),
        label: engine.account(&prospect.account).map(|account| account.label.to_string()).unwrap_or_default(),
        why: words::place(&prospect.place).text,
        expected: expected(&prospect.expected),
    };
    WhyView {
        provider: explanation.provider.to_string(),
        strategy: explanation.strategy.name().to_owned(),
        held_back: explanation.held_back.map(|why| words::held_back(why).text),
        lane: explanation.lane.as_ref().map(lane),
        accounts: explanation.prospects.iter().map(account).collect(),
        sessions: explanation.waiting.iter().map(session).collect(),
    }
}

fn session(waiting: &WaitingSession) -> WaitingSessionView {
    WaitingSessionView {
        session: waiting.session.to_string(),
        model: waiting.model.clone(),
        why: words::waiting(waiting).text,
    }
}

/// What will happen, in words.
pub(crate) fn expected(expected: &[Expected]) -> Vec<ExpectedView> {
    let view = |(what, at): (Words, Option<Timestamp>)| {
        let (what, what_words) = what.split();
        ExpectedView { what, what_words, at: at.map(rfc3339) }
    };
    expected.iter().map(words::expected).map(view).collect()
}

/// A lane on the wire.
pub(crate) fn lane(lane: &Lane) -> LaneView {
    LaneView { provider: lane.provider.to_string(), model: lane.model.clone() }
}
