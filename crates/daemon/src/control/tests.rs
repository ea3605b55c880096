//! The server and the client together, over a real port of this machine.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;

use futures_util::StreamExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{broadcast, mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use super::*;

#[tokio::test]
async fn a_client_reads_the_picture_and_asks() {
    let mut daemon = Daemon::start("first").await;
    let client = daemon.client().await;
    assert_eq!(client.snapshot().await.unwrap(), picture("first"));
    let refused = Failure::new(ErrorCode::NoUsableAccount, "nobody left");
    for answer in [Ok(Reply::Done), Err(refused)] {
        let (asked, heard) = tokio::join!(client.ask(&Request::Pause { length: None }), async {
            let asked = daemon.asks.recv().await.unwrap();
            asked.reply.send(answer.clone()).unwrap();
            asked.request
        });
        assert_eq!((asked, heard), (answer, Request::Pause { length: None }));
    }
}

#[tokio::test]
async fn without_a_daemon_a_client_says_so() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("control.json");
    let check = async || format!("{:?}", Client::connect(&path).await.map(|_| ()));
    assert_eq!(check().await, "Err(NotRunning)", "no file");

    let silent = bind().await.unwrap();
    let address = silent.local_addr().unwrap();
    drop(silent);
    let left_behind = ControlFile::of_this_process(address, Token::random()).publish(&path).unwrap();
    assert_eq!(check().await, "Err(NotRunning)", "a killed daemon's file");
    drop(left_behind);

    let daemon = Daemon::start("first").await;
    let _file = ControlFile { token: Token::random(), ..daemon.file() }.publish(&path).unwrap();
    assert_eq!(check().await, "Err(NotRunning)", "somebody else has the port");
}

#[tokio::test]
async fn events_begin_with_the_picture_and_come_in_order() {
    let daemon = Daemon::start("first").await;
    let client = daemon.client().await;
    let mut events = Box::pin(client.events());
    assert_eq!(events.next().await.unwrap().unwrap(), Event::Snapshot(picture("first")));
    daemon.notices.send(notice("one")).unwrap();
    assert_eq!(events.next().await.unwrap().unwrap(), Event::Notice(notice("one")));
    // A notice never comes before the picture that it is about.
    daemon.snapshots.send_replace(Arc::new(picture("second")));
    daemon.notices.send(notice("two")).unwrap();
    assert_eq!(events.next().await.unwrap().unwrap(), Event::Snapshot(picture("second")));
    assert_eq!(events.next().await.unwrap().unwrap(), Event::Notice(notice("two")));
    daemon.stop().await;
    assert!(!matches!(events.next().await, Some(Ok(_))), "the stream ends with the daemon");
}

#[tokio::test]
async fn a_slow_reader_gets_the_newest_picture_not_a_backlog() {
    const PICTURES: usize = 400;
    let daemon = Daemon::start("0").await;
    let client = daemon.client().await;
    let mut events = Box::pin(client.events());
    events.next().await.unwrap().unwrap();
    for number in 1..=PICTURES {
        let large = Snapshot { schema: "x".repeat(256 * 1024), ..picture(&number.to_string()) };
        daemon.snapshots.send_replace(Arc::new(large));
        tokio::task::yield_now().await;
    }
    let mut seen: BTreeSet<usize> = BTreeSet::new();
    while !seen.contains(&PICTURES) {
        let Event::Snapshot(snapshot) = events.next().await.unwrap().unwrap() else { panic!("no notice was sent") };
        assert!(seen.insert(snapshot.version.parse().unwrap()), "no picture comes twice");
    }
    assert!(seen.len() < PICTURES / 2, "{} of {PICTURES} pictures were kept for a reader that slept", seen.len());
}

#[tokio::test]
async fn each_rule_refuses_with_its_status_and_a_failure_as_json() {
    let daemon = Daemon::start("first").await;
    let (host, token) = (daemon.address.to_string(), daemon.token.reveal().to_owned());
    let auth = format!("host: {host}\r\nauthorization: Bearer {token}\r\n");
    let check = async |request: String, expected: u16| {
        let (status, body) = daemon.raw(&request).await;
        assert_eq!(status, expected, "{request}");
        if expected != 200 {
            let failure: Failure = serde_json::from_str(&body).unwrap();
            assert!(!failure.message.is_empty() && !body.contains("sk-1"), "{body}");
        }
    };
    check(format!("GET /v1/snapshot HTTP/1.1\r\n{auth}\r\n"), 200).await;
    check(format!("GET /v1/snapshot HTTP/1.1\r\nhost: {host}\r\n\r\n"), 401).await;
    let rebound = auth.replace(&host, "evil.example");
    check(format!("GET /v1/snapshot HTTP/1.1\r\n{rebound}\r\n"), 403).await;
    check(format!("GET /v1/snapshot HTTP/1.1\r\n{auth}origin: http://{host}\r\n\r\n"), 403).await;
    check(format!("GET /v1/other HTTP/1.1\r\n{auth}\r\n"), 404).await;
    check(format!("GET /v1/other HTTP/1.1\r\nhost: {host}\r\n\r\n"), 401).await;
    check(format!("DELETE /v1/snapshot HTTP/1.1\r\n{auth}\r\n"), 405).await;
    let post = |body: &str| format!("POST /v1/requests HTTP/1.1\r\n{auth}content-length: {}\r\n\r\n{body}", body.len());
    check(post("{"), 400).await;
    check(post(r#"{"do":"sk-1"}"#), 400).await;
    check(post(&format!("{{\"do\":\"pause\"{}}}", " ".repeat(65 * 1024))), 413).await;
}

#[tokio::test]
async fn a_request_that_the_daemon_drops_is_a_failure() {
    let mut daemon = Daemon::start("first").await;
    let client = daemon.client().await;
    let (asked, ()) =
        tokio::join!(client.ask(&Request::Pause { length: None }), async { drop(daemon.asks.recv().await) });
    assert_eq!(asked.unwrap_err().code, ErrorCode::Failed);
}

#[tokio::test]
async fn the_bridge_is_answered_or_told_to_ask_again_in_time() {
    let mut daemon = Daemon::start("first").await;
    let limit = r#"{"saw":"limit","provider":"openai","read_at":1,"at":2,"status":429"#;
    let told = async |daemon: &Daemon, body: &str| {
        let head = format!("authorization: Bearer {}\r\nhost: {}\r\n", daemon.token.reveal(), daemon.address);
        let request = format!("POST /v1/bridge HTTP/1.1\r\n{head}content-length: {}\r\n\r\n{body}", body.len());
        daemon.raw(&request).await
    };
    assert_eq!(told(&daemon, "{").await.0, 400);
    assert_eq!(told(&daemon, r#"{"saw":"limit"}"#).await.0, 400);

    let (status, body) = told(&daemon, &format!("{limit}}}")).await;
    let BridgeAnswer::Wait { ticket, .. } = serde_json::from_str(&body).unwrap() else { panic!("{status}: {body}") };
    let first = daemon.told.recv().await.unwrap();
    assert_eq!(first.ticket, ticket);
    assert!(first.reply.is_closed(), "nobody waits for it any more");

    let mut hears = std::mem::replace(&mut daemon.told, mpsc::channel(1).1);
    let answering = tokio::spawn(async move {
        let told = hears.recv().await.unwrap();
        told.reply.send(BridgeAnswer::Retry).unwrap();
        told.ticket
    });
    let again = told(&daemon, &format!(r#"{limit},"ticket":"{ticket}"}}"#)).await;
    assert_eq!(again, (200, r#"{"answer":"retry"}"#.to_owned()));
    assert_eq!(answering.await.unwrap(), ticket);

    // The other side of the channel is gone by now, as in a daemon that stops.
    assert_eq!(told(&daemon, &format!("{limit}}}")).await.1, r#"{"answer":"pass_on"}"#);
    assert_eq!(told(&daemon, r#"{"saw":"the sea"}"#).await.1, r#"{"answer":"noted"}"#);
}

#[tokio::test]
async fn a_bridge_hears_of_switches_and_of_sessions_to_carry_on_and_of_nothing_else() {
    let daemon = Daemon::start("first").await;
    let mut connection = TcpStream::connect(daemon.address).await.unwrap();
    let head = format!("authorization: Bearer {}\r\nhost: {}\r\n", daemon.token.reveal(), daemon.address);
    connection.write_all(format!("GET /v1/bridge/events HTTP/1.0\r\n{head}\r\n").as_bytes()).await.unwrap();
    while daemon.bridge.receiver_count() == 0 {
        tokio::task::yield_now().await;
    }
    daemon.bridge.send(BridgeEvent::of(&notice("now on work")).unwrap()).unwrap();
    assert_eq!(BridgeEvent::of(&NoticeView { event: "needs_login".to_owned(), ..notice("x") }), None);
    let (session, provider, model) = ("ses_1".to_owned(), "openai".to_owned(), "gpt".to_owned());
    let resume = BridgeEvent::Resume { session, from: provider.clone(), provider, model, agent: None };
    daemon.bridge.send(resume).unwrap();
    daemon.snapshots.send_replace(Arc::new(picture("second")));
    let expected = concat!(
        "event: switched\n",
        r#"data: {"provider":"openai","from":null,"to":"work","title":"now on work","body":""}"#,
        "\n\nevent: resume\n",
        r#"data: {"session":"ses_1","from":"openai","provider":"openai","model":"gpt","agent":null}"#,
        "\n\n",
    );
    let mut answer = vec![0; 64 * 1024];
    let mut length = 0;
    while !answer[..length].ends_with(b"null}\n\n") {
        length += connection.read(&mut answer[length..]).await.unwrap();
    }
    let answer = std::str::from_utf8(&answer[..length]).unwrap();
    assert_eq!(answer.split_once("\r\n\r\n").unwrap().1, expected);
    daemon.stop().await;
    assert_eq!(connection.read(&mut [0; 9]).await.unwrap(), 0, "the stream ends with the daemon");
}

/// A server whose feed the test holds.
struct Daemon {
    address: SocketAddr,
    token: Token,
    snapshots: watch::Sender<Arc<Snapshot>>,
    notices: broadcast::Sender<NoticeView>,
    asks: mpsc::Receiver<Asked>,
    told: mpsc::Receiver<Told>,
    bridge: broadcast::Sender<BridgeEvent>,
    shutdown: oneshot::Sender<()>,
    server: JoinHandle<std::io::Result<()>>,
}

impl Daemon {
    async fn start(version: &str) -> Self {
        let (snapshots, watched) = watch::channel(Arc::new(picture(version)));
        let (notices, _) = broadcast::channel(16);
        let (asking, asks) = mpsc::channel(16);
        let (telling, told) = mpsc::channel(16);
        let (shutdown, down) = oneshot::channel::<()>();
        let (bridge, _) = broadcast::channel(16);
        let feed =
            Feed { snapshots: watched, notices: notices.clone(), asks: asking, told: telling, bridge: bridge.clone() };
        let listener = bind().await.unwrap();
        let (address, token) = (listener.local_addr().unwrap(), Token::random());
        let server = tokio::spawn(serve(listener, token.clone(), feed, async {
            let _ = down.await;
        }));
        Self { address, token, snapshots, notices, asks, told, bridge, shutdown, server }
    }

    fn file(&self) -> ControlFile {
        ControlFile::of_this_process(self.address, self.token.clone())
    }

    async fn client(&self) -> Client {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("control.json");
        let _published = self.file().publish(&path).unwrap();
        Client::connect(&path).await.unwrap()
    }

    /// Sends a request as it is written; the answer's status and body.
    async fn raw(&self, request: &str) -> (u16, String) {
        let mut connection = TcpStream::connect(self.address).await.unwrap();
        let request = request.replacen("\r\n", "\r\nconnection: close\r\n", 1);
        connection.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        connection.read_to_string(&mut answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
    }

    async fn stop(self) {
        self.shutdown.send(()).unwrap();
        self.server.await.unwrap().unwrap();
    }
}

fn picture(version: &str) -> Snapshot {
    Snapshot {
        schema: "baton.status.v1".to_owned(),
        generated_at: "2026-11-20T23:32:03Z".to_owned(),
        failover: Failover { enabled: true, paused: false, paused_until: None },
        providers: Vec::new(),
        problems: Vec::new(),
        recent: Vec::new(),
        version: version.to_owned(),
        app: AppView::default(),
    }
}

fn notice(title: &str) -> NoticeView {
    NoticeView {
        schema: "baton.notice.v1".to_owned(),
        event: "switched".to_owned(),
        at: "2026-11-20T23:32:03Z".to_owned(),
        provider: "openai".to_owned(),
        account: Some("work".to_owned()),
        from: None,
        lane: None,
        title: title.to_owned(),
        body: String::new(),
        title_words: None,
        body_words: None,
    }
}

#[test]
fn a_newer_daemons_picture_is_read_and_what_is_new_in_it_is_kept_as_text() {
    let text = r#"{
        "schema": "baton.status.v1", "generated_at": "T", "failover": {"enabled": true, "paused": false, "mood": 1},
        "providers": [], "problems": [], "version": "9.0.0", "app": {
            "theme": "sepia", "language": "xx", "hide_emails": false, "icon": "moon", "font": "big"
        },
        "recent": [{"at": "T", "event": "teleported", "provider": "p", "account": null, "from": null, "reason": "r"}]
    }"#;
    let snapshot: Snapshot = serde_json::from_str(text).unwrap();
    assert_eq!(snapshot.recent[0].event, HistoryEvent::Other("teleported".to_owned()));
    assert_eq!(snapshot.app.theme, "sepia");
    let state: StandingState = serde_json::from_str("\"on_holiday\"").unwrap();
    assert_eq!(serde_json::to_string(&state).unwrap(), "\"on_holiday\"");
}
