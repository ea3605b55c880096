//! Whose an answer is: who was active when, and which limits were met meanwhile. Plain data; reads nothing by itself
//! except when the attempts of one answer began.

use std::collections::BTreeMap;
use std::time::Duration;

use engine::{LimitHit, ProviderId, Timestamp};

use crate::ledger::{Activation, NamedAccount, SpendEntry};
use crate::opencode::spend::{Message, Reading};

/// Logs of older releases tell seconds only.
const LOG_PRECISION: Duration = Duration::from_secs(1);

/// Who was active at each provider, since when, and which limits were met.
pub(super) struct Actives {
    changes: BTreeMap<ProviderId, Vec<(Timestamp, Option<NamedAccount>)>>,
    hits: Vec<LimitHit>,
}

impl Actives {
    pub(super) fn new(seen: Vec<Activation>, hits: Vec<LimitHit>) -> Self {
        let mut changes: BTreeMap<ProviderId, Vec<_>> = BTreeMap::new();
        for Activation { provider, account, at } in seen {
            changes.entry(provider).or_default().push((at, account));
        }
        for of_provider in changes.values_mut() {
            of_provider.sort_by_key(|(at, _)| *at);
        }
        Self { changes, hits }
    }

    /// How many changes had been made by a time.
    fn changes_until(&self, provider: &ProviderId, time: Timestamp) -> usize {
        self.changes.get(provider).map_or(0, |changes| changes.partition_point(|(at, _)| *at <= time))
    }

    /// The account that was active; `None` before Baton knew of any.
    fn at(&self, provider: &ProviderId, time: Timestamp) -> Option<&NamedAccount> {
        let last = self.changes_until(provider, time).checked_sub(1)?;
        self.changes.get(provider)?.get(last)?.1.as_ref()
    }

    /// An answer belongs to the account that was active when it began. One whose first attempts met a limit before
    /// another account became active belongs to the account of its last attempt.
    pub(super) fn entry(&self, message: Message, reading: &Reading) -> SpendEntry {
        let account = match message.ended {
            Some(ended) if self.changed_hands(&message, ended) => {
                let began = reading.answer_began(&message);
                let began = began.filter(|began| (message.started..=ended).contains(began)).unwrap_or(ended);
                self.at(&message.provider, began)
            }
            _ => self.at(&message.provider, message.started),
        };
        let account = account.cloned();
        let Message { provider, model, started, spend, .. } = message;
        SpendEntry { at: started, provider, model, account, spend }
    }

    fn changed_hands(&self, message: &Message, ended: Timestamp) -> bool {
        let changes = |time| self.changes_until(&message.provider, time);
        changes(message.started) != changes(ended)
            && self.hits.iter().any(|hit| {
                let during = hit.at + LOG_PRECISION >= message.started && hit.at <= ended;
                let same = hit.session.is_none() || message.session.is_none() || hit.session == message.session;
                during && same && hit.provider == message.provider
            })
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};
    use std::time::UNIX_EPOCH;

    use engine::{Label, LimitCause, Reach, SessionId, Spend};

    use super::*;
    use crate::opencode::spend::sources;

    fn second(second: i64) -> Timestamp {
        Timestamp::from_secs(second)
    }

    /// A is active from second 10 on, B from 20 on.
    fn a_then_b(hits: &[(i64, Option<&str>)]) -> Actives {
        let active = |id: &str, at| Activation {
            provider: "openai".into(),
            account: Some(NamedAccount { id: id.into(), label: Label::default() }),
            at: second(at),
        };
        let hit = |(at, session): &(i64, Option<&str>)| LimitHit {
            session: session.map(SessionId::new),
            provider: "openai".into(),
            model: None,
            at: second(*at),
            until: None,
            cause: LimitCause::UsageLimit,
            reach: Reach::Account,
        };
        Actives::new(vec![active("b", 20), active("a", 10)], hits.iter().map(hit).collect())
    }

    /// Whose an answer is that went on from one second to another, and whose last attempt began at a third.
    fn whose(actives: &Actives, started: i64, ended: Option<i64>, last_attempt: Option<u64>) -> String {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("storage/message/ses_1")).unwrap();
        if let Some(at) = last_attempt {
            let part = dir.path().join("storage/part/msg_1/prt_1.json");
            fs::create_dir_all(part.parent().unwrap()).unwrap();
            fs::write(&part, r#"{"type": "step-start"}"#).unwrap();
            File::options().write(true).open(part).unwrap().set_modified(UNIX_EPOCH + Duration::from_secs(at)).unwrap();
        }
        let reading = sources(dir.path(), None).remove(0).read(None, second(100)).unwrap();
        let message = Message {
            id: "msg_1".to_owned(),
            session: Some("ses_1".into()),
            provider: "openai".into(),
            model: "m".to_owned(),
            started: second(started),
            ended: ended.map(second),
            spend: Spend::default(),
        };
        actives.entry(message, &reading).account.map_or_else(|| "nobody".to_owned(), |account| account.id.to_string())
    }

    #[test]
    fn an_answer_belongs_to_the_account_that_was_active_when_it_began() {
        let actives = a_then_b(&[]);
        let cases = [(5, Some(7), "nobody"), (12, Some(15), "a"), (12, None, "a"), (20, Some(30), "b")];
        for (started, ended, expected) in cases {
            assert_eq!(whose(&actives, started, ended, None), expected, "{started}");
        }
        // A person switched while A's answer came.
        assert_eq!(whose(&actives, 15, Some(30), Some(22)), "a");
    }

    #[test]
    fn an_answer_that_met_a_limit_first_belongs_to_the_account_that_made_it() {
        let actives = a_then_b(&[(16, Some("ses_1"))]);
        assert_eq!(whose(&actives, 15, Some(30), Some(22)), "b");
        assert_eq!(whose(&actives, 15, Some(30), None), "b", "its attempts aren't written down");
        assert_eq!(whose(&actives, 15, Some(30), Some(99)), "b", "they were written down later");
        assert_eq!(whose(&actives, 15, Some(30), Some(18)), "a", "A took it after all");
        let unnamed = a_then_b(&[(16, None)]);
        assert_eq!(whose(&unnamed, 15, Some(30), Some(22)), "b");
    }

    #[test]
    fn a_limit_of_another_session_or_time_does_not_move_an_answer() {
        for hit in [(16, Some("ses_2")), (13, Some("ses_1")), (31, Some("ses_1"))] {
            assert_eq!(whose(&a_then_b(&[hit]), 15, Some(30), Some(22)), "a", "{hit:?}");
        }
    }
}
