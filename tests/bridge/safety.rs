use std::fs;
use std::time::{Duration, Instant};

use e2e::{Impostor, Kind, MODEL, Manner, Process, eventually, holds};
use serde_json::json;

use crate::people::{KEY_MODEL, LIMIT, Person, TURN};

const NEWEST: &str = "1.18.33";

/// OpenCode as it is without the bridge: an answer is an answer, a limit leads to OpenCode's own waiting, and neither
/// takes noticeably longer.
fn goes_on_as_ever(person: &Person) {
    let Person { scene, project, a, key_a, .. } = person;
    let work = person.at_work();
    work.both_answer(a, key_a);
    let began = Instant::now();
    work.both_answer(a, key_a);
    assert!(began.elapsed() < Duration::from_secs(10), "two answers took {:?}", began.elapsed());

    person.limit_the_first(LIMIT);
    let session = work.server.session(project);
    let asked = work.server.ask_with(project, &session, KEY_MODEL, &json!({}));
    eventually("OpenCode waits for another try", TURN, || {
        (work.server.state(project, &session) == "retry").then_some(())
    });
    work.server.abort(project, &session);
    asked.join().unwrap();
    let asked = scene.provider.asked();
    assert!(
        asked.iter().all(|asked| asked.account.as_ref().is_some_and(|name| name == &a.name || name == &key_a.name))
    );
}

/// Puts this where Baton says how to reach it.
fn pretend(person: &Person, control: &serde_json::Value) {
    person.scene.home.write(&person.scene.home.baton("control.json"), &control.to_string());
}

#[test]
fn without_baton_opencode_is_as_ever() {
    goes_on_as_ever(&Person::without_baton(NEWEST));
}

#[test]
fn with_a_baton_that_died_opencode_is_as_ever() {
    let mut person = Person::new(NEWEST);
    person.scene.kill_baton();
    goes_on_as_ever(&person);
}

#[test]
fn with_a_wrong_token_opencode_is_as_ever() {
    let person = Person::new(NEWEST);
    let control = fs::read(person.scene.home.baton("control.json")).unwrap();
    let mut control: serde_json::Value = serde_json::from_slice(&control).unwrap();
    control["token"] = "somebody else's".into();
    pretend(&person, &control);
    goes_on_as_ever(&person);
    assert_eq!(person.scene.active().as_deref(), Some("a"));
}

/// Whoever listens where Baton did, or writes what Baton would: OpenCode is as ever.
fn strangers(manners: &[Manner]) {
    let person = Person::without_baton(NEWEST);
    let strangers: Vec<_> = manners.iter().map(|manner| Impostor::start(*manner)).collect();
    for stranger in &strangers {
        pretend(&person, &json!({"url": stranger.url(), "token": "t", "pid": 1, "version": "0.0.1"}));
        person.scene.provider.behave(&person.a, e2e::Behaviour::Answer);
        person.scene.provider.behave(&person.key_a, e2e::Behaviour::Answer);
        goes_on_as_ever(&person);
        assert!(stranger.asked() > 0, "the bridge asked it");
    }
}

#[test]
fn with_a_baton_that_answers_nonsense_opencode_is_as_ever() {
    strangers(&[Manner::Says("<html>Log in to the hotel's network</html>"), Manner::Refuses(500)]);
}

#[test]
fn with_answers_that_no_baton_gives_opencode_is_as_ever() {
    let wait_forever = r#"{"answer":"wait","milliseconds":1e300,"ticket":{}}"#;
    strangers(&[Manner::Says(r#"{"answer":["retry"]}"#), Manner::Says(wait_forever)]);
}

#[test]
fn with_a_baton_that_never_answers_opencode_is_as_ever() {
    strangers(&[Manner::Never]);
}

#[test]
fn a_control_file_that_is_no_such_thing_is_left_alone() {
    let person = Person::without_baton(NEWEST);
    person.scene.home.write(&person.scene.home.baton("control.json"), "{\"url\": \"http://127.0.0.1:");
    goes_on_as_ever(&person);
}

/// Half of `auth.json` is there when requests go out: the key that OpenCode holds goes on working.
#[test]
fn a_torn_auth_file_takes_no_key_away() {
    let person = Person::new(NEWEST);
    let Person { scene, project, key_a, .. } = &person;
    let work = person.at_work();
    work.both_answer(&person.a, key_a);
    let whole = fs::read_to_string(scene.home.auth_file()).unwrap();
    for torn in [&whole[..whole.len() / 2], "", "[]"] {
        fs::write(scene.home.auth_file(), torn).unwrap();
        let session = work.server.session(project);
        let answer = work.server.ask_with(project, &session, KEY_MODEL, &json!({}));
        assert_eq!(answer.join().unwrap(), key_a.answer(), "with {} bytes of it", torn.len());
    }
    fs::write(scene.home.auth_file(), &whole).unwrap();
    work.both_answer(&person.a, key_a);
}

/// Every account answers 429, always: what OpenCode is given in the end is the provider's own answer, after at most
/// three requests.
#[test]
fn a_limit_of_everybody_is_passed_on_as_it_came() {
    let person = Person::new(NEWEST);
    let Person { scene, project, key_a, key_b, .. } = &person;
    let work = person.at_work();
    work.both_answer(&person.a, key_a);
    for account in [key_a, key_b] {
        scene.provider.behave(account, LIMIT);
    }
    let session = work.server.session(project);
    let before = scene.provider.asked().len();
    let asked = work.server.ask_with(project, &session, KEY_MODEL, &json!({}));
    eventually("OpenCode waits for another try", TURN, || {
        (work.server.state(project, &session) == "retry").then_some(())
    });
    work.server.abort(project, &session);
    asked.join().unwrap();
    // A title is asked for beside each first turn.
    let asked = scene.provider.asked().split_off(before);
    let of_turn =
        asked.iter().filter(|asked| asked.kind == Kind::Inference && asked.fields.iter().any(|f| f == "tools"));
    assert!(of_turn.count() <= 3, "{asked:?}");
    assert!(work.events.troubles().iter().any(|trouble| trouble.to_string().contains("usage limit has been reached")));
}

/// The person presses escape while Baton looks for the next account: nothing is asked any more.
#[test]
fn an_abort_in_the_middle_wins() {
    let person = Person::new(NEWEST);
    let Person { scene, project, a, b, .. } = &person;
    let work = person.at_work();
    // Its first turn has the session named, which nobody aborts.
    let session = work.server.session(project);
    assert_eq!(work.server.ask(project, &session).join().unwrap(), a.answer());
    scene.provider.slow_usage(Duration::from_secs(10));
    scene.provider.behave(a, LIMIT);

    let asked = work.server.ask(project, &session);
    eventually("Baton knows of the limit", TURN, || {
        (scene.account("a")["standing"]["state"] == "cooling_down").then_some(())
    });
    work.server.abort(project, &session);
    assert_eq!(asked.join().unwrap(), "");
    eventually("the account is exchanged all the same", TURN, || (scene.active()? == b.name).then_some(()));
    holds("nothing is asked any more", Duration::from_secs(3), || scene.provider.count(b, Kind::Inference) == 0);
}

/// Two servers and the command line, in the same second: each meets the limit, and one switch serves all.
#[test]
fn several_opencodes_at_once_cause_one_switch() {
    let person = Person::new(NEWEST);
    let Person { scene, project, a, b, key_a, key_b } = &person;
    let servers = ["serve-one", "serve-two"].map(|name| scene.serve_as(name));
    let sessions: Vec<_> = servers
        .iter()
        .flat_map(|server| [MODEL, MODEL, KEY_MODEL, KEY_MODEL].map(|model| (server, model, server.session(project))))
        .collect();
    let ask_all = || {
        let asked: Vec<_> = sessions
            .iter()
            .map(|(server, model, session)| (*model, server.ask_with(project, session, model, &json!({}))))
            .collect();
        asked.into_iter().map(|(model, answer)| (model, answer.join().unwrap())).collect::<Vec<_>>()
    };
    let all = |login: &e2e::Login, key: &e2e::Login, told: &[(&str, String)]| {
        for (model, text) in told {
            let account = if *model == MODEL { login } else { key };
            assert_eq!(*text, account.answer(), "{model}");
        }
    };
    all(a, key_a, &ask_all());
    person.limit_the_first(LIMIT);
    let events = servers.each_ref().map(e2e::Server::watch);
    all(b, key_b, &ask_all());

    for events in &events {
        assert!(events.troubles().is_empty(), "{:?}", events.troubles());
    }
    let switches = scene.history_of("switch");
    assert_eq!(switches.len(), 2, "one for each provider: {switches:?}");
}

/// Everything in OpenCode's settings folder.
fn tree(person: &Person) -> Vec<(String, Vec<u8>)> {
    let folder = person.scene.home.path(".config/opencode");
    let mut command = person.scene.home.command("find");
    let mut find = Process::start(command.arg(&folder).arg("-ls"), "find", &person.scene.home.logs());
    find.wait(Duration::from_secs(10));
    let mut files: Vec<_> = find
        .stdout()
        .lines()
        .filter_map(|line| line.split_whitespace().last())
        .map(|path| (path.to_owned(), fs::read(path).unwrap_or_default()))
        .collect();
    files.sort();
    files
}

/// In and out again, with OpenCode at work in between: its settings folder is as it was.
#[test]
fn taken_out_it_leaves_no_trace() {
    let person = Person::new(NEWEST);
    let Person { scene, project, a, .. } = &person;
    scene.done(&["bridge", "uninstall"]);
    let (code, text) = scene.ask(project).end(TURN);
    assert_eq!((code, text), (Some(0), a.answer()));
    let before = tree(&person);

    scene.done(&["bridge", "install"]);
    assert_ne!(tree(&person), before);
    let (code, text) = scene.ask(project).end(TURN);
    assert_eq!((code, text), (Some(0), a.answer()));
    scene.done(&["bridge", "uninstall"]);
    assert_eq!(tree(&person), before);
}
