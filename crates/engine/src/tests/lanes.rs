//! The next lane, when a provider has nobody left.

use super::world::*;
use crate::*;

/// `a` at the provider of the stories, `o` at another one, and a lane at each and at a third that has nobody.
fn lanes() -> World {
    let other = Account { provider: ProviderId::new("anthropic"), ..account("o") };
    let mut world = World::named(["a"]).policy(|policy| {
        let lane = |provider: &str, model: &str| Lane { provider: ProviderId::new(provider), model: model.to_owned() };
        policy.lanes = vec![lane("google", "gemini"), lane(PROVIDER, "gpt"), lane("anthropic", "claude")];
    });
    world.feed(Input::AccountKnown(other));
    world.feed(Input::ActiveSeen { provider: ProviderId::new("anthropic"), account: Some(id("o")) });
    world
}

fn lane(world: &World, provider: &str) -> Option<String> {
    world.engine.lane(world.now, &ProviderId::new(provider)).map(|lane| lane.model.clone())
}

#[test]
fn the_next_lane_is_named_when_nobody_is_left() {
    let mut world = lanes();
    assert_eq!(lane(&world, PROVIDER), None, "nobody needs one");
    let told = ["tell: nobody left, a is back at 5000, go on with claude at anthropic"];
    assert_eq!(world.at(10.0).hit_until("s", 5000.0), told);
    assert_eq!(lane(&world, PROVIDER), Some("claude".to_owned()));
    assert_eq!(lane(&world, "anthropic"), None);
    assert_eq!(world.wake(), (5000.0, vec![]));
    assert_eq!(lane(&world, PROVIDER), None);
}

#[test]
fn a_lane_whose_provider_has_nobody_left_is_not_named() {
    let mut world = lanes();
    world.feed(Input::UsageRead { account: id("o"), outcome: UsageOutcome::Read(used(0.0, 100.0)) });
    assert_eq!(world.at(10.0).hit_until("s", 5000.0), ["tell: nobody left, a is back at 5000"]);
}

#[test]
fn a_lane_that_another_account_can_serve_is_named_unless_nobody_may_switch_to_it() {
    let mut world = lanes();
    world.feed(Input::AccountKnown(Account { provider: ProviderId::new("anthropic"), ..account("p") }));
    world.feed(Input::UsageRead { account: id("o"), outcome: UsageOutcome::Read(used(0.0, 100.0)) });
    world.at(10.0).hit_until("s", 5000.0);
    assert_eq!(lane(&world, PROVIDER), Some("claude".to_owned()));
    world.ask(Ask::Pause(Pause::default()));
    assert_eq!(lane(&world, PROVIDER), None);
}

#[test]
fn while_paused_an_account_that_a_person_could_take_is_no_reason_for_a_lane() {
    let mut world = lanes();
    world.feed(Input::AccountKnown(account("b")));
    world.ask(Ask::Pause(Pause::default()));
    assert_eq!(world.at(10.0).hit_until("s", 5000.0), ["tell: held back, off"]);
    assert_eq!(lane(&world, PROVIDER), None);
}

#[test]
fn without_lanes_in_the_settings_none_is_named() {
    let mut world = lanes().policy(|_| {});
    assert_eq!(world.at(10.0).hit_until("s", 5000.0), ["tell: nobody left, a is back at 5000"]);
}
