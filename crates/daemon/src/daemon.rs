//! Starts the daemon, or does a single piece of its work where none runs. The public face of this crate.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{broadcast, mpsc, oneshot};

use crate::control::{
    self, Client, ConnectError, ControlFile, ErrorCode, Failure, Feed, Reply, Request, Snapshot, Token, Words,
};
use crate::effects::{Capture, Effects};
use crate::instance::{Instance, InstanceError};
use crate::ledger::{Ledger, LedgerError};
use crate::main_loop::{Event, MainLoop, Watched};
use crate::opencode::log::LogFollower;
use crate::paths::Paths;
use crate::settings::{Settings, SettingsError};
use crate::watch::{Interest, Watch, WatchError};
use crate::words;
use crate::world::World;

/// How often somebody who holds the lock and doesn't answer is looked at again, and how long to wait between.
const TRIES: u32 = 100;
const PAUSE: Duration = Duration::from_millis(50);

/// How the daemon is started.
#[derive(Default)]
pub struct RunOptions {
    /// Called once it answers.
    pub on_ready: Option<Box<dyn FnOnce() + Send>>,
}

/// Why the daemon didn't start. Each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Another one runs.
    #[error("Baton runs already: process {pid}, at {url}")]
    AlreadyRunning {
        /// Where it answers.
        url: String,
        /// Its process.
        pid: u32,
    },
    /// Another one holds the lock and doesn't answer.
    #[error("another Baton is just starting, stopping or at work; try again in a moment")]
    Busy,
    /// The one that runs can't be talked to.
    #[error(transparent)]
    Control(ConnectError),
    /// The settings are invalid, and there are no last good ones yet.
    #[error("{}: {source}", path.display())]
    Settings {
        /// The file.
        path: PathBuf,
        /// What is wrong in it.
        source: SettingsError,
    },
    /// The ledger can't be used.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// A file or socket of its own can't be made.
    #[error("{act}: {source}")]
    Io {
        /// What was tried.
        act: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
    /// The system gives no file watch.
    #[error(transparent)]
    Watch(#[from] WatchError),
}

impl StartError {
    /// Why, also for other languages as far as there are words for it.
    pub fn words(&self) -> Words {
        match self {
            Self::Ledger(fault) => words::ledger(fault),
            Self::AlreadyRunning { .. }
            | Self::Busy
            | Self::Control(_)
            | Self::Settings { .. }
            | Self::Io { .. }
            | Self::Watch(_) => self.to_string().into(),
        }
    }
}

/// Runs the daemon until `shutdown`.
///
/// # Errors
/// When it can't start; nothing has been changed then.
pub async fn run(paths: Paths, options: RunOptions, shutdown: impl Future<Output = ()>) -> Result<(), StartError> {
    let io = |act| move |source| StartError::Io { act, source };
    let _instance = match find_daemon(&paths).await? {
        Found::Nobody(instance) => instance,
        Found::Running(client) => {
            return Err(StartError::AlreadyRunning { url: client.url().to_owned(), pid: client.pid() });
        }
    };
    crate::logging::start(&paths.log_dir).map_err(io("Baton's log can't be opened"))?;
    let (effects, first_inputs) = open(&paths).await?;
    let paths = &effects.world.paths;
    let (events, inbox) = mpsc::unbounded_channel();
    let (notices, _) = broadcast::channel(64);
    let mut main_loop = MainLoop::new(Arc::clone(&effects), events.clone(), first_inputs, notices.clone());

    let heard = events.clone();
    let watch =
        Watch::start(interests(&paths.config, effects.auth_file_path(), &paths.opencode.log_dir), move |news| {
            // The loop may have ended.
            let _ = heard.send(Event::Heard(news));
        })?;
    main_loop.keep(watch);
    main_loop.follow(LogFollower::start(paths.opencode.log_dir.clone()));
    main_loop.begin(if effects.is_first_start() { Capture::Nothing } else { Capture::New });
    main_loop.begin_polling();
    effects.update_bridge();

    let listener = control::bind().await.map_err(io("no port on 127.0.0.1 is to be had"))?;
    let address = listener.local_addr().map_err(io("no port on 127.0.0.1 is to be had"))?;
    let token = Token::random();
    let _published = ControlFile::of_this_process(address, token.clone())
        .publish(&paths.control)
        .map_err(io("control.json can't be written"))?;
    let (asks, asked) = mpsc::channel(64);
    let (tell, told) = mpsc::channel(64);
    let feed = Feed { snapshots: main_loop.snapshots(), notices, asks, told: tell, bridge: main_loop.bridge() };
    let (end, ended) = oneshot::channel::<()>();
    let server = tokio::spawn(control::serve(listener, token, feed, async {
        // Either way it is over.
        let _ = ended.await;
    }));
    tracing::info!("Baton {} runs at {address}", env!("CARGO_PKG_VERSION"));
    if let Some(ready) = options.on_ready {
        ready();
    }
    main_loop.run(inbox, asked, told, shutdown).await;
    drop(end);
    // A server that fails at the end has nothing left to tell.
    let _ = server.await;
    tracing::info!("Baton ends");
    Ok(())
}

/// Has a request carried out: by the running daemon, or here, under the same lock, when none runs.
///
/// # Errors
/// Why it wasn't carried out.
pub async fn ask(paths: &Paths, request: Request) -> Result<Reply, Failure> {
    match find_daemon(paths).await.map_err(Failure::failed)? {
        Found::Running(client) => client.ask(&request).await,
        Found::Nobody(_instance) => {
            let (answer, _) = by_hand(paths, Some(request)).await?;
            answer.unwrap_or_else(|| Err(Failure::new(ErrorCode::Failed, "the request was dropped")))
        }
    }
}

/// The picture: the running daemon's, or one made here when none runs.
///
/// # Errors
/// Why there is none.
pub async fn status(paths: &Paths) -> Result<Snapshot, Failure> {
    match find_daemon(paths).await.map_err(Failure::failed)? {
        Found::Running(client) => client.snapshot().await,
        Found::Nobody(_instance) => Ok(Arc::unwrap_or_clone(by_hand(paths, None).await?.1)),
    }
}

/// Who does the work.
enum Found {
    Running(Client),
    Nobody(Instance),
}

/// Looks for a daemon. Only a held lock makes the control file worth believing: a killed daemon leaves its file
/// behind, and another user's program may have its port by now.
async fn find_daemon(paths: &Paths) -> Result<Found, StartError> {
    for _ in 0..TRIES {
        match Instance::take(&paths.lock) {
            Ok(instance) => return Ok(Found::Nobody(instance)),
            Err(InstanceError::Taken) => match Client::connect(&paths.control).await {
                Ok(client) => return Ok(Found::Running(client)),
                // Starting, ending, or a command at work: over in a moment.
                Err(ConnectError::NotRunning) => tokio::time::sleep(PAUSE).await,
                Err(fault) => return Err(StartError::Control(fault)),
            },
            Err(InstanceError::Io(source)) => {
                return Err(StartError::Io { act: "the lock file can't be opened", source });
            }
        }
    }
    Err(StartError::Busy)
}

async fn by_hand(
    paths: &Paths,
    request: Option<Request>,
) -> Result<(Option<Result<Reply, Failure>>, Arc<Snapshot>), Failure> {
    let (effects, first_inputs) = open(paths).await.map_err(Failure::failed)?;
    let (events, inbox) = mpsc::unbounded_channel();
    let (notices, _) = broadcast::channel(64);
    let main_loop = MainLoop::new(effects, events, first_inputs, notices);
    Ok(main_loop.run_once(inbox, request).await)
}

async fn open(paths: &Paths) -> Result<(Arc<Effects>, Vec<engine::Input>), StartError> {
    let settings =
        Settings::load(&paths.config).map_err(|source| StartError::Settings { path: paths.config.clone(), source })?;
    let paths = match &settings.opencode.data_dir {
        Some(dir) => paths.clone().with_opencode_data_dir(dir.clone()),
        None => paths.clone(),
    };
    let ledger = Ledger::open(&paths.ledger)?;
    let world = World::system(paths, &settings);
    let effects = Effects::new(world, settings, ledger)?;
    effects.recover()?;
    effects.settle_vault().await?;
    let first_inputs = effects.first_inputs()?;
    Ok((Arc::new(effects), first_inputs))
}

/// In the order of [`Watched`].
fn interests(settings: &std::path::Path, auth_file: &std::path::Path, log_dir: &std::path::Path) -> Vec<Interest> {
    let file = |path: &std::path::Path| Interest {
        dir: path.parent().unwrap_or(path).to_owned(),
        file: path.file_name().map(|name| name.to_string_lossy().into_owned()),
    };
    let log = Interest { dir: log_dir.to_owned(), file: None };
    let mut interests =
        vec![(Watched::AuthFile, file(auth_file)), (Watched::Log, log), (Watched::Settings, file(settings))];
    interests.sort_by_key(|(watched, _)| *watched as usize);
    interests.into_iter().map(|(_, interest)| interest).collect()
}
