//! The server of the control API on 127.0.0.1: passes snapshots and notices out, and requests in.
//! Decides nothing, keeps no state of its own, and does nothing while nobody asks.

use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::extract::{Request as HttpRequest, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response, Sse, sse};
use axum::routing::{get, post};
use axum::serve::ListenerExt;
use futures_util::{Stream, stream};
use tokio::net::TcpListener;
use tokio::sync::{broadcast, mpsc, oneshot, watch};

use super::admission::{Refusal, admit};
use super::{
    BridgeAnswer, BridgeEvent, ErrorCode, Failure, NoticeView, Reply, Request, Seen, Snapshot, Token, Told, event,
};

/// The longest request that is read.
const LONGEST_REQUEST: usize = 64 * 1024;
/// The bridge holds a person's request up while it waits, and gives up on a daemon that takes longer than 250 ms.
const BRIDGE_LIMIT: Duration = Duration::from_millis(150);
/// When the bridge asks again about what isn't decided by then.
const ASK_AGAIN: u32 = 20;
/// How often a bridge hears that the stream is alive, when there is nothing to tell.
const BRIDGE_HEARTBEAT: Duration = Duration::from_secs(60);
/// How long connections get to end by themselves at shutdown.
const FAREWELL: Duration = Duration::from_secs(2);

/// What the server passes on: pictures and notices out, requests in.
#[derive(Clone, Debug)]
pub struct Feed {
    /// The newest snapshot.
    pub snapshots: watch::Receiver<Arc<Snapshot>>,
    /// Notices as they come.
    pub notices: broadcast::Sender<NoticeView>,
    /// Where requests go.
    pub asks: mpsc::Sender<Asked>,
    /// Where what the bridge tells goes.
    pub told: mpsc::Sender<Told>,
    /// What the bridges are told, as it comes.
    pub bridge: broadcast::Sender<BridgeEvent>,
}

/// A request and where its reply is awaited.
#[derive(Debug)]
pub struct Asked {
    /// What is asked.
    pub request: Request,
    /// Takes the reply; nobody may be listening any more.
    pub reply: oneshot::Sender<Result<Reply, Failure>>,
}

/// Opens a port of the system's choice that only this machine reaches.
///
/// # Errors
/// When the system gives none.
pub async fn bind() -> io::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await
}

/// Serves until `shutdown` comes; open event streams end then.
///
/// # Errors
/// When the port can't be listened at.
pub async fn serve(
    listener: TcpListener,
    token: Token,
    feed: Feed,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let (open, closing) = watch::channel(());
    let mut closed = closing.clone();
    let router = axum::Router::new()
        .route("/v1/snapshot", get(snapshot))
        .route("/v1/events", get(events))
        .route("/v1/requests", post(ask))
        .route("/v1/bridge", post(bridge))
        .route("/v1/bridge/events", get(bridge_events))
        .fallback(async || failed(StatusCode::NOT_FOUND, Failure::new(ErrorCode::Usage, "there is nothing here")))
        .method_not_allowed_fallback(async || {
            failed(StatusCode::METHOD_NOT_ALLOWED, Failure::new(ErrorCode::Usage, "that method isn't for this path"))
        })
        .layer(from_fn_with_state(token, only_admitted))
        .with_state(Shared { feed, closing });
    // Events are short: without this, each would wait for the acknowledgement of the one before.
    let listener = listener.tap_io(|connection| {
        let _ = connection.set_nodelay(true);
    });
    let server = axum::serve(listener, router).with_graceful_shutdown(async move {
        shutdown.await;
        drop(open);
    });
    tokio::select! {
        ended = server.into_future() => ended,
        () = async { while closed.changed().await.is_ok() {} tokio::time::sleep(FAREWELL).await } => Ok(()),
    }
}

#[derive(Clone)]
struct Shared {
    feed: Feed,
    /// Its sender is dropped at shutdown.
    closing: watch::Receiver<()>,
}

async fn only_admitted(State(token): State<Token>, request: HttpRequest, next: Next) -> Response {
    match admit(request.headers(), &token) {
        Ok(()) => next.run(request).await,
        Err(Refusal { status, failure }) => failed(status, failure),
    }
}

async fn snapshot(State(shared): State<Shared>) -> Json<Arc<Snapshot>> {
    Json(shared.feed.snapshots.borrow().clone())
}

async fn events(State(shared): State<Shared>) -> Sse<impl Stream<Item = Result<sse::Event, axum::Error>>> {
    // Notices from before the first picture belong to it; those after it must not be missed.
    let mut source =
        Source { notices: shared.feed.notices.subscribe(), snapshots: shared.feed.snapshots, closing: shared.closing };
    source.snapshots.mark_changed();
    Sse::new(stream::unfold(source, async |mut source| source.next().await.map(|event| (event, source))))
}

/// What one reader of the event stream has yet to get. Nothing is queued for a slow one: it gets the newest picture.
struct Source {
    notices: broadcast::Receiver<NoticeView>,
    snapshots: watch::Receiver<Arc<Snapshot>>,
    closing: watch::Receiver<()>,
}

impl Source {
    async fn next(&mut self) -> Option<Result<sse::Event, axum::Error>> {
        loop {
            tokio::select! {
                // The picture first: a notice is about a picture that is out already.
                biased;
                _ = self.closing.changed() => return None,
                changed = self.snapshots.changed() => {
                    changed.ok()?;
                    let newest = self.snapshots.borrow_and_update().clone();
                    return Some(event::of_snapshot(&newest));
                }
                notice = self.notices.recv() => match notice {
                    Ok(notice) => return Some(event::of_notice(&notice)),
                    Err(broadcast::error::RecvError::Lagged(_)) => {}
                    Err(broadcast::error::RecvError::Closed) => return None,
                },
            }
        }
    }
}

async fn ask(State(shared): State<Shared>, body: Body) -> Response {
    let Ok(body) = axum::body::to_bytes(body, LONGEST_REQUEST).await else {
        return failed(StatusCode::PAYLOAD_TOO_LARGE, Failure::new(ErrorCode::Usage, "the request is too long"));
    };
    // The parser's own message could quote a key.
    let Ok(request) = serde_json::from_slice(&body) else {
        let message = concat!("not a request that Baton ", env!("CARGO_PKG_VERSION"), " knows");
        return failed(StatusCode::BAD_REQUEST, Failure::new(ErrorCode::Usage, message));
    };
    match pass_on(&shared.feed.asks, request).await {
        Ok(reply) => Json(reply).into_response(),
        Err(failure) => failed(status_of(failure.code), failure),
    }
}

async fn pass_on(asks: &mpsc::Sender<Asked>, request: Request) -> Result<Reply, Failure> {
    let stopping = || Failure::new(ErrorCode::Failed, "Baton is stopping: try again once it runs");
    let (reply, answer) = oneshot::channel();
    asks.send(Asked { request, reply }).await.map_err(|_| stopping())?;
    answer.await.map_err(|_| stopping())?
}

async fn bridge(State(shared): State<Shared>, body: Body) -> Response {
    let Ok(body) = axum::body::to_bytes(body, LONGEST_REQUEST).await else {
        return failed(StatusCode::PAYLOAD_TOO_LARGE, Failure::new(ErrorCode::Usage, "the report is too long"));
    };
    let Ok(seen) = serde_json::from_slice::<Seen>(&body) else {
        let message = concat!("not a report that Baton ", env!("CARGO_PKG_VERSION"), " knows");
        return failed(StatusCode::BAD_REQUEST, Failure::new(ErrorCode::Usage, message));
    };
    Json(answer_bridge(&shared.feed.told, seen).await).into_response()
}

/// The stream of one bridge. A slow one misses events: what they tell of is over by then.
async fn bridge_events(State(shared): State<Shared>) -> Sse<impl Stream<Item = Result<sse::Event, axum::Error>>> {
    let source = (shared.feed.bridge.subscribe(), shared.closing);
    let events = stream::unfold(source, async |(mut events, mut closing): (broadcast::Receiver<BridgeEvent>, _)| {
        loop {
            tokio::select! {
                biased;
                _ = watch::Receiver::<()>::changed(&mut closing) => return None,
                event = events.recv() => match event {
                    Ok(event) => {
                        let written = sse::Event::default().event(event.name()).json_data(&event);
                        return Some((written, (events, closing)));
                    }
                    Err(broadcast::error::RecvError::Lagged(_)) => {}
                    Err(broadcast::error::RecvError::Closed) => return None,
                },
            }
        }
    });
    Sse::new(events).keep_alive(sse::KeepAlive::new().interval(BRIDGE_HEARTBEAT))
}

/// Answers in time, whatever the daemon is busy with.
async fn answer_bridge(told: &mpsc::Sender<Told>, seen: Seen) -> BridgeAnswer {
    let (limit, given) = match &seen {
        Seen::Limit(limit) => (true, limit.ticket.clone()),
        Seen::Headers(_) | Seen::Session(_) | Seen::Resumed { .. } | Seen::NotResumed { .. } | Seen::Other => {
            (false, None)
        }
    };
    let ticket = given.unwrap_or_else(|| format!("{:016x}", rand::random::<u64>()));
    let (reply, answer) = oneshot::channel();
    let asked = async {
        told.send(Told { seen, ticket: ticket.clone(), reply }).await.ok()?;
        answer.await.ok()
    };
    match tokio::time::timeout(BRIDGE_LIMIT, asked).await {
        Ok(Some(answer)) => answer,
        Err(_) if limit => BridgeAnswer::Wait { milliseconds: ASK_AGAIN, ticket },
        // The daemon is stopping.
        Ok(None) if limit => BridgeAnswer::PassOn,
        Ok(None) | Err(_) => BridgeAnswer::Noted,
    }
}

fn status_of(code: ErrorCode) -> StatusCode {
    match code {
        ErrorCode::Failed => StatusCode::INTERNAL_SERVER_ERROR,
        ErrorCode::Usage => StatusCode::UNPROCESSABLE_ENTITY,
        ErrorCode::NoUsableAccount => StatusCode::CONFLICT,
        ErrorCode::KeychainUnavailable => StatusCode::SERVICE_UNAVAILABLE,
    }
}

fn failed(status: StatusCode, failure: Failure) -> Response {
    (status, Json(failure)).into_response()
}
