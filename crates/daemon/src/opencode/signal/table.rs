//! What errors mean, as one table: a new signature is one line. Says nothing of what to do about them.

use std::sync::LazyLock;

use engine::ProviderId;
use memchr::memmem::Finder;

use crate::opencode::log::ErrorFacts;

/// What an error means for the account that met it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// The conversation is too long; OpenCode shortens it and goes on.
    TooLong,
    /// Nothing that another account mends.
    NotTheAccount,
    /// A usage window is spent.
    UsageLimit,
    /// Credit or quota is spent until somebody pays.
    Billing,
    /// The login itself is refused.
    LoginRejected,
    /// Too fast: a short wait is sat out, a long one is as good as a limit.
    Rate,
}

/// What is known of an error with a meaning. All that is given must hold; codes and headers compare without case.
struct Signature {
    /// How the provider's id begins.
    provider: &'static str,
    status: Status,
    /// One of these codes.
    codes: &'static [&'static str],
    /// All of these headers; `*` is any value.
    headers: &'static [(&'static str, &'static str)],
    /// All of these in the message, in lower case.
    text: &'static [&'static str],
    /// None of these in the message, in lower case.
    without: &'static [&'static str],
    meaning: Meaning,
}

enum Status {
    Any,
    Is(u16),
    /// The log doesn't say, as from 1.17 on.
    Unsaid,
}

const fn means(meaning: Meaning) -> Signature {
    Signature { provider: "", status: Status::Any, codes: &[], headers: &[], text: &[], without: &[], meaning }
}

/// The first line that fits counts. Content comes before quota, quota before login, login before rate, rate before all
/// else: a message about a long conversation may well speak of limits.
#[rustfmt::skip]
const SIGNATURES: &[Signature] = {
    use Meaning::{Billing, LoginRejected, NotTheAccount, Rate, TooLong, UsageLimit};
    use Status::{Is, Unsaid};
    const STATUS: &str = "anthropic-ratelimit-unified-status";
    const CLAIM: &str = "anthropic-ratelimit-unified-representative-claim";
    const FIVE_HOURS: &str = "anthropic-ratelimit-unified-5h-status";
    const SEVEN_DAYS: &str = "anthropic-ratelimit-unified-7d-status";
    &[
        // The conversation is too long.
        Signature { codes: &["context_length_exceeded", "model_context_window_exceeded", "request_too_large"], ..means(TooLong) },
        Signature { status: Is(413), ..means(TooLong) },
        Signature { text: &["maximum context length"], ..means(TooLong) },
        Signature { text: &["prompt is too long"], ..means(TooLong) },
        Signature { text: &["input is too long for requested model"], ..means(TooLong) },
        Signature { text: &["exceeds the context window"], ..means(TooLong) },
        Signature { text: &["context window exceeds limit"], ..means(TooLong) },
        Signature { text: &["input token count", "exceeds the maximum"], ..means(TooLong) },
        Signature { text: &["tokens in request more than max tokens allowed"], ..means(TooLong) },
        Signature { text: &["maximum prompt length is"], ..means(TooLong) },
        Signature { text: &["reduce the length of the messages"], ..means(TooLong) },
        Signature { text: &["exceeds the available context size"], ..means(TooLong) },
        Signature { text: &["greater than the context length"], ..means(TooLong) },
        Signature { text: &["exceeded model token limit"], ..means(TooLong) },
        Signature { text: &["too many tokens"], without: &["rate limit", "too many requests", "per day", "per minute"], ..means(TooLong) },
        Signature { text: &["token limit exceeded"], without: &["rate limit", "too many requests", "daily", "weekly", "monthly"], ..means(TooLong) },
        Signature { text: &["request entity too large"], ..means(TooLong) },
        Signature { text: &["payload too large"], ..means(TooLong) },

        // The request's content, the model, the place: another account meets the same.
        Signature { codes: &["content_filter", "content_policy_violation", "invalid_prompt", "cyber_policy", "safety"], ..means(NotTheAccount) },
        Signature { codes: &["invalid_encrypted_content", "previous_response_not_found"], ..means(NotTheAccount) },
        Signature { codes: &["ModelError", "RegionError", "model_not_found", "model_not_supported_with_chatgpt_account"], ..means(NotTheAccount) },
        Signature { text: &["does not exist or you do not have access"], ..means(NotTheAccount) },
        Signature { text: &["no allowed providers are available"], ..means(NotTheAccount) },
        // Counted by address, not by account.
        Signature { codes: &["FreeUsageLimitError"], ..means(NotTheAccount) },
        Signature { text: &["free usage exceeded"], ..means(NotTheAccount) },
        // Capacity of the provider, or of the one behind it.
        Signature { codes: &["provider_rate_limit_exceeded", "MODEL_CAPACITY_EXHAUSTED", "server_is_overloaded", "slow_down", "overloaded_error"], ..means(NotTheAccount) },
        Signature { text: &["provider rate limit exceeded"], ..means(NotTheAccount) },
        Signature { text: &["selected model is at capacity"], ..means(NotTheAccount) },
        // A gateway has no account left behind it.
        Signature { text: &["auth_unavailable"], ..means(NotTheAccount) },
        Signature { text: &["no auth available"], ..means(NotTheAccount) },

        // Usage windows. Anthropic's headers tell the account's windows from a single model's.
        Signature { headers: &[(FIVE_HOURS, "rejected")], ..means(UsageLimit) },
        Signature { headers: &[(SEVEN_DAYS, "rejected")], ..means(UsageLimit) },
        Signature { headers: &[(STATUS, "rejected"), (CLAIM, "five_hour")], ..means(UsageLimit) },
        Signature { headers: &[(STATUS, "rejected"), (CLAIM, "seven_day")], ..means(UsageLimit) },
        Signature { headers: &[(STATUS, "rejected"), (CLAIM, "*")], ..means(NotTheAccount) },
        Signature { headers: &[(STATUS, "rejected"), (FIVE_HOURS, "*")], ..means(NotTheAccount) },
        Signature { headers: &[(STATUS, "rejected"), (SEVEN_DAYS, "*")], ..means(NotTheAccount) },
        Signature { headers: &[(STATUS, "rejected")], ..means(UsageLimit) },
        Signature { status: Unsaid, text: &["would exceed your account's rate limit"], ..means(UsageLimit) },
        Signature { codes: &["usage_limit_reached", "GoUsageLimitError", "BlackUsageLimitError", "QUOTA_EXHAUSTED"], ..means(UsageLimit) },
        Signature { text: &["usage limit has been reached"], ..means(UsageLimit) },
        Signature { text: &["usage limit reached"], ..means(UsageLimit) },
        Signature { text: &["you've reached your", "usage limit"], ..means(UsageLimit) },
        Signature { text: &["you've hit your", "limit"], without: &["rate limit"], ..means(UsageLimit) },
        Signature { text: &["limit will reset at "], ..means(UsageLimit) },
        Signature { text: &["daily quota"], ..means(UsageLimit) },
        Signature { text: &["quota", "per day"], ..means(UsageLimit) },
        // Google words a minute's rate like a spent quota.
        Signature { provider: "google", text: &["quota exceeded"], ..means(Rate) },

        // Credit and quota that only money brings back.
        Signature { codes: &["insufficient_quota", "billing_error", "payment_required", "usage_not_included", "billing_hard_limit_reached"], ..means(Billing) },
        Signature { codes: &["CreditsError", "MonthlyLimitError", "UserLimitError"], ..means(Billing) },
        Signature { text: &["exceeded your current quota"], ..means(Billing) },
        Signature { text: &["check your plan and billing details"], ..means(Billing) },
        Signature { text: &["credit balance is too low"], ..means(Billing) },
        Signature { text: &["insufficient credits"], ..means(Billing) },
        Signature { text: &["insufficient balance"], ..means(Billing) },
        Signature { text: &["available balance"], ..means(Billing) },
        Signature { text: &["requires more credits"], ..means(Billing) },
        Signature { text: &["add credits"], ..means(Billing) },
        Signature { codes: &["quota_exceeded"], ..means(UsageLimit) },
        Signature { status: Is(429), text: &["quota exceeded"], ..means(UsageLimit) },

        // Logins. An expired access token is OpenCode's to renew.
        Signature { codes: &["token_expired"], ..means(NotTheAccount) },
        Signature { codes: &["invalid_grant", "refresh_token_expired", "refresh_token_reused", "refresh_token_invalidated", "refresh_token_revoked"], ..means(LoginRejected) },
        Signature { codes: &["token_invalidated", "token_revoked", "invalid_api_key", "authentication_error", "VALIDATION_REQUIRED"], ..means(LoginRejected) },
        Signature { codes: &["account_deactivated", "account_disabled", "organization_disabled"], ..means(LoginRejected) },
        Signature { codes: &["deactivated_workspace", "workspace_disabled", "workspace_expired", "workspace_terminated"], ..means(LoginRejected) },
        Signature { text: &["token refresh failed: 400"], ..means(LoginRejected) },
        Signature { text: &["token refresh failed: 401"], ..means(LoginRejected) },
        Signature { text: &["authentication token has been invalidated"], ..means(LoginRejected) },
        Signature { text: &["invalidated oauth token"], ..means(LoginRejected) },
        Signature { text: &["account has been deactivated"], ..means(LoginRejected) },
        Signature { text: &["verify your account"], ..means(LoginRejected) },
        Signature { text: &["incorrect api key provided"], ..means(LoginRejected) },
        Signature { text: &["invalid x-api-key"], ..means(LoginRejected) },

        // What the status alone says.
        Signature { status: Is(401), ..means(LoginRejected) },
        Signature { status: Is(402), ..means(Billing) },
        Signature { status: Is(429), ..means(Rate) },

        // Rate, where there is no status.
        Signature { status: Unsaid, codes: &["rate_limit_exceeded", "rate_limit_error", "too_many_requests"], ..means(Rate) },
        Signature { status: Unsaid, text: &["rate limit"], ..means(Rate) },
        Signature { status: Unsaid, text: &["too many requests"], ..means(Rate) },
    ]
};

/// What an error of a provider means.
pub(super) fn meaning(provider: &ProviderId, facts: &ErrorFacts) -> Meaning {
    let message = facts.message.to_lowercase().replace('’', "'");
    let fits = |(signature, words): &(&Signature, &Words)| {
        signature.fits(provider, facts)
            && words.text.iter().all(|text| text.find(message.as_bytes()).is_some())
            && words.without.iter().all(|text| text.find(message.as_bytes()).is_none())
    };
    SIGNATURES.iter().zip(WORDS.iter()).find(fits).map_or(Meaning::NotTheAccount, |(signature, _)| signature.meaning)
}

/// A signature's text, made ready for many searches.
struct Words {
    text: Vec<Finder<'static>>,
    without: Vec<Finder<'static>>,
}

static WORDS: LazyLock<Vec<Words>> = LazyLock::new(|| {
    let finders = |texts: &'static [&str]| texts.iter().map(|&text| Finder::new(text)).collect();
    let words = |signature: &Signature| Words { text: finders(signature.text), without: finders(signature.without) };
    SIGNATURES.iter().map(words).collect()
});

impl Signature {
    /// All but its text.
    fn fits(&self, provider: &ProviderId, facts: &ErrorFacts) -> bool {
        (self.provider.is_empty() || provider.as_str().starts_with(self.provider))
            && match self.status {
                Status::Any => true,
                Status::Is(status) => facts.status == Some(status),
                Status::Unsaid => facts.status.is_none(),
            }
            && (self.codes.is_empty()
                || facts.codes.iter().any(|code| self.codes.iter().any(|known| known.eq_ignore_ascii_case(code))))
            && self.headers.iter().all(|(name, value)| {
                facts.header(name).is_some_and(|given| *value == "*" || given.eq_ignore_ascii_case(value))
            })
    }
}
