//! What people ask for: hands it to the provider, or does what concerns all of them.
//! Never weighs a person's request against the policy.

use std::time::Duration;

use crate::engine::Engine;
use crate::provider::Wish;
use crate::step::Step;
use crate::{AccountId, Answer, Ask, Pause, ProviderId, Record, RequestId, Timestamp};

/// A person who asked for readings waits no longer than this.
const READINGS_WITHIN: Duration = Duration::from_secs(15);

/// A person waits for usage readings.
#[derive(Clone, Debug)]
pub(crate) struct AskedReadings {
    request: RequestId,
    accounts: Vec<AccountId>,
    /// When they are answered, whatever has come by then.
    pub(crate) answer_at: Timestamp,
}

impl AskedReadings {
    /// The clock was set back by so much.
    pub(crate) fn set_back(&mut self, back: Duration) {
        self.answer_at = self.answer_at - back;
    }
}

impl Engine {
    pub(crate) fn asked(&mut self, step: &mut Step, request: RequestId, ask: Ask) {
        match ask {
            Ask::Switch(account) => match self.home(&account) {
                Some(provider) => provider.wish(Wish::Account(request, account)),
                None => step.answer(request, no_such_account()),
            },
            Ask::Next(provider) => self.provider(&provider).wish(Wish::Next(request)),
            Ask::Pause(pause) => self.set_pause(step, request, Some(pause)),
            Ask::Resume => self.set_pause(step, request, None),
            Ask::Enable(account) => {
                let answer = self.home(&account).map(|provider| provider.enable(step, &account));
                step.answer(request, answer.map_or_else(no_such_account, |()| Answer::Done));
            }
            Ask::Disable(account) => {
                let answer = self.home(&account).map(|provider| provider.disable(step, &account));
                step.answer(request, answer.map_or_else(no_such_account, |()| Answer::Done));
            }
            Ask::Watch => {
                self.watched_at = Some(step.now);
                self.stir_all();
                step.answer(request, Answer::Done);
            }
            Ask::ReadUsage(only) => self.read_usage(step, request, only.as_ref()),
        }
    }

    /// Answers those whose readings are all there, and those who waited long enough.
    pub(crate) fn answer_asked_readings(&mut self, step: &mut Step) {
        let Self { providers, asked_readings, .. } = self;
        let awaited = |id: &AccountId| providers.values().any(|provider| provider.awaits(id, step.now));
        let (done, open) = std::mem::take(asked_readings)
            .into_iter()
            .partition(|asked| asked.answer_at <= step.now || !asked.accounts.iter().any(awaited));
        *asked_readings = open;
        for asked in Vec::<AskedReadings>::into_iter(done) {
            step.answer(asked.request, Answer::Done);
        }
    }

    /// Ends a pause whose time has come.
    pub(crate) fn end_pause(&mut self, step: &mut Step) {
        let ended = |pause: &Pause| pause.until.is_some_and(|until| until <= step.now);
        if self.pause.take_if(|pause| ended(pause)).is_some() {
            step.record(Record::Paused(None));
            self.stir_all();
        }
    }

    fn set_pause(&mut self, step: &mut Step, request: RequestId, pause: Option<Pause>) {
        if std::mem::replace(&mut self.pause, pause) != pause {
            step.record(Record::Paused(pause));
            self.stir_all();
        }
        step.answer(request, Answer::Done);
    }

    fn read_usage(&mut self, step: &mut Step, request: RequestId, only: Option<&ProviderId>) {
        let wanted = self.providers.iter_mut().filter(|(id, _)| only.is_none_or(|only| only == *id));
        let accounts = wanted
            .flat_map(|(_, provider)| {
                provider.stir();
                provider.ask_all(step)
            })
            .collect();
        self.asked_readings.push(AskedReadings { request, accounts, answer_at: step.now + READINGS_WITHIN });
    }
}

fn no_such_account() -> Answer {
    Answer::Failed("there is no such account".to_owned())
}
