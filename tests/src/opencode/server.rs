//! `opencode serve`: one process for several projects and sessions.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

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
    pub(super) fn start(opencode: &OpenCode, home: &Home, name: &str) -> Self {
        let mut command = opencode.command(home);
        command.args(["serve", "--hostname", "127.0.0.1", "--port", "0"]);
        let process = Process::start(&mut command, name, &home.logs());
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
        self.ask_with(project, session, MODEL, &json!({}))
    }

    /// The same of another model, with `more` in the request: an `agent`.
    pub fn ask_with(&self, project: &Path, session: &str, model: &str, more: &Value) -> thread::JoinHandle<String> {
        let (provider, model) = model.split_once('/').unwrap();
        let mut body = more.clone();
        body["model"] = json!({"providerID": provider, "modelID": model});
        body["parts"] = json!([{"type": "text", "text": "hi"}]);
        let url = self.in_project(&format!("/session/{session}/message"), project);
        let asked = runtime().spawn(send(request(Method::POST, &url, None).json(&body), Duration::from_secs(150)));
        thread::spawn(move || {
            let (_, message) = runtime().block_on(asked).unwrap().unwrap_or_default();
            text_of(&message)
        })
    }

    /// The texts of a session's answers, oldest first.
    #[track_caller]
    pub fn answers(&self, project: &Path, session: &str) -> Vec<String> {
        let url = self.in_project(&format!("/session/{session}/message"), project);
        let messages = eventually("a session's messages", Duration::from_secs(20), || {
            get(&url, None, Duration::from_secs(5)).filter(|(status, _)| *status == 200)
        });
        let messages = messages.1.as_array().cloned().unwrap_or_default();
        let answers = messages.iter().filter(|message| message["info"]["role"] == "assistant");
        answers.map(text_of).filter(|text| !text.is_empty()).collect()
    }

    /// How a session's turn is: `idle`, `busy`, `retry`.
    #[track_caller]
    pub fn state(&self, project: &Path, session: &str) -> String {
        let url = self.in_project("/session/status", project);
        let (_, states) = get(&url, None, Duration::from_secs(5)).unwrap_or_default();
        states[session]["type"].as_str().unwrap_or("idle").to_owned()
    }

    /// Ends a session's turn, as the person does by pressing escape.
    #[track_caller]
    pub fn abort(&self, project: &Path, session: &str) {
        let url = self.in_project(&format!("/session/{session}/abort"), project);
        let (status, answer) = post(&url, None, &json!({}), Duration::from_secs(20)).unwrap();
        assert_eq!(status, 200, "{answer}");
    }

    /// Writes down what it tells its windows, from now on.
    #[track_caller]
    pub fn watch(&self) -> Events {
        let told = Arc::new(Mutex::new(Vec::new()));
        let stream = request(Method::GET, &format!("{}/global/event", self.url), None);
        let writes = Arc::clone(&told);
        let reader = runtime().spawn(async move {
            let mut unread = String::new();
            let Ok(mut stream) = stream.send().await else { return };
            while let Ok(Some(bytes)) = stream.chunk().await {
                unread += &String::from_utf8_lossy(&bytes);
                while let Some((event, rest)) = unread.split_once("\n\n") {
                    let data = event.strip_prefix("data: ").and_then(|data| serde_json::from_str::<Value>(data).ok());
                    writes.lock().unwrap().extend(data.map(|mut data| data["payload"].take()));
                    unread = rest.to_owned();
                }
            }
        });
        let events = Events { told, reader };
        eventually("events come", Duration::from_secs(20), || (!events.all().is_empty()).then_some(()));
        events
    }

    fn in_project(&self, path: &str, project: &Path) -> String {
        format!("{}{path}?directory={}", self.url, project.display())
    }
}

fn text_of(message: &Value) -> String {
    let parts = message["parts"].as_array().into_iter().flatten();
    parts.filter(|part| part["type"] == "text").filter_map(|part| part["text"].as_str()).collect()
}

/// What a server tells its windows.
#[derive(Debug)]
pub struct Events {
    told: Arc<Mutex<Vec<Value>>>,
    reader: JoinHandle<()>,
}

impl Events {
    /// Everything so far.
    pub fn all(&self) -> Vec<Value> {
        self.told.lock().unwrap().clone()
    }

    /// What a person would have noticed as trouble: errors, and waiting for another try.
    pub fn troubles(&self) -> Vec<Value> {
        let trouble = |event: &Value| {
            event["type"] == "session.error"
                || event["properties"]["status"]["type"] == "retry"
                || event["properties"]["part"]["type"] == "retry"
        };
        self.all().into_iter().filter(trouble).collect()
    }

    /// The events of one type.
    pub fn of_type(&self, name: &str) -> Vec<Value> {
        self.all().into_iter().filter(|event| event["type"] == name).collect()
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        self.reader.abort();
    }
}
