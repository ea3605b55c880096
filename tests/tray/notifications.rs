use std::time::Duration;

use e2e::{Behaviour, Scene, Vault, eventually};

use super::app_on_a_whole_desktop;

#[test]
fn addresses_that_are_hidden_are_hidden_in_notifications_too() {
    let mut scene = Scene::without_opencode(Vault::File);
    scene.write_settings(Vault::File, "[app]\nhide_emails = true\n");
    scene.login("a");
    let host = app_on_a_whole_desktop(&mut scene);
    let icon = host.icon();
    eventually("the app hears of its daemon", Duration::from_secs(30), || icon.tooltip().contains(": a").then_some(()));

    let (_, tokens) = scene.provider.enroll("newcomer");
    scene.home.set_auth("openai", tokens.entry());
    scene.click_notification();
    let shown = eventually("the notification", Duration::from_secs(10), || {
        let shown = scene.notifications_shown();
        (!shown.is_empty()).then_some(shown)
    });
    assert!(shown[0].contains("ne•••") && !shown[0].contains("@example"), "{shown:?}");
}

#[test]
fn a_failover_shows_a_notification_and_a_click_on_it_opens_the_popover() {
    let mut scene = Scene::new("1.18.33", Vault::Keychain);
    scene.login("b");
    let (a, _) = scene.login("a");
    scene.provider.behave(&a, Behaviour::UsageLimit { resets_in: 3600 });
    let _host = app_on_a_whole_desktop(&mut scene);

    let mut turn = scene.ask(&scene.project("p"));
    assert_eq!(scene.windows("Baton"), 0);
    scene.click_notification();
    eventually("the popover is open", Duration::from_secs(20), || (scene.windows("Baton") == 1).then_some(()));

    let (code, text) = turn.end(Duration::from_secs(90));
    assert_eq!((code, text.as_str()), (Some(0), "The answer for b."));
    let shown = eventually("the notification", Duration::from_secs(10), || {
        let shown = scene.notifications_shown();
        (!shown.is_empty()).then_some(shown)
    });
    assert_eq!(shown.len(), 1, "{shown:?}");
    assert!(shown[0].contains("now on b"), "{shown:?}");
}

#[test]
fn a_notification_speaks_the_persons_language() {
    let mut scene = Scene::without_opencode(Vault::File);
    scene.login("a");
    scene.write_settings(Vault::File, "[app]\nlanguage = \"de\"\n");
    let host = app_on_a_whole_desktop(&mut scene);
    host.icon().entry("Baton öffnen");

    let (_, tokens) = scene.provider.enroll("b");
    scene.home.set_auth("openai", tokens.entry());

    let shown = eventually("the notification", Duration::from_secs(30), || scene.notifications_shown().pop());
    assert!(shown.contains("b@example.com gespeichert"), "{shown}");
    assert!(shown.contains("Baton hat eine neue Anmeldung in OpenCode gefunden"), "{shown}");
}
