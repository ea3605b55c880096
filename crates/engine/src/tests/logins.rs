use super::world::*;
use crate::*;

impl World {
    fn rejected(&mut self, name: &str, happened: f64) -> Vec<String> {
        let session = Some(session(name));
        self.feed(Input::LoginRejected { session, provider: ProviderId::new(PROVIDER), at: at(happened) })
    }
}

#[test]
fn a_rejected_login_is_told_once_and_never_switched_away_from() {
    let mut world = World::named(["a", "b"]);
    assert_eq!(world.at(10.0).rejected("s", 10.0), ["tell: a needs a login"]);
    assert_eq!(world.records(), ["a needs a login"]);
    assert_eq!(world.at(20.0).rejected("s", 20.0), NOTHING);
    assert_eq!(world.active(), Some("a"));
}

#[test]
fn a_rejection_counts_against_the_account_that_was_asked() {
    let mut world = World::named(["a", "b"]);
    world.at(10.0).attempt("t", 9.0);
    world.fail_over("s", 5000.0, "b");
    assert_eq!(world.at(20.0).rejected("t", 20.0), ["tell: a needs a login"]);
}

#[test]
fn a_new_login_mends_it() {
    let mut world = World::named(["a", "b"]);
    world.at(10.0).rejected("s", 10.0);
    assert_eq!(world.at(20.0).feed(Input::LoginRenewed(id("a"))), NOTHING);
    assert_eq!(world.records(), ["a is ready"]);
    assert_eq!(world.at(30.0).rejected("s", 15.0), NOTHING);
    assert_eq!(world.standing("a"), "is ready");
}

#[test]
fn an_account_that_needs_a_login_is_never_chosen() {
    let mut world = World::of([account("a"), Account { needs_login: true, ..account("b") }]);
    assert_eq!(world.at(10.0).hit_until("s", 5000.0), ["tell: nobody left, a is back at 5000"]);
}

#[test]
fn a_saved_login_is_told_of() {
    let mut world = World::named(["a"]);
    world.feed(Input::AccountKnown(account("b")));
    assert_eq!(world.feed(Input::LoginSaved(id("b"))), ["tell: b was saved"]);
    assert_eq!(world.feed(Input::LoginSaved(id("zz"))), NOTHING);
}

#[test]
fn new_facts_about_an_account_leave_its_standing_and_figures_alone() {
    let mut world = World::of([metered("a"), metered("b")]);
    world.at(10.0).read("a", used(10.0, 30.0));
    world.hit_until("s", 5000.0);
    let mut news = metered("a");
    news.label = Label::normalise("renamed").unwrap();
    news.usage = Some(used(5.0, 99.0));
    world.feed(Input::AccountKnown(news));
    let known = world.engine.account(&id("a")).unwrap();
    assert_eq!(known.label.as_str(), "renamed");
    assert_eq!(known.usage, Some(used(10.0, 30.0)));
    assert_eq!(world.standing("a"), "rests until 5000");
}
