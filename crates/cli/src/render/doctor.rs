//! `baton doctor` in words: one line for each check, what to do under it.
//! Checks nothing itself.

use std::fmt::Write;

use daemon::control::{Check, CheckState};

/// The words for checks.
pub(super) fn doctor(checks: &[Check]) -> String {
    let names = super::status::width(checks.iter().map(|check| check.name.as_str()));
    let mut text = String::new();
    for check in checks {
        let mark = match check.state {
            CheckState::Ok => "ok    ",
            CheckState::Warning => "warn  ",
            CheckState::Broken => "BROKEN",
        };
        let _ = writeln!(text, "{mark}  {:<names$}  {}", check.name, check.found);
        if let Some(remedy) = &check.remedy {
            let _ = writeln!(text, "{:indent$}-> {remedy}", "", indent = names + 10);
        }
    }
    let broken = checks.iter().filter(|check| check.state == CheckState::Broken).count();
    let warnings = checks.iter().filter(|check| check.state == CheckState::Warning).count();
    let verdict = match (broken, warnings) {
        (0, 0) => "Everything is in order.".to_owned(),
        (0, warnings) => format!("Nothing is broken; {warnings} to know of."),
        (broken, _) => format!("{broken} of {} broken.", checks.len()),
    };
    text + "\n" + &verdict
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, state: CheckState, remedy: Option<&str>) -> Check {
        Check::new(name, state, "what was found", remedy.map(Into::into))
    }

    #[test]
    fn each_check_is_marked_and_a_fault_has_its_remedy() {
        let checks = [
            check("keychain", CheckState::Ok, None),
            check("log", CheckState::Warning, Some("start OpenCode once")),
            check("auth file", CheckState::Broken, Some("mend its JSON")),
        ];
        assert_eq!(
            doctor(&checks),
            "\
ok      keychain   what was found
warn    log        what was found
                   -> start OpenCode once
BROKEN  auth file  what was found
                   -> mend its JSON

1 of 3 broken."
        );
    }

    #[test]
    fn the_verdict_follows_the_worst_check() {
        let verdict = |states: &[CheckState]| {
            let checks: Vec<_> = states.iter().map(|state| check("x", *state, None)).collect();
            doctor(&checks).lines().last().map(str::to_owned)
        };
        assert_eq!(verdict(&[CheckState::Ok]).as_deref(), Some("Everything is in order."));
        assert_eq!(
            verdict(&[CheckState::Ok, CheckState::Warning]).as_deref(),
            Some("Nothing is broken; 1 to know of.")
        );
        assert_eq!(verdict(&[CheckState::Warning, CheckState::Broken]).as_deref(), Some("1 of 2 broken."));
    }
}
