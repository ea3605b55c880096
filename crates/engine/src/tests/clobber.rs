use super::world::*;
use crate::*;

#[test]
fn an_old_token_written_over_a_switch_is_put_back_without_a_word() {
    let mut world = World::named(["a", "b"]);
    world.at(10.0).fail_over("s", 5000.0, "b");
    assert_eq!(world.at(15.0).seen("a"), ["switch a -> b: put back"]);
    assert_eq!(world.done(), NOTHING);
    assert_eq!(world.active(), Some("b"));
}

#[test]
fn a_person_s_switch_is_guarded_too() {
    let mut world = World::named(["a", "b"]);
    world.ask(Ask::Switch(id("b")));
    world.done();
    assert_eq!(world.at(59.0).seen("a"), ["switch a -> b: put back"]);
}

#[test]
fn an_account_left_two_switches_ago_is_put_away_as_well() {
    let mut world = World::named(["a", "b", "c"]);
    world.at(10.0).fail_over("s", 5000.0, "b");
    world.at(20.0).fail_over("t", 5000.0, "c");
    assert_eq!(world.at(30.0).seen("a"), ["switch a -> c: put back"]);
}

#[test]
fn after_a_minute_it_is_a_person_s_change() {
    let mut world = World::named(["a", "b"]);
    world.at(10.0).fail_over("s", 40.0, "b");
    assert_eq!(world.at(71.0).seen("a"), NOTHING);
    assert_eq!(world.active(), Some("a"));
}

#[test]
fn another_account_is_a_person_s_change_at_any_time() {
    let mut world = World::named(["a", "b", "c"]);
    world.at(10.0).fail_over("s", 5000.0, "b");
    assert_eq!(world.at(12.0).seen("c"), NOTHING);
    assert_eq!(world.active(), Some("c"));
    assert_eq!(world.at(13.0).seen("b"), NOTHING);
    assert_eq!(world.active(), Some("b"));
}

#[test]
fn a_logout_is_never_undone() {
    let mut world = World::named(["a", "b"]);
    world.at(10.0).fail_over("s", 5000.0, "b");
    assert_eq!(world.at(12.0).logged_out(), NOTHING);
    assert_eq!(world.active(), None);
    assert_eq!(world.at(13.0).seen("a"), NOTHING);
    assert_eq!(world.active(), Some("a"));
}

#[test]
fn who_insists_five_times_means_it() {
    let mut world = World::named(["a", "b"]);
    world.at(10.0).fail_over("s", 5000.0, "b");
    for second in 11..16 {
        assert_eq!(world.at(f64::from(second)).seen("a"), ["switch a -> b: put back"]);
        world.done();
    }
    assert_eq!(world.at(17.0).seen("a"), NOTHING);
    assert_eq!(world.active(), Some("a"));
}

#[test]
fn put_backs_are_not_flapping() {
    let mut world = World::named(["a", "b", "c"]);
    world.at(10.0).fail_over("s", 5000.0, "b");
    for second in 11..15 {
        world.at(f64::from(second)).seen("a");
        world.done();
    }
    assert_eq!(world.at(30.0).hit_until("t", 5000.0), ["switch b -> c: limit hit by t"]);
}

#[test]
fn a_put_back_that_fails_is_told() {
    let mut world = World::named(["a", "b"]);
    world.at(10.0).fail_over("s", 5000.0, "b");
    world.at(15.0).seen("a");
    assert_eq!(world.failed("disk full"), ["tell: switch to b failed, disk full"]);
    assert_eq!(world.active(), Some("a"));
}

#[test]
fn requests_between_overwriting_and_putting_back_count_against_the_account_that_they_used() {
    let mut world = World::named(["a", "b", "c"]);
    world.at(10.0).fail_over("s", 500.0, "b");
    world.at(15.0).seen("a");
    world.attempt("t", 15.1);
    world.at(15.5).done();
    assert_eq!(world.at(16.0).hit_at(Some("t"), 16.0, Some(600.0)), NOTHING);
    assert_eq!(world.standing("a"), "rests until 600");
    assert_eq!(world.standing("b"), "is ready");
}

#[test]
fn a_put_back_account_keeps_its_own_requests() {
    let mut world = World::named(["a", "b", "c"]);
    world.at(10.0).fail_over("s", 500.0, "b");
    world.at(14.0).attempt("t", 14.0);
    world.at(15.0).seen("a");
    world.at(15.5).done();
    assert_eq!(world.at(16.0).hit_at(Some("t"), 16.0, None), ["switch b -> c: limit hit by t"]);
}

#[test]
fn putting_back_interrupts_a_failover_only_for_a_moment() {
    let mut world = World::of([account("a"), account("b"), metered("c")]);
    world.at(10.0).ask(Ask::Switch(id("b")));
    world.done();
    assert_eq!(world.at(20.0).hit_until("s", 5000.0), ["read c: candidate"]);
    assert_eq!(world.at(20.1).seen("a"), ["switch a -> b: put back"]);
    assert_eq!(world.at(20.2).read("c", used(20.2, 50.0)), NOTHING);
    assert_eq!(world.at(20.3).done(), ["switch b -> c: limit hit by s"]);
}

#[test]
fn a_change_stops_a_failover_that_is_still_choosing() {
    let mut world = World::of([metered("a"), metered("b"), metered("c")]);
    world.at(10.0).hit_until("s", 5000.0);
    assert_eq!(world.at(10.1).seen("c"), NOTHING);
    assert_eq!(world.read("b", used(10.0, 1.0)), NOTHING);
    assert_eq!(world.active(), Some("c"));
}

#[test]
fn the_switch_s_own_write_is_no_change() {
    let mut world = World::named(["a", "b"]);
    world.at(10.0).hit("s");
    assert_eq!(world.seen("a"), NOTHING);
    assert_eq!(world.seen("b"), NOTHING);
    assert_eq!(world.done(), ["tell: switched a -> b"]);
    assert_eq!(world.seen("b"), NOTHING);
}

#[test]
fn an_overwritten_switch_is_put_back_when_its_outcome_is_known() {
    let mut world = World::named(["a", "b"]);
    world.at(10.0).hit("s");
    world.seen("b");
    world.seen("a");
    assert_eq!(world.done(), ["tell: switched a -> b", "switch a -> b: put back"]);
}

#[test]
fn what_was_seen_during_a_failed_switch_counts() {
    let mut world = World::named(["a", "b", "c"]);
    world.at(10.0).hit("s");
    world.seen("c");
    assert_eq!(world.failed("the file changed"), NOTHING);
    assert_eq!(world.active(), Some("c"));
}

#[test]
fn a_usable_account_that_a_person_chose_ends_the_wait_for_one() {
    let mut world = World::named(["a", "b", "c"]);
    world.at(10.0).fail_over("s", 3000.0, "b");
    world.ask(Ask::Disable(id("c")));
    world.at(100.0).hit_until("s", 5000.0);
    world.at(200.0).seen("c");
    assert_eq!(world.at(3000.0).feed(Input::TimePassed), NOTHING);
    assert_eq!(world.active(), Some("c"));
}

#[test]
fn a_limited_account_that_a_person_chose_stays_until_it_is_hit() {
    let mut world = World::named(["a", "b", "c"]);
    world.at(10.0).fail_over("s", 3000.0, "b");
    world.at(100.0).seen("a");
    assert_eq!(world.at(200.0).feed(Input::TimePassed), NOTHING);
    assert_eq!(world.hit_until("s", 3000.0), ["switch a -> b: limit hit by s"]);
}

#[test]
fn removing_the_active_account_leaves_opencode_alone() {
    let mut world = World::of([metered("a"), metered("b")]);
    world.at(10.0).hit("s");
    assert_eq!(world.feed(Input::AccountRemoved(id("a"))), NOTHING);
    assert_eq!(world.active(), None);
    assert_eq!(world.read("b", used(10.0, 1.0)), NOTHING);
}

#[test]
fn removing_the_target_of_a_switch_does_no_harm() {
    let mut world = World::named(["a", "b"]);
    world.at(10.0).hit("s");
    world.feed(Input::AccountRemoved(id("b")));
    world.done();
    assert_eq!(world.active(), None);
}
