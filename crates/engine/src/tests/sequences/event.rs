//! Whatever may happen, in whatever order: made up by `proptest`.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::Strategy;

use crate::tests::world::{PROVIDER, at, id};
use crate::*;

/// The accounts: two with figures, two without; and one that nobody knows.
pub(super) const NAMES: [&str; 5] = ["a", "b", "c", "d", "unknown"];

/// Something that happens after so many milliseconds (of a clock that may be set back). Times are seconds from then.
#[derive(Clone, Debug)]
pub(super) enum Event {
    Attempt {
        session: &'static str,
        model: Option<&'static str>,
        at: i64,
    },
    Answered {
        session: &'static str,
        at: i64,
    },
    Hit {
        session: Option<&'static str>,
        model: Option<&'static str>,
        at: i64,
        until: Option<i64>,
        reach: Reach,
    },
    Failed {
        session: Option<&'static str>,
        at: i64,
        trouble: Trouble,
        times: u32,
    },
    LoginRejected {
        session: Option<&'static str>,
        at: i64,
    },
    Refused {
        session: Option<&'static str>,
        read_at: i64,
        at: i64,
        why: Refusal,
    },
    Repeated(&'static str),
    Idle(&'static str),
    /// For so many seconds, or its turn failed.
    Stuck {
        session: &'static str,
        sleeps: Option<i64>,
        fallback: bool,
        delegated: bool,
    },
    Moved {
        session: &'static str,
        how: Move,
    },
    Resumed {
        session: &'static str,
    },
    Seen(Option<&'static str>),
    Read {
        account: &'static str,
        outcome: Figures,
    },
    Refreshed {
        account: &'static str,
        outcome: RefreshOutcome,
    },
    Finished {
        done: bool,
    },
    Asked(Ask),
    Known(&'static str),
    Removed(&'static str),
    Renewed(&'static str),
    Policy {
        enabled: bool,
        flap: bool,
        overload: bool,
        early: bool,
        strategy: crate::Strategy,
    },
    TimePassed,
}

#[derive(Clone, Debug)]
pub(super) enum Figures {
    Of { at: i64, used: f64, resets: Option<i64>, opus: Option<f64> },
    Unknown,
    Rejected,
}

fn any_event() -> impl Strategy<Value = Event> {
    let name = || select(NAMES.to_vec());
    let session = || select(vec!["s", "t", "u"]);
    let when = || select(vec![-600, -4, -1, 0, 0, 0, 3]);
    let model = || option::of(select(vec!["opus-4", "sonnet-4"]));
    let reach = || select(vec![Reach::Account, Reach::Account, Reach::Model, Reach::Provider]);
    let trouble = || select(vec![Trouble::Overload, Trouble::Unexplained]);
    let refusal = || {
        let limit = |until: Option<i64>, reach| Refusal::Limit {
            until: until.map(|until| at(until as f64)),
            cause: LimitCause::UsageLimit,
            reach,
        };
        prop_oneof![
            3 => (option::of(select(vec![20, 300, 500_000])), reach()).prop_map(move |(until, reach)| limit(until, reach)),
            1 => Just(Refusal::Login),
            1 => trouble().prop_map(Refusal::Trouble),
        ]
    };
    let figures = prop_oneof![
        6 => (when(), select(vec![0.0, 50.0, 100.0]), option::of(select(vec![-5, 30, 4000])), option::of(select(vec![5.0, 100.0])))
            .prop_map(|(at, used, resets, opus)| Figures::Of { at, used, resets, opus }),
        1 => Just(Figures::Unknown),
        1 => Just(Figures::Rejected),
    ];
    let refresh = prop_oneof![
        option::of(Just(at(50_000.0))).prop_map(|expires_at| RefreshOutcome::Refreshed { expires_at }),
        Just(RefreshOutcome::LoginRejected),
        Just(RefreshOutcome::Failed),
    ];
    let ask = prop_oneof![
        name().prop_map(|name| Ask::Switch(id(name))),
        Just(Ask::Next(ProviderId::new(PROVIDER))),
        Just(Ask::Pause(Pause::default())),
        Just(Ask::Resume),
        name().prop_map(|name| Ask::Enable(id(name))),
        name().prop_map(|name| Ask::Disable(id(name))),
        Just(Ask::ReadUsage(None)),
    ];
    prop_oneof![
        3 => (session(), model(), when()).prop_map(|(session, model, at)| Event::Attempt { session, model, at }),
        1 => (session(), when()).prop_map(|(session, at)| Event::Answered { session, at }),
        6 => (option::weighted(0.8, session()), model(), when(), option::of(select(vec![-5, 20, 300, 5000])), reach())
            .prop_map(|(session, model, at, until, reach)| Event::Hit { session, model, at, until, reach }),
        3 => (option::weighted(0.8, session()), when(), trouble(), select(vec![1, 2, 5]))
            .prop_map(|(session, at, trouble, times)| Event::Failed { session, at, trouble, times }),
        1 => (option::of(session()), when()).prop_map(|(session, at)| Event::LoginRejected { session, at }),
        3 => (option::weighted(0.8, session()), select(vec![-600, -60, -1, 0]), when(), refusal())
            .prop_map(|(session, read_at, at, why)| Event::Refused { session, read_at, at, why }),
        1 => session().prop_map(Event::Repeated),
        1 => session().prop_map(Event::Idle),
        3 => (session(), option::of(select(vec![5, 30, 3600])), any::<bool>(), prop::bool::weighted(0.2))
            .prop_map(|(session, sleeps, fallback, delegated)| Event::Stuck { session, sleeps, fallback, delegated }),
        1 => (session(), select(vec![Move::GoesOn, Move::Over, Move::Asked]))
            .prop_map(|(session, how)| Event::Moved { session, how }),
        1 => session().prop_map(|session| Event::Resumed { session }),
        2 => option::weighted(0.9, name()).prop_map(Event::Seen),
        6 => (name(), figures).prop_map(|(account, outcome)| Event::Read { account, outcome }),
        3 => (name(), refresh).prop_map(|(account, outcome)| Event::Refreshed { account, outcome }),
        6 => prop::bool::weighted(0.8).prop_map(|done| Event::Finished { done }),
        3 => ask.prop_map(Event::Asked),
        1 => name().prop_map(Event::Known),
        1 => name().prop_map(Event::Removed),
        1 => name().prop_map(Event::Renewed),
        2 => (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>(), select(crate::Strategy::ALL.to_vec())).prop_map(
            |(enabled, flap, overload, early, strategy)| Event::Policy { enabled, flap, overload, early, strategy }
        ),
        3 => Just(Event::TimePassed),
    ]
}

pub(super) fn any_story() -> impl Strategy<Value = Vec<(i64, Event)>> {
    vec((select(vec![0, 0, 100, 800, 2_000, 46_000, 400_000, -5_000]), any_event()), 1..60)
}
