use super::world::*;
use crate::*;

#[test]
fn when_nobody_can_be_used_the_person_is_told_once_with_the_earliest_time() {
    let mut world = World::named(["a", "b"]);
    world.at(10.0).fail_over("s", 7000.0, "b");
    assert_eq!(world.at(100.0).hit_until("s", 5000.0), ["tell: nobody left, b is back at 5000"]);
    assert_eq!(world.at(110.0).hit_until("s", 5000.0), NOTHING);
    assert_eq!(world.at(120.0).hit_until("t", 5000.0), NOTHING);
    assert_eq!(world.active(), Some("b"));
}

#[test]
fn an_only_account_is_told_of_too() {
    let mut world = World::named(["a"]);
    assert_eq!(world.at(10.0).hit("s"), ["tell: nobody left, a is back at 910"]);
}

#[test]
fn accounts_that_only_a_person_can_mend_have_no_earliest_time() {
    let mut world = World::named(["a", "b"]);
    world.at(10.0).fail_over("s", 3000.0, "b");
    world.ask(Ask::Disable(id("a")));
    assert_eq!(world.at(100.0).hit_until("s", 5000.0), ["tell: nobody left, b is back at 5000"]);
}

#[test]
fn the_active_account_goes_on_when_it_is_back_first() {
    let mut world = World::named(["a", "b"]);
    world.at(10.0).fail_over("s", 7000.0, "b");
    world.at(100.0).hit_until("s", 5000.0);
    assert_eq!(world.wake(), (5000.0, vec![]));
    assert_eq!(world.records(), ["b is ready"]);
    assert_eq!(world.wake(), (7000.0, vec![]));
    assert_eq!(world.active(), Some("b"));
}

#[test]
fn another_account_that_is_back_first_is_switched_to() {
    let mut world = World::named(["a", "b"]);
    world.at(10.0).fail_over("s", 3000.0, "b");
    world.at(100.0).hit_until("s", 5000.0);
    assert_eq!(world.wake(), (3000.0, vec!["switch b -> a: account back".to_owned()]));
    assert_eq!(world.done(), ["tell: switched b -> a"]);
}

#[test]
fn whatever_brings_an_account_back_ends_the_wait() {
    let stranded = || {
        let mut world = World::of([metered("a"), metered("b")]);
        world.ask(Ask::Disable(id("b")));
        world.at(10.0).hit_until("s", 5000.0);
        world.at(20.0);
        world
    };
    let back = ["read b: candidate"];
    assert_eq!(stranded().ask(Ask::Enable(id("b"))), ["answer 2: done", "read b: candidate"]);
    assert_eq!(stranded().feed(Input::AccountKnown(account("c"))), ["switch a -> c: account back"]);

    let mut world = World::of([metered("a"), metered("b")]);
    world.read("b", usage(0.0, (100.0, Some(9000.0)), (0.0, None)));
    world.at(10.0).hit_until("s", 5000.0);
    assert_eq!(world.at(100.0).read("b", used(100.0, 50.0)), ["switch a -> b: account back"]);

    let mut world = World::of([metered("a"), Account { needs_login: true, ..metered("b") }]);
    world.at(10.0).hit_until("s", 5000.0);
    assert_eq!(world.at(20.0).feed(Input::LoginRenewed(id("b"))), back);
}

#[test]
fn an_account_that_turns_out_to_be_spent_is_not_told_of_again() {
    let mut world = World::of([metered("a"), metered("b")]);
    world.at(10.0).fail_over_read("s", 1000.0, "b");
    world.at(100.0);
    assert_eq!(world.hit_until("s", 5000.0), ["tell: nobody left, a is back at 1000"]);
    assert_eq!(world.wake(), (1000.0, vec!["read a: candidate".to_owned()]));
    let spent = usage(1000.5, (0.0, None), (100.0, Some(80_000.0)));
    assert_eq!(world.at(1000.5).read("a", spent), NOTHING);
    assert_eq!(world.standing("a"), "rests until 80000");
    assert_eq!(world.wake(), (5000.0, vec![]));
}

#[test]
fn the_next_episode_is_told_of_again() {
    let mut world = World::named(["a"]);
    world.at(10.0).hit_until("s", 500.0);
    world.wake();
    assert_eq!(world.at(600.0).hit_until("s", 5000.0), ["tell: nobody left, a is back at 5000"]);
}

#[test]
fn figures_that_call_an_account_spent_are_read_again_when_they_are_old() {
    let mut world = World::of([metered("a"), metered("b")]);
    world.read("b", usage(0.0, (100.0, None), (0.0, None)));
    assert_eq!(world.at(30.0).hit_until("s", 5000.0), ["tell: nobody left, a is back at 5000"]);
    assert_eq!(world.at(61.0).hit_until("s", 5000.0), ["read b: candidate"]);
    assert_eq!(world.read("b", used(61.0, 20.0)), ["switch a -> b: limit hit by s"]);
}

#[test]
fn an_account_back_while_switching_is_off_is_not_switched_to() {
    let mut world = World::named(["a", "b"]);
    world.at(10.0).fail_over("s", 3000.0, "b");
    world.at(100.0).hit_until("s", 5000.0);
    world.ask(Ask::Pause(Pause::default()));
    assert_eq!(world.wake(), (3000.0, vec!["tell: held back, off".to_owned()]));
    assert_eq!(world.at(3100.0).ask(Ask::Resume), ["answer 2: done", "switch b -> a: account back"]);
}

impl World {
    fn fail_over_read(&mut self, session: &str, until: f64, to: &str) {
        self.hit_until(session, until);
        self.unread(to);
        self.done();
        assert_eq!(self.active(), Some(to));
    }
}
