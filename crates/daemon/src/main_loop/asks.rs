//! What people ask, and how they are answered: by the effects where no policy is needed, else by the engine.

use std::sync::Arc;
use std::time::Duration;

use engine::{Answer, Ask, Input, Pause, RequestId, Timestamp};

use super::{Event, MainLoop, ReplySender};
use crate::control::{Asked, ErrorCode, Failure, PauseLength, Reply, Request, phrases};
use crate::effects::{Book, Done, Effects, Halfway};
use crate::notices::Names;
use crate::{why, words};

impl MainLoop {
    pub(super) fn take_up(&mut self, asked: Asked) {
        let Asked { request, reply } = asked;
        let effects = Arc::clone(&self.effects);
        match request {
            Request::Add { provider, label } => {
                self.answer_beside(reply, async move { effects.add(provider, label).await });
            }
            Request::AddKey { provider, key, label } => {
                self.answer_beside(reply, async move { effects.add_key(&provider, &key.0, label).await });
            }
            Request::SaveLogin { label } => {
                self.answer_beside(reply, async move { effects.save_login(label).await });
            }
            Request::Remove { provider, account } => {
                self.answer_beside(reply, async move { effects.remove(&provider, &account).await });
            }
            Request::Doctor => {
                self.answer_beside(reply, async move {
                    let checks = effects.doctor().await;
                    Ok((Reply::Doctor { checks }, Vec::new()))
                });
            }
            Request::Bridge { act } => {
                self.answer_beside(reply, async move { effects.bridge(act).await });
            }
            Request::Desktop { lacks } => {
                let done = effects.desktop_lacks(&lacks);
                self.answer(reply, done);
            }
            Request::Rename { provider, account, label } => {
                let done = effects.rename(&provider, &account, &label);
                self.answer(reply, done);
            }
            Request::History { since } => {
                let done = history(&effects, since.as_deref());
                self.answer(reply, done.map(|reply| (reply, Vec::new())));
            }
            Request::Settings => {
                let settings = effects.settings_view();
                self.answer(reply, Ok::<_, Failure>((Reply::Settings { settings }, Vec::new())));
            }
            Request::Configure { key, value } => {
                let done = effects.configure(&key, value.as_ref());
                self.answer(reply, done);
            }
            Request::Vault { move_to } => {
                self.answer_beside(reply, async move { effects.vault(move_to).await });
            }
            Request::UsageHistory { since } => {
                let done = courses(&effects, &since);
                self.answer(reply, done.map(|reply| (reply, Vec::new())));
            }
            Request::Models { provider } => {
                self.answer_beside(reply, async move {
                    let models = tokio::task::spawn_blocking(move || effects.models(&provider)).await;
                    let models = models.map_err(Failure::failed)?;
                    Ok((Reply::Models { models }, Vec::new()))
                });
            }
            Request::Spend { since, by } => {
                self.answer_beside(reply, async move {
                    let since = since.as_deref().map(time).transpose()?;
                    let told = tokio::task::spawn_blocking(move || effects.spend(since, by)).await;
                    Ok((told.map_err(Failure::failed)??, Vec::new()))
                });
            }
            Request::Why { provider } => {
                let only = provider.as_deref().map(|text| self.effects.book().provider(text)).transpose();
                let providers = only.map(|only| why::why(&self.engine, self.effects.now(), only.as_ref()));
                self.answer(reply, providers.map(|providers| (Reply::Why { providers }, Vec::new())));
            }
            Request::Switch { provider, account } => {
                self.ask_engine(reply, |book| Ok(Ask::Switch(book.find(&provider, &account)?.id.clone())))
            }
            Request::Enable { provider, account } => {
                self.ask_engine(reply, |book| Ok(Ask::Enable(book.find(&provider, &account)?.id.clone())))
            }
            Request::Disable { provider, account } => {
                self.ask_engine(reply, |book| Ok(Ask::Disable(book.find(&provider, &account)?.id.clone())))
            }
            Request::Next { provider } => self.ask_engine(reply, |book| Ok(Ask::Next(book.provider(&provider)?))),
            Request::Pause { length } => {
                let until = length.map(|length| end_of_pause(length, self.effects.now()));
                self.ask_engine(reply, |_| Ok(Ask::Pause(Pause { until })));
            }
            Request::Resume => self.ask_engine(reply, |_| Ok(Ask::Resume)),
            Request::Watch => self.ask_engine(reply, |_| Ok(Ask::Watch)),
            Request::RefreshUsage => self.ask_engine(reply, |_| Ok(Ask::ReadUsage(None))),
        }
    }

    fn ask_engine(&mut self, reply: ReplySender, ask: impl FnOnce(&Book) -> Result<Ask, Failure>) {
        let ask = ask(&self.effects.book());
        match ask {
            Ok(ask) => {
                self.asked += 1;
                let request = RequestId(self.asked);
                self.waiting.insert(request, reply);
                self.feed([Input::Asked { request, ask }]);
            }
            Err(failure) => self.answer(reply, Err(failure)),
        }
    }

    fn answer(&mut self, reply: ReplySender, done: Result<(Reply, Vec<Input>), impl Into<Halfway>>) {
        let (answer, inputs) = parts(done.map_err(Into::into));
        self.feed(inputs);
        // Whoever asked may have gone.
        let _ = reply.send(answer);
    }

    pub(super) fn in_words(&self, answer: Answer) -> Result<Reply, Failure> {
        let label = |id: &engine::AccountId| self.effects.label(id);
        match answer {
            Answer::Done => Ok(Reply::Done),
            Answer::Switched { from, to, restart_needed } => Ok(Reply::Switched {
                restart_needed: restart_needed && !self.effects.spares_restart(from.as_ref(), &to),
                provider: self.effects.provider(&to),
                from: from.as_ref().map(label),
                to: label(&to),
            }),
            Answer::NoUsableAccount(choice) => {
                let message = phrases::nobody_usable(words::choice(&choice, label));
                Err(Failure::new(ErrorCode::NoUsableAccount, message))
            }
            Answer::Failed(why) => Err(Failure::new(ErrorCode::Failed, why)),
        }
    }

    fn answer_beside(&mut self, reply: ReplySender, work: impl Future<Output = Done> + Send + 'static) {
        self.under_way += 1;
        let events = self.events.clone();
        tokio::spawn(async move {
            let (answer, inputs) = parts(work.await);
            // The loop may have ended.
            let _ = events.send(Event::Finished { inputs, answer: Some((reply, answer)) });
        });
    }
}

/// Who asked hears the failure, and the engine what was done before it.
fn parts(done: Done) -> (Result<Reply, Failure>, Vec<Input>) {
    match done {
        Ok((answer, inputs)) => (Ok(answer), inputs),
        Err(Halfway { failure, inputs }) => (Err(*failure), inputs),
    }
}

fn end_of_pause(length: PauseLength, now: Timestamp) -> Timestamp {
    match length {
        PauseLength::Seconds(seconds) => now + Duration::from_secs(seconds.into()),
        PauseLength::UntilTomorrow => crate::clock::start_of_tomorrow(now, &crate::clock::zone()),
    }
}

fn history(effects: &Effects, since: Option<&str>) -> Result<Reply, Failure> {
    /// More than anybody reads; a ledger of years must not be sent at once.
    const LIMIT: u32 = 1_000;
    let entries = effects.history(since.map(time).transpose()?, LIMIT);
    Ok(Reply::History { entries: entries.map_err(Failure::failed)? })
}

fn courses(effects: &Effects, since: &str) -> Result<Reply, Failure> {
    let courses = effects.courses(time(since)?);
    Ok(Reply::UsageHistory { courses: courses.map_err(Failure::failed)? })
}

fn time(text: &str) -> Result<Timestamp, Failure> {
    let wrong = || Failure::new(ErrorCode::Usage, format!("{text:?} is no RFC 3339 time"));
    crate::clock::parse_rfc3339(text).ok_or_else(wrong)
}
