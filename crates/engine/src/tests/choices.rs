use std::cmp::Reverse;
use std::time::Duration;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::Strategy;

use super::world::{account, at, id};
use crate::choice::{Bar, Candidate, Question, choose};
use crate::*;

/// An account that the stories below change one thing of.
#[derive(Clone, Debug)]
struct Entry {
    account: Account,
    out: Option<PassedOver>,
    figures_hold: bool,
    last_limited: Option<Timestamp>,
    rules: AccountRules,
    last_active: Option<Timestamp>,
    lasts_a_turn: bool,
}

fn entry(name: &str, used: Option<f64>) -> Entry {
    let usage =
        used.map(|used| Usage { read_at: at(0.0), windows: vec![window(Scope::Account, 5, used)], balances: vec![] });
    Entry {
        account: Account { usage, ..account(name) },
        out: None,
        figures_hold: true,
        last_limited: None,
        rules: AccountRules::default(),
        last_active: None,
        lasts_a_turn: true,
    }
}

fn window(scope: Scope, hours: u64, used_percent: f64) -> Window {
    Window { scope, length: Duration::from_secs(hours * 3600), used_percent, resets_at: Some(at(9000.0)) }
}

fn question() -> Question<'static> {
    Question {
        now: at(100.0),
        strategy: crate::Strategy::MostRemaining,
        kind: Some(CredentialKind::OAuth),
        active: None,
        model: None,
        bar: Bar::Usable,
    }
}

fn chosen(entries: &[Entry]) -> Choice {
    let candidates: Vec<Candidate<'_>> = entries
        .iter()
        .map(|entry| Candidate {
            account: &entry.account,
            out: entry.out.clone(),
            figures_hold: entry.figures_hold,
            last_limited: entry.last_limited,
            rules: &entry.rules,
            last_active: entry.last_active,
            lasts_a_turn: entry.lasts_a_turn,
        })
        .collect();
    choose(&candidates, &question())
}

/// The winner, and why each other one lost.
fn check(entries: &[Entry], winner: Option<&str>, passed_over: &[PassedOver]) {
    let choice = chosen(entries);
    let reasons: Vec<PassedOver> = choice.passed_over.iter().map(|(_, reason)| reason.clone()).collect();
    assert_eq!(choice.winner, winner.map(id));
    assert_eq!(reasons, passed_over);
}

#[test]
fn an_account_whose_balance_is_spent_is_never_chosen() {
    let paid = |name: &str, left: f64| {
        let mut paid = entry(name, None);
        let balances = vec![Balance { left, of: None, unit: "USD".to_owned() }];
        paid.account.usage = Some(Usage { read_at: at(0.0), windows: vec![], balances });
        paid
    };
    let spent = PassedOver::BalanceSpent("USD".to_owned());
    check(&[paid("a", 0.0), paid("b", -1.0)], None, &[spent.clone(), spent.clone()]);
    check(&[paid("a", 0.0), paid("b", 0.1)], Some("b"), std::slice::from_ref(&spent));
    check(&[paid("a", 0.0), entry("b", Some(99.0))], Some("b"), &[spent]);
}

#[test]
fn most_left_in_the_scarcest_governing_window_wins() {
    let mut uneven = entry("b", Some(10.0));
    uneven.account.usage.as_mut().unwrap().windows.push(window(Scope::Account, 168, 95.0));
    check(&[entry("a", Some(80.0)), uneven], Some("a"), &[PassedOver::LessLeft { headroom: 5.0 }]);
}

#[test]
fn windows_of_single_models_only_break_ties() {
    let with_model = |name, used, model_used| {
        let mut entry = entry(name, Some(used));
        let windows = &mut entry.account.usage.as_mut().unwrap().windows;
        windows.push(window(Scope::Model("opus".to_owned()), 168, model_used));
        entry
    };
    let tie = [with_model("a", 50.0, 90.0), with_model("b", 50.0, 20.0)];
    check(&tie, Some("b"), &[PassedOver::LessLeft { headroom: 50.0 }]);
    let no_tie = [with_model("a", 49.0, 100.0), with_model("b", 50.0, 0.0)];
    check(&no_tie, Some("a"), &[PassedOver::LessLeft { headroom: 50.0 }]);
}

#[test]
fn nothing_left_is_never_enough_and_a_little_is() {
    check(&[entry("a", Some(100.0)), entry("b", Some(99.9))], Some("b"), &[PassedOver::Spent("5h".to_owned())]);
    check(&[entry("a", Some(100.0))], None, &[PassedOver::Spent("5h".to_owned())]);
}

#[test]
fn unknown_ranks_below_known_and_above_spent() {
    check(&[entry("a", None), entry("b", Some(99.0))], Some("b"), &[PassedOver::Unknown]);
    check(&[entry("a", None), entry("b", Some(100.0))], Some("a"), &[PassedOver::Spent("5h".to_owned())]);
    let old = Entry { figures_hold: false, ..entry("a", Some(0.0)) };
    check(&[old, entry("b", Some(99.0))], Some("b"), &[PassedOver::Unknown]);
}

#[test]
fn equals_are_told_apart_by_their_last_limit_and_their_label() {
    let limited = |name, second| Entry { last_limited: Some(at(second)), ..entry(name, None) };
    check(&[limited("a", 50.0), limited("b", 40.0)], Some("b"), &[PassedOver::Equal]);
    check(&[limited("a", 50.0), entry("b", None)], Some("b"), &[PassedOver::Equal]);
    check(&[entry("b", None), entry("a", None)], Some("a"), &[PassedOver::Equal]);
}

#[test]
fn an_account_that_needs_a_restart_comes_last() {
    let mut key = entry("a", None);
    key.account.credential.kind = CredentialKind::Api;
    check(&[key.clone(), entry("b", Some(99.0))], Some("b"), &[PassedOver::OtherKind]);
    check(&[key, entry("b", Some(100.0))], Some("a"), &[PassedOver::Spent("5h".to_owned())]);
}

#[test]
fn who_cannot_be_used_is_passed_over_with_the_reason() {
    let cooldown = Cooldown { until: at(500.0), cause: LimitCause::Billing };
    let mut entries: Vec<Entry> = ["a", "b", "c", "d", "e"].map(|name| entry(name, Some(0.0))).into();
    entries[0].out = Some(PassedOver::Active);
    entries[1].out = Some(PassedOver::AlreadyTried);
    entries[2].account.enabled = false;
    entries[3].account.needs_login = true;
    entries[4].account.cooldown = Some(cooldown);
    let reasons = [
        PassedOver::Active,
        PassedOver::AlreadyTried,
        PassedOver::Disabled,
        PassedOver::NeedsLogin,
        PassedOver::CoolingDown(cooldown),
    ];
    check(&entries, None, &reasons);
}

/// Sorts by one criterion after the other, the least important first.
fn reference(entries: &[Entry], now: Timestamp) -> Option<AccountId> {
    let left = |entry: &Entry, scope: fn(&Scope) -> bool| -> Option<f64> {
        let windows = &entry.account.usage.as_ref()?.windows;
        windows.iter().filter(|window| scope(&window.scope)).map(|window| 100.0 - window.used_percent).reduce(f64::min)
    };
    let governing = |entry: &Entry| left(entry, |scope| *scope == Scope::Account);
    let models = |entry: &Entry| left(entry, |scope| *scope != Scope::Account);
    let percent = |left: Option<f64>, otherwise: i64| left.map_or(otherwise, |left| left as i64);
    let mut usable: Vec<&Entry> = entries
        .iter()
        .filter(|entry| entry.out.is_none() && entry.account.standing(now) == Standing::Ready)
        .filter(|entry| governing(entry) != Some(0.0))
        .collect();
    usable.sort_by_key(|entry| entry.account.label.clone());
    usable.sort_by_key(|entry| entry.last_limited);
    usable.sort_by_key(|entry| Reverse(percent(models(entry), 100)));
    usable.sort_by_key(|entry| Reverse(percent(governing(entry), -1)));
    usable.sort_by_key(|entry| governing(entry).is_some() && !entry.figures_hold);
    usable.sort_by_key(|entry| governing(entry).is_none());
    usable.sort_by_key(|entry| entry.account.credential.kind != CredentialKind::OAuth);
    usable.first().map(|entry| entry.account.id.clone())
}

prop_compose! {
    /// Few values each, so that ties are common.
    fn any_entry()(
        used in option::weighted(0.8, select(vec![0.0, 50.0, 99.0, 100.0])),
        weekly in option::of(select(vec![0.0, 50.0, 100.0])),
        model in option::of(select(vec![0.0, 80.0, 100.0])),
        figures_hold in any::<bool>(),
        limited in option::of(0..3_i64),
        tried in prop::bool::weighted(0.1),
        enabled in prop::bool::weighted(0.9),
        needs_login in prop::bool::weighted(0.1),
        rests_until in option::weighted(0.2, select(vec![50.0, 100.0, 101.0])),
        api in prop::bool::weighted(0.2),
    ) -> Entry {
        let mut entry = entry("x", used);
        if let Some(usage) = &mut entry.account.usage {
            usage.windows.extend(weekly.map(|used| window(Scope::Account, 168, used)));
            usage.windows.extend(model.map(|used| window(Scope::Model("opus".to_owned()), 168, used)));
        }
        entry.out = tried.then_some(PassedOver::AlreadyTried);
        entry.figures_hold = figures_hold;
        entry.last_limited = limited.map(Timestamp::from_secs);
        entry.account.enabled = enabled;
        entry.account.needs_login = needs_login;
        entry.account.cooldown = rests_until.map(|until| Cooldown { until: at(until), cause: LimitCause::UsageLimit });
        if api {
            entry.account.credential.kind = CredentialKind::Api;
        }
        entry
    }
}

fn named(mut entries: Vec<Entry>) -> Vec<Entry> {
    for (index, entry) in entries.iter_mut().enumerate() {
        let name = format!("n{index}");
        entry.account.id = id(&name);
        entry.account.label = Label::normalise(&name).unwrap();
    }
    entries
}

proptest! {
    #[test]
    fn the_choice_is_the_reference_s(entries in vec(any_entry(), 0..6).prop_map(named).prop_shuffle()) {
        prop_assert_eq!(chosen(&entries).winner, reference(&entries, at(100.0)));
    }

    #[test]
    fn everybody_else_gets_one_reason_in_the_given_order(entries in vec(any_entry(), 0..6).prop_map(named)) {
        let choice = chosen(&entries);
        let others = entries.iter().map(|entry| entry.account.id.clone()).filter(|id| Some(id) != choice.winner.as_ref());
        let reasons = choice.passed_over.iter().map(|(id, _)| id.clone());
        prop_assert_eq!(reasons.collect::<Vec<_>>(), others.collect::<Vec<_>>());
    }
}
