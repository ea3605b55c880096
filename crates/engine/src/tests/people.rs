use super::world::*;
use crate::*;

fn api_key(name: &str) -> Account {
    let account = account(name);
    let credential = CredentialFacts { kind: CredentialKind::Api, expires_at: None, refreshable: false };
    Account { credential, ..account }
}

#[test]
fn a_named_account_is_switched_to_at_once_whatever_its_standing() {
    let mut limited = metered("b");
    limited.cooldown = Some(Cooldown { until: at(9000.0), cause: LimitCause::UsageLimit });
    for account in [
        limited,
        Account { enabled: false, ..metered("b") },
        Account { needs_login: true, ..metered("b") },
        metered("b"),
    ] {
        let mut world = World::of([metered("a"), account.clone()]);
        assert_eq!(world.ask(Ask::Switch(id("b"))), ["switch a -> b: chosen"], "{account:?}");
        assert_eq!(world.done(), ["tell: switched a -> b", "answer 1: switched a -> b"]);
    }
}

#[test]
fn the_active_account_can_be_named_too() {
    let mut world = World::named(["a", "b"]);
    assert_eq!(world.ask(Ask::Switch(id("a"))), ["answer 1: done"]);
}

#[test]
fn an_unknown_account_is_named_as_such() {
    let mut world = World::named(["a"]);
    for ask in [Ask::Switch(id("zz")), Ask::Enable(id("zz")), Ask::Disable(id("zz"))] {
        let heard = world.ask(ask);
        assert!(heard[0].ends_with("failed, there is no such account"), "{heard:?}");
    }
}

#[test]
fn a_failed_switch_is_answered_with_the_reason() {
    let mut world = World::named(["a", "b"]);
    world.ask(Ask::Switch(id("b")));
    assert_eq!(world.failed("keychain locked"), ["answer 1: failed, keychain locked"]);
    assert_eq!(world.active(), Some("a"));
}

#[test]
fn a_switch_to_another_kind_of_credential_needs_a_restart() {
    let cases = [
        (account("a"), account("b"), ""),
        (account("a"), api_key("b"), ", restart"),
        (api_key("a"), account("b"), ", restart"),
        (api_key("a"), api_key("b"), ", restart"),
    ];
    for (from, to, restart) in cases {
        let mut world = World::of([from, to]);
        world.ask(Ask::Switch(id("b")));
        assert_eq!(world.done()[0], format!("tell: switched a -> b{restart}"));
    }
}

#[test]
fn a_person_waits_for_a_switch_that_is_under_way() {
    let mut world = World::named(["a", "b", "c"]);
    world.at(10.0).hit("s");
    assert_eq!(world.ask(Ask::Switch(id("c"))), NOTHING);
    assert_eq!(world.ask(Ask::Switch(id("b"))), NOTHING);
    assert_eq!(world.done(), ["tell: switched a -> b", "switch b -> c: chosen"]);
    assert_eq!(world.done(), ["tell: switched b -> c", "answer 1: switched b -> c", "switch c -> b: chosen"]);
    assert_eq!(world.done(), ["tell: switched c -> b", "answer 2: switched c -> b"]);
}

#[test]
fn a_person_comes_before_the_next_try_of_a_failed_failover() {
    let mut world = World::named(["a", "b", "c"]);
    world.at(10.0).hit("s");
    world.ask(Ask::Switch(id("c")));
    assert_eq!(world.failed("disk full"), ["switch a -> c: chosen"]);
}

#[test]
fn a_person_replaces_a_failover_that_is_still_choosing() {
    let mut world = World::of([metered("a"), metered("b"), metered("c")]);
    world.at(10.0).hit("s");
    assert_eq!(world.ask(Ask::Switch(id("c"))), ["switch a -> c: chosen"]);
    world.done();
    assert_eq!(world.read("b", used(10.0, 0.0)), NOTHING);
    assert_eq!(world.at(60.0).feed(Input::TimePassed), NOTHING);
    assert_eq!(world.active(), Some("c"));
}

#[test]
fn a_person_s_choice_ends_what_was_deferred() {
    let mut world = World::named(["a", "b", "c"]);
    world.at(10.0).fail_over("s", 9000.0, "b");
    world.at(20.0).hit_until("s", 9000.0);
    assert_eq!(world.ask(Ask::Switch(id("b"))), ["answer 1: done"]);
    assert_eq!(world.at(60.0).feed(Input::TimePassed), NOTHING);
    assert_eq!(world.hit_until("s", 9000.0), ["switch b -> c: limit hit by s"]);
}

#[test]
fn next_reads_and_takes_the_best_other_account() {
    let mut world = World::of([metered("a"), metered("b"), metered("c")]);
    assert_eq!(world.ask_next(), ["read b: candidate", "read c: candidate"]);
    world.read("b", used(0.0, 50.0));
    assert_eq!(world.read("c", used(0.0, 60.0)), ["switch a -> b: next asked"]);
    assert_eq!(world.done(), ["tell: switched a -> b, 50 % left", "answer 1: switched a -> b"]);
}

#[test]
fn next_works_while_paused_and_in_spite_of_guards() {
    let mut world = World::named(["a", "b", "c"]);
    world.ask(Ask::Pause(Pause::default()));
    assert_eq!(world.ask_next(), ["switch a -> b: next asked"]);
    world.done();
    assert_eq!(world.ask_next(), ["switch b -> a: next asked"]);
}

#[test]
fn next_without_another_usable_account_says_why() {
    let mut world = World::named(["a"]);
    assert_eq!(world.ask_next(), ["answer 1: no usable account"]);
    let mut world = World::named(["a", "b"]);
    world.ask(Ask::Disable(id("b")));
    let ask = Input::Asked { request: RequestId(7), ask: Ask::Next(ProviderId::new(PROVIDER)) };
    let choice = Choice {
        passed_over: vec![(id("a"), PassedOver::Active), (id("b"), PassedOver::Disabled)],
        ..Choice::default()
    };
    let answer = Answer::NoUsableAccount(choice);
    assert_eq!(world.engine.step(at(1.0), ask), [Decision::Answer { request: RequestId(7), answer }]);
    let elsewhere = Ask::Next(ProviderId::new("elsewhere"));
    assert_eq!(world.ask(elsewhere), ["answer 2: no usable account"]);
}

#[test]
fn next_tries_on_when_a_switch_fails() {
    let mut world = World::named(["a", "b", "c"]);
    world.ask_next();
    assert_eq!(world.failed("disk full"), ["switch a -> c: next asked"]);
    assert_eq!(world.failed("disk full"), ["answer 1: failed, disk full"]);
}

#[test]
fn two_who_ask_for_the_next_account_get_the_same_one() {
    let mut world = World::of([account("a"), metered("b")]);
    world.ask_next();
    assert_eq!(world.ask_next(), NOTHING);
    assert_eq!(world.unread("b"), ["switch a -> b: next asked"]);
    let heard = world.done();
    assert_eq!(heard[1..], ["answer 1: switched a -> b", "answer 2: switched a -> b"]);
}

#[test]
fn a_named_account_replaces_next() {
    let mut world = World::of([account("a"), metered("b"), account("c")]);
    world.ask_next();
    let heard = world.ask(Ask::Switch(id("c")));
    assert_eq!(heard, ["answer 1: failed, another account was chosen meanwhile", "switch a -> c: chosen"]);
}

#[test]
fn next_replaces_an_automatic_failover() {
    let mut world = World::of([metered("a"), metered("b")]);
    world.at(10.0).hit("s");
    assert_eq!(world.ask_next(), NOTHING);
    assert_eq!(world.read("b", used(10.0, 5.0)), ["switch a -> b: next asked"]);
}

#[test]
fn a_limit_that_waited_for_a_person_s_failed_switch_is_not_lost() {
    let mut world = World::named(["a", "b", "c"]);
    world.at(10.0).ask(Ask::Switch(id("b")));
    world.hit("s");
    assert_eq!(world.failed("disk full"), ["answer 1: failed, disk full", "switch a -> b: limit hit by s"]);
}

#[test]
fn enabling_ends_a_rest_but_not_the_need_for_a_login() {
    let mut world = World::named(["a", "b"]);
    world.at(10.0).hit_at(None, 10.0, None);
    world.done();
    world.ask(Ask::Disable(id("a")));
    assert_eq!(world.records(), ["a is disabled"]);
    world.ask(Ask::Enable(id("a")));
    assert_eq!(world.records(), ["a is ready"]);
    assert_eq!(world.standing("a"), "is ready");

    let mut world = World::of([Account { needs_login: true, enabled: false, ..account("a") }]);
    world.ask(Ask::Enable(id("a")));
    assert_eq!(world.standing("a"), "needs a login");
}

#[test]
fn enabling_the_limited_active_account_ends_its_failover() {
    let mut world = World::of([metered("a"), metered("b")]);
    world.at(10.0).hit_until("s", 5000.0);
    assert_eq!(world.ask(Ask::Enable(id("a"))), ["answer 1: done"]);
    assert_eq!(world.read("b", used(10.0, 0.0)), NOTHING);
}

#[test]
fn what_would_come_next_is_judged_by_any_figures() {
    let mut world = World::of([metered("a"), metered("b"), metered("c")]);
    world.read("b", used(0.0, 50.0));
    world.at(900.0).read("c", used(900.0, 60.0));
    let next = world.engine.next(world.now, &ProviderId::new(PROVIDER));
    assert_eq!((next.winner, next.headroom), (Some(id("b")), Some(50.0)));
    assert_eq!(next.passed_over[1], (id("c"), PassedOver::LessLeft { headroom: 40.0 }));
}

#[test]
fn accounts_are_listed_by_label() {
    let label = |name: &str| Label::normalise(name).unwrap();
    let world = World::of([Account { label: label("zed"), ..account("a") }, account("m"), account("b")]);
    let labels: Vec<&str> = world.engine.accounts().map(|account| account.label.as_str()).collect();
    assert_eq!(labels, ["b", "m", "zed"]);
}
