use std::time::Duration;

use e2e::{Behaviour, Kind, Scene, Vault, eventually, holds};

const TURN: Duration = Duration::from_secs(90);

fn check(release: &str, behaviour: Behaviour) {
    let mut scene = Scene::new(release, Vault::File);
    let (b, _) = scene.login("b");
    let (a, _) = scene.login("a");
    scene.provider.behave(&a, behaviour);
    scene.start_baton();

    let mut turn = scene.ask(&scene.project("p"));
    eventually("the error is met, again or for good", TURN, || {
        (!turn.runs() || scene.provider.count(&a, Kind::Inference) >= 3).then_some(())
    });
    scene.provider.behave(&a, Behaviour::Answer);
    let (code, text) = turn.end(TURN);
    if behaviour == Behaviour::Unavailable {
        assert_eq!((code, text), (Some(0), a.answer()), "the same account answers in the end");
    }

    holds("A is active", Duration::from_secs(2), || scene.active().as_deref() == Some("a"));
    assert_eq!(scene.provider.count(&b, Kind::Inference), 0);
    assert_eq!(scene.notices(), Vec::<serde_json::Value>::new());
    assert_eq!(scene.account("a")["standing"]["state"], "ready");
}

#[test]
fn a_busy_provider_is_no_reason_to_switch_on_1_3_2() {
    check("1.3.2", Behaviour::Unavailable);
}

#[test]
fn a_busy_provider_is_no_reason_to_switch_on_1_18_33() {
    check("1.18.33", Behaviour::Unavailable);
}

#[test]
fn a_full_context_is_no_reason_to_switch_on_1_3_2() {
    check("1.3.2", Behaviour::ContextOverflow);
}

#[test]
fn a_full_context_is_no_reason_to_switch_on_1_18_33() {
    check("1.18.33", Behaviour::ContextOverflow);
}
