use std::time::Duration;

use e2e::{Desktop, Home, Process};

const SOON: Duration = Duration::from_secs(10);

#[test]
fn a_session_has_a_keychain_of_its_own() {
    let mut home = Home::new();
    let mut desktop = Desktop::start(&mut home);
    desktop.keychain(&home);

    let mut store = home.command("secret-tool");
    store.args(["store", "--label=x", "service", "e2e"]);
    let mut stored = Process::start_with_input(&mut store, "secret text", "store", &home.logs());
    assert!(stored.wait(SOON).success());

    let mut lookup = home.command("secret-tool");
    let mut found = Process::start(lookup.args(["lookup", "service", "e2e"]), "lookup", &home.logs());
    assert!(found.wait(SOON).success());
    assert_eq!(found.stdout(), "secret text");
}

#[test]
fn a_screen_shows_notifications() {
    let mut home = Home::new();
    let mut desktop = Desktop::start(&mut home);
    desktop.screen(&mut home);
    desktop.notifications(&home);

    let mut history = home.command("dunstctl");
    let mut shown = Process::start(history.arg("history"), "history", &home.logs());
    assert!(shown.wait(SOON).success());
    assert!(shown.stdout().contains("\"data\""), "{}", shown.stdout());
}
