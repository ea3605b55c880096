//! Plain HTTP for tests that aren't asynchronous themselves: one runtime serves the provider and carries each request.

use std::sync::OnceLock;
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
