use std::path::{Path, PathBuf};
use std::time::Duration;

use e2e::{Home, Scene, TrayHost, Vault, WebView, built, eventually};
use rusqlite::{Connection, params};
use serde_json::json;

const SOON: Duration = Duration::from_secs(30);
const HOUR: i64 = 3_600_000;
const VIEWS: [&str; 4] = ["accounts", "priorities", "activity", "settings"];
const LANGUAGES: [&str; 4] = ["en", "de", "zh", "ja"];
/// Words that an English sentence of the daemon's can hardly do without, and no other language here has.
const ENGLISH: [&str; 6] = [" the ", " its ", " you ", " is ", " isn't ", " has "];

#[test]
fn every_view_is_for_everybody_in_each_language_in_light() {
    look_at_every_view("light");
}

#[test]
fn every_view_is_for_everybody_in_each_language_in_dark() {
    look_at_every_view("dark");
}

#[track_caller]
fn look_at_every_view(theme: &str) {
    let mut scene = Scene::without_opencode(Vault::File);
    set(&scene, theme, "en");
    furnish(&scene);
    let (window, _host) = open_on_a_whole_desktop(&mut scene);
    window.wait_for("work@example.com");
    for language in LANGUAGES {
        speak(&scene, &window, theme, language);
        for view in VIEWS {
            window.click(&format!("button[name={view}]"));
            settle(&window, view);
            look(&window, &format!("{view}-{theme}"), language);
        }
    }
    // No language of these is written from right to left; labels may be, and the page of a later one.
    window.run("document.documentElement.dir = 'rtl'");
    for view in VIEWS {
        window.click(&format!("button[name={view}]"));
        settle(&window, view);
        look(&window, &format!("{view}-{theme}"), "rtl");
    }
}

#[test]
fn the_first_start_is_for_everybody_in_each_language_and_theme() {
    let mut scene = Scene::without_opencode(Vault::File);
    // It is only looked for.
    scene.home.write(&scene.home.path("bin/opencode"), "");
    let path = std::env::var("PATH").unwrap_or_default();
    scene.home.set("PATH", format!("{}:{path}", scene.home.path("bin").display()));
    std::fs::create_dir_all(scene.home.path(".local/share/opencode/log")).unwrap();
    let (_, tokens) = scene.provider.enroll("work");
    scene.home.set_auth("openai", tokens.entry());
    let (window, _host) = open_on_a_whole_desktop(&mut scene);
    window.wait_for("has logins for: openai");
    for theme in ["light", "dark"] {
        for language in LANGUAGES {
            speak(&scene, &window, theme, language);
            look(&window, &format!("first-start-{theme}"), language);
        }
    }
}

#[test]
fn what_is_wrong_is_for_everybody_in_each_language() {
    let mut scene = Scene::without_opencode(Vault::File);
    for name in ["b", "a"] {
        scene.login(name);
    }
    scene.screen();
    // Neither a tray nor notifications, no log, a store that is half written.
    let window = WebView::start(&scene.home, &built("baton-app"));
    window.wait_for("a@example.com");
    scene.home.write(&scene.home.auth_file(), "{ half");
    window.wait_for("auth.json");
    window.click("main li button[aria-expanded]");
    for language in LANGUAGES {
        speak(&scene, &window, "light", language);
        window.click("button[name=accounts]");
        look(&window, "problems-light", language);
        window.click("button[name=settings]");
        window.click("button[name=doctor]");
        eventually("the checks are there", SOON, || {
            (window.run("return document.querySelectorAll('.mark').length > 5") == true).then_some(())
        });
        window.run("document.querySelector('.mark').scrollIntoView()");
        look(&window, "checks-light", language);
    }
}

#[test]
fn twenty_accounts_stay_readable() {
    let mut scene = Scene::without_opencode(Vault::File);
    for number in 0..20_u8 {
        let (login, _) = scene.login(&format!("account-{number}"));
        scene.provider.set_usage(&login, number * 5, number * 3);
    }
    scene.done(&["usage", "--refresh"]);
    let (window, _host) = open_on_a_whole_desktop(&mut scene);
    window.wait_for("account-19@example.com");
    let shown = || window.run("return [...document.querySelectorAll('h3')].map((label) => label.textContent)");

    eventually("those with most left are in sight", SOON, || {
        let wanted = ["account-19", "account-0", "account-1", "account-2", "account-3", "account-4"];
        (shown() == json!(wanted)).then_some(())
    });
    look(&window, "many-light", "en");
    window.press_button("Show 14 more");
    assert_eq!(shown().as_array().unwrap().len(), 20);
    look(&window, "all-light", "en");
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
    let window = WebView::start(&scene.home, &built("baton-app"));
    window.wait_for("c@example.com");

    let wide = "return document.documentElement.scrollWidth > innerWidth || document.querySelector('main').scrollWidth \
                > document.querySelector('main').clientWidth";
    assert_eq!(window.run(wide), false, "{}", window.text());
    window.run("document.documentElement.dir = 'rtl'");
    assert_eq!(window.run(wide), false, "also from right to left");
}

/// A desktop that lacks nothing, with the window open on it.
#[track_caller]
fn open_on_a_whole_desktop(scene: &mut Scene) -> (WebView, TrayHost) {
    scene.screen();
    scene.notification_daemon();
    let window = WebView::start(&scene.home, &built("baton-app"));
    window.wait_for("Baton");
    // A tray that comes later takes the icon up, and the window stays.
    let misses = || scene.status()["problems"].to_string().contains("no tray");
    eventually("the tray is missed", SOON, || misses().then_some(()));
    let host = TrayHost::start(scene.desktop());
    eventually("nothing is missing", SOON, || (!misses()).then_some(()));
    (window, host)
}

/// Has the open window in another language and theme.
#[track_caller]
fn speak(scene: &Scene, window: &WebView, theme: &str, language: &str) {
    set(scene, theme, language);
    let wanted = json!([language, theme]);
    eventually("the window follows", SOON, || {
        let root = "const root = document.documentElement; return [root.lang, root.dataset.theme]";
        (window.run(root) == wanted).then_some(())
    });
}

/// Waits until a view has what it shows.
#[track_caller]
fn settle(window: &WebView, view: &str) {
    let has = match view {
        "activity" => "main ol time",
        "priorities" => "main ol .handle",
        "settings" => "main dl",
        _ => "main h3",
    };
    let drawn = format!(
        "return document.querySelector('nav [aria-current]').name === '{view}' && !!document.querySelector('{has}')"
    );
    eventually(view, SOON, || (window.run(&drawn) == true).then_some(()));
}

/// Takes the picture, and holds what is seen against what everybody needs of it: axe, words in one's own language, and
/// names of controls in full.
#[track_caller]
fn look(window: &WebView, name: &str, language: &str) {
    let name = if language == "en" { name.to_owned() } else { format!("{name}-{language}") };
    // Colours in the middle of their change are nobody's to look at.
    eventually("nothing moves", SOON, || (window.run("return document.getAnimations().length") == 0).then_some(()));
    let wrong = window.violations();
    window.picture(&pictures().join(format!("{name}.png")));
    assert!(wrong.is_empty(), "{name}:\n{}", wrong.join("\n"));
    let cut = window.run(
        "const names = 'nav button, h2, legend, [role=switch] > :first-child, label > span, .options label, main > * button';
         const wide = (node) => node.scrollWidth > node.clientWidth + 1 && !node.closest('h3, .names, .line, .unseen');
         const all = [...document.querySelectorAll(names)].filter(wide).map((node) => node.textContent.trim());
         const at = (node) => node.getBoundingClientRect();
         const out = (node) => at(node).right > innerWidth || at(node).left < 0;
         const page = [...document.querySelectorAll('main *:not(svg *, .unseen)')].filter(out);
         return [...all, ...page.map((node) => node.outerHTML.slice(0, 200))]",
    );
    assert_eq!(cut, json!([]), "{name}: cut, or wider than the window");
    if !["en", "rtl"].contains(&language) {
        let text = window.text();
        let found: Vec<_> = ENGLISH.iter().filter(|word| text.contains(**word)).collect();
        assert!(found.is_empty(), "{name}: {found:?} in {text}");
    }
}

/// Where pictures of this run are.
fn pictures() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("pictures")
}

fn set(scene: &Scene, theme: &str, language: &str) {
    let lanes = r#"order = [{ provider = "openai", model = "gpt-5.5" }, { provider = "togetherai", model = "glm-5" }]"#;
    let app = format!("theme = \"{theme}\"\nlanguage = \"{language}\"");
    scene.write_settings(Vault::File, &format!("[app]\n{app}\n\n[lanes]\n{lanes}\n"));
}

/// A week of use: three accounts at one provider and a key at another, what they used, spent and were switched for.
fn furnish(scene: &Scene) {
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
