use std::time::Duration;

use e2e::{Behaviour, Kind, Scene, Vault, eventually};

#[test]
fn no_account_is_left_no_switch_and_one_notification() {
    let mut scene = Scene::new("1.18.33", Vault::Keychain);
    let (b, _) = scene.login("b");
    let (a, _) = scene.login("a");
    scene.provider.behave(&a, Behaviour::UsageLimit { resets_in: 7200 });
    scene.provider.behave(&b, Behaviour::UsageLimit { resets_in: 3600 });
    scene.start_baton();

    let mut turn = scene.ask(&scene.project("p"));

    let notice = eventually("a notification", Duration::from_secs(60), || scene.notices_of("nobody_left").pop());
    let body = notice["body"].as_str().unwrap();
    assert!(body.contains("back is b, in 1 h"), "the one that comes back first is named: {body}");
    let so_far = scene.provider.count(&a, Kind::Inference);
    eventually("OpenCode tries on", Duration::from_secs(60), || {
        (!turn.runs() || scene.provider.count(&a, Kind::Inference) >= so_far + 2).then_some(())
    });
    assert_eq!(scene.active().as_deref(), Some("a"));
    assert_eq!(scene.provider.count(&b, Kind::Inference), 0);
    assert_eq!(scene.history_of("switch"), Vec::<serde_json::Value>::new());
    assert_eq!(scene.notices().len(), 1, "{:?}", scene.notices());
    assert_eq!(scene.cli(&["next", "openai"]).code, Some(3), "asked by hand, it says that there is none");
}
