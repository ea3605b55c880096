// Two hundred and more in all. Which accounts and when follows from a seed, which a failing test prints; how far Baton got
// by then is the machine's doing.

use std::collections::HashMap;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use e2e::{Login, Scene, Tokens, Vault, built, eventually, post};
use fastrand::Rng;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

const SOON: Duration = Duration::from_secs(20);
const NAMES: [&str; 3] = ["a", "b", "c"];

/// Entries of `auth.json` that are none of Baton's business, as they stand there.
const FOREIGN: &str = r#""zeta": {"type": "api", "key": "sk-z", "metadata": {"b": "2", "a": "1"}}, "later": {"type": "future", "anything": [1, 2.50, null]}"#;

/// Three accounts, and all that is known of their credentials.
struct Stage {
    scene: Scene,
    logins: [Login; 3],
    /// Every entry that was ever good, by its refresh token.
    entries: HashMap<String, Value>,
    random: Rng,
    /// About how long a switch takes here.
    span: Duration,
    kills: usize,
}

impl Stage {
    fn new(vault: Vault) -> Self {
        let seed = std::env::var("BATON_PROOF_SEED").ok().and_then(|seed| seed.parse().ok());
        let seed = seed.unwrap_or_else(|| SystemTime::UNIX_EPOCH.elapsed().unwrap().as_nanos() as u64);
        eprintln!("BATON_PROOF_SEED={seed}");
        let scene = Scene::without_opencode(vault);
        scene.home.write(&scene.home.auth_file(), &format!("{{{FOREIGN}}}"));
        let accounts = NAMES.map(|name| scene.login(name));
        let entries = accounts.iter().map(|(_, tokens)| (tokens.refresh.clone(), tokens.entry())).collect();
        let logins = accounts.map(|(login, _)| login);
        let mut stage = Self { scene, logins, entries, random: Rng::with_seed(seed), span: Duration::ZERO, kills: 0 };
        let start = Instant::now();
        NAMES.iter().for_each(|name| drop(stage.scene.done(&["switch", "openai", name])));
        stage.span = start.elapsed() / 3;
        stage
    }

    /// An account that isn't active.
    fn other(&mut self) -> &'static str {
        let active = self.scene.active().unwrap();
        let others: Vec<_> = NAMES.into_iter().filter(|name| *name != active).collect();
        others[self.random.usize(..others.len())]
    }

    /// Half of the time OpenCode has renewed the active account's tokens since: those are in its file only.
    fn opencode_may_renew(&mut self) {
        if self.random.bool() {
            let active = self.scene.active().unwrap();
            let login = self.logins.iter().find(|login| login.name == active).unwrap();
            let renewed: Tokens = self.scene.provider.rotate(login, Timestamp::now() + SignedDuration::from_hours(1));
            self.entries.insert(renewed.refresh.clone(), renewed.entry());
            self.scene.home.set_auth("openai", renewed.entry());
        }
    }

    /// Kills a program somewhere within the time that a switch takes. One that ended before doesn't count.
    fn kill(&mut self, mut program: Child) {
        thread::sleep(self.span.mul_f64(self.random.f64()));
        program.kill().unwrap();
        let killed = program.wait().unwrap().signal().is_some();
        // The machine may have become slower or faster.
        self.span = self.span.mul_f64(if killed { 1.01 } else { 0.9 });
        self.kills += usize::from(killed);
    }

    fn switch_and_kill(&mut self) {
        self.opencode_may_renew();
        let to = self.other();
        let switch = self.baton(&["switch", "openai", to]).spawn().unwrap();
        self.kill(switch);
    }

    fn baton(&self, args: &[&str]) -> Command {
        let mut command = self.scene.home.command(built("baton"));
        command.args(args).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    /// `auth.json` is whole: one of the three at `openai`, to the letter; all else untouched.
    #[track_caller]
    fn auth_file_is_whole(&self) {
        let text = fs::read_to_string(self.scene.home.auth_file()).unwrap();
        let whole: Value =
            serde_json::from_str(&text).unwrap_or_else(|error| panic!("after {} kills: {error}: {text}", self.kills));
        self.is_whole(&whole["openai"]);
        let mut foreign = whole;
        foreign.as_object_mut().unwrap().shift_remove("openai");
        assert_eq!(foreign, serde_json::from_str::<Value>(&format!("{{{FOREIGN}}}")).unwrap());
    }

    #[track_caller]
    fn is_whole(&self, entry: &Value) {
        let known = entry["refresh"].as_str().and_then(|refresh| self.entries.get(refresh));
        assert_eq!(Some(entry), known, "after {} kills: an entry is mixed up", self.kills);
    }

    /// Each account's newest credential is whole, in Baton's file or in OpenCode's.
    #[track_caller]
    fn no_credential_is_lost(&self) {
        let vault = fs::read(self.scene.home.baton("vault.json")).unwrap();
        let vault: Value = serde_json::from_slice(&vault).unwrap();
        let saved = vault["accounts"].as_object().unwrap().values();
        // The daemon saves the foreign key too.
        let mut held: Vec<&Value> = saved.filter(|entry| entry["type"] == "oauth").collect();
        assert_eq!(held.len(), NAMES.len());
        held.iter().for_each(|entry| self.is_whole(entry));
        let auth = self.scene.home.auth().unwrap();
        held.push(&auth["openai"]);
        for login in &self.logins {
            let newest = held.iter().any(|entry| {
                let refresh = entry["refresh"].as_str().unwrap_or_default();
                self.scene.provider.owner(entry).as_ref() == Some(&login.name)
                    && self.scene.provider.takes_refresh(refresh)
            });
            assert!(newest, "after {} kills: {} is lost", self.kills, login.name);
        }
    }

    /// Each account can be made active, with its newest tokens.
    #[track_caller]
    fn every_account_serves(&self) {
        for name in NAMES {
            self.scene.done(&["switch", "openai", name]);
            self.auth_file_is_whole();
            let refresh = self.scene.home.auth().unwrap()["openai"]["refresh"].clone();
            assert_eq!(self.scene.active().as_deref(), Some(name));
            assert!(self.scene.provider.takes_refresh(refresh.as_str().unwrap()), "{name} has lost its newest tokens");
        }
    }

    /// After all that: the accounts serve, the journal is closed, and no piece of a file lies about. How many switches
    /// were undone: those that were killed between the journal and the exchange.
    #[track_caller]
    fn all_is_in_order(&self) -> u32 {
        self.every_account_serves();
        let ledger = rusqlite::Connection::open(self.scene.home.baton("ledger.db")).unwrap();
        let count = |what: &str| -> u32 {
            ledger.query_row(&format!("SELECT count(*) FROM switches WHERE {what}"), [], |row| row.get(0)).unwrap()
        };
        assert_eq!(count("outcome IS NULL"), 0);
        assert_eq!(count("outcome = 'failed'"), 0);
        let undone = count("outcome = 'rolled_back'");
        eprintln!("{} kills, {undone} switches undone", self.kills);
        for folder in [self.scene.home.auth_file().parent().unwrap().to_owned(), self.scene.home.path("baton")] {
            for file in fs::read_dir(folder).unwrap() {
                let name = file.unwrap().file_name().into_string().unwrap();
                assert!(!name.starts_with('.'), "{name} was left behind");
            }
        }
        undone
    }
}

#[test]
fn a_command_that_is_killed_loses_nothing() {
    let mut stage = Stage::new(Vault::File);
    while stage.kills < 135 {
        stage.switch_and_kill();
        stage.auth_file_is_whole();
        stage.no_credential_is_lost();
    }
    assert!(stage.all_is_in_order() > 0, "no kill came between the journal and the exchange");
}

#[test]
fn a_daemon_that_is_killed_loses_nothing() {
    let mut stage = Stage::new(Vault::File);
    while stage.kills < 40 {
        stage.opencode_may_renew();
        let to = stage.other();
        let daemon = stage.baton(&["run"]).spawn().unwrap();
        let control = eventually("the new daemon says where it listens", SOON, || {
            let control: Value =
                serde_json::from_slice(&fs::read(stage.scene.home.baton("control.json")).ok()?).ok()?;
            (control["pid"] == daemon.id()).then_some(control)
        });
        let asked = thread::spawn(move || {
            let url = format!("{}/v1/requests", control["url"].as_str().unwrap());
            let switch = json!({"do": "switch", "provider": "openai", "account": to});
            // Mostly the daemon is gone before it answers.
            let _ = post(&url, control["token"].as_str(), &switch, SOON);
        });
        stage.kill(daemon);
        asked.join().unwrap();
        stage.auth_file_is_whole();
        stage.no_credential_is_lost();
    }
    stage.all_is_in_order();
}

#[test]
fn with_a_real_keychain_a_kill_loses_nothing_either() {
    let mut stage = Stage::new(Vault::Keychain);
    while stage.kills < 25 {
        stage.switch_and_kill();
        stage.auth_file_is_whole();
        stage.every_account_serves();
    }
    stage.all_is_in_order();
}

#[test]
fn credentials_on_their_way_from_one_vault_to_the_other_outlive_a_kill() {
    let mut stage = Stage::new(Vault::Keychain);
    let places = ["file", "keychain"];
    for place in places {
        let start = Instant::now();
        stage.scene.done(&["vault", place]);
        stage.span = start.elapsed();
    }
    while stage.kills < 25 {
        let to = places[stage.random.usize(..places.len())];
        let moving = stage.baton(&["vault", to]).spawn().unwrap();
        stage.kill(moving);
        stage.every_account_serves();
        let settings = fs::read_to_string(stage.scene.home.baton("config.toml")).unwrap();
        let told: Value = serde_json::from_str(&stage.scene.done(&["vault", "--json"])).unwrap();
        let [store, note] = ["store", "note"].map(|field| &told["vault"][field]);
        assert!(settings.contains(&format!("store = {store}")), "after {} kills: {told}", stage.kills);
        assert_eq!(note, &Value::Null, "after {} kills: something is left behind", stage.kills);
        let in_file = fs::exists(stage.scene.home.baton("vault.json")).unwrap();
        assert_eq!(in_file, store == "file", "after {} kills", stage.kills);
    }
    stage.all_is_in_order();
}
