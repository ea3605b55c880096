//! `baton history` in words: one line for each thing that happened, its reason under it.
//! Shows the entries in the order in which they come: newest first.

use std::fmt::Write;

use daemon::control::{HistoryEntry, HistoryEvent};

use crate::moment::Moment;

/// The words for history entries.
pub(super) fn history(entries: &[HistoryEntry], moment: &Moment) -> String {
    let mut text = String::new();
    for entry in entries {
        let account = entry.account.as_deref().unwrap_or("an unknown account");
        let what = match (&entry.event, &entry.from) {
            (HistoryEvent::Switch, Some(from)) => format!("switched  {from} -> {account}"),
            (HistoryEvent::Switch, None) => format!("switched  to {account}"),
            (HistoryEvent::SwitchFailed, _) => format!("FAILED    to switch to {account}"),
            (HistoryEvent::LimitHit, _) => format!("limit     {account}"),
            (HistoryEvent::LoginSaved, _) => format!("saved     {account}"),
            (HistoryEvent::NeedsLogin, _) => format!("login     {account} needs one"),
            (HistoryEvent::Refreshed, _) => format!("renewed   {account}"),
            (HistoryEvent::Resumed, _) => match &entry.account {
                Some(account) => format!("resumed   a session on {account}"),
                None => "resumed   a session on a lane".to_owned(),
            },
            (HistoryEvent::NotResumed, _) => "LEFT      a session as it is".to_owned(),
            (HistoryEvent::Other(what), _) => format!("{what}  {account}"),
        };
        let _ = writeln!(text, "{}  {}  {what}", moment.date_and_clock(&entry.at), entry.provider);
        if !entry.reason.is_empty() {
            let _ = writeln!(text, "    {}", moment.localise(&entry.reason));
        }
    }
    match text.is_empty() {
        true => "Nothing happened in that time.".to_owned(),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::moment::tests::noon;

    #[test]
    fn each_event_is_a_line_with_its_reason_below() {
        let entry = |event, account: Option<&str>, from: Option<&str>, reason: &str| HistoryEntry {
            at: "2026-11-20T10:15:30Z".to_owned(),
            event,
            provider: "openai".to_owned(),
            account: account.map(Into::into),
            from: from.map(Into::into),
            reason: reason.to_owned(),
            reason_words: None,
        };
        let entries = [
            entry(HistoryEvent::Switch, Some("home"), Some("work"), "usage limit; spare: 5h spent"),
            entry(HistoryEvent::LimitHit, Some("work"), None, "usage limit until 2026-11-20T13:05:00Z"),
            entry(HistoryEvent::LimitHit, None, None, ""),
            entry(HistoryEvent::Switch, Some("work"), None, "chosen by you"),
            entry(HistoryEvent::SwitchFailed, Some("spare"), Some("work"), "the keychain is locked"),
        ];
        assert_eq!(
            history(&entries, &noon()),
            "\
2026-11-20 11:15  openai  switched  work -> home
    usage limit; spare: 5h spent
2026-11-20 11:15  openai  limit     work
    usage limit until 14:05
2026-11-20 11:15  openai  limit     an unknown account
2026-11-20 11:15  openai  switched  to work
    chosen by you
2026-11-20 11:15  openai  FAILED    to switch to spare
    the keychain is locked
"
        );
    }

    #[test]
    fn an_empty_history_is_said() {
        assert_eq!(history(&[], &noon()), "Nothing happened in that time.");
    }
}
