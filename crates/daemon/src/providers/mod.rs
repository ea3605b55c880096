//! What Baton asks of providers: whose login it is, how much of its quota is gone, and fresh tokens for parked ones.
//! Knows nothing of OpenCode's files, the vault or the settings: it is given a credential and gives one back.

mod anthropic;
mod deepseek;
mod fields;
mod figures;
mod github_copilot;
mod google;
mod http;
mod jwt;
mod keyed;
mod kimi;
mod minimax;
mod moonshot;
mod openai;
mod opencode_go;
mod openrouter;
mod plain;
#[cfg(test)]
pub(crate) mod tests;
mod tokens;
mod traffic;
mod vercel;
mod xai;
mod zai;

use std::collections::BTreeMap;
use std::time::Duration;

use engine::{AccountId, CredentialKind, Identity, ProviderId, Timestamp, Usage};
use futures_util::future::{BoxFuture, ready};
use sha2::{Digest, Sha256};

pub use http::{Http, HttpError, USER_AGENT};
#[cfg(test)]
pub(crate) use jwt::unsigned;

use crate::credential::Credential;

/// Where to ask instead of the provider's own addresses; from the settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Endpoints {
    /// Usage figures.
    pub usage_url: Option<String>,
    /// Token refresh.
    pub token_url: Option<String>,
}

/// Whose login a credential is, by what it says itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identified {
    /// Tells the login from others at the provider and stays the same when its tokens are renewed. Never a secret.
    pub key: String,
    /// Who it is, for people.
    pub identity: Identity,
}

/// Usage figures, and whose they are according to the server.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// The figures.
    pub usage: Usage,
    /// The account or workspace.
    pub account: Option<String>,
    /// The person.
    pub user: Option<String>,
    /// The person's e-mail address: tokens often don't carry it.
    pub email: Option<String>,
    /// The plan.
    pub plan: Option<String>,
}

/// One provider. An adapter keeps nothing between calls.
pub trait Provider: Send + Sync {
    /// What people call it; its id where nobody has another name for it.
    fn name<'a>(&self, id: &'a ProviderId) -> &'a str;

    /// Whether usage can be read with a credential of this kind.
    fn has_figures(&self, kind: CredentialKind) -> bool;

    /// Whether [`refresh`](Self::refresh) can renew a credential of this kind.
    fn refreshable(&self, _kind: CredentialKind) -> bool {
        false
    }

    /// Whose login it is.
    fn identify(&self, credential: &Credential) -> Identified;

    /// Asks whose login it is, where the credential itself doesn't say; `None` where nobody can be asked.
    fn whose<'a>(
        &'a self,
        _http: &'a Http,
        _endpoints: &'a Endpoints,
        _credential: &'a Credential,
        _now: Timestamp,
    ) -> BoxFuture<'a, Result<Option<Identity>, UsageError>> {
        Box::pin(ready(Ok(None)))
    }

    /// Whether a reading is of whom its account is known to be. What either of the two doesn't name agrees.
    fn is_of(&self, reading: &Reading, known: &Identity) -> bool {
        agree(known.user_id.as_deref(), reading.user.as_deref())
            && agree(known.workspace_id.as_deref(), reading.account.as_deref())
    }

    /// Reads usage. Spends nothing of the quota.
    fn usage<'a>(
        &'a self,
        http: &'a Http,
        endpoints: &'a Endpoints,
        credential: &'a Credential,
        now: Timestamp,
    ) -> BoxFuture<'a, Result<Reading, UsageError>>;

    /// The usage that an answer to OpenCode's own request tells of, by its headers' names in lower case. Perhaps less than
    /// [`usage`](Self::usage) brings.
    fn usage_in(&self, _headers: &BTreeMap<String, String>, _now: Timestamp) -> Option<Usage> {
        None
    }

    /// Renews the tokens. Spends the refresh token: whoever calls it saves what comes back before anything else.
    fn refresh<'a>(
        &'a self,
        _http: &'a Http,
        _endpoints: &'a Endpoints,
        _credential: &'a Credential,
        _now: Timestamp,
    ) -> BoxFuture<'a, Result<Credential, RefreshError>> {
        Box::pin(ready(Err(RefreshError::NotRefreshable)))
    }
}

/// Why there are no figures. None of these means that a quota is spent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UsageError {
    /// The provider publishes none for this kind of credential.
    #[error("the provider publishes no usage figures for this login")]
    NoFigures,
    /// The access token has ended; a refresh mends it.
    #[error("the access token has ended and must be renewed first")]
    Expired,
    /// The provider doesn't accept the login any more.
    #[error("the provider rejects the login: log in again")]
    LoginRejected,
    /// The figures are another account's.
    #[error("the provider answered with another account's figures")]
    WrongAccount,
    /// Asked too often. Says nothing of the quota.
    #[error("the provider wants to be asked less often")]
    RateLimited {
        /// How long it wants to be left alone.
        retry_after: Option<Duration>,
    },
    /// The provider won't say.
    #[error("the provider refused to give figures (status {status})")]
    Refused {
        /// The answer's status.
        status: u16,
    },
    /// The provider is in trouble itself.
    #[error("the provider has trouble of its own (status {status})")]
    Server {
        /// The answer's status.
        status: u16,
    },
    /// The answer is of a shape that nobody knows.
    #[error("the provider's figures can't be understood: {0}")]
    Shape(&'static str),
    /// No answer came.
    #[error(transparent)]
    Http(#[from] HttpError),
}

/// Why tokens weren't renewed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RefreshError {
    /// There is no refresh token, or no adapter for it.
    #[error("this login can't be renewed by Baton")]
    NotRefreshable,
    /// The provider doesn't accept the refresh token any more.
    #[error("the provider rejects the login: log in again")]
    LoginRejected {
        /// Somebody has used the token before: whoever did holds a newer one.
        reused: bool,
    },
    /// The login was made for another program than the one in whose name it was renewed; its token isn't spent.
    #[error("this login was made for a program that Baton doesn't know")]
    OtherClient,
    /// The provider won't, for another reason.
    #[error("the provider didn't renew the login (status {status})")]
    Refused {
        /// The answer's status.
        status: u16,
    },
    /// The answer is of a shape that nobody knows.
    #[error("the provider's new tokens can't be understood: {0}")]
    Shape(&'static str),
    /// No answer came.
    #[error(transparent)]
    Http(#[from] HttpError),
}

/// The adapter for a provider: its own, or the plain one.
pub fn adapter(id: &ProviderId) -> &'static dyn Provider {
    match id.as_str() {
        "anthropic" => &anthropic::Anthropic,
        "deepseek" => &deepseek::DEEPSEEK,
        "github-copilot" => &github_copilot::GithubCopilot,
        "google" => &google::Google,
        "kimi-for-coding" | "kimi-code-plan-cn" => &kimi::KIMI,
        "kimi-code-plan-global" => &kimi::KIMI_GLOBAL,
        "minimax" => &minimax::MINIMAX,
        "minimax-cn" => &minimax::MINIMAX_CN,
        "minimax-cn-coding-plan" => &minimax::PLAN_CN,
        "minimax-coding-plan" => &minimax::PLAN,
        "moonshotai" => &moonshot::MOONSHOT,
        "moonshotai-cn" => &moonshot::MOONSHOT_CN,
        "openai" => &openai::OpenAi,
        "opencode-go" => &opencode_go::OPENCODE_GO,
        "openrouter" => &openrouter::OPENROUTER,
        "vercel" => &vercel::VERCEL,
        "xai" => &xai::Xai,
        "zai-coding-plan" => &zai::ZAI,
        "zhipuai-coding-plan" => &zai::ZHIPU,
        _ => &plain::Plain,
    }
}

/// Whether two names can be of the same.
fn agree(known: Option<&str>, said: Option<&str>) -> bool {
    known.is_none() || said.is_none() || known == said
}

/// The id of the account with this key (see [`Identified::key`]): the same login always gets the same one.
pub fn account_id(provider: &ProviderId, key: &str) -> AccountId {
    let digest = Sha256::new().chain_update(provider.as_str()).chain_update([0]).chain_update(key).finalize();
    let digits: String = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    AccountId::new(format!("{provider}-{digits}"))
}
