//! The words for what the daemon says: wire values in, text out.
//! Judges nothing: what counts as spent, next or broken is the daemon's to say.

mod bridge;
mod doctor;
mod history;
mod spend;
mod status;
mod usage;
mod vault;
mod why;
mod window;

use daemon::control::{Reply, SavedAccount};

use crate::moment::Moment;

pub(crate) use status::status;
pub(crate) use usage::{usage, usage_line};

/// The words for any reply; `done` says what a plain "done" means here.
pub(crate) fn reply(reply: &Reply, done: &str, moment: &Moment) -> String {
    match reply {
        Reply::Done => done.to_owned(),
        Reply::Saved { accounts } => saved(accounts),
        Reply::Renamed { provider, from, to } => format!("{provider} \"{from}\" is called \"{to}\" now."),
        Reply::Switched { provider, from, to, restart_needed } => {
            switched(provider, from.as_deref(), to, *restart_needed)
        }
        Reply::History { entries } => history::history(entries, moment),
        Reply::Spend { rows, skipped, behind } => spend::spend(rows, *skipped, behind.as_deref()),
        Reply::Why { providers } => why::why(providers, moment),
        Reply::Doctor { checks } => doctor::doctor(checks),
        Reply::Bridge { bridge } => bridge::bridge(bridge),
        Reply::Vault { vault } => vault::vault(vault),
        // Only windows ask for these.
        Reply::Settings { .. } | Reply::UsageHistory { .. } | Reply::Models { .. } => String::new(),
    }
}

fn saved(accounts: &[SavedAccount]) -> String {
    let line = |account: &SavedAccount| match account.new {
        true => format!("Saved {} as \"{}\".", account.provider, account.label),
        false => format!("{} \"{}\" was known already; its newest tokens are saved.", account.provider, account.label),
    };
    match accounts {
        [] => "OpenCode has no login to save: `baton login` makes one.".to_owned(),
        _ => accounts.iter().map(line).collect::<Vec<_>>().join("\n"),
    }
}

fn switched(provider: &str, from: Option<&str>, to: &str, restart_needed: bool) -> String {
    let mut text = match from {
        Some(from) if from == to => format!("{provider}: \"{to}\" is active already."),
        Some(from) => format!("{provider}: \"{to}\" is active now (before: \"{from}\")."),
        None => format!("{provider}: \"{to}\" is active now."),
    };
    if restart_needed {
        text.push_str("\nA running OpenCode takes it in only after a restart.");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::moment::tests::noon;

    fn check(reply: Reply, expected: &str) {
        assert_eq!(super::reply(&reply, "Done.", &noon()), expected);
    }

    fn switched(from: Option<&str>, to: &str, restart_needed: bool) -> Reply {
        Reply::Switched { provider: "openai".into(), from: from.map(Into::into), to: to.into(), restart_needed }
    }

    #[test]
    fn plain_replies_take_the_commands_own_words() {
        check(Reply::Done, "Done.");
    }

    #[test]
    fn saved_accounts_are_listed_and_known_ones_told_apart() {
        let account = |label: &str, new| SavedAccount { provider: "openai".to_owned(), label: label.to_owned(), new };
        check(
            Reply::Saved { accounts: vec![account("work", true), account("home", false)] },
            "Saved openai as \"work\".\nopenai \"home\" was known already; its newest tokens are saved.",
        );
        check(Reply::Saved { accounts: vec![] }, "OpenCode has no login to save: `baton login` makes one.");
    }

    #[test]
    fn a_rename_names_both_labels() {
        let (from, to) = ("work".to_owned(), "office".to_owned());
        check(Reply::Renamed { provider: "openai".to_owned(), from, to }, "openai \"work\" is called \"office\" now.");
    }

    #[test]
    fn a_switch_names_both_accounts_and_a_needed_restart() {
        check(switched(Some("work"), "home", false), "openai: \"home\" is active now (before: \"work\").");
        check(switched(None, "home", false), "openai: \"home\" is active now.");
        check(switched(Some("home"), "home", false), "openai: \"home\" is active already.");
        check(
            switched(Some("work"), "key", true),
            "openai: \"key\" is active now (before: \"work\").\n\
             A running OpenCode takes it in only after a restart.",
        );
    }
}
