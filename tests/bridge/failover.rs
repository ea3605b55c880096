use e2e::Kind;

use crate::people::{KEY_MODEL, LIMIT, Person, TURN};

/// `opencode run` meets a limit, of a login and of a key. The person sees an answer, and no error before it.
fn on_the_command_line(release: &str) {
    let person = Person::new(release);
    person.limit_the_first(LIMIT);
    let Person { scene, project, a, b, key_a, key_b } = &person;

    for (model, limited, next) in [(e2e::MODEL, a, b), (KEY_MODEL, key_a, key_b)] {
        let mut turn = scene.ask_model(project, model);
        let (code, text) = turn.end(TURN);
        assert_eq!((code, text), (Some(0), next.answer()), "{model}: {:?}", turn.errors());
        assert!(turn.errors().is_empty(), "{model}: {:?}", turn.errors());
        assert!(scene.provider.count(limited, Kind::Inference) > 0, "the turn began on the account that is limited");
    }

    let switches = scene.history_of("switch");
    assert_eq!(switches.len(), 2, "one for each provider: {switches:?}");
    assert_eq!(scene.account("a")["standing"]["state"], "cooling_down");
}

/// Two sessions of one server: not even a wait for another try is shown.
fn in_a_server(release: &str) {
    let person = Person::new(release);
    let work = person.at_work();
    work.both_answer(&person.a, &person.key_a);
    person.limit_the_first(LIMIT);
    work.both_answer(&person.b, &person.key_b);
    assert_eq!(person.scene.history_of("switch").len(), 2);
}

/// In the terminal interface, with a key: no other way of switching would reach it. A toast tells of the switch.
fn in_a_terminal(release: &str) {
    let person = Person::new(release);
    let terminal = person.scene.terminal(&person.project, &["--model", KEY_MODEL]);
    terminal.say("hello there");
    terminal.shows(&person.key_a.answer());
    person.limit_the_first(LIMIT);
    terminal.say("and again");
    // For some seconds, in a corner; the answer stays.
    terminal.shows("fake: now on key-b");
    terminal.shows(&person.key_b.answer());
    let screen = terminal.screen();
    assert!(!screen.contains("limit has been reached"), "{screen}");
}

with_every_release!(on_the_command_line);
with_every_release!(in_a_server);
with_every_release!(in_a_terminal);
