use super::super::log::read_whole;
use super::*;

/// 2026-11-20T23:27:29Z
const AT: Timestamp = Timestamp::from_secs(1_795_217_249);

/// What an error means.
#[derive(Debug, PartialEq)]
enum Told {
    Nothing,
    Limit(LimitCause, Option<i64>),
    Login,
    Model(Option<i64>),
    Failed(Trouble),
}

use LimitCause::{Billing, LongWait, UsageLimit};
use Told::{Failed, Limit, Login, Model, Nothing};
use Trouble::{Overload, Unexplained};

fn read(lines: &[String]) -> Vec<Input> {
    let mut inputs = Vec::new();
    read_whole(lines.join("\n").as_bytes(), &mut |input| inputs.push(input)).unwrap();
    inputs
}

/// The times of limits are seconds after the error.
fn told(lines: &[String]) -> Told {
    let mut inputs = read(lines);
    inputs.retain(|input| !matches!(input, Input::AttemptStarted { .. } | Input::SessionIdle(_)));
    let seconds = |hit: &LimitHit| hit.until.map(|until| (until.as_millis() - hit.at.as_millis()) / 1000);
    match &inputs[..] {
        [] => Nothing,
        [Input::LimitHit(hit)] if hit.reach == Reach::Model => Model(seconds(hit)),
        [Input::LimitHit(hit)] => Limit(hit.cause, seconds(hit)),
        [Input::RequestFailed(failure)] => Failed(failure.trouble),
        [Input::LoginRejected { .. }] => Login,
        more => panic!("{more:?}"),
    }
}

fn old_line(level: &str, rest: &str) -> String {
    format!("{level} 2026-11-20T23:27:29 +4ms {rest}")
}

fn failed(provider: &str, error: &str) -> String {
    let request = format!("service=llm providerID={provider} modelID=m sessionID=s small=false agent=build");
    old_line("ERROR", &format!(r#"{request} error={{"error":{error}}} stream error"#))
}

/// A refused request, as older releases log it.
fn refused(provider: &str, status: u16, headers: &[(&str, &str)], body: &str) -> Told {
    let headers: serde_json::Map<_, _> =
        headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
    let error = serde_json::json!({
        "name": "AI_APICallError", "url": "u", "requestBodyValues": {"text": "usage limit reached"},
        "statusCode": status, "responseHeaders": headers, "responseBody": body, "isRetryable": false,
    });
    told(&[failed(provider, &error.to_string())])
}

/// The message alone, as newer releases log it.
fn message(provider: &str, text: &str) -> Told {
    let text = serde_json::Value::from(format!("AI_APICallError: {text}"));
    told(&[format!(
        r#"timestamp=2026-11-20T23:27:29.000Z level=ERROR run=0 message="stream error" providerID={provider} session.id=s small=false error.error={text}"#
    )])
}

#[test]
fn usage_limits_end_when_they_say() {
    let check = |status, headers: &[(&str, &str)], body: &str, until| {
        assert_eq!(refused("p", status, headers, body), Limit(UsageLimit, until), "{body}");
    };
    let at = AT.as_millis() / 1000;
    let resets_at =
        format!(r#"{{"error":{{"type":"usage_limit_reached","resets_in_seconds":5,"resets_at":{}}}}}"#, at + 60);
    check(429, &[("retry-after", "7")], &resets_at, Some(60));
    check(
        429,
        &[("retry-after", "7")],
        r#"{"error":{"type":"usage_limit_reached","resets_in_seconds":5400}}"#,
        Some(5400),
    );
    check(429, &[("retry-after", "7")], r#"{"error":{"type":"usage_limit_reached"}}"#, Some(7));
    check(
        429,
        &[("retry-after", "Sat, 21 Nov 2026 00:27:29 GMT")],
        r#"{"error":{"type":"usage_limit_reached"}}"#,
        Some(3600),
    );
    check(429, &[], r#"{"error":{"type":"usage_limit_reached","resets_at":1}}"#, None);
    check(429, &[], r#"{"error":{"message":"You’ve hit your usage limit."}}"#, None);
    let kimi =
        r#"{"error":{"type":"access_terminated_error","message":"You've reached your weekly (7-day) usage limit."}}"#;
    check(403, &[], kimi, None);
    check(
        429,
        &[],
        r#"{"error":{"message":"Usage limit reached. Your limit will reset at 2026-11-21 00:27:29"}}"#,
        Some(3600),
    );
    check(
        200,
        &[],
        r#"{"error":{"type":"GoUsageLimitError","message":"5 hour usage limit reached. Resets in 2hr 10min"}}"#,
        Some(7800),
    );
    check(
        429,
        &[("retry-after", "400000")],
        r#"{"error":{"type":"GoUsageLimitError","message":"Resets in 2hr 10min"}}"#,
        Some(7800),
    );
    let claude = format!(r#"{{"error":{{"message":"Claude AI usage limit reached|{}"}}}}"#, at + 90);
    check(429, &[], &claude, Some(90));
    check(
        429,
        &[],
        r#"{"error":{"status":"RESOURCE_EXHAUSTED","details":[{"reason":"QUOTA_EXHAUSTED","metadata":{"quotaResetDelay":"1h2m"}}]}}"#,
        Some(3720),
    );
}

#[test]
fn anthropics_headers_tell_the_accounts_windows_from_a_models() {
    const BODY: &str = r#"{"type":"error","error":{"type":"rate_limit_error","message":"This request would exceed your account's rate limit. Please try again later."}}"#;
    let at = |secs: i64| (AT.as_millis() / 1000 + secs).to_string();
    let check = |headers: &[(&str, &str)], expected| {
        let names: Vec<_> =
            headers.iter().map(|(name, value)| (format!("anthropic-ratelimit-unified-{name}"), *value)).collect();
        let mut headers: Vec<_> = names.iter().map(|(name, value)| (name.as_str(), *value)).collect();
        headers.push(("retry-after", "12000"));
        assert_eq!(refused("anthropic", 429, &headers, BODY), expected, "{headers:?}");
    };
    check(&[("status", "rejected"), ("reset", &at(50))], Limit(UsageLimit, Some(50)));
    check(
        &[("status", "rejected"), ("representative-claim", "five_hour"), ("reset", &at(50))],
        Limit(UsageLimit, Some(50)),
    );
    let (five, seven) = (at(50), at(90));
    let both = [
        ("status", "rejected"),
        ("5h-status", "rejected"),
        ("5h-reset", &five),
        ("7d-status", "rejected"),
        ("7d-reset", &seven),
    ];
    check(&both, Limit(UsageLimit, Some(90)));
    check(&[("status", "rejected"), ("representative-claim", "seven_day_opus"), ("reset", &at(50))], Model(Some(50)));
    let allowed = [
        ("status", "rejected"),
        ("5h-status", "allowed"),
        ("7d-status", "allowed_warning"),
        ("7d_oi-status", "rejected"),
        ("7d_oi-reset", &seven),
        ("overage-status", "rejected"),
        ("overage-reset", "1900000000"),
        ("reset", &five),
    ];
    check(&allowed, Model(Some(90)));
    check(&[("status", "allowed")], Limit(LongWait, Some(12_000)));
}

#[test]
fn only_a_long_wait_is_as_good_as_a_limit() {
    let check = |status, headers: &[(&str, &str)], body: &str, expected| {
        assert_eq!(refused("p", status, headers, body), expected, "{headers:?} {body}");
    };
    const RATE: &str = r#"{"error":{"code":"rate_limit_exceeded","message":"Rate limit reached"}}"#;
    check(429, &[], RATE, Nothing);
    check(429, &[("retry-after", "30")], RATE, Nothing);
    check(429, &[("retry-after", "31")], RATE, Limit(LongWait, Some(31)));
    check(429, &[("Retry-After-Ms", "45000"), ("retry-after", "3")], RATE, Limit(LongWait, Some(45)));
    check(429, &[("retry-after", "soon")], RATE, Nothing);
    check(429, &[], r#"{"error":{"message":"Rate limit reached. Please try again in 11.2s."}}"#, Nothing);
    check(
        429,
        &[],
        r#"{"error":{"message":"Rate limit reached. Please try again in 7m12s."}}"#,
        Limit(LongWait, Some(432)),
    );
    check(503, &[("retry-after", "3600")], r#"{"error":{"code":"server_is_overloaded"}}"#, Failed(Overload));
    check(
        529,
        &[("retry-after", "3600")],
        r#"{"error":{"type":"overloaded_error","message":"Overloaded"}}"#,
        Failed(Overload),
    );
    check(
        429,
        &[("retry-after", "3600")],
        r#"{"error":{"type":"FreeUsageLimitError","message":"Rate limit exceeded."}}"#,
        Nothing,
    );
    check(429, &[("retry-after", "3600")], r#"{"error":{"code":"provider_rate_limit_exceeded"}}"#, Nothing);
}

#[test]
fn money_brings_these_back() {
    let check = |status, body: &str| assert_eq!(refused("p", status, &[], body), Limit(Billing, None), "{body}");
    check(402, "");
    check(402, "<html>Payment required</html>");
    check(402, "Insufficient Balance");
    check(429, r#"{"error":{"type":"insufficient_quota","code":"insufficient_quota"}}"#);
    check(401, r#"{"type":"error","error":{"type":"CreditsError","message":"No payment method."}}"#);
    check(401, r#"{"error":{"type":"MonthlyLimitError"}}"#);
    check(
        400,
        r#"{"error":{"type":"invalid_request_error","message":"Your credit balance is too low to access the Anthropic API."}}"#,
    );
    assert_eq!(
        told(&[failed("p", r#"{"message":"This request requires more credits","code":402}"#)]),
        Limit(Billing, None)
    );
}

#[test]
fn logins_are_rejected_by_status_code_and_word() {
    let check = |status, body: &str, expected| assert_eq!(refused("p", status, &[], body), expected, "{status} {body}");
    check(401, "", Login);
    check(401, r#"{"error":{"code":"token_invalidated"}}"#, Login);
    check(401, r#"{"error":{"code":"token_expired"}}"#, Nothing);
    check(401, r#"{"error":{"type":"ModelError"}}"#, Nothing);
    check(402, r#"{"error":{"code":"deactivated_workspace"}}"#, Login);
    check(403, r#"{"error":{"code":"organization_disabled"}}"#, Login);
    check(403, r#"{"error":{"type":"permission_error","code":"forbidden"}}"#, Failed(Unexplained));
    check(403, "<html>Just a moment...</html>", Nothing);
}

#[test]
fn what_no_account_mends_says_nothing() {
    let check = |status, message: &str| {
        let body = serde_json::json!({"error": {"message": message}}).to_string();
        assert_eq!(refused("p", status, &[("retry-after", "3600")], &body), Nothing, "{message}");
    };
    check(400, "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens.");
    check(400, "prompt is too long: 250000 tokens > 200000 maximum");
    check(429, "Request too large: too many tokens");
    check(413, "Payload");
    check(404, "The model does not exist or you do not have access to it.");
    check(400, "Something new");
}

#[test]
fn a_message_alone_tells_what_it_can() {
    let check = |text: &str, expected| assert_eq!(message("p", text), expected, "{text}");
    check("The usage limit has been reached", Limit(UsageLimit, None));
    check("Weekly usage limit reached. Resets in 2 days.", Limit(UsageLimit, Some(172_800)));
    check("This request would exceed your account's rate limit. Please try again later.", Limit(UsageLimit, None));
    check("You exceeded your current quota, please check your plan and billing details.", Limit(Billing, None));
    check("Quota exceeded. Check your plan and billing details.", Limit(Billing, None));
    check("Your credit balance is too low to access the Anthropic API.", Limit(Billing, None));
    check("Insufficient credits. Add more using https://openrouter.ai/settings/credits", Limit(Billing, None));
    check("Token refresh failed: 401", Login);
    check("Token refresh failed: 503", Nothing);
    check("Incorrect API key provided: sk-x", Login);
    check("Rate limit reached for requests", Nothing);
    check("Rate limit reached. Please try again in 6m0s", Limit(LongWait, Some(360)));
    check("Overloaded", Failed(Overload));
    check("Cannot connect to API: Unable to connect.", Nothing);
}

#[test]
fn google_words_a_rate_like_a_spent_quota() {
    const TEXT: &str = "You exceeded your current quota, please check your plan and billing details. Quota exceeded for metric: x. Please retry in";
    assert_eq!(message("google", &format!("{TEXT} 21.5s.")), Nothing);
    assert_eq!(message("google", &format!("{TEXT} 1h2m.")), Limit(LongWait, Some(3720)));
    assert_eq!(message("openai", &format!("{TEXT} 21.5s.")), Limit(Billing, Some(21)));
}

/// What a session's turn says in older logs.
struct Says(&'static str);

impl Says {
    fn starts(&self, provider: &str, small: bool) -> String {
        let session = self.0;
        old_line(
            "INFO ",
            &format!("service=llm providerID={provider} modelID=m sessionID={session} small={small} stream"),
        )
    }

    fn fails(&self, provider: &str, small: bool, error: &str) -> String {
        let request = format!("service=llm providerID={provider} modelID=m sessionID={} small={small}", self.0);
        old_line("ERROR", &format!(r#"{request} error={{"error":{error}}} stream error"#))
    }

    fn ends(&self) -> String {
        old_line("INFO ", &format!("service=session.prompt sessionID={} exiting loop", self.0))
    }
}

/// The line that doesn't say whose failure it is.
fn somebody_failed(text: &str) -> String {
    old_line("ERROR", &format!(r#"service=session.processor error={text} stack="x" process"#))
}

const SPENT: &str = r#"{"type":"usage_limit_reached","message":"Spent"}"#;

/// The limit hits and rejected logins, with the session and provider that they are held against.
fn held_against(lines: &[String]) -> Vec<(Option<String>, String)> {
    let name = |session: Option<SessionId>| session.map(|session| session.as_str().to_owned());
    let of = |input| {
        if let Input::LimitHit(LimitHit { session, provider, .. }) | Input::LoginRejected { session, provider, .. } =
            input
        {
            Some((name(session), provider.as_str().to_owned()))
        } else {
            None
        }
    };
    read(lines).into_iter().filter_map(of).collect()
}

#[test]
fn title_requests_dont_count() {
    let a = Says("a");
    assert_eq!(read(&[a.starts("p", true), a.fails("p", true, SPENT)]), []);
    // Nor do they when the turn beside them goes on and ends well.
    let lines = [a.starts("q", false), a.starts("p", true), a.fails("p", true, SPENT), a.ends()];
    assert_eq!(held_against(&lines), []);
}

#[test]
fn a_turns_failure_under_its_titles_name_is_the_turns() {
    let a = Says("a");
    let lines = [a.starts("q", false), a.starts("p", true), a.fails("p", true, SPENT), somebody_failed("Spent")];
    assert_eq!(held_against(&lines), [(Some("a".to_owned()), "q".to_owned())]);
}

#[test]
fn a_failure_is_told_once() {
    let a = Says("a");
    let lines = [a.starts("q", false), a.fails("q", false, SPENT), somebody_failed("Spent")];
    assert_eq!(held_against(&lines).len(), 1);
    let both = [
        a.starts("q", false),
        a.starts("q", true),
        a.fails("q", true, SPENT),
        a.fails("q", false, SPENT),
        somebody_failed("Spent"),
    ];
    assert_eq!(held_against(&both).len(), 1);
}

#[test]
fn a_failure_that_says_nothing_is_told_by_its_turn() {
    let (a, b) = (Says("a"), Says("b"));
    let lines = [
        a.starts("p", false),
        b.starts("q", false),
        b.fails("q", false, "{}"),
        somebody_failed("Token refresh failed: 401"),
    ];
    assert_eq!(held_against(&lines), [(Some("b".to_owned()), "q".to_owned())]);
}

#[test]
fn a_failure_without_a_name_is_held_against_nobody_but_who_it_must_be() {
    let (a, b) = (Says("a"), Says("b"));
    let refresh = || somebody_failed("Token refresh failed: 401");
    let owner = |session: Option<&str>, provider: &str| vec![(session.map(str::to_owned), provider.to_owned())];
    assert_eq!(held_against(&[refresh()]), []);
    assert_eq!(held_against(&[a.starts("p", false), refresh()]), owner(Some("a"), "p"));
    assert_eq!(held_against(&[a.starts("p", false), b.starts("p", false), refresh()]), owner(None, "p"));
    assert_eq!(held_against(&[a.starts("p", false), b.starts("q", false), refresh()]), []);
    assert_eq!(held_against(&[a.starts("p", false), b.starts("q", false), a.ends(), refresh()]), owner(Some("b"), "q"));
}

#[test]
fn a_turn_ends_once() {
    let a = Says("a");
    let cancel = old_line("INFO ", "service=session.prompt sessionID=a cancel");
    let inputs = read(&[a.starts("p", false), a.ends(), cancel.clone(), cancel]);
    assert_eq!(inputs.iter().filter(|input| matches!(input, Input::SessionIdle(_))).count(), 1);
}

#[test]
fn memory_has_a_bound() {
    let mut interpreter = Interpreter::default();
    for number in 0..2000 {
        let request = Request { provider: "p".into(), model: None, small: false, compaction: false };
        let session = Some(SessionId::new(format!("s{number}")));
        let started = Record { at: AT, session: session.clone(), event: Event::AttemptStarted(request.clone()) };
        let failed = Record { at: AT, session, event: Event::AttemptFailed(request, ErrorFacts::default()) };
        [started, failed].into_iter().for_each(|record| interpreter.hear(record, &mut |_| {}));
    }
    assert_eq!((interpreter.turns.len(), interpreter.failures.len()), (TURNS, FAILURES));
}
