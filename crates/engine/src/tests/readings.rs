use super::world::*;
use crate::*;

fn expiring(name: &str, expires_at: f64) -> Account {
    let account = metered(name);
    let credential = CredentialFacts { expires_at: Some(at(expires_at)), ..account.credential };
    Account { credential, ..account }
}

#[test]
fn candidates_are_read_at_once_and_the_one_with_most_left_wins() {
    let mut world = World::of([metered("a"), metered("b"), metered("c")]);
    world.at(100.0);
    assert_eq!(world.hit_until("s", 5000.0), ["read b: candidate", "read c: candidate"]);
    assert_eq!(world.at(100.2).read("b", used(100.2, 60.0)), NOTHING);
    assert_eq!(world.at(100.3).read("c", used(100.3, 20.0)), ["switch a -> c: limit hit by s"]);
    assert_eq!(world.done(), ["tell: switched a -> c, 80 % left"]);
}

#[test]
fn figures_of_the_last_minute_hold() {
    let mut world = World::of([metered("a"), metered("b"), metered("c")]);
    world.read("b", used(0.0, 60.0));
    world.at(10.0).read("c", used(10.0, 20.0));
    assert_eq!(world.at(60.0).hit_until("s", 5000.0), ["switch a -> c: limit hit by s"]);
    world.done();
    world.at(71.0);
    assert_eq!(world.ask_next(), ["read b: candidate"]);
}

#[test]
fn an_account_with_a_spent_window_never_wins() {
    let mut world = World::of([metered("a"), metered("b"), metered("c")]);
    world.at(100.0).hit_until("s", 5000.0);
    world.read("b", usage(100.0, (0.0, None), (100.0, Some(9000.0))));
    assert_eq!(world.records(), ["b rests until 9000"]);
    assert_eq!(world.read("c", used(100.0, 99.0)), ["switch a -> c: limit hit by s"]);
}

#[test]
fn an_unknown_usage_ranks_below_any_that_is_left_but_is_not_spent() {
    let mut world = World::of([metered("a"), account("b"), metered("c")]);
    assert_eq!(world.at(100.0).hit_until("s", 5000.0), ["read c: candidate"]);
    assert_eq!(world.read("c", used(100.0, 99.0)), ["switch a -> c: limit hit by s"]);

    let mut world = World::of([metered("a"), metered("b")]);
    world.at(100.0).hit_until("s", 5000.0);
    assert_eq!(world.unread("b"), ["switch a -> b: limit hit by s"]);
}

#[test]
fn old_figures_rank_between_those_that_hold_and_none() {
    let mut world = World::of([metered("a"), metered("b"), metered("c"), metered("d")]);
    world.read("b", used(0.0, 50.0));
    world.read("c", used(0.0, 10.0));
    world.at(100.0).hit_until("s", 5000.0);
    world.unread("b");
    world.unread("c");
    assert_eq!(world.unread("d"), ["switch a -> c: limit hit by s"]);
}

#[test]
fn after_a_moment_one_good_account_is_enough() {
    let mut world = World::of([metered("a"), metered("b"), metered("c")]);
    world.at(100.0).hit_until("s", 5000.0);
    assert_eq!(world.at(100.1).read("b", used(100.1, 60.0)), NOTHING);
    assert_eq!(world.wake(), (100.7, vec!["switch a -> b: limit hit by s".to_owned()]));
}

#[test]
fn after_a_moment_the_first_good_account_wins_when_its_figures_come() {
    let mut world = World::of([metered("a"), metered("b"), metered("c")]);
    world.at(100.0).hit_until("s", 5000.0);
    assert_eq!(world.wake(), (100.7, vec![]));
    assert_eq!(world.at(102.0).read("c", used(102.0, 60.0)), ["switch a -> c: limit hit by s"]);
}

#[test]
fn after_ten_seconds_what_is_known_must_do() {
    let mut world = World::of([metered("a"), metered("b"), metered("c")]);
    world.at(100.0).hit_until("s", 5000.0);
    world.unread("c");
    world.at(100.7).feed(Input::TimePassed);
    assert_eq!(world.wake(), (110.0, vec!["switch a -> b: limit hit by s".to_owned()]));
}

#[test]
fn late_figures_are_taken_in_after_the_switch() {
    let mut world = World::of([metered("a"), metered("b"), metered("c")]);
    world.at(100.0).hit_until("s", 5000.0);
    world.read("b", used(100.0, 60.0));
    world.at(100.7).feed(Input::TimePassed);
    assert_eq!(world.at(101.0).read("c", usage(101.0, (100.0, Some(900.0)), (5.0, None))), NOTHING);
    assert_eq!(world.standing("c"), "rests until 900");
}

#[test]
fn a_token_that_ends_soon_is_renewed_before_the_reading() {
    for (expires_at, asks) in [(90.0, "refresh b"), (220.0, "refresh b"), (221.0, "read b: candidate")] {
        let mut world = World::of([metered("a"), expiring("b", expires_at)]);
        assert_eq!(world.at(100.0).hit_until("s", 5000.0), [asks], "token until {expires_at}");
    }
    let mut world = World::of([metered("a"), expiring("b", 90.0)]);
    world.at(100.0).hit_until("s", 5000.0);
    let refreshed = RefreshOutcome::Refreshed { expires_at: Some(at(5000.0)) };
    assert_eq!(world.refreshed("b", refreshed), ["read b: candidate"]);
    assert_eq!(world.read("b", used(100.0, 5.0)), ["switch a -> b: limit hit by s"]);
}

#[test]
fn a_token_is_renewed_even_when_no_reading_is_needed() {
    let mut world = World::of([account("a"), Account { has_figures: false, ..expiring("b", 90.0) }]);
    assert_eq!(world.at(100.0).hit_until("s", 5000.0), ["refresh b"]);
    let refreshed = RefreshOutcome::Refreshed { expires_at: None };
    assert_eq!(world.refreshed("b", refreshed), ["switch a -> b: limit hit by s"]);

    let mut world = World::of([metered("a"), expiring("b", 90.0)]);
    world.at(90.0).read("b", used(90.0, 10.0));
    assert_eq!(world.at(100.0).hit_until("s", 5000.0), ["refresh b"]);
    let refreshed = RefreshOutcome::Refreshed { expires_at: None };
    assert_eq!(world.refreshed("b", refreshed), ["switch a -> b: limit hit by s"]);
}

#[test]
fn a_token_that_baton_cannot_renew_is_left_to_opencode() {
    let mut stale = expiring("b", 90.0);
    stale.credential.refreshable = false;
    let mut world = World::of([metered("a"), stale]);
    assert_eq!(world.at(100.0).hit_until("s", 5000.0), ["read b: candidate"]);
}

#[test]
fn the_active_account_s_token_is_never_renewed() {
    let mut world = World::of([expiring("a", 90.0), metered("b")]);
    world.at(100.0);
    assert_eq!(world.ask(Ask::ReadUsage(None)), ["read a: asked", "read b: asked"]);
}

#[test]
fn a_rejected_refresh_means_that_a_login_is_needed() {
    let mut world = World::of([metered("a"), expiring("b", 90.0), account("c")]);
    world.at(100.0).hit_until("s", 5000.0);
    let heard = world.refreshed("b", RefreshOutcome::LoginRejected);
    assert_eq!(heard, ["tell: b needs a login", "switch a -> c: limit hit by s"]);
    assert_eq!(world.records(), ["b needs a login"]);
}

#[test]
fn a_rejected_reading_means_that_a_login_is_needed_unless_the_token_had_expired() {
    let rejected = || Input::UsageRead { account: id("b"), outcome: UsageOutcome::LoginRejected };
    let mut bound = metered("b");
    bound.credential.refreshable = false;
    let mut world = World::of([metered("a"), bound]);
    assert_eq!(world.feed(rejected()), ["tell: b needs a login"]);
    assert_eq!(world.feed(rejected()), NOTHING);

    let mut world = World::of([metered("a"), expiring("b", 90.0)]);
    assert_eq!(world.at(100.0).feed(rejected()), NOTHING);
    assert_eq!(world.standing("b"), "is ready");
}

#[test]
fn a_login_that_can_still_be_renewed_has_not_ended() {
    let rejected = |name: &str| Input::UsageRead { account: id(name), outcome: UsageOutcome::LoginRejected };
    let renewed = || RefreshOutcome::Refreshed { expires_at: Some(at(50_000.0)) };

    let mut world = World::of([metered("a"), expiring("b", 9000.0)]);
    assert_eq!(world.at(100.0).feed(rejected("b")), ["refresh b"]);
    assert_eq!(world.refreshed("b", RefreshOutcome::LoginRejected), ["tell: b needs a login"]);

    let mut world = World::of([metered("a"), expiring("b", 9000.0)]);
    world.at(100.0).feed(rejected("b"));
    assert_eq!(world.refreshed("b", renewed()), ["read b: stale"]);
    assert_eq!(world.read("b", used(100.0, 5.0)), NOTHING);
    assert_eq!(world.standing("b"), "is ready");
    assert_eq!(world.at(5000.0).feed(rejected("b")), ["refresh b"], "much later it may be so again");

    let mut world = World::of([metered("a"), expiring("b", 9000.0)]);
    world.at(100.0).feed(rejected("b"));
    world.refreshed("b", renewed());
    assert_eq!(world.feed(rejected("b")), ["tell: b needs a login"], "a new token is rejected too");

    let mut world = World::of([expiring("a", 9000.0), metered("b")]);
    assert_eq!(
        world.at(100.0).feed(rejected("a"))[0],
        "tell: a needs a login",
        "OpenCode's token is OpenCode's to renew"
    );
}

#[test]
fn an_account_that_cannot_be_reached_stays_a_candidate_of_unknown_usage() {
    let mut world = World::of([metered("a"), expiring("b", 90.0), metered("c")]);
    world.read("b", used(0.0, 1.0));
    world.at(30.0).hit_until("s", 5000.0);
    assert_eq!(world.refreshed("b", RefreshOutcome::Failed), NOTHING);
    assert_eq!(world.read("c", used(30.0, 99.0)), ["switch a -> c: limit hit by s"]);

    let mut world = World::of([metered("a"), expiring("b", 90.0)]);
    world.at(100.0).hit_until("s", 5000.0);
    assert_eq!(world.refreshed("b", RefreshOutcome::Failed), ["switch a -> b: limit hit by s"]);
}

#[test]
fn a_limit_without_a_named_end_asks_the_account_s_own_figures() {
    let mut world = World::of([metered("a")]);
    assert_eq!(world.at(100.0).hit("s"), ["read a: stale"]);
    assert_eq!(world.standing("a"), "rests until 1000");
    let spent = usage(101.0, (100.0, Some(4000.0)), (30.0, Some(90_000.0)));
    assert_eq!(world.at(101.0).read("a", spent), ["tell: nobody left, a is back at 4000"]);
    assert_eq!(world.records(), ["a rests until 4000"]);
}

#[test]
fn nobody_waits_long_for_those_figures() {
    let mut world = World::of([metered("a")]);
    world.at(100.0).hit("s");
    assert_eq!(world.wake(), (110.0, vec!["tell: nobody left, a is back at 1000".to_owned()]));
}

#[test]
fn old_unknown_doubled_and_future_figures_do_no_harm() {
    let mut world = World::of([metered("a"), metered("b")]);
    world.at(100.0).read("b", used(100.0, 30.0));
    world.read("b", used(50.0, 100.0));
    world.read("b", used(100.0, 100.0));
    world.read("zz", used(100.0, 30.0));
    assert_eq!(world.engine.account(&id("b")).unwrap().usage, Some(used(100.0, 30.0)));
    world.read("b", used(9000.0, 40.0));
    assert_eq!(world.engine.account(&id("b")).unwrap().usage, Some(used(100.0, 30.0)));
    world.at(101.0).read("b", used(9000.0, 40.0));
    assert_eq!(world.at(102.0).read("b", used(102.0, 50.0)), NOTHING);
    assert_eq!(world.engine.account(&id("b")).unwrap().usage, Some(used(102.0, 50.0)));
}

#[test]
fn figures_with_something_left_end_a_rest_that_figures_began() {
    let mut world = World::of([metered("a"), metered("b")]);
    world.at(10.0).read("b", usage(10.0, (100.0, Some(9000.0)), (10.0, None)));
    world.at(20.0).read("b", used(20.0, 10.0));
    assert_eq!(world.records(), ["b is ready"]);
}

#[test]
fn figures_end_a_limit_only_when_they_cannot_lag_behind_it() {
    // The limit is of second 100; its end is named or assumed; figures with something left come.
    let named = Some(5000.0);
    let cases = [
        (None, 130.0, usage(130.0, (50.0, None), (50.0, None)), false),
        (None, 160.0, usage(160.0, (50.0, None), (50.0, None)), true),
        (named, 160.0, usage(160.0, (1.0, Some(5003.0)), (50.0, None)), false),
        (named, 160.0, usage(160.0, (1.0, Some(18_000.0)), (50.0, None)), true),
        (named, 160.0, Usage { read_at: at(160.0), windows: vec![], balances: vec![] }, false),
    ];
    for (until, now, figures, ends) in cases {
        let mut world = World::of([metered("a")]);
        world.at(100.0).hit_at(None, 100.0, until);
        world.at(now).read("a", figures.clone());
        assert_eq!(world.standing("a") == "is ready", ends, "{until:?} {figures:?}");
    }
}

#[test]
fn figures_say_nothing_of_money() {
    let mut world = World::of([metered("a")]);
    world.at(100.0).feed(Input::LimitHit(LimitHit {
        session: None,
        provider: ProviderId::new(PROVIDER),
        model: None,
        at: at(100.0),
        until: None,
        cause: LimitCause::Billing,
        reach: Reach::Account,
    }));
    world.at(300.0).read("a", used(300.0, 0.0));
    assert_eq!(world.standing("a"), "rests until 1000");
}

#[test]
fn asked_readings_are_answered_when_all_have_come() {
    let mut world = World::of([metered("a"), metered("b"), account("c"), expiring("d", 10.0)]);
    let heard = world.ask(Ask::ReadUsage(Some(ProviderId::new(PROVIDER))));
    assert_eq!(heard, ["read a: asked", "read b: asked", "refresh d"]);
    world.unread("a");
    world.refreshed("d", RefreshOutcome::Failed);
    assert_eq!(world.read("b", used(0.0, 5.0)), ["answer 1: done"]);
    assert_eq!(world.ask(Ask::ReadUsage(Some(ProviderId::new("elsewhere")))), ["answer 2: done"]);
}

#[test]
fn asked_readings_are_answered_after_a_while_whatever_has_come() {
    let mut world = World::of([metered("a"), expiring("b", 10.0)]);
    world.ask(Ask::ReadUsage(None));
    world.at(9.0).refreshed("b", RefreshOutcome::Refreshed { expires_at: None });
    assert_eq!(world.wake(), (10.0, vec![]));
    assert_eq!(world.wake(), (15.0, vec!["answer 1: done".to_owned()]));
    assert_eq!(world.wake_at(), Some(19.0));
}

#[test]
fn accounts_that_need_a_login_are_not_read() {
    let mut world = World::of([metered("a"), Account { needs_login: true, ..metered("b") }]);
    assert_eq!(world.ask(Ask::ReadUsage(None)), ["read a: asked"]);
}
