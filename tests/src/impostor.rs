//! Somebody on loopback who answers in Baton's place, and never what Baton would.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::http::runtime;

/// How it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// With this text.
    Says(&'static str),
    /// With this status.
    Refuses(u16),
    /// Not at all.
    Never,
}

/// A server that isn't Baton; it ends with its test.
#[derive(Debug)]
pub struct Impostor {
    url: String,
    asked: Arc<AtomicUsize>,
    server: JoinHandle<()>,
}

impl Impostor {
    /// Begins to answer so, whatever it is asked.
    pub fn start(manner: Manner) -> Self {
        let asked = Arc::new(AtomicUsize::new(0));
        let counts = Arc::clone(&asked);
        let routes = Router::new().fallback(async move || {
            counts.fetch_add(1, Ordering::Relaxed);
            match manner {
                Manner::Says(text) => (StatusCode::OK, text),
                Manner::Refuses(status) => (StatusCode::from_u16(status).unwrap(), ""),
                Manner::Never => {
                    tokio::time::sleep(Duration::from_secs(3600)).await;
                    (StatusCode::OK, "")
                }
            }
        });
        let listener = runtime().block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = runtime().spawn(async move {
            let _ = axum::serve(listener, routes).await;
        });
        Self { url, asked, server }
    }

    /// Where it listens.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// How often it was asked.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

impl Drop for Impostor {
    fn drop(&mut self) {
        self.server.abort();
    }
}
