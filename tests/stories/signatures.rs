use std::time::Duration;

use e2e::{Behaviour, Scene, Vault, eventually};

const DRAINED: Behaviour = Behaviour::Refused { status: 503, message: "Sorry, this pool is drained for today." };

#[test]
fn an_error_that_the_settings_explain_passes_the_turn_on() {
    let mut scene = Scene::new("1.18.33", Vault::File);
    let (b, _) = scene.login("b");
    let (a, _) = scene.login("a");
    scene.provider.behave(&a, DRAINED);
    scene.start_baton();
    // Written while Baton runs: it counts from the next line of the log on.
    let own = "[[errors]]\nprovider = \"openai\"\ntext = [\"pool is drained\"]\nmeans = \"usage-limit\"\n";
    scene.write_settings(Vault::File, own);

    let answer = scene.ask(&scene.project("p")).end(Duration::from_secs(90));

    assert_eq!(answer, (Some(0), b.answer()));
    assert_eq!(scene.account("a")["standing"]["state"], "cooling_down");
}

#[test]
fn an_explanation_that_fits_every_error_is_refused() {
    let mut scene = Scene::new("1.18.33", Vault::File);
    scene.login("a");
    scene.start_baton();
    scene.write_settings(Vault::File, "[[errors]]\nprovider = \"openai\"\nmeans = \"usage-limit\"\n");
    let problem = eventually("the settings are refused", Duration::from_secs(20), || {
        let problems = scene.status()["problems"].as_array().cloned().unwrap_or_default();
        problems.into_iter().find(|problem| problem["part"] == "settings")
    });
    assert!(problem["message"].as_str().unwrap().contains("it fits every error"), "{problem}");
}
