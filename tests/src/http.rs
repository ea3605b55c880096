//! Plain HTTP for tests that aren't asynchronous themselves: one runtime serves the provider and carries each request.

use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use reqwest::{Client, Method, RequestBuilder};
use serde_json::Value;
use tokio::runtime::Runtime;

/// A request's status and body; `null` where the body isn't JSON. `None` when there was no answer in time.
pub(crate) type Answer = Option<(u16, Value)>;

/// Gets JSON, with a bearer token where one is given.
pub fn get(url: &str, token: Option<&str>, within: Duration) -> Answer {
    runtime().block_on(send(request(Method::GET, url, token), within))
}

/// Posts JSON.
pub fn post(url: &str, token: Option<&str>, body: &Value, within: Duration) -> Answer {
    runtime().block_on(send(request(Method::POST, url, token).json(body), within))
}

/// Deletes.
pub fn delete(url: &str, token: Option<&str>, within: Duration) -> Answer {
    runtime().block_on(send(request(Method::DELETE, url, token), within))
}

/// What a stream has told so far.
#[derive(Clone, Debug, Default)]
pub struct Overheard(Arc<Mutex<Vec<u8>>>);

impl Overheard {
    /// All of it, up to now.
    pub fn bytes(&self) -> Vec<u8> {
        self.0.lock().unwrap().clone()
    }
}

/// Listens to a stream of events until its end, or the test's.
pub fn listen(url: &str, token: Option<&str>) -> Overheard {
    let overheard = Overheard::default();
    let (request, told) = (request(Method::GET, url, token), overheard.clone());
    runtime().spawn(async move {
        let Ok(mut response) = request.send().await else { return };
        while let Ok(Some(piece)) = response.chunk().await {
            told.0.lock().unwrap().extend_from_slice(&piece);
        }
    });
    overheard
}

pub(crate) fn request(method: Method, url: &str, token: Option<&str>) -> RequestBuilder {
    static CLIENT: OnceLock<Client> = OnceLock::new();
    let client = CLIENT.get_or_init(|| {
        // The client wants to know a TLS even though every test server is plain HTTP on loopback.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Client::builder().no_proxy().build().unwrap()
    });
    let request = client.request(method, url);
    match token {
        Some(token) => request.bearer_auth(token),
        None => request,
    }
}

pub(crate) async fn send(request: RequestBuilder, within: Duration) -> Answer {
    let response = request.timeout(within).send().await.ok()?;
    let status = response.status().as_u16();
    Some((status, response.json().await.unwrap_or(Value::Null)))
}

pub(crate) fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| Runtime::new().unwrap())
}
