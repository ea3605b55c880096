// One person's long day with everything that touches a secret, on a real keychain. Afterwards all that Baton wrote, said
// and started is searched. OpenCode's own files aren't Baton's, and hold what OpenCode puts there.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use e2e::{Behaviour, Cli, Hunt, Kind, Overheard, Scene, Vault, eventually, get, listen, post};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

const TURN: Duration = Duration::from_secs(90);
const SOON: Duration = Duration::from_secs(30);

const PASTED: &str = "sk-or-pasted-52f1c0d39a7be846";
const TYPED: &str = "sk-or-typed-98d1e7a2b3c4f605";
const SENT: &str = "sk-or-sent-c07719f34e5d8ab2";

/// The whole API, as its types list it.
const TYPES: &str = "../ui/src/generated/control.ts";

/// What was seen on the way and can't be looked at any more in the end.
#[derive(Default)]
struct Seen(Vec<(String, Vec<u8>)>);

impl Seen {
    fn note(&mut self, name: impl Into<String>, bytes: impl Into<Vec<u8>>) {
        self.0.push((name.into(), bytes.into()));
    }

    /// Runs a command, whatever comes of it.
    fn cli(&mut self, scene: &Scene, args: &[&str]) {
        self.cli_with_input(scene, args, "");
    }

    fn cli_with_input(&mut self, scene: &Scene, args: &[&str], input: &str) {
        let Cli { stdout, stderr, .. } = scene.cli_with_input(args, input);
        self.note(format!("baton {}", args.join(" ")), stdout + &stderr);
    }

    fn programs(&mut self, scene: &Scene) {
        self.0.extend(scene.home.programs());
    }
}

/// The control API as anybody with its token sees it.
struct Api {
    url: String,
    token: String,
    events: Overheard,
}

impl Api {
    fn of(scene: &Scene) -> Self {
        let control = fs::read(scene.home.baton("control.json")).unwrap();
        let control: Value = serde_json::from_slice(&control).unwrap();
        let [url, token] = ["url", "token"].map(|field| control[field].as_str().unwrap().to_owned());
        let events = listen(&format!("{url}/v1/events"), Some(&token));
        Self { url, token, events }
    }

    fn ask(&self, seen: &mut Seen, path: &str, body: &Value) {
        let answer = post(&format!("{}{path}", self.url), Some(&self.token), body, SOON);
        let (status, answer) = answer.unwrap_or_else(|| panic!("no answer to {body}"));
        seen.note(format!("the answer to {path} {}: {status}", body["do"]), answer.to_string());
    }

    /// Every request that there is; one that this test doesn't know is sent without anything.
    fn ask_everything(&self, seen: &mut Seen) {
        let types = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(TYPES)).unwrap();
        let kinds: BTreeSet<_> = types.split("\"do\": \"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        assert!(kinds.len() > 20, "{kinds:?}");
        for kind in kinds {
            let mut body = json!({"provider": "openai", "account": "spare"});
            match kind {
                "add" | "save_login" | "pause" | "resume" | "watch" | "refresh_usage" | "history" | "spend" | "why"
                | "doctor" | "settings" => body = json!({}),
                "add_key" => body = json!({"provider": "openrouter", "key": SENT, "label": "sent"}),
                "rename" => body["label"] = "renamed".into(),
                "next" | "models" => body = json!({"provider": "openai"}),
                "configure" => body = json!({"key": ["failover", "strategy"], "value": "sticky"}),
                "usage_history" => body = json!({"since": "2026-01-01T00:00:00Z"}),
                "desktop" => body = json!({"lacks": []}),
                // It would take the account from under the others.
                "remove" => body["account"] = "nobody".into(),
                _ => {}
            }
            body["do"] = kind.into();
            self.ask(seen, "/v1/requests", &body);
            body["more"] = SENT.into();
            self.ask(seen, "/v1/requests", &body);
        }
        let (_, snapshot) = get(&format!("{}/v1/snapshot", self.url), Some(&self.token), SOON).unwrap();
        seen.note("the snapshot", snapshot.to_string());
    }

    /// What OpenCode's plugin reports when a provider is indiscreet.
    fn report(&self, seen: &mut Seen, secret: &str) {
        let now = Timestamp::now().as_millisecond();
        let about = json!({"provider": "openai", "session": "ses_canary", "model": "gpt-5.2-codex", "read_at": now, "sent_at": now, "at": now});
        let headers = json!({"x-codex-primary-used-percent": "97", "x-request-id": secret, "authorization": secret});
        for more in [
            json!({"saw": "limit", "status": 429, "headers": headers, "body": format!("usage limit reached: {secret}"), "attempt": 1}),
            json!({"saw": "headers", "status": 200, "headers": headers}),
            json!({"saw": "session", "directory": "/p", "state": "failed", "message": format!("refused: {secret}")}),
            json!({"saw": "not_resumed", "why": secret}),
        ] {
            let mut report = about.clone();
            report.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            self.ask(seen, "/v1/bridge", &report);
        }
    }
}

#[test]
fn no_secret_gets_anywhere_but_where_it_belongs() {
    let mut scene = Scene::new("1.18.33", Vault::Keychain);
    scene.opencode_on_path();
    let elsewhere = format!("[providers.openrouter]\nusage_url = \"{}\"\n", scene.provider.url("/none"));
    scene.write_settings(Vault::Keychain, &elsewhere);
    // The command that is told of events tells what it was started with.
    let tell = scene.home.path("tell");
    let told = fs::read_to_string(&tell).unwrap() + "{ env; echo \"$@\"; } >> \"$(dirname \"$0\")/told-with\"\n";
    fs::write(&tell, told).unwrap();
    let mut seen = Seen::default();

    // Without a daemon: logins that OpenCode has, a key, a switch.
    let (spare, _) = scene.login("spare");
    let (b, tokens) = scene.login("b");
    let (a, _) = scene.login("a");
    seen.cli_with_input(&scene, &["add", "openrouter", "--key-stdin", "--label", "pasted"], PASTED);
    seen.cli(&scene, &["switch", "openrouter", "pasted"]);
    seen.cli(&scene, &["switch", "openai", "spare"]);
    seen.cli(&scene, &["switch", "openai", "a"]);

    scene.start_baton();
    let api = Api::of(&scene);

    // A limit: the turn goes on with another account.
    scene.provider.set_usage(&spare, 90, 90);
    scene.provider.behave(&a, Behaviour::UsageLimit { resets_in: 3600 });
    assert_eq!(scene.ask(&scene.project("p")).end(TURN), (Some(0), b.answer()));
    eventually("a notification", SOON, || scene.notices_of("switched").pop());

    // OpenCode's own login, in a terminal.
    let mut terminal = scene.in_terminal(&["login", "openrouter", "--label", "typed"]);
    eventually("OpenCode asks for the key", TURN, || terminal.stdout().contains("Enter your API key").then_some(()));
    seen.programs(&scene);
    terminal.type_in(&format!("{TYPED}\r"));
    assert_eq!(terminal.wait(TURN).code(), Some(0), "{}", terminal.stdout());
    seen.note("the terminal of baton login", terminal.stdout());

    // Logins that OpenCode makes while Baton runs, with tokens that have ended. They are parked, then renewed; one of
    // their providers repeats what it was sent, to Baton too.
    let [c, d] = ["c", "d"].map(|name| {
        let (login, _) = scene.provider.enroll(name);
        let ended = scene.provider.rotate(&login, Timestamp::now() - SignedDuration::from_mins(1));
        if name == "d" {
            scene.provider.behave(&login, Behaviour::Blabs { status: 401 });
        }
        let saved = scene.notices_of("login_saved").len();
        scene.home.set_auth("openai", ended.entry());
        eventually("the login is saved", SOON, || (scene.notices_of("login_saved").len() > saved).then_some(()));
        login
    });
    seen.cli(&scene, &["switch", "openai", "b"]);
    assert_eq!(scene.active().as_deref(), Some("b"));
    for login in [&c, &d] {
        eventually("its token is renewed", SOON, || {
            seen.cli(&scene, &["usage", "--refresh"]);
            (scene.provider.count(login, Kind::Refresh) > 0).then_some(())
        });
    }

    // The others' providers do so too, and OpenCode logs what it hears.
    for (login, status) in [(&spare, 500), (&c, 401), (&b, 429)] {
        scene.provider.behave(login, Behaviour::Blabs { status });
    }
    eventually("figures are refused", SOON, || {
        seen.cli(&scene, &["usage", "--refresh"]);
        scene.provider.asked().iter().any(|asked| asked.kind == Kind::Usage && asked.status == 500).then_some(())
    });
    let hits = scene.history_of("limit_hit").len();
    let mut turn = scene.ask(&scene.project("p"));
    eventually("the limit is met", TURN, || (!turn.runs() || scene.history_of("limit_hit").len() > hits).then_some(()));
    drop(turn);

    // Files that aren't what they should be.
    let whole = fs::read(scene.home.auth_file()).unwrap();
    fs::write(scene.home.auth_file(), &whole[..whole.len() - 40]).unwrap();
    seen.cli(&scene, &["switch", "openai", "a"]);
    seen.cli(&scene, &["doctor"]);
    fs::write(scene.home.auth_file(), &whole).unwrap();

    api.ask_everything(&mut seen);
    api.report(&mut seen, &tokens.access);
    seen.programs(&scene);
    for args in
        [&["status"][..], &["usage"], &["history"], &["why"], &["spend"], &["doctor"], &["switch", "openai", "nobody"]]
    {
        seen.cli(&scene, args);
        seen.cli(&scene, &[args, &["--json"]].concat());
    }
    seen.cli(&scene, &["remove", "openrouter", "sent"]);
    seen.note("the stream of events", api.events.bytes());
    scene.stop_baton();

    let secrets = [PASTED, TYPED, SENT, &api.token].map(str::to_owned);
    let mut hunt = Hunt::new(scene.provider.secrets().into_iter().chain(secrets));
    for (name, bytes) in &seen.0 {
        hunt.search(name, bytes);
    }
    hunt.search_database(&scene.home.baton("ledger.db"));
    hunt.search_folder(&scene.home.path(""), &where_they_belong(&scene));
    assert!(hunt.found().is_empty(), "secrets in {:#?}", hunt.found());
    assert!(hunt.searched() > 300, "only {} things were searched", hunt.searched());

    // The hunt does find what is there.
    let mut belongs = Hunt::new(scene.provider.secrets());
    belongs.search_folder(&scene.home.path(".local/share/opencode"), &[]);
    assert!(belongs.found().iter().any(|file| file.ends_with("auth.json")), "{:?}", belongs.found());
    assert!(belongs.found().iter().any(|file| file.contains("/log/")), "OpenCode logged what the provider repeated");
}

/// OpenCode's data and what its programs print, and the keychain.
fn where_they_belong(scene: &Scene) -> Vec<PathBuf> {
    let own = [".local/share/opencode", ".local/share/keyrings", "logs/opencode-run.out", "logs/opencode-run.err"];
    own.map(|path| scene.home.path(path)).to_vec()
}
