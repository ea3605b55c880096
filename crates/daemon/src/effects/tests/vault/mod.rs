//! Credentials that move from one vault to the other: none is lost, whatever fails or dies when.

mod machine;

use machine::Machine;

use super::*;
use crate::control::{self, ErrorCode, Failure, VaultView};

const FILE: control::VaultStore = control::VaultStore::File;
const KEYCHAIN: control::VaultStore = control::VaultStore::Keychain;

async fn moved(effects: &Effects, to: control::VaultStore) -> Result<VaultView, Failure> {
    let (reply, _) = effects.vault(Some(to)).await.map_err(|halfway| *halfway.failure)?;
    let Reply::Vault { vault } = reply else { panic!("where they are") };
    Ok(vault)
}

/// What the one problem says, and what to do about it.
#[track_caller]
fn problem(effects: &Effects) -> (String, String) {
    let problems = effects.problems();
    let [problem] = &problems[..] else { panic!("{problems:?}") };
    assert!(problem.message_words.is_some() && problem.remedy_words.is_some(), "in other languages too: {problem:?}");
    (problem.message.clone(), problem.remedy.clone().unwrap())
}

#[tokio::test]
async fn a_move_takes_everything_along_and_leaves_nothing_behind() {
    let (mut machine, mut effects) = Machine::new().await;
    for to in [FILE, FILE, KEYCHAIN, FILE] {
        let vault = moved(&effects, to).await.unwrap();
        assert_eq!((vault.store, vault.file.is_some(), &vault.note), (to, to == FILE, &None));
        machine.all_is_in_its_place(&effects, "at once");
        effects = machine.restart(effects).await;
        machine.all_is_in_its_place(&effects, "after a restart");
    }
    assert_eq!(effects.world.vaults.store(), VaultStore::File);
}

#[tokio::test]
async fn tokens_that_the_keychain_did_not_take_come_along() {
    let (machine, effects) = Machine::new().await;
    let renewed = Credential::from_json(login("a", 2)).unwrap();
    effects.unsaved.lock().unwrap().insert(id(&login("a", 1)), renewed.clone());
    moved(&effects, FILE).await.unwrap();
    assert_eq!(machine.file.inner.load(&id(&login("a", 1))), Ok(Some(renewed)));
    assert!(!effects.has_unsaved());
}

#[tokio::test]
async fn a_vault_that_fails_on_the_way_changes_nothing_or_is_cleared_later() {
    for calls in 0.. {
        let (mut machine, effects) = Machine::new().await;
        machine.fuse.fails.store(true, Ordering::SeqCst);
        machine.fuse.set(Some(calls));
        let outcome = moved(&effects, FILE).await;
        let case = format!("failed after {calls} calls: {outcome:?}");
        match outcome {
            Ok(vault) if vault.note.is_none() => {
                assert!(calls > 8, "{case}");
                return;
            }
            // It was only the clearing that failed.
            Ok(vault) => assert_eq!((vault.store, effects.world.vaults.store()), (FILE, VaultStore::File), "{case}"),
            Err(failure) => {
                assert_eq!(failure.code, ErrorCode::KeychainUnavailable, "{case}");
                assert_eq!(effects.world.vaults.store(), VaultStore::Keychain, "{case}");
                assert!(machine.settings().contains("\"keychain\""), "{case}");
                assert_eq!(machine.held(&machine.keychain, &effects).len(), 2, "{case}");
            }
        }
        let effects = machine.restart(effects).await;
        machine.all_is_in_its_place(&effects, &case);
    }
}

#[tokio::test]
async fn whatever_dies_when_the_next_start_finds_everything() {
    for calls in 0.. {
        let (mut machine, effects) = Machine::new().await;
        machine.fuse.set(Some(calls));
        tokio::select! {
            outcome = moved(&effects, FILE) => {
                outcome.unwrap();
                assert!(calls > 8, "{calls} calls move two credentials?");
                return;
            }
            () = machine.fuse.died.notified() => {}
        }
        machine.end(effects);
        // The next starts die, too, each a call later.
        for survived in 0.. {
            let case = format!("dead after {calls} calls, and {survived} at the next start");
            machine.fuse.set(Some(survived));
            let effects = machine.boot();
            let died = tokio::select! {
                settled = effects.settle_vault() => {
                    settled.unwrap();
                    false
                }
                () = machine.fuse.died.notified() => true,
            };
            if !died {
                machine.all_is_in_its_place(&effects, &case);
                break;
            }
            machine.end(effects);
        }
    }
}

#[tokio::test]
async fn dead_between_settings_and_ledger_is_finished_at_the_next_start() {
    let (mut machine, effects) = Machine::new().await;
    moved(&effects, FILE).await.unwrap();
    // As it is then: both have all, the settings name the file, the ledger still the keychain.
    for row in [login("a", 1), json!({"type": "api", "key": "z"})] {
        let credential = Credential::from_json(row).unwrap();
        let ids: Vec<AccountId> = effects.book().rows().map(|row| row.id.clone()).collect();
        let id = ids.iter().find(|id| machine.file.inner.load(id) == Ok(Some(credential.clone()))).unwrap();
        machine.keychain.inner.save(id, &credential).unwrap();
    }
    effects.ledger().state().set_vault("keychain", true).unwrap();
    let effects = machine.restart(effects).await;
    assert_eq!(effects.world.vaults.store(), VaultStore::File);
    machine.all_is_in_its_place(&effects, "after the start");
}

#[tokio::test]
async fn a_keychain_that_is_missing_is_refused_as_a_place_and_changes_nothing() {
    let (machine, effects) = Machine::new().await;
    moved(&effects, FILE).await.unwrap();
    machine.keychain.gone.store(true, Ordering::SeqCst);
    let failure = moved(&effects, KEYCHAIN).await.unwrap_err();
    assert_eq!((failure.code, failure.message.as_str()), (ErrorCode::KeychainUnavailable, "no keychain: gone"));
    machine.all_is_in_its_place(&effects, "refused");
}

#[tokio::test]
async fn a_keychain_that_is_missing_keeps_what_it_holds_and_the_refusal_says_the_way_out() {
    let (machine, effects) = Machine::new().await;
    machine.keychain.gone.store(true, Ordering::SeqCst);
    let failure = moved(&effects, FILE).await.unwrap_err();
    assert_eq!(failure.code, ErrorCode::KeychainUnavailable);
    assert!(failure.message.starts_with("no keychain: gone; what it holds can't be moved."), "{failure}");
    assert_eq!(effects.world.vaults.store(), VaultStore::Keychain);
    assert!(machine.settings().contains("\"keychain\""));
}

#[tokio::test]
async fn an_edit_of_the_settings_counts_at_the_next_start_and_takes_everything_along() {
    let (mut machine, effects) = Machine::new().await;
    machine.edit_settings("# mine\n[vault]\nstore = \"file\" # safe\n");
    effects.read_settings().unwrap();
    assert_eq!(effects.world.vaults.store(), VaultStore::Keychain, "not by itself");
    let (message, remedy) = problem(&effects);
    assert_eq!(message, "the settings name another place for credentials than the system keychain, where they are");
    assert!(remedy.contains("`baton vault file`"), "{remedy}");
    let effects = machine.restart(effects).await;
    assert_eq!(effects.world.vaults.store(), VaultStore::File);
    machine.all_is_in_its_place(&effects, "after the start");
}

#[tokio::test]
async fn an_edit_of_the_settings_is_followed_or_taken_back_at_once_by_asking() {
    for (to, store) in [(FILE, VaultStore::File), (KEYCHAIN, VaultStore::Keychain)] {
        let (machine, effects) = Machine::new().await;
        machine.edit_settings("# mine\n[vault]\nstore = \"file\" # safe\n");
        effects.read_settings().unwrap();
        moved(&effects, to).await.unwrap();
        assert_eq!(effects.world.vaults.store(), store);
        machine.all_is_in_its_place(&effects, "asked");
    }
}

#[tokio::test]
async fn an_edit_that_names_a_missing_keychain_saves_nothing_elsewhere_and_is_taken_back_by_asking() {
    let (mut machine, effects) = Machine::new().await;
    moved(&effects, FILE).await.unwrap();
    machine.edit_settings("# mine\n[vault]\nstore = \"keychain\" # safe\n");
    machine.keychain.gone.store(true, Ordering::SeqCst);
    let effects = machine.restart(effects).await;
    assert_eq!(effects.world.vaults.store(), VaultStore::Keychain, "never silently a file");
    assert_eq!(effects.problems()[0].message, "no keychain: gone");
    assert_eq!(machine.held(&machine.file, &effects).len(), 2);
    let vault = moved(&effects, FILE).await.unwrap();
    assert!(vault.note.is_some(), "nobody can look into the keychain");
    assert_eq!(effects.problems(), vec![]);
    machine.keychain.gone.store(false, Ordering::SeqCst);
    let effects = machine.restart(effects).await;
    machine.all_is_in_its_place(&effects, "taken back");
}

#[tokio::test]
async fn what_a_keychain_that_came_late_got_meanwhile_is_newer_than_what_was_left() {
    for back in [false, true] {
        let (mut machine, effects) = Machine::new().await;
        moved(&effects, FILE).await.unwrap();
        machine.edit_settings("# mine\n[vault]\nstore = \"keychain\" # safe\n");
        machine.keychain.gone.store(true, Ordering::SeqCst);
        let effects = machine.restart(effects).await;
        machine.keychain.gone.store(false, Ordering::SeqCst);
        std::fs::write(effects.auth_file_path(), json!({"openai": login("a", 2)}).to_string()).unwrap();
        effects.sync(Capture::New).await;
        let ids: Vec<AccountId> = effects.book().rows().map(|row| row.id.clone()).collect();
        for id in ids {
            assert!(effects.load(&id).await.unwrap().is_some(), "also what wasn't taken over yet");
        }
        if back {
            machine.edit_settings("# mine\n[vault]\nstore = \"file\" # safe\n");
        }
        let effects = machine.restart(effects).await;
        let (here, there) = if back { (&machine.file, &machine.keychain) } else { (&machine.keychain, &machine.file) };
        assert!(machine.held(here, &effects).contains(&login("a", 2)), "back: {back}");
        assert_eq!((machine.held(here, &effects).len(), machine.held(there, &effects).len()), (2, 0));
        assert_eq!(effects.problems(), vec![]);
    }
}

#[tokio::test]
async fn an_edit_away_from_a_missing_keychain_counts_and_what_it_holds_is_taken_over_once_it_is_back() {
    let (mut machine, effects) = Machine::new().await;
    machine.edit_settings("# mine\n[vault]\nstore = \"file\" # safe\n");
    machine.keychain.gone.store(true, Ordering::SeqCst);
    let effects = machine.restart(effects).await;
    assert_eq!(effects.world.vaults.store(), VaultStore::File);
    let (message, remedy) = problem(&effects);
    assert!(message.contains("zai zai are still in the system keychain, out of reach: no keychain: gone"), "{message}");
    assert!(remedy.contains("`baton login`"), "{remedy}");
    // Meanwhile one of them got new tokens: those are newer than what the keychain holds.
    std::fs::write(effects.auth_file_path(), json!({"openai": login("a", 2)}).to_string()).unwrap();
    effects.sync(Capture::New).await;
    machine.keychain.gone.store(false, Ordering::SeqCst);
    let effects = machine.restart(effects).await;
    assert_eq!(machine.held(&machine.keychain, &effects), Vec::<Value>::new());
    assert_eq!(machine.held(&machine.file, &effects).len(), 2);
    assert!(machine.held(&machine.file, &effects).contains(&login("a", 2)));
    assert_eq!(effects.problems(), vec![]);
}

#[tokio::test]
async fn an_account_that_is_removed_is_removed_from_both_places() {
    let (machine, effects) = Machine::new().await;
    let credential = Credential::from_json(login("a", 1)).unwrap();
    machine.file.inner.save(&id(&login("a", 1)), &credential).unwrap();
    effects.ledger().state().set_vault("keychain", true).unwrap();
    effects.remove("openai", id(&login("a", 1)).as_str()).await.unwrap();
    assert_eq!(machine.file.inner.load(&id(&login("a", 1))), Ok(None));
}
