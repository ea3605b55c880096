//! Asks a running daemon. Speaks to this machine only: never through a proxy, never over TLS.

use std::path::{Path, PathBuf};
use std::time::Duration;

use futures_util::{Stream, stream};
use reqwest::{Response, StatusCode};
use serde::de::DeserializeOwned;

use super::event::Reader;
use super::{ControlFile, ErrorCode, Event, Failure, Reply, Request, Snapshot};

/// How long a daemon may take to take a call.
const CONNECT_LIMIT: Duration = Duration::from_secs(2);
/// How long a daemon may take to carry out a request: a switch waits for providers.
const ASK_LIMIT: Duration = Duration::from_secs(30);
/// How long it may take to save a login: what has the turn before it may wait for a silent keychain at each account.
const SAVE_LIMIT: Duration = Duration::from_secs(600);

/// A line to the running daemon.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    daemon: ControlFile,
}

/// Why there is no line.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// No daemon runs. A control file that a killed one left behind counts as none.
    #[error("Baton isn't running: start the tray app or `baton run`")]
    NotRunning,
    /// The control file can't be read.
    #[error("{} can't be read: {source}", path.display())]
    ReadFile {
        /// The control file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A daemon runs whose answers this version doesn't understand.
    #[error("Baton {version} is running, this is {}: restart it", env!("CARGO_PKG_VERSION"))]
    OtherVersion {
        /// The daemon's version.
        version: String,
    },
    /// The HTTP client can't be made.
    #[error("the line to Baton can't be set up: {0}")]
    Prepare(reqwest::Error),
}

impl Client {
    /// Finds the running daemon and makes sure that it answers.
    ///
    /// # Errors
    /// When none runs, or it can't be talked to.
    pub async fn connect(control_file: &Path) -> Result<Self, ConnectError> {
        let daemon = ControlFile::read(control_file)
            .map_err(|source| ConnectError::ReadFile { path: control_file.to_owned(), source })?
            .ok_or(ConnectError::NotRunning)?;
        let client = Self { http: http().map_err(ConnectError::Prepare)?, daemon };
        let answer = client.get("/v1/snapshot").timeout(CONNECT_LIMIT).send().await;
        // After a crash, another program may have the port by now.
        let answer = answer.ok().filter(|answer| answer.status() == StatusCode::OK).ok_or(ConnectError::NotRunning)?;
        match answer.json::<Snapshot>().await {
            Ok(_) => Ok(client),
            Err(_) => Err(ConnectError::OtherVersion { version: client.daemon.version }),
        }
    }

    /// The daemon's process.
    pub fn pid(&self) -> u32 {
        self.daemon.pid
    }

    /// Where the daemon listens.
    pub fn url(&self) -> &str {
        &self.daemon.url
    }

    /// The picture as it is.
    ///
    /// # Errors
    /// When the daemon doesn't give it.
    pub async fn snapshot(&self) -> Result<Snapshot, Failure> {
        self.read(self.get("/v1/snapshot").timeout(ASK_LIMIT).send().await).await
    }

    /// Asks for something to be done, and waits until it is.
    ///
    /// # Errors
    /// When it wasn't done, or the daemon didn't say so in time.
    pub async fn ask(&self, request: &Request) -> Result<Reply, Failure> {
        let call = self.http.post(self.address("/v1/requests")).bearer_auth(self.daemon.token.reveal());
        let limit = if matches!(request, Request::SaveLogin { .. }) { SAVE_LIMIT } else { ASK_LIMIT };
        self.read(call.json(request).timeout(limit).send().await).await
    }

    /// What happens, as it happens, from the picture as it is now. Ends when the daemon does.
    pub fn events(&self) -> impl Stream<Item = Result<Event, Failure>> + Send + use<> {
        let line = Line { client: self.clone(), answer: None, reader: Reader::default() };
        stream::try_unfold(line, Line::next)
    }

    fn address(&self, path: &str) -> String {
        format!("{}{path}", self.daemon.url)
    }

    fn get(&self, path: &str) -> reqwest::RequestBuilder {
        self.http.get(self.address(path)).bearer_auth(self.daemon.token.reveal())
    }

    async fn read<T: DeserializeOwned>(&self, answer: reqwest::Result<Response>) -> Result<T, Failure> {
        let answer = self.accepted(answer).await?;
        let body = answer.bytes().await.map_err(|error| self.lost(error))?;
        serde_json::from_slice(&body).map_err(|_| self.not_understood("something else"))
    }

    async fn accepted(&self, answer: reqwest::Result<Response>) -> Result<Response, Failure> {
        let answer = answer.map_err(|error| self.lost(error))?;
        let status = answer.status();
        if status == StatusCode::OK {
            return Ok(answer);
        }
        let body = answer.bytes().await.map_err(|error| self.lost(error))?;
        Err(serde_json::from_slice(&body).unwrap_or_else(|_| self.not_understood(status.as_str())))
    }

    fn not_understood(&self, answer: &str) -> Failure {
        let ControlFile { version, pid, .. } = &self.daemon;
        Failure::new(ErrorCode::Failed, format!("Baton {version} (process {pid}) answered {answer}: restart it"))
    }

    fn lost(&self, error: reqwest::Error) -> Failure {
        let what = match error.is_timeout() {
            true => "didn't answer in time",
            false => "stopped answering",
        };
        Failure::new(ErrorCode::Failed, format!("Baton (process {}) {what}", self.daemon.pid))
    }
}

/// The event stream.
struct Line {
    client: Client,
    /// Nothing before the first read.
    answer: Option<Response>,
    reader: Reader,
}

impl Line {
    async fn next(mut self) -> Result<Option<(Event, Self)>, Failure> {
        let mut answer = match self.answer.take() {
            Some(answer) => answer,
            None => self.client.accepted(self.client.get("/v1/events").send().await).await?,
        };
        loop {
            let unreadable = |_| self.client.not_understood("something else");
            if let Some(event) = self.reader.next().map_err(unreadable)? {
                return Ok(Some((event, Self { answer: Some(answer), ..self })));
            }
            match answer.chunk().await.map_err(|error| self.client.lost(error))? {
                Some(bytes) => self.reader.push(&bytes).map_err(unreadable)?,
                None => return Ok(None),
            }
        }
    }
}

/// A client that trusts no certificate at all: it needs none, and loading the system's would cost memory and time.
fn http() -> reqwest::Result<reqwest::Client> {
    // Asked for even where there is no TLS; another part of the process may have chosen one already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .tls_certs_only([])
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT_LIMIT)
        // A pool would wake the process for good, to look for connections that nobody will use again.
        .pool_max_idle_per_host(0)
        .build()
}
