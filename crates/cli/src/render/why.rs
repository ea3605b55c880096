//! `baton why` in words: one line for each account and one for each thing that will happen with it.
//! Knows no rule: every reason is the daemon's.

use std::fmt::Write;

use daemon::control::{ExpectedView, WhyView};

use crate::moment::Moment;

/// The words for how things stand at each provider.
pub(super) fn why(providers: &[WhyView], moment: &Moment) -> String {
    let mut text = String::new();
    for provider in providers {
        let _ = writeln!(text, "{}  ({})", provider.provider, provider.strategy);
        if let Some(why) = &provider.held_back {
            let _ = writeln!(text, "  Nothing is switched here: {why}.");
        }
        if let Some(lane) = &provider.lane {
            let _ = writeln!(text, "  Nobody is left: go on with {} of {} meanwhile.", lane.model, lane.provider);
        }
        for account in &provider.accounts {
            let _ = writeln!(text, "  {}: {}", account.label, account.why);
            for expected in &account.expected {
                let _ = writeln!(text, "      {}", happens(expected, moment));
            }
        }
        for waiting in &provider.sessions {
            let _ =
                writeln!(text, "  session {} ({}) {}", waiting.session, waiting.model, moment.localise(&waiting.why));
        }
    }
    if text.is_empty() { "There are no accounts yet: `baton add` saves OpenCode's logins.".to_owned() } else { text }
}

fn happens(expected: &ExpectedView, moment: &Moment) -> String {
    match &expected.at {
        Some(at) => format!("{}: {}", moment.clock(at), expected.what),
        None => expected.what.clone(),
    }
}

#[cfg(test)]
mod tests {
    use daemon::control::{LaneView, WaitingSessionView, WhyAccount};

    use super::*;
    use crate::moment::tests::noon;

    #[test]
    fn each_account_says_why_and_what_comes() {
        let account = |label: &str, why: &str, expected: &[(&str, Option<&str>)]| WhyAccount {
            id: format!("openai-{label}"),
            label: label.to_owned(),
            why: why.to_owned(),
            expected: expected
                .iter()
                .map(|(what, at)| ExpectedView {
                    what: (*what).to_owned(),
                    what_words: None,
                    at: at.map(str::to_owned),
                })
                .collect(),
        };
        let view = WhyView {
            provider: "openai".to_owned(),
            strategy: "most-remaining".to_owned(),
            held_back: Some("automatic failover is off".to_owned()),
            lane: Some(LaneView { provider: "anthropic".to_owned(), model: "claude-sonnet-4-5".to_owned() }),
            accounts: vec![
                account("home", "active now", &[("left when it hits its limit", None)]),
                account("work", "its weekly window is spent", &[("can be used again", Some("2026-11-20T15:30:00Z"))]),
            ],
            sessions: vec![WaitingSessionView {
                session: "ses_1".to_owned(),
                model: "gpt-5.5".to_owned(),
                why: "sleeps until 2026-11-20T15:30:00Z; it is carried on as soon as another account is active"
                    .to_owned(),
            }],
        };
        let clock = noon().clock("2026-11-20T15:30:00Z");
        let expected = format!(
            "openai  (most-remaining)\n\
             \x20 Nothing is switched here: automatic failover is off.\n\
             \x20 Nobody is left: go on with claude-sonnet-4-5 of anthropic meanwhile.\n\
             \x20 home: active now\n\
             \x20     left when it hits its limit\n\
             \x20 work: its weekly window is spent\n\
             \x20     {clock}: can be used again\n\
             \x20 session ses_1 (gpt-5.5) sleeps until {clock}; it is carried on as soon as another account is active\n"
        );
        assert_eq!(why(&[view], &noon()), expected);
    }
}
