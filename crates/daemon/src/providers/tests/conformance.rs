//! What every adapter promises, tried with each of them: fixtures mean what the table says, trouble on the way has one
//! meaning for all, requests carry Baton's own name, and nothing that is a secret is ever told.

use serde_json::{Value, json};

use super::*;

/// What an adapter's reading or error shows for one fixture: windows as `5h 12% +150m`, balances as `USD 5 of 20`, then
/// `account …` and `plan …` where the server names them.
pub(in crate::providers) type Expected = Result<&'static [&'static str], UsageError>;

/// One adapter, to be held to it.
pub(in crate::providers) struct Conformance {
    /// OpenCode's id for the provider.
    pub(in crate::providers) provider: &'static str,
    /// The folder of its fixtures.
    pub(in crate::providers) folder: &'static str,
    /// OpenCode's entry, of a login that hasn't ended.
    pub(in crate::providers) credential: Value,
    /// The secret that is sent.
    pub(in crate::providers) token: &'static str,
    /// Whether an access token that has ended is kept back.
    pub(in crate::providers) ends: bool,
    /// Fixtures by their names without `.json`, and what they say.
    pub(in crate::providers) fixtures: &'static [(&'static str, Expected)],
    /// Fixtures that other paths of the server answer with.
    pub(in crate::providers) also: &'static [(&'static str, &'static str)],
    /// Refusals with a meaning of the provider's own: status, body, meaning.
    pub(in crate::providers) refusals: &'static [(u16, &'static str, UsageError)],
    /// What a 401 means that says no more.
    pub(in crate::providers) unauthorized: UsageError,
    /// In how many ways the secret is shown to a server that rejects it.
    pub(in crate::providers) ways: usize,
}

impl Conformance {
    /// The usual expectations of a provider whose credential is of this kind, `oauth` or `api`.
    pub(in crate::providers) fn of(provider: &'static str, kind: &str) -> Self {
        let oauth = kind == "oauth";
        let login = json!({"type":"oauth","refresh":"refresh-1","access":"access-1","expires":0});
        Self {
            provider,
            folder: provider,
            credential: if oauth { login } else { json!({"type":"api","key":"key-1"}) },
            token: if oauth { "access-1" } else { "key-1" },
            ends: oauth,
            fixtures: &[],
            also: &[],
            refusals: &[],
            unauthorized: UsageError::LoginRejected,
            ways: 1,
        }
    }

    /// Tries everything.
    pub(in crate::providers) async fn check(&self) {
        assert!(adapter(&self.provider.into()).has_figures(self.credential().kind()));
        self.check_fixtures().await;
        self.check_refusals().await;
        self.check_silence().await;
        self.check_what_is_kept_back().await;
    }

    /// Tries the fixtures only.
    pub(in crate::providers) async fn check_fixtures(&self) {
        for (name, expected) in self.fixtures {
            let server = self.server(answer(200, &self.fixture(name))).await;
            let found = self.ask(&server, &self.credential()).await;
            let expected = expected.clone().map(|lines| lines.iter().map(ToString::to_string).collect::<Vec<_>>());
            assert_eq!(found.map(|reading| show(&reading)), expected, "{} {name}", self.provider);
            for (headers, _) in server.asked() {
                self.check_headers(&headers);
            }
        }
    }

    async fn check_refusals(&self) {
        let later = |retry_after| UsageError::RateLimited { retry_after };
        let page = UsageError::Http(HttpError::WebPage);
        let mut table = vec![
            (answer(401, "{}"), self.unauthorized.clone()),
            (answer(403, "{}"), UsageError::Refused { status: 403 }),
            (answer(403, BOT_CHECK), page.clone()),
            (answer(404, "{}"), UsageError::Refused { status: 404 }),
            (answer(200, BOT_CHECK), page),
            (answer(429, "{}"), later(None)),
            (answer(429, "{}").with("retry-after", "0"), later(Some(Duration::ZERO))),
            (answer(429, "{}").with("retry-after", "90"), later(Some(Duration::from_secs(90)))),
            (answer(429, BOT_CHECK), later(None)),
            (answer(500, "{}"), UsageError::Server { status: 500 }),
            (answer(503, BOT_CHECK), UsageError::Server { status: 503 }),
            (answer(200, &" ".repeat(10 << 20)), UsageError::Http(HttpError::TooLong)),
            (answer(302, "").with("location", "http://127.0.0.1:1/elsewhere"), UsageError::Refused { status: 302 }),
        ];
        table.extend(self.refusals.iter().map(|(status, body, meaning)| (answer(*status, body), meaning.clone())));
        for (answer, expected) in table {
            let shown = format!("{} {} {:.80}", self.provider, answer.status, answer.body);
            let server = self.server(answer).await;
            let found = self.ask(&server, &self.credential()).await;
            assert_eq!(found, Err(expected), "{shown}");
            assert!(server.asked().len() <= self.ways + self.also.len(), "nothing is repeated or followed: {shown}");
            assert!(!format!("{found:?}").contains(self.token), "{shown}");
        }
        for body in ["", "null", "7", "[]", "not json"] {
            let server = self.server(answer(200, body)).await;
            let found = self.ask(&server, &self.credential()).await;
            assert!(matches!(found, Err(UsageError::Shape(_))), "{} {body:?}: {found:?}", self.provider);
        }
    }

    async fn check_silence(&self) {
        let server = self.server(Answer { silent: true, ..answer(200, "{}") }).await;
        let http = Http::new(USER_AGENT).with_time_limit(Duration::from_millis(200));
        let adapter = adapter(&self.provider.into());
        let found = adapter.usage(&http, &server.endpoints(), &self.credential(), NOW).await;
        assert_eq!(found, Err(UsageError::Http(HttpError::TimedOut)), "{}", self.provider);
    }

    async fn check_what_is_kept_back(&self) {
        let server = self.server(answer(200, "{}")).await;
        if self.ends {
            let ended = self.credential().with_tokens("access-1", "refresh-1", Some(NOW));
            assert_eq!(self.ask(&server, &ended).await, Err(UsageError::Expired));
        }
        let other = match self.credential["type"] == "api" {
            true => json!({"type":"wellknown","key":"KEY","token":"token-1"}),
            false => json!({"type":"api","key":"key-1"}),
        };
        let other = Credential::from_json(other).unwrap();
        assert_eq!(self.ask(&server, &other).await, Err(UsageError::NoFigures));
        assert_eq!(server.asked().len(), 0, "{}", self.provider);
    }

    fn check_headers(&self, headers: &HeaderMap) {
        let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap());
        assert_eq!(text("user-agent"), Some(USER_AGENT), "{}", self.provider);
        assert!(text("authorization").is_some_and(|sent| sent.ends_with(self.token)), "{}", self.provider);
        for foreign in ["editor-version", "editor-plugin-version", "originator", "cookie", "referer", "x-app"] {
            assert_eq!(text(foreign), None, "{}: {foreign}", self.provider);
        }
    }

    fn credential(&self) -> Credential {
        Credential::from_json(self.credential.clone()).unwrap()
    }

    async fn server(&self, answer: Answer) -> Server {
        let also = self.also.iter().map(|(path, name)| (*path, self.fixture(name))).collect();
        Server::start(Answer { also, ..answer }).await
    }

    async fn ask(&self, server: &Server, credential: &Credential) -> Result<Reading, UsageError> {
        adapter(&self.provider.into()).usage(&Http::new(USER_AGENT), &server.endpoints(), credential, NOW).await
    }

    fn fixture(&self, name: &str) -> String {
        let path = format!("{}/fixtures/usage/{}/{name}.json", env!("CARGO_MANIFEST_DIR"), self.folder);
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
    }
}

/// An adapter's renewal of a login, and what the request's body holds.
pub(in crate::providers) struct Renewal {
    pub(in crate::providers) provider: &'static str,
    pub(in crate::providers) sent: &'static [&'static str],
}

impl Renewal {
    pub(in crate::providers) async fn check(&self) {
        let rejected = |reused| Err(RefreshError::LoginRejected { reused });
        let renewed = login().with_tokens("access-2", "refresh-2", Some(NOW + Duration::from_secs(60)));
        let tokens = r#"{"access_token":"access-2","refresh_token":"refresh-2","expires_in":60}"#;
        let table = [
            (answer(200, tokens), Ok(renewed)),
            (answer(400, r#"{"error":"invalid_grant"}"#), rejected(false)),
            (answer(401, r#"{"error":{"code":"refresh_token_reused"}}"#), rejected(true)),
            (answer(400, r#"{"error":"invalid_request"}"#), Err(RefreshError::Refused { status: 400 })),
            (answer(429, "{}"), Err(RefreshError::Refused { status: 429 })),
            (answer(503, BOT_CHECK), Err(RefreshError::Refused { status: 503 })),
            (answer(403, BOT_CHECK), Err(RefreshError::Http(HttpError::WebPage))),
            (answer(200, "{}"), Err(RefreshError::Shape("no access token"))),
        ];
        let (adapter, http) = (adapter(&self.provider.into()), Http::new(USER_AGENT));
        for (answer, expected) in table {
            let shown = format!("{} {} {}", self.provider, answer.status, answer.body);
            let server = Server::start(answer).await;
            let found = adapter.refresh(&http, &server.endpoints(), &login(), NOW).await;
            assert_eq!(found, expected, "{shown}");
            let [(headers, body)] = &server.asked()[..] else { panic!("a refresh is never repeated: {shown}") };
            assert_eq!(headers["user-agent"], USER_AGENT);
            assert!(self.sent.iter().chain(&["refresh-1"]).all(|part| body.contains(part)), "{body}");
            assert!(!body.contains("scope"), "a login keeps its own: {body}");
        }
        let server = Server::start(answer(200, tokens)).await;
        let found = adapter.refresh(&http, &server.endpoints(), &Credential::api("key-1"), NOW).await;
        assert_eq!((found, server.asked().len()), (Err(RefreshError::NotRefreshable), 0));
    }
}

fn show(reading: &Reading) -> Vec<String> {
    let windows = reading.usage.windows.iter().map(show_window);
    let balances = reading.usage.balances.iter().map(|balance| match balance.of {
        Some(of) => format!("{} {} of {of}", balance.unit, balance.left),
        None => format!("{} {}", balance.unit, balance.left),
    });
    let named = [("account", &reading.account), ("plan", &reading.plan)];
    let named = named.into_iter().filter_map(|(what, name)| Some(format!("{what} {}", name.as_ref()?)));
    windows.chain(balances).chain(named).collect()
}

fn show_window(window: &engine::Window) -> String {
    let model = match &window.scope {
        engine::Scope::Account => String::new(),
        engine::Scope::Model(name) => format!("{name} "),
    };
    let reset = match window.resets_at {
        Some(at) => format!("+{}m", at.since(NOW).as_secs() / 60),
        None => "-".to_owned(),
    };
    format!("{model}{} {}% {reset}", window.name(), window.used_percent)
}
