use std::collections::BTreeMap;

use super::world::*;
use crate::*;

const HOUR: f64 = 3600.0;

/// Five-hour figures whose window ends five hours into the story, or so many hours later.
fn five_hours(hours: f64, percent: f64, ends: f64) -> Usage {
    usage(hours * HOUR, (percent, Some(ends * HOUR)), (10.0, Some(100.0 * HOUR)))
}

fn read(world: &mut World, name: &str, hours: f64, percent: f64, ends: f64) -> Vec<String> {
    world.at(hours * HOUR).read(name, five_hours(hours, percent, ends))
}

/// What was written comes back after a restart, with the figures that the ledger has.
fn restarted(before: &World, hours: f64, accounts: impl IntoIterator<Item = Account>) -> World {
    let accounts = accounts.into_iter().map(|account| {
        let usage = before.engine.account(&account.id).and_then(|known| known.usage.clone());
        Account { usage, ..account }
    });
    let mut world = World::of(accounts);
    world.at(hours * HOUR);
    for ((account, _), memory) in &before.alerted {
        world.feed(Input::AlertKept { account: account.clone(), memory: memory.clone() });
    }
    world
}

#[test]
fn the_active_account_is_told_of_at_80_and_at_95_once_each() {
    let mut world = World::of([metered("a"), metered("b")]);
    assert_eq!(read(&mut world, "a", 0.0, 10.0, 5.0), NOTHING);
    assert_eq!(read(&mut world, "a", 2.0, 81.0, 5.0), ["tell: a has used 81 % of 5h, spent at 9127"]);
    assert_eq!(read(&mut world, "a", 2.1, 85.0, 5.0), NOTHING);
    assert_eq!(read(&mut world, "a", 2.2, 70.0, 5.0), NOTHING);
    assert_eq!(read(&mut world, "a", 2.3, 86.0, 5.0), NOTHING);
    assert_eq!(read(&mut world, "a", 4.9, 96.0, 5.0), ["tell: a has used 96 % of 5h, 4 % left at its reset"]);
}

#[test]
fn a_jump_is_one_alert() {
    let mut world = World::of([metered("a")]);
    read(&mut world, "a", 0.0, 70.0, 5.0);
    assert_eq!(read(&mut world, "a", 0.01, 97.0, 5.0), ["tell: a has used 97 % of 5h"]);
}

#[test]
fn a_start_alerts_of_nothing() {
    let accounts = || [metered("a"), metered("b")];
    let mut world = World::of(accounts());
    assert_eq!(read(&mut world, "a", 0.0, 97.0, 5.0), NOTHING, "the first reading ever");
    assert_eq!(read(&mut world, "a", 1.0, 98.0, 5.0), NOTHING);

    let mut world = World::of(accounts());
    read(&mut world, "a", 0.0, 70.0, 5.0);
    let mut world = restarted(&world, 1.0, accounts());
    assert_eq!(read(&mut world, "a", 1.0, 85.0, 5.0), NOTHING, "crossed while nobody was there");
    assert!(world.alerted.values().any(|memory| memory.peak_percent == 85.0), "kept as seen");
    let mut world = restarted(&world, 2.0, accounts());
    read(&mut world, "a", 2.0, 78.0, 5.0);
    assert_eq!(read(&mut world, "a", 3.0, 82.0, 5.0), NOTHING);
    assert_eq!(read(&mut world, "a", 4.0, 95.0, 5.0).len(), 1);
}

#[test]
fn parked_accounts_are_told_of_only_when_they_are_back() {
    let mut world = World::of([metered("a"), metered("b")]);
    read(&mut world, "b", 0.0, 10.0, 5.0);
    assert_eq!(read(&mut world, "b", 1.0, 100.0, 5.0), NOTHING);
    assert_eq!(read(&mut world, "b", 5.1, 0.0, 10.0), ["tell: b is back, 5 h"]);
    assert_eq!(read(&mut world, "b", 5.2, 0.0, 10.0), NOTHING);
    // What it used while it was parked is no news when it is active.
    read(&mut world, "b", 6.0, 85.0, 10.0);
    world.seen("b");
    assert_eq!(read(&mut world, "b", 6.1, 86.0, 10.0), NOTHING);
    assert_eq!(read(&mut world, "b", 6.2, 95.0, 10.0).len(), 1);
}

#[test]
fn a_reset_is_told_across_a_restart_but_not_when_it_was_before_it() {
    let accounts = || [metered("a"), metered("b")];
    let mut world = World::of(accounts());
    read(&mut world, "b", 0.0, 100.0, 5.0);
    let mut before = restarted(&world, 1.0, accounts());
    assert_eq!(read(&mut before, "b", 5.1, 0.0, 10.0), ["tell: b is back, 5 h"]);
    let mut after = restarted(&world, 6.0, accounts());
    assert_eq!(read(&mut after, "b", 6.1, 0.0, 10.0), NOTHING);
}

#[test]
fn an_account_is_back_when_no_other_window_is_spent() {
    let both = |hours: f64, five: (f64, f64), weekly: (f64, f64)| {
        usage(hours * HOUR, (five.0, Some(five.1 * HOUR)), (weekly.0, Some(weekly.1 * HOUR)))
    };
    let mut world = World::of([metered("a"), metered("b")]);
    world.read("b", both(0.0, (100.0, 5.0), (100.0, 20.0)));
    assert_eq!(world.at(5.1 * HOUR).read("b", both(5.1, (0.0, 10.1), (100.0, 20.0))), NOTHING);
    assert_eq!(world.at(20.1 * HOUR).read("b", both(20.1, (0.0, 25.0), (0.0, 188.0))), ["tell: b is back, 168 h"]);
}

#[test]
fn a_limit_that_was_met_is_not_told_twice() {
    let mut world = World::of([metered("a"), account("b")]);
    read(&mut world, "a", 0.0, 70.0, 5.0);
    world.at(HOUR);
    assert_eq!(world.hit_until("s", 5.0 * HOUR), ["switch a -> b: limit hit by s"]);
    assert_eq!(read(&mut world, "a", 1.001, 100.0, 5.0), NOTHING);
}

#[test]
fn percentages_can_be_chosen_for_each_provider() {
    let with = |thresholds: &[u8]| {
        let own = BTreeMap::from([(ProviderId::new(PROVIDER), thresholds.to_vec())]);
        let world = World::of([metered("a"), metered("b")]);
        let mut world = world.policy(|policy| policy.alerts.own = own);
        let mut told = Vec::new();
        for (hours, percent, ends) in [(0.0, 10.0, 5.0), (0.1, 55.0, 5.0), (0.2, 100.0, 5.0), (5.1, 0.0, 10.0)] {
            told.extend(read(&mut world, "a", hours, percent, ends));
        }
        told
    };
    assert_eq!(with(&[50]), ["tell: a has used 55 % of 5h", "tell: a is back, 5 h"]);
    assert_eq!(with(&[]), NOTHING);
}

#[test]
fn only_the_active_account_has_a_forecast() {
    let mut world = World::of([metered("a"), metered("b")]);
    for name in ["a", "b"] {
        let sample = |hours: f64, percent: f64| Sample {
            read_at: at(hours * HOUR),
            window: five_hours(hours, percent, 5.0).windows.remove(0),
        };
        world.at(2.0 * HOUR);
        world.feed(Input::SamplesKept { account: id(name), samples: vec![sample(1.0, 20.0), sample(1.5, 45.0)] });
        read(&mut world, name, 2.0, 70.0, 5.0);
    }
    let five = five_hours(0.0, 0.0, 5.0).windows[0].id();
    let pace = |name: &str| world.engine.pace(world.now, &id(name), &five).unwrap();
    assert_eq!((pace("a").expected_percent, pace("a").ahead_points), (40.0, 30.0));
    assert_eq!(pace("a").forecast, Some(Forecast::RunsOut { at: at(2.6 * HOUR) }));
    assert_eq!(pace("b"), Pace { forecast: None, ..pace("a") });
}
