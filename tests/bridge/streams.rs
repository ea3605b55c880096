use e2e::{Behaviour, Kind, Scene, Vault};
use std::time::Duration;

use crate::people::{LIMIT, Person, TURN};

/// The provider answers 200 and tells of its limit in the stream, before any of the answer.
fn a_limit_in_the_stream_is_a_limit(release: &str) {
    let person = Person::new(release);
    let work = person.at_work();
    work.both_answer(&person.a, &person.key_a);
    person.limit_the_first(Behaviour::LimitInStream { resets_in: 3600 });
    work.both_answer(&person.b, &person.key_b);
    assert_eq!(person.scene.history_of("switch").len(), 2);
}

with_releases! { a_limit_in_the_stream_is_a_limit: on_1_1_58 "1.1.58" on_1_14_34 "1.14.34" on_1_18_33 "1.18.33" }

/// OpenCode would speak to ChatGPT through a websocket, which keeps the account it was opened with.
fn no_websocket_keeps_an_account(release: &str) {
    let mut person = Person::new(release);
    person.scene.home.set("OPENCODE_EXPERIMENTAL_WEBSOCKETS", "true");
    let work = person.at_work();
    work.both_answer(&person.a, &person.key_a);
    person.limit_the_first(LIMIT);
    work.both_answer(&person.b, &person.key_b);
    let asked = person.scene.provider.asked();
    assert!(!asked.iter().any(|asked| asked.kind == Kind::Socket), "{asked:?}");
}

with_releases! { no_websocket_keeps_an_account: on_1_15_13 "1.15.13" on_1_17_19 "1.17.19" on_1_18_33 "1.18.33" }

/// Usage that comes with answers is shown, and isn't asked for besides.
#[test]
fn usage_in_an_answers_headers_is_shown() {
    let person = Person::new("1.18.33");
    let Person { scene, project, a, .. } = &person;
    scene.provider.tell_usage();
    scene.provider.set_usage(a, 71, 12);
    let (code, text) = scene.ask(project).end(TURN);
    assert_eq!((code, text), (Some(0), a.answer()));
    let used = || {
        let windows = scene.account("a")["windows"].clone();
        [&windows[0]["used_percent"], &windows[1]["used_percent"]].map(|percent| percent.as_f64())
    };
    e2e::eventually("the figures are shown", Duration::from_secs(10), || {
        (used() == [Some(71.0), Some(12.0)]).then_some(())
    });
}

/// A key in another header than most: Anthropic's.
#[test]
fn a_key_in_any_header_is_exchanged() {
    let mut scene = Scene::new("1.18.33", Vault::File);
    let keys = ["key-b", "key-a"].map(|name| {
        let (login, key) = scene.provider.enroll_key(name);
        scene.save("anthropic", name, serde_json::json!({"type": "api", "key": key}));
        login
    });
    let [b, a] = keys;
    scene.done(&["bridge", "install"]);
    scene.start_baton();
    let project = scene.project("p");
    let server = scene.serve();
    let session = server.session(&project);
    let ask = || server.ask_with(&project, &session, "anthropic/claude", &serde_json::json!({})).join().unwrap();
    assert_eq!(ask(), a.answer());
    scene.done(&["switch", "anthropic", "key-b"]);
    assert_eq!(ask(), b.answer());
}
