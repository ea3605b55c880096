use std::time::Duration;

use super::world::*;
use crate::*;

const HOUR: f64 = 3600.0;
const DAY: f64 = 24.0 * HOUR;

/// Accounts that are read by schedule; the first is active. What was asked before is forgotten.
fn polled(accounts: impl IntoIterator<Item = Account>) -> World {
    let mut world = World::of(accounts);
    assert_eq!(world.feed(Input::PollingBegins), NOTHING);
    world
}

fn limited(world: &mut World, name: &str, retry_after: Option<u64>) -> Vec<String> {
    let outcome = UsageOutcome::RateLimited { retry_after: retry_after.map(Duration::from_secs) };
    world.feed(Input::UsageRead { account: id(name), outcome })
}

/// Lets time pass until something is due, as the daemon does: a minute at most. Nothing once this second has come.
fn nap(world: &mut World, until: f64) -> Option<(f64, Vec<String>)> {
    let now = (world.now.as_millis() - at(0.0).as_millis()) as f64 / 1000.0;
    let next = world.wake_at().map_or(now + 60.0, |wake| wake.min(now + 60.0));
    (next <= until).then(|| (next, world.at(next).feed(Input::TimePassed)))
}

/// Lets time pass until this second; each reading is answered with so much used. When what was asked.
fn go(world: &mut World, until: f64, percent: f64) -> Vec<(f64, String)> {
    let mut asked = Vec::new();
    while let Some((second, decisions)) = nap(world, until) {
        for decision in decisions {
            if let Some(name) = decision.strip_prefix("read ").and_then(|rest| rest.split(':').next()) {
                asked.push((second, name.to_owned()));
                world.read(name, used(second, percent));
            }
        }
    }
    world.at(until);
    asked
}

fn names(asked: &[(f64, String)]) -> Vec<&str> {
    asked.iter().map(|(_, name)| name.as_str()).collect()
}

/// The spans between readings of an account, in minutes.
fn gaps(asked: &[(f64, String)], name: &str) -> Vec<f64> {
    let times: Vec<f64> = asked.iter().filter(|(_, read)| read == name).map(|(second, _)| *second).collect();
    times.windows(2).map(|pair| (pair[1] - pair[0]) / 60.0).collect()
}

fn assert_about(gaps: &[f64], minutes: f64) {
    assert!(!gaps.is_empty());
    assert!(gaps.iter().all(|gap| (minutes * 0.89..minutes * 1.11 + 1.1).contains(gap)), "{gaps:?} not {minutes}");
}

#[test]
fn the_active_account_is_read_first_and_the_others_a_minute_apart() {
    let mut world = polled([metered("a"), metered("b"), metered("c")]);
    let asked = go(&mut world, 200.0, 10.0);
    assert_eq!(names(&asked), ["a", "b", "c"]);
    assert!((10.0..=30.0).contains(&asked[0].0), "the network comes up first: {asked:?}");
    assert!(asked.windows(2).all(|pair| pair[1].0 - pair[0].0 >= 60.0), "{asked:?}");
}

#[test]
fn nobody_asks_about_accounts_that_have_no_answer() {
    let off = Account { enabled: false, ..metered("off") };
    let out = Account { needs_login: true, ..metered("out") };
    let mut ended = metered("ended");
    ended.credential.expires_at = Some(at(-5.0));
    let world = polled([ended, account("none"), off, out]);
    assert_eq!(world.wake_at(), None);
}

#[test]
fn a_quiet_day_needs_few_readings() {
    let mut world = polled([metered("a"), metered("b")]);
    let asked = go(&mut world, DAY, 10.0);
    assert_about(&gaps(&asked, "a"), 30.0);
    assert_about(&gaps(&asked, "b"), 240.0);
}

#[test]
fn figures_are_read_often_while_opencode_works_and_while_somebody_looks() {
    let mut world = polled([metered("a"), metered("b")]);
    go(&mut world, HOUR, 10.0);
    let mut asked = Vec::new();
    for minute in 60..180 {
        let second = f64::from(minute) * 60.0;
        let (session, provider) = (session("s"), ProviderId::new(PROVIDER));
        let heard = world.feed(Input::AttemptStarted { session, provider, model: None, at: at(second) });
        for name in heard.iter().filter_map(|line| line.strip_prefix("read ")?.split(':').next()) {
            asked.push((second, name.to_owned()));
            world.read(name, used(second, 10.0));
        }
        asked.extend(go(&mut world, f64::from(minute + 1) * 60.0, 10.0));
    }
    assert_about(&gaps(&asked, "a"), 3.0);
    assert_about(&gaps(&asked, "b"), 10.0);

    let mut world = polled([metered("a"), metered("b")]);
    let mut asked = Vec::new();
    for minute in 0..60 {
        assert_eq!(world.ask(Ask::Watch).last().map(String::as_str), Some(&*format!("answer {}: done", minute + 1)));
        asked.extend(go(&mut world, f64::from(minute + 1) * 60.0, 10.0));
    }
    assert_about(&gaps(&asked, "a"), 3.0);
    assert_about(&gaps(&asked, "b"), 5.0);
}

#[test]
fn figures_are_read_soon_after_a_reset_and_once() {
    let mut world = polled([account("x"), metered("a")]);
    world.read("a", usage(0.0, (40.0, Some(500.0)), (10.0, Some(9000.0))));
    let mut asked = Vec::new();
    while let Some((second, decisions)) = nap(&mut world, 4.0 * HOUR - 30.0 * 60.0) {
        if !decisions.is_empty() {
            asked.push(second);
            world.unread("a");
        }
    }
    assert!((520.0..=560.0).contains(&asked[0]), "{asked:?}");
    assert!((9020.0..=9060.0).contains(&asked[1]), "{asked:?}");
    assert_eq!(asked.len(), 2, "{asked:?}");
}

#[test]
fn a_spent_account_is_left_alone_until_its_reset() {
    let mut world = polled([account("x"), metered("a")]);
    world.read("a", usage(0.0, (100.0, Some(3.0 * HOUR)), (10.0, None)));
    let asked = go(&mut world, 3.0 * HOUR + 61.0, 0.0);
    assert_eq!(names(&asked), ["a"]);
}

#[test]
fn a_provider_that_wants_less_gets_less() {
    let mut world = polled([metered("a")]);
    let mut pauses = Vec::new();
    let mut before = None;
    for second in (0..10_000).step_by(10).map(f64::from) {
        if world.at(second).ask(Ask::Watch).iter().any(|decision| decision == "read a: stale") {
            pauses.extend(before.map(|before| second - before));
            before = Some(second);
            assert_eq!(limited(&mut world, "a", Some(0)), NOTHING);
        }
    }
    assert_eq!(pauses, [300.0, 450.0, 680.0, 1020.0, 1520.0, 1800.0, 1800.0, 1800.0]);
}

#[test]
fn a_pause_that_the_provider_names_holds_for_everybody() {
    let mut world = polled([account("x"), metered("a")]);
    world.wake();
    world.at(100.0);
    world.feed(Input::TimePassed);
    limited(&mut world, "a", Some(3037));
    assert_eq!(world.at(3000.0).ask(Ask::ReadUsage(None)), ["answer 1: done"]);
    assert_eq!(world.ask_next(), ["switch x -> a: next asked"], "unknown is not spent");
}

#[test]
fn deadlines_outlive_a_restart() {
    let mut world = polled([metered("a")]);
    go(&mut world, 100.0, 10.0);
    let refused = loop {
        let (second, decisions) = nap(&mut world, DAY).unwrap();
        if !decisions.is_empty() {
            break second;
        }
    };
    limited(&mut world, "a", Some(3000));
    let memory = world.memories[&id("a")].clone();

    let mut again = World::of([metered("a")]);
    again.at(refused + 100.0).feed(Input::PollKept { account: id("a"), memory });
    again.feed(Input::PollingBegins);
    let asked = go(&mut again, refused + 4000.0, 10.0);
    let held = asked.first().map(|(second, _)| (second - refused).round());
    assert_eq!(held, Some(3000.0 * 1.05 + 30.0), "{asked:?}");
}

#[test]
fn people_and_failovers_stay_inside_the_budget_too() {
    let anthropic = |name: &str| Account {
        provider: ProviderId::new("anthropic"),
        identity: Identity { user_id: Some("one person".to_owned()), ..Identity::default() },
        ..metered(name)
    };
    let mut world = World::of([anthropic("a"), anthropic("b")]);
    world.feed(Input::PollingBegins);
    let mut asked = Vec::new();
    for second in 0..7200 {
        world.at(f64::from(second));
        let heard = [world.ask(Ask::Watch), world.ask(Ask::ReadUsage(None))].concat();
        for name in heard.iter().filter_map(|line| line.strip_prefix("read ")?.split(':').next()) {
            asked.push(second);
            world.read(name, used(f64::from(second), 10.0));
        }
    }
    for from in 0..3600 {
        let within = asked.iter().filter(|second| (from..from + 3600).contains(*second)).count();
        assert!(within < 28, "{within} in the hour from second {from}");
    }
    assert!(asked.len() >= 40, "{}", asked.len());
}

#[test]
fn a_sleep_of_the_machine_causes_no_burst() {
    let names = ["a", "b", "c", "d", "e", "f"];
    let mut world = polled(names.map(metered));
    go(&mut world, HOUR, 10.0);
    let woken = HOUR + DAY;
    assert_eq!(world.at(woken).feed(Input::TimePassed), NOTHING, "the network comes back first");
    let asked = go(&mut world, woken + 600.0, 10.0);
    assert_eq!(asked.len(), 6, "{asked:?}");
    assert!(asked.windows(2).all(|pair| pair[1].0 - pair[0].0 >= 60.0), "{asked:?}");
}

#[test]
fn a_clock_that_is_set_by_a_day_leaves_nothing_waiting() {
    for jump in [-DAY, DAY] {
        let mut world = polled([metered("a")]);
        go(&mut world, HOUR, 10.0);
        world.hit_at(None, HOUR, None);
        world.unread("a");
        assert_eq!(world.standing("a"), "rests until 4500");
        let jumped = HOUR + jump;
        world.at(jumped).feed(Input::TimePassed);
        let asked = go(&mut world, jumped + HOUR, 10.0);
        assert!((1..=4).contains(&asked.len()), "{jump}: {asked:?}");
        assert_eq!(world.standing("a"), "is ready", "{jump}");
        let read_at = world.engine.account(&id("a")).unwrap().usage.as_ref().unwrap().read_at;
        assert!(read_at > at(jumped), "figures are taken in: {jump}");
    }
}

#[test]
fn figures_look_stale_once_a_reading_was_missed() {
    let mut world = World::of([metered("a"), metered("b")]);
    world.read("a", used(0.0, 10.0));
    world.read("b", used(0.0, 10.0));
    let stale = |world: &World, name: &str| world.engine.usage_stale(world.now, &id(name));
    world.at(HOUR);
    assert!(!stale(&world, "a"));
    world.at(HOUR + 1.0);
    assert!(stale(&world, "a"));
    assert!(!stale(&world, "b"), "a parked account's figures hardly change");
    world.ask(Ask::Watch);
    assert!(stale(&world, "b"), "until somebody looks");
    assert!(!stale(&world, "nobody"));
}

#[test]
fn a_limit_that_no_figures_confirm_is_looked_into_as_soon_as_they_can() {
    let mut world = polled([metered("a"), metered("b")]);
    go(&mut world, HOUR, 10.0);
    assert_eq!(world.hit_at(None, HOUR, Some(90_000.0)), ["read b: candidate"]);
    assert_eq!(world.read("b", used(HOUR, 5.0)), ["switch a -> b: limit hit"]);
    world.done();
    let asked = go(&mut world, HOUR + 200.0, 10.0);
    assert!(asked.iter().any(|(second, name)| name == "a" && *second >= HOUR + 60.0), "{asked:?}");
    assert_eq!(world.standing("a"), "is ready");
}
