//! The engine's reasons in words: one place for every surface. Knows no account but by the label it is given, and no text:
//! those are `control::phrases`.

use std::path::Path;

use engine::{
    Account, AccountId, Choice, Expected, Forecast, HeldBack, Lane, LimitCause, LimitHit, PassedOver, Place, Plight,
    Reach, ResumeCause, Resumption, Standing, SwitchCause, Timestamp, WaitingSession, Window,
};

use crate::control::{Value, Words, phrases};
use crate::ledger::LedgerError;
use crate::opencode::auth_file::AuthFileError;
use crate::opencode::bridge::BridgeError;
use crate::settings::SettingsError;
use crate::vault::VaultError;

/// The command that mends an account whose login is rejected.
pub(crate) fn login_command(provider: &str, label: &str) -> String {
    format!("baton login {provider} --label {label}")
}

/// Why an account can't be used; `None` when it can. One that is ready may be spent all the same, when nobody says until
/// when.
pub(crate) fn standing(account: &Account, now: Timestamp) -> Option<Words> {
    match account.standing(now) {
        Standing::Ready => {
            let usage = account.usage.as_ref()?;
            let window = usage.spent_window(now).map(|window| PassedOver::Spent(window.name()));
            let balance = || usage.spent_balance(now).map(|balance| PassedOver::BalanceSpent(balance.unit.clone()));
            window.or_else(balance).as_ref().map(passed_over)
        }
        Standing::CoolingDown(cooldown) => Some(limit(cooldown.cause)),
        Standing::NeedsLogin => {
            Some(phrases::login_rejected(login_command(account.provider.as_str(), account.label.as_str())))
        }
        Standing::Disabled => Some(phrases::disabled_by_you()),
    }
}

/// What kind of limit was hit.
pub(crate) fn limit(cause: LimitCause) -> Words {
    match cause {
        LimitCause::UsageLimit => phrases::usage_limit(),
        LimitCause::Billing => phrases::billing(),
        LimitCause::LongWait => phrases::long_wait(),
        LimitCause::Reading => phrases::window_read_spent(),
        LimitCause::Failing => phrases::failing(),
    }
}

/// A limit that was hit, what it is a limit of, and until when.
pub(crate) fn limit_hit(hit: &LimitHit) -> Words {
    let what = limit(hit.cause);
    let what = match (hit.reach, &hit.model) {
        (Reach::Account, _) | (Reach::Model, None) => what,
        (Reach::Model, Some(model)) => phrases::of_model(what, model.as_str()),
        (Reach::Provider, _) => phrases::of_all_accounts(what),
    };
    match hit.until {
        Some(until) => phrases::until(what, until),
        None => what,
    }
}

/// Why an account isn't the next one.
pub(crate) fn passed_over(why: &PassedOver) -> Words {
    match why {
        PassedOver::Active => phrases::active_now(),
        PassedOver::AlreadyTried => phrases::tried_already(),
        PassedOver::Disabled => phrases::disabled_by_you(),
        PassedOver::ByHandOnly => phrases::by_hand_only(),
        PassedOver::ModelNotAllowed(model) => phrases::model_not_allowed(model.as_str()),
        PassedOver::NeedsLogin => phrases::needs_login(),
        PassedOver::CoolingDown(cooldown) => phrases::until(limit(cooldown.cause), cooldown.until),
        PassedOver::Spent(window) => phrases::window_spent(Value::Window { name: window.clone(), model: None }),
        PassedOver::BalanceSpent(unit) => phrases::balance_spent(unit.as_str()),
        PassedOver::ModelCoolingDown { model, cooldown } => {
            phrases::of_model_until(limit(cooldown.cause), model.as_str(), cooldown.until)
        }
        PassedOver::ProviderSpent(until) => phrases::provider_spent(*until),
        PassedOver::OtherModels => phrases::other_models(),
        PassedOver::WithinReserve { headroom, reserve } => phrases::within_reserve(*headroom, *reserve),
        PassedOver::HardlyMore { headroom: Some(headroom) } => phrases::hardly_more(*headroom),
        PassedOver::HardlyMore { headroom: None } => phrases::more_unknown(),
        PassedOver::NotPreferred => phrases::not_preferred(),
        PassedOver::LastResort => phrases::last_resort(),
        PassedOver::LowerPriority => phrases::lower_priority(),
        PassedOver::ModelUnknown => phrases::model_unknown(),
        PassedOver::UsedMoreRecently => phrases::used_more_recently(),
        PassedOver::LaterInLine => phrases::later_in_line(),
        PassedOver::LowerScore { score } => phrases::lower_score(*score),
        PassedOver::LaterReset { resets_at: Some(at) } => phrases::later_reset(*at),
        PassedOver::LaterReset { resets_at: None } => phrases::later_reset_unknown(),
        PassedOver::LessLeft { headroom } => phrases::less_left(*headroom),
        PassedOver::OtherKind => phrases::other_kind(),
        PassedOver::Unknown => phrases::left_unknown(),
        PassedOver::Equal => phrases::equal(),
    }
}

/// What a switch was for.
pub(crate) fn switch_cause(cause: &SwitchCause) -> Words {
    match cause {
        SwitchCause::LimitHit { .. } => phrases::cause_limit_hit(),
        SwitchCause::LoginRejected { .. } => phrases::cause_login_rejected(),
        SwitchCause::AccountBack => phrases::cause_account_back(),
        SwitchCause::Failing { .. } => phrases::cause_failing(),
        SwitchCause::Overload { .. } => phrases::cause_overload(),
        SwitchCause::BeforeLimit => phrases::cause_before_limit(),
        SwitchCause::Returned => phrases::cause_returned(),
        SwitchCause::Chosen => phrases::cause_chosen(),
        SwitchCause::NextAsked => phrases::cause_next_asked(),
        SwitchCause::PutBack => phrases::cause_put_back(),
    }
}

/// Why Baton didn't switch.
pub(crate) fn held_back(why: HeldBack) -> Words {
    match why {
        HeldBack::Off => phrases::held_off(),
        HeldBack::Flapping { until } => phrases::held_flapping(until),
        HeldBack::Attempts => phrases::held_attempts(),
    }
}

/// A choice, one by one: what the winner has left, and why each other account was passed over.
pub(crate) fn choice(choice: &Choice, label: impl Fn(&AccountId) -> String) -> Vec<Words> {
    let mut parts = Vec::new();
    if let (Some(winner), Some(headroom)) = (&choice.winner, choice.headroom) {
        parts.push(phrases::left_of(label(winner), headroom));
    }
    parts.extend(choice.passed_over.iter().map(|(id, why)| phrases::place_of(label(id), passed_over(why))));
    parts
}

/// When nobody can be used: who comes back first.
pub(crate) fn earliest(
    earliest: Option<&(AccountId, Timestamp)>,
    now: Timestamp,
    label: impl Fn(&AccountId) -> String,
) -> Words {
    match earliest {
        Some((id, at)) => phrases::first_back(label(id), at.since(now)),
        None => phrases::first_back_unknown(),
    }
}

/// Whether an account is active or next, or why it is neither.
pub(crate) fn place(place: &Place) -> Words {
    match place {
        Place::Active => phrases::active_now(),
        Place::Next => phrases::comes_next(),
        Place::PassedOver(why) => passed_over(why),
    }
}

/// What will happen with an account, and when.
pub(crate) fn expected(expected: &Expected) -> (Words, Option<Timestamp>) {
    match expected {
        Expected::Back { at } => (phrases::usable_again(), Some(*at)),
        Expected::Reset { window, at } => {
            (phrases::window_whole_again(Value::Window { name: window.clone(), model: None }), Some(*at))
        }
        Expected::LeftAt { percent } => (phrases::left_at(*percent), None),
        Expected::LeftForMore => (phrases::left_for_more(), None),
        Expected::LeftAtLimit => (phrases::left_at_limit(), None),
        Expected::ReturnedTo => (phrases::returned_to(), None),
    }
}

/// Where a session may go on meanwhile.
pub(crate) fn lane(lane: &Lane) -> Words {
    phrases::go_on_with(lane.model.as_str(), lane.provider.as_str())
}

/// Where a session that was stuck goes on, and why there.
pub(crate) fn resumption(resumption: &Resumption) -> Words {
    let Resumption { session, to: Lane { provider, model }, agent, why, .. } = resumption;
    let why = match why {
        ResumeCause::Switched(_) => phrases::another_active(),
        ResumeCause::FallbackAgent => phrases::agent_names_it(),
        ResumeCause::NextLane => phrases::first_lane(),
    };
    let (session, model, provider) = (session.as_str(), model.as_str(), provider.as_str());
    match agent {
        Some(agent) => phrases::goes_on_as(session, model, provider, agent.as_str(), why),
        None => phrases::goes_on(session, model, provider, why),
    }
}

/// How a session is stuck, and what becomes of it.
pub(crate) fn waiting(waiting: &WaitingSession) -> Words {
    let how = match waiting.plight {
        Plight::Sleeping { until } => phrases::sleeps_until(until),
        Plight::Failed => phrases::turn_failed(),
    };
    match waiting.used_up {
        true => phrases::not_carried_on_again(how),
        false => phrases::carried_on_soon(how),
    }
}

/// Why the vault can't be used.
pub(crate) fn vault(fault: &VaultError) -> Words {
    match fault {
        VaultError::Missing(why) => phrases::no_keychain(why.as_str()),
        VaultError::Locked => phrases::keychain_locked(),
        VaultError::Refused(why) => phrases::vault_refused(why.as_str()),
        VaultError::TimedOut(seconds) => {
            phrases::keychain_silent(Value::Number(i64::try_from(*seconds).unwrap_or(i64::MAX)))
        }
        VaultError::Corrupt(why) => phrases::vault_corrupt(why.as_str()),
    }
}

/// Why OpenCode's store can't be used.
pub(crate) fn auth_file(fault: &AuthFileError) -> Words {
    match fault {
        AuthFileError::Unreadable { source } => phrases::auth_file_unreadable(source.to_string()),
        AuthFileError::NotJson { line, column } => phrases::auth_file_no_json(*line, *column),
        AuthFileError::NotAnObject => phrases::auth_file_no_object(),
        AuthFileError::DuplicateKey => phrases::auth_file_twice(),
    }
}

/// Why the ledger can't be used.
pub(crate) fn ledger(fault: &LedgerError) -> Words {
    let file = |path: &Path| path.display().to_string();
    match fault {
        LedgerError::Unreachable { path, source } => phrases::ledger_unreachable(file(path), source.to_string()),
        LedgerError::Damaged { path } => phrases::ledger_damaged(file(path)),
        LedgerError::Foreign { path } => phrases::ledger_foreign(file(path)),
        LedgerError::Newer { path, written_by } => phrases::ledger_newer(file(path), written_by.as_str()),
        LedgerError::LabelTaken { provider, label } => phrases::ledger_label_taken(provider.as_str(), label.as_str()),
        LedgerError::Failed { path, source } => phrases::ledger_unusable(file(path), source.to_string()),
    }
}

/// Why the bridge couldn't be put into OpenCode or taken out.
pub(crate) fn bridge(fault: &BridgeError) -> Words {
    match fault {
        BridgeError::Foreign(file) => phrases::bridge_not_ours(file.display().to_string()),
        BridgeError::Io { act, path, source } => phrases::cant_do(*act, path.display().to_string(), source.to_string()),
    }
}

/// What is wrong with the settings: the place, and what people mistype in windows. The rest comes from their reader.
pub(crate) fn settings(fault: &SettingsError) -> Words {
    let message = fault.message.as_str();
    let range = || {
        let (given, allowed) = message.split_once(" is out of range, allowed are ")?;
        let (least, most) = allowed.split_once(" to ")?;
        Some(phrases::out_of_range(given, least, most))
    };
    let percentage = message.strip_suffix(" isn't a percentage, allowed are 1 to 100").map(phrases::not_a_percentage);
    let what = percentage.or_else(range).unwrap_or_else(|| message.into());
    match (fault.line, &fault.key) {
        (Some(line), Some(key)) => phrases::settings_at(line, key.as_str(), what),
        (Some(line), None) => phrases::settings_at_line(line, what),
        (None, Some(key)) => phrases::settings_at_key(key.as_str(), what),
        (None, None) => what,
    }
}

/// What comes of a window that is nearly spent.
pub(crate) fn outlook(window: &Window, forecast: Option<Forecast>, now: Timestamp) -> Words {
    let reset = window.resets_at.filter(|reset| *reset > now).map(|reset| reset.since(now));
    match (forecast, reset) {
        (_, Some(reset)) if window.used_percent >= 100.0 => phrases::resets(reset),
        (Some(Forecast::RunsOut { at }), Some(reset)) => phrases::runs_out(at.since(now), reset),
        (Some(Forecast::Lasts { .. }), Some(reset)) => phrases::lasts(reset),
        (None, Some(reset)) => phrases::resets(reset),
        (_, None) => phrases::reset_unknown(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use engine::{Cooldown, Scope};

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
        let line = phrases::list(choice(&choice_made, |id| id.as_str().to_uppercase())).text;
        let expected = "B: 88 % left; A: active now; C: usage limit reached until 2026-11-20T23:32:03.000Z; \
                        D: has less left (12 %)";
        assert_eq!(line, expected);
    }

    #[test]
    fn faults_say_the_same_here_as_in_errors() {
        let why = || "x".to_owned();
        let vault_faults = [
            VaultError::Missing(why()),
            VaultError::Locked,
            VaultError::Refused(why()),
            VaultError::TimedOut(20),
            VaultError::Corrupt(why()),
        ];
        for fault in vault_faults {
            assert_eq!(vault(&fault).text, fault.to_string());
        }
        let store_faults = [
            AuthFileError::Unreadable { source: std::io::Error::other("x") },
            AuthFileError::NotJson { line: 2, column: 7 },
            AuthFileError::NotAnObject,
            AuthFileError::DuplicateKey,
        ];
        for fault in store_faults {
            assert_eq!(auth_file(&fault).text, fault.to_string());
        }
        let path = || std::path::PathBuf::from("/x");
        let io = || std::io::Error::other("x");
        let ledger_faults = [
            LedgerError::Unreachable { path: path(), source: io() },
            LedgerError::Damaged { path: path() },
            LedgerError::Foreign { path: path() },
            LedgerError::Newer { path: path(), written_by: "9.9".to_owned() },
            LedgerError::LabelTaken { provider: "x".into(), label: engine::Label::default() },
            LedgerError::Failed { path: path(), source: rusqlite::Error::InvalidQuery },
        ];
        for fault in ledger_faults {
            assert_eq!(ledger(&fault).text, fault.to_string());
        }
        for fault in [BridgeError::Foreign(path()), BridgeError::Io { act: "write", path: path(), source: io() }] {
            assert_eq!(bridge(&fault).text, fault.to_string());
        }
        for message in ["101 isn't a percentage, allowed are 1 to 100", "9 is out of range, allowed are 1 to 5", "odd"]
        {
            for (line, key) in [(Some(5), Some("a.b")), (Some(5), None), (None, Some("a.b")), (None, None)] {
                let fault = SettingsError { line, key: key.map(str::to_owned), message: message.to_owned() };
                assert_eq!(settings(&fault).text, fault.to_string());
            }
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
            assert_eq!(outlook(&window(used, resets_at), forecast, now).text, expected);
        }
    }
}
