//! `cargo xtask release X.Y.Z`: writes the version where it stands, once, and the changelog; commits and tags.
//! Refuses to push: the tag on the server is what publishes. `--dry-run` only says what would happen.

use std::fs;
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::dist::VERSION;
use crate::shell::{self, Done, Failed};

/// Where releases are published.
pub(crate) const REPOSITORY: &str = env!("CARGO_PKG_REPOSITORY");

const CHANGELOG: &str = "CHANGELOG.md";
const UNRELEASED: &str = "Unreleased";

pub(crate) fn run(args: &[String]) -> Done {
    if args == ["notes"] {
        println!("{}", notes(VERSION).unwrap_or_default());
        return Ok(());
    }
    let (version, dry) = match args {
        [version] => (version, false),
        [version, flag] | [flag, version] if flag == "--dry-run" => (version, true),
        _ => return Err(Failed::new("usage: cargo xtask release X.Y.Z [--dry-run]")),
    };
    let wrong = what_is_wrong(version);
    if dry {
        show(version, &wrong);
    }
    match wrong.is_empty() {
        true if dry => Ok(()),
        true => carry_out(version),
        false => Err(Failed::new(format!("{version} can't be released: {}", wrong.join("; ")))),
    }
}

/// What the changelog says about a version.
pub(crate) fn notes(version: &str) -> Option<String> {
    section(&read(CHANGELOG).ok()?, version)
}

fn what_is_wrong(version: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    match (parts(version), parts(VERSION)) {
        (None, _) => wrong.push(format!("{version} isn't of the form 1.2.3 or 1.2.3-beta.4")),
        (Some(new), old) if Some(new) <= old && version != VERSION => {
            wrong.push(format!("it doesn't come after {VERSION}, which `Cargo.toml` has"));
        }
        (Some(_), _) => {}
    }
    match shell::output(git().args(["status", "--porcelain"])) {
        None => wrong.push("git doesn't know this folder".to_owned()),
        Some(changes) if !changes.trim().is_empty() => {
            wrong.push(format!("{} files aren't committed", changes.lines().count()));
        }
        Some(_) => {}
    }
    let tagged = shell::output(git().args(["tag", "--list", &tag(version)])).unwrap_or_default();
    if !tagged.trim().is_empty() {
        wrong.push(format!("the tag {} is there already", tag(version)));
    }
    if notes(UNRELEASED).is_none_or(|notes| notes.is_empty()) {
        wrong.push(format!("{CHANGELOG} has nothing under [{UNRELEASED}]"));
    }
    wrong
}

fn show(version: &str, wrong: &[String]) {
    println!("Baton {VERSION} -> {version}. This would");
    println!("  write `version = \"{version}\"` into Cargo.toml, and Cargo.lock after it");
    println!("  put the date and [{version}] over what {CHANGELOG} has under [{UNRELEASED}]:\n");
    for line in notes(UNRELEASED).unwrap_or_default().lines() {
        println!("      {line}");
    }
    println!("\n  commit both as \"Release {version}\" and tag that {}", tag(version));
    println!(
        "  leave the push to you: git push --follow-tags; the release workflow builds and drafts the release then"
    );
    for why in wrong {
        println!("  in its way: {why}");
    }
}

fn carry_out(version: &str) -> Done {
    let manifest =
        read("Cargo.toml")?.replacen(&format!("version = \"{VERSION}\""), &format!("version = \"{version}\""), 1);
    write("Cargo.toml", &manifest)?;
    write(CHANGELOG, &released(&read(CHANGELOG)?, version, &today()))?;
    shell::run(&mut shell::cargo(&["update", "--workspace", "--offline"]))?;
    shell::run(git().args(["commit", "--all", "--message", &format!("Release {version}")]))?;
    shell::run(git().args(["tag", "--annotate", &tag(version), "--message", &format!("Baton {version}")]))?;
    println!("\nTo publish: git push --follow-tags");
    Ok(())
}

/// The changelog with what wasn't released yet under that version.
fn released(changelog: &str, version: &str, date: &str) -> String {
    let heading = format!("## [{UNRELEASED}]");
    changelog.replacen(&heading, &format!("{heading}\n\n## [{version}] - {date}"), 1)
}

/// The text under a version's heading, without the empty lines around it.
fn section(changelog: &str, version: &str) -> Option<String> {
    let heading = format!("## [{version}]");
    let after = changelog.lines().skip_while(|line| !line.starts_with(&heading)).skip(1);
    let text: Vec<&str> = after.take_while(|line| !line.starts_with("## ")).collect();
    changelog.lines().any(|line| line.starts_with(&heading)).then(|| text.join("\n").trim().to_owned())
}

/// Comparable: a version that is still being tried comes before the one that it will be.
fn parts(version: &str) -> Option<([u64; 3], u64)> {
    let (numbers, trial) =
        version.split_once("-beta.").map_or((version, None), |(numbers, trial)| (numbers, Some(trial)));
    let numbers: Vec<u64> = numbers.split('.').map(str::parse).collect::<Result<_, _>>().ok()?;
    Some((numbers.try_into().ok()?, trial.map_or(Ok(u64::MAX), str::parse).ok()?))
}

fn tag(version: &str) -> String {
    format!("v{version}")
}

/// Today's date, as clocks in Greenwich have it.
fn today() -> String {
    let days = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs() / 86_400);
    date(days)
}

/// The date so many days after 1970-01-01, counted in years that begin in March, whose last month is the odd one.
fn date(days: u64) -> String {
    let days = days + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = era * 400 + year + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

fn git() -> Command {
    shell::program("git")
}

fn read(file: &str) -> Result<String, Failed> {
    fs::read_to_string(shell::root().join(file)).map_err(|error| Failed::new(format!("{file}: {error}")))
}

fn write(file: &str, text: &str) -> Done {
    fs::write(shell::root().join(file), text).map_err(|error| Failed::new(format!("{file}: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHANGELOG: &str =
        "# Changelog\n\n## [Unreleased]\n\n### Added\n\n- More.\n\n## [0.1.0] - 2026-01-02\n\n- All.\n";

    #[test]
    fn what_was_not_released_goes_under_the_new_version() {
        let text = released(CHANGELOG, "0.2.0", "2026-03-04");
        assert_eq!(section(&text, "0.2.0").as_deref(), Some("### Added\n\n- More."));
        assert_eq!(section(&text, "Unreleased").as_deref(), Some(""));
        assert_eq!(section(&text, "0.1.0").as_deref(), Some("- All."));
        assert!(text.contains("## [Unreleased]\n\n## [0.2.0] - 2026-03-04\n\n### Added"), "{text}");
        assert_eq!(section(&text, "0.3.0"), None);
    }

    #[test]
    fn versions_are_in_the_order_in_which_they_are_released() {
        let order = ["0.1.0", "0.2.0-beta.1", "0.2.0-beta.2", "0.2.0", "0.10.0"].map(|version| parts(version).unwrap());
        assert!(order.is_sorted(), "{order:?}");
        for wrong in ["1.2", "1.2.3.4", "v1.2.3", "1.2.x", "1.2.3-rc1"] {
            assert_eq!(parts(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (days, expected) in [
            (0, "1970-01-01"),
            (11_016, "2000-02-29"),
            (11_017, "2000-03-01"),
            (20_453, "2025-12-31"),
            (20_778, "2026-11-21"),
        ] {
            assert_eq!(date(days), expected);
        }
    }
}
