use super::world::*;
use crate::*;

/// Without flap detection, which would speak first in most of these stories.
fn calm(names: [&str; 6]) -> World {
    World::named(names).policy(|policy| policy.flap = None)
}

const MANY: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

#[test]
fn a_session_that_just_had_a_failover_waits_for_its_next() {
    let mut world = calm(MANY);
    world.at(10.0).fail_over("s", 9000.0, "b");
    assert_eq!(world.at(20.0).hit_until("s", 9000.0), NOTHING);
    assert_eq!(world.records(), ["limit of b", "b rests until 9000"]);
    assert_eq!(world.wake(), (55.0, vec!["switch b -> c: limit hit by s".to_owned()]));
}

#[test]
fn a_deferred_hit_is_forgotten_when_its_account_is_back() {
    let mut world = calm(MANY);
    world.at(10.0).fail_over("s", 9000.0, "b");
    world.at(20.0).hit_until("s", 40.0);
    assert_eq!(world.wake(), (40.0, vec![]));
    assert_eq!(world.records(), ["b is ready"]);
    assert_eq!(world.at(60.0).feed(Input::TimePassed), NOTHING);
}

#[test]
fn a_deferred_hit_survives_the_end_of_its_turn() {
    let mut world = calm(MANY);
    world.at(10.0).fail_over("s", 9000.0, "b");
    world.at(20.0).hit_until("s", 9000.0);
    world.idle("s");
    assert_eq!(world.wake(), (55.0, vec!["switch b -> c: limit hit by s".to_owned()]));
}

#[test]
fn other_sessions_are_not_held_back_with_it() {
    let mut world = calm(MANY);
    world.at(10.0).fail_over("s", 9000.0, "b");
    world.at(20.0).hit_until("s", 9000.0);
    assert_eq!(world.at(21.0).hit_until("t", 9000.0), ["switch b -> c: limit hit by t"]);
}

#[test]
fn a_session_gets_three_failovers_in_a_turn() {
    let mut world = calm(MANY);
    for (time, to) in [(0.0, "b"), (100.0, "c"), (200.0, "d")] {
        world.at(time).fail_over("s", 9000.0, to);
    }
    assert_eq!(world.at(300.0).hit_until("s", 9000.0), ["tell: held back, attempts"]);
    assert_eq!(world.held_back(), Some(HeldBack::Attempts));
    assert_eq!(world.at(310.0).hit_until("s", 9000.0), NOTHING);
    assert_eq!(world.at(320.0).hit_until("t", 9000.0), ["switch d -> e: limit hit by t"]);
    world.done();
    world.at(400.0).idle("s");
    assert_eq!(world.at(500.0).hit_until("s", 9000.0), ["switch e -> f: limit hit by s"]);
}

#[test]
fn a_turn_that_ends_takes_its_last_hit_with_it() {
    let mut world = calm(MANY);
    for (time, to) in [(0.0, "b"), (100.0, "c"), (200.0, "d")] {
        world.at(time).fail_over("s", 9000.0, to);
    }
    world.at(300.0).hit_until("s", 9000.0);
    assert_eq!(world.at(301.0).idle("s"), NOTHING);
    assert_eq!(world.at(400.0).feed(Input::TimePassed), NOTHING);
}

#[test]
fn a_failover_counts_once_however_many_accounts_it_tries() {
    let mut world = calm(MANY);
    world.at(0.0).hit_until("s", 9000.0);
    for _ in 0..3 {
        world.failed("disk full");
    }
    world.done();
    assert_eq!(world.active(), Some("e"));
    assert_eq!(world.at(100.0).hit_until("s", 9000.0), ["switch e -> b: limit hit by s"]);
}

#[test]
fn switching_in_circles_stops_and_goes_on_when_the_hold_ends() {
    let mut world = World::named(MANY);
    for (time, session, to) in [(0.0, "s", "b"), (100.0, "t", "c"), (200.0, "u", "d")] {
        world.at(time).fail_over(session, 9000.0, to);
    }
    assert_eq!(world.at(250.0).hit_until("v", 9000.0), ["tell: held back, flapping until 2000"]);
    assert_eq!(world.held_back(), Some(HeldBack::Flapping { until: at(2000.0) }));
    assert_eq!(world.at(260.0).hit_until("w", 9000.0), NOTHING);
    assert_eq!(world.wake(), (2000.0, vec!["switch d -> e: limit hit by w".to_owned()]));
}

#[test]
fn a_hold_that_ends_after_the_limit_did_does_nothing() {
    let mut world = World::named(MANY);
    for (time, session, to) in [(0.0, "s", "b"), (100.0, "t", "c"), (200.0, "u", "d")] {
        world.at(time).fail_over(session, 9000.0, to);
    }
    world.at(250.0).hit_until("v", 1000.0);
    assert_eq!(world.wake(), (1000.0, vec![]));
    assert_eq!(world.at(2000.0).feed(Input::TimePassed), NOTHING);
}

#[test]
fn the_same_target_twice_is_a_circle() {
    let mut world = World::named(["a", "b"]);
    world.at(0.0).fail_over("s", 30.0, "b");
    world.at(100.0).fail_over("s", 150.0, "a");
    world.at(200.0).fail_over("s", 260.0, "b");
    assert_eq!(world.at(300.0).hit_until("t", 9000.0), ["tell: held back, flapping until 2000"]);
}

#[test]
fn a_person_s_switch_starts_afresh() {
    let mut world = World::named(MANY);
    for (time, session, to) in [(0.0, "s", "b"), (100.0, "t", "c"), (200.0, "u", "d")] {
        world.at(time).fail_over(session, 9000.0, to);
    }
    world.at(210.0).ask(Ask::Switch(id("e")));
    world.done();
    assert_eq!(world.at(250.0).hit_until("v", 9000.0), ["switch e -> d: limit hit by v"]);
}

#[test]
fn while_paused_limits_are_recorded_and_nothing_is_switched() {
    let mut world = World::named(["a", "b"]);
    assert_eq!(world.ask(Ask::Pause(Pause::default())), ["answer 1: done"]);
    assert_eq!(world.records(), ["paused"]);
    assert!(world.engine.pause().is_some() && !world.engine.failover_on());
    assert_eq!(world.at(10.0).hit_until("s", 5000.0), ["tell: held back, off"]);
    assert_eq!(world.records(), ["limit of a", "a rests until 5000"]);
    assert_eq!(world.at(20.0).hit_until("s", 5000.0), NOTHING);
    assert_eq!(world.held_back(), Some(HeldBack::Off));
    assert_eq!(world.at(30.0).ask(Ask::Resume), ["answer 2: done", "switch a -> b: limit hit by s"]);
    assert_eq!(world.records(), ["goes on"]);
}

#[test]
fn a_pause_with_an_end_ends_by_itself_and_what_waited_is_done() {
    let mut world = World::named(["a", "b"]);
    world.at(0.0).ask(Ask::Pause(Pause { until: Some(at(3600.0)) }));
    assert_eq!(world.records(), ["paused until 3600"]);
    assert_eq!(world.wake_at(), Some(3600.0));
    assert_eq!(world.at(3000.0).hit_until("s", 9000.0), ["tell: held back, off"]);
    assert_eq!(world.wake(), (3600.0, vec!["switch a -> b: limit hit by s".to_owned()]));
    assert_eq!(world.records(), ["goes on"]);
    assert!(world.engine.pause().is_none() && world.engine.failover_on());
}

#[test]
fn the_last_word_on_a_pause_counts() {
    let mut world = World::named(["a", "b"]);
    world.at(0.0).ask(Ask::Pause(Pause { until: Some(at(100.0)) }));
    world.at(10.0).ask(Ask::Pause(Pause { until: Some(at(500.0)) }));
    assert_eq!(world.records(), ["paused until 500"]);
    world.at(20.0).ask(Ask::Pause(Pause::default()));
    assert_eq!((world.records(), world.wake_at()), (vec!["paused"], None));
    world.at(30.0).ask(Ask::Pause(Pause { until: Some(at(100.0)) }));
    world.at(40.0).ask(Ask::Resume);
    assert_eq!((world.records(), world.wake_at()), (vec!["goes on"], None));
}

#[test]
fn a_pause_that_is_over_when_it_is_heard_of_holds_nothing_back() {
    let mut world = World::named(["a", "b"]);
    world.at(100.0).ask(Ask::Pause(Pause { until: Some(at(100.0)) }));
    assert_eq!(world.records(), ["paused until 100", "goes on"]);
    assert!(world.engine.failover_on());
}

#[test]
fn each_limit_episode_is_told_of_while_paused() {
    let mut world = World::named(["a", "b"]);
    world.ask(Ask::Pause(Pause::default()));
    world.at(10.0).hit_until("s", 500.0);
    world.at(500.0).feed(Input::TimePassed);
    assert_eq!(world.at(600.0).hit_until("s", 5000.0), ["tell: held back, off"]);
}

#[test]
fn settings_switch_failover_off_and_on() {
    let mut world = World::named(["a", "b"]).policy(|policy| policy.enabled = false);
    assert!(!world.engine.failover_on() && world.engine.pause().is_none());
    assert_eq!(world.at(10.0).hit_until("s", 5000.0), ["tell: held back, off"]);
    assert_eq!(world.feed(Input::PolicyRead(Policy::default())), ["switch a -> b: limit hit by s"]);
}

#[test]
fn a_pause_stops_a_failover_that_is_still_choosing() {
    let mut world = World::of([metered("a"), metered("b")]);
    world.at(10.0).hit_until("s", 5000.0);
    assert_eq!(world.ask(Ask::Pause(Pause::default())), ["answer 1: done", "tell: held back, off"]);
    assert_eq!(world.read("b", used(10.0, 10.0)), NOTHING);
    assert_eq!(world.ask(Ask::Resume), ["answer 2: done", "switch a -> b: limit hit by s"]);
}
