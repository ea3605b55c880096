//! The tray's menu and tooltip as plain values, made from a snapshot. Draws nothing.

use daemon::control::{AccountView, Failover, ProviderView, Request, Snapshot, StandingState};
use serde::{Deserialize, Serialize};

/// What the tray shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Menu {
    /// Shown when the pointer rests on the icon.
    pub(crate) tooltip: String,
    /// From top to bottom.
    pub(crate) entries: Vec<Entry>,
}

/// A line of the menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    /// A hairline.
    Line,
    /// Words that can't be chosen.
    Words(String),
    /// Something to do.
    Item { text: String, does: Action },
    /// Something that is so or not.
    Tick { text: String, ticked: bool, does: Action },
}

/// What an entry does. Travels as the entry's id, so a click on a menu that has just been replaced does what it said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Action {
    /// Open the popover.
    Open,
    /// Ask the daemon.
    Ask(Request),
    /// Start at login, or not.
    StartAtLogin(bool),
    /// End the app.
    Quit,
}

impl Menu {
    /// Makes the menu. `at_login` is `None` where the system can't say whether the app starts at login.
    pub(crate) fn of(snapshot: Option<&Snapshot>, at_login: Option<bool>) -> Self {
        let mut entries = Vec::new();
        match snapshot {
            Some(snapshot) => entries.extend(snapshot.providers.iter().flat_map(provider)),
            None => entries.extend([Entry::Words("Waiting for Baton's daemon".to_owned()), Entry::Line]),
        }
        entries.push(item("Open Baton", Action::Open));
        entries.extend(snapshot.map(|snapshot| failover(&snapshot.failover)));
        entries.extend(at_login.map(|ticked| Entry::Tick {
            text: "Start at login".to_owned(),
            ticked,
            does: Action::StartAtLogin(!ticked),
        }));
        entries.extend([Entry::Line, item("Quit Baton", Action::Quit)]);
        Self { tooltip: tooltip(snapshot), entries }
    }
}

fn provider(provider: &ProviderView) -> Vec<Entry> {
    let mut entries = vec![Entry::Words(provider.name.clone())];
    entries.extend(provider.accounts.iter().map(|account| Entry::Tick {
        text: account_text(account),
        ticked: provider.active.as_ref() == Some(&account.id),
        does: Action::Ask(Request::Switch { provider: provider.id.clone(), account: account.id.clone() }),
    }));
    match (&provider.next, provider.accounts.len()) {
        (_, 0) => entries.push(Entry::Words("No account saved yet".to_owned())),
        (Some(_), _) => {
            entries.push(item("Next account", Action::Ask(Request::Next { provider: provider.id.clone() })));
        }
        (None, 1) => {}
        (None, _) => entries.push(Entry::Words("No other account can be used".to_owned())),
    }
    entries.push(Entry::Line);
    entries
}

fn account_text(account: &AccountView) -> String {
    let standing = match &account.standing.state {
        StandingState::Ready if account.standing.reason.is_none() => return account.label.clone(),
        // Spent, and nobody says until when.
        StandingState::Ready => "spent",
        StandingState::CoolingDown => "cooling down",
        StandingState::NeedsLogin => "needs a login",
        StandingState::Disabled => "disabled",
        StandingState::Other(state) => state.as_str(),
    };
    format!("{} ({standing})", account.label)
}

fn failover(failover: &Failover) -> Entry {
    match (failover.enabled, failover.paused) {
        (true, _) => item("Pause automatic switching", Action::Ask(Request::Pause { length: None })),
        (false, true) => item("Resume automatic switching", Action::Ask(Request::Resume)),
        (false, false) => Entry::Words("Automatic switching is off in the settings".to_owned()),
    }
}

fn tooltip(snapshot: Option<&Snapshot>) -> String {
    let mut lines = vec!["Baton".to_owned()];
    for provider in snapshot.into_iter().flat_map(|snapshot| &snapshot.providers) {
        let active = provider.accounts.iter().find(|account| provider.active.as_ref() == Some(&account.id));
        lines.extend(active.map(|account| format!("{}: {}", provider.name, account_text(account))));
    }
    if snapshot.is_some_and(|snapshot| !snapshot.failover.enabled) {
        lines.push("Automatic switching is off".to_owned());
    }
    lines.join("\n")
}

fn item(text: &str, does: Action) -> Entry {
    Entry::Item { text: text.to_owned(), does }
}

#[cfg(test)]
mod tests {
    use daemon::control::{AppView, IdentityView, StandingView};

    use super::*;

    #[test]
    fn the_active_account_is_ticked_and_choosing_another_switches() {
        let menu = Menu::of(Some(&snapshot(vec![openai(&["home", "work"], Some("work"), Some("home"))])), Some(true));
        let switch = |account: &str| {
            Action::Ask(Request::Switch { provider: "openai".to_owned(), account: format!("id-{account}") })
        };
        let expected = [
            words("OpenAI"),
            tick("home", false, switch("home")),
            tick("work", true, switch("work")),
            item("Next account", Action::Ask(Request::Next { provider: "openai".to_owned() })),
            Entry::Line,
            item("Open Baton", Action::Open),
            item("Pause automatic switching", Action::Ask(Request::Pause { length: None })),
            tick("Start at login", true, Action::StartAtLogin(false)),
            Entry::Line,
            item("Quit Baton", Action::Quit),
        ];
        assert_eq!(menu.entries, expected);
        assert_eq!(menu.tooltip, "Baton\nOpenAI: work");
    }

    #[test]
    fn without_a_daemon_it_can_be_opened_and_quit() {
        let expected = [
            words("Waiting for Baton's daemon"),
            Entry::Line,
            item("Open Baton", Action::Open),
            Entry::Line,
            item("Quit Baton", Action::Quit),
        ];
        assert_eq!(Menu::of(None, None), Menu { tooltip: "Baton".to_owned(), entries: expected.into() });
    }

    #[test]
    fn an_account_that_cant_be_used_says_so() {
        let check = |state, reason: Option<&str>, expected: &str| {
            let mut provider = openai(&["work"], Some("work"), None);
            provider.accounts[0].standing = StandingView { state, until: None, reason: reason.map(str::to_owned) };
            let menu = Menu::of(Some(&snapshot(vec![provider])), None);
            assert!(matches!(&menu.entries[1], Entry::Tick { text, .. } if text == expected), "{:?}", menu.entries);
            assert_eq!(menu.tooltip, format!("Baton\nOpenAI: {expected}"));
        };
        check(StandingState::Ready, None, "work");
        check(StandingState::Ready, Some("its balance is spent (USD)"), "work (spent)");
        check(StandingState::CoolingDown, None, "work (cooling down)");
        check(StandingState::NeedsLogin, None, "work (needs a login)");
        check(StandingState::Disabled, None, "work (disabled)");
    }

    #[test]
    fn the_next_account_is_offered_only_where_there_is_one() {
        let check = |labels: &[&str], next, expected: &[Entry]| {
            let menu = Menu::of(Some(&snapshot(vec![openai(labels, None, next)])), None);
            assert_eq!(&menu.entries[1 + labels.len()..][..expected.len()], expected);
        };
        check(&[], None, &[words("No account saved yet"), Entry::Line]);
        check(&["a"], None, &[Entry::Line]);
        check(&["a", "b"], None, &[words("No other account can be used"), Entry::Line]);
    }

    #[test]
    fn what_was_paused_can_be_resumed_and_what_the_settings_say_stays() {
        let check = |paused, expected| {
            let mut snapshot = snapshot(vec![]);
            snapshot.failover = Failover { enabled: false, paused };
            let menu = Menu::of(Some(&snapshot), None);
            assert_eq!(menu.entries[1], expected);
            assert_eq!(menu.tooltip, "Baton\nAutomatic switching is off");
        };
        check(true, item("Resume automatic switching", Action::Ask(Request::Resume)));
        check(false, words("Automatic switching is off in the settings"));
    }

    #[test]
    fn an_action_survives_the_way_through_the_menu() {
        let action = Action::Ask(Request::Switch { provider: "openai".to_owned(), account: "a \"b\" ü".to_owned() });
        let id = serde_json::to_string(&action).unwrap();
        assert_eq!(serde_json::from_str::<Action>(&id).unwrap(), action);
    }

    fn words(text: &str) -> Entry {
        Entry::Words(text.to_owned())
    }

    fn tick(text: &str, ticked: bool, does: Action) -> Entry {
        Entry::Tick { text: text.to_owned(), ticked, does }
    }

    fn snapshot(providers: Vec<ProviderView>) -> Snapshot {
        Snapshot {
            schema: "baton.status.v1".to_owned(),
            generated_at: String::new(),
            failover: Failover { enabled: true, paused: false, paused_until: None },
            providers,
            problems: vec![],
            recent: vec![],
            version: String::new(),
            app: AppView::default(),
        }
    }

    fn openai(labels: &[&str], active: Option<&str>, next: Option<&str>) -> ProviderView {
        let id = |label: &str| format!("id-{label}");
        let account = |label: &&str| AccountView {
            id: id(label),
            label: (*label).to_owned(),
            identity: IdentityView::default(),
            kind: "oauth".to_owned(),
            standing: StandingView { state: StandingState::Ready, until: None, reason: None },
            models: vec![],
            windows: vec![],
            usage_read_at: None,
            usage_stale: false,
            balances: Vec::new(),
            has_figures: true,
            used_percent: None,
            passed_over: None,
            expected: vec![],
        };
        ProviderView {
            id: "openai".to_owned(),
            name: "OpenAI".to_owned(),
            active: active.map(id),
            next: next.map(id),
            held_back: None,
            lane: None,
            accounts: labels.iter().map(account).collect(),
        }
    }
}
