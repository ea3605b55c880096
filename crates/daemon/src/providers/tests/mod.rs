//! Asking a provider over a real port of this machine: what each answer means, and what is sent.

pub(super) mod conformance;

use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::json;

use super::*;

pub(crate) const NOW: Timestamp = Timestamp::from_secs(1_790_000_000);
const NORMAL: &str = include_str!("../../../fixtures/usage/openai/normal.json");
const BOT_CHECK: &str = include_str!("../../../fixtures/usage/openai/bot_check.html");

#[tokio::test]
async fn figures_are_read_under_our_own_name() {
    let server = Server::start(answer(200, NORMAL)).await;
    let reading = usage(&server, &login()).await.unwrap();
    assert_eq!(reading.usage.headroom(NOW), Some(60.0));
    let whom = [reading.account, reading.user, reading.email, reading.plan].map(Option::unwrap);
    assert_eq!(whom, ["ws-1", "user-anna", "anna@example.org", "plus"]);
    let [(asked, _)] = &server.asked()[..] else { panic!("asked once") };
    let header = |name: &str| asked.get(name).map(|value| value.to_str().unwrap());
    assert_eq!(header("user-agent"), Some(USER_AGENT));
    assert_eq!(header("authorization"), Some("Bearer access-1"));
    assert_eq!(header("chatgpt-account-id"), Some("ws-1"));
    assert_eq!(header("accept"), Some("application/json"));
    assert_eq!((header("originator"), header("cookie"), header("referer")), (None, None, None));
}

#[tokio::test]
async fn each_answer_without_figures_has_one_meaning() {
    let check = async |answer: Answer, expected: UsageError| {
        let shown = format!("{} {:?}", answer.status, answer.body);
        let server = Server::start(answer).await;
        assert_eq!(usage(&server, &login()).await, Err(expected), "{shown}");
        assert_eq!(server.asked().len(), 1, "nothing is repeated or followed: {shown}");
    };
    let coded = |status, code: &str| answer(status, &json!({"error": {"code": code, "message": "…"}}).to_string());
    check(answer(401, "{}"), UsageError::LoginRejected).await;
    check(coded(401, "token_invalidated"), UsageError::LoginRejected).await;
    check(coded(401, "token_expired"), UsageError::Expired).await;
    check(coded(403, "account_deactivated"), UsageError::LoginRejected).await;
    check(answer(402, r#"{"detail":{"code":"deactivated_workspace"}}"#), UsageError::LoginRejected).await;
    check(coded(403, "other"), UsageError::Refused { status: 403 }).await;
    check(answer(403, BOT_CHECK), UsageError::Http(HttpError::WebPage)).await;
    check(answer(200, BOT_CHECK), UsageError::Http(HttpError::WebPage)).await;
    check(answer(404, "{}"), UsageError::Refused { status: 404 }).await;
    check(answer(503, BOT_CHECK), UsageError::Server { status: 503 }).await;
    check(answer(200, "not json"), UsageError::Shape("no rate limit")).await;
    check(answer(200, ""), UsageError::Shape("no rate limit")).await;
    check(answer(200, &NORMAL.replace("ws-1", "ws-2")), UsageError::WrongAccount).await;
    check(answer(200, &format!("[{}]", " ".repeat(1 << 20))), UsageError::Http(HttpError::TooLong)).await;
    let redirect = answer(302, "").with("location", "http://127.0.0.1:1/elsewhere");
    check(redirect, UsageError::Refused { status: 302 }).await;
    let later = |retry_after| UsageError::RateLimited { retry_after };
    check(answer(429, "{}"), later(None)).await;
    check(answer(429, "{}").with("retry-after", "90"), later(Some(Duration::from_secs(90)))).await;
    check(coded(429, "usage_limit_reached").with("retry-after", "0"), later(Some(Duration::ZERO))).await;
}

#[tokio::test]
async fn a_provider_that_is_not_there_says_nothing_of_the_account() {
    let silent = Server::start(Answer { silent: true, ..answer(200, NORMAL) }).await;
    let http = Http::new(USER_AGENT).with_time_limit(Duration::from_millis(50));
    let outcome = adapter(&openai()).usage(&http, &silent.endpoints(), &login(), NOW).await;
    assert_eq!(outcome, Err(UsageError::Http(HttpError::TimedOut)));

    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let endpoints = Endpoints { usage_url: Some(format!("http://{closed}/usage")), token_url: None };
    let outcome = adapter(&openai()).usage(&http, &endpoints, &login(), NOW).await;
    assert_eq!(outcome, Err(UsageError::Http(HttpError::Connect)));
}

#[tokio::test]
async fn an_ended_token_and_an_api_key_are_not_sent_at_all() {
    let server = Server::start(answer(200, NORMAL)).await;
    let ended = login().with_tokens("access-1", "refresh-1", Some(NOW));
    assert_eq!(usage(&server, &ended).await, Err(UsageError::Expired));
    assert_eq!(usage(&server, &login().with_tokens("", "refresh-1", None)).await, Err(UsageError::Expired));
    assert_eq!(usage(&server, &Credential::api("sk-1")).await, Err(UsageError::NoFigures));
    assert_eq!(refresh(&server, &Credential::api("sk-1")).await, Err(RefreshError::NotRefreshable));
    assert_eq!(server.asked().len(), 0);
}

#[tokio::test]
async fn a_refresh_brings_the_same_login_with_new_tokens() {
    let check = async |body: &str, expected: Credential| {
        let server = Server::start(answer(200, body)).await;
        assert_eq!(refresh(&server, &login()).await, Ok(expected), "{body}");
        let [(_, form)] = &server.asked()[..] else { panic!("asked once") };
        let fields = "grant_type=refresh_token&refresh_token=refresh-1&client_id=app_EMoamEEZ73f0CkXaXp7hrann";
        assert_eq!(form, fields);
    };
    let until = |seconds| Some(NOW + Duration::from_secs(seconds));
    check(
        r#"{"access_token":"access-2","refresh_token":"refresh-2","id_token":"x","expires_in":864000}"#,
        login().with_tokens("access-2", "refresh-2", until(864_000)),
    )
    .await;
    check(
        r#"{"access_token":"access-2","expires_in":60.5}"#,
        login().with_tokens("access-2", "refresh-1", Some(NOW + Duration::from_millis(60_500))),
    )
    .await;
    check(r#"{"access_token":"access-2"}"#, login().with_tokens("access-2", "refresh-1", until(3600))).await;
    let token = jwt::unsigned(&json!({"exp": 1_790_000_777}));
    check(&json!({"access_token": token}).to_string(), login().with_tokens(&token, "refresh-1", until(777))).await;
}

#[tokio::test]
async fn a_refused_refresh_says_whether_a_login_is_needed() {
    let check = async |answer: Answer, expected: RefreshError| {
        let shown = format!("{} {:?}", answer.status, answer.body);
        let server = Server::start(answer).await;
        assert_eq!(refresh(&server, &login()).await, Err(expected), "{shown}");
        assert_eq!(server.asked().len(), 1, "a refresh is never repeated: {shown}");
    };
    let coded = |status, code: &str| answer(status, &json!({"error": {"code": code, "type": "x"}}).to_string());
    check(coded(401, "refresh_token_reused"), RefreshError::LoginRejected { reused: true }).await;
    for code in ["refresh_token_expired", "refresh_token_invalidated", "refresh_token_revoked", "token_invalidated"] {
        check(coded(401, code), RefreshError::LoginRejected { reused: false }).await;
        check(coded(400, code), RefreshError::LoginRejected { reused: false }).await;
    }
    check(answer(400, r#"{"error":"invalid_grant"}"#), RefreshError::LoginRejected { reused: false }).await;
    check(answer(400, r#"{"error":"invalid_request"}"#), RefreshError::Refused { status: 400 }).await;
    check(answer(401, "{}"), RefreshError::Refused { status: 401 }).await;
    check(answer(429, "{}"), RefreshError::Refused { status: 429 }).await;
    check(answer(500, BOT_CHECK), RefreshError::Refused { status: 500 }).await;
    check(answer(403, BOT_CHECK), RefreshError::Http(HttpError::WebPage)).await;
    check(answer(200, BOT_CHECK), RefreshError::Http(HttpError::WebPage)).await;
    check(answer(200, r#"{"refresh_token":"refresh-2"}"#), RefreshError::Shape("no access token")).await;
}

#[test]
fn each_provider_has_figures_for_the_credentials_that_it_gives_them_for() {
    let check = |id: &str, name: &str, kinds: [bool; 2], refreshable: bool| {
        let id = ProviderId::from(id);
        let adapter = adapter(&id);
        let figures = [CredentialKind::OAuth, CredentialKind::Api].map(|kind| adapter.has_figures(kind));
        assert_eq!((adapter.name(&id), figures), (name, kinds), "{id}");
        assert_eq!(adapter.refreshable(CredentialKind::OAuth), refreshable, "{id}");
        assert!(!adapter.refreshable(CredentialKind::Api), "{id}: an API key doesn't end");
        assert!(!adapter.has_figures(CredentialKind::WellKnown), "{id}");
    };
    let (login, key, none) = ([true, false], [false, true], [false, false]);
    check("openai", "OpenAI", login, true);
    check("anthropic", "Anthropic", login, true);
    check("github-copilot", "GitHub Copilot", login, false);
    check("opencode-go", "OpenCode Go", key, false);
    check("opencode", "OpenCode Zen", none, false);
    check("openrouter", "OpenRouter", key, false);
    check("zai-coding-plan", "Z.ai Coding Plan", key, false);
    check("zhipuai-coding-plan", "Zhipu AI Coding Plan", key, false);
    check("zai", "Z.ai", none, false);
    check("zhipuai", "Zhipu AI", none, false);
    check("kimi-for-coding", "Kimi for Coding", key, false);
    check("kimi-code-plan-cn", "Kimi for Coding", key, false);
    check("kimi-code-plan-global", "Kimi for Coding (kimi.ai)", key, false);
    check("moonshotai", "Moonshot AI", key, false);
    check("moonshotai-cn", "Moonshot AI (China)", key, false);
    check("minimax", "MiniMax", key, false);
    check("minimax-cn", "MiniMax (China)", key, false);
    check("minimax-coding-plan", "MiniMax Token Plan", key, false);
    check("minimax-cn-coding-plan", "MiniMax Token Plan (China)", key, false);
    check("deepseek", "DeepSeek", key, false);
    check("vercel", "Vercel AI Gateway", key, false);
    check("xai", "xAI", login, true);
    check("google", "Google", login, true);
    check("somebody-new", "somebody-new", none, false);
}

#[test]
fn figures_are_of_whom_the_server_names() {
    let check = |said: [Option<&str>; 2], known: [Option<&str>; 2], expected: bool| {
        let [user, account] = said.map(|text| text.map(str::to_owned));
        let [user_id, workspace_id] = known.map(|text| text.map(str::to_owned));
        let reading = Reading { user, account, ..figures::reading(NOW, Vec::new(), Vec::new()) };
        let known = Identity { user_id, workspace_id, ..Identity::default() };
        assert_eq!(adapter(&"opencode-go".into()).is_of(&reading, &known), expected, "{said:?} {known:?}");
    };
    let (anna, berta, ws, other) = (Some("usr_anna"), Some("usr_berta"), Some("wrk_1"), Some("wrk_2"));
    check([anna, ws], [anna, ws], true);
    check([berta, ws], [anna, ws], false);
    check([anna, other], [anna, ws], false);
    check([None, other], [anna, ws], false);
    check([None, ws], [anna, None], true);
    check([anna, ws], [None, None], true);
    check([None, None], [anna, ws], true);
}

#[tokio::test]
async fn a_login_that_names_nobody_is_named_by_its_provider() {
    let check = async |provider: &str, also: &str, expected: Result<Option<[&str; 3]>, UsageError>| {
        let server = Server::start(answer(200, also)).await;
        let adapter = adapter(&provider.into());
        let found = adapter.whose(&Http::new(USER_AGENT), &server.endpoints(), &login(), NOW).await;
        let shown = found.map(|found| {
            found.map(|person| [person.user_id, person.workspace_id, person.email].map(Option::unwrap_or_default))
        });
        assert_eq!(shown, expected.map(|found| found.map(|parts| parts.map(str::to_owned))), "{provider} {also}");
    };
    let profile =
        r#"{"account":{"uuid":"anna","email":"anna@x.org","new":1},"organization":{"uuid":"org-1","name":"X"}}"#;
    check("anthropic", profile, Ok(Some(["anna", "org-1", "anna@x.org"]))).await;
    check("anthropic", r#"{"account":{"uuid":"anna"},"organization":null}"#, Ok(Some(["anna", "", ""]))).await;
    check("anthropic", r#"{"account":{"uuid":7}}"#, Err(UsageError::Shape("an account without an id"))).await;
    check("anthropic", "{}", Err(UsageError::Shape("no account"))).await;
    check("anthropic", BOT_CHECK, Err(UsageError::Http(HttpError::WebPage))).await;
    check("github-copilot", r#"{"login":"octocat","quota_snapshots":{}}"#, Ok(Some(["octocat", "", ""]))).await;
    check("github-copilot", r#"{"quota_snapshots":{}}"#, Ok(None)).await;
    check("opencode-go", "{}", Ok(None)).await;
}

#[tokio::test]
async fn other_providers_are_asked_nothing() {
    let server = Server::start(answer(200, NORMAL)).await;
    let (http, endpoints) = (Http::new(USER_AGENT), server.endpoints());
    let plain = adapter(&"moonshot".into());
    assert_eq!(plain.usage(&http, &endpoints, &login(), NOW).await, Err(UsageError::NoFigures));
    assert_eq!(plain.refresh(&http, &endpoints, &login(), NOW).await, Err(RefreshError::NotRefreshable));
    assert_eq!((server.asked().len(), plain.name(&"moonshot".into())), (0, "moonshot"));
}

#[test]
fn account_ids_are_stable() {
    assert_eq!(account_id(&openai(), "user-anna/ws-1").as_str(), "openai-bf5c3b8bc83f");
    assert_ne!(account_id(&openai(), "a"), account_id(&openai(), "b"));
    assert!(account_id(&"github-copilot".into(), "a").as_str().starts_with("github-copilot-"));
}

fn openai() -> ProviderId {
    "openai".into()
}

fn login() -> Credential {
    let entry = json!({"type":"oauth","refresh":"refresh-1","access":"access-1","expires":0,"accountId":"ws-1","x":1});
    Credential::from_json(entry).unwrap()
}

async fn usage(server: &Server, credential: &Credential) -> Result<Reading, UsageError> {
    adapter(&openai()).usage(&Http::new(USER_AGENT), &server.endpoints(), credential, NOW).await
}

async fn refresh(server: &Server, credential: &Credential) -> Result<Credential, RefreshError> {
    adapter(&openai()).refresh(&Http::new(USER_AGENT), &server.endpoints(), credential, NOW).await
}

/// What a server answers, whatever is asked but a path of its own in `also`.
#[derive(Clone, Default)]
pub(crate) struct Answer {
    status: u16,
    headers: Vec<(&'static str, &'static str)>,
    body: String,
    silent: bool,
    also: Vec<(&'static str, String)>,
}

pub(crate) fn answer(status: u16, body: &str) -> Answer {
    let kind = if body.starts_with('<') { "text/html; charset=UTF-8" } else { "application/json" };
    Answer { status, headers: vec![("content-type", kind)], body: body.to_owned(), ..Answer::default() }
}

impl Answer {
    /// Another body for one path.
    pub(crate) fn at(mut self, path: &'static str, body: &str) -> Self {
        self.also.push((path, body.to_owned()));
        self
    }

    fn with(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers.push((name, value));
        self
    }
}

type Heard = Arc<Mutex<Vec<(HeaderMap, String)>>>;

/// A provider on this machine; stops when it is dropped.
pub(crate) struct Server {
    url: String,
    heard: Heard,
    task: tokio::task::JoinHandle<()>,
}

impl Server {
    pub(crate) async fn start(answer: Answer) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let heard = Heard::default();
        let router = axum::Router::new().fallback(reply).with_state((answer, Arc::clone(&heard)));
        let task = tokio::spawn(async { axum::serve(listener, router).await.unwrap() });
        Self { url, heard, task }
    }

    pub(crate) fn endpoints(&self) -> Endpoints {
        Endpoints { usage_url: Some(format!("{}/usage", self.url)), token_url: Some(format!("{}/token", self.url)) }
    }

    pub(crate) fn asked(&self) -> Vec<(HeaderMap, String)> {
        self.heard.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn reply(State((answer, heard)): State<(Answer, Heard)>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let other = answer.also.iter().find(|(path, _)| *path == head.uri.path());
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    heard.lock().unwrap().push((head.headers, String::from_utf8(body.to_vec()).unwrap()));
    if let Some((_, body)) = other {
        return Response::new(Body::from(body.clone()));
    }
    if answer.silent {
        std::future::pending::<()>().await;
    }
    let response = Response::builder().status(answer.status);
    let response = answer.headers.iter().fold(response, |response, (name, value)| response.header(*name, *value));
    response.body(Body::from(answer.body)).unwrap()
}
