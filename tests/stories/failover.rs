use std::time::Duration;

use e2e::{Behaviour, Kind, Scene, Vault, eventually};

/// OpenCode starts on account A, meets A's limit, and ends its turn with the answer that only B's token gets. Nobody
/// touches anything.
fn check(release: &str) {
    let mut scene = Scene::new(release, Vault::Keychain);
    let (_b, _) = scene.login("b");
    let (a, _) = scene.login("a");
    scene.provider.behave(&a, Behaviour::UsageLimit { resets_in: 3600 });
    scene.start_baton();
    assert_eq!(scene.active().as_deref(), Some("a"));

    let (code, text) = scene.ask(&scene.project("p")).end(Duration::from_secs(90));

    assert_eq!((code, text.as_str()), (Some(0), "The answer for b."));
    assert!(scene.provider.count(&a, Kind::Inference) > 0, "the turn began on A");
    assert_eq!(scene.active().as_deref(), Some("b"));
    assert_eq!(scene.account("a")["standing"]["state"], "cooling_down");
    assert_eq!(scene.history_of("switch").len(), 1);
    let notice = eventually("a notification", Duration::from_secs(5), || scene.notices_of("switched").pop());
    assert_eq!((&notice["from"], &notice["account"]), (&"a".into(), &"b".into()));
    assert_eq!(scene.notices().len(), 1, "nothing else is worth a notification: {:?}", scene.notices());
    scene.hunt_for_secrets();
    scene.stop_baton();
}

#[test]
fn the_turn_goes_on_with_opencode_1_1_58() {
    check("1.1.58");
}

#[test]
fn the_turn_goes_on_with_opencode_1_3_2() {
    check("1.3.2");
}

#[test]
fn the_turn_goes_on_with_opencode_1_15_13() {
    check("1.15.13");
}

#[test]
fn the_turn_goes_on_with_opencode_1_17_19() {
    check("1.17.19");
}

#[test]
fn the_turn_goes_on_with_opencode_1_18_33() {
    check("1.18.33");
}

#[test]
fn the_account_with_the_most_left_comes_next() {
    let mut scene = Scene::new("1.18.33", Vault::File);
    let (little, _) = scene.login("little");
    let (_much, _) = scene.login("much");
    let (spent_week, _) = scene.login("spent-week");
    let (a, _) = scene.login("a");
    scene.provider.set_usage(&little, 80, 10);
    scene.provider.set_usage(&spent_week, 0, 100);
    scene.provider.behave(&a, Behaviour::UsageLimit { resets_in: 3600 });
    scene.start_baton();

    let (code, text) = scene.ask(&scene.project("p")).end(Duration::from_secs(90));

    assert_eq!((code, text.as_str()), (Some(0), "The answer for much."));
    let reason = scene.history_of("switch")[0]["reason"].to_string();
    for passed_over in ["little", "spent-week"] {
        assert!(reason.contains(passed_over), "why not {passed_over}? {reason}");
    }
}

#[test]
fn a_paused_baton_switches_nothing_and_says_so() {
    let mut scene = Scene::new("1.18.33", Vault::File);
    scene.login("b");
    let (a, _) = scene.login("a");
    scene.provider.behave(&a, Behaviour::UsageLimit { resets_in: 3600 });
    scene.start_baton();
    scene.done(&["pause"]);

    let mut turn = scene.ask(&scene.project("p"));
    eventually("a notification", Duration::from_secs(60), || scene.notices_of("held_back").pop());
    assert_eq!(scene.active().as_deref(), Some("a"));

    scene.done(&["resume"]);
    let (code, text) = turn.end(Duration::from_secs(90));
    assert_eq!((code, text.as_str()), (Some(0), "The answer for b."), "the turn under way goes on after the pause");
}

#[test]
fn a_pause_with_an_end_survives_a_restart_and_ends_by_itself() {
    let mut scene = Scene::new("1.18.33", Vault::File);
    scene.login("b");
    let (a, _) = scene.login("a");
    scene.provider.behave(&a, Behaviour::UsageLimit { resets_in: 3600 });
    scene.start_baton();
    scene.done(&["pause", "--until-tomorrow"]);
    let until = scene.status()["failover"]["paused_until"].clone();
    scene.stop_baton();
    scene.start_baton();
    let paused = serde_json::json!({"enabled": false, "paused": true, "paused_until": until});
    assert!(until.is_string());
    assert_eq!(scene.status()["failover"], paused);

    let mut turn = scene.ask(&scene.project("p"));
    eventually("a notification", Duration::from_secs(60), || scene.notices_of("held_back").pop());
    assert_eq!(scene.active().as_deref(), Some("a"));

    scene.done(&["pause", "--for", "2s"]);
    let (code, text) = turn.end(Duration::from_secs(90));
    assert_eq!((code, text.as_str()), (Some(0), "The answer for b."), "the turn goes on when the pause is over");
    let on = serde_json::json!({"enabled": true, "paused": false, "paused_until": null});
    assert_eq!(scene.status()["failover"], on);
}
