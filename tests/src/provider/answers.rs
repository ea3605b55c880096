//! Inference: who asks, and what the account's behaviour makes of it, with the bodies of the real refusals.

use std::sync::{Arc, Mutex};
use std::time::Instant;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::book::{Asked, Behaviour, Book, Kind};
use super::streams::Interface;

type Shared = State<Arc<Mutex<Book>>>;

/// ChatGPT's endpoint, as OpenCode uses it with a login.
pub(super) async fn responses(State(book): Shared, headers: HeaderMap, body: String) -> Response {
    answer(Interface::Responses, &book, &headers, &body)
}

/// What most providers with an API key offer.
pub(super) async fn chat_completions(State(book): Shared, headers: HeaderMap, body: String) -> Response {
    answer(Interface::ChatCompletions, &book, &headers, &body)
}

/// Anthropic's endpoint.
pub(super) async fn messages(State(book): Shared, headers: HeaderMap, body: String) -> Response {
    answer(Interface::Messages, &book, &headers, &body)
}

/// There are no websockets here; who wants one is written down.
pub(super) async fn socket(State(book): Shared, headers: HeaderMap) -> StatusCode {
    let mut book = book.lock().unwrap();
    let name = account(&book, &headers).map(|account| account.login.name.clone());
    book.note(Kind::Socket, name, StatusCode::UPGRADE_REQUIRED.as_u16());
    StatusCode::UPGRADE_REQUIRED
}

fn answer(interface: Interface, book: &Mutex<Book>, headers: &HeaderMap, body: &str) -> Response {
    let body: Value = serde_json::from_str(body).unwrap_or_default();
    let mut book = book.lock().unwrap();
    let (mut name, mut served, mut answered) = (None, None, refusal(401, expired()));
    if let Some(account) = account(&book, headers) {
        let own = format!("encrypted for {}", account.login.name);
        name = Some(account.login.name.clone());
        answered = match meets(account.behaviour, &body) {
            Met::Answer if book.reasons && presents_anothers(&body, &own) => refusal(400, undecipherable()),
            Met::Answer => {
                served = (!is_title(&body)).then_some(account.serves);
                let reasoning = book.reasons.then_some(own.as_str());
                let told = if book.tells_usage { usage_headers(account.used_percent) } else { HeaderMap::new() };
                let events = interface.answer(&account.login.answer(), account.serves, reasoning);
                (200, (told, stream(events)).into_response())
            }
            Met::LimitInStream => (200, stream(interface.limit())),
            Met::Limit { resets_in, retry_after } => {
                let (status, mut response) = refusal(429, limit(&account.login.plan, resets_in));
                if retry_after {
                    response.headers_mut().insert(header::RETRY_AFTER, resets_in.into());
                }
                (status, response)
            }
            Met::Refusal { status, error } => refusal(status, error),
            Met::Blabbed { status } => refusal(status, blabbed(bearer(headers).unwrap_or_default())),
        };
    }
    let (status, response) = answered;
    let fields = body.as_object().into_iter().flatten().map(|(field, _)| field.clone()).collect();
    book.asked.push(Asked { kind: Kind::Inference, account: name, status, served, fields, at: Instant::now() });
    response
}

/// What comes of one request.
enum Met {
    Answer,
    Limit { resets_in: i64, retry_after: bool },
    LimitInStream,
    Refusal { status: u16, error: Value },
    Blabbed { status: u16 },
}

fn meets(behaviour: Behaviour, body: &Value) -> Met {
    let limit = |resets_in, retry_after| Met::Limit { resets_in, retry_after };
    let refusal = |status, error| Met::Refusal { status, error };
    match behaviour {
        Behaviour::Answer => Met::Answer,
        Behaviour::UsageLimit { resets_in } => limit(resets_in, false),
        Behaviour::RetryAfter { seconds } => limit(seconds, true),
        Behaviour::LimitInStream { .. } => Met::LimitInStream,
        Behaviour::ModelLimit { model, resets_in } if body["model"] == model => limit(resets_in, false),
        Behaviour::ModelLimit { .. } => Met::Answer,
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
        Behaviour::Unauthorized => refusal(401, expired()),
        Behaviour::Blabs { status } => Met::Blabbed { status },
    }
}

fn limit(plan: &str, resets_in: i64) -> Value {
    json!({
        "type": "usage_limit_reached", "message": "The usage limit has been reached", "plan_type": plan,
        "resets_at": Timestamp::now().as_second() + resets_in, "resets_in_seconds": resets_in,
    })
}

fn expired() -> Value {
    json!({
        "type": "invalid_request_error", "code": "token_expired", "message": "Provided authentication token is expired. Please try signing in again.",
    })
}

fn undecipherable() -> Value {
    json!({
        "type": "invalid_request_error", "code": "invalid_encrypted_content", "param": null,
        "message": "The encrypted content could not be verified. Reason: Encrypted content could not be decrypted or parsed.",
    })
}

/// Whether the conversation holds reasoning that was given to another account.
fn presents_anothers(body: &Value, own: &str) -> bool {
    let mut items = body["input"].as_array().into_iter().flatten();
    items.any(|item| item["encrypted_content"].as_str().is_some_and(|encrypted| encrypted != own))
}

fn is_title(body: &Value) -> bool {
    body.to_string().contains("You are a title generator")
}

fn usage_headers([five_hours, week]: [u8; 2]) -> HeaderMap {
    let told = [
        ("x-codex-primary-used-percent", five_hours.to_string()),
        ("x-codex-primary-window-minutes", "300".to_owned()),
        ("x-codex-primary-reset-after-seconds", "9000".to_owned()),
        ("x-codex-secondary-used-percent", week.to_string()),
        ("x-codex-secondary-window-minutes", "10080".to_owned()),
        ("x-codex-secondary-reset-after-seconds", "300000".to_owned()),
    ];
    let header =
        |(name, value): (&'static str, String)| (HeaderName::from_static(name), HeaderValue::from_str(&value).unwrap());
    told.into_iter().map(header).collect()
}

fn stream(events: String) -> Response {
    ([(header::CONTENT_TYPE, "text/event-stream")], events).into_response()
}

/// A limit's error in the words of a gateway that knows no discretion.
pub(super) fn blabbed(secret: &str) -> Value {
    json!({"type": "usage_limit_reached", "code": secret, "message": format!("The usage limit has been reached for {secret}")})
}

fn refusal(status: u16, error: Value) -> (u16, Response) {
    let code = StatusCode::from_u16(status).unwrap();
    (status, (code, axum::Json(json!({"error": error}))).into_response())
}

/// The account whose secret a request carries, in whichever header.
fn account<'b>(book: &'b Book, headers: &HeaderMap) -> Option<&'b super::book::Account> {
    let secret = bearer(headers).or_else(|| header(headers, "x-api-key"))?;
    book.bearer(secret, header(headers, "chatgpt-account-id"))
}

pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    header(headers, "authorization")?.strip_prefix("Bearer ")
}

pub(super) fn header<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}
