//! The popover's process, as the app sees it. GTK's web view loads its libraries into the process that shows it and gives
//! none of their memory back, so that process is one of its own and ends with the window. The next one is started at once
//! and waits.

use std::os::fd::OwnedFd;
use std::process::{ExitStatus, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use std::{env, io};

use daemon::control::{ErrorCode, Failure, phrases};
use serde::Serialize;
use tauri::{AppHandle, Manager, Theme};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::process::Command;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender, WeakUnboundedSender};

use super::lines::{Said, Told, line};
use super::window::Opening;
use super::{Popover, page};
use crate::notifications;

/// The argument that makes this program the popover's process.
pub(crate) const POPOVER: &str = "--popover";
/// This very program, also after another version was put in its place.
const SELF: &str = "/proc/self/exe";
/// How long a window that was told to close may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// To a process.
type Line = UnboundedSender<Told>;

/// The popover's processes.
#[derive(Default)]
pub(crate) struct Host(Mutex<Processes>);

#[derive(Default)]
struct Processes {
    /// To the one that shows the window.
    open: Option<Line>,
    /// To the one that has done whatever needs no page, and waits for the next opening.
    ready: Option<Line>,
    /// The colours that the window is to have.
    theme: Option<Theme>,
    /// Nothing is started any more.
    ending: bool,
}

impl Host {
    fn processes(&self) -> MutexGuard<'_, Processes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn say(&self, told: Told) {
        if let Some(line) = &self.processes().open {
            // Fails only when the window is just being closed.
            let _ = line.send(told);
        }
    }
}

/// Has a process wait for the next opening.
pub(super) fn get_ready(app: &AppHandle) {
    let popover = app.state::<Popover>();
    let mut processes = popover.host.processes();
    if processes.open.is_none() && processes.ready.is_none() && !processes.ending {
        processes.ready = Some(start(app));
    }
}

/// Ends all processes, for good.
pub(super) fn end(app: &AppHandle) {
    *app.state::<Popover>().host.processes() = Processes { ending: true, ..Processes::default() };
}

/// Has the window follow the desktop's colours.
pub(crate) fn set_theme(app: &AppHandle, theme: Option<Theme>) {
    let popover = app.state::<Popover>();
    popover.host.processes().theme = theme;
    popover.host.say(Told::Theme { theme });
}

pub(super) fn is_open(app: &AppHandle) -> bool {
    app.state::<Popover>().host.processes().open.is_some()
}

pub(super) fn open(app: &AppHandle, mut opening: Opening) {
    let popover = app.state::<Popover>();
    let mut processes = popover.host.processes();
    opening.theme = processes.theme;
    let ready = processes.ready.take().filter(|line| !line.is_closed());
    let line = ready.unwrap_or_else(|| start(app));
    // Fails only when that process has just ended, which is told then.
    let _ = line.send(Told::Open { opening });
    processes.open = Some(line);
}

pub(super) fn bring_to_front(app: &AppHandle) {
    app.state::<Popover>().host.say(Told::Front);
}

pub(super) fn close(app: &AppHandle) {
    app.state::<Popover>().host.processes().open.take();
}

pub(super) fn tell(app: &AppHandle, event: &'static str, payload: impl Serialize) {
    let popover = app.state::<Popover>();
    if !is_open(app) {
        return;
    }
    // Nothing that is shown has keys that are no text, so there always is a value.
    if let Ok(payload) = serde_json::to_value(payload) {
        popover.host.say(Told::Event { name: event.to_owned(), payload });
    }
}

fn start(app: &AppHandle) -> Line {
    let (line, told) = mpsc::unbounded_channel();
    tauri::async_runtime::spawn(attend(app.clone(), line.downgrade(), told));
    line
}

/// Lives as long as the process.
async fn attend(app: AppHandle, line: WeakUnboundedSender<Told>, told: UnboundedReceiver<Told>) {
    let ended = run(&app, &line, told).await;
    // Nobody holds the line of a window that was closed meanwhile; there may be another one already.
    let is_it = |other: &mut Line| line.upgrade().is_some_and(|line| line.same_channel(other));
    let (waited, unasked) = {
        let popover = app.state::<Popover>();
        let mut processes = popover.host.processes();
        (processes.ready.take_if(is_it).is_some(), processes.open.take_if(is_it).is_some())
    };
    if waited {
        // What ails it, the next opening shows: that one starts its own.
        return;
    }
    let why = match ended {
        Ok(status) if status.success() => None,
        Ok(status) => Some(status.to_string()),
        Err(fault) => Some(fault.to_string()),
    };
    if let Some(why) = why.filter(|_| unasked) {
        notifications::tell_failure(&app, &Failure::new(ErrorCode::Failed, phrases::popover_ended(why)));
    }
    get_ready(&app);
}

/// Runs the process to its end.
async fn run(
    app: &AppHandle,
    line: &WeakUnboundedSender<Told>,
    told: UnboundedReceiver<Told>,
) -> io::Result<ExitStatus> {
    let (ours, theirs) = std::os::unix::net::UnixStream::pair()?;
    ours.set_nonblocking(true)?;
    let (hear, tell) = UnixStream::from_std(ours)?.into_split();
    let name = env::args_os().next().unwrap_or_else(|| "baton-app".into());
    let mut process = Command::new(SELF)
        .arg0(name)
        .envs(crate::linux::drawing())
        .arg(POPOVER)
        .stdin(Stdio::from(OwnedFd::from(theirs)))
        .kill_on_drop(true)
        .spawn()?;
    // Either ends first: the window by the person's will, or the line to it by the app's.
    let heard = tokio::select! {
        heard = hear_all(app, line, hear) => heard,
        told = tell_all(told, tell) => told,
    };
    match tokio::time::timeout(PATIENCE, process.wait()).await {
        Ok(ended) => heard.and(ended),
        Err(_) => {
            process.kill().await?;
            process.wait().await
        }
    }
}

async fn tell_all(mut told: UnboundedReceiver<Told>, mut socket: OwnedWriteHalf) -> io::Result<()> {
    while let Some(told) = told.recv().await {
        socket.write_all(line(&told)?.as_bytes()).await?;
    }
    Ok(())
}

async fn hear_all(app: &AppHandle, line: &WeakUnboundedSender<Told>, socket: OwnedReadHalf) -> io::Result<()> {
    let mut lines = BufReader::new(socket).lines();
    while let Some(said) = lines.next_line().await? {
        match serde_json::from_str(&said)? {
            Said::Focus { has } => super::focus_changed(app, has),
            Said::Unable { why } => return Err(io::Error::other(why)),
            Said::Asked { number, asked } => {
                let (app, line) = (app.clone(), line.clone());
                tauri::async_runtime::spawn(async move {
                    let answer = page::answer(&app, asked).await;
                    if let Some(line) = line.upgrade() {
                        // Fails only when the window is just being closed.
                        let _ = line.send(Told::Answer { number, answer });
                    }
                });
            }
        }
    }
    Ok(())
}
