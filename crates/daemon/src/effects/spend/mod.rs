//! What each account cost: OpenCode's own history, joined with who was active when an answer was made. Works for every
//! provider, also for those that publish no usage. Asks nobody and holds no word of a conversation.

mod actives;

use std::collections::BTreeMap;
use std::time::{Duration, UNIX_EPOCH};

use engine::{AccountId, ProviderId, Spend, Timestamp};

use super::{Effects, locked};
use crate::clock::rfc3339;
use crate::control::{Failure, Reply, SpendBy, SpendView};
use crate::ledger::{Activation, LedgerError, Outcome, SpendEntry};
use crate::opencode::spend::{HistoryError, Source, sources};
use actives::Actives;

/// Switches, and limits, that are joined with the history; more than anybody has.
const JOINED: u32 = 100_000;

/// A switch takes no longer; one whose end was written later was cut off, and its end is the next start.
const LONGEST_SWITCH: Duration = Duration::from_secs(60);

/// Why the history wasn't taken in, or not to its end.
#[derive(Debug, thiserror::Error)]
enum SpendError {
    #[error(transparent)]
    History(#[from] HistoryError),
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

impl Effects {
    /// Tells what was spent, after a look at what is new in OpenCode's history.
    pub(crate) fn spend(&self, since: Option<Timestamp>, by: SpendBy) -> Result<Reply, Failure> {
        let behind = self.take_in_spend();
        let told = self.spend_rows(since, by).and_then(|rows| Ok((rows, self.ledger().spending().skipped()?)));
        let (rows, skipped) = told.map_err(Failure::failed)?;
        Ok(Reply::Spend { rows, skipped, behind })
    }

    /// Takes in what is new in OpenCode's history. Says why something of it is missing, where it is.
    pub(crate) fn take_in_spend(&self) -> Option<String> {
        let _turn = locked(&self.spend_turn);
        let opencode = &self.world.paths.opencode;
        let mut fault = None;
        for source in sources(&opencode.data_dir, opencode.database.as_deref()) {
            // One that can't be read leaves the others readable.
            fault = self.take_in_source(&source).err().map(|fault| fault.to_string()).or(fault);
        }
        if let Some(fault) = &fault {
            tracing::info!("spend: {fault}");
        }
        fault
    }

    fn take_in_source(&self, source: &Source) -> Result<(), SpendError> {
        let name = source.path().to_string_lossy();
        let mark = self.ledger().spending().mark(&name)?;
        let actives = self.actives()?;
        let mut reading = source.read(mark.as_deref(), self.now())?;
        while let Some(page) = reading.next_page()? {
            let entries: Vec<SpendEntry> = page
                .messages
                .into_iter()
                .filter(|message| !message.spend.is_nothing())
                .map(|message| actives.entry(message, &reading))
                .collect();
            self.ledger().spending().take_in(&name, &page.mark, &page.foreign, &entries)?;
        }
        Ok(())
    }

    /// Looks whether each place can be read; what was found, or what can't be read and why.
    pub(crate) fn check_history(&self) -> Result<Vec<Source>, HistoryError> {
        let opencode = &self.world.paths.opencode;
        let sources = sources(&opencode.data_dir, opencode.database.as_deref());
        for source in &sources {
            // Without its mark a place is read from the beginning, which shows as well whether it can be.
            let mark = self.ledger().spending().mark(&source.path().to_string_lossy()).ok().flatten();
            source.read(mark.as_deref(), self.now())?.next_page()?;
        }
        Ok(sources)
    }

    fn actives(&self) -> Result<Actives, LedgerError> {
        let ledger = self.ledger();
        let mut seen = ledger.activations().list()?;
        let switches = ledger.switches().since(None, JOINED)?.into_iter();
        seen.extend(switches.filter_map(|row| match row.outcome {
            Some((Outcome::Committed, ended)) => Some(Activation {
                provider: row.intent.provider,
                account: Some(row.intent.to),
                at: if ended.since(row.intent.at) <= LONGEST_SWITCH { ended } else { row.intent.at },
            }),
            _ => None,
        }));
        let hits = ledger.limit_hits().since(None, JOINED)?.into_iter().map(|row| row.hit).collect();
        Ok(Actives::new(seen, hits))
    }

    /// Writes down which account OpenCode uses at a provider, as its file says.
    pub(super) fn note_active(&self, provider: &ProviderId, account: Option<&AccountId>) {
        let account = account.and_then(|id| self.book().named(id));
        let seen = Activation { provider: provider.clone(), account, at: self.now() };
        let changed = std::fs::metadata(self.auth_file.path()).and_then(|file| file.modified()).ok();
        let changed = changed
            .and_then(|time| i64::try_from(time.duration_since(UNIX_EPOCH).ok()?.as_millis()).ok())
            .map(Timestamp::from_millis);
        let noted = self.ledger().activations().note(&seen, changed);
        self.note_ledger(noted);
    }

    fn spend_rows(&self, since: Option<Timestamp>, by: SpendBy) -> Result<Vec<SpendView>, LedgerError> {
        let rows = self.ledger().spending().since(since)?;
        let mut sums: BTreeMap<_, (u64, Spend, Option<String>)> = BTreeMap::new();
        for row in rows {
            let day = (by == SpendBy::Day).then(|| rfc3339(row.day).chars().take(10).collect::<String>());
            let model = (by == SpendBy::Model).then_some(row.model);
            // The label of now, or of then when the account was removed.
            let label = row.account.as_ref().map(|account| {
                self.book().row(&account.id).map_or_else(|| account.label.to_string(), |row| row.label.to_string())
            });
            let account = row.account.map(|account| account.id);
            let sum = sums.entry((day, row.provider, account, model)).or_default();
            sum.0 += row.answers;
            sum.1 += row.spend;
            sum.2 = label;
        }
        let mut views: Vec<SpendView> = sums
            .into_iter()
            .map(|((day, provider, account_id, model), (answers, spend, account))| SpendView {
                provider: provider.to_string(),
                account_id: account_id.map(|id| id.to_string()),
                account,
                model,
                day,
                answers,
                input: spend.input,
                output: spend.output,
                reasoning: spend.reasoning,
                cache_read: spend.cache_read,
                cache_write: spend.cache_write,
                cost: (spend.cost > 0.0).then_some(spend.cost),
            })
            .collect();
        let tokens = |view: &SpendView| view.input + view.output + view.reasoning + view.cache_read + view.cache_write;
        views.sort_by(|a, b| {
            let cost = |view: &SpendView| view.cost.unwrap_or_default();
            let largest = cost(b).total_cmp(&cost(a)).then_with(|| tokens(b).cmp(&tokens(a)));
            a.day.cmp(&b.day).then(largest)
        });
        Ok(views)
    }
}
