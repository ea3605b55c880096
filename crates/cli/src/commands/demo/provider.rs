//! The made-up provider: a usage and a token endpoint on loopback, of the shape that the real one has.
//! Knows only the demo's accounts.

use std::net::SocketAddr;

use axum::Json;
use axum::Router;
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::cast::Role;

/// The running provider; it ends when this is dropped.
#[derive(Debug)]
pub(super) struct Provider {
    address: SocketAddr,
    server: JoinHandle<std::io::Result<()>>,
}

impl Provider {
    /// Serves on a port of this machine that nobody else has.
    pub(super) async fn start() -> std::io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let router = Router::new().route("/usage", get(usage)).route("/token", post(refuse_token));
        let server = tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self { address, server })
    }

    /// Where it serves.
    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn usage(headers: HeaderMap) -> Result<Json<Value>, StatusCode> {
    let bearer = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    bearer.and_then(Role::of_token).map(|role| Json(role.usage())).ok_or(StatusCode::UNAUTHORIZED)
}

/// The demo's tokens are fresh; nobody should ask for new ones.
async fn refuse_token() -> (StatusCode, Json<Value>) {
    (StatusCode::BAD_REQUEST, Json(json!({ "error": "invalid_grant" })))
}
