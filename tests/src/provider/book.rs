//! What the provider knows: accounts, which tokens are good, and every request that came.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::login::{Login, Tokens};

/// How an account's inference requests are met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Behaviour {
    /// With the account's answer.
    Answer,
    /// 429 `usage_limit_reached`, for so many seconds.
    UsageLimit {
        /// Seconds until the reset.
        resets_in: i64,
    },
    /// The same for requests of one model; others are answered. Its family's window is the model's name in capitals.
    ModelLimit {
        /// The model.
        model: &'static str,
        /// Seconds until the reset.
        resets_in: i64,
    },
    /// As `UsageLimit`, with `retry-after` in the headers: OpenCode sleeps that long.
    RetryAfter {
        /// Seconds until the reset.
        seconds: i64,
    },
    /// 200, and the limit as the first event of the stream.
    LimitInStream {
        /// Seconds until the reset.
        resets_in: i64,
    },
    /// With a status and a message of a gateway's own.
    Refused {
        /// The status.
        status: u16,
        /// The message.
        message: &'static str,
    },
    /// 503.
    Unavailable,
    /// 400 `context_length_exceeded`.
    ContextOverflow,
    /// 401.
    Unauthorized,
    /// With a status and a message that repeats the secret of the request; usage figures and new tokens too.
    Blabs {
        /// The status.
        status: u16,
    },
}

/// What a request was for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A model's answer.
    Inference,
    /// Usage figures.
    Usage,
    /// New tokens.
    Refresh,
    /// A websocket for models' answers: there is none.
    Socket,
}

/// Tokens of one answer, as a provider counts them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Served {
    /// Of the question, also those from the cache.
    pub input: u64,
    /// Of the question, from the cache.
    pub cached: u64,
    /// Of the answer, also those of reasoning.
    pub output: u64,
    /// Of reasoning.
    pub reasoning: u64,
}

/// One request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// What for.
    pub kind: Kind,
    /// Name of the account whose secret it carried; `None` when the secret is nobody's.
    pub account: Option<String>,
    /// The status that it was answered with.
    pub status: u16,
    /// What a turn's answer cost; `None` for titles too, of which OpenCode keeps no figures.
    pub served: Option<Served>,
    /// The names in its body, where that is a JSON object.
    pub fields: Vec<String>,
    /// When it was answered: of a stream, its first byte.
    pub at: Instant,
}

#[derive(Debug, Default)]
pub(super) struct Book {
    pub(super) accounts: BTreeMap<String, Account>,
    pub(super) asked: Vec<Asked>,
    pub(super) token_pause: Duration,
    pub(super) usage_pause: Duration,
    /// Whether answers carry the account's usage in their headers.
    pub(super) tells_usage: bool,
    /// Whether answers begin with reasoning that only the account they were given to can present again.
    pub(super) reasons: bool,
    serial: u64,
}

#[derive(Debug)]
pub(super) struct Account {
    pub(super) login: Login,
    pub(super) behaviour: Behaviour,
    pub(super) serves: Served,
    /// Of the 5-hour and of the weekly window.
    pub(super) used_percent: [u8; 2],
    /// The one refresh token, or key, that is good.
    pub(super) refresh: String,
    spent: Vec<String>,
    access: BTreeMap<String, Timestamp>,
}

impl Book {
    pub(super) fn enroll(&mut self, login: &Login, expires: Timestamp) -> Tokens {
        self.enroll_key(login, "");
        self.rotate(&login.name, expires)
    }

    pub(super) fn enroll_key(&mut self, login: &Login, key: &str) {
        let account = Account {
            login: login.clone(),
            behaviour: Behaviour::Answer,
            serves: Served { input: 11, cached: 0, output: 7, reasoning: 0 },
            used_percent: [50, 50],
            refresh: key.to_owned(),
            spent: Vec::new(),
            access: BTreeMap::new(),
        };
        self.accounts.insert(login.name.clone(), account);
    }

    pub(super) fn rotate(&mut self, name: &str, expires: Timestamp) -> Tokens {
        self.serial += 1;
        let serial = self.serial;
        let account = self.account(name);
        let tokens = account.login.tokens(serial, expires);
        account.spent.push(std::mem::replace(&mut account.refresh, tokens.refresh.clone()));
        account.access.insert(tokens.access.clone(), expires);
        tokens
    }

    pub(super) fn account(&mut self, name: &str) -> &mut Account {
        self.accounts.get_mut(name).unwrap_or_else(|| panic!("no account {name} at the provider"))
    }

    pub(super) fn owner(&self, secret: &str) -> Option<String> {
        let owns = |account: &&Account| account.refresh == secret || account.spent.iter().any(|spent| spent == secret);
        self.accounts.values().find(owns).map(|account| account.login.name.clone())
    }

    /// The account of an access token that is good now, presented for its workspace; or of a key.
    pub(super) fn bearer(&self, token: &str, workspace_id: Option<&str>) -> Option<&Account> {
        let now = Timestamp::now();
        self.accounts.values().find(|account| match account.access.get(token) {
            Some(expires) => *expires > now && workspace_id == Some(&account.login.workspace_id),
            None => account.access.is_empty() && account.refresh == token,
        })
    }

    /// The status that an account's requests are met with whose secret is told to everybody.
    pub(super) fn blabs(&self, name: &str) -> Option<u16> {
        let Behaviour::Blabs { status } = self.accounts.get(name)?.behaviour else { return None };
        Some(status)
    }

    pub(super) fn note(&mut self, kind: Kind, account: Option<String>, status: u16) {
        self.asked.push(Asked { kind, account, status, served: None, fields: Vec::new(), at: Instant::now() });
    }
}

impl Behaviour {
    /// For how long the whole account is limited.
    pub(super) fn limited_for(self) -> Option<i64> {
        match self {
            Self::UsageLimit { resets_in } | Self::LimitInStream { resets_in } => Some(resets_in),
            Self::RetryAfter { seconds } => Some(seconds),
            Self::Answer
            | Self::ModelLimit { .. }
            | Self::Refused { .. }
            | Self::Unavailable
            | Self::ContextOverflow
            | Self::Blabs { .. }
            | Self::Unauthorized => None,
        }
    }
}

impl Account {
    pub(super) fn secrets(&self) -> Vec<String> {
        let refresh = self.spent.iter().chain([&self.refresh]);
        refresh.chain(self.access.keys()).filter(|secret| !secret.is_empty()).cloned().collect()
    }
}
