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

/// With OAuth in use and the default strategy.
fn question() -> Question<'static> {
    Question {
        now: at(100.0),
        strategy: crate::Strategy::MostRemaining,
        kind: Some(CredentialKind::OAuth),
        active: None,
        model: None,
        others: &[],
        bar: Bar::Usable,
    }
}

fn candidates(entries: &[Entry]) -> Vec<Candidate<'_>> {
    entries
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
        .collect()
}

/// The winner, and why each other one lost.
fn check(entries: &[Entry], winner: Option<&str>, passed_over: &[PassedOver]) {
    let choice = choose(&candidates(entries), &question());
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

#[test]
fn what_the_person_set_comes_before_what_happened() {
    let with = |name: &str, used: f64, change: fn(&mut AccountRules)| {
        let mut entry = entry(name, Some(used));
        change(&mut entry.rules);
        entry
    };
    let by_hand = with("a", 0.0, |rules| rules.role = Role::OnlyByHand);
    check(&[by_hand.clone(), entry("b", Some(99.0))], Some("b"), &[PassedOver::ByHandOnly]);
    check(&[by_hand], None, &[PassedOver::ByHandOnly]);
    let last = with("a", 0.0, |rules| rules.role = Role::LastResort);
    check(&[last.clone(), entry("b", Some(99.0))], Some("b"), &[PassedOver::LastResort]);
    check(&[last, entry("b", Some(100.0))], Some("a"), &[PassedOver::Spent("5h".to_owned())]);
    let second = with("b", 0.0, |rules| rules.priority = -1);
    check(&[entry("a", None), second], Some("a"), &[PassedOver::LowerPriority]);
    let first = with("a", 99.0, |rules| rules.priority = 1);
    check(&[first, entry("b", Some(0.0))], Some("a"), &[PassedOver::LowerPriority]);
}

#[test]
fn a_reserve_is_kept_for_the_person_and_only_what_is_above_it_counts() {
    let with = |name: &str, used: f64, reserve_percent: f64| {
        let rules = AccountRules { reserve_percent, ..AccountRules::default() };
        Entry { rules, ..entry(name, Some(used)) }
    };
    let kept = PassedOver::WithinReserve { headroom: 20.0, reserve: 20.0 };
    check(&[with("a", 80.0, 20.0)], None, std::slice::from_ref(&kept));
    check(&[with("a", 80.0, 20.0), entry("b", Some(99.0))], Some("b"), &[kept]);
    check(&[with("a", 50.0, 40.0), entry("b", Some(80.0))], Some("b"), &[PassedOver::LessLeft { headroom: 50.0 }]);
    let unknown = Entry { rules: with("a", 0.0, 20.0).rules, ..entry("a", None) };
    check(&[unknown], Some("a"), &[]);
}

#[test]
fn a_percent_of_a_larger_plan_counts_more() {
    let rules = AccountRules { weight: 5.0, ..AccountRules::default() };
    let large = Entry { rules, ..entry("a", Some(85.0)) };
    check(&[large, entry("b", Some(40.0))], Some("a"), &[PassedOver::LessLeft { headroom: 60.0 }]);
}

#[test]
fn models_keep_an_account_out_or_behind() {
    let rules = AccountRules { models: vec!["gpt-5*".to_owned()], ..AccountRules::default() };
    let entries = [Entry { rules, ..entry("a", Some(0.0)) }, entry("b", Some(90.0))];
    let check = |model: Option<&'static str>, winner: &str, loser: PassedOver| {
        let choice = choose(&candidates(&entries), &Question { model, ..question() });
        assert_eq!((choice.winner, &choice.passed_over[0].1), (Some(id(winner)), &loser), "{model:?}");
    };
    check(Some("gpt-5.5"), "a", PassedOver::LessLeft { headroom: 10.0 });
    check(Some("o3"), "b", PassedOver::ModelNotAllowed("o3".to_owned()));
    check(None, "b", PassedOver::ModelUnknown);
}

/// Sorts by one criterion after the other, the least important first.
fn reference(entries: &[Entry], question: &Question<'_>) -> Option<AccountId> {
    let now = question.now;
    let left = |entry: &Entry, scope: fn(&Scope) -> bool| -> Option<f64> {
        let windows = &entry.account.usage.as_ref()?.windows;
        windows.iter().filter(|window| scope(&window.scope)).map(|window| 100.0 - window.used_percent).reduce(f64::min)
    };
    let governing = |entry: &Entry| left(entry, |scope| *scope == Scope::Account);
    let models = |entry: &Entry| left(entry, |scope| *scope != Scope::Account);
    let percent = |left: Option<f64>, otherwise: i64| left.map_or(otherwise, |left| (left * 10.0) as i64);
    let above_reserve =
        |entry: &Entry| governing(entry).map_or(0.0, |left| (left - entry.rules.reserve_percent) * entry.rules.weight);
    let resets = |entry: &Entry, longest: bool| -> i64 {
        let windows = entry.account.usage.iter().flat_map(|usage| usage.governing());
        let ends = windows.map(|window| (window.length, window.resets_at.unwrap_or(at(f64::from(u32::MAX)))));
        let end = if longest { ends.max().map(|(_, end)| end) } else { ends.map(|(_, end)| end).min() };
        end.map_or(i64::MAX, |end| end.as_millis() / 600_000)
    };
    let mut usable: Vec<&Entry> = entries
        .iter()
        .filter(|entry| entry.out.is_none() && entry.account.standing(now) == Standing::Ready)
        .filter(|entry| entry.rules.role != Role::OnlyByHand)
        .filter(|entry| question.model.is_none_or(|model| entry.rules.allows(model)))
        .filter(|entry| governing(entry).is_none_or(|left| left > entry.rules.reserve_percent))
        .collect();
    usable.sort_by_key(|entry| entry.account.label.clone());
    match question.strategy {
        crate::Strategy::MostRemaining => {
            usable.sort_by_key(|entry| entry.last_limited);
            usable.sort_by_key(|entry| Reverse(percent(models(entry), 1000)));
            usable.sort_by_key(|entry| Reverse(percent(Some(above_reserve(entry)), 0)));
            usable.sort_by_key(|entry| governing(entry).is_some() && !entry.figures_hold);
            usable.sort_by_key(|entry| governing(entry).is_none());
        }
        crate::Strategy::Sticky => {
            usable.sort_by_key(|entry| question.active.is_some_and(|active| entry.account.label <= *active));
            usable.sort_by_key(|entry| !entry.lasts_a_turn);
        }
        crate::Strategy::RoundRobin => {
            usable.sort_by_key(|entry| question.active.is_some_and(|active| entry.account.label <= *active));
            usable.sort_by_key(|entry| entry.last_active);
            usable.sort_by_key(|entry| !entry.lasts_a_turn);
        }
        crate::Strategy::Hybrid => {
            let recovered = |since: Option<Timestamp>| {
                let hours = since.map(|since| now.since(since).as_secs_f64() / 3600.0);
                hours.map_or(1.0, |hours| hours / (hours + 1.0))
            };
            let share = |entry: &Entry| match governing(entry).map(|_| (above_reserve(entry) / 100.0).min(1.0)) {
                Some(share) if entry.figures_hold => share,
                Some(share) => share / 2.0 + 0.25,
                None => 0.5,
            };
            let score = |entry: &Entry| {
                60.0 * share(entry) + 25.0 * recovered(entry.last_limited) + 15.0 * recovered(entry.last_active)
            };
            usable.sort_by_key(|entry| Reverse((score(entry) * 1e10) as i64));
        }
        crate::Strategy::DrainFirst | crate::Strategy::SoonestReset => {
            usable.sort_by_key(|entry| entry.last_limited);
            usable.sort_by_key(|entry| Reverse(percent(Some(above_reserve(entry)), 0)));
            usable.sort_by_key(|entry| resets(entry, false));
            if question.strategy == crate::Strategy::DrainFirst {
                usable.sort_by_key(|entry| resets(entry, true));
            }
            usable.sort_by_key(|entry| !entry.lasts_a_turn);
            usable.sort_by_key(|entry| governing(entry).is_none());
        }
    }
    usable.sort_by_key(|entry| !entry.rules.models.is_empty() && question.model.is_none());
    usable.sort_by_key(|entry| Reverse(entry.rules.priority));
    usable.sort_by_key(|entry| entry.rules.role);
    usable.sort_by_key(|entry| entry.account.credential.kind != CredentialKind::OAuth);
    usable.first().map(|entry| entry.account.id.clone())
}

prop_compose! {
    fn any_rules()(
        priority in prop::sample::select(vec![0, 0, 0, 1, -1]),
        weight in select(vec![1.0, 1.0, 0.5, 20.0]),
        reserve_percent in select(vec![0.0, 0.0, 1.0, 50.0]),
        role in select(vec![Role::Normal, Role::Normal, Role::Normal, Role::LastResort, Role::OnlyByHand]),
        models in select(vec![vec![], vec![], vec!["gpt-5*".to_owned()], vec!["o3".to_owned()]]),
    ) -> AccountRules {
        AccountRules { priority, weight, reserve_percent, role, models }
    }
}

prop_compose! {
    /// Few values each, so that ties are common.
    fn any_entry()(
        used in option::weighted(0.8, select(vec![0.0, 50.0, 99.0, 100.0])),
        resets in select(vec![None, Some(500.0), Some(9000.0)]),
        weekly in option::of((select(vec![0.0, 50.0, 100.0]), select(vec![None, Some(9000.0), Some(90_000.0)]))),
        model in option::of(select(vec![0.0, 80.0, 100.0])),
        figures_hold in any::<bool>(),
        lasts_a_turn in prop::bool::weighted(0.8),
        limited in option::of(0..3_i64),
        active in option::of(0..3_i64),
        tried in prop::bool::weighted(0.1),
        enabled in prop::bool::weighted(0.9),
        needs_login in prop::bool::weighted(0.1),
        rests_until in option::weighted(0.2, select(vec![50.0, 100.0, 101.0])),
        api in prop::bool::weighted(0.2),
        rules in any_rules(),
    ) -> Entry {
        let mut entry = entry("x", used);
        if let Some(usage) = &mut entry.account.usage {
            usage.windows[0].resets_at = resets.map(at);
            let of_week = |(used, resets): (f64, Option<f64>)| {
                Window { resets_at: resets.map(at), ..window(Scope::Account, 168, used) }
            };
            usage.windows.extend(weekly.map(of_week));
            usage.windows.extend(model.map(|used| window(Scope::Model("opus".to_owned()), 168, used)));
        }
        entry.out = tried.then_some(PassedOver::AlreadyTried);
        entry.figures_hold = figures_hold;
        entry.lasts_a_turn = lasts_a_turn;
        entry.last_limited = limited.map(Timestamp::from_secs);
        entry.last_active = active.map(Timestamp::from_secs);
        entry.account.enabled = enabled;
        entry.account.needs_login = needs_login;
        entry.account.cooldown = rests_until.map(|until| Cooldown { until: at(until), cause: LimitCause::UsageLimit });
        if api {
            entry.account.credential.kind = CredentialKind::Api;
        }
        entry.rules = rules;
        entry
    }
}

fn any_strategy() -> impl proptest::strategy::Strategy<Value = crate::Strategy> {
    select(crate::Strategy::ALL.to_vec())
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
    fn the_choice_is_the_reference_s(
        entries in vec(any_entry(), 0..6).prop_map(named).prop_shuffle(),
        strategy in any_strategy(),
        active in select(vec![None, Some("n0"), Some("n2")]),
        model in select(vec![None, Some("gpt-5.5"), Some("o3")]),
    ) {
        let active = active.and_then(Label::normalise);
        let question = Question { strategy, active: active.as_ref(), model, ..question() };
        let choice = choose(&candidates(&entries), &question);
        prop_assert_eq!(choice.winner, reference(&entries, &question));
    }

    #[test]
    fn everybody_else_gets_one_reason_in_the_given_order(
        entries in vec(any_entry(), 0..6).prop_map(named), strategy in any_strategy(),
    ) {
        let choice = choose(&candidates(&entries), &Question { strategy, ..question() });
        let others = entries.iter().map(|entry| entry.account.id.clone()).filter(|id| Some(id) != choice.winner.as_ref());
        let reasons = choice.passed_over.iter().map(|(id, _)| id.clone());
        prop_assert_eq!(reasons.collect::<Vec<_>>(), others.collect::<Vec<_>>());
    }

    #[test]
    fn the_order_of_the_accounts_does_not_matter(
        entries in vec(any_entry(), 0..6).prop_map(named).prop_shuffle(), strategy in any_strategy(),
    ) {
        let question = Question { strategy, ..question() };
        let mut turned = entries.clone();
        turned.reverse();
        let (one, other) = (choose(&candidates(&entries), &question), choose(&candidates(&turned), &question));
        prop_assert_eq!(one.winner, other.winner);
    }
}
