use std::time::Duration;

use e2e::{Behaviour, Kind, Login, Scene, Tokens, Vault, eventually};
use jiff::{SignedDuration, Timestamp};

const TURN: Duration = Duration::from_secs(90);

/// Two accounts, A active, Baton running.
fn scene() -> (Scene, [Login; 2], [Tokens; 2]) {
    let mut scene = Scene::new("1.18.33", Vault::Keychain);
    let (b, b_tokens) = scene.login("b");
    let (a, a_tokens) = scene.login("a");
    scene.start_baton();
    (scene, [a, b], [a_tokens, b_tokens])
}

fn in_an_hour() -> Timestamp {
    Timestamp::now() + SignedDuration::from_hours(1)
}

fn refresh_in_file(scene: &Scene) -> String {
    scene.home.auth().map(|auth| auth["openai"]["refresh"].as_str().unwrap_or_default().to_owned()).unwrap_or_default()
}

#[test]
fn an_ended_token_of_the_next_account_is_renewed_first() {
    let mut scene = Scene::new("1.18.33", Vault::Keychain);
    let (b, _) = scene.provider.enroll("b");
    let ended = scene.provider.rotate(&b, Timestamp::now() - SignedDuration::from_mins(1));
    scene.save_login("b", ended.entry());
    let (a, _) = scene.login("a");
    scene.provider.behave(&a, Behaviour::UsageLimit { resets_in: 3600 });
    scene.start_baton();

    let (code, text) = scene.ask(&scene.project("p")).end(TURN);

    assert_eq!((code, text), (Some(0), b.answer()));
    assert_eq!(scene.provider.count(&b, Kind::Refresh), 1);
    assert_eq!(scene.provider.count(&a, Kind::Refresh), 0, "the active account's token is OpenCode's to renew");
    assert!(scene.provider.takes_refresh(&refresh_in_file(&scene)), "OpenCode got the new refresh token");
}

#[test]
fn tokens_that_opencode_renewed_are_saved_when_it_leaves_the_account() {
    let (scene, [a, _], [first, _]) = scene();
    let renewed = scene.provider.rotate(&a, in_an_hour());
    scene.home.set_auth("openai", renewed.entry());
    scene.provider.behave(&a, Behaviour::UsageLimit { resets_in: 3600 });
    let (code, text) = scene.ask(&scene.project("p")).end(TURN);
    assert_eq!((code, text.as_str()), (Some(0), "The answer for b."));

    scene.done(&["switch", "openai", "a"]);

    assert_ne!(refresh_in_file(&scene), first.refresh);
    assert_eq!(refresh_in_file(&scene), renewed.refresh);
}

#[test]
fn tokens_that_opencode_renewed_are_saved_without_a_daemon_too() {
    let (mut scene, [a, _], _) = scene();
    scene.stop_baton();
    let renewed = scene.provider.rotate(&a, in_an_hour());
    scene.home.set_auth("openai", renewed.entry());

    scene.done(&["switch", "openai", "b"]);
    assert_eq!(scene.active().as_deref(), Some("b"));
    scene.done(&["switch", "openai", "a"]);

    assert_eq!(refresh_in_file(&scene), renewed.refresh);
}

#[test]
fn a_refresh_that_lands_after_the_switch_is_saved_and_undone_within_a_second() {
    let (scene, [a, _], _) = scene();
    scene.provider.behave(&a, Behaviour::UsageLimit { resets_in: 3600 });
    let (code, text) = scene.ask(&scene.project("p")).end(TURN);
    assert_eq!((code, text.as_str()), (Some(0), "The answer for b."));

    // A second OpenCode was renewing A's token meanwhile; now it writes what it got over B.
    let late = scene.provider.rotate(&a, in_an_hour());
    scene.home.set_auth("openai", late.entry());

    eventually("B is active again", Duration::from_secs(1), || (scene.active()? == "b").then_some(()));
    scene.done(&["switch", "openai", "a"]);
    assert_eq!(refresh_in_file(&scene), late.refresh, "A's new tokens were saved");
}

#[test]
fn a_power_cut_loses_no_login() {
    let (mut scene, [a, b], _) = scene();
    scene.provider.behave(&a, Behaviour::UsageLimit { resets_in: 3600 });
    let mut turn = scene.ask(&scene.project("p"));
    eventually("the limit is met", TURN, || (scene.provider.count(&a, Kind::Inference) > 0).then_some(()));
    scene.kill_baton();

    scene.start_baton();

    let (code, text) = turn.end(TURN);
    assert_eq!((code, text), (Some(0), b.answer()));
    for label in ["a", "b"] {
        scene.done(&["switch", "openai", label]);
        assert!(scene.provider.takes_refresh(&refresh_in_file(&scene)), "{label}");
    }
}

#[test]
fn two_batons_at_once_renew_a_login_once() {
    let scene = Scene::without_opencode(Vault::File);
    let (b, _) = scene.provider.enroll("b");
    let ended = scene.provider.rotate(&b, Timestamp::now() - SignedDuration::from_mins(1));
    scene.save_login("b", ended.entry());
    scene.login("a");
    scene.provider.slow_tokens(Duration::from_secs(2));

    let printed = std::thread::scope(|scope| {
        let both = [(); 2].map(|()| scope.spawn(|| scene.done(&["usage", "--refresh", "--json"])));
        both.map(|one| one.join().unwrap())
    });

    assert_eq!(scene.provider.count(&b, Kind::Refresh), 1, "one request at a time, and the second needs none");
    for usage in printed {
        assert!(!usage.contains("needs_login"), "{usage}");
    }
    scene.done(&["switch", "openai", "b"]);
    assert!(scene.provider.takes_refresh(&refresh_in_file(&scene)), "the new token was kept");
}

#[test]
fn a_login_that_has_ended_is_told_once_and_not_asked_for_again() {
    let mut scene = Scene::without_opencode(Vault::File);
    let (b, stale) = scene.provider.enroll("b");
    // Another machine has renewed the same login since.
    scene.provider.rotate(&b, in_an_hour());
    scene.save_login("b", stale.expired_entry());
    scene.login("a");
    scene.start_baton();

    for _ in 0..3 {
        scene.done(&["usage", "--refresh"]);
    }

    assert_eq!(scene.account("b")["standing"]["state"], "needs_login");
    assert_eq!(scene.provider.count(&b, Kind::Refresh), 1);
    let told = scene.notices_of("needs_login");
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0]["body"].as_str().unwrap().contains("`baton login openai --label b`"), "{told:?}");
}
