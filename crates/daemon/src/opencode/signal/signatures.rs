//! The signatures of errors that Baton knows, as data: a new one is one line here and an example in `examples`.
//! Says nothing of what to do about them.

use super::table::Meaning::{
    Billing, LoginRejected, ModelLimit, NotTheAccount, Overload, ProviderSpent, Rate, TooLong, UsageLimit,
};
use super::table::Status::{Is, OneOf, Unsaid};
use super::table::{Signature, means};

const STATUS: &str = "anthropic-ratelimit-unified-status";
const CLAIM: &str = "anthropic-ratelimit-unified-representative-claim";
const FIVE_HOURS: &str = "anthropic-ratelimit-unified-5h-status";
const SEVEN_DAYS: &str = "anthropic-ratelimit-unified-7d-status";

/// The first line that fits counts. Content comes before quota, quota before login, login before rate, rate before what
/// the status alone says: a message about a long conversation may well speak of limits.
#[rustfmt::skip]
pub(super) const SIGNATURES: &[Signature] = &[
    // The conversation is too long.
    Signature { codes: &["context_length_exceeded", "model_context_window_exceeded", "request_too_large"], ..means(TooLong) },
    Signature { status: Is(413), ..means(TooLong) },
    Signature { text: &["context_length_exceeded"], ..means(TooLong) },
    Signature { text: &["model_context_window_exceeded"], ..means(TooLong) },
    Signature { text: &["maximum context length"], ..means(TooLong) },
    Signature { text: &["prompt is too long"], ..means(TooLong) },
    Signature { text: &["input is too long for requested model"], ..means(TooLong) },
    Signature { text: &["exceeds the context window"], ..means(TooLong) },
    Signature { text: &["context window exceeds limit"], ..means(TooLong) },
    Signature { text: &["input token count", "exceeds the maximum"], ..means(TooLong) },
    Signature { text: &["token count", "exceeds the limit of"], without: &["rate limit", "too many requests"], ..means(TooLong) },
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
    Signature { codes: &["content_filter", "content_policy_violation", "content-policy", "invalid_prompt", "cyber_policy", "safety"], ..means(NotTheAccount) },
    Signature { text: &["content policy"], ..means(NotTheAccount) },
    Signature { text: &["content management policy"], ..means(NotTheAccount) },
    Signature { codes: &["invalid_encrypted_content", "previous_response_not_found"], ..means(NotTheAccount) },
    Signature { text: &["encrypted content", "did not match"], ..means(NotTheAccount) },
    Signature { text: &["invalid", "signature", "thinking"], ..means(NotTheAccount) },
    Signature { codes: &["ModelError", "RegionError", "model_not_found", "model_not_supported_with_chatgpt_account"], ..means(NotTheAccount) },
    Signature { text: &["does not exist or you do not have access"], ..means(NotTheAccount) },
    Signature { text: &["is not supported when using codex with a chatgpt account"], ..means(NotTheAccount) },
    Signature { text: &["no allowed providers are available"], ..means(NotTheAccount) },
    // Counted by address, not by account.
    Signature { codes: &["FreeUsageLimitError"], ..means(NotTheAccount) },
    Signature { text: &["free usage exceeded"], ..means(NotTheAccount) },
    // Broken off, or never got there.
    Signature { codes: &["ConnectionRefused", "ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "ENOTFOUND"], ..means(NotTheAccount) },
    Signature { text: &["unable to connect"], ..means(NotTheAccount) },
    Signature { text: &["cannot connect to api"], ..means(NotTheAccount) },
    Signature { text: &["socket connection was closed"], ..means(NotTheAccount) },
    Signature { text: &["timed out"], ..means(NotTheAccount) },
    Signature { text: &["operation was aborted"], ..means(NotTheAccount) },
    Signature { text: &["context canceled"], ..means(NotTheAccount) },

    // A gateway has no account left behind it. One of the two words alone may mean much.
    Signature { text: &["auth_unavailable", "no auth available"], ..means(ProviderSpent) },
    Signature { codes: &["auth_unavailable"], text: &["no auth available"], ..means(ProviderSpent) },
    Signature { text: &["auth_unavailable"], ..means(NotTheAccount) },
    Signature { text: &["no auth available"], ..means(NotTheAccount) },

    // Capacity of the provider, or of the one behind it.
    Signature { codes: &["provider_rate_limit_exceeded"], ..means(NotTheAccount) },
    Signature { text: &["provider rate limit exceeded"], ..means(NotTheAccount) },
    Signature { codes: &["MODEL_CAPACITY_EXHAUSTED", "server_is_overloaded", "slow_down", "overloaded_error", "serviceunavailableexception"], ..means(Overload) },
    Signature { text: &["selected model is at capacity"], ..means(Overload) },

    // Usage windows. Anthropic's headers tell the account's windows from a single model's.
    Signature { headers: &[(FIVE_HOURS, "rejected")], ..means(UsageLimit) },
    Signature { headers: &[(SEVEN_DAYS, "rejected")], ..means(UsageLimit) },
    Signature { headers: &[(STATUS, "rejected"), (CLAIM, "five_hour")], ..means(UsageLimit) },
    Signature { headers: &[(STATUS, "rejected"), (CLAIM, "seven_day")], ..means(UsageLimit) },
    Signature { headers: &[(STATUS, "rejected"), (CLAIM, "*")], ..means(ModelLimit) },
    Signature { headers: &[(STATUS, "rejected"), (FIVE_HOURS, "*")], ..means(ModelLimit) },
    Signature { headers: &[(STATUS, "rejected"), (SEVEN_DAYS, "*")], ..means(ModelLimit) },
    Signature { headers: &[(STATUS, "rejected")], ..means(UsageLimit) },
    Signature { status: Unsaid, text: &["would exceed your account's rate limit"], ..means(UsageLimit) },
    // Google counts by model, Antigravity by family.
    Signature { provider: "google", codes: &["QUOTA_EXHAUSTED"], ..means(ModelLimit) },
    Signature { provider: "google", text: &["quota", "per day"], ..means(ModelLimit) },
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
    Signature { codes: &["CreditsError", "MonthlyLimitError", "UserLimitError", "EntitlementError"], ..means(Billing) },
    Signature { text: &["exceeded your current quota"], ..means(Billing) },
    Signature { text: &["check your plan and billing details"], ..means(Billing) },
    Signature { text: &["credit balance is too low"], ..means(Billing) },
    Signature { text: &["insufficient credits"], ..means(Billing) },
    Signature { text: &["insufficient balance"], ..means(Billing) },
    Signature { text: &["insufficient quota"], ..means(Billing) },
    Signature { text: &["available balance"], ..means(Billing) },
    Signature { text: &["requires more credits"], ..means(Billing) },
    Signature { text: &["workspace", "out of credits"], ..means(Billing) },
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
    Signature { text: &["token refresh failed"], ..means(NotTheAccount) },
    Signature { text: &["authentication token has been invalidated"], ..means(LoginRejected) },
    Signature { text: &["invalidated oauth token"], ..means(LoginRejected) },
    Signature { text: &["account has been deactivated"], ..means(LoginRejected) },
    Signature { text: &["verify your account"], ..means(LoginRejected) },
    Signature { text: &["incorrect api key provided"], ..means(LoginRejected) },
    Signature { text: &["invalid x-api-key"], ..means(LoginRejected) },

    // Rate, and what the status alone says.
    Signature { status: Is(401), ..means(LoginRejected) },
    Signature { status: Is(402), ..means(Billing) },
    Signature { status: Is(429), ..means(Rate) },
    Signature { status: Unsaid, codes: &["rate_limit_exceeded", "rate_limit_error", "too_many_requests", "throttlingexception"], ..means(Rate) },
    Signature { status: Unsaid, text: &["rate limit"], ..means(Rate) },
    Signature { status: Unsaid, text: &["rate increased too quickly"], ..means(Rate) },
    Signature { status: Unsaid, text: &["too many requests"], ..means(Rate) },

    // The provider is broken or has too much to do.
    Signature { status: OneOf(&[500, 502, 503, 504, 520, 521, 522, 523, 524, 529]), ..means(Overload) },
    Signature { status: Unsaid, codes: &["api_error", "internal_error", "internal_server_error", "server_error"], ..means(Overload) },
    Signature { status: Unsaid, text: &["overloaded"], ..means(Overload) },
    Signature { status: Unsaid, text: &["server had an error"], ..means(Overload) },
    Signature { status: Unsaid, text: &["internal server error"], ..means(Overload) },
    Signature { status: Unsaid, text: &["service unavailable"], ..means(Overload) },
    Signature { status: Unsaid, text: &["bad gateway"], ..means(Overload) },
    Signature { status: Unsaid, text: &["gateway timeout"], ..means(Overload) },

    // What is wrong with the request itself, or over in a moment.
    Signature { status: OneOf(&[400, 404, 405, 406, 408, 409, 414, 415, 422, 501]), ..means(NotTheAccount) },
    Signature { status: Unsaid, codes: &["invalid_request_error", "not_found_error"], ..means(NotTheAccount) },
];
