use super::world::*;
use crate::*;

fn overloads(world: &mut World, from: u32, count: u32) -> Vec<String> {
    let mut last = Vec::new();
    for second in from..from + count {
        last = world.at(f64::from(second)).fails("s", Trouble::Overload);
    }
    last
}

fn tries_after(count: u32) -> World {
    World::named(["a", "b", "c"]).policy(|policy| policy.switch_on_overload = Some(count))
}

#[test]
fn overload_alone_switches_nothing() {
    let mut world = World::named(["a", "b"]);
    assert_eq!(overloads(&mut world, 1, 50), NOTHING);
}

#[test]
fn another_account_is_tried_once_in_an_outage_and_the_first_stays_ready() {
    let mut world = tries_after(3);
    assert_eq!(overloads(&mut world, 1, 2), NOTHING);
    assert_eq!(overloads(&mut world, 3, 1), ["switch a -> b: overload met by s"]);
    assert_eq!(world.records(), [""; 0]);
    assert_eq!(world.done(), ["tell: switched a -> b"]);
    assert_eq!(world.standing("a"), "is ready");
    assert_eq!(overloads(&mut world, 4, 200), NOTHING, "once is enough");
}

#[test]
fn candidates_are_read_before_one_is_tried() {
    let mut world = World::of([metered("a"), metered("b"), metered("c")]);
    world = world.policy(|policy| policy.switch_on_overload = Some(2));
    assert_eq!(overloads(&mut world, 1, 2), ["read b: candidate", "read c: candidate"]);
    assert_eq!(world.at(2.1).feed(Input::TimePassed), NOTHING);
    assert_eq!(world.read("b", used(2.1, 50.0)), NOTHING);
    assert_eq!(world.read("c", used(2.1, 10.0)), ["switch a -> c: overload met by s"]);
}

#[test]
fn a_limit_that_is_met_meanwhile_comes_first() {
    let mut world = World::of([metered("a"), metered("b")]);
    world = world.policy(|policy| policy.switch_on_overload = Some(2));
    overloads(&mut world, 1, 2);
    world.at(3.0).hit_until("t", 5000.0);
    assert_eq!(world.read("b", used(3.0, 50.0)), ["switch a -> b: limit hit by t"]);
}

#[test]
fn an_answer_ends_the_row_and_the_outage() {
    let mut world = tries_after(3);
    overloads(&mut world, 1, 2);
    world.at(3.0).attempt("t", 3.0).answered("t");
    assert_eq!(overloads(&mut world, 4, 2), NOTHING);
    overloads(&mut world, 6, 1);
    world.done();
    world.at(100.0).attempt("t", 100.0).answered("t");
    assert_eq!(overloads(&mut world, 200, 3), ["switch b -> a: overload met by s"]);
}

#[test]
fn half_an_hour_without_overload_ends_the_outage() {
    let mut world = tries_after(3);
    overloads(&mut world, 1, 3);
    world.done();
    assert_eq!(overloads(&mut world, 1000, 3), NOTHING);
    assert_eq!(overloads(&mut world, 3000, 3), ["switch b -> a: overload met by s"]);
}

#[test]
fn the_same_overload_reported_twice_counts_once() {
    let mut world = tries_after(3);
    world.at(1.0);
    assert!((0..9).all(|_| world.fails("s", Trouble::Overload).is_empty()));
}

#[test]
fn nobody_is_told_when_there_is_nobody_to_try() {
    let mut world = World::named(["a"]).policy(|policy| policy.switch_on_overload = Some(1));
    assert_eq!(overloads(&mut world, 1, 9), NOTHING);
}

#[test]
fn a_pause_holds_for_overload_too() {
    let mut world = tries_after(1);
    world.ask(Ask::Pause(Pause::default()));
    assert_eq!(overloads(&mut world, 1, 9), NOTHING);
    assert_eq!(world.at(500.0).ask(Ask::Resume), ["answer 2: done"], "it was long ago");
}

#[test]
fn a_provider_with_nobody_behind_it_leaves_only_a_lane() {
    let lane = Lane { provider: ProviderId::new("anthropic"), model: "claude-sonnet-4-6".to_owned() };
    let mut world = World::named(["a", "b"]).policy(|policy| policy.lanes = vec![lane]);
    let other = Account { provider: ProviderId::new("anthropic"), ..account("x") };
    world.feed(Input::AccountKnown(other));
    world.feed(Input::ActiveSeen { provider: ProviderId::new("anthropic"), account: Some(id("x")) });
    let told = world.at(10.0).nobody_behind("s", None);
    assert_eq!(told, ["tell: nobody left, a is back at 910, go on with claude-sonnet-4-6 at anthropic"]);
    assert_eq!((world.standing("a"), world.standing("b")), ("is ready".to_owned(), "is ready".to_owned()));
    assert_eq!(world.at(20.0).nobody_behind("t", None), NOTHING);
    assert_eq!(world.ask_next(), ["answer 1: no usable account"]);
    let choice = world.engine.next(world.now, &ProviderId::new(PROVIDER));
    assert_eq!(choice.passed_over[1], (id("b"), PassedOver::ProviderSpent(at(920.0))));
}

#[test]
fn a_spent_provider_is_believed_until_it_answers_or_its_time_is_over() {
    let mut world = World::named(["a", "b"]);
    world.at(10.0).nobody_behind("s", Some(5000.0));
    world.at(100.0).attempt("s", 100.0).answered("s");
    assert_eq!(world.at(200.0).hit_until("s", 900.0), ["switch a -> b: limit hit by s"]);

    let mut world = World::named(["a", "b"]);
    world.at(10.0).nobody_behind("s", Some(500.0));
    assert_eq!(world.at(500.0).feed(Input::TimePassed), NOTHING);
    assert_eq!(world.at(600.0).hit_until("s", 900.0), ["switch a -> b: limit hit by s"]);
}
