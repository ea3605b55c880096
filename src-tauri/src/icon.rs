//! What the icon in the tray shows, as a plain value made from a snapshot. Draws nothing.

use daemon::control::{AccountView, Problem, Snapshot, StandingState};

/// Parts whose trouble is told in the popover only: nothing that a person must see to now.
const CALM: [&str; 3] = ["tray", "notifications", "log"];

/// What the icon shows. Two that are equal look the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Icon {
    /// How it shows it.
    pub(crate) style: Style,
    /// Percent used of the shortest window, where it is known.
    pub(crate) short: Option<u8>,
    /// Percent used of the longest window, where there is a second one.
    pub(crate) long: Option<u8>,
    /// How things are.
    pub(crate) state: State,
}

/// How the icon shows figures: the person's choice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Style {
    /// A bar for each window.
    #[default]
    Meter,
    /// Not at all.
    Plain,
    /// As a number.
    Percent,
}

/// How things are; the first of these that is so counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum State {
    /// A person must see to something.
    Attention,
    /// The active account can't be used.
    Exhausted,
    /// Automatic failover is paused.
    Paused,
    /// The figures are old, or there are none yet.
    #[default]
    Stale,
    /// All is well.
    Fresh,
}

impl Icon {
    /// Makes the icon. Of several providers it shows the one whose active account is nearest to its limit.
    pub(crate) fn of(snapshot: Option<&Snapshot>, problems: &[Problem], style: Style) -> Self {
        let urgent = |problem: &Problem| !CALM.contains(&problem.part.as_str());
        let mut urgent = problems.iter().any(urgent);
        let Some(snapshot) = snapshot else {
            return Self { style, state: if urgent { State::Attention } else { State::Stale }, ..Self::default() };
        };
        urgent |= snapshot.problems.iter().any(|problem| !CALM.contains(&problem.part.as_str()));
        urgent |= active(snapshot).any(|account| account.standing.state == StandingState::NeedsLogin);
        let shown = nearest(snapshot);
        let windows = shown.map(windows).unwrap_or_default();
        let state = if urgent {
            State::Attention
        } else if shown.is_some_and(is_exhausted) {
            State::Exhausted
        } else if snapshot.failover.paused {
            State::Paused
        } else if shown.is_some_and(|account| account.usage_stale) {
            State::Stale
        } else {
            State::Fresh
        };
        let long = windows.last().filter(|_| windows.len() > 1).copied();
        Self { style, short: windows.first().copied(), long, state }
    }

    /// The higher of its figures.
    pub(crate) fn highest(&self) -> Option<u8> {
        self.short.max(self.long)
    }
}

impl Style {
    /// The style by its word in the settings; one that a newer release knows is the usual one.
    pub(crate) fn named(word: &str) -> Self {
        match word {
            "plain" => Self::Plain,
            "percent" => Self::Percent,
            _ => Self::Meter,
        }
    }
}

/// Whether an account can't be used because of a limit.
pub(crate) fn is_exhausted(account: &AccountView) -> bool {
    let spent = account.standing.state == StandingState::Ready && account.standing.reason.is_some();
    spent || account.standing.state == StandingState::CoolingDown || windows(account).contains(&100)
}

/// The active accounts, one for each provider that has one.
pub(crate) fn active(snapshot: &Snapshot) -> impl Iterator<Item = &AccountView> {
    snapshot
        .providers
        .iter()
        .filter_map(|provider| provider.accounts.iter().find(|account| provider.active.as_ref() == Some(&account.id)))
}

/// The active account that is nearest to its limit; of equals the first.
fn nearest(snapshot: &Snapshot) -> Option<&AccountView> {
    let nearness = |account: &AccountView| (is_exhausted(account), windows(account).into_iter().max());
    active(snapshot).reduce(|best, next| if nearness(next) > nearness(best) { next } else { best })
}

/// Percent used of the windows that govern every request, the shortest first; without any, of the fullest of the others.
fn windows(account: &AccountView) -> Vec<u8> {
    let (governing, others): (Vec<_>, Vec<_>) = account.windows.iter().partition(|window| window.model.is_none());
    match governing.is_empty() {
        true => others.into_iter().map(|window| percent(window.used_percent)).max().into_iter().collect(),
        false => governing.into_iter().map(|window| percent(window.used_percent)).collect(),
    }
}

/// Rounded down, so that 100 stands for a window that is really spent.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "held to what fits")]
fn percent(used: f64) -> u8 {
    used.clamp(0.0, 100.0) as u8
}

#[cfg(test)]
mod tests {
    use daemon::control::{ProviderView, StandingView};

    use super::*;
    use crate::sample::{account, problem, provider, snapshot, window};

    fn check(snapshot: &Snapshot, short: Option<u8>, long: Option<u8>, state: State) {
        let expected = Icon { style: Style::Meter, short, long, state };
        assert_eq!(Icon::of(Some(snapshot), &[], Style::Meter), expected);
    }

    fn with_windows(used: &[(f64, Option<&str>)]) -> Snapshot {
        let windows = used.iter().map(|(used, model)| window("5h", *used, *model)).collect();
        snapshot(vec![provider(vec![AccountView { windows, ..account("work") }], Some("work"), None)])
    }

    #[test]
    fn the_active_accounts_shortest_and_longest_window_are_shown() {
        check(&with_windows(&[(42.9, None), (7.0, None)]), Some(42), Some(7), State::Fresh);
        check(&with_windows(&[(42.0, None), (50.0, None), (7.0, None)]), Some(42), Some(7), State::Fresh);
        check(&with_windows(&[(99.9, None)]), Some(99), None, State::Fresh);
        check(&with_windows(&[(10.0, None), (90.0, Some("opus"))]), Some(10), None, State::Fresh);
        check(&with_windows(&[(10.0, Some("pro")), (30.0, Some("flash"))]), Some(30), None, State::Fresh);
        check(&with_windows(&[]), None, None, State::Fresh);
    }

    #[test]
    fn of_several_providers_the_one_nearest_to_its_limit_is_shown() {
        let with = |label: &str, used: f64| -> ProviderView {
            let windows = vec![window("5h", used, None)];
            provider(vec![AccountView { windows, ..account(label) }], Some(label), None)
        };
        let parked =
            provider(vec![AccountView { windows: vec![window("5h", 99.0, None)], ..account("x") }], None, None);
        check(&snapshot(vec![with("a", 10.0), with("b", 60.0), parked, with("c", 60.0)]), Some(60), None, State::Fresh);
        let mut resting = with("d", 0.0);
        resting.accounts[0].standing.state = StandingState::CoolingDown;
        check(&snapshot(vec![with("a", 10.0), resting]), Some(0), None, State::Exhausted);
    }

    #[test]
    fn the_most_pressing_state_counts() {
        let mut snapshot = with_windows(&[(40.0, None), (70.0, None)]);
        let mut now = |change: &mut dyn FnMut(&mut Snapshot), state| {
            change(&mut snapshot);
            check(&snapshot, Some(40), Some(70), state);
        };
        now(&mut |_| {}, State::Fresh);
        now(&mut |it| it.providers[0].accounts[0].usage_stale = true, State::Stale);
        now(&mut |it| it.failover.paused = true, State::Paused);
        let rests = StandingView { state: StandingState::CoolingDown, until: None, reason: None, reason_words: None };
        now(&mut |it| it.providers[0].accounts[0].standing = rests.clone(), State::Exhausted);
        now(&mut |it| it.problems = vec![problem("log"), problem("tray"), problem("notifications")], State::Exhausted);
        now(&mut |it| it.problems = vec![problem("keychain")], State::Attention);
        let rejected = StandingView { state: StandingState::NeedsLogin, until: None, reason: None, reason_words: None };
        now(
            &mut |it| {
                it.problems.clear();
                it.providers[0].accounts[0].standing = rejected.clone();
            },
            State::Attention,
        );
    }

    #[test]
    fn a_spent_window_or_balance_is_exhausted_without_a_cooldown() {
        check(&with_windows(&[(100.0, None), (70.0, None)]), Some(100), Some(70), State::Exhausted);
        let mut snapshot = with_windows(&[]);
        snapshot.providers[0].accounts[0].standing.reason = Some("its balance is spent (USD)".to_owned());
        check(&snapshot, None, None, State::Exhausted);
    }

    #[test]
    fn without_a_daemon_it_waits_and_then_asks_for_attention() {
        let plain = |problems: &[Problem]| Icon::of(None, problems, Style::Plain);
        let nothing = Icon { style: Style::Plain, short: None, long: None, state: State::Stale };
        assert_eq!(plain(&[]), nothing);
        assert_eq!(plain(&[problem("tray")]), nothing);
        assert_eq!(plain(&[problem("daemon")]), Icon { state: State::Attention, ..nothing });
    }
}
