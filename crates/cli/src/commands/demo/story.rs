//! What happens in the demo, in order, with the time at which it happened.
//! Does nothing that Baton itself should do: it plays OpenCode, and watches.

use std::pin::pin;
use std::time::{Duration, Instant};

use daemon::RunOptions;
use daemon::control::{HistoryEvent, Reply, Request, SavedAccount};
use serde::Serialize;
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};

use super::cast::{CAST, HOME, PROVIDER, Role, WORK};
use super::stage::Stage;
use crate::error::Error;
use crate::moment::Moment;
use crate::output::Output;

/// How long anything may take before the demo gives up.
const PATIENCE: Duration = Duration::from_secs(8);
/// How often the demo looks whether something has happened.
const LOOK: Duration = Duration::from_millis(5);

/// The demo as it is told.
pub(super) struct Story<'a, 'b> {
    stage: &'a Stage,
    output: &'a mut Output<'b>,
    beat: Duration,
    begun: Instant,
}

/// One line of it.
#[derive(Debug, Serialize)]
struct Event {
    event: &'static str,
    elapsed_ms: u128,
    text: String,
}

impl<'a, 'b> Story<'a, 'b> {
    /// Prepares to tell it, with a pause of one `beat` after each line.
    pub(super) fn new(stage: &'a Stage, output: &'a mut Output<'b>, beat: Duration) -> Self {
        Self { stage, output, beat, begun: Instant::now() }
    }

    /// Plays it.
    pub(super) async fn play(mut self) -> Result<(), Error> {
        let (home, url) = (self.stage.home().display(), self.stage.provider_url());
        self.tell("stage", format!("Made-up accounts, in {home}, with a made-up provider at {url}.")).await?;
        self.save_logins().await?;
        let (ready, is_ready) = oneshot::channel();
        let (stop, stopped) = oneshot::channel::<()>();
        let announce = move || ready.send(()).unwrap_or_default();
        let options = RunOptions { on_ready: Some(Box::new(announce)) };
        let shutdown = async move { stopped.await.unwrap_or_default() };
        let mut daemon = pin!(daemon::run(self.stage.paths().clone(), options, shutdown));
        tokio::select! {
            ended = &mut daemon => return Err(ended.err().map_or_else(|| Error::failed("the daemon ended"), Error::from)),
            failed_over = self.fail_over(is_ready) => failed_over?,
        }
        // The daemon may have ended by itself.
        let _ = stop.send(());
        daemon.await?;
        self.tell("end", "The daemon has ended; nothing stays behind.".to_owned()).await
    }

    /// Three logins, one after the other, as `opencode auth login` makes them.
    async fn save_logins(&mut self) -> Result<(), Error> {
        for role in CAST {
            self.on_stage(self.stage.log_in(role))?;
            let request = Request::Add { provider: Some(PROVIDER.to_owned()), label: Some(role.label.to_owned()) };
            let Reply::Saved { accounts } = daemon::ask(self.stage.paths(), request).await? else {
                return Err(Error::failed("a login was not saved"));
            };
            self.tell("saved", accounts.iter().map(saved).collect::<Vec<_>>().join(" ")).await?;
        }
        Ok(())
    }

    async fn fail_over(&mut self, is_ready: oneshot::Receiver<()>) -> Result<(), Error> {
        within("the daemon's start", is_ready).await?.map_err(|_| Error::failed("the daemon never got ready"))?;
        within("the active account", self.wait_for_active(WORK.label)).await??;
        self.tell("serving", "The daemon runs and watches OpenCode's log and auth.json.".to_owned()).await?;
        self.on_stage(self.stage.log_attempt())?;
        self.tell("working", "OpenCode works with \"work\": a turn begins.".to_owned()).await?;
        self.on_stage(self.stage.log_limit())?;
        let limit_at = Instant::now();
        self.tell_now("limit", "OpenCode's log: \"stream error … The usage limit has been reached\".".to_owned())?;
        within("the switch", self.wait_for_login()).await?;
        let took = limit_at.elapsed().as_millis();
        self.tell("switched", format!("auth.json holds the login of \"home\", {took} ms after the log line.")).await?;
        let why = within("the history", self.reason()).await??;
        self.tell("reason", format!("Why: {why}.")).await?;
        self.on_stage(self.stage.log_attempt())?;
        if !self.stage.logged_in().is_some_and(Role::can_serve) {
            return Err(Error::failed("the provider refuses the retry too"));
        }
        self.tell("answered", "OpenCode's own retry goes through with \"home\"; the turn goes on.".to_owned()).await
    }

    async fn wait_for_active(&self, label: &str) -> Result<(), Error> {
        loop {
            let snapshot = daemon::status(self.stage.paths()).await?;
            let active = snapshot
                .providers
                .iter()
                .flat_map(|view| view.accounts.iter().filter(|account| view.active.as_deref() == Some(&account.id)));
            if active.map(|account| account.label.as_str()).any(|active| active == label) {
                return Ok(());
            }
            sleep(LOOK).await;
        }
    }

    async fn wait_for_login(&self) {
        while self.stage.logged_in() != Some(HOME) {
            sleep(LOOK).await;
        }
    }

    /// What the history says of the switch; it is written right after the file.
    async fn reason(&self) -> Result<String, Error> {
        loop {
            if let Reply::History { entries } =
                daemon::ask(self.stage.paths(), Request::History { since: None }).await?
                && let Some(switch) = entries.iter().find(|entry| entry.event == HistoryEvent::Switch)
            {
                return Ok(Moment::system().localise(switch.reason.trim_end_matches('.')));
            }
            sleep(LOOK).await;
        }
    }

    async fn tell(&mut self, event: &'static str, text: String) -> Result<(), Error> {
        self.tell_now(event, text)?;
        sleep(self.beat).await;
        Ok(())
    }

    fn tell_now(&mut self, event: &'static str, text: String) -> Result<(), Error> {
        let elapsed = self.begun.elapsed();
        let line = Event { event, elapsed_ms: elapsed.as_millis(), text };
        self.output.show(&line, |line| format!("{:5.2} s  {}", elapsed.as_secs_f64(), line.text))
    }

    fn on_stage<T>(&self, done: std::io::Result<T>) -> Result<T, Error> {
        done.map_err(|source| Error::Machine { act: "the demo's own files can't be written", source })
    }
}

async fn within<T>(what: &str, act: impl Future<Output = T>) -> Result<T, Error> {
    let late = |_| Error::failed(format!("{what} didn't come within {} s", PATIENCE.as_secs()));
    timeout(PATIENCE, act).await.map_err(late)
}

fn saved(account: &SavedAccount) -> String {
    format!("OpenCode logs in; Baton saves the login as \"{}\".", account.label)
}
