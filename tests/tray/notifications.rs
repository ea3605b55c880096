use std::time::Duration;

use e2e::{Behaviour, Scene, TrayHost, Vault, eventually};

#[test]
fn a_failover_shows_a_notification_on_the_desktop() {
    let mut scene = Scene::new("1.18.33", Vault::Keychain);
    scene.login("b");
    let (a, _) = scene.login("a");
    scene.provider.behave(&a, Behaviour::UsageLimit { resets_in: 3600 });
    scene.screen();
    scene.notification_daemon();
    let _host = TrayHost::start(scene.desktop());
    scene.start_app();

    let (code, text) = scene.ask(&scene.project("p")).end(Duration::from_secs(90));

    assert_eq!((code, text.as_str()), (Some(0), "The answer for b."));
    let shown = eventually("a notification", Duration::from_secs(10), || {
        let shown = scene.notifications_shown();
        (!shown.is_empty()).then_some(shown)
    });
    assert_eq!(shown.len(), 1, "{shown:?}");
    assert!(shown[0].contains("now on b"), "{shown:?}");
}
