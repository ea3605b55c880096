use std::time::Duration;

use e2e::{Behaviour, Login, Scene, Served, Vault};
use serde_json::{Value, json};

const TURN: Duration = Duration::from_secs(90);

/// A's turn; a turn that begins on A, meets A's limit and goes on with B; B's turn; a turn with an API key.
fn check(release: &str) {
    let mut scene = Scene::new(release, Vault::File);
    let key = scene.key("key");
    let (b, _) = scene.login("b");
    let (a, _) = scene.login("a");
    scene.provider.serve(&a, Served { input: 111, cached: 40, output: 70, reasoning: 20 });
    scene.provider.serve(&b, Served { input: 5_000, cached: 3_000, output: 900, reasoning: 0 });
    scene.provider.serve(&key, Served { input: 21_000, cached: 1_000, output: 300, reasoning: 0 });
    scene.start_baton();
    let project = scene.project("p");
    let turn = |model: &str, whose: &Login| {
        let (code, text) = scene.ask_model(&project, model).end(TURN);
        assert_eq!((code, text), (Some(0), whose.answer()));
    };

    turn("openai/gpt-5.2-codex", &a);
    assert_eq!(scene.spend("model"), [row(&scene, &a, "openai", "gpt-5.2-codex", None)]);
    scene.provider.behave(&a, Behaviour::UsageLimit { resets_in: 3600 });
    turn("openai/gpt-5.2-codex", &b);
    scene.provider.serve(&b, Served { input: 6_000, cached: 0, output: 80, reasoning: 79 });
    turn("openai/gpt-5.2-codex", &b);
    turn("fake/m", &key);

    // 20,000 at 1 $ a million, 1,000 at 0.5 $, 300 at 2 $.
    let mut expected = vec![
        row(&scene, &key, "fake", "m", Some(0.0211)),
        row(&scene, &b, "openai", "gpt-5.2-codex", None),
        row(&scene, &a, "openai", "gpt-5.2-codex", None),
    ];
    assert_eq!([1, 2, 1].map(Value::from), [0, 1, 2].map(|index| expected[index]["answers"].clone()));
    assert_eq!(scene.spend("model"), expected);
    assert_eq!(scene.spend("model"), expected, "nothing counts twice");
    for row in &mut expected {
        row["model"] = Value::Null;
    }
    assert_eq!(scene.spend("account"), expected);
    scene.stop_baton();
    assert_eq!(scene.spend("account"), expected, "without a daemon too");
}

/// What `baton spend` must tell of an account, by what the provider has served it.
fn row(scene: &Scene, login: &Login, provider: &str, model: &str, cost: Option<f64>) -> Value {
    let served = scene.provider.served(login);
    let sum = |of: fn(&Served) -> u64| served.iter().map(of).sum::<u64>();
    json!({
        "provider": provider, "account_id": scene.account(&login.name)["id"], "account": login.name, "model": model,
        "day": null, "answers": served.len(), "input": sum(|served| served.input - served.cached),
        "output": sum(|served| served.output - served.reasoning), "reasoning": sum(|served| served.reasoning),
        "cache_read": sum(|served| served.cached), "cache_write": 0, "cost": cost,
    })
}

#[test]
fn it_is_what_the_provider_served_with_opencode_1_1_58() {
    check("1.1.58");
}

#[test]
fn it_is_what_the_provider_served_with_opencode_1_3_2() {
    check("1.3.2");
}

#[test]
fn it_is_what_the_provider_served_with_opencode_1_18_33() {
    check("1.18.33");
}

#[test]
fn a_forked_session_costs_only_what_is_asked_in_it() {
    let mut scene = Scene::new("1.18.33", Vault::File);
    let (a, _) = scene.login("a");
    scene.start_baton();
    let (server, project) = (scene.serve(), scene.project("p"));
    let session = server.session(&project);
    assert_eq!(server.ask(&project, &session).join().unwrap(), a.answer());

    let forked = server.fork(&project, &session);
    assert_eq!(server.ask(&project, &forked).join().unwrap(), a.answer());

    assert_eq!(scene.spend("model"), [row(&scene, &a, "openai", "gpt-5.2-codex", None)]);
    assert_eq!(scene.spend("account")[0]["answers"], 2);
}
