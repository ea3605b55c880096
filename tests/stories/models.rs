use std::time::Duration;

use e2e::{Behaviour, Kind, MODEL, Scene, Vault, eventually};

const TURN: Duration = Duration::from_secs(90);
const OTHER: &str = "openai/gpt-5.2";

#[test]
fn a_limit_of_one_model_switches_for_that_model_only() {
    let mut scene = Scene::new("1.18.33", Vault::File);
    let (b, _) = scene.login("b");
    let (a, _) = scene.login("a");
    scene.provider.behave(&a, Behaviour::ModelLimit { model: "gpt-5.2-codex", resets_in: 7200 });
    scene.start_baton();
    let project = scene.project("p");

    assert_eq!(scene.ask_model(&project, OTHER).end(TURN), (Some(0), a.answer()), "the other model works on A");
    assert_eq!(scene.provider.count(&b, Kind::Inference), 0);

    assert_eq!(scene.ask_model(&project, MODEL).end(TURN), (Some(0), b.answer()));
    assert_eq!(scene.active().as_deref(), Some("b"));
    let of_model = || Some(scene.account("a")["models"][0]["model"].clone()).filter(|model| model == "GPT-5.2-CODEX");
    eventually("A is ready, except for the model", Duration::from_secs(20), || {
        (scene.account("a")["standing"]["state"] == "ready" && of_model().is_some()).then_some(())
    });

    assert_eq!(scene.ask_model(&project, OTHER).end(TURN), (Some(0), b.answer()), "the other model works on B too");
    assert_eq!(scene.history_of("switch").len(), 1);
    assert_eq!(scene.notices().len(), 1, "{:?}", scene.notices());
    assert!(scene.done(&["status"]).contains("not for GPT-5.2-CODEX until"));
    scene.stop_baton();
    scene.start_baton();
    assert_eq!(scene.account("a")["models"][0]["model"], "GPT-5.2-CODEX", "also after a restart");
}

#[test]
fn a_model_that_nobody_can_serve_is_named_and_others_go_on() {
    let mut scene = Scene::new("1.18.33", Vault::File);
    let limited = Behaviour::ModelLimit { model: "gpt-5.2-codex", resets_in: 7200 };
    let (b, _) = scene.login("b");
    let (a, _) = scene.login("a");
    scene.provider.behave(&a, limited);
    scene.provider.behave(&b, limited);
    scene.start_baton();
    let project = scene.project("p");

    let _turn = scene.ask_model(&project, MODEL);
    let notice = eventually("a notification", TURN, || scene.notices_of("nobody_left").pop());
    assert_eq!(notice["title"], "openai: no account left for gpt-5.2-codex");
    assert_eq!(scene.ask_model(&project, OTHER).end(TURN), (Some(0), a.answer()));
    assert_eq!(scene.active().as_deref(), Some("a"));
    assert_eq!(scene.history_of("switch"), Vec::<serde_json::Value>::new());
}
