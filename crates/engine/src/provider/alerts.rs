//! Tells a person what is news about windows: the active account's when they are nearly spent, and any account's once it
//! can be used again. Each thing once, and never what happened before the start.
//!
//! Percentages of parked accounts aren't told: nobody's work draws on them, and a switch says what the new account has
//! left. Nor is a limit told again that a failover has told of already.

use crate::alerts::{Followed, News};
use crate::step::{Rules, Step};
use crate::{AccountId, AlertMemory, LimitCause, Notice, Pace, Record, Sample, Timestamp, Usage, WindowId};

use super::Provider;
use super::known::Known;

impl Provider {
    /// Takes in what readings brought before this start.
    pub(crate) fn samples_kept(&mut self, step: &Step, id: &AccountId, samples: &[Sample]) {
        if let Some(known) = self.accounts.get_mut(id) {
            known.samples_kept(samples, step.now);
        }
    }

    /// Takes in what was told before this start.
    pub(crate) fn alert_kept(&mut self, step: &Step, id: &AccountId, memory: AlertMemory) {
        let Some(known) = self.accounts.get_mut(id) else { return };
        let window = memory.window.clone();
        if let Some(followed) = Followed::kept(memory, step.now) {
            known.followed.entry(window).or_insert(followed);
        }
    }

    /// How fast a window is used up.
    pub(crate) fn pace(&self, now: Timestamp, id: &AccountId, window: &WindowId) -> Option<Pace> {
        let pace = self.accounts.get(id)?.pace(window, now)?;
        let forecast = pace.forecast.filter(|_| self.active() == Some(id));
        Some(Pace { forecast, ..pace })
    }

    /// Tells what is news in readings that came since the last look.
    pub(super) fn tell_of_windows(&mut self, step: &mut Step, rules: Rules<'_>) {
        let thresholds = rules.policy.alerts.of(&self.id);
        let active = self.active().cloned();
        for id in self.agenda.take_untold() {
            let Some(known) = self.accounts.get_mut(&id) else { continue };
            let Some(usage) = known.account.usage.clone().filter(|usage| Some(usage.read_at) > known.followed_until)
            else {
                continue;
            };
            known.followed_until = Some(usage.read_at);
            let news = follow(known, &usage, thresholds);
            for memory in known.followed.values_mut().filter_map(|followed| followed.unwritten(thresholds)) {
                step.record(Record::Alerted { account: id.clone(), memory });
            }
            if thresholds.is_empty() || !known.account.enabled || known.account.needs_login {
                continue;
            }
            // A limit that OpenCode has met is known from the failover.
            let met = known.account.cooldown.is_some_and(|cooldown| cooldown.cause != LimitCause::Reading);
            let passed = |news| matches!(news, News::Passed(_)) && active.as_ref() == Some(&id) && !met;
            for (window, _) in news.iter().filter(|(_, news)| passed(*news)) {
                let Some(figures) = usage.windows.iter().find(|figures| figures.id() == *window) else { continue };
                let forecast = known.pace(window, step.now).and_then(|pace| pace.forecast);
                step.notify(Notice::NearlySpent { account: id.clone(), window: figures.clone(), forecast });
            }
            let reset = news.into_iter().filter(|(_, news)| *news == News::Reset).map(|(window, _)| window);
            if let Some(window) =
                reset.max_by_key(|window| window.length).filter(|_| known.usable(step.now) && !usage.is_spent(step.now))
            {
                step.notify(Notice::WindowReset { account: id, window });
            }
        }
    }
}

/// Compares a reading with what is known of each window.
fn follow(known: &mut Known, usage: &Usage, thresholds: &[u8]) -> Vec<(WindowId, News)> {
    let mut news = Vec::new();
    for window in usage.windows.iter().filter(|window| window.used_percent.is_finite()) {
        match known.followed.get_mut(&window.id()) {
            Some(followed) => {
                let told = followed.read(window, usage.read_at, thresholds);
                news.extend(told.map(|told| (window.id(), told)));
            }
            None => drop(known.followed.insert(window.id(), Followed::begin(window, usage.read_at))),
        }
    }
    let told_of = |id: &WindowId| usage.windows.iter().any(|window| window.id() == *id);
    for (id, followed) in known.followed.iter_mut().filter(|(id, _)| !usage.windows.is_empty() && !told_of(id)) {
        news.extend(followed.missing(usage.read_at).map(|told| (id.clone(), told)));
    }
    news
}
