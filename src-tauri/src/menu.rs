//! The tray's menu and tooltip as plain values, made from a snapshot. Draws nothing.

use daemon::control::{AccountView, PauseLength, ProviderView, Request, Snapshot, StandingState, WindowView};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::texts::Texts;

/// How many accounts of a provider are listed at once; more are one step away.
const LISTED: usize = 8;
/// How much of a label is shown, and of a tooltip: Windows cuts those without a sign.
const LABEL: usize = 40;
const TOOLTIP: usize = 127;

const HOUR: u32 = 3_600;

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
    /// One of several things of which one is so.
    Radio { text: String, chosen: bool, does: Action },
    /// More entries, one step away.
    Below { text: String, entries: Vec<Entry> },
}

/// What an entry does. Travels as the entry's id, so a click on a menu that has just been replaced does what it said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Action {
    /// Open the popover.
    Open,
    /// Open the popover where things are set.
    Settings,
    /// Ask the daemon.
    Ask(Request),
    /// End the app.
    Quit,
}

impl Menu {
    /// Makes the menu, with times as they read in `zone` and the newer version that was found.
    pub(crate) fn of(snapshot: Option<&Snapshot>, update: Option<&str>, texts: Texts, zone: &TimeZone) -> Self {
        let mut entries = Vec::new();
        let discreet = snapshot.and_then(discreet);
        let snapshot = discreet.as_ref().or(snapshot);
        match snapshot {
            Some(snapshot) => entries.extend(snapshot.providers.iter().flat_map(|view| provider(view, texts))),
            None => entries.extend([Entry::Words(texts.say("waiting")), Entry::Line]),
        }
        entries.push(item(texts.say("open"), Action::Open));
        if let Some(snapshot) = snapshot {
            entries.push(item(texts.say("refresh"), Action::Ask(Request::RefreshUsage)));
            entries.push(Entry::Line);
            entries.extend(failover(snapshot, texts, zone));
            entries.push(Entry::Line);
        }
        // Where things are set, a version is installed too.
        entries.extend(update.map(|version| item(texts.say_with("update", "version", version), Action::Settings)));
        entries.push(item(texts.say("settings"), Action::Settings));
        entries.push(item(texts.say("quit"), Action::Quit));
        Self { tooltip: tooltip(snapshot, texts, zone), entries }
    }
}

/// The snapshot without e-mail addresses in its labels; `None` where they may be seen.
fn discreet(snapshot: &Snapshot) -> Option<Snapshot> {
    let mut discreet = snapshot.app.hide_emails.then(|| snapshot.clone())?;
    for account in discreet.providers.iter_mut().flat_map(|provider| &mut provider.accounts) {
        account.label = crate::discreet::discreet(&account.label);
    }
    Some(discreet)
}

fn provider(provider: &ProviderView, texts: Texts) -> Vec<Entry> {
    let accounts = provider.accounts.iter().map(|account| Entry::Radio {
        text: account_text(account, texts),
        chosen: provider.active.as_ref() == Some(&account.id),
        does: Action::Ask(Request::Switch { provider: provider.id.clone(), account: account.id.clone() }),
    });
    let mut entries = vec![Entry::Words(provider.name.clone())];
    if provider.accounts.len() > LISTED {
        let (chosen, others): (Vec<_>, Vec<_>) =
            accounts.partition(|entry| matches!(entry, Entry::Radio { chosen: true, .. }));
        entries.extend(chosen);
        let text = texts.say_with("others", "count", &others.len().to_string());
        entries.push(Entry::Below { text, entries: others });
    } else {
        entries.extend(accounts);
    }
    let next = provider.accounts.iter().find(|account| provider.next.as_ref() == Some(&account.id));
    match (next, provider.accounts.len()) {
        (_, 0) => entries.push(Entry::Words(texts.say("none"))),
        (Some(next), _) => {
            let text = texts.say_with("next", "account", &label(next));
            entries.push(item(text, Action::Ask(Request::Next { provider: provider.id.clone() })));
        }
        (None, 1) => {}
        (None, _) => entries.push(Entry::Words(texts.say("nobody"))),
    }
    entries.push(Entry::Line);
    entries
}

fn account_text(account: &AccountView, texts: Texts) -> String {
    let standing = match &account.standing.state {
        StandingState::Ready if account.standing.reason.is_none() => return label(account),
        // Spent, and nobody says until when.
        StandingState::Ready => texts.say("spent"),
        StandingState::CoolingDown => texts.say("cooling"),
        StandingState::NeedsLogin => texts.say("login"),
        StandingState::Disabled => texts.say("disabled"),
        StandingState::Other(state) => state.clone(),
    };
    format!("{} ({standing})", label(account))
}

fn label(account: &AccountView) -> String {
    shortened(&account.label, LABEL)
}

fn failover(snapshot: &Snapshot, texts: Texts, zone: &TimeZone) -> Vec<Entry> {
    let pause = |key, length| item(texts.say(key), Action::Ask(Request::Pause { length: Some(length) }));
    match (snapshot.failover.enabled, snapshot.failover.paused) {
        (true, _) => {
            vec![pause("pauseHour", PauseLength::Seconds(HOUR)), pause("pauseDay", PauseLength::UntilTomorrow)]
        }
        (false, true) => {
            let resume = item(texts.say("resume"), Action::Ask(Request::Resume));
            vec![Entry::Words(pause_words(snapshot, texts, zone)), resume]
        }
        (false, false) => vec![Entry::Words(texts.say("off"))],
    }
}

fn pause_words(snapshot: &Snapshot, texts: Texts, zone: &TimeZone) -> String {
    match &snapshot.failover.paused_until {
        Some(until) => {
            let day = if texts.is_english() { "%a" } else { "%F" };
            texts.say_with("pausedUntil", "time", &clock(until, &snapshot.generated_at, day, zone))
        }
        None => texts.say("paused"),
    }
}

fn tooltip(snapshot: Option<&Snapshot>, texts: Texts, zone: &TimeZone) -> String {
    let Some(snapshot) = snapshot else { return "Baton".to_owned() };
    let mut lines = vec!["Baton".to_owned()];
    for provider in &snapshot.providers {
        let active = provider.accounts.iter().find(|account| provider.active.as_ref() == Some(&account.id));
        let told = |account| format!("{}: {}{}", provider.name, account_text(account, texts), figures(account, texts));
        lines.extend(active.map(told));
    }
    match (snapshot.failover.enabled, snapshot.failover.paused) {
        (true, _) => {}
        (false, true) => lines.push(pause_words(snapshot, texts, zone)),
        (false, false) => lines.push(texts.say("off")),
    }
    // Some desktops take tags in a tooltip for markup.
    shortened(&lines.join("\n").replace('<', "‹").replace('>', "›"), TOOLTIP)
}

/// What is used of the windows that govern every request; rounded down, so that 100 stands for a spent one.
fn figures(account: &AccountView, texts: Texts) -> String {
    let governs = |window: &&WindowView| window.model.is_none();
    // The short names are English.
    let name = |window: &WindowView| match texts.is_english() {
        true => window.name.clone(),
        false => texts.window(&window.name),
    };
    let figure = |window: &WindowView| format!(", {} {:.0} %", name(window), window.used_percent.floor());
    let figures: String = account.windows.iter().filter(governs).map(figure).collect();
    match account.usage_stale && !figures.is_empty() {
        true => format!("{figures} ({})", texts.say("old")),
        false => figures,
    }
}

/// A time as a clock shows it; with the day, written so, when it isn't the one that it is told on.
fn clock(time: &str, told_at: &str, day: &str, zone: &TimeZone) -> String {
    let here = |time: &str| time.parse::<Timestamp>().ok().map(|at| at.to_zoned(zone.clone()));
    match (here(time), here(told_at)) {
        (Some(at), Some(told)) if at.date() == told.date() => at.strftime("%H:%M").to_string(),
        (Some(at), _) => at.strftime(&format!("{day} %H:%M")).to_string(),
        (None, _) => time.to_owned(),
    }
}

fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most - 1).chain(['…']).collect()
}

fn item(text: impl Into<String>, does: Action) -> Entry {
    Entry::Item { text: text.into(), does }
}

#[cfg(test)]
mod tests {
    use daemon::control::{Failover, StandingView};

    use super::*;
    use crate::sample::{self, account, id, snapshot, window};

    #[test]
    fn the_active_account_is_chosen_and_choosing_another_switches() {
        let openai = provider(&["home", "work"], Some("work"), Some("home"));
        let switch =
            |account: &str| Action::Ask(Request::Switch { provider: "openai".to_owned(), account: id(account) });
        let pause = |length| Action::Ask(Request::Pause { length: Some(length) });
        let expected = [
            words("OpenAI"),
            radio("home", false, switch("home")),
            radio("work", true, switch("work")),
            item("Next account: home", Action::Ask(Request::Next { provider: "openai".to_owned() })),
            Entry::Line,
            item("Open Baton", Action::Open),
            item("Refresh usage", Action::Ask(Request::RefreshUsage)),
            Entry::Line,
            item("Pause switching for 1 hour", pause(PauseLength::Seconds(3_600))),
            item("Pause switching until tomorrow", pause(PauseLength::UntilTomorrow)),
            Entry::Line,
            item("Settings…", Action::Settings),
            item("Quit Baton", Action::Quit),
        ];
        let menu = of(&snapshot(vec![openai]));
        assert_eq!(menu, Menu { tooltip: "Baton\nOpenAI: work".to_owned(), entries: expected.into() });
    }

    #[test]
    fn without_a_daemon_it_can_be_opened_and_quit() {
        let expected = [
            words("Waiting for Baton's daemon"),
            Entry::Line,
            item("Open Baton", Action::Open),
            item("Settings…", Action::Settings),
            item("Quit Baton", Action::Quit),
        ];
        let menu = Menu::of(None, None, Texts::default(), &TimeZone::UTC);
        assert_eq!(menu, Menu { tooltip: "Baton".to_owned(), entries: expected.into() });
    }

    #[test]
    fn an_account_that_cant_be_used_says_so() {
        let check = |state, reason: Option<&str>, expected: &str| {
            let mut provider = provider(&["work"], Some("work"), None);
            let reason = reason.map(str::to_owned);
            provider.accounts[0].standing = StandingView { state, until: None, reason, reason_words: None };
            let menu = of(&snapshot(vec![provider]));
            assert!(matches!(&menu.entries[1], Entry::Radio { text, .. } if text == expected), "{:?}", menu.entries);
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
            let menu = of(&snapshot(vec![provider(labels, None, next)]));
            assert_eq!(&menu.entries[1 + labels.len()..][..expected.len()], expected);
        };
        check(&[], None, &[words("No account saved yet"), Entry::Line]);
        check(&["a"], None, &[Entry::Line]);
        check(&["a", "b"], None, &[words("No other account can be used"), Entry::Line]);
    }

    #[test]
    fn of_many_accounts_the_others_are_one_step_away() {
        let labels: Vec<String> = (0..20).map(|number| format!("a{number}")).collect();
        let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
        let menu = of(&snapshot(vec![provider(&labels, Some("a7"), Some("a1"))]));
        let [Entry::Words(_), Entry::Radio { text, chosen: true, .. }, Entry::Below { text: others, entries }, ..] =
            menu.entries.as_slice()
        else {
            panic!("{:?}", menu.entries)
        };
        assert_eq!((text.as_str(), others.as_str(), entries.len()), ("a7", "19 other accounts", 19));
    }

    #[test]
    fn what_was_paused_can_be_resumed_and_what_the_settings_say_stays() {
        let check = |paused, until: Option<&str>, tooltip: &str, expected: &[Entry]| {
            let mut snapshot = snapshot(vec![]);
            snapshot.failover = Failover { enabled: false, paused, paused_until: until.map(str::to_owned) };
            let menu = of(&snapshot);
            assert_eq!(&menu.entries[3..][..expected.len()], expected);
            assert_eq!(menu.tooltip, format!("Baton\n{tooltip}"));
        };
        let resume = item("Resume switching", Action::Ask(Request::Resume));
        let paused = |told: &str| [words(told), resume.clone()];
        check(true, None, "Switching is paused", &paused("Switching is paused"));
        let hour = "Switching is paused until 14:00";
        check(true, Some("2026-11-20T13:00:00.000Z"), hour, &paused(hour));
        let tomorrow = "Switching is paused until Sat 00:00";
        check(true, Some("2026-11-20T23:00:00.000Z"), tomorrow, &paused(tomorrow));
        check(
            false,
            None,
            "Automatic switching is off in the settings",
            &[words("Automatic switching is off in the settings"), Entry::Line],
        );
    }

    #[test]
    fn the_tooltip_has_the_figures_of_each_active_account() {
        let mut openai = provider(&["work", "home"], Some("work"), None);
        openai.accounts[0].windows =
            vec![window("5h", 99.9, None), window("weekly", 7.0, None), window("weekly", 80.0, Some("opus"))];
        openai.accounts[1].windows = vec![window("5h", 1.0, None)];
        let mut other = openai.clone();
        other.name = "Other".to_owned();
        other.accounts[0].usage_stale = true;
        let snapshot = snapshot(vec![openai, other]);
        let english = "Baton\nOpenAI: work, 5h 99 %, weekly 7 %\nOther: work, 5h 99 %, weekly 7 % (old)";
        assert_eq!(of(&snapshot).tooltip, english);
        let german = Menu::of(Some(&snapshot), None, Texts::of("de", None), &TimeZone::UTC).tooltip;
        assert!(german.starts_with("Baton\nOpenAI: work, 5 Stunden 99 %, Wöchentlich 7 %"), "{german}");
    }

    #[test]
    fn long_and_strange_labels_are_cut_and_shown_as_text() {
        let long = "ä".repeat(200);
        let menu = of(&snapshot(vec![provider(&[&long], Some(&long), None)]));
        let cut = format!("{}…", "ä".repeat(39));
        assert!(matches!(&menu.entries[1], Entry::Radio { text, .. } if *text == cut), "{:?}", menu.entries);
        let html = of(&snapshot(vec![provider(&["<b>x</b>"], Some("<b>x</b>"), None)]));
        assert!(matches!(&html.entries[1], Entry::Radio { text, .. } if text == "<b>x</b>"));
        assert_eq!(html.tooltip, "Baton\nOpenAI: ‹b›x‹/b›");
        let crowd = (0..9).map(|_| provider(&["somebody"], Some("somebody"), None)).collect();
        assert_eq!(of(&snapshot(crowd)).tooltip.chars().count(), 127);
    }

    #[test]
    fn it_speaks_the_persons_language() {
        let mut snapshot = snapshot(vec![provider(&["a", "b"], Some("a"), Some("b"))]);
        snapshot.failover =
            Failover { enabled: false, paused: true, paused_until: Some("2026-11-20T23:00:00Z".to_owned()) };
        let menu =
            Menu::of(Some(&snapshot), Some("0.2.0"), Texts::of("de", None), &TimeZone::fixed(jiff::tz::offset(1)));
        assert!(menu.entries.contains(&words("Wechseln pausiert bis 2026-11-21 00:00")), "{menu:?}");
        assert!(matches!(&menu.entries[3], Entry::Item { text, .. } if text == "Nächstes Konto: b"), "{menu:?}");
    }

    #[test]
    fn e_mail_addresses_stay_out_of_sight_where_the_person_wants_that() {
        let mut snapshot = snapshot(vec![provider(&["anna@example.org", "work"], Some("anna@example.org"), None)]);
        assert!(of(&snapshot).tooltip.contains("anna@example.org"));
        snapshot.app.hide_emails = true;
        let menu = of(&snapshot);
        assert_eq!(menu.tooltip, "Baton\nOpenAI: an•••");
        assert!(matches!(&menu.entries[1], Entry::Radio { text, chosen: true, .. } if text == "an•••"));
        assert!(matches!(&menu.entries[2], Entry::Radio { text, .. } if text == "work"));
    }

    #[test]
    fn an_action_survives_the_way_through_the_menu() {
        let action = Action::Ask(Request::Switch { provider: "openai".to_owned(), account: "a \"b\" ü".to_owned() });
        let id = serde_json::to_string(&action).unwrap();
        assert_eq!(serde_json::from_str::<Action>(&id).unwrap(), action);
    }

    /// One hour east of Greenwich.
    fn of(snapshot: &Snapshot) -> Menu {
        Menu::of(Some(snapshot), None, Texts::default(), &TimeZone::fixed(jiff::tz::offset(1)))
    }

    fn words(text: &str) -> Entry {
        Entry::Words(text.to_owned())
    }

    fn radio(text: &str, chosen: bool, does: Action) -> Entry {
        Entry::Radio { text: text.to_owned(), chosen, does }
    }

    fn provider(labels: &[&str], active: Option<&str>, next: Option<&str>) -> ProviderView {
        sample::provider(labels.iter().map(|label| account(label)).collect(), active, next)
    }
}
