//! A server of new versions of the app, with a release that is signed with a key of the tests' own. The program in it
//! ends at once.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::http::runtime;

const KEY: &str = include_str!("../fixtures/updates/key.pub");
const SIGNATURE: &str = include_str!("../fixtures/updates/release.sig");

type Files = Arc<Mutex<BTreeMap<String, Vec<u8>>>>;

/// The server; it ends with its test.
#[derive(Debug)]
pub struct UpdateServer {
    url: String,
    files: Files,
    server: JoinHandle<()>,
}

impl UpdateServer {
    /// The release's program, as it is signed.
    pub const RELEASE: &[u8] = include_bytes!("../fixtures/updates/release");
    /// The version that it is signed for.
    pub const VERSION: &str = "99.0.0";

    /// A server that has nothing yet.
    pub fn start() -> Self {
        let files = Files::default();
        let routes = Router::new().fallback(file).with_state(Arc::clone(&files));
        let listener = runtime().block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = runtime().spawn(async move {
            let _ = axum::serve(listener, routes).await;
        });
        Self { url, files, server }
    }

    /// Offers a program as this version, in a channel, with the one signature that there is.
    pub fn offer(&self, channel: &str, version: &str, program: &[u8]) {
        let platform = format!("linux-{}", std::env::consts::ARCH);
        let url = format!("{}/{channel}/baton", self.url);
        let signature = STANDARD.encode(SIGNATURE);
        let manifest = json!({"version": version, "platforms": {platform: {"url": url, "signature": signature}}});
        self.put(format!("/{channel}.json"), manifest.to_string().into_bytes());
        self.put(format!("/{channel}/baton"), program.to_vec());
    }

    /// What a build for development takes in place of what a release is built with.
    pub fn source(&self) -> String {
        let endpoint = format!("{}/{{{{channel}}}}.json", self.url);
        json!({"endpoints": [endpoint], "pubkey": STANDARD.encode(KEY)}).to_string()
    }

    fn put(&self, path: String, bytes: Vec<u8>) {
        self.files.lock().unwrap().insert(path, bytes);
    }
}

impl Drop for UpdateServer {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn file(State(files): State<Files>, path: Uri) -> Result<Vec<u8>, StatusCode> {
    files.lock().unwrap().get(path.path()).cloned().ok_or(StatusCode::NOT_FOUND)
}
