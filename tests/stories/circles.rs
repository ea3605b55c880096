use std::time::Duration;

use e2e::{Behaviour, Kind, Scene, Vault, eventually, holds};

#[test]
fn switching_in_circles_stops_and_the_person_is_told() {
    let mut scene = Scene::new("1.18.33", Vault::File);
    // Limits that the figures know nothing of: each account looks as good as new.
    let refused = Behaviour::Refused { status: 429, message: "The usage limit has been reached" };
    let logins = ["e", "d", "c", "b", "a"].map(|name| scene.login(name).0);
    logins[1..].iter().for_each(|login| scene.provider.behave(login, refused));
    let often = "[failover]\nsession_cooldown_seconds = 0\nsession_max_attempts = 20\n";
    scene.write_settings(Vault::File, often);
    scene.start_baton();

    let mut turn = scene.ask(&scene.project("p"));
    let notice = eventually("a notification", Duration::from_secs(90), || scene.notices_of("held_back").pop());

    assert!(notice["body"].as_str().unwrap().contains("circles"), "{notice}");
    assert_eq!((scene.active().as_deref(), scene.history_of("switch").len()), (Some("d"), 3));
    holds("D is active", Duration::from_secs(3), || scene.active().as_deref() == Some("d"));
    assert_eq!(scene.provider.count(&logins[0], Kind::Inference), 0);

    scene.done(&["switch", "openai", "e"]);
    assert_eq!(scene.active().as_deref(), Some("e"), "a person's choice counts at once");
    turn.end(Duration::from_secs(90));
}
