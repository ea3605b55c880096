//! The line to the daemon: runs one on a thread of its own or finds the one that runs, and follows what it tells.
//! Comes back by itself when a daemon goes away. Looks into nothing that passes.

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::sync::{Mutex, PoisonError, mpsc};
use std::time::Duration;

use daemon::control::{Client, ErrorCode, Event, Failure, Problem, Reply, Request, Words, phrases};
use daemon::{Paths, RunOptions, StartError};
use futures_util::{FutureExt, StreamExt, pin_mut};
use tauri::{AppHandle, Manager};
use tokio::runtime::Runtime;
use tokio::sync::{oneshot, watch};

use crate::notifications;
use crate::picture::{self, Picture};

/// The part that a missing daemon is reported under.
const PART: &str = "daemon";
/// How long to wait before another try, at first and at most.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// How long the app waits, when it ends, for a daemon that stays.
const A_MOMENT: Duration = Duration::from_secs(1);
/// How long the app waits for the daemon when it ends: longer than that waits for a provider that is renewing a token.
const PATIENCE: Duration = Duration::from_secs(50);

/// The line, for whoever has something to ask.
#[derive(Default)]
pub(crate) struct DaemonLink {
    client: Mutex<Option<Client>>,
    stop: watch::Sender<bool>,
    ended: Mutex<Option<mpsc::Receiver<()>>>,
}

impl DaemonLink {
    /// Starts the thread that the daemon runs on. `runtime` also carries what the app itself waits for.
    pub(crate) fn start(&self, app: AppHandle, runtime: Runtime) -> std::io::Result<()> {
        let stopped = self.stop.subscribe();
        let (end, ended) = mpsc::channel();
        *self.ended.lock().unwrap_or_else(PoisonError::into_inner) = Some(ended);
        std::thread::Builder::new().name("daemon".to_owned()).spawn(move || {
            runtime.block_on(async {
                #[cfg(target_os = "linux")]
                tokio::spawn(crate::linux::look_out(app.clone()));
                #[cfg(unix)]
                tokio::spawn(end_when_told(app.clone()));
                attend(&app, stopped).await;
            });
            // Nobody waits any more when the app had no patience left.
            let _ = end.send(());
        })?;
        Ok(())
    }

    /// Asks the daemon.
    pub(crate) async fn ask(&self, request: Request) -> Result<Reply, Failure> {
        let client = self.client.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let client = client.ok_or_else(|| Failure::new(ErrorCode::Failed, phrases::daemon_not_running()))?;
        client.ask(&request).await
    }

    /// Ends the daemon if it runs here, and waits until it has.
    pub(crate) fn stop(&self) {
        self.stop.send_replace(true);
        if let Some(ended) = self.ended.lock().unwrap_or_else(PoisonError::into_inner).take() {
            // After this, what is under way is left to the next start, which finishes or rolls it back.
            let _ = ended.recv_timeout(PATIENCE);
        }
    }

    fn set(&self, client: Option<Client>) {
        *self.client.lock().unwrap_or_else(PoisonError::into_inner) = client;
    }
}

/// Asks for what was chosen in the menu; a failure is told by a notification, for want of a window.
pub(crate) fn ask_from_menu(app: &AppHandle, request: Request) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        if let Err(failure) = app.state::<DaemonLink>().ask(request).await {
            notifications::tell_failure(&app, &failure);
        }
    });
}

/// Tells the daemon what the desktop lacks, so that everybody who asks it is told. One that isn't there yet hears of it
/// when it is.
pub(crate) fn report_lacks(app: &AppHandle) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let lacks = app.state::<Picture>().lacks();
        // An older daemon doesn't know the request; the popover shows them all the same.
        let _ = app.state::<DaemonLink>().ask(Request::Desktop { lacks }).await;
    });
}

/// The app ends and the daemon stays: what an app lacked is nobody's any more.
async fn take_back_lacks(app: &AppHandle) {
    let link = app.state::<DaemonLink>();
    let told = link.ask(Request::Desktop { lacks: vec![] });
    // Nobody waits for a daemon that doesn't answer.
    let _ = tokio::time::timeout(A_MOMENT, told).await;
}

/// Ends the app in good order when the session does.
#[cfg(unix)]
async fn end_when_told(app: AppHandle) {
    let Ok(mut told) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) else { return };
    told.recv().await;
    app.exit(0);
}

/// Keeps a daemon at hand until `stopped`.
async fn attend(app: &AppHandle, mut stopped: watch::Receiver<bool>) {
    let mut wait = FIRST_WAIT;
    loop {
        let lost = match Paths::from_system() {
            Ok(paths) => run_or_join(app, &paths, &stopped, &mut wait).await,
            Err(fault) => Err(fault.to_string().into()),
        };
        picture::take_in(app, None);
        if let Err(why) = lost {
            picture::report(app, Problem::new(PART, why, None));
        }
        tokio::select! {
            _ = stopped.wait_for(|stopped| *stopped) => return,
            () = tokio::time::sleep(wait) => wait = LONGEST_WAIT.min(wait * 2),
        }
    }
}

/// Runs the daemon, or follows the one that runs, until it ends.
async fn run_or_join(
    app: &AppHandle,
    paths: &Paths,
    stopped: &watch::Receiver<bool>,
    wait: &mut Duration,
) -> Result<(), Words> {
    let (ready, is_ready) = oneshot::channel();
    let on_ready = Box::new(move || {
        // Nobody waits any more when the app is ending.
        let _ = ready.send(());
    });
    let mut stop = stopped.clone();
    let shutdown = async move {
        // A sender that is gone means the same.
        let _ = stop.wait_for(|stopped| *stopped).await;
    };
    let run = AssertUnwindSafe(daemon::run(paths.clone(), RunOptions { on_ready: Some(on_ready) }, shutdown));
    // A defect in the daemon must not take the tray down with it.
    let run = run.catch_unwind();
    let follow_ours = async {
        if is_ready.await.is_err() {
            return std::future::pending::<Infallible>().await;
        }
        loop {
            // The daemon runs right here: a line that breaks is taken up again at once.
            let _ = follow(app, paths, &mut Duration::default()).await;
            tokio::time::sleep(FIRST_WAIT).await;
        }
    };
    let end = tokio::select! {
        end = run => end,
        never = follow_ours => match never {},
    };
    match end {
        Ok(Ok(())) => Ok(()),
        Ok(Err(StartError::AlreadyRunning { .. })) => {
            let mut stop = stopped.clone();
            tokio::select! {
                _ = stop.wait_for(|stopped| *stopped) => {
                    take_back_lacks(app).await;
                    Ok(())
                }
                lost = follow(app, paths, wait) => lost,
            }
        }
        Ok(Err(fault)) => Err(fault.words()),
        Err(_) => Err(phrases::daemon_stopped()),
    }
}

/// Passes on what the daemon tells, until it tells no more.
async fn follow(app: &AppHandle, paths: &Paths, wait: &mut Duration) -> Result<(), Words> {
    let link = app.state::<DaemonLink>();
    let client = Client::connect(&paths.control).await.map_err(|fault| Words::from(fault.to_string()))?;
    let events = client.events();
    link.set(Some(client));
    report_lacks(app);
    pin_mut!(events);
    while let Some(Ok(event)) = events.next().await {
        match event {
            Event::Snapshot(snapshot) => {
                *wait = FIRST_WAIT;
                picture::settle(app, PART);
                picture::take_in(app, Some(snapshot));
            }
            Event::Notice(notice) => notifications::tell(app, &notice),
        }
    }
    link.set(None);
    Ok(())
}
