//! What the bridge tells of sessions that are or were stuck, on its way to the engine, and what is decided about them on its
//! way back.

use engine::{
    FallbackAgent, Input, Lane, Move, Plight, ProviderId, ResumeOutcome, Resumption, SessionId, StuckSession, Timestamp,
};

use super::MainLoop;
use crate::control::{BridgeEvent, SessionSeen, SessionState};

/// A reason is one line for the person.
const LONGEST_REASON: usize = 200;

impl MainLoop {
    /// Takes in what a session does.
    pub(super) fn session_seen(&mut self, seen: SessionSeen) {
        self.feed(input(seen));
    }

    /// Takes in what became of carrying a session on.
    pub(super) fn session_resumed(&mut self, session: &str, outcome: ResumeOutcome) {
        let outcome = match outcome {
            ResumeOutcome::Done => ResumeOutcome::Done,
            ResumeOutcome::NotDone { why } => {
                let line: String = why.chars().filter(|c| !c.is_control()).take(LONGEST_REASON).collect();
                ResumeOutcome::NotDone { why: line }
            }
        };
        self.feed([Input::SessionResumed { session: SessionId::new(session), outcome }]);
    }

    /// Has a session carried on by the bridge that told of it.
    pub(super) fn resume(&mut self, resumption: &Resumption) {
        let event = BridgeEvent::Resume {
            session: resumption.session.to_string(),
            from: resumption.from.to_string(),
            provider: resumption.to.provider.to_string(),
            model: resumption.to.model.clone(),
            agent: resumption.agent.clone(),
        };
        if self.bridge.send(event).is_err() {
            let why = "the OpenCode that it ran in is gone".to_owned();
            self.session_resumed(resumption.session.as_str(), ResumeOutcome::NotDone { why });
        }
    }
}

/// What the engine is told of a session; nothing, where the report doesn't say enough.
fn input(seen: SessionSeen) -> Option<Input> {
    let session = SessionId::new(&seen.session);
    let moved = |how| Some(Input::SessionMoved { session: session.clone(), how });
    let plight = match (seen.state, seen.until) {
        (SessionState::Sleeping, Some(until)) => Plight::Sleeping { until: Timestamp::from_millis(until.0) },
        (SessionState::Failed, _) => Plight::Failed,
        (SessionState::Busy, _) => return moved(Move::GoesOn),
        (SessionState::Idle, _) => return moved(Move::Over),
        (SessionState::Asked, _) => return moved(Move::Asked),
        (SessionState::Sleeping, None) | (SessionState::Other, _) => return None,
    };
    if seen.provider.is_empty() || seen.model.is_empty() {
        return None;
    }
    Some(Input::SessionStuck(StuckSession {
        session,
        provider: ProviderId::new(&seen.provider),
        model: seen.model,
        agent: seen.agent,
        at: Timestamp::from_millis(seen.at.0),
        plight,
        fallback: seen.fallback.map(|fallback| FallbackAgent {
            agent: fallback.agent,
            lane: Lane { provider: ProviderId::new(&fallback.provider), model: fallback.model },
        }),
        delegated: seen.delegated,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_taken_as_far_as_it_says_enough() {
        let told = |json: &str| input(serde_json::from_str(json).unwrap());
        let whole = told(
            r#"{"session":"s","state":"sleeping","at":1000,"until":3601000,"provider":"openai","model":"gpt","agent":"build",
                "fallback":{"agent":"second","provider":"anthropic","model":"claude"},"directory":"/p","message":"Rate limit"}"#,
        );
        let expected = StuckSession {
            session: "s".into(),
            provider: "openai".into(),
            model: "gpt".to_owned(),
            agent: Some("build".to_owned()),
            at: Timestamp::from_millis(1000),
            plight: Plight::Sleeping { until: Timestamp::from_millis(3_601_000) },
            fallback: Some(FallbackAgent {
                agent: "second".to_owned(),
                lane: Lane { provider: "anthropic".into(), model: "claude".to_owned() },
            }),
            delegated: false,
        };
        assert_eq!(whole, Some(Input::SessionStuck(expected)));
        assert_eq!(told(r#"{"session":"s","state":"sleeping","at":1,"provider":"openai","model":"gpt"}"#), None);
        assert_eq!(told(r#"{"session":"s","state":"failed","at":1}"#), None);
        assert_eq!(told(r#"{"session":"s","state":"singing","at":1}"#), None);
        let moved = Input::SessionMoved { session: "s".into(), how: Move::Asked };
        assert_eq!(told(r#"{"session":"s","state":"asked","at":1}"#), Some(moved));
    }
}
