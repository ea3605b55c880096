//! How providers are reached: with our own name, over TLS, within a time and a size. Sends nothing over an open line
//! but to this machine, follows no redirect and keeps no cookie: a token goes where it was meant to, or nowhere.

use std::net::IpAddr;
use std::sync::OnceLock;
use std::time::Duration;

use engine::Timestamp;
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Client, Method, RequestBuilder, Url};
use serde_json::Value;

/// How Baton names itself.
pub const USER_AGENT: &str = concat!("Baton/", env!("CARGO_PKG_VERSION"));

/// How long an answer may take, in full.
const TIME_LIMIT: Duration = Duration::from_secs(10);
/// The longest answer that is read.
const SIZE_LIMIT: usize = 256 * 1024;

/// The way to the providers. What it needs is made when the first provider is asked.
#[derive(Debug)]
pub struct Http {
    user_agent: String,
    time_limit: Duration,
    outside: OnceLock<Result<Client, HttpError>>,
    /// For open lines on this machine: no proxy, and no certificates to load.
    inside: OnceLock<Result<Client, HttpError>>,
}

/// Why no answer came. Says nothing of the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    /// The address may not be used.
    #[error("the provider's address in the settings must begin with https:// (http:// on this machine only)")]
    Address,
    /// The system's certificates can't be read, or the like.
    #[error("TLS can't be set up on this machine: check the system's certificates")]
    Prepare,
    /// Nobody answered the call.
    #[error("the provider can't be reached: check the network")]
    Connect,
    /// It took too long.
    #[error("the provider didn't answer in time")]
    TimedOut,
    /// The line broke.
    #[error("the line to the provider broke")]
    Cut,
    /// The answer has no end.
    #[error("the provider's answer is too long to be one")]
    TooLong,
    /// A page for people came: a proxy, a login page or a bot check is in between.
    #[error("a web page came instead of the provider's answer: something in the network is in between")]
    WebPage,
}

/// What came back.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) retry_after: Option<String>,
    /// Meant for people; no provider's API answers so.
    pub(super) web_page: bool,
    body: Vec<u8>,
}

impl Http {
    /// Prepares nothing yet.
    pub fn new(user_agent: impl Into<String>) -> Self {
        Self {
            user_agent: user_agent.into(),
            time_limit: TIME_LIMIT,
            outside: OnceLock::new(),
            inside: OnceLock::new(),
        }
    }

    /// Waits this long for an answer, instead of ten seconds.
    #[must_use]
    pub fn with_time_limit(self, time_limit: Duration) -> Self {
        Self { time_limit, ..self }
    }

    /// Begins a request.
    pub(super) fn request(&self, method: Method, address: &str) -> Result<RequestBuilder, HttpError> {
        let url = Url::parse(address).map_err(|_| HttpError::Address)?;
        let client = match (url.scheme(), on_this_machine(&url)) {
            ("https", _) => self.outside.get_or_init(|| build(&self.user_agent, Client::builder())),
            ("http", true) => {
                self.inside.get_or_init(|| build(&self.user_agent, Client::builder().no_proxy().tls_certs_only([])))
            }
            (_, _) => return Err(HttpError::Address),
        };
        Ok(client.as_ref().map_err(|error| *error)?.request(method, url).timeout(self.time_limit))
    }

    /// Whether anybody answers at an address, whatever it is.
    pub async fn reaches(&self, address: &str, within: Duration) -> bool {
        match self.request(Method::HEAD, address) {
            Ok(request) => request.timeout(within).send().await.is_ok(),
            Err(_) => false,
        }
    }

    /// How long an answer may take.
    pub(super) fn time_limit(&self) -> Duration {
        self.time_limit
    }
}

/// Sends a request and reads the whole answer.
pub(super) async fn send(request: RequestBuilder) -> Result<Answer, HttpError> {
    let mut response = request.send().await.map_err(|error| why(&error))?;
    let text = |name| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let (retry_after, content_type) = (text(RETRY_AFTER), text(CONTENT_TYPE).unwrap_or_default());
    let mut body = Vec::new();
    while let Some(piece) = response.chunk().await.map_err(|error| why(&error))? {
        body.extend_from_slice(&piece);
        if body.len() > SIZE_LIMIT {
            return Err(HttpError::TooLong);
        }
    }
    let web_page = content_type.starts_with("text/html") || body.trim_ascii_start().starts_with(b"<");
    Ok(Answer { status: response.status().as_u16(), retry_after, web_page, body })
}

impl Answer {
    /// The answer as JSON; `null` when it is something else.
    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// How long the server wants to be left alone: it says seconds or a date.
    pub(super) fn retry_after(&self, now: Timestamp) -> Option<Duration> {
        let text = self.retry_after.as_deref()?.trim();
        if let Ok(seconds) = text.parse::<f64>() {
            return Duration::try_from_secs_f64(seconds).ok();
        }
        let date = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
        Some(Timestamp::from_millis(date.as_millisecond()).since(now))
    }
}

fn on_this_machine(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn build(user_agent: &str, builder: reqwest::ClientBuilder) -> Result<Client, HttpError> {
    // Another part of the process may have chosen one already; either will do.
    let _ = rustls::crypto::ring::default_provider().install_default();
    builder
        .user_agent(user_agent)
        .redirect(reqwest::redirect::Policy::none())
        // A pool would wake the process for good, to look for connections that nobody will use again.
        .pool_max_idle_per_host(0)
        .build()
        .map_err(|_| HttpError::Prepare)
}

fn why(error: &reqwest::Error) -> HttpError {
    match error {
        error if error.is_timeout() => HttpError::TimedOut,
        error if error.is_connect() => HttpError::Connect,
        error if error.is_builder() => HttpError::Prepare,
        _ => HttpError::Cut,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_go_over_tls_or_stay_on_this_machine() {
        let http = Http::new("test");
        let check = |address: &str| http.request(Method::GET, address).err();
        for fine in ["http://127.0.0.1:1/usage", "http://localhost/", "http://[::1]:5/", "http://127.9.9.9/"] {
            assert_eq!(check(fine), None, "{fine}");
        }
        for open in
            ["http://example.org/", "http://127.0.0.1.example.org/", "ftp://127.0.0.1/", "usage", "", "http://10.0.0.1"]
        {
            assert_eq!(check(open), Some(HttpError::Address), "{open}");
        }
    }

    #[test]
    fn nothing_is_made_before_somebody_is_asked() {
        let http = Http::new("test");
        assert!(http.outside.get().is_none() && http.inside.get().is_none());
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = Timestamp::from_secs(1_792_000_000);
        let check = |text: &str, expected: Option<u64>| {
            let answer = Answer { status: 429, retry_after: Some(text.to_owned()), web_page: false, body: vec![] };
            assert_eq!(answer.retry_after(now), expected.map(Duration::from_secs), "{text}");
        };
        check("0", Some(0));
        check(" 3600 ", Some(3600));
        check("Wed, 14 Oct 2026 17:47:40 GMT", Some(60));
        check("Wed, 14 Oct 2020 17:47:40 GMT", Some(0));
        for foreign in ["", "soon", "-5", "1e400", "NaN"] {
            check(foreign, None);
        }
    }
}
