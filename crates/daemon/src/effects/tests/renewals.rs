//! Renewing the tokens of accounts that OpenCode doesn't use now: nothing that a provider gives is lost, and nothing is
//! asked for twice.

use std::sync::Mutex;

use axum::http::StatusCode;
use engine::{ProviderId, RefreshOutcome};

use super::*;

/// Providers whose logins Baton renews.
const RENEWABLE: [&str; 3] = ["anthropic", "openai", "xai"];

#[tokio::test]
async fn a_parked_login_is_renewed_and_its_new_tokens_are_in_the_vault() {
    for provider in RENEWABLE {
        let desk = TokenDesk::open(provider, |_| (200, granted())).await;
        assert_eq!(desk.renew().await, RefreshOutcome::Refreshed { expires_at: Some(in_an_hour()) }, "{provider}");
        assert_eq!(desk.kept("refresh").as_deref(), Some("refresh-2"), "{provider}");
        assert_eq!((desk.asked(), desk.home.effects.has_unsaved()), (1, false), "{provider}");
    }
}

#[tokio::test]
async fn a_login_that_was_renewed_is_still_the_same_account_in_opencode() {
    for provider in RENEWABLE {
        let desk = TokenDesk::open(provider, |_| (200, granted())).await;
        desk.renew().await;
        let renewed = desk.vault.load(&desk.account).unwrap().unwrap();
        desk.home.write(&json!({provider: renewed.to_json()}));
        let inputs = desk.home.effects.sync(Capture::New).await;
        let seen = Input::ActiveSeen { provider: provider.into(), account: Some(desk.account.clone()) };
        assert_eq!(inputs, [seen], "{provider}");
    }
}

#[tokio::test]
async fn a_spent_token_is_no_loss_when_opencode_has_the_next_one() {
    // Not Anthropic's: its tokens don't say whose they are.
    for provider in ["openai", "xai"] {
        // An OpenCode renews the same login and writes what it got, just before Baton's own request is refused.
        let desk = TokenDesk::open(provider, move |file| {
            let entries = json!({provider: entry(provider, 2, in_an_hour())});
            std::fs::write(file, entries.to_string()).unwrap();
            (401, json!({"error": {"code": "refresh_token_reused"}}))
        })
        .await;
        assert_eq!(desk.renew().await, RefreshOutcome::Refreshed { expires_at: Some(in_an_hour()) }, "{provider}");
        assert_eq!(desk.kept("refresh").as_deref(), Some("refresh-2"), "{provider}");
        assert_eq!(desk.asked(), 1, "{provider}");
    }
}

#[tokio::test]
async fn a_login_that_nobody_has_a_newer_token_of_needs_its_person() {
    for provider in RENEWABLE {
        for (status, code) in [(401, json!({"code": "refresh_token_reused"})), (400, json!("invalid_grant"))] {
            let desk = TokenDesk::open(provider, move |_| (status, json!({"error": code}))).await;
            assert_eq!(desk.renew().await, RefreshOutcome::LoginRejected, "{provider}");
            assert_eq!((desk.asked(), desk.kept("refresh").as_deref()), (1, Some("refresh-1")), "{provider}");
        }
    }
}

#[tokio::test]
async fn trouble_on_the_way_says_nothing_of_a_login() {
    for provider in RENEWABLE {
        let desk = TokenDesk::open(provider, |_| (503, json!({}))).await;
        assert_eq!(desk.renew().await, RefreshOutcome::Failed, "{provider}");
        let closed = TokenDesk::closed(provider).await;
        assert_eq!(closed.renew().await, RefreshOutcome::Failed, "{provider}");
        assert_eq!(closed.kept("refresh").as_deref(), Some("refresh-1"), "{provider}");
    }
}

#[tokio::test]
async fn tokens_that_the_vault_does_not_take_are_kept_until_it_does() {
    let desk = TokenDesk::open("openai", |_| (200, granted())).await;
    desk.refuse_when_asked();
    assert!(matches!(desk.renew().await, RefreshOutcome::Refreshed { .. }));
    assert_eq!((desk.kept("refresh").as_deref(), desk.home.effects.has_unsaved()), (Some("refresh-1"), true));
    assert!(desk.home.effects.problems().iter().any(|problem| problem.part == "keychain"));

    desk.vault.refuses.store(false, Ordering::SeqCst);
    desk.home.effects.retry_unsaved().await;
    assert_eq!((desk.kept("refresh").as_deref(), desk.home.effects.has_unsaved()), (Some("refresh-2"), false));
    let row = desk.home.effects.book().row(&desk.account).cloned().unwrap();
    assert_eq!(row.expires_at, Some(in_an_hour()), "the ledger knows when they end");
}

#[tokio::test]
async fn nothing_is_spent_while_the_vault_takes_nothing() {
    let desk = TokenDesk::open("openai", |_| (200, granted())).await;
    desk.vault.refuses.store(true, Ordering::SeqCst);
    assert_eq!(desk.renew().await, RefreshOutcome::Failed);
    assert_eq!(desk.asked(), 0);
}

#[tokio::test]
async fn at_the_end_a_token_that_is_being_renewed_is_waited_for_and_no_other_is_begun() {
    let desk = TokenDesk::open("openai", |_| (200, granted())).await;
    let at_the_end = async {
        desk.home.effects.end_work().await;
        desk.kept("refresh")
    };
    // The renewal comes first, and has the turn.
    let (renewed, kept) = tokio::join!(desk.renew(), at_the_end);
    assert_eq!(
        (renewed, kept.as_deref()),
        (RefreshOutcome::Refreshed { expires_at: Some(in_an_hour()) }, Some("refresh-2"))
    );
    assert_eq!(desk.renew().await, RefreshOutcome::Failed);
    assert_eq!(desk.asked(), 1);
}

#[tokio::test]
async fn at_the_end_the_vault_gets_what_it_did_not_take_before() {
    let desk = TokenDesk::open("openai", |_| (200, granted())).await;
    desk.refuse_when_asked();
    desk.renew().await;
    desk.vault.refuses.store(false, Ordering::SeqCst);
    desk.home.effects.end_work().await;
    assert_eq!((desk.kept("refresh").as_deref(), desk.home.effects.has_unsaved()), (Some("refresh-2"), false));
}

/// A provider's token endpoint, and a parked login whose access token has ended.
struct TokenDesk {
    home: Home,
    vault: Arc<Moody>,
    account: AccountId,
    asked: Arc<Mutex<usize>>,
    moody: Arc<AtomicBool>,
}

impl TokenDesk {
    async fn open(
        provider: &str,
        answer: impl Fn(&std::path::Path) -> (u16, Value) + Clone + Send + Sync + 'static,
    ) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let desk = Self::at(provider, listener.local_addr().unwrap()).await;
        let (asked, moody, vault) = (Arc::clone(&desk.asked), Arc::clone(&desk.moody), Arc::clone(&desk.vault));
        let file = desk.home.effects.auth_file_path().to_owned();
        // Nothing else is answered: nobody says whose a login is.
        let token = axum::routing::post(move || {
            *asked.lock().unwrap() += 1;
            if moody.load(Ordering::SeqCst) {
                vault.refuses.store(true, Ordering::SeqCst);
            }
            let (status, body) = answer(&file);
            std::future::ready((StatusCode::from_u16(status).unwrap(), axum::Json(body)))
        });
        let router = axum::Router::new().route("/token", token);
        tokio::spawn(async { axum::serve(listener, router).await });
        desk
    }

    /// Nobody answers.
    async fn closed(provider: &str) -> Self {
        let address = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        Self::at(provider, address).await
    }

    async fn at(provider: &str, address: std::net::SocketAddr) -> Self {
        let [token, usage] = ["token", "usage"].map(|path| format!("{path}_url = 'http://{address}/{path}'"));
        let settings = format!("[providers.{provider}]\n{token}\n{usage}\n");
        let home = Home::with(Settings::parse(&settings).unwrap());
        home.write(&json!({provider: entry(provider, 1, Noon.now())}));
        home.effects.sync(Capture::New).await;
        // The person goes on with another login.
        home.write(&json!({provider: {"type": "oauth", "refresh": "other", "access": "other", "expires": 0}}));
        let id = ProviderId::from(provider);
        let credential = Credential::from_json(entry(provider, 1, Noon.now())).unwrap();
        let account = account_id(&id, &crate::providers::adapter(&id).identify(&credential).key);
        Self { vault: Arc::clone(&home.vault), home, account, asked: Arc::default(), moody: Arc::default() }
    }

    /// The vault refuses as soon as the provider has been asked.
    fn refuse_when_asked(&self) {
        self.moody.store(true, Ordering::SeqCst);
    }

    async fn renew(&self) -> RefreshOutcome {
        match self.home.effects.refresh_token(&self.account).await.pop() {
            Some(Input::TokenRefreshed { outcome, .. }) => outcome,
            other => panic!("no outcome but {other:?}"),
        }
    }

    fn kept(&self, field: &str) -> Option<String> {
        self.vault.load(&self.account).unwrap().and_then(|kept| kept.text(field).map(str::to_owned))
    }

    fn asked(&self) -> usize {
        *self.asked.lock().unwrap()
    }
}

/// A login's `turn`th tokens.
fn entry(provider: &str, turn: i64, expires: Timestamp) -> Value {
    let mut entry = json!({"type": "oauth", "refresh": format!("refresh-{turn}"), "access": format!("access-{turn}"),
                           "expires": expires.as_millis()});
    if provider != "anthropic" {
        entry["accountId"] = "workspace-a".into();
    }
    entry
}

fn granted() -> Value {
    json!({"access_token": "access-2", "refresh_token": "refresh-2", "expires_in": 3600})
}

fn in_an_hour() -> Timestamp {
    Noon.now() + Duration::from_secs(3600)
}
