//! Sessions that sleep or failed: carried on after a switch, or on a lane, as often as the person allows.

use super::world::*;
use crate::*;

const OTHER: &str = "anthropic";
const AFTER_SWITCH: &str = "resume s on gpt of openai as build: b is active";

fn stuck(plight: Plight, world: &World) -> StuckSession {
    StuckSession {
        session: session("s"),
        provider: ProviderId::new(PROVIDER),
        model: MODEL.to_owned(),
        agent: Some("build".to_owned()),
        at: world.now,
        plight,
        fallback: None,
        delegated: false,
    }
}

impl World {
    /// The session sleeps from now on, until so many seconds into the story.
    fn sleeps(&mut self, until: f64) -> Vec<String> {
        let stuck = stuck(Plight::Sleeping { until: at(until) }, self);
        self.feed(Input::SessionStuck(stuck))
    }

    fn failed_turn(&mut self) -> Vec<String> {
        let stuck = stuck(Plight::Failed, self);
        self.feed(Input::SessionStuck(stuck))
    }

    fn moved(&mut self, how: Move) -> Vec<String> {
        self.feed(Input::SessionMoved { session: session("s"), how })
    }

    fn resumed(&mut self) -> Vec<String> {
        self.feed(Input::SessionResumed { session: session("s"), outcome: ResumeOutcome::Done })
    }

    /// A switch by hand, from its wish to its end.
    fn switch_by_hand(&mut self, to: &str) -> Vec<String> {
        let begun = self.ask(Ask::Switch(id(to)));
        assert!(begun.iter().any(|decision| decision.starts_with("switch ")), "{begun:?}");
        self.done()
    }
}

/// Paused, so that nothing is switched before a person does it; `s` met a limit on `a`, and its turn is stuck.
fn held_back(plight: Plight) -> World {
    let mut world = World::named(["a", "b"]);
    world.ask(Ask::Pause(Pause::default()));
    assert_eq!(world.at(10.0).hit_until("s", 3610.0), ["tell: held back, off"]);
    let stuck = stuck(plight, &world);
    assert_eq!(world.feed(Input::SessionStuck(stuck)), NOTHING);
    world
}

fn asleep() -> World {
    held_back(Plight::Sleeping { until: at(3610.0) })
}

fn resumes(decisions: &[String]) -> Vec<&str> {
    decisions.iter().map(String::as_str).filter(|decision| decision.starts_with("resume ")).collect()
}

#[test]
fn a_session_that_sleeps_goes_on_as_soon_as_a_person_has_switched() {
    let mut world = asleep();
    let decisions = world.at(60.0).switch_by_hand("b");
    assert_eq!(resumes(&decisions), [AFTER_SWITCH]);
    assert_eq!(world.at(62.0).resumed(), NOTHING);
    assert_eq!(world.records(), ["resumed s on gpt of openai as build: b is active"]);
}

#[test]
fn a_session_that_falls_asleep_while_another_account_is_looked_for_goes_on_after_the_switch() {
    let mut world = World::of([metered("a"), metered("b")]);
    assert_eq!(world.at(10.0).hit_until("s", 3610.0), ["read b: candidate"]);
    assert_eq!(world.at(10.1).sleeps(3610.0), NOTHING);
    assert_eq!(world.at(10.5).read("b", used(10.5, 20.0)), ["switch a -> b: limit hit by s"]);
    assert_eq!(resumes(&world.at(10.6).done()), [AFTER_SWITCH]);
}

#[test]
fn what_is_heard_only_after_the_switch_counts_too() {
    let mut world = World::named(["a", "b"]);
    world.at(10.0).fail_over("s", 3610.0, "b");
    assert_eq!(world.at(10.4).sleeps(3610.0), [AFTER_SWITCH]);

    let mut world = World::named(["a", "b"]);
    world.at(10.0).fail_over("s", 3610.0, "b");
    assert_eq!(world.at(10.4).failed_turn(), [AFTER_SWITCH]);
}

#[test]
fn a_turn_that_failed_for_a_limit_goes_on_too_and_no_other() {
    let mut world = held_back(Plight::Failed);
    assert_eq!(resumes(&world.at(60.0).switch_by_hand("b")), [AFTER_SWITCH]);

    let mut world = World::named(["a", "b"]);
    world.at(10.0).attempt("s", 10.0).failed_turn();
    assert_eq!(resumes(&world.at(60.0).switch_by_hand("b")), NOTHING, "nobody knows why it failed");

    let mut world = World::named(["a", "b"]);
    world.at(10.0).fail_over("s", 3610.0, "b");
    assert_eq!(world.at(40.0).attempt("s", 39.0).failed_turn(), NOTHING, "the limit was long before");
}

#[test]
fn what_failed_long_ago_is_left_alone() {
    let mut world = held_back(Plight::Failed);
    assert_eq!(resumes(&world.at(1000.0).switch_by_hand("b")), NOTHING);
}

#[test]
fn a_session_that_wakes_up_in_a_moment_is_left_to_itself() {
    let mut world = held_back(Plight::Sleeping { until: at(68.0) });
    assert_eq!(resumes(&world.at(60.0).switch_by_hand("b")), NOTHING);
}

#[test]
fn a_session_that_moved_on_is_left_alone() {
    for (how, goes_on) in [(Move::GoesOn, false), (Move::Over, false), (Move::Asked, true)] {
        let mut world = asleep();
        assert_eq!(world.moved(how), NOTHING);
        assert_eq!(!resumes(&world.at(60.0).switch_by_hand("b")).is_empty(), goes_on, "asleep, {how:?}");
    }
    for (how, goes_on) in [(Move::GoesOn, false), (Move::Over, true), (Move::Asked, false)] {
        let mut world = held_back(Plight::Failed);
        assert_eq!(world.moved(how), NOTHING);
        assert_eq!(!resumes(&world.at(60.0).switch_by_hand("b")).is_empty(), goes_on, "failed, {how:?}");
    }
}

#[test]
fn an_account_that_cant_serve_either_carries_nobody_on() {
    let mut world = asleep();
    world.feed(Input::UsageRead { account: id("b"), outcome: UsageOutcome::Read(used(20.0, 100.0)) });
    assert_eq!(resumes(&world.at(60.0).switch_by_hand("b")), NOTHING);
}

#[test]
fn an_account_that_the_person_takes_although_it_is_disabled_carries_on() {
    let mut world = World::named(["a", "b"]);
    world.ask(Ask::Disable(id("b")));
    assert_eq!(world.at(10.0).hit_until("s", 3610.0), ["tell: nobody left, a is back at 3610"]);
    world.sleeps(3610.0);
    assert_eq!(resumes(&world.at(60.0).switch_by_hand("b")), [AFTER_SWITCH]);
}

#[test]
fn another_kind_of_credential_carries_nobody_on() {
    let key = CredentialFacts { kind: CredentialKind::Api, expires_at: None, refreshable: false };
    let mut world = World::of([account("a"), Account { credential: key, ..account("b") }]);
    world.ask(Ask::Pause(Pause::default()));
    world.at(10.0).hit_until("s", 3610.0);
    world.sleeps(3610.0);
    assert_eq!(resumes(&world.at(60.0).switch_by_hand("b")), NOTHING);
}

#[test]
fn a_session_is_carried_on_once_until_the_person_asks_it_something() {
    let again = |how: Option<Move>| {
        let mut world = World::named(["a", "b", "c"]);
        world.ask(Ask::Pause(Pause::default()));
        world.at(10.0).hit_until("s", 3610.0);
        world.sleeps(3610.0);
        world.at(60.0).switch_by_hand("b");
        world.at(61.0).resumed();
        how.map(|how| world.moved(how));
        world.at(100.0).hit_until("s", 3700.0);
        world.sleeps(3700.0);
        let decisions = world.at(120.0).switch_by_hand("c");
        resumes(&decisions).len()
    };
    assert_eq!(again(None), 0);
    assert_eq!(again(Some(Move::Over)), 0);
    assert_eq!(again(Some(Move::Asked)), 1);
}

#[test]
fn the_person_can_have_none_or_more() {
    let carried_on = |continuations| {
        let mut world = asleep().policy(|policy| policy.continuations = continuations);
        let first = resumes(&world.at(60.0).switch_by_hand("b")).len();
        world.at(61.0).resumed();
        world.at(100.0).hit_until("s", 3700.0);
        world.sleeps(3700.0);
        world.ask(Ask::Enable(id("a")));
        first + resumes(&world.at(120.0).switch_by_hand("a")).len()
    };
    assert_eq!([carried_on(0), carried_on(1), carried_on(2)], [0, 1, 2]);
}

/// `a` at the provider of the stories, `o` at another one.
fn two_providers(lanes: &[(&str, &str)]) -> World {
    let mut world = World::named(["a"]).policy(|policy| {
        let lane = |(provider, model): &(&str, &str)| lane(provider, model);
        policy.lanes = lanes.iter().map(lane).collect();
    });
    world.feed(Input::AccountKnown(Account { provider: ProviderId::new(OTHER), ..account("o") }));
    world.feed(Input::ActiveSeen { provider: ProviderId::new(OTHER), account: Some(id("o")) });
    world
}

fn lane(provider: &str, model: &str) -> Lane {
    Lane { provider: ProviderId::new(provider), model: model.to_owned() }
}

fn falls_asleep(world: &mut World, change: impl FnOnce(&mut StuckSession)) -> Vec<String> {
    world.at(10.0).hit_until("s", 3610.0);
    let mut stuck = stuck(Plight::Sleeping { until: at(3610.0) }, world);
    change(&mut stuck);
    world.feed(Input::SessionStuck(stuck))
}

fn fallback(provider: &str, model: &str) -> Option<FallbackAgent> {
    Some(FallbackAgent { agent: "second".to_owned(), lane: lane(provider, model) })
}

#[test]
fn with_nobody_left_the_first_lane_takes_over() {
    let mut world = two_providers(&[("google", "gemini"), (OTHER, "claude")]);
    assert_eq!(falls_asleep(&mut world, |_| {}), ["resume s on claude of anthropic as build: the next lane"]);
}

#[test]
fn a_turn_that_failed_takes_a_lane_too() {
    let mut world = two_providers(&[(OTHER, "claude")]);
    let decisions = falls_asleep(&mut world, |stuck| stuck.plight = Plight::Failed);
    assert_eq!(decisions, ["resume s on claude of anthropic as build: the next lane"]);
}

#[test]
fn the_agents_own_fallback_comes_before_the_lanes_of_the_settings() {
    let taken = |fallback: Option<FallbackAgent>| {
        let mut world = two_providers(&[(OTHER, "claude")]);
        falls_asleep(&mut world, |stuck| stuck.fallback = fallback)
    };
    let second = |model: &str, at: &str| [format!("resume s on {model} of {at} as second: its agent says so")];
    assert_eq!(taken(fallback(OTHER, "opus")), second("opus", OTHER));
    assert_eq!(taken(fallback("ollama", "qwen")), second("qwen", "ollama"), "nothing is known of it");
    let lanes = ["resume s on claude of anthropic as build: the next lane"];
    assert_eq!(taken(fallback(PROVIDER, "gpt-mini")), lanes, "it has nobody left either");
}

#[test]
fn a_fallback_that_has_nobody_left_either_is_passed_over() {
    let mut world = two_providers(&[]);
    world.feed(Input::UsageRead { account: id("o"), outcome: UsageOutcome::Read(used(0.0, 100.0)) });
    assert_eq!(falls_asleep(&mut world, |stuck| stuck.fallback = fallback(OTHER, "opus")), NOTHING);
}

#[test]
fn no_lane_is_taken_while_an_account_is_left() {
    let mut world = two_providers(&[(OTHER, "claude")]);
    world.feed(Input::AccountKnown(account("b")));
    world.ask(Ask::Pause(Pause::default()));
    assert_eq!(falls_asleep(&mut world, |_| {}), NOTHING);
}

#[test]
fn no_lane_is_taken_while_automatic_failover_is_off() {
    let mut world = two_providers(&[(OTHER, "claude")]);
    world.ask(Ask::Pause(Pause::default()));
    assert_eq!(falls_asleep(&mut world, |_| {}), NOTHING);
    let resumed = world.at(20.0).ask(Ask::Resume);
    assert_eq!(resumes(&resumed), ["resume s on claude of anthropic as build: the next lane"]);
}

#[test]
fn a_short_sleep_and_a_sub_agents_are_not_worth_a_lane() {
    let mut world = two_providers(&[(OTHER, "claude")]);
    assert_eq!(falls_asleep(&mut world, |stuck| stuck.plight = Plight::Sleeping { until: at(60.0) }), NOTHING);
    let mut world = two_providers(&[(OTHER, "claude")]);
    assert_eq!(falls_asleep(&mut world, |stuck| stuck.delegated = true), NOTHING);
}

#[test]
fn an_error_that_is_nobodys_limit_leads_to_no_lane() {
    let mut world = two_providers(&[(OTHER, "claude")]);
    world.at(10.0).fails("s", Trouble::Overload);
    assert_eq!(world.sleeps(3610.0), NOTHING);
}

#[test]
fn where_no_account_is_known_the_agents_fallback_still_counts() {
    let mut world = World::of([]);
    let told = falls_asleep(&mut world, |stuck| stuck.fallback = fallback("ollama", "qwen"));
    assert_eq!(told, ["resume s on qwen of ollama as second: its agent says so"]);
}

#[test]
fn what_nobody_could_do_is_recorded_and_not_tried_again() {
    let mut world = asleep();
    world.at(60.0).switch_by_hand("b");
    let why = "the session was gone".to_owned();
    world.feed(Input::SessionResumed { session: session("s"), outcome: ResumeOutcome::NotDone { why } });
    assert_eq!(world.records(), ["not resumed s on gpt of openai as build: b is active, the session was gone"]);
    assert_eq!(world.at(62.0).resumed(), NOTHING);
    assert_eq!(world.records(), NOTHING, "nobody decided it");
}

#[test]
fn sessions_that_wait_are_explained() {
    let waiting = |world: &World| {
        let explanation = world.engine.explain(world.now, &ProviderId::new(PROVIDER)).unwrap();
        explanation.waiting.iter().map(|waiting| (waiting.session.to_string(), waiting.used_up)).collect::<Vec<_>>()
    };
    let mut world = asleep();
    assert_eq!(waiting(&world), [("s".to_owned(), false)]);
    world.at(60.0).switch_by_hand("b");
    assert_eq!(waiting(&world), []);
    world.at(100.0).resumed();
    world.sleeps(5000.0);
    assert_eq!(waiting(&world), [("s".to_owned(), true)]);
    world.at(4995.0);
    assert_eq!(waiting(&world), [], "it wakes up by itself");
}
