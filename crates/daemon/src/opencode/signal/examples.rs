//! An example for each signature, as providers and OpenCode's logs word them. A signature without one fails.

use std::collections::BTreeSet;

use engine::ProviderId;

use super::signatures::SIGNATURES;
use super::table::Meaning::{self, *};
use super::table::{OwnSignature, Table, deciding};
use crate::opencode::log::ErrorFacts;

/// What was said of an error.
enum Said {
    /// A refused request, as older releases log it: status, headers, body.
    Refused(u16, &'static [(&'static str, &'static str)], &'static str),
    /// An error inside a stream, as older releases log it.
    InStream(&'static str),
    /// The message alone, as newer releases log it.
    Message(&'static str),
}
use Said::{InStream, Message, Refused};

#[rustfmt::skip]
const EXAMPLES: &[(&str, Said, Meaning)] = &[
    // Too long.
    ("openai", Refused(400, &[], r#"{"error":{"message":"Your input exceeds it","type":"invalid_request_error","code":"context_length_exceeded"}}"#), TooLong),
    ("anthropic", Refused(413, &[], r#"{"type":"error","error":{"type":"x","message":"Request exceeds the maximum size"}}"#), TooLong),
    ("p", Message("Error code: context_length_exceeded"), TooLong),
    ("p", Message("stop reason: model_context_window_exceeded"), TooLong),
    ("openai", Message("This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens."), TooLong),
    ("anthropic", Message("prompt is too long: 250000 tokens > 200000 maximum"), TooLong),
    ("amazon-bedrock", Message("Input is too long for requested model."), TooLong),
    ("openai", Message("Your input exceeds the context window of this model."), TooLong),
    ("minimax", Message("invalid params, context window exceeds limit"), TooLong),
    ("google", Message("The input token count (1200000) exceeds the maximum number of tokens allowed (1048576)."), TooLong),
    ("github-copilot", Message("prompt token count of 130000 exceeds the limit of 128000"), TooLong),
    ("together", Message("tokens in request more than max tokens allowed"), TooLong),
    ("xai", Message("This model's maximum prompt length is 131072 but the request contains 200000 tokens."), TooLong),
    ("groq", Message("Please reduce the length of the messages or completion."), TooLong),
    ("llama", Message("the request exceeds the available context size, try increasing it"), TooLong),
    ("lmstudio", Message("the number of tokens is greater than the context length"), TooLong),
    ("moonshot", Message("Your request exceeded model token limit: 262144"), TooLong),
    ("p", Refused(429, &[], r#"{"error":{"message":"Request too large: too many tokens"}}"#), TooLong),
    ("p", Message("token limit exceeded"), TooLong),
    ("p", Message("Request Entity Too Large"), TooLong),
    ("p", Message("Payload Too Large"), TooLong),

    // The request itself.
    ("openai", Refused(400, &[], r#"{"error":{"code":"content_policy_violation","message":"Rejected by our usage policies"}}"#), NotTheAccount),
    ("p", Message("Your request was blocked by our content policy"), NotTheAccount),
    ("azure", Message("The response was filtered due to the prompt triggering Azure OpenAI's content management policy"), NotTheAccount),
    ("openai", Refused(400, &[], r#"{"error":{"code":"invalid_encrypted_content","message":"x"}}"#), NotTheAccount),
    ("openai", Message("Encrypted content organization_id did not match the target organization."), NotTheAccount),
    ("anthropic", Message("messages.1.content.0: Invalid `signature` in `thinking` block"), NotTheAccount),
    ("opencode", Refused(401, &[], r#"{"type":"error","error":{"type":"ModelError","message":"Model x is not supported"}}"#), NotTheAccount),
    ("openai", Message("The model `x` does not exist or you do not have access to it."), NotTheAccount),
    ("openai", Message("The 'x' model is not supported when using Codex with a ChatGPT account."), NotTheAccount),
    ("openrouter", Message("No allowed providers are available for the selected model."), NotTheAccount),
    ("opencode", Refused(429, &[("retry-after", "3600")], r#"{"type":"error","error":{"type":"FreeUsageLimitError","message":"Rate limit exceeded."}}"#), NotTheAccount),
    ("opencode", Message("Free usage exceeded, subscribe to Go"), NotTheAccount),

    // Broken off.
    ("f-refused", InStream(r#"{"code":"ConnectionRefused","path":"http://127.0.0.1:1/v1","errno":0}"#), NotTheAccount),
    ("f-refused", Message("Unable to connect. Is the computer able to access the url?"), NotTheAccount),
    ("p", Message("Cannot connect to API: getaddrinfo failed"), NotTheAccount),
    ("p", Message("The socket connection was closed unexpectedly."), NotTheAccount),
    ("p", Message("The operation timed out."), NotTheAccount),
    ("p", Message("The operation was aborted."), NotTheAccount),
    ("p", Message("context canceled"), NotTheAccount),

    // Gateways.
    ("my-gateway", Refused(503, &[], r#"{"error":{"message":"auth_unavailable: no auth available","type":"server_error","code":"internal_server_error"}}"#), ProviderSpent),
    ("my-gateway", Refused(503, &[], r#"{"error":{"message":"no auth available","code":"auth_unavailable"}}"#), ProviderSpent),
    ("my-gateway", Message("auth_unavailable"), NotTheAccount),
    ("my-gateway", Message("no auth available"), NotTheAccount),

    // Capacity.
    ("opencode-go", Refused(429, &[], r#"{"error":{"code":"provider_rate_limit_exceeded"}}"#), NotTheAccount),
    ("opencode-go", Message("Error from provider (Console Go): Provider rate limit exceeded"), NotTheAccount),
    ("openai", Refused(503, &[("retry-after", "3600")], r#"{"error":{"code":"server_is_overloaded"}}"#), Overload),
    ("openai", Refused(429, &[], r#"{"error":{"message":"Selected model is at capacity. Please try a different model."}}"#), Overload),

    // Usage windows.
    ("anthropic", Refused(429, &[("anthropic-ratelimit-unified-status", "rejected"), ("anthropic-ratelimit-unified-5h-status", "rejected")], "{}"), UsageLimit),
    ("anthropic", Refused(429, &[("anthropic-ratelimit-unified-status", "rejected"), ("anthropic-ratelimit-unified-7d-status", "rejected")], "{}"), UsageLimit),
    ("anthropic", Refused(429, &[("anthropic-ratelimit-unified-status", "rejected"), ("anthropic-ratelimit-unified-representative-claim", "five_hour")], "{}"), UsageLimit),
    ("anthropic", Refused(429, &[("anthropic-ratelimit-unified-status", "rejected"), ("anthropic-ratelimit-unified-representative-claim", "seven_day")], "{}"), UsageLimit),
    ("anthropic", Refused(429, &[("anthropic-ratelimit-unified-status", "rejected"), ("anthropic-ratelimit-unified-representative-claim", "seven_day_opus")], "{}"), ModelLimit),
    ("anthropic", Refused(429, &[("anthropic-ratelimit-unified-status", "rejected"), ("anthropic-ratelimit-unified-5h-status", "allowed"), ("anthropic-ratelimit-unified-7d_oi-status", "rejected")], "{}"), ModelLimit),
    ("anthropic", Refused(429, &[("anthropic-ratelimit-unified-status", "rejected"), ("anthropic-ratelimit-unified-7d-status", "allowed_warning"), ("anthropic-ratelimit-unified-7d_oi-status", "rejected")], "{}"), ModelLimit),
    ("anthropic", Refused(429, &[("anthropic-ratelimit-unified-status", "rejected"), ("anthropic-ratelimit-unified-reset", "1900000000")], "{}"), UsageLimit),
    ("anthropic", Message("This request would exceed your account's rate limit. Please try again later."), UsageLimit),
    ("google", Refused(429, &[], r#"{"error":{"status":"RESOURCE_EXHAUSTED","details":[{"reason":"QUOTA_EXHAUSTED","metadata":{"quotaResetDelay":"1h2m"}}]}}"#), ModelLimit),
    ("google", Message("Quota exceeded for quota metric 'Requests' and limit 'Requests per day'"), ModelLimit),
    ("openai", Refused(429, &[], r#"{"error":{"type":"usage_limit_reached","message":"Spent","resets_at":1900000000}}"#), UsageLimit),
    ("openai", Message("The usage limit has been reached"), UsageLimit),
    ("opencode-go", Message("Weekly usage limit reached. Resets in 21hr 10min"), UsageLimit),
    ("kimi-for-coding", Refused(403, &[], r#"{"error":{"type":"access_terminated_error","message":"You've reached your weekly (7-day) usage limit."}}"#), UsageLimit),
    ("openai", Message("You\u{2019}ve hit your usage limit."), UsageLimit),
    ("zai", Message("Your limit will reset at 2026-11-21 00:27:29"), UsageLimit),
    ("p", Message("You have used up your daily quota."), UsageLimit),
    ("p", Message("Quota of 50 requests per day used up"), UsageLimit),
    ("google", Refused(429, &[], r#"{"error":{"message":"You exceeded your current quota. Quota exceeded for metric: x. Please retry in 21.5s."}}"#), Rate),

    // Money.
    ("openai", Refused(429, &[], r#"{"error":{"type":"insufficient_quota","code":"insufficient_quota"}}"#), Billing),
    ("opencode", Refused(401, &[], r#"{"type":"error","error":{"type":"CreditsError","message":"No payment method."}}"#), Billing),
    ("openai", Message("You exceeded your current quota."), Billing),
    ("p", Message("Please check your plan and billing details."), Billing),
    ("anthropic", Refused(400, &[], r#"{"error":{"type":"invalid_request_error","message":"Your credit balance is too low to access the Anthropic API."}}"#), Billing),
    ("openrouter", Message("Insufficient credits. Top up at https://openrouter.ai/settings/credits"), Billing),
    ("deepseek", Message("Insufficient Balance"), Billing),
    ("p", Message("insufficient quota"), Billing),
    ("p", Message("Your available balance is 0"), Billing),
    ("openrouter", Message("This request requires more credits, or fewer max_tokens."), Billing),
    ("openai", Message("Your workspace is out of credits."), Billing),
    ("p", Message("Please add credits to go on"), Billing),
    ("p", Refused(403, &[], r#"{"error":{"code":"quota_exceeded"}}"#), UsageLimit),
    ("p", Refused(429, &[], r#"{"error":{"message":"Quota exceeded"}}"#), UsageLimit),

    // Logins.
    ("openai", Refused(401, &[], r#"{"error":{"code":"token_expired"}}"#), NotTheAccount),
    ("openai", InStream(r#"{"type":"invalid_grant","message":"x"}"#), LoginRejected),
    ("openai", Refused(401, &[], r#"{"error":{"code":"token_invalidated"}}"#), LoginRejected),
    ("anthropic", Refused(403, &[], r#"{"error":{"code":"organization_disabled"}}"#), LoginRejected),
    ("openai", Refused(402, &[], r#"{"error":{"code":"deactivated_workspace"}}"#), LoginRejected),
    ("openai", Message("Token refresh failed: 400"), LoginRejected),
    ("openai", Message("Token refresh failed: 401"), LoginRejected),
    ("openai", Message("Token refresh failed: 503"), NotTheAccount),
    ("openai", Message("Your authentication token has been invalidated. Please try signing in again."), LoginRejected),
    ("openai", Message("Encountered invalidated oauth token for user"), LoginRejected),
    ("openai", Message("Your account has been deactivated."), LoginRejected),
    ("google", Message("Please verify your account to continue."), LoginRejected),
    ("openai", Message("Incorrect API key provided: sk-x"), LoginRejected),
    ("anthropic", Message("invalid x-api-key"), LoginRejected),

    // Status, and rate.
    ("f-401", Refused(401, &[], ""), LoginRejected),
    ("f-402", Refused(402, &[], "<html>Payment required</html>"), Billing),
    ("f-429", Refused(429, &[], r#"{"error":{"code":"rate_limit_exceeded","message":"Rate limit reached"}}"#), Rate),
    ("f-instream", InStream(r#"{"code":"rate_limit_exceeded","message":"Slow"}"#), Rate),
    ("p", Message("Rate limit reached for requests"), Rate),
    ("azure", Message("Your request rate increased too quickly"), Rate),
    ("p", Message("Too Many Requests"), Rate),

    // The provider.
    ("f-500", Refused(500, &[], r#"{"error":{"message":"x","type":"server_error","code":null}}"#), Overload),
    ("a-instream", InStream(r#"{"type":"api_error","message":"x"}"#), Overload),
    ("a-529", Message("Overloaded"), Overload),
    ("f-500", Message("The server had an error while processing your request"), Overload),
    ("p", Message("Internal Server Error"), Overload),
    ("f-503", Message("Service Unavailable"), Overload),
    ("f-html", Message("Bad Gateway"), Overload),
    ("p", Message("Gateway Timeout"), Overload),
    ("p", Refused(400, &[], r#"{"error":{"message":"Something new"}}"#), NotTheAccount),
    ("p", InStream(r#"{"type":"invalid_request_error","message":"x"}"#), NotTheAccount),
];

/// What fits no signature.
#[rustfmt::skip]
const UNKNOWN: &[(&str, Said, Meaning)] = &[
    ("f-403", Refused(403, &[], r#"{"error":{"message":"Your account is not allowed to use this model","type":"permission_error","code":"forbidden"}}"#), Unexplained),
    ("f-403", Message("Your account is not allowed to use this model"), Unexplained),
    // Something in between answered, or nothing did.
    ("p", Refused(403, &[], "<html>Just a moment...</html>"), NotTheAccount),
    ("p", InStream("{}"), NotTheAccount),
];

fn facts(said: &Said) -> ErrorFacts {
    match said {
        Refused(status, headers, body) => {
            let headers: serde_json::Map<_, _> =
                headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
            let error = serde_json::json!({"name": "AI_APICallError", "statusCode": status, "responseHeaders": headers, "responseBody": body});
            ErrorFacts::of_json(serde_json::json!({"error": error}).to_string().as_bytes())
        }
        InStream(error) => ErrorFacts::of_json(format!(r#"{{"error":{error}}}"#).as_bytes()),
        Message(text) => ErrorFacts::of_message(&format!("AI_APICallError: {text}")),
    }
}

#[test]
fn every_signature_has_an_example_that_it_decides() {
    let decides = |(provider, said, _): &(&str, Said, Meaning)| deciding(&ProviderId::new(provider), &facts(said));
    let decided: BTreeSet<usize> = EXAMPLES.iter().filter_map(decides).collect();
    let without: Vec<String> = (0..SIGNATURES.len())
        .filter(|index| !decided.contains(index))
        .map(|index| format!("{index}: {:?} {:?}", SIGNATURES[index].codes, SIGNATURES[index].text))
        .collect();
    assert_eq!(without, Vec::<String>::new(), "signatures without an example");
}

#[test]
fn every_example_means_what_it_should() {
    for (provider, said, meaning) in EXAMPLES.iter().chain(UNKNOWN) {
        let facts = facts(said);
        assert_eq!(Table::default().meaning(&ProviderId::new(provider), &facts), *meaning, "{provider}: {facts:?}");
    }
}

#[test]
fn every_code_of_a_signature_means_the_same() {
    for signature in SIGNATURES.iter().filter(|signature| signature.text.is_empty() && signature.headers.is_empty()) {
        for code in signature.codes {
            let error = serde_json::json!({"error": {"code": code, "message": "x"}}).to_string();
            let provider = ProviderId::new(if signature.provider.is_empty() { "p" } else { signature.provider });
            let meaning = Table::default().meaning(&provider, &ErrorFacts::of_json(error.as_bytes()));
            assert_eq!(meaning, signature.meaning, "{code}");
        }
    }
}

#[test]
fn a_persons_own_signature_comes_first_and_all_of_it_must_hold() {
    let own = OwnSignature {
        provider: Some("my-gateway".into()),
        status: None,
        codes: vec![],
        text: vec!["Pool Is Empty".to_owned()],
        without: vec!["for a moment".to_owned()],
        meaning: UsageLimit,
    };
    let status = OwnSignature { status: Some(418), codes: vec!["TEAPOT".to_owned()], text: vec![], ..own.clone() };
    let table = Table::with(vec![own, OwnSignature { meaning: Billing, ..status }]);
    let check = |provider: &str, said: Said, meaning| {
        assert_eq!(table.meaning(&ProviderId::new(provider), &facts(&said)), meaning);
    };
    check("my-gateway", Message("The pool is empty; prompt is too long"), UsageLimit);
    check("my-gateway", Message("The pool is empty for a moment"), Unexplained);
    check("other", Message("The pool is empty"), Unexplained);
    check("my-gateway", Refused(418, &[], r#"{"error":{"code":"teapot"}}"#), Billing);
    check("my-gateway", Refused(418, &[], r#"{"error":{"code":"kettle"}}"#), Unexplained);
    check("my-gateway", Message("teapot"), Unexplained);
}
