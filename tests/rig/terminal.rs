use e2e::{Home, OpenCode, Provider, RELEASES};

/// The driver that other tests type with: the answer to what is typed comes on the screen.
#[test]
fn what_is_typed_is_answered_on_the_screen() {
    let (home, provider) = (Home::new(), Provider::start());
    let opencode = OpenCode::release(RELEASES[RELEASES.len() - 1]);
    opencode.configure(&home, &provider);
    let (a, key) = provider.enroll_key("a");
    home.set_auth("fake", serde_json::json!({"type": "api", "key": key}));

    let terminal = opencode.terminal(&home, &home.project("p"), &["--model", "fake/m"]);
    terminal.say("hello there");
    terminal.shows(&a.answer());
}
