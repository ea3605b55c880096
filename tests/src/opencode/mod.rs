//! Real OpenCode releases, each run in its test's home against the test's provider.

mod release;
mod server;
mod terminal;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

pub use release::RELEASES;
pub use server::{Events, Server};
pub use terminal::Terminal;

use crate::{Home, Process, Provider};

/// The model that a ChatGPT login uses.
pub const MODEL: &str = "openai/gpt-5.2-codex";

/// One release's program.
#[derive(Clone, Debug)]
pub struct OpenCode {
    version: String,
    program: PathBuf,
}

impl OpenCode {
    /// That release.
    pub fn release(version: &str) -> Self {
        Self { version: version.to_owned(), program: release::program(version) }
    }

    /// Its program in a home, without what only Baton is told there: a person's OpenCode doesn't know it either.
    fn command(&self, home: &Home) -> Command {
        let mut command = home.command(&self.program);
        command.env_remove("BATON_HOME");
        command
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
            "anthropic": {"npm": "@ai-sdk/anthropic", "options": {"baseURL": provider.url("/anthropic/v1")}, "models": {"claude": {"name": "claude", "limit": limit}}},
            "openai": {"npm": "@ai-sdk/openai", "api": login_url, "name": "OpenAI", "options": {"baseURL": login_url}, "models": {
                "gpt-5.2-codex": {"id": "gpt-5.2-codex", "name": "gpt-5.2-codex", "reasoning": true, "tool_call": true, "limit": limit},
                "gpt-5.2": {"id": "gpt-5.2", "name": "gpt-5.2", "reasoning": true, "tool_call": true, "limit": limit},
            }},
        }});
        home.write(&home.path(".config/opencode/opencode.json"), &config.to_string());
        self.place_packages(home, &home.path(".config/opencode"));
    }

    /// Leaves a folder of its configuration as it is after OpenCode's own first start with a network: it fetches the
    /// package that plugins are written with into each, and newer releases wait for that, a minute and more without
    /// a registry. The manifest and the lock are all that they look at.
    pub fn place_packages(&self, home: &Home, folder: &Path) {
        let version = &self.version;
        let wanted = json!({"dependencies": {"@opencode-ai/plugin": version}});
        let package = "node_modules/@opencode-ai/plugin";
        let files = [
            ("package.json", wanted.clone()),
            (
                "package-lock.json",
                json!({"lockfileVersion": 3, "packages": {"": wanted, package: {"version": version}}}),
            ),
            (&format!("{package}/package.json"), json!({"name": "@opencode-ai/plugin", "version": version})),
        ];
        for (file, text) in files {
            home.write(&folder.join(file), &text.to_string());
        }
    }

    /// The JavaScript runtime that it is, for a script.
    pub fn runtime(&self, home: &Home) -> Command {
        let mut command = self.command(home);
        command.env("BUN_BE_BUN", "1");
        command
    }

    /// Its server, for several projects and sessions.
    pub fn serve(&self, home: &Home) -> Server {
        self.serve_as(home, "opencode-serve")
    }

    /// The same beside others, under a name for its output.
    pub fn serve_as(&self, home: &Home, name: &str) -> Server {
        Server::start(self, home, name)
    }

    /// Its terminal interface, started with these words and ready to be typed into.
    pub fn terminal(&self, home: &Home, project: &Path, words: &[&str]) -> Terminal {
        Terminal::start(self, home, project, words)
    }

    /// Asks it one question, as a person does on the command line.
    pub fn run(&self, home: &Home, project: &Path, model: &str, name: &str) -> Turn {
        self.run_with(home, project, &["--model", model], name)
    }

    /// The same, with other words on the command line.
    pub fn run_with(&self, home: &Home, project: &Path, words: &[&str], name: &str) -> Turn {
        let mut command = self.command(home);
        command.arg("run").args(words).args(["--format", "json", "hi"]).current_dir(project);
        Turn { process: Process::start(&mut command, name, &home.logs()) }
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
        self.events().iter().filter_map(|event| event["part"]["text"].as_str()).collect()
    }

    /// The errors that the person was shown.
    pub fn errors(&self) -> Vec<Value> {
        self.events().into_iter().filter(|event| event["type"] == "error").collect()
    }

    fn events(&self) -> Vec<Value> {
        self.process.stdout().lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }
}
