use super::world::*;
use crate::*;

const MINUTE: f64 = 60.0;

/// So many failures that nobody can explain, one a minute; what the last one brings.
fn fails(world: &mut World, from_minute: u32, count: u32) -> Vec<String> {
    let mut last = Vec::new();
    for minute in from_minute..from_minute + count {
        last = world.at(f64::from(minute) * MINUTE).fails("s", Trouble::Unexplained);
    }
    last
}

#[test]
fn five_failures_in_a_row_are_one_too_many() {
    let mut world = World::named(["a", "b"]);
    assert_eq!(fails(&mut world, 1, 4), NOTHING);
    assert_eq!(fails(&mut world, 5, 1), ["switch a -> b: failures of s"]);
    assert_eq!(world.records(), ["a rests until 900"]);
    assert_eq!(world.done(), ["tell: switched a -> b"]);
}

#[test]
fn an_answer_in_between_begins_the_row_anew() {
    let mut world = World::named(["a", "b"]);
    fails(&mut world, 1, 4);
    world.at(4.5 * MINUTE).attempt("s", 4.5 * MINUTE).answered("s");
    assert_eq!(fails(&mut world, 5, 4), NOTHING);
}

#[test]
fn the_last_account_never_rests_on_suspicion() {
    let mut world = World::named(["a"]);
    assert_eq!(fails(&mut world, 1, 20), NOTHING);
    assert_eq!(world.standing("a"), "is ready");
    let mut world = World::named(["a", "b"]);
    world.ask(Ask::Disable(id("b")));
    assert_eq!(fails(&mut world, 1, 20), NOTHING);
    assert_eq!(world.standing("a"), "is ready");
    // As soon as another one can be used again, it may rest.
    assert_eq!(world.ask(Ask::Enable(id("b"))), ["answer 2: done", "switch a -> b: failures of s"]);
}

#[test]
fn after_the_rest_one_trial_decides() {
    let mut world = World::named(["a", "b"]).policy(|policy| policy.flap = None);
    fails(&mut world, 1, 5);
    world.done();
    world.at(6.0 * MINUTE).attempt("s", 6.0 * MINUTE).answered("s");
    // b hits its limit when a's rest is over: a gets its trial, and fails.
    world.at(20.0 * MINUTE).hit_until("s", 300.0 * MINUTE);
    world.done();
    assert_eq!(world.active(), Some("a"));
    assert_eq!(fails(&mut world, 21, 1), NOTHING, "nobody else is there");
    world.at(22.0 * MINUTE).ask(Ask::Enable(id("b")));
    assert_eq!(world.standing("a"), format!("rests until {}", 42.0 * MINUTE));
}

#[test]
fn who_rests_on_suspicion_goes_on_when_nobody_else_is_left() {
    let mut world = World::named(["a", "b"]).policy(|policy| policy.flap = None);
    fails(&mut world, 1, 5);
    world.done();
    world.at(6.0 * MINUTE).attempt("t", 6.0 * MINUTE).answered("t");
    assert_eq!(world.standing("a"), "rests until 900");
    assert_eq!(world.at(7.0 * MINUTE).hit_until("t", 300.0 * MINUTE), ["switch b -> a: limit hit by t"]);
    assert_eq!(world.records()[2], "a is ready");
}

#[test]
fn two_accounts_that_fail_alike_arent_to_blame() {
    let mut world = World::named(["a", "b", "c"]).policy(|policy| policy.flap = None);
    fails(&mut world, 1, 5);
    world.done();
    assert_eq!(fails(&mut world, 6, 5), NOTHING);
    assert_eq!(world.records(), ["a is ready"]);
    assert_eq!(fails(&mut world, 11, 9), NOTHING);
    assert_eq!(world.active(), Some("b"));
}

#[test]
fn while_failover_is_off_nobody_rests_on_suspicion() {
    let mut world = World::named(["a", "b"]);
    world.ask(Ask::Pause(Pause::default()));
    assert_eq!(fails(&mut world, 1, 9), NOTHING);
    assert_eq!(world.standing("a"), "is ready");
}

#[test]
fn an_answer_ends_a_rest_on_suspicion() {
    let mut world = World::named(["a", "b"]);
    fails(&mut world, 1, 5);
    world.done();
    world.at(6.0 * MINUTE).ask(Ask::Switch(id("a")));
    world.done();
    world.at(7.0 * MINUTE).attempt("s", 7.0 * MINUTE).answered("s");
    assert_eq!(world.records(), ["a is ready"]);
}
