//! One answer's record, as every release writes it. Takes numbers and names out of it and nothing else.

use engine::{ProviderId, SessionId, Spend, Timestamp};
use serde::Deserialize;

/// An answer of a model.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// OpenCode's name for it. A session that is forked has copies under new names.
    pub id: String,
    /// In which session; `None` where the record doesn't say.
    pub session: Option<SessionId>,
    /// Who answered.
    pub provider: ProviderId,
    /// With which model.
    pub model: String,
    /// When it was first asked for.
    pub started: Timestamp,
    /// When it was whole; `None` when it never was.
    pub ended: Option<Timestamp>,
    /// What it cost.
    pub spend: Spend,
}

/// What a record turned out to be.
#[derive(Debug, PartialEq)]
pub(super) enum Record {
    /// An answer, whole or not.
    Answer(Message),
    /// A question of the person's.
    Question,
    /// Something else.
    Foreign,
}

#[derive(Deserialize)]
struct Written {
    role: String,
    id: Option<String>,
    #[serde(rename = "sessionID")]
    session: Option<String>,
    #[serde(rename = "providerID")]
    provider: Option<String>,
    #[serde(rename = "modelID")]
    model: Option<String>,
    time: Times,
    cost: Option<f64>,
    tokens: Option<Tokens>,
}

#[derive(Deserialize)]
struct Times {
    created: f64,
    completed: Option<f64>,
}

#[derive(Deserialize)]
struct Tokens {
    total: Option<f64>,
    input: Option<f64>,
    output: Option<f64>,
    reasoning: Option<f64>,
    cache: Option<Cache>,
}

#[derive(Deserialize)]
struct Cache {
    read: Option<f64>,
    write: Option<f64>,
}

/// Reads a record. A database keeps the id outside of it, and gives it here.
pub(super) fn read(json: &[u8], id: Option<&str>) -> Record {
    let Ok(written) = serde_json::from_slice::<Written>(json) else { return Record::Foreign };
    match (written.role.as_str(), written.provider, written.model, id.map(str::to_owned).or(written.id)) {
        ("user", ..) => Record::Question,
        ("assistant", Some(provider), Some(model), Some(id)) => Record::Answer(Message {
            id,
            session: written.session.map(SessionId::new),
            provider: ProviderId::new(provider),
            model,
            started: time(written.time.created),
            ended: written.time.completed.map(time),
            spend: spend(written.tokens, written.cost),
        }),
        _ => Record::Foreign,
    }
}

fn spend(tokens: Option<Tokens>, cost: Option<f64>) -> Spend {
    let cost = cost.filter(|cost| cost.is_finite() && *cost > 0.0).unwrap_or_default();
    let Some(Tokens { total, input, output, reasoning, cache }) = tokens else {
        return Spend { cost, ..Spend::default() };
    };
    let cache = cache.unwrap_or(Cache { read: None, write: None });
    let mut spend = Spend {
        input: count(input),
        output: count(output),
        reasoning: count(reasoning),
        cache_read: count(cache.read),
        cache_write: count(cache.write),
        cost,
    };
    // Until 1.3 the output holds the reasoning too; the total gives it away.
    let includes_reasoning = total.is_some() && spend.tokens() == count(total).saturating_add(spend.reasoning);
    if includes_reasoning {
        spend.output = spend.output.saturating_sub(spend.reasoning);
    }
    spend
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates; what is no number is none")]
fn count(number: Option<f64>) -> u64 {
    number.unwrap_or_default() as u64
}

#[expect(clippy::cast_possible_truncation, reason = "saturates")]
fn time(millis: f64) -> Timestamp {
    Timestamp::from_millis(millis as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Input, output, reasoning, cache read, cache write, cost in millionths.
    fn check(tokens: &str, expected: [u64; 6]) {
        let json = format!(
            r#"{{"role": "assistant", "time": {{"created": 1, "completed": 2}}, "modelID": "m", "providerID": "p",
                 "error": {{"name": "any"}}, "cost": 0.000925, "tokens": {tokens}}}"#
        );
        let Record::Answer(message) = read(json.as_bytes(), Some("msg_1")) else { panic!("{json}") };
        let Spend { input, output, reasoning, cache_read, cache_write, cost } = message.spend;
        let found = [input, output, reasoning, cache_read, cache_write, (cost * 1e6).round() as u64];
        assert_eq!(found, expected, "{tokens}");
    }

    #[test]
    fn each_token_is_counted_once_whichever_release_wrote_it() {
        // 1.1.58 and 1.3.2, then 1.15.13 and 1.18.33, for the same answer.
        let old = r#"{"total":180,"input":100,"output":70,"reasoning":20,"cache":{"read":10,"write":0}}"#;
        let new = r#"{"total":180,"input":100,"output":50,"reasoning":20,"cache":{"write":0,"read":10}}"#;
        check(old, [100, 50, 20, 10, 0, 925]);
        check(new, [100, 50, 20, 10, 0, 925]);
        check(r#"{"input":100,"output":70,"reasoning":20}"#, [100, 70, 20, 0, 0, 925]);
        check(r#"{"total":null,"input":-3,"output":1e300,"cache":{}}"#, [0, u64::MAX, 0, 0, 0, 925]);
        check("null", [0, 0, 0, 0, 0, 925]);
    }

    #[test]
    fn what_is_no_answer_is_told_apart() {
        let user = r#"{"role": "user", "time": {"created": 1}, "model": {"providerID": "p", "modelID": "m"}}"#;
        assert_eq!(read(user.as_bytes(), Some("msg_1")), Record::Question);
        let answer = |more: &str| format!(r#"{{"role": "assistant", "time": {{"created": 1}}{more}}}"#);
        for foreign in [
            String::new(),
            "[]".to_owned(),
            "{\"role\": \"assis".to_owned(),
            r#"{"role": "assistant"}"#.to_owned(),
            answer(""),
            answer(r#", "modelID": 5, "providerID": "p""#),
            answer(r#", "modelID": "m", "providerID": "p", "tokens": {"input": "many"}"#),
            r#"{"role": "narrator", "time": {"created": 1}}"#.to_owned(),
        ] {
            assert_eq!(read(foreign.as_bytes(), Some("msg_1")), Record::Foreign, "{foreign}");
        }
    }
}
