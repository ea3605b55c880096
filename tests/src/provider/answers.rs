//! Inference: the server-sent events of an answer, and the bodies of the real refusals.

use std::sync::{Arc, Mutex};

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::book::{Asked, Behaviour, Book, Kind, Served};

type Shared = State<Arc<Mutex<Book>>>;

/// ChatGPT's endpoint, as OpenCode uses it with a login.
pub(super) async fn responses(State(book): Shared, headers: HeaderMap, body: String) -> Response {
    answer(&book, &headers, &body, |text, served| {
        let message = |status: &str, content: Value| json!({"type": "message", "id": "msg_1", "role": "assistant", "status": status, "content": content});
        let part = json!({"type": "output_text", "text": text, "annotations": []});
        let place = |mut event: Value| {
            event["item_id"] = "msg_1".into();
            event["output_index"] = 0.into();
            event["content_index"] = 0.into();
            event
        };
        let response = |status: &str, usage: Value| json!({"id": "resp_1", "object": "response", "created_at": Timestamp::now().as_second(), "model": "gpt-5.2-codex", "status": status, "output": [], "usage": usage, "incomplete_details": null, "service_tier": "default"});
        let usage = json!({"input_tokens": served.input, "input_tokens_details": {"cached_tokens": served.cached}, "output_tokens": served.output, "output_tokens_details": {"reasoning_tokens": served.reasoning}, "total_tokens": served.input + served.output});
        let events = [
            json!({"type": "response.created", "response": response("in_progress", Value::Null)}),
            json!({"type": "response.output_item.added", "output_index": 0, "item": message("in_progress", json!([]))}),
            place(
                json!({"type": "response.content_part.added", "part": {"type": "output_text", "text": "", "annotations": []}}),
            ),
            place(json!({"type": "response.output_text.delta", "delta": text})),
            place(json!({"type": "response.output_text.done", "text": text})),
            json!({"type": "response.output_item.done", "output_index": 0, "item": message("completed", json!([part]))}),
            json!({"type": "response.completed", "response": response("completed", usage)}),
        ];
        let name = |event: &Value| event["type"].as_str().unwrap_or_default().to_owned();
        events.iter().map(|event| format!("event: {}\ndata: {event}\n\n", name(event))).collect()
    })
}

/// What a provider with an API key offers.
pub(super) async fn chat_completions(State(book): Shared, headers: HeaderMap, body: String) -> Response {
    answer(&book, &headers, &body, |text, served| {
        let chunk = |delta: Value, finish: Value| json!({"id": "chat_1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]});
        let mut last = chunk(json!({}), "stop".into());
        last["usage"] = json!({"prompt_tokens": served.input, "prompt_tokens_details": {"cached_tokens": served.cached}, "completion_tokens": served.output, "completion_tokens_details": {"reasoning_tokens": served.reasoning}, "total_tokens": served.input + served.output});
        let chunks = [chunk(json!({"role": "assistant", "content": text}), Value::Null), last];
        chunks.iter().map(|chunk| format!("data: {chunk}\n\n")).chain(["data: [DONE]\n\n".to_owned()]).collect()
    })
}

fn answer(
    book: &Mutex<Book>,
    headers: &HeaderMap,
    body: &str,
    events: impl FnOnce(&str, Served) -> String,
) -> Response {
    let mut book = book.lock().unwrap();
    let found = bearer(headers).and_then(|token| book.bearer(token, header(headers, "chatgpt-account-id")));
    let serves = found.map(|account| account.serves);
    let (name, behaviour, plan, text) = match found {
        Some(account) => {
            let login = &account.login;
            (Some(login.name.clone()), account.behaviour, login.plan.clone(), login.answer())
        }
        None => (None, Behaviour::Unauthorized, String::new(), String::new()),
    };
    let behaviour = match asks_for_limited(body, behaviour) {
        Some(resets_in) => Behaviour::UsageLimit { resets_in },
        None => behaviour,
    };
    let mut served = None;
    let (status, response) = match behaviour {
        Behaviour::Answer | Behaviour::ModelLimit { .. } => {
            served = serves.filter(|_| !body.contains("You are a title generator"));
            let events = serves.map(|serves| events(&text, serves)).unwrap_or_default();
            (200, ([(header::CONTENT_TYPE, "text/event-stream")], events).into_response())
        }
        Behaviour::UsageLimit { resets_in } => refusal(
            429,
            json!({
                "type": "usage_limit_reached", "message": "The usage limit has been reached", "plan_type": plan,
                "resets_at": Timestamp::now().as_second() + resets_in, "resets_in_seconds": resets_in,
            }),
        ),
        Behaviour::Refused { status, message } => refusal(status, json!({"message": message})),
        Behaviour::Unavailable => refusal(
            503,
            json!({
                "type": "server_error", "code": "server_is_overloaded", "message": "Our servers are currently overloaded. Please try again later.",
            }),
        ),
        Behaviour::ContextOverflow => refusal(
            400,
            json!({
                "type": "invalid_request_error", "code": "context_length_exceeded",
                "message": "Your input exceeds the context window of this model. Please adjust your input and try again.",
            }),
        ),
        Behaviour::Unauthorized => refusal(
            401,
            json!({
                "type": "invalid_request_error", "code": "token_expired", "message": "Provided authentication token is expired. Please try signing in again.",
            }),
        ),
    };
    book.asked.push(Asked { kind: Kind::Inference, account: name, status, served });
    response
}

/// For how long the model asked for is limited, where it alone is.
fn asks_for_limited(body: &str, behaviour: Behaviour) -> Option<i64> {
    let Behaviour::ModelLimit { model, resets_in } = behaviour else { return None };
    let asked_for = serde_json::from_str::<Value>(body).ok()?;
    (asked_for["model"] == model).then_some(resets_in)
}

fn refusal(status: u16, error: Value) -> (u16, Response) {
    let code = StatusCode::from_u16(status).unwrap();
    (status, (code, axum::Json(json!({"error": error}))).into_response())
}

pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    header(headers, "authorization")?.strip_prefix("Bearer ")
}

pub(super) fn header<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}
