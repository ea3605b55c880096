//! `baton status` in words: per provider the accounts, the active one marked, and what is wrong.
//! Shows the snapshot and adds nothing to it.

use std::fmt::Write;

use daemon::control::{
    AccountView, BalanceView, Failover, ModelLimitView, Problem, ProviderView, Snapshot, StandingState, StandingView,
};

use super::window;
use crate::moment::Moment;

/// The words for a snapshot.
pub(crate) fn status(snapshot: &Snapshot, moment: &Moment) -> String {
    let mut blocks: Vec<String> = snapshot.providers.iter().map(|view| provider(view, moment)).collect();
    if blocks.is_empty() {
        blocks.push(
            "No accounts yet. `baton add` saves the logins that OpenCode has; `baton login openai` makes one.\n"
                .to_owned(),
        );
    }
    blocks.push(failover(&snapshot.failover, moment));
    blocks.extend(problems(snapshot, moment));
    blocks.join("\n")
}

/// The heading of a provider: `ChatGPT (openai)`.
pub(super) fn heading(view: &ProviderView) -> String {
    match view.name == view.id {
        true => view.id.clone(),
        false => format!("{} ({})", view.name, view.id),
    }
}

/// What there is to say instead of figures.
pub(super) fn without_figures(account: &AccountView) -> Option<&'static str> {
    match (account.windows.is_empty() && account.balances.is_empty(), account.has_figures) {
        (false, _) => None,
        (true, true) => Some("no usage figures read yet"),
        (true, false) => Some("no usage figures are published for it"),
    }
}

/// A line for each balance: `balance 95.50 USD left`.
pub(super) fn balances(account: &AccountView) -> String {
    let line = |balance: &BalanceView| {
        let of = balance.of.map(|of| format!(" of {of:.2}")).unwrap_or_default();
        format!("    balance {:.2}{of} {} left\n", balance.left, balance.unit)
    };
    account.balances.iter().map(line).collect()
}

/// How old figures are: `read 2 min ago`, and that they are stale where they are.
pub(super) fn read(account: &AccountView, at: &str, moment: &Moment) -> String {
    let stale = if account.usage_stale { ", stale" } else { "" };
    format!("read {}{stale}", moment.away(at))
}

/// How many columns the longest of these texts takes.
pub(super) fn width<'a>(texts: impl Iterator<Item = &'a str>) -> usize {
    texts.map(|text| text.chars().count()).max().unwrap_or(0)
}

fn provider(view: &ProviderView, moment: &Moment) -> String {
    let labels = width(view.accounts.iter().map(|account| account.label.as_str()));
    let plans = width(view.accounts.iter().map(plan));
    let mut text = format!("{}\n", heading(view));
    for account in &view.accounts {
        let mark = if view.active.as_deref() == Some(&account.id) { '*' } else { ' ' };
        let next = if view.next.as_deref() == Some(&account.id) { "  (next)" } else { "" };
        let _ = write!(text, "{mark} {:<labels$}", account.label);
        if plans > 0 {
            let _ = write!(text, "  {:<plans$}", plan(account));
        }
        let _ = writeln!(text, "  {}{next}", standing(&account.standing, moment));
        text.push_str(&models(account, moment));
        text.push_str(&figures(account, moment));
    }
    match (&view.active, view.accounts.is_empty()) {
        (_, true) => text.push_str("  OpenCode has a login here that isn't saved: run `baton add`.\n"),
        (None, false) => text.push_str("  OpenCode uses none of these now.\n"),
        (Some(_), false) => {}
    }
    text
}

fn plan(account: &AccountView) -> &str {
    account.identity.plan.as_deref().unwrap_or_default()
}

fn standing(view: &StandingView, moment: &Moment) -> String {
    let mut text = match (&view.state, &view.until) {
        (StandingState::Ready, _) => {
            // Spent, and nobody says until when.
            return view.reason.as_ref().map_or_else(|| "ready".to_owned(), |reason| format!("not usable: {reason}"));
        }
        (StandingState::CoolingDown, Some(until)) => {
            format!("cooling down until {} ({})", moment.clock(until), moment.away(until))
        }
        (StandingState::CoolingDown, None) => "cooling down".to_owned(),
        (StandingState::NeedsLogin, _) => "needs a login".to_owned(),
        (StandingState::Disabled, _) => return "disabled".to_owned(),
        (StandingState::Other(state), _) => state.clone(),
    };
    if let Some(reason) = &view.reason {
        let _ = write!(text, ": {}", moment.localise(reason));
    }
    text
}

/// A line for each model that the account can't be used for.
fn models(account: &AccountView, moment: &Moment) -> String {
    let line = |limit: &ModelLimitView| {
        let (clock, away) = (moment.clock(&limit.until), moment.away(&limit.until));
        format!("    not for {} until {clock} ({away}): {}\n", limit.model, limit.reason)
    };
    account.models.iter().map(line).collect()
}

fn figures(account: &AccountView, moment: &Moment) -> String {
    if let Some(words) = without_figures(account) {
        return format!("    {words}\n");
    }
    let names: Vec<String> = account.windows.iter().map(window::name).collect();
    let columns = width(names.iter().map(String::as_str));
    let mut text = String::new();
    for (name, view) in names.iter().zip(&account.windows) {
        let (percent, reset) = (window::percent(view.used_percent), window::reset(view, moment));
        let _ = writeln!(text, "    {name:<columns$} {percent} used{reset}");
    }
    text.push_str(&balances(account));
    if let Some(at) = &account.usage_read_at {
        let _ = writeln!(text, "    {}", read(account, at, moment));
    }
    text
}

fn failover(view: &Failover, moment: &Moment) -> String {
    let words = match view {
        Failover { paused: true, paused_until: Some(until), .. } => {
            &format!("paused until {} (`baton resume` turns it on earlier)", moment.clock(until))
        }
        Failover { paused: true, .. } => "paused (`baton resume` turns it on again)",
        Failover { enabled: true, .. } => "on",
        Failover { enabled: false, .. } => "off in the settings",
    };
    format!("Automatic failover: {words}\n")
}

fn problems(snapshot: &Snapshot, moment: &Moment) -> Option<String> {
    let lines: String = snapshot.problems.iter().map(|found| problem(found, moment)).collect();
    (!lines.is_empty()).then(|| format!("Problems\n{lines}"))
}

/// What is the matter, and what to do about it.
pub(super) fn problem(problem: &Problem, moment: &Moment) -> String {
    let remedy = problem.remedy.as_ref().map(|remedy| format!("    -> {remedy}\n"));
    format!("  {}: {}\n{}", problem.part, moment.localise(&problem.message), remedy.unwrap_or_default())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::moment::tests::noon;
    use daemon::control::{AppView, IdentityView, WindowView};

    fn check(snapshot: &Snapshot, expected: &str) {
        assert_eq!(status(snapshot, &noon()), expected);
    }

    #[test]
    fn accounts_stand_under_their_provider_with_the_active_one_marked() {
        check(
            &snapshot(vec![openai()]),
            "\
ChatGPT (openai)
  home        ready  (next)
    no usage figures read yet
* work  plus  cooling down until 13:10 (in 1 h 10 min): usage limit
    5h       100 % used, resets in 1 h 10 min
    weekly    42 % used, was reset 1 h ago
    weekly x  10 % used
    read 2 min ago

Automatic failover: on
",
        );
    }

    #[test]
    fn each_standing_has_its_words() {
        let view = |state, until: Option<&str>, reason: Option<&str>| StandingView {
            state,
            until: until.map(Into::into),
            reason: reason.map(Into::into),
            reason_words: None,
        };
        let cases = [
            (view(StandingState::Ready, None, None), "ready"),
            (
                view(StandingState::Ready, None, Some("its balance is spent (USD)")),
                "not usable: its balance is spent (USD)",
            ),
            (
                view(StandingState::CoolingDown, Some("2026-11-21T10:00:00Z"), Some("weekly limit")),
                "cooling down until Sat 11:00 (in 23 h): weekly limit",
            ),
            (view(StandingState::CoolingDown, None, None), "cooling down"),
            (
                view(StandingState::NeedsLogin, None, Some("the login was revoked")),
                "needs a login: the login was revoked",
            ),
            (view(StandingState::Disabled, None, Some("disabled by you")), "disabled"),
        ];
        for (standing, expected) in cases {
            assert_eq!(super::standing(&standing, &noon()), expected);
        }
    }

    #[test]
    fn a_machine_without_accounts_is_told_how_to_get_one() {
        check(
            &Snapshot { failover: Failover { enabled: false, paused: true, paused_until: None }, ..snapshot(vec![]) },
            "\
No accounts yet. `baton add` saves the logins that OpenCode has; `baton login openai` makes one.

Automatic failover: paused (`baton resume` turns it on again)
",
        );
    }

    #[test]
    fn a_pause_with_an_end_names_it() {
        let until = |until: &str| Failover { enabled: false, paused: true, paused_until: Some(until.to_owned()) };
        let words =
            |until: &str| format!("Automatic failover: paused until {until} (`baton resume` turns it on earlier)\n");
        assert_eq!(failover(&until("2026-11-20T12:00:00Z"), &noon()), words("13:00"));
        assert_eq!(failover(&until("2026-11-20T23:00:00Z"), &noon()), words("Sat 00:00"));
    }

    #[test]
    fn stale_figures_look_stale() {
        let mut view = openai();
        view.accounts.iter_mut().for_each(|account| account.usage_stale = true);
        assert!(provider(&view, &noon()).contains("    read 2 min ago, stale\n"));
    }

    #[test]
    fn a_model_that_an_account_cant_be_used_for_is_said() {
        let mut view = openai();
        view.accounts[0].models = vec![ModelLimitView {
            model: "Opus".to_owned(),
            until: "2026-11-20T12:10:00Z".to_owned(),
            reason: "usage limit reached".to_owned(),
            reason_words: None,
        }];
        let expected = "ready  (next)\n    not for Opus until 13:10 (in 1 h 10 min): usage limit reached\n";
        assert!(provider(&view, &noon()).contains(expected));
    }

    #[test]
    fn an_unknown_active_login_is_said() {
        let unsaved = ProviderView { accounts: vec![], ..openai() };
        assert!(provider(&unsaved, &noon()).contains("isn't saved: run `baton add`"));
        let elsewhere = ProviderView { active: None, ..openai() };
        assert!(provider(&elsewhere, &noon()).ends_with("  OpenCode uses none of these now.\n"));
    }

    #[test]
    fn problems_come_last_with_their_remedies() {
        let problem = |part: &str, remedy: Option<&str>| Problem::new(part, "it is locked", remedy.map(Into::into));
        check(
            &Snapshot {
                failover: Failover { enabled: false, paused: false, paused_until: None },
                problems: vec![problem("keychain", Some("unlock it")), problem("log", None)],
                ..snapshot(vec![ProviderView { name: "openai".to_owned(), ..openai() }])
            },
            "\
openai
  home        ready  (next)
    no usage figures read yet
* work  plus  cooling down until 13:10 (in 1 h 10 min): usage limit
    5h       100 % used, resets in 1 h 10 min
    weekly    42 % used, was reset 1 h ago
    weekly x  10 % used
    read 2 min ago

Automatic failover: off in the settings

Problems
  keychain: it is locked
    -> unlock it
  log: it is locked
",
        );
    }

    pub(in crate::render) fn snapshot(providers: Vec<ProviderView>) -> Snapshot {
        Snapshot {
            schema: "baton.status.v1".to_owned(),
            generated_at: "2026-11-20T11:00:00Z".to_owned(),
            failover: Failover { enabled: true, paused: false, paused_until: None },
            providers,
            problems: vec![],
            recent: vec![],
            version: "0.1.0".to_owned(),
            app: AppView::default(),
        }
    }

    pub(in crate::render) fn openai() -> ProviderView {
        let work = AccountView {
            identity: IdentityView { plan: Some("plus".to_owned()), ..IdentityView::default() },
            standing: StandingView {
                state: StandingState::CoolingDown,
                until: Some("2026-11-20T12:10:00Z".to_owned()),
                reason: Some("usage limit".to_owned()),
                reason_words: None,
            },
            windows: vec![
                window("5h", 100.0, Some("2026-11-20T12:10:00Z"), None),
                window("weekly", 42.0, Some("2026-11-20T10:00:00Z"), None),
                window("weekly", 10.0, None, Some("x")),
            ],
            usage_read_at: Some("2026-11-20T10:58:00Z".to_owned()),
            ..account("work")
        };
        ProviderView {
            id: "openai".to_owned(),
            name: "ChatGPT".to_owned(),
            active: Some("id-work".to_owned()),
            next: Some("id-home".to_owned()),
            held_back: None,
            held_back_words: None,
            lane: None,
            accounts: vec![account("home"), work],
        }
    }

    fn account(label: &str) -> AccountView {
        AccountView {
            id: format!("id-{label}"),
            label: label.to_owned(),
            identity: IdentityView::default(),
            kind: "oauth".to_owned(),
            standing: StandingView { state: StandingState::Ready, until: None, reason: None, reason_words: None },
            models: vec![],
            windows: vec![],
            usage_read_at: None,
            usage_stale: false,
            balances: Vec::new(),
            has_figures: true,
            used_percent: None,
            passed_over: None,
            passed_over_words: None,
            expected: vec![],
        }
    }

    fn window(name: &str, used_percent: f64, resets_at: Option<&str>, model: Option<&str>) -> WindowView {
        WindowView {
            name: name.to_owned(),
            window_seconds: 18_000,
            used_percent,
            resets_at: resets_at.map(Into::into),
            model: model.map(Into::into),
            pace: None,
        }
    }
}
