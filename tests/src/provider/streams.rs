//! Answers and limits as server-sent events, in the shape of each interface that OpenCode speaks.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::book::Served;

/// An interface to models.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Interface {
    /// ChatGPT's, as OpenCode uses it with a login.
    Responses,
    /// What most providers with an API key offer.
    ChatCompletions,
    /// Anthropic's.
    Messages,
}

impl Interface {
    /// A whole answer; `reasoning` comes before its text, where the interface has that.
    pub(super) fn answer(self, text: &str, served: Served, reasoning: Option<&str>) -> String {
        match self {
            Self::Responses => named(&responses(text, served, reasoning)),
            Self::ChatCompletions => unnamed(&chat_completions(text, served)) + "data: [DONE]\n\n",
            Self::Messages => named(&messages(text, served)),
        }
    }

    /// A stream that begins as ever, and then tells a limit.
    pub(super) fn limit(self) -> String {
        let message = "The usage limit has been reached";
        let error =
            json!({"type": "usage_limit_reached", "code": "usage_limit_reached", "message": message, "param": null});
        match self {
            Self::Responses => named(&[
                json!({"type": "response.created", "response": response("in_progress", &[], Value::Null)}),
                json!({"type": "error", "sequence_number": 1, "error": error}),
            ]),
            Self::ChatCompletions => unnamed(&[json!({"error": error})]),
            Self::Messages => named(&[
                json!({"type": "error", "error": {"type": "rate_limit_error", "message": "This request would exceed your account's rate limit. Please try again later."}}),
            ]),
        }
    }
}

fn named(events: &[Value]) -> String {
    let name = |event: &Value| event["type"].as_str().unwrap_or_default().to_owned();
    events.iter().map(|event| format!("event: {}\ndata: {event}\n\n", name(event))).collect()
}

fn unnamed(events: &[Value]) -> String {
    events.iter().map(|event| format!("data: {event}\n\n")).collect()
}

fn response(status: &str, output: &[Value], usage: Value) -> Value {
    json!({"id": "resp_1", "object": "response", "created_at": Timestamp::now().as_second(), "model": "gpt-5.2-codex", "status": status, "output": output, "usage": usage, "incomplete_details": null, "service_tier": "default"})
}

fn responses(text: &str, served: Served, reasoning: Option<&str>) -> Vec<Value> {
    let index = usize::from(reasoning.is_some());
    let thought =
        |content: Value| json!({"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": content});
    let message = |status: &str, content: Value| json!({"type": "message", "id": "msg_1", "role": "assistant", "status": status, "content": content});
    let part = |text: &str| json!({"type": "output_text", "text": text, "annotations": []});
    let place = |mut event: Value| {
        event["item_id"] = "msg_1".into();
        event["output_index"] = index.into();
        event["content_index"] = 0.into();
        event
    };
    let usage = json!({"input_tokens": served.input, "input_tokens_details": {"cached_tokens": served.cached}, "output_tokens": served.output, "output_tokens_details": {"reasoning_tokens": served.reasoning}, "total_tokens": served.input + served.output});
    let mut events = vec![json!({"type": "response.created", "response": response("in_progress", &[], Value::Null)})];
    if let Some(encrypted) = reasoning {
        events.push(json!({"type": "response.output_item.added", "output_index": 0, "item": thought(Value::Null)}));
        events.push(json!({"type": "response.output_item.done", "output_index": 0, "item": thought(encrypted.into())}));
    }
    let whole = message("completed", json!([part(text)]));
    events.extend([
        json!({"type": "response.output_item.added", "output_index": index, "item": message("in_progress", json!([]))}),
        place(json!({"type": "response.content_part.added", "part": part("")})),
        place(json!({"type": "response.output_text.delta", "delta": text})),
        place(json!({"type": "response.output_text.done", "text": text})),
        json!({"type": "response.output_item.done", "output_index": index, "item": whole}),
        json!({"type": "response.completed", "response": response("completed", &[whole], usage)}),
    ]);
    events
}

fn chat_completions(text: &str, served: Served) -> Vec<Value> {
    let chunk = |delta: Value, finish: Value| json!({"id": "chat_1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]});
    let mut last = chunk(json!({}), "stop".into());
    last["usage"] = json!({"prompt_tokens": served.input, "prompt_tokens_details": {"cached_tokens": served.cached}, "completion_tokens": served.output, "completion_tokens_details": {"reasoning_tokens": served.reasoning}, "total_tokens": served.input + served.output});
    vec![chunk(json!({"role": "assistant", "content": text}), Value::Null), last]
}

fn messages(text: &str, served: Served) -> Vec<Value> {
    vec![
        json!({"type": "message_start", "message": {"id": "msg_1", "type": "message", "role": "assistant", "model": "claude", "content": [], "stop_reason": null, "stop_sequence": null, "usage": {"input_tokens": served.input, "output_tokens": 1}}}),
        json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}),
        json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}}),
        json!({"type": "content_block_stop", "index": 0}),
        json!({"type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence": null}, "usage": {"output_tokens": served.output}}),
        json!({"type": "message_stop"}),
    ]
}
