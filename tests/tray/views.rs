use std::path::{Path, PathBuf};
use std::time::Duration;

use e2e::{Behaviour, Home, Scene, TrayHost, Vault, WebView, built, eventually};
use rusqlite::{Connection, params};
use serde_json::json;

const SOON: Duration = Duration::from_secs(30);
const TAB: &str = "\u{E004}";
const ENTER: &str = "\u{E007}";
const DOWN: &str = "\u{E015}";
const HOUR: i64 = 3_600_000;
const VIEWS: [&str; 4] = ["accounts", "priorities", "activity", "settings"];

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
    window.wait_for("OpenCode wasn’t found here.");
    window.click("button.main");

    window.wait_for("a@example.com");
    assert_eq!(scene.status()["providers"][0]["accounts"].as_array().unwrap().len(), 1);
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
fn odd_labels_are_text_and_break_nothing() {
    let mut scene = Scene::without_opencode(Vault::File);
    let long = "x".repeat(200);
    for name in ["b", "c"] {
        scene.login(name);
    }
    scene.done(&["rename", "openai", "b", &long]);
    scene.screen();
    let window = open(&scene);
    window.wait_for("c@example.com");

    let wide = "return document.documentElement.scrollWidth > innerWidth || document.querySelector('main').scrollWidth \
                > document.querySelector('main').clientWidth";
    assert_eq!(window.run(wide), false, "{}", window.text());
    window.run("document.documentElement.dir = 'rtl'");
    assert_eq!(window.run(wide), false, "also from right to left");
}

#[test]
fn every_view_is_for_everybody_and_has_its_picture_in_light() {
    look_at_every_view("light");
}

#[test]
fn every_view_is_for_everybody_and_has_its_picture_in_dark() {
    look_at_every_view("dark");
}

#[track_caller]
fn look_at_every_view(theme: &str) {
    let mut scene = Scene::without_opencode(Vault::File);
    furnish(&scene, theme);
    scene.screen();
    scene.notification_daemon();
    let window = open(&scene);
    window.wait_for("work@example.com");
    // A tray that comes later takes the icon up, and the window stays.
    let _host = TrayHost::start(scene.desktop());
    eventually("nothing is missing", SOON, || (!window.text().contains("no tray")).then_some(()));
    for view in VIEWS {
        window.click(&format!("button[name={view}]"));
        let drawn = "return document.querySelector('nav [aria-current]').name";
        eventually(view, SOON, || (window.run(drawn) == view).then_some(()));
        if view == "activity" {
            window.wait_for("Switched from");
        } else if view == "priorities" {
            window.wait_for("gpt-5.5");
        }
        let wrong = window.violations();
        assert!(wrong.is_empty(), "{view}, {theme}:\n{}", wrong.join("\n"));
        window.picture(&pictures().join(format!("{view}-{theme}.png")));
    }
}

#[test]
fn the_first_start_is_for_everybody_and_has_its_picture() {
    let mut scene = Scene::without_opencode(Vault::File);
    let (_, tokens) = scene.provider.enroll("work");
    scene.home.set_auth("openai", tokens.entry());
    scene.screen();
    for theme in ["light", "dark"] {
        scene.write_settings(Vault::File, &format!("[app]\ntheme = \"{theme}\"\n"));
        let window = open(&scene);
        window.wait_for("has logins for: openai");
        let wrong = window.violations();
        assert!(wrong.is_empty(), "{theme}:\n{}", wrong.join("\n"));
        window.picture(&pictures().join(format!("first-start-{theme}.png")));
    }
}

/// Where pictures of this run are.
fn pictures() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("pictures")
}

/// A week of use: three accounts at one provider and a key at another, what they used, spent and were switched for.
fn furnish(scene: &Scene, theme: &str) {
    let lanes = r#"order = [{ provider = "openai", model = "gpt-5.5" }, { provider = "togetherai", model = "glm-5" }]"#;
    scene.write_settings(Vault::File, &format!("[app]\ntheme = \"{theme}\"\n\n[lanes]\n{lanes}\n"));
    std::fs::create_dir_all(scene.home.path(".local/share/opencode/log")).unwrap();
    for (name, five_hours, week) in [("side", 12, 8), ("home", 38, 55), ("work", 64, 71)] {
        let (login, _) = scene.login(name);
        scene.provider.set_usage(&login, five_hours, week);
    }
    let (_, key) = scene.provider.enroll_key("spare");
    scene.cli_with_input(&["add", "togetherai", "--key-stdin", "--label", "spare"], &key);
    write_week(scene);
    scene.done(&["switch", "openai", "home"]);
    scene.done(&["switch", "openai", "work"]);
    scene.done(&["usage", "--refresh"]);
    write_answers(&scene.home);
}

/// A week of OpenCode's answers, as its older releases keep them.
fn write_answers(home: &Home) {
    let now = jiff::Timestamp::now().as_millisecond();
    for number in 0..40_i32 {
        let at = now - i64::from(number) * 4 * HOUR;
        let answer = json!({"role": "assistant", "time": {"created": at, "completed": at}, "modelID": "gpt-5.5",
            "providerID": "openai", "cost": 0.02 * f64::from(number % 7 + 1),
            "tokens": {"input": 4_000 + 700 * number, "output": 900, "reasoning": 300}});
        let path = home.path(&format!(".local/share/opencode/storage/message/ses_1/msg_{number}.json"));
        home.write(&path, &answer.to_string());
    }
}

/// What a week leaves in the ledger, readings and who was active: nobody waits a week for a picture.
fn write_week(scene: &Scene) {
    let ledger = Connection::open(scene.home.baton("ledger.db")).unwrap();
    let now = jiff::Timestamp::now().as_millisecond();
    for (label, speed, from) in [("work", 14.0, 6), ("home", 9.0, 3), ("side", 5.0, 1)] {
        let id = scene.account(label)["id"].as_str().unwrap().to_owned();
        let active = "INSERT INTO activations (provider, at, account_id, account_label) VALUES ('openai', ?1, ?2, ?3)";
        ledger.execute(active, params![now - from * 24 * HOUR, id, label]).unwrap();
        for hours in (1..160_i64).rev() {
            // Work by day, in two windows.
            let (day, hour) = (hours / 24, hours % 24);
            if hour >= 10 {
                continue;
            }
            let reading =
                "INSERT INTO usage_samples (account_id, read_at, model, window_seconds, used_percent, resets_at)
                           VALUES (?1, ?2, NULL, ?3, ?4, ?5)";
            let gone = 4 - hour % 5;
            let used = f64::from(i32::try_from(gone).unwrap()) * speed;
            let at = now - hours * HOUR;
            ledger.execute(reading, params![id, at, 18_000, used, at + (5 - gone) * HOUR]).unwrap();
            let used = f64::from(i32::try_from(6 - day).unwrap()) * speed * 0.8;
            ledger.execute(reading, params![id, at, 604_800, used, now + 24 * HOUR]).unwrap();
        }
    }
}
