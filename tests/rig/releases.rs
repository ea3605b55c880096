use std::time::Duration;

use e2e::{Behaviour, Home, Kind, MODEL, OpenCode, Provider, eventually};

const TURN: Duration = Duration::from_secs(90);

/// The provider's limit makes OpenCode retry; as soon as `auth.json` holds another login, its turn ends with that
/// login's answer. This is what Baton builds on.
fn check(release: &str) {
    let (home, provider, opencode) = (Home::new(), Provider::start(), OpenCode::release(release));
    opencode.configure(&home, &provider);
    let (a, a_tokens) = provider.enroll("a");
    let (b, b_tokens) = provider.enroll("b");
    home.set_auth("openai", a_tokens.entry());

    let mut answered = opencode.run(&home, &home.project("p"), MODEL, "first");
    let (code, text) = answered.end(TURN);
    assert_eq!((code, text.contains(&a.answer())), (Some(0), true), "{text}");

    provider.behave(&a, Behaviour::UsageLimit { resets_in: 3600 });
    let before = provider.count(&a, Kind::Inference);
    let mut limited = opencode.run(&home, &home.project("p"), MODEL, "second");
    eventually("a limited request", TURN, || (provider.count(&a, Kind::Inference) > before).then_some(()));
    home.set_auth("openai", b_tokens.entry());
    let (code, text) = limited.end(TURN);
    assert_eq!((code, text.contains(&b.answer())), (Some(0), true), "{text}");
}

#[test]
fn opencode_1_1_58() {
    check("1.1.58");
}

#[test]
fn opencode_1_3_2() {
    check("1.3.2");
}

#[test]
fn opencode_1_14_34() {
    check("1.14.34");
}

#[test]
fn opencode_1_15_13() {
    check("1.15.13");
}

#[test]
fn opencode_1_17_19() {
    check("1.17.19");
}

#[test]
fn opencode_1_18_33() {
    check("1.18.33");
}
