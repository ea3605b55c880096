use crate::people::Person;

/// `baton switch`, for a login and for a key, which OpenCode keeps in memory: the next request of sessions that run
/// already goes out on the other account.
fn reaches_sessions_that_run(release: &str) {
    let person = Person::new(release);
    let work = person.at_work();
    work.both_answer(&person.a, &person.key_a);
    person.scene.done(&["switch", "openai", "b"]);
    person.scene.done(&["switch", "fake", "key-b"]);
    work.both_answer(&person.b, &person.key_b);
    person.scene.done(&["switch", "openai", "a"]);
    person.scene.done(&["switch", "fake", "key-a"]);
    work.both_answer(&person.a, &person.key_a);
}

with_every_release!(reaches_sessions_that_run);
