//! Leaving an account before it must be: near its limit, and for one that is preferred. Only between turns.

use super::strategies::rule;
use super::world::*;
use crate::*;

/// Two accounts that are read, `a` active, and switching at 90 percent.
fn two() -> World {
    World::of([metered("a"), metered("b")]).quiet(|policy| policy.switch_at_percent = 90.0)
}

impl World {
    /// Without alerts, which would speak too in most of these stories.
    fn quiet(self, change: impl FnOnce(&mut Policy)) -> Self {
        self.policy(|policy| {
            policy.alerts.usual.clear();
            change(policy);
        })
    }

    fn turn_begins(&mut self, name: &str) -> Vec<String> {
        self.feed(Input::AttemptStarted {
            session: session(name),
            provider: ProviderId::new(PROVIDER),
            model: None,
            at: self.now,
        })
    }

    /// A turn, and figures of the active account after it, whether or not they were asked for.
    fn turn(&mut self, seconds: f64, percent: f64) -> Vec<String> {
        self.at(seconds).turn_begins("s");
        let active = self.active().unwrap().to_owned();
        let mut decisions = self.idle("s");
        decisions.retain(|decision| *decision != format!("read {active}: stale"));
        decisions.extend(self.read(&active, used(seconds, percent)));
        decisions
    }
}

const LEFT: [&str; 1] = ["switch a -> b: before the limit"];

#[test]
fn an_account_is_left_between_turns_at_the_set_percentage() {
    let mut world = two();
    world.read("b", used(0.0, 30.0));
    assert_eq!(world.read("a", used(0.0, 89.0)), NOTHING);
    assert_eq!(world.at(1.0).read("a", used(1.0, 90.0)), LEFT);
    assert_eq!(world.done(), ["tell: switched a -> b, 70 % left"]);
}

#[test]
fn with_the_percentage_at_a_hundred_nothing_is_left_before_its_limit() {
    let mut world = two().quiet(|_| {});
    world.read("b", used(0.0, 30.0));
    assert_eq!(world.read("a", used(0.0, 99.0)), NOTHING);
}

#[test]
fn a_turn_that_runs_is_never_disturbed() {
    let mut world = two();
    world.read("b", used(0.0, 30.0));
    world.turn_begins("s");
    world.at(1.0).turn_begins("t");
    assert_eq!(world.read("a", used(1.0, 95.0)), NOTHING);
    assert_eq!(world.at(2.0).idle("s"), NOTHING);
    assert_eq!(world.at(3.0).idle("t"), ["read a: stale"], "the figures are from before the end of the turn");
    assert_eq!(world.read("a", used(3.0, 95.0)), LEFT);
}

#[test]
fn a_turn_that_was_broken_off_unseen_does_not_hold_for_ever() {
    let mut world = two();
    world.read("b", used(0.0, 30.0));
    world.turn_begins("s");
    world.at(850.0).read("b", used(850.0, 30.0));
    world.read("a", used(850.0, 95.0));
    assert_eq!(world.wake(), (900.0, LEFT.map(str::to_owned).into()));
}

#[test]
fn a_turn_that_begins_while_others_are_asked_ends_the_search() {
    let mut world = two();
    world.read("b", used(0.0, 30.0));
    assert_eq!(world.at(100.0).read("a", used(100.0, 92.0)), ["read b: candidate"]);
    world.turn_begins("s");
    assert_eq!(world.at(101.0).read("b", used(101.0, 35.0)), NOTHING);
    assert_eq!(world.at(102.0).idle("s"), ["read a: stale"]);
    assert_eq!(world.read("a", used(102.0, 93.0)), LEFT);
}

#[test]
fn a_limit_during_the_search_is_a_failover() {
    let mut world = two();
    world.read("b", used(0.0, 30.0));
    assert_eq!(world.at(100.0).read("a", used(100.0, 92.0)), ["read b: candidate"]);
    assert_eq!(world.hit_until("s", 5000.0), NOTHING);
    assert_eq!(world.at(101.0).read("b", used(101.0, 35.0)), ["switch a -> b: limit hit by s"]);
}

#[test]
fn two_nearly_equal_accounts_never_swap() {
    let mut world = two();
    world.read("b", used(0.0, 82.0));
    assert_eq!(world.read("a", used(0.0, 91.0)), NOTHING, "nine points more");
    assert_eq!(world.at(1.0).read("b", used(1.0, 81.0)), LEFT, "ten points more");
}

#[test]
fn after_leaving_an_account_the_next_one_is_kept_for_a_while() {
    let mut world = two();
    world.read("b", used(0.0, 50.0));
    world.read("a", used(0.0, 95.0));
    world.done();
    world.at(100.0).read("a", used(100.0, 0.0));
    assert_eq!(world.at(110.0).turn(110.0, 95.0), NOTHING);
    world.at(890.0).read("a", used(890.0, 0.0));
    world.at(895.0).read("b", used(895.0, 96.0));
    assert_eq!(world.wake(), (900.0, vec!["switch b -> a: before the limit".to_owned()]));
}

#[test]
fn an_account_whose_usage_nobody_knows_is_not_worth_leaving_for() {
    let mut world = World::of([metered("a"), account("b")]).quiet(|policy| policy.switch_at_percent = 90.0);
    assert_eq!(world.read("a", used(0.0, 99.0)), NOTHING);
    assert_eq!(world.hit_until("s", 5000.0), ["switch a -> b: limit hit by s"]);
}

#[test]
fn neither_a_last_resort_nor_a_restart_nor_a_reserve_is_worth_it() {
    let stays = |change: fn(&mut Account), rules: AccountRules| {
        let mut other = metered("b");
        change(&mut other);
        let mut world = World::of([metered("a"), other]).quiet(|policy| {
            policy.switch_at_percent = 90.0;
            rule(policy, "b", rules);
        });
        world.read("b", used(0.0, 30.0));
        assert_eq!(world.read("a", used(0.0, 95.0)), NOTHING);
    };
    stays(|_| {}, AccountRules { role: Role::LastResort, ..AccountRules::default() });
    stays(|_| {}, AccountRules { reserve_percent: 60.0, ..AccountRules::default() });
    stays(|_| {}, AccountRules { role: Role::OnlyByHand, ..AccountRules::default() });
    stays(|other| other.credential.kind = CredentialKind::Api, AccountRules::default());
}

#[test]
fn an_account_is_left_when_its_next_turn_would_hit_the_limit() {
    let mut world = two();
    world.read("b", used(0.0, 30.0));
    world.read("a", used(0.0, 40.0));
    for (time, percent) in [(10.0, 55.0), (20.0, 70.0), (30.0, 84.0)] {
        assert_eq!(world.turn(time, percent), NOTHING, "{percent}");
    }
    // Up to fifteen points a turn lately: from 89 the next one would not end.
    assert_eq!(world.turn(40.0, 89.0), LEFT);
}

#[test]
fn turns_since_the_last_reading_count() {
    let mut world = two();
    world.read("b", used(0.0, 30.0));
    world.read("a", used(0.0, 40.0));
    for (time, percent) in [(10.0, 50.0), (20.0, 60.0)] {
        world.turn(time, percent);
    }
    for seconds in [25.0, 30.0] {
        world.at(seconds).turn_begins("s");
        assert_eq!(world.idle("s"), NOTHING);
    }
    world.at(35.0).turn_begins("s");
    assert_eq!(world.idle("s"), ["read a: stale"], "60 were read, and three turns of ten have gone by");
    assert_eq!(world.unread("a"), LEFT, "that is all there is to go by");
}

#[test]
fn figures_that_would_decide_are_read_first_when_they_are_old() {
    let mut world = two();
    world.read("b", used(0.0, 30.0));
    world.read("a", used(0.0, 89.0));
    world.at(100.0).turn_begins("s");
    assert_eq!(world.at(200.0).idle("s"), ["read a: stale"]);
    assert_eq!(world.at(201.0).read("a", used(201.0, 93.0)), ["read b: candidate"]);
    assert_eq!(world.at(202.0).read("b", used(202.0, 30.0)), LEFT);
}

#[test]
fn draining_goes_by_turns_and_not_by_the_percentage() {
    let mut world = two().quiet(|policy| {
        policy.switch_at_percent = 90.0;
        policy.strategy = Strategy::DrainFirst;
    });
    world.read("b", used(0.0, 30.0));
    world.read("a", used(0.0, 80.0));
    assert_eq!(world.turn(10.0, 82.0), NOTHING);
    assert_eq!(world.turn(20.0, 96.0), LEFT);
    let mut world = two().quiet(|policy| {
        policy.switch_at_percent = 90.0;
        policy.strategy = Strategy::DrainFirst;
    });
    world.read("b", used(0.0, 30.0));
    assert_eq!(world.read("a", used(0.0, 90.0)), LEFT, "nobody knows what a turn uses");
}

#[test]
fn a_reserve_is_left_over_also_where_nothing_else_is_left_before_its_limit() {
    let reserve = AccountRules { reserve_percent: 20.0, ..AccountRules::default() };
    let mut world = World::of([metered("a"), metered("b")]).quiet(|policy| rule(policy, "a", reserve));
    world.read("b", used(0.0, 30.0));
    assert_eq!(world.read("a", used(0.0, 79.0)), NOTHING);
    assert_eq!(world.at(1.0).read("a", used(1.0, 80.0)), LEFT);
}

#[test]
fn who_chooses_an_account_near_its_limit_wants_it() {
    let mut world = two();
    world.read("a", used(0.0, 30.0));
    world.read("b", used(0.0, 95.0));
    world.at(10.0).ask(Ask::Switch(id("b")));
    world.done();
    assert_eq!(world.at(20.0).turn(20.0, 97.0), NOTHING);
    assert_eq!(world.at(30.0).hit_until("s", 1000.0), ["switch b -> a: limit hit by s"]);
}

#[test]
fn who_chooses_an_account_early_is_spared_its_limit_all_the_same() {
    let mut world = two();
    world.read("a", used(0.0, 30.0));
    world.at(10.0).ask(Ask::Switch(id("b")));
    world.done();
    assert_eq!(world.at(20.0).turn(20.0, 50.0), NOTHING);
    assert_eq!(world.at(30.0).turn(30.0, 91.0), ["switch b -> a: before the limit"]);
}

#[test]
fn while_paused_or_off_nothing_is_left() {
    let mut world = two();
    world.read("b", used(0.0, 30.0));
    world.ask(Ask::Pause(Pause::default()));
    assert_eq!(world.read("a", used(0.0, 95.0)), NOTHING);
    assert_eq!(world.ask(Ask::Resume), ["answer 2: done", "switch a -> b: before the limit"]);
}

#[test]
fn a_switch_between_turns_that_fails_is_not_tried_again_at_once() {
    let mut world = two();
    world.read("b", used(0.0, 30.0));
    assert_eq!(world.read("a", used(0.0, 95.0)), LEFT);
    assert_eq!(world.failed("disk full"), NOTHING);
    assert_eq!(world.turn(10.0, 96.0), NOTHING);
    assert_eq!(world.at(20.0).hit_until("s", 5000.0), ["switch a -> b: limit hit by s"]);
}

/// `a` is preferred to `b`; both without figures unless said otherwise.
fn preferred(accounts: [Account; 2]) -> World {
    World::of(accounts).quiet(|policy| {
        policy.return_to_preferred = true;
        policy.flap = None;
        rule(policy, "a", AccountRules { priority: 10, ..AccountRules::default() });
    })
}

#[test]
fn the_preferred_account_is_gone_back_to_after_its_reset_and_between_turns() {
    let mut world = preferred([account("a"), account("b")]);
    world.at(10.0).fail_over("s", 3000.0, "b");
    world.at(2900.0).turn_begins("s");
    assert_eq!(world.wake(), (3000.0, vec![]));
    assert_eq!(world.at(3100.0).idle("s"), ["switch b -> a: returned"]);
    assert_eq!(world.done(), ["tell: switched b -> a"]);
}

#[test]
fn without_being_asked_nobody_goes_back() {
    let mut world = World::named(["a", "b"]).quiet(|policy| {
        rule(policy, "a", AccountRules { priority: 10, ..AccountRules::default() });
    });
    world.at(10.0).fail_over("s", 3000.0, "b");
    assert_eq!(world.wake(), (3000.0, vec![]));
    assert_eq!(world.active(), Some("b"));
}

#[test]
fn the_preferred_account_is_read_before_it_is_gone_back_to() {
    let mut world = preferred([metered("a"), metered("b")]);
    world.at(10.0).hit_until("s", 3000.0);
    world.read("b", used(10.0, 10.0));
    world.done();
    world.idle("s");
    assert_eq!(world.wake(), (3000.0, vec!["read a: candidate".to_owned()]));
    // Its week is nearly over: not worth it.
    assert_eq!(world.at(3001.0).read("a", usage(3001.0, (0.0, None), (95.0, None))), NOTHING);
    assert_eq!(world.at(4000.0).read("a", used(4000.0, 0.0)), ["switch b -> a: returned"]);
}

#[test]
fn who_chooses_another_account_is_not_taken_back_before_the_preferred_one_was_limited() {
    let mut world = preferred([account("a"), account("b")]);
    world.at(10.0).ask(Ask::Switch(id("b")));
    assert_eq!(world.done(), ["tell: switched a -> b", "answer 1: switched a -> b"]);
    world.at(20.0).turn_begins("s");
    assert_eq!(world.at(30.0).idle("s"), NOTHING);
    world.at(40.0).ask(Ask::Disable(id("a")));
    assert_eq!(world.at(50.0).ask(Ask::Enable(id("a"))), ["answer 3: done", "switch b -> a: returned"]);
}

#[test]
fn a_last_resort_is_left_as_soon_as_a_normal_account_is_back() {
    let mut world = World::named(["a", "b"]).quiet(|policy| {
        rule(policy, "b", AccountRules { role: Role::LastResort, ..AccountRules::default() });
    });
    world.at(10.0).fail_over("s", 3000.0, "b");
    world.idle("s");
    assert_eq!(world.wake(), (3000.0, vec!["switch b -> a: returned".to_owned()]));
}

#[test]
fn going_back_is_held_back_with_all_else_while_switching_goes_in_circles() {
    let mut world = preferred([account("a"), account("b")]).quiet(|policy| {
        policy.return_to_preferred = true;
        rule(policy, "a", AccountRules { priority: 10, ..AccountRules::default() });
    });
    world.at(0.0).fail_over("s", 30.0, "b");
    world.idle("s");
    assert_eq!(world.wake(), (30.0, vec!["switch b -> a: returned".to_owned()]));
    world.done();
    world.at(100.0).fail_over("s", 200.0, "b");
    world.idle("s");
    assert_eq!(world.wake(), (200.0, vec![]), "the third switch in five minutes");
    assert_eq!(world.wake(), (1900.0, vec!["switch b -> a: returned".to_owned()]), "after the hold");
}
