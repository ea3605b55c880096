//! What is said of each account, and of what will happen.

use super::strategies::rule;
use super::world::*;
use crate::*;

/// One line for each account.
fn explained(world: &World) -> Vec<String> {
    let explanation = world.engine.explain(world.now, &ProviderId::new(PROVIDER)).unwrap();
    let place = |place: Place| match place {
        Place::Active => "active".to_owned(),
        Place::Next => "next".to_owned(),
        Place::PassedOver(why) => format!("{why:?}"),
    };
    let expected = |expected: Expected| match expected {
        Expected::Back { at } => format!("back at {}", seconds(at)),
        Expected::Reset { window, at } => format!("{window} whole at {}", seconds(at)),
        Expected::LeftAt { percent } => format!("left at {percent} %"),
        Expected::LeftForMore => "left for more".to_owned(),
        Expected::LeftAtLimit => "left at its limit".to_owned(),
        Expected::ReturnedTo => "returned to".to_owned(),
    };
    let line = |prospect: Prospect| {
        let parts = [format!("{}: {}", prospect.account, place(prospect.place))];
        parts.into_iter().chain(prospect.expected.into_iter().map(expected)).collect::<Vec<_>>().join(", ")
    };
    explanation.prospects.into_iter().map(line).collect()
}

#[test]
fn each_account_has_its_place_and_what_will_happen_with_it() {
    let mut world = World::of([metered("a"), metered("b"), metered("c"), account("d")]).policy(|policy| {
        policy.switch_at_percent = 90.0;
        rule(policy, "d", AccountRules { role: Role::OnlyByHand, ..AccountRules::default() });
    });
    world.read("a", usage(0.0, (10.0, Some(9000.0)), (5.0, Some(90_000.0))));
    world.read("b", usage(0.0, (100.0, Some(7000.0)), (0.0, None)));
    world.read("c", used(0.0, 0.0));
    let lines =
        ["a: active, 5h whole at 9000, left at 90 %", "b: CoolingDown", "c: next", "d: ByHandOnly"].map(str::to_owned);
    let found = explained(&world);
    assert_eq!([&found[0], &found[2], &found[3]], [&lines[0], &lines[2], &lines[3]]);
    assert!(found[1].starts_with(&lines[1]) && found[1].ends_with(", back at 7000"), "{}", found[1]);
}

#[test]
fn an_active_account_that_nobody_can_take_over_from_is_left_as_soon_as_somebody_can() {
    let mut world = World::of([metered("a"), metered("b")]).policy(|policy| policy.switch_at_percent = 90.0);
    world.read("b", used(0.0, 85.0));
    world.read("a", used(0.0, 92.0));
    assert_eq!(explained(&world), ["a: active, left for more", "b: next"]);
}

#[test]
fn the_preferred_account_is_said_to_come_back() {
    let mut world = World::named(["a", "b"]).policy(|policy| {
        policy.return_to_preferred = true;
        rule(policy, "a", AccountRules { priority: 1, ..AccountRules::default() });
    });
    world.at(10.0).fail_over("s", 3000.0, "b");
    let found = explained(&world);
    assert!(found[0].ends_with(", back at 3000, returned to"), "{}", found[0]);
    assert_eq!(found[1], "b: active, left at its limit");
}

#[test]
fn what_stops_all_switching_is_said() {
    let mut world = World::named(["a", "b"]);
    let held = |world: &World| world.engine.explain(world.now, &ProviderId::new(PROVIDER)).unwrap().held_back;
    assert_eq!(held(&world), None);
    world.at(0.0).fail_over("s", 30.0, "b");
    world.at(100.0).fail_over("t", 150.0, "a");
    world.at(200.0).fail_over("u", 260.0, "b");
    assert_eq!(held(&world), Some(HeldBack::Flapping { until: at(2000.0) }));
    world.ask(Ask::Pause(Pause::default()));
    assert_eq!(held(&world), Some(HeldBack::Off));
    assert_eq!(world.engine.explain(world.now, &ProviderId::new("nobody")), None);
}
