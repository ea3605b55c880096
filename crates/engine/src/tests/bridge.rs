use super::world::*;
use crate::*;

const LIMIT: Refusal = Refusal::Limit { until: None, cause: LimitCause::UsageLimit, reach: Reach::Account };

impl World {
    /// The bridge saw a request refused just now, whose credential was OpenCode's at `read_at`.
    fn refused(&mut self, name: &str, read_at: f64, why: Refusal) -> Vec<String> {
        self.feed(Input::RequestRefused(Refused {
            session: Some(session(name)),
            provider: ProviderId::new(PROVIDER),
            model: Some(MODEL.to_owned()),
            read_at: at(read_at),
            at: self.now,
            why,
        }))
    }

    fn refused_until(&mut self, name: &str, read_at: f64, until: f64) -> Vec<String> {
        let until = Some(at(until));
        self.refused(name, read_at, Refusal::Limit { until, cause: LimitCause::UsageLimit, reach: Reach::Account })
    }

    fn repeated(&mut self, name: &str) {
        let input = Input::RequestRepeated { session: session(name), provider: ProviderId::new(PROVIDER) };
        assert_eq!(self.feed(input), NOTHING);
    }

    fn fate(&self, read_at: f64) -> Fate {
        self.engine.fate(self.now, &ProviderId::new(PROVIDER), Some(MODEL), at(read_at))
    }
}

#[test]
fn a_refused_request_is_repeated_once_another_account_is_active() {
    let mut world = World::named(["a", "b"]);
    assert_eq!(world.at(10.0).refused_until("s", 9.0, 9000.0), ["switch a -> b: limit hit by s"]);
    assert_eq!(world.fate(9.0), Fate::Open);
    world.at(10.01).done();
    assert_eq!(world.fate(9.0), Fate::Repeat);
    assert_eq!(world.fate(10.01), Fate::Stands, "the new account's own request");
}

#[test]
fn nothing_is_awaited_where_nothing_will_come() {
    let mut alone = World::named(["a"]);
    assert_eq!(alone.at(10.0).refused_until("s", 9.0, 9000.0), ["tell: nobody left, a is back at 9000"]);
    assert_eq!(alone.fate(9.0), Fate::Stands);

    let mut off = World::named(["a", "b"]).policy(|policy| policy.enabled = false);
    assert_eq!(off.at(10.0).refused_until("s", 9.0, 9000.0), ["tell: held back, off"]);
    assert_eq!(off.fate(9.0), Fate::Stands);

    let mut paused = World::named(["a", "b"]);
    paused.ask(Ask::Pause(Pause::default()));
    paused.at(10.0).refused_until("s", 9.0, 9000.0);
    assert_eq!(paused.fate(9.0), Fate::Stands);

    let mut resting = World::named(["a", "b", "c"]);
    resting.at(10.0).refused_until("s", 9.0, 9000.0);
    resting.done();
    assert_eq!(resting.at(11.0).refused_until("s", 10.5, 9000.0), NOTHING, "it has had a failover just now");
    assert_eq!(resting.fate(10.5), Fate::Stands);
    assert_eq!(resting.refused_until("t", 10.5, 9000.0), ["switch b -> c: limit hit by t"]);
    assert_eq!(resting.fate(10.5), Fate::Open, "another session's failover serves this one too");

    let nobody = World::of([]);
    assert_eq!(nobody.fate(9.0), Fate::Stands);
}

#[test]
fn circles_are_held_back_as_ever() {
    let mut world = World::named(["a", "b", "c", "d", "e"]);
    for (time, name) in [(10.0, "s"), (20.0, "t"), (30.0, "u")] {
        world.at(time).refused_until(name, time - 1.0, 9000.0);
        world.done();
    }
    assert_eq!(world.at(40.0).refused_until("v", 39.0, 9000.0), ["tell: held back, flapping until 1830"]);
    assert_eq!(world.fate(39.0), Fate::Stands);
}

#[test]
fn two_sessions_that_are_refused_together_make_one_switch() {
    let mut world = World::named(["a", "b", "c"]);
    assert_eq!(world.at(10.0).refused_until("s", 9.0, 9000.0), ["switch a -> b: limit hit by s"]);
    assert_eq!(world.at(10.002).refused_until("t", 9.5, 9000.0), NOTHING);
    world.at(10.01).done();
    assert_eq!((world.fate(9.0), world.fate(9.5)), (Fate::Repeat, Fate::Repeat));
    assert_eq!(world.at(10.5).refused_until("u", 9.9, 9000.0), NOTHING, "sent before the switch, refused after it");
    assert_eq!(world.fate(9.9), Fate::Repeat);
    assert_eq!(world.active(), Some("b"));
}

#[test]
fn a_request_counts_against_the_account_that_it_was_sent_with() {
    let mut world = World::named(["a", "b", "c"]);
    world.at(10.0).refused_until("s", 9.0, 9000.0);
    world.at(10.01).done();
    assert_eq!(world.at(10.4).refused_until("t", 10.2, 9000.0), ["switch b -> c: limit hit by t"]);
    assert_eq!(world.standing("b"), "rests until 9000");
}

#[test]
fn what_the_log_repeats_counts_once() {
    let mut world = World::named(["a"]);
    world.at(10.0).attempt("s", 8.5).refused("s", 9.0, LIMIT);
    assert_eq!(world.records(), ["limit of a", "a rests until 910"]);
    assert_eq!(world.at(10.3).hit_at(Some("s"), 10.2, None), NOTHING);
    assert_eq!(world.records(), [""; 0]);
    assert_eq!(world.at(10.9).hit_at(Some("s"), 10.0, None), NOTHING, "in whole seconds");
    assert_eq!(world.records(), [""; 0]);
    assert_eq!(world.standing("a"), "rests until 910");
    // OpenCode's next attempt, of which the bridge says nothing.
    world.at(13.0).attempt("s", 12.0).hit_at(Some("s"), 12.5, None);
    assert_eq!(world.records()[0], "limit of a");
}

#[test]
fn what_fails_after_a_repetition_is_the_new_accounts() {
    let mut world = World::named(["a", "b"]);
    world.at(10.0).attempt("s", 8.5).refused_until("s", 9.0, 9000.0);
    world.at(10.01).done();
    world.repeated("s");
    world.at(20.0).hit_at(Some("s"), 20.0, Some(5000.0));
    assert_eq!(world.standing("b"), "rests until 5000");
}

#[test]
fn an_answer_after_a_repetition_is_the_new_accounts() {
    let mut world = World::named(["a", "b"]);
    world.at(10.0).attempt("s", 8.5).refused("s", 9.0, LIMIT);
    world.at(10.01).done();
    world.repeated("s");
    world.at(20.0).answered("s");
    assert_eq!(world.standing("a"), "rests until 910");
}

#[test]
fn a_login_that_is_refused_is_left_and_told_of() {
    let mut world = World::named(["a", "b"]);
    let expected = ["tell: a needs a login", "switch a -> b: login refused to s"];
    assert_eq!(world.at(10.0).refused("s", 9.0, Refusal::Login), expected);
    assert_eq!(world.records(), ["a needs a login"]);
    world.done();
    assert_eq!((world.fate(9.0), world.active()), (Fate::Repeat, Some("b")));
    assert_eq!(world.at(11.0).refused("t", 9.5, Refusal::Login), NOTHING);
}

#[test]
fn a_login_that_works_again_is_left_no_more() {
    let mut world = World::named(["a", "b"]).policy(|policy| policy.enabled = false);
    world.at(10.0).refused("s", 9.0, Refusal::Login);
    world.at(20.0).feed(Input::LoginRenewed(id("a")));
    world.feed(Input::PolicyRead(Policy::default()));
    assert_eq!((world.active(), world.fate(9.0)), (Some("a"), Fate::Stands));
    assert_eq!(world.at(30.0).refused("s", 15.0, Refusal::Trouble(Trouble::Overload)), NOTHING);
}

#[test]
fn an_expired_token_says_nothing_of_the_login() {
    let mut expired = account("a");
    expired.credential.expires_at = Some(at(5.0));
    let mut world = World::of([expired, account("b")]);
    assert_eq!(world.at(10.0).refused("s", 9.0, Refusal::Login), NOTHING);
    assert_eq!(world.standing("a"), "is ready");
}

#[test]
fn fresh_figures_of_the_next_account_are_not_asked_for_again() {
    let mut world = World::of([metered("a"), metered("b")]);
    world.at(10.0).read("b", used(10.0, 30.0));
    assert_eq!(world.at(60.0).refused_until("s", 59.0, 9000.0), ["switch a -> b: limit hit by s"]);
}

#[test]
fn figures_are_only_told_to_be_an_accounts_where_there_is_no_doubt() {
    let mut world = World::named(["a", "b"]);
    world.at(10.0).refused_until("s", 9.0, 9000.0);
    world.done();
    let active_at = |time: f64| world.engine.active_at(&ProviderId::new(PROVIDER), at(time)).map(AccountId::as_str);
    assert_eq!([5.0, 8.9, 9.5, 10.0, 60.0].map(active_at), [Some("a"), Some("a"), None, Some("b"), Some("b")]);
}
