use e2e::Kind;

use crate::people::{LIMIT, Person};

/// An answer of one ChatGPT login comes with reasoning that no other login can read. The next login gets the
/// conversation without it, and the person doesn't notice.
fn another_logins_reasoning_is_left_out(release: &str) {
    let person = Person::new(release);
    let Person { scene, a, b, key_a, key_b, .. } = &person;
    scene.provider.reason();
    let work = person.at_work();
    work.both_answer(a, key_a);
    work.both_answer(a, key_a);
    person.limit_the_first(LIMIT);
    work.both_answer(b, key_b);
    work.both_answer(b, key_b);

    let asked = scene.provider.asked();
    assert!(
        asked.iter().any(|asked| asked.kind == Kind::Inference && asked.status == 400),
        "the provider refused the first login's reasoning once: {asked:?}"
    );
    assert_eq!(scene.history_of("switch").len(), 2, "one for each provider, none for the reasoning");
    assert_eq!(scene.account("b")["standing"]["state"], "ready");
}

with_releases! { another_logins_reasoning_is_left_out: on_1_3_2 "1.3.2" on_1_18_33 "1.18.33" }
