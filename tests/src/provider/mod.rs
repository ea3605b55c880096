//! A provider on loopback that the test owns: inference, usage and token endpoints that behave like the real ones, each
//! account as the test says. Every request is written down.

mod accounts;
mod answers;
mod book;
mod streams;

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use axum::Router;
use axum::routing::{get, post};
use jiff::{SignedDuration, Timestamp};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub use book::{Asked, Behaviour, Kind, Served};

use crate::http::runtime;
use crate::login::{Login, Tokens, noise};
use book::Book;

/// The provider's server; it ends with its test.
#[derive(Debug)]
pub struct Provider {
    url: String,
    book: Arc<Mutex<Book>>,
    server: JoinHandle<()>,
}

impl Provider {
    /// A provider without accounts.
    pub fn start() -> Self {
        let book = Arc::new(Mutex::new(Book::default()));
        let routes = Router::new()
            .route("/backend/responses", post(answers::responses).get(answers::socket))
            .route("/anthropic/v1/messages", post(answers::messages))
            .route("/v1/chat/completions", post(answers::chat_completions))
            .route("/backend-api/wham/usage", get(accounts::usage))
            .route("/oauth/token", post(accounts::token))
            .with_state(Arc::clone(&book));
        let listener = runtime().block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = runtime().spawn(async move {
            let _ = axum::serve(listener, routes).await;
        });
        Self { url, book, server }
    }

    /// Where an endpoint is.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    /// A new account, with its first tokens, good for an hour. It answers; half of both windows is left.
    pub fn enroll(&self, name: &str) -> (Login, Tokens) {
        let login = Login::new(name);
        let tokens = self.book().enroll(&login, hours_from_now(1));
        (login, tokens)
    }

    /// New tokens for an account, as when its client renews them: the refresh token before is spent.
    pub fn rotate(&self, login: &Login, expires: Timestamp) -> Tokens {
        self.book().rotate(&login.name, expires)
    }

    /// An API key, and what its requests are answered with.
    pub fn enroll_key(&self, name: &str) -> (Login, String) {
        let login = Login::new(name);
        let key = format!("sk-{name}-{}", noise(name, 0));
        self.book().enroll_key(&login, &key);
        (login, key)
    }

    /// From now on the account's requests are met so.
    pub fn behave(&self, login: &Login, behaviour: Behaviour) {
        self.book().account(&login.name).behaviour = behaviour;
    }

    /// From now on each answer to the account costs this.
    pub fn serve(&self, login: &Login, tokens: Served) {
        self.book().account(&login.name).serves = tokens;
    }

    /// What each turn's answer to an account cost.
    pub fn served(&self, login: &Login) -> Vec<Served> {
        let asked = self.asked().into_iter();
        asked.filter(|asked| asked.account.as_deref() == Some(&login.name)).filter_map(|asked| asked.served).collect()
    }

    /// From now on the account's usage is this, in percent used.
    pub fn set_usage(&self, login: &Login, five_hours: u8, week: u8) {
        self.book().account(&login.name).used_percent = [five_hours, week];
    }

    /// From now on new tokens take this long.
    pub fn slow_tokens(&self, pause: Duration) {
        self.book().token_pause = pause;
    }

    /// From now on usage figures take this long.
    pub fn slow_usage(&self, pause: Duration) {
        self.book().usage_pause = pause;
    }

    /// From now on each answer's headers tell the account's usage.
    pub fn tell_usage(&self) {
        self.book().tells_usage = true;
    }

    /// From now on answers to logins begin with encrypted reasoning, and who presents another account's is refused.
    pub fn reason(&self) {
        self.book().reasons = true;
    }

    /// Every request so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.book().asked.clone()
    }

    /// Every request since the last call.
    pub fn take_asked(&self) -> Vec<Asked> {
        std::mem::take(&mut self.book().asked)
    }

    /// How many requests of a kind an account has sent.
    pub fn count(&self, login: &Login, kind: Kind) -> usize {
        let of_login = |asked: &&Asked| asked.kind == kind && asked.account.as_deref() == Some(&login.name);
        self.book().asked.iter().filter(of_login).count()
    }

    /// The account that a credential in `auth.json` belongs to, by its refresh token or key, old or new.
    pub fn owner(&self, entry: &serde_json::Value) -> Option<String> {
        let secret = ["refresh", "key"].iter().find_map(|name| entry.get(name)?.as_str())?;
        self.book().owner(secret)
    }

    /// Whether this refresh token would still be taken.
    pub fn takes_refresh(&self, refresh: &str) -> bool {
        self.book().accounts.values().any(|account| account.refresh == refresh)
    }

    /// Every token and key that it ever gave out.
    pub fn secrets(&self) -> Vec<String> {
        self.book().accounts.values().flat_map(book::Account::secrets).collect()
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap()
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.server.abort();
        if std::thread::panicking() {
            let asked = self.book.lock().map(|book| book.asked.clone()).unwrap_or_default();
            for (index, line) in asked.iter().enumerate() {
                eprintln!("request {index}: {:?} of {:?} → {}", line.kind, line.account, line.status);
            }
        }
    }
}

pub(crate) fn hours_from_now(hours: i64) -> Timestamp {
    Timestamp::now() + SignedDuration::from_hours(hours)
}
