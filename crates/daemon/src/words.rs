//! The engine's reasons in words: one place for every surface. Knows no account but by the label it is given.

use std::time::Duration;

use engine::{
    Account, AccountId, Choice, Expected, Forecast, HeldBack, Lane, LimitCause, LimitHit, PassedOver, Place, Reach,
    Scope, Standing, SwitchCause, Timestamp, Window, WindowId,
};

use crate::clock::rfc3339;

/// The command that mends an account whose login is rejected.
pub(crate) fn login_command(provider: &str, label: &str) -> String {
    format!("baton login {provider} --label {label}")
}

/// Why an account can't be used; `None` when it can. One that is ready may be spent all the same, when nobody says until
/// when.
pub(crate) fn standing(account: &Account, now: Timestamp) -> Option<String> {
    match account.standing(now) {
        Standing::Ready => {
            let usage = account.usage.as_ref()?;
            let window = usage.spent_window(now).map(|window| PassedOver::Spent(window.name()));
            let balance = || usage.spent_balance(now).map(|balance| PassedOver::BalanceSpent(balance.unit.clone()));
            window.or_else(balance).as_ref().map(passed_over)
        }
        Standing::CoolingDown(cooldown) => Some(limit(cooldown.cause).to_owned()),
        Standing::NeedsLogin => {
            let again = login_command(account.provider.as_str(), account.label.as_str());
            Some(format!("the provider rejected its login: log in again with `{again}`"))
        }
        Standing::Disabled => Some("disabled by you".to_owned()),
    }
}

/// What kind of limit was hit.
pub(crate) fn limit(cause: LimitCause) -> &'static str {
    match cause {
        LimitCause::UsageLimit => "usage limit reached",
        LimitCause::Billing => "credit or quota spent",
        LimitCause::LongWait => "the provider asked for a long wait",
        LimitCause::Reading => "a usage window is spent",
        LimitCause::Failing => "its requests failed one after the other",
    }
}

/// A limit that was hit, and what it is a limit of.
pub(crate) fn limit_hit(hit: &LimitHit) -> String {
    let what = limit(hit.cause);
    match (hit.reach, &hit.model) {
        (Reach::Account, _) | (Reach::Model, None) => what.to_owned(),
        (Reach::Model, Some(model)) => format!("{what} for {model}"),
        (Reach::Provider, _) => format!("{what} for all accounts: the provider has nobody left behind it"),
    }
}

/// Why an account isn't the next one.
pub(crate) fn passed_over(why: &PassedOver) -> String {
    match why {
        PassedOver::Active => "active now".to_owned(),
        PassedOver::AlreadyTried => "tried already".to_owned(),
        PassedOver::Disabled => "disabled by you".to_owned(),
        PassedOver::ByHandOnly => "only when you choose it yourself".to_owned(),
        PassedOver::ModelNotAllowed(model) => format!("not for {model}, by your settings"),
        PassedOver::NeedsLogin => "needs a login".to_owned(),
        PassedOver::CoolingDown(cooldown) => {
            format!("{} until {}", limit(cooldown.cause), rfc3339(cooldown.until))
        }
        PassedOver::Spent(window) => format!("its {window} window is spent"),
        PassedOver::BalanceSpent(unit) => format!("its balance is spent ({unit})"),
        PassedOver::ModelCoolingDown { model, cooldown } => {
            format!("{} for {model} until {}", limit(cooldown.cause), rfc3339(cooldown.until))
        }
        PassedOver::ProviderSpent(until) => {
            format!("the provider has nobody left behind it, until {} at least", rfc3339(*until))
        }
        PassedOver::OtherModels => "another one can be used for more of the models that are asked for now".to_owned(),
        PassedOver::WithinReserve { headroom, reserve } => {
            format!("kept for you: {headroom:.0} % left of a reserve of {reserve:.0} %")
        }
        PassedOver::HardlyMore { headroom: Some(headroom) } => format!("has hardly more left ({headroom:.0} %)"),
        PassedOver::HardlyMore { headroom: None } => "nobody knows whether it has more left".to_owned(),
        PassedOver::NotPreferred => "not preferred to the active one".to_owned(),
        PassedOver::LastResort => "kept as a last resort".to_owned(),
        PassedOver::LowerPriority => "another one has a higher priority".to_owned(),
        PassedOver::ModelUnknown => "only for certain models, and nobody knows which one is needed".to_owned(),
        PassedOver::UsedMoreRecently => "another one was used longer ago".to_owned(),
        PassedOver::LaterInLine => "another one is before it in line".to_owned(),
        PassedOver::LowerScore { score } => format!("has a lower score ({score:.0} of 100)"),
        PassedOver::LaterReset { resets_at: Some(at) } => {
            format!("another one's quota ends before its own ({})", rfc3339(*at))
        }
        PassedOver::LaterReset { resets_at: None } => "another one's quota ends sooner".to_owned(),
        PassedOver::LessLeft { headroom } => format!("has less left ({headroom:.0} %)"),
        PassedOver::OtherKind => "another kind of credential, which a running OpenCode doesn't take in".to_owned(),
        PassedOver::Unknown => "nobody knows what it has left".to_owned(),
        PassedOver::Equal => "as good, but not the first".to_owned(),
    }
}

/// What a switch was for.
pub(crate) fn switch_cause(cause: &SwitchCause) -> &'static str {
    match cause {
        SwitchCause::LimitHit { .. } => "the active account hit its limit",
        SwitchCause::AccountBack => "the active account is still limited and this one can be used again",
        SwitchCause::Failing { .. } => "requests of the active account failed one after the other",
        SwitchCause::Overload { .. } => "the provider is overloaded, and you want another account tried then",
        SwitchCause::BeforeLimit => "the active account was near its limit, and no turn ran",
        SwitchCause::Returned => "you prefer it, it can be used again, and no turn ran",
        SwitchCause::Chosen => "you chose it",
        SwitchCause::NextAsked => "you asked for the next account",
        SwitchCause::PutBack => "a token refresh in flight had written the account before over it",
    }
}

/// Why Baton didn't switch.
pub(crate) fn held_back(why: HeldBack) -> String {
    match why {
        HeldBack::Off => "automatic failover is off".to_owned(),
        HeldBack::Flapping { until } => {
            format!("switching went in circles; automatic failover goes on at {}", rfc3339(until))
        }
        HeldBack::Attempts => {
            "the session has used up its failovers; it gets new ones when its turn is over".to_owned()
        }
    }
}

/// A choice as one line: what the winner has left, and why each other account was passed over.
pub(crate) fn choice(choice: &Choice, label: impl Fn(&AccountId) -> String) -> String {
    let mut parts = Vec::new();
    if let (Some(winner), Some(headroom)) = (&choice.winner, choice.headroom) {
        parts.push(format!("{}: {headroom:.0} % left", label(winner)));
    }
    parts.extend(choice.passed_over.iter().map(|(id, why)| format!("{}: {}", label(id), passed_over(why))));
    parts.join("; ")
}

/// When nobody can be used: who comes back first.
pub(crate) fn earliest(
    earliest: Option<&(AccountId, Timestamp)>,
    now: Timestamp,
    label: impl Fn(&AccountId) -> String,
) -> String {
    match earliest {
        Some((id, at)) => format!("The first one back is {}, in {}.", label(id), span(at.since(now))),
        None => "No provider says when one can be used again.".to_owned(),
    }
}

/// Whether an account is active or next, or why it is neither.
pub(crate) fn place(place: &Place) -> String {
    match place {
        Place::Active => passed_over(&PassedOver::Active),
        Place::Next => "comes next".to_owned(),
        Place::PassedOver(why) => passed_over(why),
    }
}

/// What will happen with an account, and when.
pub(crate) fn expected(expected: &Expected) -> (String, Option<Timestamp>) {
    match expected {
        Expected::Back { at } => ("can be used again".to_owned(), Some(*at)),
        Expected::Reset { window, at } => (format!("its {window} window is whole again"), Some(*at)),
        Expected::LeftAt { percent } => {
            (format!("left between turns at {percent:.0} % used, or before a turn that would hit the limit"), None)
        }
        Expected::LeftForMore => {
            ("left between turns as soon as another account has clearly more left".to_owned(), None)
        }
        Expected::LeftAtLimit => ("left when it hits its limit".to_owned(), None),
        Expected::ReturnedTo => ("gone back to between turns as soon as it can be used".to_owned(), None),
    }
}

/// Where a session may go on meanwhile.
pub(crate) fn lane(lane: &Lane) -> String {
    format!("Go on with {} of {} meanwhile.", lane.model, lane.provider)
}

/// A usage window by its length and the model that it is for: `5h window`, `weekly window for Opus`.
pub(crate) fn window(window: &WindowId) -> String {
    match &window.scope {
        Scope::Account => format!("{} window", window.name()),
        Scope::Model(model) => format!("{} window for {model}", window.name()),
    }
}

/// What comes of a window that is nearly spent.
pub(crate) fn outlook(window: &Window, forecast: Option<Forecast>, now: Timestamp) -> String {
    let reset = window.resets_at.filter(|reset| *reset > now).map(|reset| span(reset.since(now)));
    match (forecast, reset) {
        (_, Some(reset)) if window.used_percent >= 100.0 => format!("It resets in {reset}."),
        (Some(Forecast::RunsOut { at }), Some(reset)) => {
            format!("At this rate it runs out in {}. It resets in {reset}.", span(at.since(now)))
        }
        (Some(Forecast::Lasts { .. }), Some(reset)) => format!("At this rate it lasts to its reset in {reset}."),
        (None, Some(reset)) => format!("It resets in {reset}."),
        (_, None) => "Nobody says when it resets.".to_owned(),
    }
}

/// A span of time in its two largest units, rounded up to minutes: `3 h 20 min`.
pub(crate) fn span(span: Duration) -> String {
    let minutes = span.as_secs().div_ceil(60);
    match (minutes / (24 * 60), minutes / 60 % 24, minutes % 60) {
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, 0) => format!("{hours} h"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, 0, _) => format!("{days} d"),
        (days, hours, _) => format!("{days} d {hours} h"),
    }
}

#[cfg(test)]
mod tests {
    use engine::Cooldown;

    use super::*;

    #[test]
    fn a_choice_reads_as_one_line() {
        let choice_made = Choice {
            winner: Some("b".into()),
            headroom: Some(88.2),
            passed_over: vec![
                ("a".into(), PassedOver::Active),
                (
                    "c".into(),
                    PassedOver::CoolingDown(Cooldown {
                        until: Timestamp::from_secs(1_795_217_523),
                        cause: LimitCause::UsageLimit,
                    }),
                ),
                ("d".into(), PassedOver::LessLeft { headroom: 12.0 }),
            ],
        };
        let line = choice(&choice_made, |id| id.as_str().to_uppercase());
        let expected = "B: 88 % left; A: active now; C: usage limit reached until 2026-11-20T23:32:03.000Z; \
                        D: has less left (12 %)";
        assert_eq!(line, expected);
    }

    #[test]
    fn spans_are_read_at_a_glance() {
        let cases = [(30, "1 min"), (3_600, "1 h"), (12_000, "3 h 20 min"), (86_400, "1 d"), (190_800, "2 d 5 h")];
        for (secs, expected) in cases {
            assert_eq!(span(Duration::from_secs(secs)), expected);
        }
    }

    #[test]
    fn a_nearly_spent_window_says_what_comes_next() {
        let now = Timestamp::from_secs(0);
        let window = |used_percent, resets_at: Option<i64>| Window {
            scope: Scope::Account,
            length: Duration::from_secs(18_000),
            used_percent,
            resets_at: resets_at.map(Timestamp::from_secs),
        };
        let runs_out = Some(Forecast::RunsOut { at: Timestamp::from_secs(2_400) });
        let lasts = Some(Forecast::Lasts { left_percent: 9.0 });
        let cases = [
            (82.0, Some(7_800), runs_out, "At this rate it runs out in 40 min. It resets in 2 h 10 min."),
            (82.0, Some(7_800), lasts, "At this rate it lasts to its reset in 2 h 10 min."),
            (82.0, Some(7_800), None, "It resets in 2 h 10 min."),
            (100.0, Some(7_800), runs_out, "It resets in 2 h 10 min."),
            (82.0, None, None, "Nobody says when it resets."),
        ];
        for (used, resets_at, forecast, expected) in cases {
            assert_eq!(outlook(&window(used, resets_at), forecast, now), expected);
        }
    }
}
