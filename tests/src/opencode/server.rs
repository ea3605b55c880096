//! `opencode serve`: one process for several projects and sessions.

use std::path::Path;
use std::thread;
use std::time::Duration;

use reqwest::Method;
use serde_json::json;

use crate::http::{request, runtime, send};
use crate::{Home, MODEL, OpenCode, Process, eventually, get, post};

/// `opencode serve`.
#[derive(Debug)]
pub struct Server {
    #[expect(dead_code, reason = "held: it ends with the server")]
    process: Process,
    url: String,
}

impl Server {
    /// Starts it.
    pub(super) fn start(opencode: &OpenCode, home: &Home) -> Self {
        let mut command = home.command(opencode.program());
        command.args(["serve", "--hostname", "127.0.0.1", "--port", "0"]);
        let process = Process::start(&mut command, "opencode-serve", &home.logs());
        let url = eventually("opencode serve says where it listens", Duration::from_secs(60), || {
            let line =
                process.stdout().lines().find_map(|line| Some(line.split_once("listening on ")?.1.to_owned()))?;
            Some(line.trim().to_owned())
        });
        // Its first answers can hang: each try is short.
        eventually("opencode serve answers", Duration::from_secs(60), || {
            get(&format!("{url}/global/health"), None, Duration::from_secs(2)).filter(|(status, _)| *status == 200)
        });
        Self { process, url }
    }

    /// A new session in a project.
    #[track_caller]
    pub fn session(&self, project: &Path) -> String {
        let url = self.in_project("/session", project);
        let created = eventually("a session is created", Duration::from_secs(60), || {
            post(&url, None, &json!({}), Duration::from_secs(10)).filter(|(status, _)| *status == 200)
        });
        created.1["id"].as_str().unwrap().to_owned()
    }

    /// A new session that begins as a copy of another.
    #[track_caller]
    pub fn fork(&self, project: &Path, session: &str) -> String {
        let url = self.in_project(&format!("/session/{session}/fork"), project);
        let (status, forked) = post(&url, None, &json!({}), Duration::from_secs(10)).unwrap();
        assert_eq!(status, 200, "{forked}");
        forked["id"].as_str().unwrap().to_owned()
    }

    /// Asks a session something; the answer's text comes when its turn is over.
    pub fn ask(&self, project: &Path, session: &str) -> thread::JoinHandle<String> {
        let (model_provider, model) = MODEL.split_once('/').unwrap();
        let body = json!({
            "model": {"providerID": model_provider, "modelID": model},
            "parts": [{"type": "text", "text": "hi"}],
        });
        let url = self.in_project(&format!("/session/{session}/message"), project);
        let asked = runtime().spawn(send(request(Method::POST, &url, None).json(&body), Duration::from_secs(150)));
        thread::spawn(move || {
            let (_, message) = runtime().block_on(asked).unwrap().unwrap_or_default();
            let parts = message["parts"].as_array().cloned().unwrap_or_default();
            parts.iter().filter(|part| part["type"] == "text").filter_map(|part| part["text"].as_str()).collect()
        })
    }

    fn in_project(&self, path: &str, project: &Path) -> String {
        format!("{}{path}?directory={}", self.url, project.display())
    }
}
