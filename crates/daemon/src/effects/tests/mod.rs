//! What a person's credentials go through: switches, rotations, removals, refusals, crashes.

mod logins;
mod renewals;
mod vault;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use engine::{
    AccountId, AlertMemory, Input, Record, Scope, Standing, Switch, SwitchCause, SwitchId, SwitchOutcome, Timestamp,
    Usage, Window,
};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{Capture, Effects};
use crate::clock::Clock;
use crate::control::{Check, CheckState, HistoryEvent, Reply, SpendBy};
use crate::credential::Credential;
use crate::ledger::{Intent, Ledger};
use crate::paths::Paths;
use crate::providers::{Http, account_id};
use crate::settings::{Settings, VaultStore};
use crate::vault::{MemoryVault, Vault, VaultError};
use crate::world::{Vaults, World};

struct Noon;

impl Clock for Noon {
    fn now(&self) -> Timestamp {
        Timestamp::from_secs(1_795_176_000)
    }
}

/// A keychain that can be told to refuse.
#[derive(Default)]
struct Moody {
    inner: MemoryVault,
    refuses: AtomicBool,
    /// After how many more it refuses.
    takes: Mutex<Option<u32>>,
}

impl Moody {
    fn takes_only(&self, more: u32) {
        *self.takes.lock().unwrap() = Some(more);
    }
}

impl Vault for Moody {
    fn name(&self) -> &'static str {
        "memory"
    }

    fn load(&self, account: &AccountId) -> Result<Option<Credential>, VaultError> {
        self.inner.load(account)
    }

    fn save(&self, account: &AccountId, credential: &Credential) -> Result<(), VaultError> {
        let mut takes = super::locked(&self.takes);
        if self.refuses.load(Ordering::SeqCst) || *takes == Some(0) {
            return Err(VaultError::Locked);
        }
        *takes = takes.map(|more| more - 1);
        self.inner.save(account, credential)
    }

    fn remove(&self, account: &AccountId) -> Result<(), VaultError> {
        self.inner.remove(account)
    }

    fn check(&self) -> Result<(), VaultError> {
        Ok(())
    }
}

/// One person's machine.
pub(super) struct Home {
    pub(super) effects: Effects,
    vault: Arc<Moody>,
    _dir: TempDir,
}

impl Home {
    pub(super) fn new() -> Self {
        Self::with(Settings::default())
    }

    fn with(settings: Settings) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let home = dir.path().to_owned();
        let baton = home.join("baton").into_os_string();
        let paths = Paths::from_env(&|name| (name == "BATON_HOME").then(|| baton.clone()), Some(home)).unwrap();
        std::fs::create_dir_all(&paths.opencode.data_dir).unwrap();
        let vault = Arc::new(Moody::default());
        let world = World {
            paths,
            clock: Arc::new(Noon),
            http: Http::new("test"),
            vaults: Vaults::new(
                Arc::<Moody>::clone(&vault),
                Arc::new(MemoryVault::new()),
                VaultStore::Keychain,
                Duration::from_secs(5),
            ),
            package_registry: "http://127.0.0.1:1/".to_owned(),
            opencode_auth_content: false,
        };
        let effects = Effects::new(world, settings, Ledger::in_memory().unwrap()).unwrap();
        Self { effects, vault, _dir: dir }
    }

    pub(super) fn write(&self, entries: &Value) {
        let text = serde_json::to_string_pretty(entries).unwrap();
        std::fs::write(self.effects.auth_file_path(), text).unwrap();
        let file = std::fs::File::options().write(true).open(self.effects.auth_file_path()).unwrap();
        let noon = Duration::from_millis(Noon.now().as_millis().try_into().unwrap());
        file.set_modified(std::time::UNIX_EPOCH + noon).unwrap();
    }

    fn file(&self) -> Value {
        serde_json::from_slice(&std::fs::read(self.effects.auth_file_path()).unwrap()).unwrap()
    }

    /// What the vault holds for a key's or login's account.
    fn kept(&self, entry: &Value) -> Option<Value> {
        self.vault.load(&id(entry)).unwrap().map(|credential| credential.to_json())
    }

    async fn switch_to(&self, entry: &Value) -> SwitchOutcome {
        let switch = Switch {
            id: SwitchId(1),
            provider: "openai".into(),
            from: None,
            to: id(entry),
            cause: SwitchCause::Chosen,
            choice: None,
        };
        let inputs = self.effects.switch(&switch).await;
        match inputs.into_iter().next_back() {
            Some(Input::SwitchFinished { outcome, .. }) => outcome,
            other => panic!("no outcome but {other:?}"),
        }
    }

    /// Both logins are saved and the second one is in use.
    async fn with_both() -> Self {
        let home = Self::new();
        for entry in [login("a", 1), login("b", 1)] {
            home.write(&json!({"openai": entry}));
            home.effects.sync(Capture::New).await;
        }
        home
    }
}

/// A ChatGPT login of a person, with its `turn`th pair of tokens.
fn login(person: &str, turn: i64) -> Value {
    json!({"type": "oauth", "refresh": format!("refresh-{person}-{turn}"), "access": format!("access-{person}-{turn}"),
           "expires": 1_795_200_000_000_i64 + turn * 1_000, "accountId": format!("workspace-{person}")})
}

fn id(entry: &Value) -> AccountId {
    let credential = Credential::from_json(entry.clone()).unwrap();
    let provider = "openai".into();
    account_id(&provider, &crate::providers::adapter(&provider).identify(&credential).key)
}

#[tokio::test]
async fn a_switch_replaces_one_entry_and_leaves_the_others() {
    let home = Home::with_both().await;
    home.write(
        &json!({"zai": {"type": "api", "key": "z"}, "openai": login("b", 1), "future": {"type": "new", "x": 1}}),
    );
    assert_eq!(home.switch_to(&login("a", 1)).await, SwitchOutcome::Done);
    let expected =
        json!({"zai": {"type": "api", "key": "z"}, "openai": login("a", 1), "future": {"type": "new", "x": 1}});
    assert_eq!(home.file().to_string(), expected.to_string(), "order counts too");
    let history = home.effects.history(None, 10).unwrap();
    let told = history.into_iter().map(|entry| (entry.event, entry.reason, entry.reason_words.map(|words| words.text)));
    let why = "you chose it".to_owned();
    let expected = [(HistoryEvent::Switch, why.clone(), Some(why))];
    assert_eq!(told.collect::<Vec<_>>(), expected, "also for other languages");
}

#[tokio::test]
async fn checks_and_problems_can_be_had_in_other_languages() {
    let home = Home::new();
    home.write(&json!({"openai": login("a", 1)}));
    home.effects.sync(Capture::Nothing).await;
    let effects = Arc::new(home.effects);
    let english_only =
        |check: &Check| check.found_words.is_none() || (check.remedy.is_some() && check.remedy_words.is_none());
    let checks = effects.doctor().await;
    let found: Vec<_> = checks.iter().filter(|check| english_only(check)).collect();
    assert!(checks.len() > 5 && found.is_empty(), "{found:?}");
    assert!(effects.problems().iter().all(|problem| problem.message_words.is_some() && problem.remedy_words.is_some()));
}

#[tokio::test]
async fn a_store_without_a_login_is_no_login() {
    let home = Home::new();
    home.write(&json!({}));
    let effects = Arc::new(home.effects);
    let checks = effects.doctor().await;
    let store = checks.iter().find(|check| check.name == "auth_file").unwrap();
    assert!(store.state == CheckState::Warning && store.found.ends_with("auth.json has no logins"), "{store:?}");
}

#[tokio::test]
async fn tokens_that_opencode_rotated_are_saved_before_they_are_replaced() {
    let home = Home::with_both().await;
    home.write(&json!({"openai": login("b", 2)}));
    assert_eq!(home.switch_to(&login("a", 1)).await, SwitchOutcome::Done);
    assert_eq!(home.kept(&login("b", 2)), Some(login("b", 2)));
}

#[tokio::test]
async fn a_login_that_nobody_saved_is_saved_before_it_is_replaced() {
    let home = Home::with_both().await;
    home.write(&json!({"openai": login("c", 1)}));
    assert_eq!(home.switch_to(&login("a", 1)).await, SwitchOutcome::Done);
    assert_eq!(home.kept(&login("c", 1)), Some(login("c", 1)));
}

#[tokio::test]
async fn nothing_is_replaced_while_the_keychain_cannot_take_what_is_there() {
    let home = Home::with_both().await;
    home.write(&json!({"openai": login("b", 2)}));
    home.vault.refuses.store(true, Ordering::SeqCst);
    assert!(matches!(home.switch_to(&login("a", 1)).await, SwitchOutcome::Failed { .. }));
    assert_eq!(home.file(), json!({"openai": login("b", 2)}));
    assert!(home.effects.problems().iter().any(|problem| problem.part == "keychain"));
}

#[tokio::test]
async fn a_login_that_the_vault_has_lost_is_saved_before_it_is_replaced() {
    let home = Home::with_both().await;
    home.vault.remove(&id(&login("b", 1))).unwrap();
    assert_eq!(home.switch_to(&login("a", 1)).await, SwitchOutcome::Done);
    assert_eq!(home.kept(&login("b", 1)), Some(login("b", 1)));
}

#[tokio::test]
async fn a_file_that_is_not_json_is_left_alone_and_shown() {
    let home = Home::with_both().await;
    std::fs::write(home.effects.auth_file_path(), "{\"openai\": {").unwrap();
    home.effects.sync(Capture::New).await;
    assert!(home.effects.problems().iter().any(|problem| problem.part == "auth_file"));
    assert!(matches!(home.switch_to(&login("a", 1)).await, SwitchOutcome::Failed { .. }));
    assert_eq!(std::fs::read_to_string(home.effects.auth_file_path()).unwrap(), "{\"openai\": {");
}

#[tokio::test]
async fn an_old_file_put_back_does_not_cost_the_newer_tokens() {
    let home = Home::with_both().await;
    home.write(&json!({"openai": login("b", 3)}));
    home.effects.sync(Capture::New).await;
    home.write(&json!({"openai": login("b", 1)}));
    home.effects.sync(Capture::New).await;
    assert_eq!(home.kept(&login("b", 1)), Some(login("b", 3)));
}

#[tokio::test]
async fn a_new_login_counts_although_the_refused_one_claims_to_last_longer() {
    let home = Home::new();
    // Made while the clock was ahead.
    home.write(&json!({"openai": login("a", 2)}));
    home.effects.sync(Capture::New).await;
    home.effects.record(&Record::Standing { account: id(&login("a", 2)), standing: Standing::NeedsLogin });
    home.write(&json!({"openai": login("a", 1)}));
    let inputs = home.effects.sync(Capture::New).await;
    assert!(inputs.contains(&Input::LoginRenewed(id(&login("a", 1)))), "{inputs:?}");
    assert_eq!(home.kept(&login("a", 1)), Some(login("a", 1)));
}

#[tokio::test]
async fn a_removed_account_stays_removed_until_it_is_asked_for() {
    let home = Home::with_both().await;
    home.effects.remove("openai", id(&login("b", 1)).as_str()).await.unwrap();
    home.write(&json!({"openai": login("b", 2)}));
    home.effects.sync(Capture::New).await;
    assert_eq!(home.kept(&login("b", 2)), None);
    let (reply, _) = home.effects.add(None, Some("Again".to_owned())).await.unwrap();
    let Reply::Saved { accounts } = reply else { panic!("{reply:?}") };
    assert_eq!((accounts[0].label.as_str(), accounts[0].new), ("again", true));
    assert_eq!(home.kept(&login("b", 2)), Some(login("b", 2)));
}

#[tokio::test]
async fn on_the_first_start_logins_wait_for_the_person() {
    let home = Home::new();
    home.write(&json!({"openai": login("a", 1)}));
    home.effects.sync(Capture::Nothing).await;
    home.write(&json!({"openai": login("a", 2)}));
    home.effects.sync(Capture::New).await;
    assert_eq!(home.kept(&login("a", 2)), None);
    assert!(home.effects.problems().iter().any(|problem| problem.part == "logins"));
}

#[tokio::test]
async fn after_a_crash_the_file_says_whether_a_switch_happened() {
    let home = Home::with_both().await;
    for (found, expected) in [(login("b", 1), HistoryEvent::Switch), (login("a", 1), HistoryEvent::SwitchFailed)] {
        home.write(&json!({"openai": found}));
        let intent = Intent {
            provider: "openai".into(),
            from: None,
            to: home.effects.book().named(&id(&login("b", 1))).unwrap(),
            cause: "you chose it".to_owned(),
            reason: String::new(),
            words: None,
            fingerprint: Credential::from_json(login("b", 1)).unwrap().fingerprint(),
            at: Noon.now(),
        };
        home.effects.ledger().switches().begin(&intent).unwrap();
        home.effects.recover().unwrap();
        assert_eq!(home.effects.history(None, 1).unwrap()[0].event, expected);
    }
}

#[tokio::test]
async fn a_label_that_is_taken_is_refused_and_a_wrong_one_lists_what_is_there() {
    let home = Home::with_both().await;
    let labels: Vec<String> = home.effects.book().rows().map(|row| row.label.to_string()).collect();
    let refusal = home.effects.rename("openai", &labels[0], &labels[1]).unwrap_err();
    assert!(refusal.message.contains("choose another label"), "{refusal}");
    let refusal = home.effects.rename("openai", "nobody", "x").unwrap_err();
    assert!(labels.iter().all(|label| refusal.message.contains(label.as_str())), "{refusal}");
}

#[tokio::test]
async fn the_beginning_of_a_label_is_enough_when_only_one_has_it() {
    let home = Home::with_both().await;
    for (person, label) in [("a", "anna@example.org"), ("b", "ben@example.org")] {
        home.effects.rename("openai", id(&login(person, 1)).as_str(), label).unwrap();
    }
    let found = |text: &str| home.effects.book().find("openai", text).map(|row| row.label.to_string());
    assert_eq!(found("anna").unwrap(), "anna@example.org");
    home.effects.rename("openai", "ben@example.org", "anna-2").unwrap();
    assert!(found("anna").unwrap_err().message.ends_with("there are: anna-2, anna@example.org"));
}

#[tokio::test]
async fn each_answer_is_held_against_the_account_that_was_active() {
    let home = Home::with_both().await;
    let noon = Noon.now().as_millis();
    // B was seen last at noon; before that nobody knows.
    let folder = home.effects.world.paths.opencode.data_dir.join("storage/message/ses_1");
    std::fs::create_dir_all(&folder).unwrap();
    for (id, at) in [("msg_1", noon - 60_000), ("msg_2", noon + 1), ("msg_3", noon + 2)] {
        let answer = json!({"role": "assistant", "time": {"created": at, "completed": at}, "modelID": "m",
                            "providerID": "openai", "cost": 0.25, "tokens": {"input": 11, "output": 7}});
        std::fs::write(folder.join(format!("{id}.json")), answer.to_string()).unwrap();
    }
    let label = home.effects.book().label(&id(&login("b", 1)));
    for _ in 0..2 {
        let Ok(Reply::Spend { rows, .. }) = home.effects.spend(None, SpendBy::Account) else { panic!("no rows") };
        let rows: Vec<_> = rows.into_iter().map(|row| (row.account, row.answers, row.input, row.output)).collect();
        assert_eq!(rows, [(Some(label.clone()), 2, 22, 14), (None, 1, 11, 7)]);
    }
}

#[tokio::test]
async fn what_was_read_and_told_is_known_at_the_next_start() {
    let home = Home::with_both().await;
    let account = id(&home.file()["openai"]);
    let length = Duration::from_secs(18_000);
    let window = |used_percent| Window { scope: Scope::Account, length, used_percent, resets_at: None };
    let before = |hours: u64, used| Usage {
        read_at: home.effects.now() - Duration::from_secs(hours * 3600),
        windows: vec![window(used)],
        balances: vec![],
    };
    for usage in [before(6, 90.0), before(2, 40.0), before(1, 82.0)] {
        home.effects.ledger().usage_samples().insert(&account, &usage).unwrap();
    }
    let memory =
        AlertMemory { window: window(0.0).id(), ends_at: home.effects.now(), peak_percent: 82.0, spent: false };
    home.effects.record(&Record::Alerted { account: account.clone(), memory: memory.clone() });
    let inputs = home.effects.first_inputs().unwrap();
    assert!(inputs.contains(&Input::AlertKept { account: account.clone(), memory }), "{inputs:?}");
    let samples = inputs.iter().find_map(|input| {
        let Input::SamplesKept { account: whose, samples } = input else { return None };
        (*whose == account).then_some(samples)
    });
    let used: Vec<f64> = samples.unwrap().iter().map(|sample| sample.window.used_percent).collect();
    assert_eq!(used, [40.0, 82.0]);
}
