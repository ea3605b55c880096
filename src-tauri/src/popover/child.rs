//! The popover's process from within: a window, and the line to the app that started it. Knows nothing but what it is
//! told there: no daemon, no settings.

use std::collections::HashMap;
use std::error::Error;
use std::fs;
use std::io::{self, BufRead, BufReader, Lines, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use daemon::control::{ErrorCode, Failure, phrases};
use serde_json::Value;
use tauri::{AppHandle, Emitter, State};
use tokio::sync::oneshot;

use super::lines::{Said, Told, line};
use super::page::Asked;
use super::process::POPOVER;
use super::window::{self, Opening};

/// How the system calls the process: by the file that it was started from, it would be `exe`.
const NAME: &str = "baton-popover";

/// Whether this process is to be the popover's.
pub(crate) fn is_wanted() -> bool {
    std::env::args_os().nth(1).is_some_and(|argument| argument == POPOVER)
}

/// Waits until a window is wanted, and shows it until it is closed, by the person or by the app.
///
/// # Errors
/// When no app is at the other end, or the desktop can't be reached.
pub(crate) fn run(context: tauri::Context) -> Result<(), Box<dyn Error>> {
    // Only for people who look at the system's list: nothing depends on it.
    let _ = fs::write("/proc/self/comm", NAME);
    // A copy: what this process starts gets nothing of it.
    let socket = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
    socket.peer_addr().map_err(|_| format!("{POPOVER} is for Baton's own use"))?;
    let told = BufReader::new(socket.try_clone()?).lines();
    let line = Line::to(socket);
    tauri::Builder::default()
        .manage(line.clone())
        .invoke_handler(tauri::generate_handler![ask])
        .setup(move |app| {
            let app = app.handle().clone();
            thread::Builder::new().name("line".to_owned()).spawn(move || listen(&app, &line, told))?;
            Ok(())
        })
        .build(context)?
        .run(|_, _| {});
    Ok(())
}

/// Asks the app.
#[tauri::command]
async fn ask(line: State<'_, Line>, asked: Asked) -> Result<Value, Failure> {
    let answer = line.ask(asked).map_err(Failure::failed)?;
    // The app is ending when it gives no answer.
    answer.await.unwrap_or_else(|_| Err(Failure::new(ErrorCode::Failed, phrases::daemon_not_running())))
}

/// The line to the app.
#[derive(Clone)]
struct Line(Arc<Mutex<Ours>>);

struct Ours {
    socket: UnixStream,
    asked: u64,
    waiting: HashMap<u64, oneshot::Sender<Result<Value, Failure>>>,
}

impl Line {
    fn to(socket: UnixStream) -> Self {
        Self(Arc::new(Mutex::new(Ours { socket, asked: 0, waiting: HashMap::new() })))
    }

    fn ours(&self) -> MutexGuard<'_, Ours> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn say(&self, said: &Said) -> io::Result<()> {
        self.ours().say(said)
    }

    fn ask(&self, asked: Asked) -> io::Result<oneshot::Receiver<Result<Value, Failure>>> {
        let mut ours = self.ours();
        ours.asked += 1;
        let number = ours.asked;
        ours.say(&Said::Asked { number, asked })?;
        let (answer, answered) = oneshot::channel();
        ours.waiting.insert(number, answer);
        Ok(answered)
    }

    fn answer(&self, number: u64, answer: Result<Value, Failure>) {
        if let Some(waiting) = self.ours().waiting.remove(&number) {
            // Nobody waits any more when the page has gone.
            let _ = waiting.send(answer);
        }
    }
}

impl Ours {
    fn say(&mut self, said: &Said) -> io::Result<()> {
        self.socket.write_all(line(said)?.as_bytes())
    }
}

/// Does what the app says, until it says no more.
fn listen(app: &AppHandle, line: &Line, mut told: Lines<BufReader<UnixStream>>) {
    while let Some(told) = next(&mut told) {
        match told {
            Told::Open { opening } => {
                if let Err(fault) = open(app, line, opening) {
                    // Fails only when the app has gone.
                    let _ = line.say(&Said::Unable { why: fault.to_string() });
                }
            }
            Told::Answer { number, answer } => line.answer(number, answer),
            // Fails only when the page is just being closed.
            Told::Event { name, payload } => drop(app.emit(&name, payload)),
            Told::Front => window::front(app),
            Told::Theme { theme } => app.set_theme(theme),
        }
    }
    app.exit(0);
}

fn open(app: &AppHandle, line: &Line, opening: Opening) -> tauri::Result<()> {
    let line = line.clone();
    // Fails only when the app has gone, and then so does the window.
    window::build(app, opening, move |has| drop(line.say(&Said::Focus { has })))
}

/// What is said next; `None` when the app has gone or wants the window closed.
fn next(told: &mut Lines<BufReader<UnixStream>>) -> Option<Told> {
    serde_json::from_str(&told.next()?.ok()?).ok()
}
