use std::time::Duration;

use e2e::{Behaviour, Kind, Scene, Vault};

#[test]
fn an_overloaded_provider_makes_baton_try_another_account_once_where_that_is_wanted() {
    let mut scene = Scene::new("1.18.33", Vault::File);
    let (c, _) = scene.login("c");
    let (b, _) = scene.login("b");
    let (a, _) = scene.login("a");
    scene.provider.set_usage(&c, 90, 90);
    scene.provider.behave(&a, Behaviour::Unavailable);
    scene.write_settings(Vault::File, "[failover]\nswitch_on_overload = 2\n");
    scene.start_baton();

    let answer = scene.ask(&scene.project("p")).end(Duration::from_secs(90));

    assert_eq!(answer, (Some(0), b.answer()));
    assert!(scene.provider.count(&a, Kind::Inference) >= 2, "it was met twice before");
    assert_eq!(scene.history_of("switch").len(), 1);
    let a = scene.account("a");
    assert_eq!(a["standing"]["state"], "ready", "nothing is held against A: {a}");
}
