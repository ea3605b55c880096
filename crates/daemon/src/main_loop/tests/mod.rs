//! The loop with real files and a clock that stands still.

mod bridge;
mod watched;

use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, Ordering};

use serde_json::json;
use tempfile::TempDir;

use super::*;
use crate::clock::Clock;
use crate::control::{CheckState, PauseLength, Problem, SpendBy};
use crate::ledger::Ledger;
use crate::paths::Paths;
use crate::providers::Http;
use crate::settings::{Settings, VaultStore};
use crate::vault::MemoryVault;
use crate::world::{Vaults, World};

/// A clock that stands still until it is set.
#[derive(Default)]
struct Stopped(AtomicI64);

impl Clock for Stopped {
    fn now(&self) -> Timestamp {
        Timestamp::from_secs(self.0.load(Ordering::SeqCst))
    }
}

/// The loop on a machine where OpenCode has written messages.
struct Home {
    main_loop: MainLoop,
    events: mpsc::UnboundedReceiver<Event>,
    clock: Arc<Stopped>,
    messages: PathBuf,
    dir: TempDir,
}

impl Home {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let baton = dir.path().join("baton").into_os_string();
        let env = |name: &str| (name == "BATON_HOME").then(|| baton.clone());
        let paths = Paths::from_env(&env, Some(dir.path().to_owned())).unwrap();
        let messages = paths.opencode.data_dir.join("storage/message/ses_1");
        std::fs::create_dir_all(&messages).unwrap();
        let clock = Arc::new(Stopped::default());
        let world = World {
            paths,
            clock: Arc::<Stopped>::clone(&clock),
            http: Http::new("test"),
            vaults: Vaults::new(
                Arc::new(MemoryVault::new()),
                Arc::new(MemoryVault::new()),
                VaultStore::Keychain,
                Duration::from_secs(5),
            ),
            package_registry: "http://127.0.0.1:1/".to_owned(),
            opencode_auth_content: false,
        };
        let effects = Effects::new(world, Settings::default(), Ledger::in_memory().unwrap()).unwrap();
        let ((sender, events), (notices, _)) = (mpsc::unbounded_channel(), broadcast::channel(1));
        let main_loop = MainLoop::new(Arc::new(effects), sender, Vec::new(), notices);
        Self { main_loop, events, clock, messages, dir }
    }

    fn answer(&self, number: u32) {
        let answer = json!({"role": "assistant", "time": {"created": number, "completed": number}, "modelID": "m",
                            "providerID": "openai", "cost": 0, "tokens": {"input": 11, "output": 7}});
        std::fs::write(self.messages.join(format!("msg_{number}.json")), answer.to_string()).unwrap();
    }

    /// A turn ends at a second. Whether the history was looked at for it.
    async fn turn_ends(&mut self, second: i64) -> bool {
        self.clock.0.store(second, Ordering::SeqCst);
        self.main_loop.feed([Input::SessionIdle("ses_1".into())]);
        let looks = self.main_loop.under_way > 0;
        self.finish().await;
        looks
    }

    /// Lets the work beside the loop come to its end.
    async fn finish(&mut self) {
        while self.main_loop.under_way > 0 {
            let event = self.events.recv().await.unwrap();
            self.main_loop.handle(event);
        }
    }

    async fn ask(&mut self, request: Request) -> Reply {
        let (reply, answer) = oneshot::channel();
        self.main_loop.handle(Event::Asked(Asked { request, reply }));
        self.finish().await;
        answer.await.unwrap().unwrap()
    }

    /// How many answers `baton spend` tells of, and why some are missing.
    async fn spent(&mut self) -> (u64, Option<String>) {
        let reply = self.ask(Request::Spend { since: None, by: SpendBy::Account }).await;
        let Reply::Spend { rows, behind, .. } = reply else { panic!("{reply:?}") };
        (rows.iter().map(|row| row.answers).sum(), behind)
    }

    /// What the doctor says of OpenCode's history.
    async fn doctor(&mut self) -> (CheckState, String) {
        let reply = self.ask(Request::Doctor).await;
        let Reply::Doctor { checks } = reply else { panic!("{reply:?}") };
        checks.into_iter().find(|check| check.name == "history").map(|check| (check.state, check.found)).unwrap()
    }
}

#[tokio::test]
async fn opencodes_history_is_looked_at_when_a_turn_ends_and_not_twice_a_minute() {
    let mut home = Home::new();
    let mut looked = Vec::new();
    for second in [1_000, 1_001, 1_059, 1_060, 1_119, 1_200, 400] {
        looked.push(home.turn_ends(second).await);
    }
    assert_eq!(looked, [true, false, false, true, false, true, true], "a clock that is set back stops nothing");
}

#[tokio::test]
async fn what_a_turn_cost_is_kept_when_opencode_forgets_it() {
    let mut home = Home::new();
    home.answer(1);
    assert!(home.turn_ends(1_000).await);
    std::fs::remove_dir_all(&home.messages).unwrap();
    assert_eq!(home.spent().await, (1, None));
}

#[tokio::test]
async fn who_asks_gets_the_newest() {
    let mut home = Home::new();
    home.answer(1);
    home.turn_ends(1_000).await;
    home.answer(2);
    assert_eq!(home.spent().await, (2, None));
}

#[tokio::test]
async fn a_history_that_cannot_be_read_is_told_and_leaves_the_others_readable() {
    let mut home = Home::new();
    home.answer(1);
    let (state, found) = home.doctor().await;
    assert_eq!(state, CheckState::Ok, "{found}");
    let database = home.messages.ancestors().nth(3).unwrap().join("opencode.db");
    std::fs::write(&database, "no database ".repeat(100)).unwrap();
    let (state, found) = home.doctor().await;
    assert_eq!(state, CheckState::Warning);
    assert!(found.contains("opencode.db can't be read"), "{found}");
    let (answers, behind) = home.spent().await;
    assert_eq!((answers, behind), (1, Some(found)));
}

#[tokio::test]
async fn nothing_wakes_the_loop_for_the_history() {
    let mut home = Home::new();
    home.answer(1);
    home.turn_ends(1_000).await;
    home.answer(2);
    assert_eq!((home.main_loop.nap(), home.main_loop.under_way), (None, 0));
    home.main_loop.feed([Input::TimePassed]);
    assert_eq!((home.main_loop.nap(), home.main_loop.under_way), (None, 0));
}

#[tokio::test]
async fn a_pause_lasts_as_long_as_was_asked_for() {
    let mut home = Home::new();
    home.clock.0.store(1_000, Ordering::SeqCst);
    let mut failover_after = async |request| {
        assert_eq!(home.ask(request).await, Reply::Done);
        home.main_loop.show();
        let failover = home.main_loop.snapshots().borrow().failover.clone();
        (failover.enabled, failover.paused, failover.paused_until)
    };
    let pause = |length| Request::Pause { length };
    let hour = pause(Some(PauseLength::Seconds(3_600)));
    assert_eq!(failover_after(hour).await, (false, true, Some("1970-01-01T01:16:40.000Z".to_owned())));
    assert_eq!(failover_after(pause(None)).await, (false, true, None));
    let (.., until) = failover_after(pause(Some(PauseLength::UntilTomorrow))).await;
    assert!(until.is_some());
    assert_eq!(failover_after(Request::Resume).await, (true, false, None));
}

#[tokio::test]
async fn what_the_desktop_lacks_is_told_until_it_is_there() {
    let mut home = Home::new();
    let lack = |part: &str| Problem::new(part, "none here", None);
    let mut told_after = async |lacks: Vec<Problem>| {
        assert_eq!(home.ask(Request::Desktop { lacks }).await, Reply::Done);
        home.main_loop.show();
        home.main_loop.snapshots().borrow().problems.clone()
    };
    let both = told_after(vec![lack("tray"), lack("notifications")]).await;
    assert_eq!(both, [lack("tray"), lack("notifications")]);
    assert_eq!(told_after(vec![lack("tray")]).await, [lack("tray")]);
    let Reply::Doctor { checks } = home.ask(Request::Doctor).await else { panic!("no checks") };
    let check = checks.into_iter().find(|check| check.name == "tray").unwrap();
    assert_eq!((check.state, check.found.as_str()), (CheckState::Warning, "none here"));
    home.ask(Request::Desktop { lacks: vec![] }).await;
    home.main_loop.show();
    assert_eq!(home.main_loop.snapshots().borrow().problems, []);
}

#[test]
fn a_pause_is_asked_for_as_before_or_with_its_length() {
    let check = |text: &str, length| {
        assert_eq!(serde_json::from_str::<Request>(text).unwrap(), Request::Pause { length }, "{text}");
    };
    check(r#"{"do":"pause"}"#, None);
    check(r#"{"do":"pause","for":{"seconds":60}}"#, Some(PauseLength::Seconds(60)));
    check(r#"{"do":"pause","for":"until_tomorrow"}"#, Some(PauseLength::UntilTomorrow));
}

#[tokio::test]
async fn a_setting_is_in_force_when_its_request_is_answered() {
    let mut home = Home::new();
    let set = |key: &[&str], value| Request::Configure {
        key: key.iter().map(|name| (*name).to_owned()).collect(),
        value: Some(value),
    };
    assert_eq!(home.ask(set(&["failover", "enabled"], json!(false))).await, Reply::Done);
    assert_eq!(home.ask(set(&["app", "hide_emails"], json!(true))).await, Reply::Done);
    home.main_loop.show();
    let shown = Arc::clone(&home.main_loop.snapshots().borrow());
    assert!(!shown.failover.enabled && shown.app.hide_emails);
    let Reply::Settings { settings } = home.ask(Request::Settings).await else { panic!("no settings") };
    assert!(!settings.failover);
    assert_eq!(
        std::fs::read_to_string(settings.file).unwrap(),
        "[failover]\nenabled = false\n\n[app]\nhide_emails = true\n"
    );
}

#[tokio::test]
async fn a_muted_notice_reaches_nobody() {
    let mut home = Home::new();
    let mut heard = home.main_loop.notices.subscribe();
    let key = vec!["notifications".to_owned(), "muted".to_owned()];
    home.ask(Request::Configure { key, value: Some(json!(["held_back"])) }).await;
    let provider = engine::ProviderId::from("openai");
    let notice = |why| engine::Notice::HeldBack { provider: provider.clone(), why };
    let muted = notices::view(&notice(engine::HeldBack::Off), Timestamp::from_secs(1), &*home.main_loop.effects);
    home.main_loop.notify(muted.clone());
    home.main_loop.notify(NoticeView { event: "switched".to_owned(), ..muted });
    assert_eq!(heard.recv().await.unwrap().event, "switched");
}

/// An account that the engine knows.
fn known(name: &str) -> Input {
    Input::AccountKnown(engine::Account {
        id: name.into(),
        provider: "openai".into(),
        label: engine::Label::normalise(name).unwrap(),
        identity: engine::Identity::default(),
        credential: engine::CredentialFacts {
            kind: engine::CredentialKind::OAuth,
            expires_at: None,
            refreshable: false,
        },
        has_figures: false,
        enabled: true,
        needs_login: false,
        cooldown: None,
        models: std::collections::BTreeMap::new(),
        usage: None,
    })
}

/// A paused daemon with two accounts, the first active, and a session that a limit has put to sleep.
fn with_a_sleeping_session() -> Home {
    let mut home = Home::new();
    home.clock.0.store(1_000, Ordering::SeqCst);
    let active = |name: &str| Input::ActiveSeen { provider: "openai".into(), account: Some(name.into()) };
    let pause = engine::Ask::Pause(engine::Pause::default());
    home.main_loop.feed([known("work"), known("home"), active("work")]);
    home.main_loop.feed([Input::Asked { request: RequestId(99), ask: pause }]);
    home.main_loop.feed([Input::LimitHit(engine::LimitHit {
        session: Some("ses_1".into()),
        provider: "openai".into(),
        model: Some("gpt".to_owned()),
        at: Timestamp::from_secs(1_000),
        until: Some(Timestamp::from_secs(4_600)),
        cause: engine::LimitCause::LongWait,
        reach: engine::Reach::Account,
    })]);
    home.tell(
        r#"{"saw":"session","session":"ses_1","state":"sleeping","at":1000000,"until":4600000,"provider":"openai","model":"gpt"}"#,
    );
    home
}

impl Home {
    fn tell(&mut self, json: &str) {
        let (reply, mut answer) = oneshot::channel();
        let seen = serde_json::from_str(json).unwrap();
        self.main_loop.handle(Event::Told(Told { seen, ticket: String::new(), reply }));
        assert_eq!(answer.try_recv().unwrap(), crate::control::BridgeAnswer::Noted);
    }

    async fn history(&mut self) -> Vec<(String, String)> {
        let reply = self.ask(Request::History { since: None }).await;
        let Reply::History { entries } = reply else { panic!("{reply:?}") };
        let resumed = entries.into_iter().filter(|entry| entry.event != crate::control::HistoryEvent::LimitHit);
        resumed.map(|entry| (format!("{:?}", entry.event), entry.reason)).collect()
    }
}

#[tokio::test]
async fn a_session_that_sleeps_is_carried_on_by_its_bridge_and_history_tells_of_it() {
    let mut home = with_a_sleeping_session();
    let reply = home.ask(Request::Why { provider: None }).await;
    let Reply::Why { providers } = reply else { panic!("{reply:?}") };
    assert_eq!(
        providers[0].sessions[0].why,
        "sleeps until 1970-01-01T01:16:40.000Z; it is carried on as soon as another account is active"
    );
    let mut bridge = home.main_loop.bridge().subscribe();
    home.main_loop.feed([Input::ActiveSeen { provider: "openai".into(), account: Some("home".into()) }]);
    let event = bridge.try_recv().unwrap();
    let BridgeEvent::Resume { session, provider, model, .. } = &event else { panic!("{event:?}") };
    assert_eq!([session, provider, model], ["ses_1", "openai", "gpt"]);
    assert_eq!(home.history().await, [], "nobody has said that it is done");
    home.tell(r#"{"saw":"resumed","session":"ses_1"}"#);
    let reason = "session ses_1 goes on with gpt of openai: another account is active".to_owned();
    assert_eq!(home.history().await, [("Resumed".to_owned(), reason)]);
}

#[tokio::test]
async fn a_session_that_nobody_can_carry_on_is_told_of_in_one_line() {
    let mut home = with_a_sleeping_session();
    let bridge = home.main_loop.bridge().subscribe();
    home.main_loop.feed([Input::ActiveSeen { provider: "openai".into(), account: Some("home".into()) }]);
    home.tell(&format!(
        r#"{{"saw":"not_resumed","session":"ses_1","why":"it went on\nby itself{}"}}"#,
        "x".repeat(900)
    ));
    let (event, reason) = home.history().await.remove(0);
    assert_eq!(
        (event.as_str(), reason.starts_with("it went onby itself"), reason.len() < 400),
        ("NotResumed", true, true)
    );

    drop(bridge);
    let mut home = with_a_sleeping_session();
    home.main_loop.feed([Input::ActiveSeen { provider: "openai".into(), account: Some("home".into()) }]);
    let reason = home.history().await.remove(0).1;
    assert!(reason.starts_with("the OpenCode that it ran in is gone ("), "{reason}");
}
