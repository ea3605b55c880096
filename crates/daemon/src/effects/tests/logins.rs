//! A login that OpenCode makes in a folder of its own: saved, told apart, and never at the cost of another one.

use engine::Standing;

use super::*;
use crate::control::{ErrorCode, SavedAccount};
use crate::effects::Halfway;
use crate::login::Login;

#[tokio::test]
async fn a_second_login_is_saved_and_the_one_in_use_stays_untouched() {
    let home = Home::with_both().await;
    let saved = home.log_in(&login("c", 1), Some("spare")).await;
    assert_eq!(saved, ("spare".to_owned(), true));
    assert_eq!(home.file(), json!({"openai": login("b", 1)}));
    assert_eq!(home.kept(&login("c", 1)), Some(login("c", 1)));
    assert!(!home.effects.world.paths.login_dir.exists(), "whoever brought it may have gone");
}

#[tokio::test]
async fn the_same_account_again_gets_its_new_tokens_in_opencode_too() {
    let home = Home::with_both().await;
    // Logins don't all last equally long: the newest may end first.
    let again = login("b", -5);
    let (_, new) = home.log_in(&again, None).await;
    assert!(!new);
    assert_eq!(home.file(), json!({"openai": again}));
    assert_eq!(home.kept(&again), Some(again.clone()));
    home.effects.sync(Capture::New).await;
    assert_eq!(home.kept(&again), Some(again));
}

#[tokio::test]
async fn a_parked_account_gets_its_new_tokens_and_stays_parked() {
    let home = Home::with_both().await;
    let (_, new) = home.log_in(&login("a", 2), Some("first")).await;
    assert!(!new);
    assert_eq!(home.file(), json!({"openai": login("b", 1)}));
    assert_eq!(home.kept(&login("a", 2)), Some(login("a", 2)));
    assert_eq!(home.effects.book().label(&id(&login("a", 1))), "first");
}

#[tokio::test]
async fn a_login_that_names_nobody_mends_the_account_that_the_person_names() {
    let home = Home::new();
    let nameless = |turn: u32| json!({"type": "oauth", "refresh": format!("gho-{turn}"), "access": "x", "expires": 0});
    home.write(&json!({"gitlab": nameless(1)}));
    home.effects.sync(Capture::New).await;
    let account = home.effects.book().rows().next().unwrap().id.clone();
    home.effects.rename("gitlab", account.as_str(), "work").unwrap();
    home.effects.book().set_standing(&home.effects.ledger(), &account, Standing::NeedsLogin).unwrap();

    home.brought(&json!({"gitlab": nameless(2)}));
    let (reply, _) = home.effects.save_login(Some("work".to_owned())).await.unwrap();
    let expected = SavedAccount { provider: "gitlab".to_owned(), label: "work".to_owned(), new: false };
    assert_eq!(reply, Reply::Saved { accounts: vec![expected] });
    assert_eq!(home.file(), json!({"gitlab": nameless(2)}), "OpenCode had the dead one");
    home.effects.sync(Capture::New).await;
    assert_eq!(home.effects.book().rows().count(), 1);
}

#[tokio::test]
async fn a_new_key_takes_the_place_of_the_rejected_one_that_the_person_names() {
    let home = Home::new();
    home.effects.add_key("zai", "key-1", Some("work".to_owned())).await.unwrap();
    let account = home.effects.book().rows().next().unwrap().id.clone();
    home.effects.book().set_standing(&home.effects.ledger(), &account, Standing::NeedsLogin).unwrap();
    home.write(&json!({"zai": {"type": "api", "key": "key-1"}}));

    home.effects.add_key("zai", "key-2", Some("work".to_owned())).await.unwrap();
    assert_eq!(home.file()["zai"]["key"], "key-2");
    home.effects.add_key("zai", "key-3", Some("work".to_owned())).await.unwrap();
    let labels: Vec<String> = home.effects.book().rows().map(|row| row.label.to_string()).collect();
    assert_eq!(labels.len(), 2, "{labels:?}");
    assert_eq!(home.file()["zai"]["key"], "key-2", "an account that works keeps its key");
}

#[tokio::test]
async fn a_login_that_brought_nothing_changes_nothing() {
    let home = Home::with_both().await;
    let before = home.file();
    assert_eq!(home.effects.save_login(None).await.unwrap_err().failure.message, "OpenCode's login brought nothing");
    assert_eq!(home.file(), before);
}

#[tokio::test]
async fn a_login_that_the_keychain_refuses_is_kept_and_saved_at_the_next_start() {
    let home = Home::with_both().await;
    home.brought(&json!({"openai": login("c", 1)}));
    home.vault.refuses.store(true, Ordering::SeqCst);
    let refusal = home.effects.save_login(None).await.unwrap_err().failure;
    assert_eq!(refusal.code, ErrorCode::KeychainUnavailable);
    assert_eq!(home.effects.save_kept().await, [], "it refuses still");
    let problem = home.effects.problems().into_iter().find(|problem| problem.part == "login").unwrap();
    assert!(problem.message.ends_with("the keychain is locked: unlock it and try again"), "{problem:?}");
    assert!(problem.message_words.is_some() && problem.remedy_words.is_some(), "in other languages too: {problem:?}");

    home.vault.refuses.store(false, Ordering::SeqCst);
    let inputs = home.effects.save_kept().await;
    heard(&inputs, &id(&login("c", 1)));
    assert!(inputs.contains(&Input::LoginSaved(id(&login("c", 1)))), "the person isn't there to be answered");
    assert_eq!(home.kept(&login("c", 1)), Some(login("c", 1)));
    assert_eq!(home.file(), json!({"openai": login("b", 1)}));
    assert!(!home.effects.world.paths.login_dir.exists(), "nothing stays");
    assert_eq!(home.effects.problems(), []);
}

#[tokio::test]
async fn a_login_under_way_is_left_to_its_own_command() {
    let home = Home::with_both().await;
    let under_way = Login::begin(&home.effects.world.paths).unwrap();
    home.brought(&json!({"openai": login("c", 1)}));
    assert_eq!(home.effects.save_kept().await, []);
    assert_eq!((home.kept(&login("c", 1)), under_way.unsaved().unwrap()), (None, vec!["openai".to_owned()]));

    home.effects.save_login(None).await.unwrap();
    assert!(under_way.unsaved().unwrap().is_empty(), "no secret stays once it is saved");
    assert!(home.effects.world.paths.login_dir.exists(), "the command removes its folder itself");
}

#[tokio::test]
async fn a_login_that_was_kept_costs_no_newer_tokens_and_mends_an_account_that_needs_it() {
    let home = Home::with_both().await;
    home.brought(&json!({"openai": login("b", -5)}));
    home.effects.save_kept().await;
    assert_eq!((home.kept(&login("b", 1)), home.file()), (Some(login("b", 1)), json!({"openai": login("b", 1)})));
    assert!(!home.effects.world.paths.login_dir.exists());

    let account = id(&login("b", 1));
    home.effects.book().set_standing(&home.effects.ledger(), &account, Standing::NeedsLogin).unwrap();
    home.brought(&json!({"openai": login("b", -5)}));
    home.effects.save_kept().await;
    assert_eq!((home.kept(&login("b", 1)), home.file()), (Some(login("b", -5)), json!({"openai": login("b", -5)})));
}

#[tokio::test]
async fn what_was_saved_is_heard_of_also_when_the_next_one_is_refused() {
    let home = Home::new();
    home.write(&json!({"openai": login("a", 1), "zai": {"type": "api", "key": "z"}}));
    home.vault.takes_only(1);
    let Halfway { failure, inputs } = home.effects.add(None, None).await.unwrap_err();
    assert_eq!(failure.code, ErrorCode::KeychainUnavailable);
    heard(&inputs, &id(&login("a", 1)));

    let home = Home::new();
    home.brought(&json!({"openai": login("a", 1), "zai": {"type": "api", "key": "z"}}));
    home.vault.takes_only(1);
    heard(&home.effects.save_login(None).await.unwrap_err().inputs, &id(&login("a", 1)));
}

#[track_caller]
fn heard(inputs: &[Input], account: &AccountId) {
    let known = |input: &Input| matches!(input, Input::AccountKnown(known) if known.id == *account);
    assert!(inputs.iter().any(known), "{inputs:?}");
}

#[tokio::test]
async fn labels_say_who_and_where_that_is_not_enough_on_which_plan() {
    let home = Home::new();
    let check = async |entry: Value, expected: &str| assert_eq!(home.log_in(&entry, None).await.0, expected);
    let named = |workspace: &str, plan: &str, email: Option<&str>| {
        let claims = json!({
            "https://api.openai.com/auth": {"chatgpt_account_id": workspace, "chatgpt_user_id": "u", "chatgpt_plan_type": plan},
            "https://api.openai.com/profile": {"email": email},
        });
        let access = crate::providers::unsigned(&claims);
        json!({"type": "oauth", "refresh": workspace, "access": access, "expires": 0, "accountId": workspace})
    };
    check(named("ws-1", "plus", Some("Anna@example.org")), "anna@example.org").await;
    check(named("ws-2", "team", Some("Anna@example.org")), "anna@example.org-team").await;
    check(named("ws-3", "team", Some("Anna@example.org")), "anna@example.org-team-2").await;
    check(named("ws-4", "pro", None), "pro").await;
    check(login("x", 1), "openai").await;
    check(login("y", 1), "openai-2").await;
}

impl Home {
    /// What OpenCode's login left in its folder.
    fn brought(&self, entries: &Value) {
        let folder = self.effects.world.paths.login_dir.join("opencode");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("auth.json"), entries.to_string()).unwrap();
    }

    async fn log_in(&self, entry: &Value, label: Option<&str>) -> (String, bool) {
        self.brought(&json!({"openai": entry}));
        let (reply, _) = self.effects.save_login(label.map(str::to_owned)).await.unwrap();
        let Reply::Saved { accounts } = reply else { panic!("{reply:?}") };
        let [SavedAccount { label, new, .. }] = &accounts[..] else { panic!("{accounts:?}") };
        (label.clone(), *new)
    }
}
