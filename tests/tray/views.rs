use std::time::Duration;

use e2e::{Behaviour, Scene, Vault, WebView, built, eventually};

const SOON: Duration = Duration::from_secs(30);
const TAB: &str = "\u{E004}";
const ENTER: &str = "\u{E007}";
const DOWN: &str = "\u{E015}";

fn open(scene: &Scene) -> WebView {
    WebView::start(&scene.home, &built("baton-app"))
}

/// Presses Tab until a control has the keyboard.
#[track_caller]
fn tab_to(window: &WebView, name: &str) {
    let found = (0..60).any(|_| {
        window.press(TAB);
        window.focused() == name
    });
    assert!(found, "no way to {name:?} with Tab");
}

fn settings(scene: &Scene) -> String {
    std::fs::read_to_string(scene.home.baton("config.toml")).unwrap()
}

#[test]
fn at_the_first_start_one_click_saves_what_opencode_has() {
    let mut scene = Scene::without_opencode(Vault::File);
    let (_, tokens) = scene.provider.enroll("a");
    scene.home.set_auth("openai", tokens.entry());
    scene.screen();
    let window = open(&scene);

    window.wait_for("Welcome to Baton");
    window.wait_for("has logins for: openai");
    assert!(!window.text().contains("OpenCode wasn’t found here."), "where there are logins, it is somewhere");
    window.click("button.main");

    window.wait_for("a@example.com");
    assert_eq!(scene.status()["providers"][0]["accounts"].as_array().unwrap().len(), 1);
}

#[test]
fn a_first_start_without_opencode_says_so() {
    let mut scene = Scene::without_opencode(Vault::File);
    scene.screen();
    let window = open(&scene);

    window.wait_for("Welcome to Baton");
    window.wait_for("OpenCode wasn’t found here.");
}

#[test]
fn the_keyboard_alone_switches() {
    let mut scene = Scene::without_opencode(Vault::File);
    scene.login("b");
    scene.login("a");
    scene.screen();
    let window = open(&scene);
    window.wait_for("b@example.com");

    tab_to(&window, "Switch OpenAI to b");
    window.press(ENTER);

    eventually("B is active", SOON, || (scene.active()? == "b").then_some(()));
}

#[test]
fn a_failover_shows_while_somebody_looks() {
    let mut scene = Scene::new("1.18.33", Vault::File);
    scene.login("b");
    let (a, _) = scene.login("a");
    scene.provider.behave(&a, Behaviour::UsageLimit { resets_in: 3600 });
    scene.screen();
    let window = open(&scene);
    window.wait_for("b@example.com");

    let (code, _) = scene.ask(&scene.project("p")).end(Duration::from_secs(90));

    assert_eq!(code, Some(0));
    let said = "return document.querySelector('[aria-live]').textContent";
    eventually("the switch is said", SOON, || (window.run(said) == "Switched from a to b").then_some(()));
    let active = "return document.querySelector('li[aria-current] h3').textContent";
    assert_eq!(window.run(active), "b");
    window.click("button[name=activity]");
    window.wait_for("Switched from a to b");
    window.wait_for("a hit a limit");
}

#[test]
fn addresses_are_hidden_at_once_and_the_file_keeps_its_comments() {
    let mut scene = Scene::without_opencode(Vault::File);
    scene.write_settings(Vault::File, "# mine\n");
    scene.login("a");
    scene.screen();
    let window = open(&scene);
    window.wait_for("a@example.com");

    window.click("button[name=settings]");
    tab_to(&window, "Hide e-mail addresses");
    window.press(ENTER);
    eventually("it is set", SOON, || settings(&scene).contains("hide_emails = true").then_some(()));
    window.click("button[name=accounts]");

    eventually("no address is in sight", SOON, || (!window.text().contains("@example.com")).then_some(()));
    assert!(settings(&scene).contains("# mine\n"), "{}", settings(&scene));
}

#[test]
fn lanes_change_places_by_keyboard_and_by_dragging() {
    let mut scene = Scene::without_opencode(Vault::File);
    let lanes =
        "[lanes] # mine\norder = [{ provider = \"openai\", model = \"x\" }, { provider = \"zai\", model = \"y\" }]\n";
    scene.write_settings(Vault::File, lanes);
    scene.login("a");
    scene.screen();
    let window = open(&scene);
    window.wait_for("a@example.com");
    let first = || {
        let settings = settings(&scene);
        assert!(settings.contains("[lanes] # mine"), "{settings}");
        let (_, order) = settings.split_once("order").unwrap();
        order.find("openai") < order.find("zai")
    };

    window.click("button[name=priorities]");
    tab_to(&window, "Move OpenAI · x: place 1 of 2");
    window.press(DOWN);
    eventually("the second one is first", SOON, || (!first()).then_some(()));
    eventually("the keyboard is still on it", SOON, || {
        (window.focused() == "Move OpenAI · x: place 2 of 2").then_some(())
    });
    window.drag("ol li:nth-child(2) .handle", "ol li:nth-child(1) .handle");

    eventually("it is first again", SOON, || first().then_some(()));
}

#[test]
fn what_is_broken_is_said_calmly_and_the_rest_goes_on() {
    let mut scene = Scene::without_opencode(Vault::File);
    scene.login("a");
    scene.screen();
    let window = open(&scene);
    window.wait_for("a@example.com");

    window.click("main li button[aria-expanded]");
    window.wait_for("This desktop has no tray");
    scene.home.write(&scene.home.auth_file(), "{ half");
    window.wait_for("auth.json");
    scene.home.write(&scene.home.baton("config.toml"), "[failover]\nstratgy = 1\n");
    window.wait_for("unknown field stratgy");
    assert!(window.text().contains("a@example.com"), "accounts stay in sight: {}", window.text());
}

#[test]
fn an_account_is_renamed_disabled_and_removed_in_its_row_and_can_come_back() {
    let mut scene = Scene::without_opencode(Vault::File);
    scene.login("b");
    scene.login("a");
    scene.screen();
    let window = open(&scene);
    window.wait_for("b@example.com");
    let labels = || {
        let accounts = scene.status()["providers"][0]["accounts"].as_array().cloned().unwrap_or_default();
        accounts.iter().map(|account| account["label"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };

    tab_to(&window, "More for b");
    window.press(ENTER);
    tab_to(&window, "Rename");
    window.press(ENTER);
    window.type_in("input[aria-label='New label']", "ench");
    window.press(ENTER);
    eventually("it has its new name", SOON, || (labels() == ["a", "bench"]).then_some(()));

    window.click("button[aria-label='More for bench']");
    window.press_button("Disable");
    eventually("it is off", SOON, || (scene.account("bench")["standing"]["state"] == "disabled").then_some(()));
    window.click("button[aria-label='More for bench']");
    window.press_button("Remove");
    window.wait_for("bench is being removed.");
    window.press_button("Undo");
    window.wait_for("bench");
    assert_eq!(labels(), ["a", "bench"]);

    window.click("button[aria-label='More for bench']");
    window.press_button("Remove");
    eventually("it is gone", SOON, || (labels() == ["a"]).then_some(()));
}

#[test]
fn the_bridge_is_put_into_opencode_and_taken_out_with_a_switch() {
    let mut scene = Scene::without_opencode(Vault::File);
    scene.login("a");
    scene.screen();
    let window = open(&scene);
    window.wait_for("a@example.com");
    let bridge = scene.home.path(".config/opencode/plugin/baton.js");

    window.click("button[name=settings]");
    tab_to(&window, "Switch unnoticed, with a plugin");
    window.press(ENTER);
    eventually("it is there", SOON, || bridge.is_file().then_some(()));
    window.wait_for("knows of it after a restart");
    tab_to(&window, "Switch unnoticed, with a plugin");
    window.press(ENTER);
    eventually("it is gone", SOON, || (!bridge.exists()).then_some(()));
}

#[test]
fn logins_move_to_a_file_and_back_by_choice() {
    let mut scene = Scene::without_opencode(Vault::Keychain);
    scene.login("b");
    scene.login("a");
    scene.screen();
    let window = open(&scene);
    window.wait_for("b@example.com");
    let file = scene.home.baton("vault.json");

    window.click("button[name=settings]");
    window.wait_for("Keychain");
    window.click("label:has(> input[value=file])");
    window.wait_for("every program that runs as you can read your logins in it");
    assert!(!file.exists(), "nothing moves before it is confirmed");
    window.click("button[name=move-vault]");
    eventually("they are in the file", SOON, || settings(&scene).contains("store = \"file\"").then_some(()));
    eventually("the warning goes", SOON, || (!window.text().contains("every program")).then_some(()));
    scene.done(&["switch", "openai", "b"]);
    window.click("label:has(> input[value=keychain])");
    eventually("they are back", SOON, || settings(&scene).contains("store = \"keychain\"").then_some(()));
    eventually("the file is gone", SOON, || (!file.exists()).then_some(()));
    scene.done(&["switch", "openai", "a"]);
}

#[test]
fn why_an_account_is_not_next_is_one_key_away_and_in_sight() {
    let mut scene = Scene::without_opencode(Vault::File);
    for name in ["c", "b", "a"] {
        let (login, _) = scene.login(name);
        scene.provider.set_usage(&login, 40, 40);
    }
    scene.done(&["disable", "openai", "c"]);
    scene.screen();
    let window = open(&scene);
    window.wait_for("c@example.com");

    for name in ["a", "c"] {
        tab_to(&window, &format!("Why, and what comes: {name}"));
        let bubble = window.run(
            "const bubble = document.activeElement.nextElementSibling, at = bubble.getBoundingClientRect();
             return at.height > 0 && at.top >= 0 && at.bottom <= innerHeight && at.left >= 0 && at.right <= innerWidth",
        );
        assert_eq!(bubble, true, "{name}");
    }
    let why = window.run("return document.activeElement.nextElementSibling.innerText.trim()");
    assert_eq!(why, "Not next: disabled by you");
}
