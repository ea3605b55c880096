//! Usage figures in the headers of a ChatGPT login's answers: `x-codex-*`. They cost no request at all.

use std::collections::BTreeMap;
use std::time::Duration;

use engine::{Scope, Timestamp, Usage, Window};

use super::super::figures::window;
use super::super::traffic::{number, time};

/// How far a reset may lie beyond its window's length: clocks differ.
const CLOCKS_DIFFER: Duration = Duration::from_secs(24 * 3600);

/// The account's windows, and those of single models that are named. They are told apart by their length, not their place.
pub(super) fn read(headers: &BTreeMap<String, String>, now: Timestamp) -> Option<Usage> {
    let mut windows = Vec::new();
    for name in headers.keys() {
        let Some(limit) = name.strip_suffix("-used-percent").filter(|limit| limit.starts_with("x-codex-")) else {
            continue;
        };
        let Some(family) = limit.strip_suffix("-primary").or_else(|| limit.strip_suffix("-secondary")) else {
            continue;
        };
        let scope = match family {
            "x-codex" => Some(Scope::Account),
            // Without its name it can't be told from what the provider calls it elsewhere.
            family => headers.get(&format!("{family}-limit-name")).cloned().map(Scope::Model),
        };
        windows.extend(scope.and_then(|scope| of_limit(headers, limit, scope, now)));
    }
    let governs = windows.iter().any(|window| window.scope == Scope::Account);
    governs.then_some(Usage { read_at: now, windows, balances: Vec::new() })
}

fn of_limit(headers: &BTreeMap<String, String>, limit: &str, scope: Scope, now: Timestamp) -> Option<Window> {
    let used = number(headers, &format!("{limit}-used-percent"))?;
    let minutes = number(headers, &format!("{limit}-window-minutes")).filter(|minutes| *minutes >= 1.0)?;
    let length = Duration::try_from_secs_f64(minutes * 60.0).ok()?;
    let plausible = |at: &Timestamp| now < *at && *at <= now + length + CLOCKS_DIFFER;
    let by_us = || {
        let wait = number(headers, &format!("{limit}-reset-after-seconds"))?;
        Some(now + Duration::try_from_secs_f64(wait).ok()?)
    };
    let resets_at = time(headers, &format!("{limit}-reset-at")).filter(plausible);
    Some(window(scope, length, used, resets_at.or_else(|| by_us().filter(plausible))))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_790_000_000);

    fn check(headers: &[(&str, &str)], expected: &[&str]) {
        let headers = headers.iter().map(|(name, value)| (format!("x-codex-{name}"), (*value).to_owned())).collect();
        let windows = read(&headers, NOW).map(|usage| usage.windows).unwrap_or_default();
        let found: Vec<String> = windows
            .iter()
            .map(|window| {
                let of = match &window.scope {
                    Scope::Account => String::new(),
                    Scope::Model(model) => format!(" of {model}"),
                };
                let resets = window.resets_at.map(|at| format!(" +{}m", at.since(NOW).as_secs() / 60));
                format!("{}{of} {}%{}", window.name(), window.used_percent, resets.unwrap_or_default())
            })
            .collect();
        assert_eq!(found, expected, "{headers:?}");
    }

    #[test]
    fn both_windows_of_the_account_are_read() {
        let five = [
            ("primary-used-percent", "35.5"),
            ("primary-window-minutes", "300"),
            ("primary-reset-at", "1790003600"),
            ("plan-type", "plus"),
        ];
        check(&five, &["5h 35.5% +60m"]);
        let week = [
            ("secondary-used-percent", "130"),
            ("secondary-window-minutes", "10080"),
            ("secondary-reset-at", "12"),
            ("secondary-reset-after-seconds", "600"),
        ];
        check(&[five.as_slice(), &week].concat(), &["5h 35.5% +60m", "weekly 100% +10m"]);
    }

    #[test]
    fn a_models_own_windows_are_read_where_they_are_named() {
        let account = [("primary-used-percent", "1"), ("primary-window-minutes", "300")];
        let spark = [("bengalfox-primary-used-percent", "7"), ("bengalfox-primary-window-minutes", "300")];
        check(&[account.as_slice(), &spark].concat(), &["5h 1%"]);
        let named = [account.as_slice(), &spark, &[("bengalfox-limit-name", "GPT-5.3-Codex-Spark")]].concat();
        check(&named, &["5h of GPT-5.3-Codex-Spark 7%", "5h 1%"]);
        check(&named[2..], &[]);
    }

    #[test]
    fn what_cant_be_understood_is_unknown() {
        check(&[], &[]);
        check(&[("primary-used-percent", "35")], &[]);
        check(&[("primary-used-percent", "much"), ("primary-window-minutes", "300")], &[]);
        check(&[("primary-used-percent", "-1"), ("primary-window-minutes", "300")], &[]);
        check(&[("primary-used-percent", "NaN"), ("primary-window-minutes", "300")], &[]);
        check(&[("primary-used-percent", "3"), ("primary-window-minutes", "0")], &[]);
    }
}
