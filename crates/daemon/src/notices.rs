//! Turns the engine's notices into what the person reads, and runs the person's own command for each.

use std::process::Stdio;
use std::time::Duration;

use engine::{AccountId, Notice, SwitchCause, Timestamp};
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use crate::clock::rfc3339;
use crate::control::{NoticeView, Words, phrases};
use crate::{why, words};

/// Every kind of notice.
pub(crate) const KINDS: [&str; 8] = [
    "switched",
    "nobody_left",
    "held_back",
    "switch_failed",
    "needs_login",
    "login_saved",
    "nearly_spent",
    "window_reset",
];

/// How long the person's command may take.
const COMMAND_LIMIT: Duration = Duration::from_secs(10);

/// Who is who: an account's provider and label.
pub(crate) trait Names {
    /// The label, or the id of an account that nobody knows.
    fn label(&self, account: &AccountId) -> String;
    /// The provider's id.
    fn provider(&self, account: &AccountId) -> String;
}

/// Puts a notice into words.
pub(crate) fn view(notice: &Notice, now: Timestamp, names: &impl Names) -> NoticeView {
    let label = |id: &AccountId| names.label(id);
    let told = |event: &str, provider: String, account: Option<String>, title: Words, body: Words| {
        let ((title, title_words), (body, body_words)) = (title.split(), body.split());
        NoticeView {
            schema: "baton.notice.v1".to_owned(),
            event: event.to_owned(),
            at: rfc3339(now),
            provider,
            account,
            from: None,
            lane: None,
            title,
            body,
            title_words,
            body_words,
        }
    };
    match notice {
        Notice::Switched { provider, from, to, cause, headroom, restart_needed } => {
            let mut body = match (cause, from) {
                (SwitchCause::LimitHit { .. }, Some(from)) => phrases::hit_its_limit(label(from)),
                (SwitchCause::LoginRejected { .. }, Some(from)) => phrases::must_log_in(label(from)),
                (SwitchCause::BeforeLimit, Some(from)) => phrases::near_its_limit(label(from)),
                (SwitchCause::Returned, _) => phrases::is_usable_again(label(to)),
                (cause, _) => words::switch_cause(cause).into_sentence(),
            };
            if let Some(headroom) = headroom {
                body = phrases::sentences(body, phrases::has_left(label(to), *headroom));
            }
            if *restart_needed {
                body = phrases::sentences(body, phrases::restart_opencode());
            }
            let title = phrases::now_on(provider.as_str(), label(to));
            let from = from.as_ref().map(label);
            NoticeView { from, ..told("switched", provider.to_string(), Some(label(to)), title, body) }
        }
        Notice::NobodyLeft { provider, model, earliest, lane } => {
            let title = match model {
                Some(model) => phrases::nobody_left_for(provider.as_str(), model.as_str()),
                None => phrases::nobody_left(provider.as_str()),
            };
            let mut body = words::earliest(earliest.as_ref(), now, label);
            if let Some(lane) = lane {
                body = phrases::sentences(body, words::lane(lane));
            }
            let lane = lane.as_ref().map(why::lane);
            NoticeView { lane, ..told("nobody_left", provider.to_string(), None, title, body) }
        }
        Notice::HeldBack { provider, why } => {
            let title = phrases::not_switched(provider.as_str());
            told("held_back", provider.to_string(), None, title, words::held_back(*why).into_sentence())
        }
        Notice::SwitchFailed { provider, to, why } => {
            let title = phrases::couldnt_switch(provider.as_str(), label(to));
            let body = Words::from(why.as_str()).into_sentence();
            told("switch_failed", provider.to_string(), Some(label(to)), title, body)
        }
        Notice::NeedsLogin(account) => {
            let provider = names.provider(account);
            let title = phrases::login_needed(provider.as_str(), label(account));
            let body = phrases::log_in_again(words::login_command(&provider, &label(account)));
            told("needs_login", provider, Some(label(account)), title, body)
        }
        Notice::LoginSaved(account) => {
            let provider = names.provider(account);
            let title = phrases::login_saved(provider.as_str(), label(account));
            told("login_saved", provider, Some(label(account)), title, phrases::login_saved_how())
        }
        Notice::NearlySpent { account, window, forecast } => {
            let provider = names.provider(account);
            // Rounded down, so that 100 stands for a window that is really spent.
            let used = window.used_percent.floor();
            let title = phrases::nearly_spent(provider.as_str(), label(account), used, &window.id());
            let body = words::outlook(window, *forecast, now);
            told("nearly_spent", provider, Some(label(account)), title, body)
        }
        Notice::WindowReset { account, window } => {
            let provider = names.provider(account);
            let title = phrases::account_back(provider.as_str(), label(account));
            told("window_reset", provider, Some(label(account)), title, phrases::window_was_reset(window))
        }
    }
}

/// Runs the person's command with the notice as JSON on its standard input.
///
/// # Errors
/// One line that says what went wrong with the command.
pub(crate) async fn run_command(command: &[String], notice: &NoticeView) -> Result<(), String> {
    let Some((program, arguments)) = command.split_first() else { return Ok(()) };
    let fault = |what: &str| format!("[notifications] command {program:?} {what}");
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(|source| fault(&format!("can't be started: {source}")))?;
    let mut line = serde_json::to_string(notice).map_err(|source| fault(&source.to_string()))?;
    line.push('\n');
    let finished = tokio::time::timeout(COMMAND_LIMIT, async {
        if let Some(mut input) = child.stdin.take() {
            // A command that doesn't read its input is no fault.
            let _ = input.write_all(line.as_bytes()).await;
        }
        child.wait().await
    });
    match finished.await {
        Ok(Ok(status)) if status.success() => Ok(()),
        Ok(Ok(status)) => Err(fault(&format!("failed: {status}"))),
        Ok(Err(source)) => Err(fault(&format!("failed: {source}"))),
        Err(_) => Err(fault(&format!("didn't end within {} s and was stopped", COMMAND_LIMIT.as_secs()))),
    }
}

#[cfg(test)]
mod tests {
    use engine::{Lane, Scope, Window};

    use super::*;

    struct Plain;

    impl Names for Plain {
        fn label(&self, account: &AccountId) -> String {
            account.to_string()
        }

        fn provider(&self, _: &AccountId) -> String {
            "openai".to_owned()
        }
    }

    fn check(notice: &Notice, title: &str, body: &str) {
        let view = view(notice, Timestamp::from_secs(0), &Plain);
        assert_eq!((view.title.as_str(), view.body.as_str()), (title, body));
    }

    #[test]
    fn notices_say_what_happened_and_why() {
        check(
            &Notice::Switched {
                provider: "openai".into(),
                from: Some("work".into()),
                to: "home".into(),
                cause: SwitchCause::LimitHit { session: None },
                headroom: Some(88.0),
                restart_needed: false,
            },
            "openai: now on home",
            "work hit its limit. home has 88 % left.",
        );
        check(
            &Notice::NobodyLeft {
                provider: "openai".into(),
                model: None,
                earliest: Some(("work".into(), Timestamp::from_secs(7_200))),
                lane: Some(Lane { provider: "anthropic".into(), model: "claude-sonnet-4-5".to_owned() }),
            },
            "openai: no account left",
            "The first one back is work, in 2 h. Go on with claude-sonnet-4-5 of anthropic meanwhile.",
        );
        check(
            &Notice::NeedsLogin("work".into()),
            "openai: work needs a login",
            "The provider rejected its login. Log in again with `baton login openai --label work`.",
        );
        let window = Window {
            scope: Scope::Model("Opus".to_owned()),
            length: Duration::from_secs(604_800),
            used_percent: 95.9,
            resets_at: Some(Timestamp::from_secs(7_200)),
        };
        check(
            &Notice::WindowReset { account: "work".into(), window: window.id() },
            "openai: work can be used again",
            "Its weekly window for Opus was reset.",
        );
        check(
            &Notice::NearlySpent { account: "work".into(), window, forecast: None },
            "openai: work has used 95 % of its weekly window for Opus",
            "It resets in 2 h.",
        );
    }

    #[tokio::test]
    async fn a_command_that_cannot_be_started_is_named() {
        let notice = view(&Notice::LoginSaved("work".into()), Timestamp::from_secs(0), &Plain);
        let fault = run_command(&["no-such-program-here".to_owned()], &notice).await.unwrap_err();
        assert!(fault.starts_with("[notifications] command \"no-such-program-here\" can't be started"), "{fault}");
    }
}
