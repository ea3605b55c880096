//! Until when an account can't be used, by what an error names. Never guesses: a time that nobody named is `None`.

use std::time::Duration;

use engine::Timestamp;

use crate::opencode::log::{ErrorFacts, Reset};
use crate::opencode::span;

const ANTHROPIC: &str = "anthropic-ratelimit-unified-";

/// When a limit that was hit at `at` ends. What names the limit itself comes before `retry-after`, which may be that of
/// a longer one; a time that has passed names nothing.
pub(super) fn limit_ends(facts: &ErrorFacts, at: Timestamp) -> Option<Timestamp> {
    let named = [anthropic(facts).map(Reset::At), facts.reset, in_words(&facts.message), retry_after(facts)];
    named.into_iter().flatten().map(|reset| reset.from(at)).find(|until| *until > at)
}

/// When a model's own limit ends, by Anthropic's headers of windows that are spent.
pub(super) fn model_limit_ends(facts: &ErrorFacts, at: Timestamp) -> Option<Timestamp> {
    let is_window = |name: &str| !name.is_empty() && name != "overage-";
    let spent = facts.headers_named(ANTHROPIC).filter(|(_, value)| *value == "rejected");
    let windows = spent.filter_map(|(name, _)| name.strip_suffix("status").filter(|window| is_window(window)));
    let resets = windows.filter_map(|window| time(facts.header(&format!("{ANTHROPIC}{window}reset"))?));
    resets.filter(|until| *until > at).max()
}

/// When a request may be repeated, for an error that came at `at`.
pub(super) fn wait_ends(facts: &ErrorFacts, at: Timestamp) -> Option<Timestamp> {
    let reset = retry_after(facts).or(facts.reset).or_else(|| in_words(&facts.message))?;
    Some(reset.from(at))
}

/// The later of the account's windows that are spent: the weekly one can outlast the five-hour one.
fn anthropic(facts: &ErrorFacts) -> Option<Timestamp> {
    let reset = |window: &str| time(facts.header(&format!("{ANTHROPIC}{window}reset"))?);
    let spent = |window: &&str| facts.header(&format!("{ANTHROPIC}{window}status")) == Some("rejected");
    let windows = ["5h-", "7d-"].iter().filter(|window| spent(window)).filter_map(|window| reset(window));
    windows.max().or_else(|| reset(""))
}

fn time(text: &str) -> Option<Timestamp> {
    text.parse().ok().and_then(span::epoch).or_else(|| span::rfc3339(text))
}

fn retry_after(facts: &ErrorFacts) -> Option<Reset> {
    let millis = facts.header("retry-after-ms").and_then(|text| text.trim().parse::<f64>().ok());
    if let Some(wait) = millis.and_then(|millis| span::seconds(millis / 1000.0)) {
        return Some(Reset::In(wait));
    }
    let text = facts.header("retry-after")?.trim();
    match text.parse() {
        Ok(seconds) => span::seconds(seconds).map(Reset::In),
        Err(_) => span::http_date(text).map(Reset::At),
    }
}

/// A time or wait in the message's words.
fn in_words(message: &str) -> Option<Reset> {
    const TIMES: [&str; 2] = ["reset at ", "resets at "];
    const WAITS: [&str; 5] = ["resets in ", "reset in ", "try again in ", "retry in ", "retry after "];
    // ASCII only: every byte keeps its place.
    let lower = message.to_ascii_lowercase();
    let behind = |phrase: &&str| lower.find(*phrase).map(|start| &message[start + phrase.len()..]);
    let time = TIMES.iter().filter_map(behind).find_map(|text| span::zoneless(text.as_bytes()).or_else(|| zoned(text)));
    let wait = || WAITS.iter().filter_map(behind).find_map(span::read).filter(|wait| *wait > Duration::ZERO);
    time.or_else(|| epoch(message)).map(Reset::At).or_else(|| wait().map(Reset::In))
}

fn zoned(text: &str) -> Option<Timestamp> {
    span::rfc3339(text.split_whitespace().next()?.trim_end_matches(['.', ',', ')']))
}

/// `Claude AI usage limit reached|1900000000`
fn epoch(message: &str) -> Option<Timestamp> {
    let (_, digits) = message.rsplit_once('|')?;
    let digits = digits.trim();
    let is_epoch = digits.len() >= 10 && digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|_| is_epoch).and_then(span::epoch)
}
