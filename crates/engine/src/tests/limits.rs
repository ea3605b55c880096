use super::world::*;
use crate::*;

const MINUTE: f64 = 60.0;

#[test]
fn a_limit_switches_to_the_next_account_and_says_so() {
    let mut world = World::named(["a", "b"]);
    world.at(100.0);
    assert_eq!(world.hit_until("s", 5000.0), ["switch a -> b: limit hit by s"]);
    assert_eq!(world.records(), ["limit of a", "a rests until 5000"]);
    assert_eq!(world.active(), Some("a"));
    assert_eq!(world.at(100.1).done(), ["tell: switched a -> b"]);
    assert_eq!(world.active(), Some("b"));
}

#[test]
fn a_switch_says_why_the_others_were_passed_over() {
    let mut world = World::named(["a", "b", "c", "d"]);
    world.ask(Ask::Disable(id("c")));
    world.at(10.0).attempt("s", 10.0);
    let hit = LimitHit {
        session: Some(session("s")),
        provider: ProviderId::new(PROVIDER),
        model: None,
        at: at(10.0),
        until: None,
        cause: LimitCause::Billing,
        reach: Reach::Account,
    };
    let decisions = world.engine.step(at(10.0), Input::LimitHit(hit.clone()));
    let until = at(10.0 + 15.0 * MINUTE);
    let standing = Standing::CoolingDown(Cooldown { until, cause: LimitCause::Billing });
    assert_eq!(
        decisions,
        [
            Decision::Record(Record::LimitHit { account: Some(id("a")), hit }),
            Decision::Record(Record::Standing { account: id("a"), standing }),
            Decision::Switch(Switch {
                id: SwitchId(1),
                provider: ProviderId::new(PROVIDER),
                from: Some(id("a")),
                to: id("b"),
                cause: SwitchCause::LimitHit { session: Some(session("s")) },
                choice: Some(Choice {
                    winner: Some(id("b")),
                    headroom: None,
                    passed_over: vec![
                        (id("a"), PassedOver::Active),
                        (id("c"), PassedOver::Disabled),
                        (id("d"), PassedOver::Equal),
                    ],
                }),
            }),
        ]
    );
}

#[test]
fn ten_sessions_that_report_one_limit_make_one_switch() {
    let mut world = World::named(["a", "b", "c"]);
    let names: Vec<String> = (0..10).map(|number| format!("s{number}")).collect();
    world.at(10.0);
    for name in &names {
        world.attempt(name, 9.0);
    }
    assert_eq!(world.hit_at(Some("s0"), 10.0, Some(900.0)), ["switch a -> b: limit hit by s0"]);
    for name in &names[1..4] {
        assert_eq!(world.hit_at(Some(name), 10.0, Some(900.0)), NOTHING);
    }
    world.at(10.1).done();
    for name in &names[4..] {
        assert_eq!(world.at(14.0).hit_at(Some(name), 14.0, Some(900.0)), NOTHING);
    }
    assert_eq!(world.active(), Some("b"));
    assert_eq!(world.standing("b"), "is ready");
}

#[test]
fn a_report_of_unknown_origin_counts_against_the_account_before_while_a_switch_settles() {
    for (happened, against) in [(10.0, "a"), (12.9, "a"), (13.1, "b")] {
        let mut world = World::named(["a", "b", "c"]);
        world.at(10.0).hit_at(None, 9.0, None);
        world.done();
        world.at(13.5).hit_at(None, happened, None);
        assert_eq!(world.records()[0], format!("limit of {against}"), "at {happened}");
    }
}

#[test]
fn a_session_that_asked_the_new_account_is_believed_at_once() {
    let mut world = World::named(["a", "b", "c"]);
    world.at(10.0).hit("s");
    world.done();
    world.at(10.5).attempt("t", 10.4);
    assert_eq!(world.hit_at(Some("t"), 10.5, None), ["switch b -> c: limit hit by t"]);
}

#[test]
fn whole_seconds_just_before_a_switch_belong_to_the_account_before() {
    let mut world = World::named(["a", "b"]);
    world.at(10.3).hit("s");
    world.at(10.6).done();
    world.at(11.0).attempt("t", 10.0);
    assert_eq!(world.hit_at(Some("t"), 11.0, None), NOTHING);
    assert_eq!(world.records()[0], "limit of a");
    assert_eq!(world.standing("b"), "is ready");
}

#[test]
fn a_very_late_report_about_an_account_that_was_left_is_recorded_only() {
    let mut world = World::named(["a", "b"]);
    world.at(10.0).attempt("t", 9.0);
    world.fail_over("s", 60.0, "b");
    assert_eq!(world.at(30.0 * MINUTE).hit_at(Some("t"), 29.0 * MINUTE, None), NOTHING);
    assert_eq!(world.records(), ["limit of a", "a rests until 2640"]);
    assert_eq!(world.at(60.0 * MINUTE).hit_at(Some("t"), 12.0, None), NOTHING);
    assert_eq!(world.records(), ["limit of a", "a is ready"]);
}

#[test]
fn a_report_from_an_earlier_stay_is_not_held_against_the_present_one() {
    let mut world = World::named(["a", "b"]);
    world.at(10.0).attempt("t", 9.0);
    world.fail_over("s", 500.0, "b");
    world.at(20.0).ask(Ask::Switch(id("a")));
    world.done();
    assert_eq!(world.at(30.0).hit_at(Some("t"), 30.0, None), NOTHING);
    assert_eq!(world.active(), Some("a"));
}

#[test]
fn the_same_report_twice_is_recorded_once() {
    let mut world = World::named(["a"]);
    world.at(10.0).attempt("s", 9.0);
    world.hit_at(Some("s"), 10.2, Some(900.0));
    assert_eq!(world.records(), ["limit of a", "a rests until 900"]);
    world.hit_at(Some("s"), 10.4, Some(900.0));
    assert_eq!(world.records(), [""; 0]);
    world.at(11.0).hit_at(Some("s"), 11.0, Some(900.0));
    assert_eq!(world.records(), ["limit of a"]);
}

#[test]
fn a_limit_lasts_until_the_time_that_the_error_names() {
    let cases = [(Some(4000.0), 4000.0), (Some(5.0), 910.0), (None, 910.0)];
    for (named, until) in cases {
        let mut world = World::named(["a"]);
        world.at(10.0).hit_at(None, 10.0, named);
        assert_eq!(world.standing("a"), format!("rests until {until}"), "{named:?}");
    }
}

#[test]
fn without_a_named_time_a_limit_lasts_until_the_latest_reset_of_its_spent_windows() {
    let mut world = World::of([metered("a")]);
    world.read("a", usage(0.0, (100.0, Some(3000.0)), (100.0, Some(9000.0))));
    world.at(30.0).hit("s");
    assert_eq!(world.standing("a"), "rests until 9000");
}

#[test]
fn a_later_limit_extends_the_rest_and_never_shortens_it() {
    let mut world = World::named(["a"]);
    world.at(10.0).hit_at(None, 10.0, Some(4000.0));
    world.at(20.0).hit_at(None, 20.0, Some(3000.0));
    assert_eq!(world.standing("a"), "rests until 4000");
    world.at(30.0).hit_at(None, 30.0, Some(5000.0));
    assert_eq!(world.standing("a"), "rests until 5000");
}

#[test]
fn a_reset_that_jitters_is_not_recorded_again() {
    let mut world = World::named(["a"]);
    world.at(10.0).hit_at(None, 10.0, Some(4000.0));
    world.at(20.0).hit_at(None, 20.0, Some(4001.0));
    assert_eq!(world.records(), ["limit of a"]);
    assert_eq!(world.standing("a"), "rests until 4001");
}

#[test]
fn a_limit_at_a_provider_without_a_known_account_is_recorded_only() {
    let mut world = World::named(["a", "b"]);
    world.logged_out();
    assert_eq!(world.at(10.0).hit("s"), NOTHING);
    assert_eq!(world.records(), ["limit of nobody"]);
}

#[test]
fn a_limit_right_after_the_start_counts_against_the_active_account() {
    let mut world = World::named(["a", "b"]);
    assert_eq!(world.at(0.5).hit_at(None, -20.0, None), ["switch a -> b: limit hit"]);
}

#[test]
fn a_limit_that_is_over_by_now_changes_nothing() {
    let mut world = World::named(["a", "b"]);
    assert_eq!(world.at(60.0 * MINUTE).hit_at(Some("s"), 10.0, Some(MINUTE)), NOTHING);
    assert_eq!(world.standing("a"), "is ready");
}

#[test]
fn a_report_from_the_future_counts_as_made_now() {
    let mut world = World::named(["a", "b"]);
    assert_eq!(world.at(10.0).hit_at(None, 5000.0, None), ["switch a -> b: limit hit"]);
    assert_eq!(world.standing("a"), "rests until 910");
}

#[test]
fn a_failed_switch_tries_the_next_account() {
    let mut world = World::named(["a", "b", "c"]);
    world.at(10.0).hit("s");
    assert_eq!(world.failed("keychain locked"), ["switch a -> c: limit hit by s"]);
    assert_eq!(world.done(), ["tell: switched a -> c"]);
}

#[test]
fn when_every_switch_fails_the_person_is_told_once() {
    let mut world = World::named(["a", "b", "c"]);
    world.at(10.0).hit("s");
    world.failed("keychain locked");
    assert_eq!(world.failed("keychain locked"), ["tell: switch to c failed, keychain locked"]);
    assert_eq!(world.active(), Some("a"));
    assert_eq!(world.at(20.0).hit("t"), NOTHING);
    assert_eq!(world.wake(), (55.0, vec!["switch a -> b: limit hit by t".to_owned()]));
    world.failed("keychain locked");
    assert_eq!(world.failed("keychain locked"), NOTHING);
}

#[test]
fn the_outcome_of_an_unknown_switch_means_nothing() {
    let mut world = World::named(["a", "b"]);
    world.at(10.0).hit("s");
    let stray = Input::SwitchFinished { switch: SwitchId(99), outcome: SwitchOutcome::Done };
    assert_eq!(world.feed(stray), NOTHING);
    assert_eq!(world.active(), Some("a"));
    world.done();
    assert_eq!(world.done(), NOTHING);
    assert_eq!(world.active(), Some("b"));
}

#[test]
fn providers_fail_over_independently() {
    let mut world = World::named(["a", "b"]);
    let other = ProviderId::new("anthropic");
    for name in ["x", "y"] {
        world.feed(Input::AccountKnown(Account { provider: other.clone(), ..account(name) }));
    }
    world.feed(Input::ActiveSeen { provider: other.clone(), account: Some(id("x")) });
    world.at(10.0).hit("s");
    let hit = LimitHit {
        session: Some(session("s")),
        provider: other.clone(),
        model: None,
        at: at(11.0),
        until: None,
        cause: LimitCause::UsageLimit,
        reach: Reach::Account,
    };
    assert_eq!(world.at(11.0).feed(Input::LimitHit(hit)), ["switch x -> y: limit hit by s"]);
    world.done();
    assert_eq!((world.active(), world.engine.active(&other)), (Some("a"), Some(&id("y"))));
}
