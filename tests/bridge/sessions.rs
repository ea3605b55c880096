use std::time::{Duration, Instant};

use e2e::{Behaviour, Kind, MODEL, eventually};
use serde_json::json;

use crate::people::{KEY_MODEL, Person, TURN};

const AT_ONCE: Duration = Duration::from_secs(5);

/// OpenCode was told to come back in an hour, and sleeps: the person has Baton switch nothing by itself. They make another
/// account active, and the session goes on there at once, with its own context.
fn a_sleeping_session_goes_on_after_a_switch(release: &str) {
    let person = Person::new(release);
    let Person { scene, project, a, b, key_a, key_b } = &person;
    scene.done(&["pause"]);
    let work = person.at_work();
    for (provider, model, first, second) in [("openai", MODEL, a, b), ("fake", KEY_MODEL, key_a, key_b)] {
        scene.provider.behave(first, Behaviour::RetryAfter { seconds: 3600 });
        let session = work.server.session(project);
        let _asked = work.server.ask_with(project, &session, model, &json!({}));
        eventually("the session sleeps", TURN, || (work.server.state(project, &session) == "retry").then_some(()));

        scene.done(&["switch", provider, &second.name]);
        let switched = Instant::now();
        eventually("the session is answered for the other account", TURN, || {
            work.server.answers(project, &session).contains(&second.answer()).then_some(())
        });
        assert!(switched.elapsed() < AT_ONCE, "{model}: it went on after {:?}", switched.elapsed());
    }
}

/// Every login is spent. Work goes on with the agent that the person's own agent names, and that name never leaves the
/// machine.
fn an_agents_stand_in_takes_over(release: &str) {
    let person = everything_spent(release);
    let Person { scene, project, a, key_a, .. } = &person;
    let server = scene.serve();
    let session = server.session(project);
    let _asked = server.ask_with(project, &session, MODEL, &json!({"agent": "worker"}));
    eventually("the stand-in answers", TURN, || {
        server.answers(project, &session).contains(&key_a.answer()).then_some(())
    });
    assert!(scene.provider.count(a, Kind::Inference) > 0, "the turn began with the agent's own model");
    nobody_was_told(&person);
}

/// The same on the command line, where OpenCode ends with its turn.
fn a_stand_in_answers_on_the_command_line(release: &str) {
    let person = everything_spent(release);
    let mut turn = person.scene.ask_agent(&person.project, "worker");
    let (code, text) = turn.end(TURN);
    assert_eq!((code, text), (Some(0), person.key_a.answer()), "{:?}", turn.errors());
    nobody_was_told(&person);
}

/// In the terminal interface: a session that sleeps is carried on where it is looked at, on another account and, when
/// there is none, by a stand-in.
fn it_goes_on_in_a_terminal(release: &str) {
    let person = everything_spent(release);
    let Person { scene, project, a, b, key_a, .. } = &person;
    scene.done(&["pause"]);
    let terminal = scene.terminal(project, &["--agent", "worker"]);
    scene.provider.behave(b, Behaviour::Answer);
    terminal.say("hello there");
    eventually("the limit is met", TURN, || (scene.provider.count(a, Kind::Inference) > 0).then_some(()));
    scene.done(&["switch", "openai", "b"]);
    terminal.shows(&b.answer());

    scene.provider.behave(b, Behaviour::RetryAfter { seconds: 3600 });
    scene.done(&["resume"]);
    terminal.say("and again");
    terminal.shows(&key_a.answer());
    nobody_was_told(&person);
}

/// Somebody whose logins are both out for an hour, and whose agent `worker` names another for that.
fn everything_spent(release: &str) -> Person {
    let person = Person::new(release);
    let Person { scene, a, b, .. } = &person;
    let agents = scene.home.path(".config/opencode/agent");
    let agent = |name: &str, about: &str| {
        let text = format!("---\ndescription: {name}\nmode: primary\n{about}\n---\nYou are {name}.\n");
        scene.home.write(&agents.join(format!("{name}.md")), &text);
    };
    agent("worker", "model: openai/gpt-5.2-codex\nfallback_agent: spare");
    agent("spare", "model: fake/m");
    for login in [a, b] {
        scene.provider.behave(login, Behaviour::RetryAfter { seconds: 3600 });
    }
    person
}

#[track_caller]
fn nobody_was_told(person: &Person) {
    let asked = person.scene.provider.asked();
    let told = asked.iter().find(|asked| asked.fields.iter().any(|field| field.starts_with("fallback")));
    assert_eq!(told, None, "a provider was told of the stand-in");
}

with_every_release!(a_sleeping_session_goes_on_after_a_switch);
with_every_release!(an_agents_stand_in_takes_over);
with_releases! { a_stand_in_answers_on_the_command_line: on_1_3_2 "1.3.2" on_1_18_33 "1.18.33" }
with_releases! { it_goes_on_in_a_terminal: on_1_3_2 "1.3.2" on_1_18_33 "1.18.33" }
