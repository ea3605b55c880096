//! `baton usage` in words: one bar per window, every account under its provider, then figures that were dropped.
//! Shows the snapshot and adds nothing to it.

use std::fmt::Write;

use daemon::control::{AccountView, ProviderView, Snapshot};

use super::{status, window};
use crate::moment::Moment;

/// How many characters a bar has.
const BAR: usize = 20;

/// The words for the usage part of a snapshot.
pub(crate) fn usage(snapshot: &Snapshot, moment: &Moment) -> String {
    if snapshot.providers.iter().all(|view| view.accounts.is_empty()) {
        return "No accounts yet. `baton add` saves the logins that OpenCode has; `baton login openai` makes one."
            .to_owned();
    }
    let mut blocks: Vec<String> = snapshot.providers.iter().map(|view| provider(view, moment)).collect();
    let dropped = snapshot.problems.iter().filter(|problem| problem.part == "identity");
    blocks.extend(dropped.map(|problem| status::problem(problem, moment)));
    blocks.join("\n")
}

/// The same for a status bar: `ChatGPT work 5h 82% (out in 40 min) weekly 10%`, active accounts only; `?` marks stale
/// figures.
pub(crate) fn usage_line(snapshot: &Snapshot, moment: &Moment) -> String {
    let active = snapshot.providers.iter().filter_map(|view| {
        let account = view.accounts.iter().find(|account| view.active.as_deref() == Some(&account.id))?;
        let mut text = format!("{} {}", view.name, account.label);
        for view in &account.windows {
            let _ = write!(
                text,
                " {} {}%",
                window::name(view),
                window::percent(view.used_percent).trim_end_matches(" %").trim()
            );
            let runs_out = view.pace.as_ref().and_then(|pace| pace.runs_out_at.as_deref());
            if let Some(at) = runs_out.filter(|at| !account.usage_stale && !moment.is_past(at)) {
                let _ = write!(text, " (out {})", moment.away(at));
            }
        }
        Some(if account.usage_stale { format!("{text}?") } else { text })
    });
    active.collect::<Vec<_>>().join(" | ")
}

fn provider(view: &ProviderView, moment: &Moment) -> String {
    let mut text = format!("{}\n", status::heading(view));
    for account in &view.accounts {
        let mark = if view.active.as_deref() == Some(&account.id) { '*' } else { ' ' };
        let age = account.usage_read_at.as_deref().map(|at| format!("  ({})", status::read(account, at, moment)));
        let _ = writeln!(text, "{mark} {}{}", account.label, age.unwrap_or_default());
        text.push_str(&windows(account, moment));
    }
    text
}

fn windows(account: &AccountView, moment: &Moment) -> String {
    if let Some(words) = status::without_figures(account) {
        return format!("    {words}\n");
    }
    let names: Vec<String> = account.windows.iter().map(window::name).collect();
    let columns = status::width(names.iter().map(String::as_str));
    let mut text = String::new();
    for (name, view) in names.iter().zip(&account.windows) {
        let (percent, reset) = (window::percent(view.used_percent), window::reset(view, moment));
        let at =
            view.resets_at.as_deref().filter(|at| !moment.is_past(at)).map(|at| format!(", at {}", moment.clock(at)));
        let _ = writeln!(
            text,
            "    {name:<columns$}  [{}] {percent} used{reset}{}",
            bar(view.used_percent, view.pace.as_ref().map(|pace| pace.expected_percent)),
            at.unwrap_or_default()
        );
        if let Some(pace) = &view.pace {
            let _ = writeln!(text, "    {:columns$}  {}", "", window::pace(pace, moment));
        }
    }
    text.push_str(&status::balances(account));
    text
}

/// What is used, with a mark where an even use would be.
fn bar(used: f64, expected: Option<f64>) -> String {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the bar's length")]
    let place = |percent: f64| (percent.clamp(0.0, 100.0) / 100.0 * BAR as f64).round() as usize;
    let full = place(used);
    let mark = expected.map(|expected| place(expected).min(BAR - 1));
    let sign = |cell| match (Some(cell) == mark, cell < full) {
        (true, _) => '|',
        (false, true) => '#',
        (false, false) => '.',
    };
    (0..BAR).map(sign).collect()
}

#[cfg(test)]
mod tests {
    use daemon::control::{BalanceView, PaceView, Problem, TempoView};

    use super::*;
    use crate::moment::tests::noon;
    use crate::render::status::tests::{openai, snapshot};

    #[test]
    fn every_window_has_its_bar() {
        assert_eq!(
            usage(&snapshot(vec![openai()]), &noon()),
            "\
ChatGPT (openai)
  home
    no usage figures read yet
* work  (read 2 min ago)
    5h        [####################] 100 % used, resets in 1 h 10 min, at 13:10
    weekly    [########............]  42 % used, was reset 1 h ago
    weekly x  [##..................]  10 % used
"
        );
    }

    #[test]
    fn a_pace_is_a_mark_on_the_bar_and_a_line_below() {
        let mut view = openai();
        let account = &mut view.accounts[1];
        account.windows.truncate(1);
        account.windows[0].used_percent = 70.0;
        account.windows[0].pace = Some(PaceView {
            tempo: TempoView::Behind,
            expected_percent: 76.7,
            ahead_points: -6.7,
            runs_out_at: Some("2026-11-20T12:00:00Z".to_owned()),
            left_at_reset: None,
        });
        assert_eq!(usage_line(&snapshot(vec![view.clone()]), &noon()), "ChatGPT work 5h 70% (out in 1 h)");
        assert_eq!(
            usage(&snapshot(vec![view]), &noon()),
            "\
ChatGPT (openai)
  home
    no usage figures read yet
* work  (read 2 min ago)
    5h  [##############.|....]  70 % used, resets in 1 h 10 min, at 13:10
        behind (-7 points), runs out in 1 h, at 13:00
"
        );
    }

    #[test]
    fn a_balance_is_shown_with_its_unit() {
        let mut view = openai();
        view.accounts.truncate(1);
        view.accounts[0].balances = vec![
            BalanceView { left: 95.5, of: None, unit: "USD".to_owned() },
            BalanceView { left: 20.0, of: Some(50.0), unit: "credits".to_owned() },
        ];
        let expected = "\
ChatGPT (openai)
  home
    balance 95.50 USD left
    balance 20.00 of 50.00 credits left
";
        assert_eq!(usage(&snapshot(vec![view]), &noon()), expected);
    }

    #[test]
    fn figures_that_were_dropped_are_told() {
        let problem =
            |part: &str| Problem::new(part, "figures were dropped: openai work", Some("log in to it again".into()));
        let picture = Snapshot { problems: vec![problem("log"), problem("identity")], ..snapshot(vec![openai()]) };
        let shown = usage(&picture, &noon());
        let expected = "\n\n  identity: figures were dropped: openai work\n    -> log in to it again\n";
        assert!(shown.ends_with(expected), "{shown}");
    }

    #[test]
    fn a_status_bar_gets_the_active_accounts_in_one_line() {
        let line = usage_line(&snapshot(vec![openai()]), &noon());
        assert_eq!(line, "ChatGPT work 5h 100% weekly 42% weekly x 10%");
        let mut view = openai();
        view.accounts.iter_mut().for_each(|account| account.usage_stale = true);
        assert!(usage_line(&snapshot(vec![view]), &noon()).ends_with('?'));
        assert_eq!(usage_line(&snapshot(vec![]), &noon()), "");
    }

    #[test]
    fn stale_figures_look_stale() {
        let mut view = openai();
        view.accounts.iter_mut().for_each(|account| account.usage_stale = true);
        let words = usage(&snapshot(vec![view]), &noon());
        assert!(words.contains("* work  (read 2 min ago, stale)\n"), "{words}");
        assert!(words.contains("  home\n"), "{words}");
    }

    #[test]
    fn without_accounts_the_way_to_one_is_told() {
        assert!(usage(&snapshot(vec![]), &noon()).starts_with("No accounts yet."));
    }

    #[test]
    fn a_bar_keeps_its_length_whatever_the_figure() {
        for (used, expected) in [(-5.0, ""), (0.0, ""), (50.0, "##########"), (250.0, "####################")] {
            assert_eq!(bar(used, None).trim_end_matches('.'), expected, "{used}");
            assert_eq!(bar(used, Some(used)).len(), BAR);
        }
        assert_eq!(bar(f64::NAN, Some(f64::NAN)).len(), BAR);
    }
}
