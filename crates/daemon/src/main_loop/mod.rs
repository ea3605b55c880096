//! The only loop: takes one event at a time, lets the engine decide, has the decisions carried out, shows the result.
//! Never waits for the world itself: whatever may take time runs beside it and comes back as an event.

mod asks;
mod bridge;
mod sessions;
mod watched;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use engine::{Decision, Engine, Input, Notice, RequestId, Timestamp};
use tokio::sync::{broadcast, mpsc, oneshot, watch};

use crate::control::{Asked, BridgeEvent, Failure, HistoryEntry, NoticeView, Reply, Request, Snapshot, Told};
use crate::effects::{Capture, Effects, NOTIFICATION_COMMAND, errors};
use crate::notices;
use crate::opencode::log::LogFollower;
use crate::opencode::signal::Table;
use crate::picture;
use crate::watch::{Heard, Watch};

use bridge::Desk;
pub(crate) use watched::Watched;

/// A wait is cut into pieces of this length: a machine's sleep doesn't count in a timer, but it does on the clock.
const LONGEST_NAP: Duration = Duration::from_secs(60);

/// How many events a slow bridge may be behind.
const BRIDGE_EVENTS: usize = 64;

/// How many of the newest entries of the history a snapshot shows.
const RECENT: u32 = 20;

/// OpenCode's history is looked at no more often than this by itself.
const BETWEEN_SPENDS: Duration = Duration::from_secs(60);

/// Everything that can happen to the loop.
pub(crate) enum Event {
    /// A file changed.
    Heard(Heard),
    /// Somebody asks.
    Asked(Asked),
    /// The bridge inside OpenCode tells something.
    Told(Told),
    /// Work beside the loop is done: what the engine must hear, and the answer to whoever asked for it.
    Finished { inputs: Vec<Input>, answer: Option<(ReplySender, Result<Reply, Failure>)> },
}

/// Where an answer goes.
pub(crate) type ReplySender = oneshot::Sender<Result<Reply, Failure>>;

/// The loop's state.
pub(crate) struct MainLoop {
    engine: Engine,
    effects: Arc<Effects>,
    log: Option<LogFollower>,
    watch: Option<Watch>,
    /// When folders that can't be watched were looked at last; `None` while all are watched.
    unwatched_looked_at: Option<Timestamp>,
    waiting: HashMap<RequestId, ReplySender>,
    asked: u64,
    events: mpsc::UnboundedSender<Event>,
    snapshots: watch::Sender<Arc<Snapshot>>,
    notices: broadcast::Sender<NoticeView>,
    /// To the bridges inside OpenCode.
    bridge: broadcast::Sender<BridgeEvent>,
    /// Work that runs beside the loop.
    under_way: usize,
    /// The newest entries of the history; `None` when the ledger has newer ones.
    recent: Option<Vec<HistoryEntry>>,
    /// When OpenCode's history was looked at last.
    spend_taken_in: Option<Timestamp>,
    /// What errors mean.
    table: Arc<Table>,
    desk: Desk,
    /// Somebody was told of something that the picture doesn't show yet.
    noticed: bool,
}

impl MainLoop {
    /// Makes the loop and tells the engine what is known at the start.
    pub(crate) fn new(
        effects: Arc<Effects>,
        events: mpsc::UnboundedSender<Event>,
        first_inputs: Vec<Input>,
        notices: broadcast::Sender<NoticeView>,
    ) -> Self {
        let engine = Engine::default();
        let first = picture::snapshot(&engine, effects.now(), Vec::new(), Vec::new(), effects.app());
        let table = Arc::new(errors::table(&effects.settings().errors));
        let mut main_loop = Self {
            engine,
            effects,
            log: None,
            watch: None,
            unwatched_looked_at: None,
            waiting: HashMap::new(),
            asked: 0,
            events,
            snapshots: watch::Sender::new(Arc::new(first)),
            notices,
            bridge: broadcast::Sender::new(BRIDGE_EVENTS),
            under_way: 0,
            recent: None,
            spend_taken_in: None,
            table,
            desk: Desk::default(),
            noticed: false,
        };
        main_loop.feed(first_inputs);
        main_loop
    }

    /// The stream of snapshots.
    pub(crate) fn snapshots(&self) -> watch::Receiver<Arc<Snapshot>> {
        self.snapshots.subscribe()
    }

    /// Where bridges hear what they are told.
    pub(crate) fn bridge(&self) -> broadcast::Sender<BridgeEvent> {
        self.bridge.clone()
    }

    /// Runs until `shutdown`, and until no credential is at work any more.
    pub(crate) async fn run(
        mut self,
        mut events: mpsc::UnboundedReceiver<Event>,
        mut asked: mpsc::Receiver<Asked>,
        mut told: mpsc::Receiver<Told>,
        shutdown: impl Future<Output = ()>,
    ) {
        tokio::pin!(shutdown);
        self.show();
        loop {
            let nap = self.nap();
            let event = tokio::select! {
                () = &mut shutdown => return self.effects.end_work().await,
                event = events.recv() => event,
                Some(asked) = asked.recv() => Some(Event::Asked(asked)),
                Some(told) = told.recv() => Some(Event::Told(told)),
                () = tokio::time::sleep(nap.unwrap_or_default()), if nap.is_some() => None,
            };
            match event {
                Some(event) => self.handle(event),
                None => {
                    self.retry_unsaved();
                    self.look_unwatched();
                    self.feed([Input::TimePassed]);
                    self.answer_bridges();
                }
            }
            // Who got an answer has it before the picture is drawn.
            tokio::task::yield_now().await;
            // What has come meanwhile is shown together.
            while let Ok(event) = events.try_recv() {
                self.handle(event);
            }
            // A request of OpenCode's waits for what is under way; the picture can wait for it, too.
            if self.noticed || !self.desk.holds_up() {
                self.show();
            }
        }
    }

    /// Answers one request and ends when all work that it caused is done: how the command line works without a daemon.
    pub(crate) async fn run_once(
        mut self,
        mut events: mpsc::UnboundedReceiver<Event>,
        request: Option<Request>,
    ) -> (Option<Result<Reply, Failure>>, Arc<Snapshot>) {
        self.begin(Capture::Known);
        let mut request = request;
        let mut answer = None;
        loop {
            if self.under_way == 0
                && let Some(request) = request.take()
            {
                let (reply, receiver) = oneshot::channel();
                answer = Some(receiver);
                self.handle(Event::Asked(Asked { request, reply }));
            }
            if self.under_way == 0 && self.waiting.is_empty() {
                break;
            }
            let nap = self.nap();
            tokio::select! {
                Some(event) = events.recv() => self.handle(event),
                () = tokio::time::sleep(nap.unwrap_or_default()), if nap.is_some() => self.feed([Input::TimePassed]),
            }
        }
        // Nobody comes back to it after this.
        self.effects.retry_unsaved().await;
        self.show();
        let answer = match answer {
            Some(receiver) => receiver.await.ok(),
            None => None,
        };
        (answer, Arc::clone(&self.snapshots.borrow()))
    }

    /// Reads OpenCode's store for the first time, once a login that is still to be saved has had its try.
    pub(crate) fn begin(&mut self, capture: Capture) {
        let effects = Arc::clone(&self.effects);
        self.beside(async move {
            let mut inputs = effects.save_kept().await;
            inputs.extend(effects.sync(capture).await);
            inputs
        });
    }

    /// Reads OpenCode's store again.
    fn read_store(&mut self) {
        let effects = Arc::clone(&self.effects);
        self.beside(async move { effects.sync(Capture::New).await });
    }

    /// Has usage read by schedule from here on.
    pub(crate) fn begin_polling(&mut self) {
        self.feed([Input::PollingBegins]);
    }

    fn handle(&mut self, event: Event) {
        match event {
            Event::Heard(heard) => self.heard(heard),
            Event::Asked(asked) => self.take_up(asked),
            Event::Told(told) => self.take_in_told(told),
            Event::Finished { inputs, answer } => {
                self.under_way = self.under_way.saturating_sub(1);
                self.recent = None;
                self.feed(inputs);
                if let Some((reply, answer)) = answer {
                    // Whoever asked may have gone.
                    let _ = reply.send(answer);
                }
            }
        }
        self.answer_bridges();
    }

    fn feed(&mut self, inputs: impl IntoIterator<Item = Input>) {
        for input in inputs {
            let now = self.effects.now();
            if matches!(input, Input::SessionIdle(_)) {
                self.take_in_spend(now);
            }
            for decision in self.engine.step(now, input) {
                self.carry_out(decision, now);
            }
        }
    }

    /// A turn is over: OpenCode's history has news. What is left out comes with the next look.
    fn take_in_spend(&mut self, now: Timestamp) {
        if self.spend_taken_in.is_some_and(|last| now >= last && now.since(last) < BETWEEN_SPENDS) {
            return;
        }
        self.spend_taken_in = Some(now);
        let effects = Arc::clone(&self.effects);
        self.beside(async move {
            // Without it, `baton spend` still looks by itself.
            let _ = tokio::task::spawn_blocking(move || effects.take_in_spend()).await;
            Vec::new()
        });
    }

    fn carry_out(&mut self, decision: Decision, now: Timestamp) {
        let effects = Arc::clone(&self.effects);
        match decision {
            Decision::Switch(switch) => self.beside(async move { effects.switch(&switch).await }),
            Decision::ReadUsage { account, why: _ } => {
                self.beside(async move { effects.read_usage(&account).await });
            }
            Decision::RefreshToken { account } => self.beside(async move { effects.refresh_token(&account).await }),
            Decision::ResumeSession(resumption) => self.resume(&resumption),
            Decision::Record(record) => {
                self.recent = None;
                self.effects.record(&record);
            }
            Decision::Notify(mut notice) => {
                if let Notice::Switched { from, to, restart_needed, .. } = &mut notice {
                    *restart_needed = *restart_needed && !effects.spares_restart(from.as_ref(), to);
                }
                effects.remember(&notice);
                self.recent = None;
                self.notify(notices::view(&notice, now, &*effects));
            }
            Decision::Answer { request, answer } => {
                if let Some(reply) = self.waiting.remove(&request) {
                    // Whoever asked may have gone.
                    let _ = reply.send(self.in_words(answer));
                }
            }
        }
    }

    fn notify(&mut self, notice: NoticeView) {
        tracing::info!("{}: {} {}", notice.event, notice.title, notice.body);
        let notifications = self.effects.settings().notifications.clone();
        if notifications.muted.contains(&notice.event) {
            return;
        }
        if let Some(command) = notifications.command {
            let (effects, notice) = (Arc::clone(&self.effects), notice.clone());
            self.beside(async move {
                let fault = notices::run_command(&command, &notice).await.err();
                effects.set_problem(
                    NOTIFICATION_COMMAND,
                    fault.map(|fault| (fault, Some("mend or remove it in the settings"))),
                );
                Vec::new()
            });
        }
        self.noticed = true;
        // Nobody may be listening.
        if let Some(event) = BridgeEvent::of(&notice) {
            let _ = self.bridge.send(event);
        }
        let _ = self.notices.send(notice);
    }

    fn beside(&mut self, work: impl Future<Output = Vec<Input>> + Send + 'static) {
        self.under_way += 1;
        let events = self.events.clone();
        tokio::spawn(async move {
            let inputs = work.await;
            // The loop may have ended.
            let _ = events.send(Event::Finished { inputs, answer: None });
        });
    }

    /// Tries the vault again after each nap, while it hasn't taken what it should.
    fn retry_unsaved(&mut self) {
        if self.effects.has_unsaved() {
            let effects = Arc::clone(&self.effects);
            self.beside(async move {
                effects.retry_unsaved().await;
                Vec::new()
            });
        }
    }

    /// How long to sleep; `None` while nothing waits for time.
    fn nap(&self) -> Option<Duration> {
        let now = self.effects.now();
        let retry = self.effects.has_unsaved().then_some(LONGEST_NAP);
        // One millisecond more: timers of whole milliseconds must not end before the time has come.
        let until_due = self.engine.wake_at().map(|due| (due.since(now) + Duration::from_millis(1)).min(LONGEST_NAP));
        until_due.into_iter().chain(retry).chain(self.until_look(now)).min()
    }

    /// Publishes the picture if it has changed.
    fn show(&mut self) {
        self.noticed = false;
        let recent = match self.recent.take() {
            Some(recent) => recent,
            None => self.effects.recent(RECENT),
        };
        self.recent = Some(recent.clone());
        let now = self.effects.now();
        let snapshot = picture::snapshot(&self.engine, now, self.effects.problems(), recent, self.effects.app());
        self.snapshots.send_if_modified(|shown| {
            let same = Snapshot { generated_at: shown.generated_at.clone(), ..snapshot.clone() } == **shown;
            if !same {
                *shown = Arc::new(snapshot);
            }
            !same
        });
    }
}

#[cfg(test)]
mod tests;
