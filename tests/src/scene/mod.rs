//! One person's machine: Baton, OpenCode, a provider, accounts.
//! Does only what a person does: logs in, starts programs, types commands, reads what they show.

mod opencode;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use serde_json::Value;

use crate::{Desktop, Home, Login, OpenCode, Process, Provider, Tokens, built, eventually};

const SOON: Duration = Duration::from_secs(20);

/// Where the person's Baton keeps credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vault {
    /// A real keychain, on a session bus of the test's own.
    Keychain,
    /// The file that a person can choose.
    File,
}

/// One person's machine.
#[derive(Debug)]
pub struct Scene {
    // Dropped in this order: Baton before what it talks to, the home last.
    daemon: Option<Process>,
    app: Option<Process>,
    desktop: Option<Desktop>,
    /// The provider.
    pub provider: Provider,
    opencode: Option<OpenCode>,
    /// The person's home.
    pub home: Home,
}

/// What a command came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cli {
    /// Its exit code.
    pub code: Option<i32>,
    /// What it printed.
    pub stdout: String,
    /// What it complained about.
    pub stderr: String,
}

impl Scene {
    /// A machine with this OpenCode, with no account yet and Baton not running.
    pub fn new(release: &str, vault: Vault) -> Self {
        let opencode = OpenCode::release(release);
        let scene = Self::without_opencode(vault);
        opencode.configure(&scene.home, &scene.provider);
        Self { opencode: Some(opencode), ..scene }
    }

    /// A machine on which OpenCode's files are there and OpenCode isn't.
    pub fn without_opencode(vault: Vault) -> Self {
        let mut home = Home::new();
        let provider = Provider::start();
        let desktop = (vault == Vault::Keychain).then(|| {
            let mut desktop = Desktop::start(&mut home);
            desktop.keychain(&home);
            desktop
        });
        let scene = Self { daemon: None, app: None, desktop, provider, opencode: None, home };
        scene.write_settings(vault, "");
        scene
    }

    /// Writes the settings: endpoints at the provider, events into a file, and `more` at the end.
    pub fn write_settings(&self, vault: Vault, more: &str) {
        let tell = self.home.path("tell");
        // One write per event, so that two at once stay two lines.
        self.home.write(
            &tell,
            "#!/bin/sh\nevent=$(tr -d '\\n')\nprintf '%s\\n' \"$event\" >> \"$(dirname \"$0\")/notices.jsonl\"\n",
        );
        fs::set_permissions(&tell, fs::Permissions::from_mode(0o755)).unwrap();
        let store = match vault {
            Vault::Keychain => "keychain",
            Vault::File => "file",
        };
        let settings = format!(
            "[vault]\nstore = \"{store}\"\n\n[notifications]\ncommand = [\"{}\"]\n\n[providers.openai]\nusage_url = \"{}\"\ntoken_url = \"{}\"\n\n{more}",
            tell.display(),
            self.provider.url("/backend-api/wham/usage"),
            self.provider.url("/oauth/token"),
        );
        self.home.write(&self.home.baton("config.toml"), &settings);
    }

    /// A login that OpenCode has made and that Baton has saved under its name.
    #[track_caller]
    pub fn login(&self, name: &str) -> (Login, Tokens) {
        let (login, tokens) = self.provider.enroll(name);
        self.save_login(name, tokens.entry());
        (login, tokens)
    }

    /// An API key that OpenCode has at the provider `fake` and that Baton has saved under its name.
    #[track_caller]
    pub fn key(&self, name: &str) -> Login {
        let (login, key) = self.provider.enroll_key(name);
        self.save("fake", name, serde_json::json!({"type": "api", "key": key}));
        login
    }

    /// Puts an entry into OpenCode's credentials and saves it with Baton.
    #[track_caller]
    pub fn save_login(&self, name: &str, entry: Value) {
        self.save("openai", name, entry);
    }

    /// Puts an entry of any provider into OpenCode's credentials and saves it with Baton.
    #[track_caller]
    pub fn save(&self, provider: &str, name: &str, entry: Value) {
        self.home.set_auth(provider, entry);
        self.done(&["add", "--provider", provider, "--label", name]);
    }

    /// Runs a command of Baton's.
    pub fn cli(&self, args: &[&str]) -> Cli {
        self.cli_with_input(args, "")
    }

    /// Runs a command that reads something.
    pub fn cli_with_input(&self, args: &[&str], input: &str) -> Cli {
        let name = format!("baton-{}", args.first().unwrap_or(&""));
        let mut command = self.home.command(built("baton"));
        let mut process = Process::start_with_input(command.args(args), input, &name, &self.home.logs());
        let code = process.wait(SOON).code();
        Cli { code, stdout: process.stdout(), stderr: process.stderr() }
    }

    /// Runs a command in a terminal in which a person sits.
    pub fn in_terminal(&self, args: &[&str]) -> Process {
        let name = format!("baton-{}", args.first().unwrap_or(&""));
        let mut command = self.home.command(built("baton"));
        Process::start_in_terminal(command.args(args), &name, &self.home.logs())
    }

    /// Runs a command that must succeed; what it printed.
    #[track_caller]
    pub fn done(&self, args: &[&str]) -> String {
        let Cli { code, stdout, stderr } = self.cli(args);
        assert_eq!(code, Some(0), "baton {}: {stdout}{stderr}", args.join(" "));
        stdout
    }

    /// What `baton status --json` says.
    #[track_caller]
    pub fn status(&self) -> Value {
        serde_json::from_str(&self.done(&["status", "--json"])).unwrap()
    }

    /// An account as `baton status --json` shows it.
    #[track_caller]
    pub fn account(&self, label: &str) -> Value {
        let status = self.status();
        let providers = status["providers"].as_array().into_iter().flatten();
        let mut accounts = providers.flat_map(|provider| provider["accounts"].as_array().into_iter().flatten());
        accounts
            .find(|account| account["label"] == label)
            .cloned()
            .unwrap_or_else(|| panic!("no account {label}: {status}"))
    }

    /// Starts `baton run` and waits until it is there.
    #[track_caller]
    pub fn start_baton(&mut self) {
        self.daemon = Some(self.start("baton", "run"));
    }

    /// Ends `baton run`, as a log-out does.
    #[track_caller]
    pub fn stop_baton(&mut self) {
        let ended = self.daemon.take().map(|mut daemon| daemon.stop());
        assert!(ended.is_some_and(|status| status.success()), "baton run ends well when it is asked to: {ended:?}");
    }

    /// Ends `baton run`, as a power cut does.
    pub fn kill_baton(&mut self) {
        self.daemon = None;
    }

    /// Stops `baton run` without ending it, or lets it go on: as on a machine that has no time for it.
    pub fn hold_baton(&self, held: bool) {
        self.daemon.iter().for_each(|daemon| daemon.hold(held));
    }

    /// Process id of `baton run`.
    pub fn baton_pid(&self) -> u32 {
        self.daemon.as_ref().map(Process::pid).unwrap_or_default()
    }

    /// The desktop session.
    ///
    /// # Panics
    /// Before there is one: with the first keychain or screen.
    pub fn desktop(&self) -> &Desktop {
        self.desktop.as_ref().unwrap_or_else(|| panic!("this scene has no desktop session"))
    }

    /// Gives the session a screen.
    #[track_caller]
    pub fn screen(&mut self) {
        let desktop = self.desktop.take().unwrap_or_else(|| Desktop::start(&mut self.home));
        self.desktop.insert(desktop).screen(&mut self.home);
    }

    /// Gives the session a notification daemon; after its screen.
    #[track_caller]
    pub fn notification_daemon(&mut self) {
        let home = &self.home;
        self.desktop.as_mut().unwrap_or_else(|| panic!("a screen comes first")).notifications(home);
    }

    /// Titles and texts of what the notification daemon has shown.
    pub fn notifications_shown(&self) -> Vec<String> {
        let mut command = self.home.command("dunstctl");
        let mut history = Process::start(command.arg("history"), "dunstctl", &self.home.logs());
        history.wait(SOON);
        let history: Value = serde_json::from_str(&history.stdout()).unwrap_or_default();
        let shown = history["data"][0].as_array().cloned().unwrap_or_default();
        shown.iter().map(|one| format!("{}: {}", one["summary"]["data"], one["body"]["data"])).collect()
    }

    /// How many windows of that title the person sees.
    pub fn windows(&self, title: &str) -> usize {
        let mut command = self.home.command("xdotool");
        command.args(["search", "--onlyvisible", "--name", &format!("^{title}$")]);
        let mut search = Process::start(&mut command, "xdotool", &self.home.logs());
        search.wait(SOON);
        search.stdout().lines().count()
    }

    /// Presses a key, where the keyboard is.
    #[track_caller]
    pub fn press(&self, key: &str) {
        self.by_hand(&["key", key]);
    }

    /// Takes the keyboard away from every window.
    #[track_caller]
    pub fn look_away(&self) {
        self.by_hand(&["mousemove", "1270", "790", "getmouselocation"]);
        let root = self.by_hand(&["search", "--maxdepth", "0", "--name", ".*"]);
        self.by_hand(&["windowfocus", root.lines().next().unwrap_or_default()]);
    }

    /// Where the window of that title is and how large: left, top, width, height.
    #[track_caller]
    pub fn window_area(&self, title: &str) -> [i32; 4] {
        let found = ["search", "--onlyvisible", "--name", &format!("^{title}$"), "getwindowgeometry", "--shell"];
        let told = self.by_hand(&found);
        ["X=", "Y=", "WIDTH=", "HEIGHT="].map(|field| {
            let number = told.lines().find_map(|line| line.strip_prefix(field)?.parse().ok());
            number.unwrap_or_else(|| panic!("no {field} of {title}: {told}"))
        })
    }

    #[track_caller]
    fn by_hand(&self, args: &[&str]) -> String {
        let mut hand = Process::start(self.home.command("xdotool").args(args), "xdotool", &self.home.logs());
        hand.wait(SOON);
        hand.stdout()
    }

    /// Clicks a notification as soon as one is on the screen.
    #[track_caller]
    pub fn click_notification(&self) {
        let dunst = |args: &[&str]| {
            let mut command = Process::start(self.home.command("dunstctl").args(args), "dunstctl", &self.home.logs());
            command.wait(SOON);
            command.stdout()
        };
        let displayed = || (dunst(&["count", "displayed"]).trim() == "1").then_some(());
        eventually("a notification is on the screen", Duration::from_secs(60), displayed);
        dunst(&["action", "0"]);
    }

    /// Starts the tray app as a login does, and waits until its daemon is there.
    #[track_caller]
    pub fn start_app(&mut self) {
        self.app = Some(self.start("baton-app", "--hidden"));
    }

    #[track_caller]
    fn start(&self, program: &str, arg: &str) -> Process {
        let mut started = Process::start(self.home.command(built(program)).arg(arg), program, &self.home.logs());
        let control = self.home.baton("control.json");
        eventually(&format!("{program} {arg} says where it listens"), SOON, || {
            assert_eq!(started.ended(), None, "{program} {arg} ended: {}", started.last_words());
            control.exists().then_some(())
        });
        started
    }

    /// Process id of the tray app.
    pub fn app_pid(&self) -> u32 {
        self.app.as_ref().map(Process::pid).unwrap_or_default()
    }

    /// Process ids of what the tray app has started.
    pub fn app_children(&self) -> Vec<u32> {
        self.app.as_ref().map(Process::children).unwrap_or_default()
    }

    /// Ends the tray app, as a log-out does.
    #[track_caller]
    pub fn stop_app(&mut self) {
        let ended = self.app.take().map(|mut app| app.stop());
        assert!(ended.is_some_and(|status| status.success()), "the app ends well when it is asked to: {ended:?}");
    }

    /// Waits for the app's end.
    #[track_caller]
    pub fn app_ends(&mut self) -> std::process::ExitStatus {
        self.app.as_mut().unwrap_or_else(|| panic!("the app wasn't started")).wait(SOON)
    }

    /// Name of the login that OpenCode uses at `openai` now; `None` when its file is half written or has none.
    pub fn active(&self) -> Option<String> {
        self.provider.owner(&self.home.auth()?["openai"])
    }

    /// Every event that the person was told of, oldest first.
    pub fn notices(&self) -> Vec<Value> {
        let lines = fs::read_to_string(self.home.path("notices.jsonl")).unwrap_or_default();
        lines.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    /// The events of one kind: `switched`, `nobody_left`, …
    pub fn notices_of(&self, event: &str) -> Vec<Value> {
        self.notices().into_iter().filter(|notice| notice["event"] == event).collect()
    }

    /// What `baton history --json` lists of one kind: `switch`, `limit_hit`, …
    #[track_caller]
    pub fn history_of(&self, event: &str) -> Vec<Value> {
        let printed: Value = serde_json::from_str(&self.done(&["history", "--json"])).unwrap();
        let entries = printed.as_array().or_else(|| printed["entries"].as_array()).cloned().unwrap_or_default();
        entries.into_iter().filter(|entry| entry["event"] == event).collect()
    }

    /// What `baton spend --json` tells: one row for each `account`, `model` or `day`.
    #[track_caller]
    pub fn spend(&self, by: &str) -> Vec<Value> {
        let printed: Value = serde_json::from_str(&self.done(&["spend", "--by", by, "--json"])).unwrap();
        assert_eq!((&printed["skipped"], &printed["behind"]), (&0.into(), &Value::Null), "{printed}");
        printed["rows"].as_array().cloned().unwrap_or_default()
    }

    /// Looks for any token in what Baton wrote and printed. Not for scenes whose vault is a file.
    ///
    /// # Panics
    /// When one is there.
    #[track_caller]
    pub fn hunt_for_secrets(&self) {
        let secrets = self.provider.secrets();
        let mut folders = vec![self.home.path("baton"), self.home.logs()];
        let mut files = vec![self.home.path("notices.jsonl")];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
                match entry.file_type().unwrap().is_dir() {
                    true => folders.push(entry.path()),
                    false => files.push(entry.path()),
                }
            }
        }
        for file in files {
            let bytes = fs::read(&file).unwrap_or_default();
            let text = String::from_utf8_lossy(&bytes);
            assert!(!secrets.iter().any(|secret| text.contains(secret)), "{} holds a secret", file.display());
        }
    }
}
