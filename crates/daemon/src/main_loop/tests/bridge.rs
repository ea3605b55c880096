//! What the bridge tells, carried out on real files.

use serde_json::Value;

use super::*;
use crate::control::{BridgeAnswer, SecretText, Seen, Told};

/// The loop with these API keys at the provider `fake`, the first in use, and a ChatGPT login beside them.
async fn home_with(keys: &[&str]) -> Home {
    let mut home = Home::new();
    home.clock.0.store(1_000, Ordering::SeqCst);
    for key in keys {
        let request = Request::AddKey {
            provider: "fake".to_owned(),
            key: SecretText((*key).to_owned()),
            label: Some((*key).to_owned()),
        };
        home.ask(request).await;
    }
    let login = json!({"type": "oauth", "refresh": "r", "access": "a", "expires": 9_000_000_000_000_i64});
    home.write_store(&json!({"fake": {"type": "api", "key": keys[0]}, "openai": login})).await;
    home
}

impl Home {
    async fn write_store(&mut self, entries: &Value) {
        let file = self.main_loop.effects.auth_file_path();
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, entries.to_string()).unwrap();
        self.main_loop.begin(Capture::New);
        self.finish().await;
    }

    fn key_in_use(&self) -> String {
        let text = std::fs::read_to_string(self.main_loop.effects.auth_file_path()).unwrap();
        let entries: Value = serde_json::from_str(&text).unwrap();
        entries["fake"]["key"].as_str().unwrap().to_owned()
    }

    /// Goes to a second, and lets the bridge tell something there.
    fn tells(&mut self, second: i64, ticket: &str, seen: Value) -> oneshot::Receiver<BridgeAnswer> {
        self.clock.0.store(second, Ordering::SeqCst);
        let (reply, answer) = oneshot::channel();
        let seen: Seen = serde_json::from_value(seen).unwrap();
        self.main_loop.handle(Event::Told(Told { seen, ticket: ticket.to_owned(), reply }));
        answer
    }

    fn percents(&self, provider: &str) -> Vec<f64> {
        let usage = self.main_loop.engine.accounts().filter(|account| account.provider.as_str() == provider);
        let windows = usage.flat_map(|account| account.usage.clone().map(|usage| usage.windows).unwrap_or_default());
        windows.map(|window| window.used_percent).collect()
    }
}

fn limit(session: &str, read_at: i64, at: i64, status: u16, body: &str) -> Value {
    json!({"saw": "limit", "provider": "fake", "session": session, "model": "m", "read_at": read_at * 1000,
           "at": at * 1000, "status": status, "headers": {}, "body": body})
}

const QUOTA: &str = r#"{"error":{"message":"You exceeded your current quota","type":"insufficient_quota"}}"#;

#[tokio::test]
async fn a_refused_request_is_answered_with_the_next_account_in_place() {
    let mut home = home_with(&["key-1", "key-2"]).await;
    let mut first = home.tells(1_100, "t1", limit("ses_1", 1_090, 1_099, 429, QUOTA));
    assert!(first.try_recv().is_err(), "the switch is under way");
    let mut second = home.tells(1_100, "t2", limit("ses_2", 1_090, 1_100, 429, QUOTA));
    // Its first asker has gone; it asks again with its ticket.
    drop(home.tells(1_100, "t3", limit("ses_3", 1_090, 1_100, 429, QUOTA)));
    let mut third = home.tells(1_100, "t3", limit("ses_3", 1_090, 1_100, 429, QUOTA));
    home.finish().await;
    for answer in [&mut first, &mut second, &mut third] {
        assert_eq!(answer.try_recv(), Ok(BridgeAnswer::Retry));
    }
    assert_eq!(home.key_in_use(), "key-2");
    let late = home.tells(1_101, "t4", limit("ses_4", 1_095, 1_101, 429, QUOTA)).await;
    assert_eq!(late, Ok(BridgeAnswer::Retry), "sent before the switch");
    let switches = home.main_loop.effects.history(None, 100).unwrap();
    let count = switches.iter().filter(|entry| entry.event == crate::control::HistoryEvent::Switch).count();
    assert_eq!(count, 1);
}

#[tokio::test]
async fn what_no_other_account_mends_is_passed_on_at_once() {
    let mut home = home_with(&["key-1", "key-2"]).await;
    let too_long = r#"{"error":{"code":"context_length_exceeded","message":"too long"}}"#;
    let encrypted = r#"{"error":{"code":"invalid_encrypted_content","message":"no"}}"#;
    for (status, body) in [(400, too_long), (400, encrypted), (429, "slow down"), (503, "{}"), (200, ""), (404, "?")] {
        let answer = home.tells(1_100, "t", limit("ses_1", 1_090, 1_099, status, body)).try_recv();
        assert_eq!(answer, Ok(BridgeAnswer::PassOn), "{status} {body}");
    }
    assert_eq!(home.key_in_use(), "key-1");
    let mut foreign = limit("ses_1", 1_090, 1_099, 429, QUOTA);
    foreign["provider"] = json!("nobody-knows");
    assert_eq!(home.tells(1_100, "u", foreign).try_recv(), Ok(BridgeAnswer::PassOn));
}

#[tokio::test]
async fn when_nobody_is_left_the_answer_is_passed_on() {
    let mut home = home_with(&["key-1"]).await;
    let answer = home.tells(1_100, "t", limit("ses_1", 1_090, 1_099, 402, "{}")).try_recv();
    assert_eq!(answer, Ok(BridgeAnswer::PassOn));
}

#[tokio::test]
async fn a_status_that_the_log_leaves_out_is_what_tells_of_a_refused_login() {
    let mut home = home_with(&["key-1", "key-2"]).await;
    let mut answer = home.tells(1_100, "t", limit("ses_1", 1_090, 1_099, 401, r#"{"error":"no"}"#));
    home.finish().await;
    assert_eq!((answer.try_recv(), home.key_in_use()), (Ok(BridgeAnswer::Retry), "key-2".to_owned()));
    home.main_loop.show();
    let shown = Arc::clone(&home.main_loop.snapshots().borrow());
    let left = shown.providers.iter().flat_map(|provider| &provider.accounts).find(|one| one.label == "key-1").unwrap();
    assert_eq!(serde_json::to_value(&left.standing).unwrap()["state"], "needs_login");
}

#[tokio::test]
async fn usage_that_answers_tell_of_is_taken_in_and_no_more_than_that() {
    let mut home = home_with(&["key-1"]).await;
    let headers = |read_at: i64, at: i64, five: &str| {
        json!({"saw": "headers", "provider": "openai", "read_at": read_at * 1000, "at": at * 1000, "status": 200,
               "headers": {"X-Codex-Primary-Used-Percent": five, "x-codex-primary-window-minutes": "300"}})
    };
    assert_eq!(home.tells(1_100, "t", headers(1_090, 1_100, "12")).try_recv(), Ok(BridgeAnswer::Noted));
    assert_eq!(home.percents("openai"), [12.0]);
    home.tells(1_101, "t", headers(1_090, 1_099, "11"));
    assert_eq!(home.percents("openai"), [12.0], "an older answer");
    home.tells(1_110, "t", headers(1_090, 1_110, "13.5"));
    assert_eq!(home.percents("openai"), [13.5]);
    let openai = home.main_loop.engine.accounts().find(|account| account.provider.as_str() == "openai").unwrap();
    let kept = home.main_loop.effects.ledger().usage_samples().latest(&openai.id).unwrap().unwrap();
    assert_eq!(kept.windows[0].used_percent, 12.0, "written down now and then");

    let mut other = headers(1_090, 1_120, "50");
    other["provider"] = json!("fake");
    assert_eq!(home.tells(1_120, "t", other).try_recv(), Ok(BridgeAnswer::Noted));
    assert_eq!(home.percents("fake"), [0.0; 0]);
}

#[tokio::test]
async fn a_switch_of_keys_needs_no_restart_where_the_bridge_is() {
    let mut home = home_with(&["key-1", "key-2", "key-3"]).await;
    let restart_needed = async |home: &mut Home, account: &str| {
        let (provider, account) = ("fake".to_owned(), account.to_owned());
        let reply = home.ask(Request::Switch { provider, account }).await;
        let Reply::Switched { restart_needed, .. } = reply else { panic!("{reply:?}") };
        restart_needed
    };
    assert!(restart_needed(&mut home, "key-2").await);
    home.ask(Request::Bridge { act: crate::control::BridgeAct::Install }).await;
    assert!(!restart_needed(&mut home, "key-3").await);
}
