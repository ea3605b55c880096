//! Each strategy in a story or two: who comes next, and what the losers are told.

use std::time::Duration;

use super::world::*;
use crate::*;

const HOUR: f64 = 3600.0;
const DAY: f64 = 24.0 * HOUR;

/// Percent used, and the reset.
type Figures = (f64, Option<f64>);

/// Accounts with figures of now: those of the five-hour window and those of the week.
fn accounts(figures: &[(&str, Figures, Figures)]) -> Vec<Account> {
    let made = figures
        .iter()
        .map(|(name, five_hours, weekly)| Account { usage: Some(usage(0.0, *five_hours, *weekly)), ..metered(name) });
    made.collect()
}

/// The first account hits its limit: who comes next, and what is said of the others.
fn check(strategy: Strategy, accounts: Vec<Account>, winner: &str, others: &[(&str, PassedOver)]) {
    let mut world = World::of(accounts).policy(|policy| policy.strategy = strategy);
    assert_eq!(world.hit_until("s", 8.0 * DAY), [format!("switch a -> {winner}: limit hit by s")], "{strategy:?}");
    let choice = world.engine.next(world.now, &ProviderId::new(PROVIDER));
    assert_eq!(choice.winner, Some(id(winner)));
    let found: Vec<(&str, PassedOver)> =
        choice.passed_over.iter().map(|(id, why)| (id.as_str(), why.clone())).skip(1).collect();
    assert_eq!(found, others, "{strategy:?}");
}

#[test]
fn most_remaining_takes_the_one_with_most_in_its_scarcest_window() {
    let of = accounts(&[
        ("a", (100.0, None), (0.0, None)),
        ("b", (10.0, None), (70.0, None)),
        ("c", (50.0, None), (50.0, None)),
    ]);
    check(Strategy::MostRemaining, of, "c", &[("b", PassedOver::LessLeft { headroom: 30.0 })]);
}

#[test]
fn sticky_takes_the_next_in_line_whatever_it_has_left() {
    let of = accounts(&[
        ("a", (100.0, None), (0.0, None)),
        ("b", (90.0, None), (0.0, None)),
        ("c", (0.0, None), (0.0, None)),
    ]);
    check(Strategy::Sticky, of, "b", &[("c", PassedOver::LaterInLine)]);
}

#[test]
fn what_does_not_last_a_turn_is_not_worth_a_switch() {
    let of = || {
        accounts(&[
            ("a", (100.0, None), (0.0, None)),
            ("b", (99.5, Some(HOUR)), (0.0, None)),
            ("c", (0.0, None), (0.0, None)),
        ])
    };
    let others = [("b", PassedOver::LessLeft { headroom: 0.5 })];
    for strategy in [Strategy::Sticky, Strategy::RoundRobin, Strategy::DrainFirst, Strategy::SoonestReset] {
        check(strategy, of(), "c", &others);
    }
}

#[test]
fn a_line_begins_after_the_account_in_use_and_starts_again() {
    let mut world = World::named(["a", "b", "c"]).policy(|policy| {
        policy.strategy = Strategy::Sticky;
        policy.flap = None;
    });
    for (time, session, to) in [(0.0, "s", "b"), (100.0, "t", "c"), (400.0, "u", "a"), (700.0, "v", "b")] {
        world.at(time).fail_over(session, time + 200.0, to);
    }
}

#[test]
fn round_robin_takes_the_one_that_was_not_used_for_longest() {
    let mut world = World::named(["a", "b", "c"]).policy(|policy| {
        policy.strategy = Strategy::RoundRobin;
        policy.flap = None;
    });
    world.at(10.0).ask(Ask::Switch(id("c")));
    world.done();
    // Nobody used `b` yet; then `a` was left before `c`, and `b` after both.
    world.at(100.0).fail_over("s", 150.0, "b");
    world.at(200.0).fail_over("t", 250.0, "a");
    world.at(300.0).fail_over("u", 350.0, "c");
    world.at(400.0).hit_until("v", 450.0);
    let choice = world.engine.next(world.now, &ProviderId::new(PROVIDER));
    assert_eq!(choice.passed_over[0], (id("a"), PassedOver::UsedMoreRecently));
}

#[test]
fn hybrid_weighs_health_against_what_is_left() {
    let of = || {
        accounts(&[
            ("a", (100.0, None), (0.0, None)),
            ("b", (30.0, None), (0.0, None)),
            ("c", (40.0, None), (0.0, None)),
        ])
    };
    check(Strategy::Hybrid, of(), "b", &[("c", PassedOver::LowerScore { score: 76.0 })]);
    // Both were active just now, and `b` hit a limit: ten points more don't make up for that.
    let mut world = World::of(of()).policy(|policy| policy.strategy = Strategy::Hybrid);
    world.ask(Ask::Switch(id("b")));
    world.done();
    world.at(1.0).hit_until("s", 2.0);
    world.done();
    assert_eq!(world.active(), Some("c"));
    world.at(3.0).ask(Ask::Switch(id("a")));
    world.done();
    let choice = world.engine.next(world.now, &ProviderId::new(PROVIDER));
    assert_eq!(choice.winner, Some(id("c")));
}

#[test]
fn draining_uses_up_the_week_that_ends_soonest_and_not_the_five_hours() {
    let of = accounts(&[
        ("a", (100.0, None), (0.0, None)),
        ("b", (20.0, Some(HOUR)), (20.0, Some(5.0 * DAY))),
        ("c", (0.0, None), (60.0, Some(DAY))),
        ("d", (0.0, None), (0.0, None)),
    ]);
    let others = [
        ("b", PassedOver::LaterReset { resets_at: Some(at(5.0 * DAY)) }),
        ("d", PassedOver::LaterReset { resets_at: None }),
    ];
    check(Strategy::DrainFirst, of, "c", &others);
    let tie = accounts(&[
        ("a", (100.0, None), (0.0, None)),
        ("b", (0.0, Some(4.0 * HOUR)), (0.0, Some(DAY))),
        ("c", (50.0, Some(HOUR)), (0.0, Some(DAY + 5.0))),
    ]);
    check(Strategy::DrainFirst, tie, "c", &[("b", PassedOver::LaterReset { resets_at: Some(at(4.0 * HOUR)) })]);
}

#[test]
fn soonest_reset_takes_the_one_that_is_whole_again_first() {
    let of = accounts(&[
        ("a", (100.0, None), (0.0, None)),
        ("b", (20.0, Some(HOUR)), (20.0, Some(5.0 * DAY))),
        ("c", (0.0, None), (60.0, Some(DAY))),
    ]);
    let others = [("c", PassedOver::LaterReset { resets_at: Some(at(DAY)) })];
    check(Strategy::SoonestReset, of, "b", &others);
}

#[test]
fn an_account_for_hands_only_is_not_chosen_by_the_next_one_either() {
    let mut world = World::named(["a", "b"]).policy(only_by_hand("b"));
    assert_eq!(world.ask_next(), ["answer 1: no usable account"]);
    assert_eq!(world.at(10.0).hit_until("s", 5000.0), ["tell: nobody left, a is back at 5000"]);
    assert_eq!(world.ask(Ask::Switch(id("b"))), ["switch a -> b: chosen"]);
    world.done();
    // It goes on being used until its limit, and others come after it.
    assert_eq!(world.at(6000.0).hit_until("s", 9000.0), ["switch b -> a: limit hit by s"]);
}

#[test]
fn an_account_for_hands_only_is_not_waited_for() {
    let mut world = World::named(["a", "b"]).policy(only_by_hand("b"));
    world.ask(Ask::Switch(id("b")));
    world.done();
    world.at(10.0).hit_until("s", 1000.0);
    world.done();
    assert_eq!(world.active(), Some("a"));
    assert_eq!(world.at(100.0).hit_until("s", 5000.0), ["tell: nobody left, a is back at 5000"]);
}

#[test]
fn figures_that_call_an_account_reserved_are_read_again_when_they_are_old() {
    let mut world = World::of([metered("a"), metered("b")]).policy(|policy| {
        let reserve = AccountRules { reserve_percent: 30.0, ..AccountRules::default() };
        rule(policy, "b", reserve);
    });
    world.read("b", used(0.0, 75.0));
    assert_eq!(world.at(30.0).hit_until("s", 5000.0), ["tell: nobody left, a is back at 5000"]);
    assert_eq!(world.at(61.0).hit_until("s", 5000.0), ["read b: candidate"]);
    assert_eq!(world.read("b", used(61.0, 60.0)), ["switch a -> b: limit hit by s"]);
}

#[test]
fn a_provider_that_is_switched_off_is_left_to_hands() {
    let mut world = World::named(["a", "b"]).policy(|policy| {
        let off = ProviderRules { enabled: false, ..ProviderRules::default() };
        policy.providers.insert(ProviderId::new(PROVIDER), off);
    });
    assert!(world.engine.failover_on());
    assert_eq!(world.at(10.0).hit_until("s", 5000.0), ["tell: held back, off"]);
    assert_eq!(world.held_back(), Some(HeldBack::Off));
    assert_eq!(world.ask_next(), ["switch a -> b: next asked"]);
}

fn only_by_hand(name: &'static str) -> impl FnOnce(&mut Policy) {
    move |policy| rule(policy, name, AccountRules { role: Role::OnlyByHand, ..AccountRules::default() })
}

/// Sets rules for an account.
pub(super) fn rule(policy: &mut Policy, name: &str, rules: AccountRules) {
    let provider = policy.providers.entry(ProviderId::new(PROVIDER)).or_default();
    provider.accounts.insert(Label::normalise(name).unwrap(), rules);
}

#[test]
fn the_model_of_the_limit_is_what_the_next_account_is_chosen_for() {
    let mut world = World::named(["a", "b", "c"]).policy(|policy| {
        rule(policy, "b", AccountRules { models: vec!["gpt-5*".to_owned()], ..AccountRules::default() });
    });
    let hit = |model: &str| {
        Input::LimitHit(LimitHit {
            session: None,
            provider: ProviderId::new(PROVIDER),
            model: Some(model.to_owned()),
            at: at(0.0),
            until: Some(at(0.0) + Duration::from_secs(900)),
            cause: LimitCause::UsageLimit,
            reach: Reach::Account,
        })
    };
    assert_eq!(world.feed(hit("o3")), ["switch a -> c: limit hit"]);
}
