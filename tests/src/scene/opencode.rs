//! What the person does with OpenCode.

use std::path::Path;

use super::Scene;
use crate::{MODEL, OpenCode, Server, Terminal, Turn};

impl Scene {
    /// Puts OpenCode on the person's PATH.
    pub fn opencode_on_path(&mut self) {
        let folder = self.installed().folder();
        let path = std::env::var("PATH").unwrap_or_default();
        self.home.set("PATH", format!("{}:{path}", folder.display()));
    }

    /// A git project of the person's.
    pub fn project(&self, name: &str) -> std::path::PathBuf {
        self.home.project(name)
    }

    /// Asks the installed OpenCode one question in a project.
    pub fn ask(&self, project: &Path) -> Turn {
        self.ask_model(project, MODEL)
    }

    /// Asks one of its models, as `PROVIDER/MODEL`.
    pub fn ask_model(&self, project: &Path, model: &str) -> Turn {
        self.installed().run(&self.home, project, model, "opencode-run")
    }

    /// Asks one of its agents.
    pub fn ask_agent(&self, project: &Path, agent: &str) -> Turn {
        self.installed().run_with(&self.home, project, &["--agent", agent], "opencode-run")
    }

    /// Opens the installed OpenCode's terminal interface.
    pub fn terminal(&self, project: &Path, words: &[&str]) -> Terminal {
        self.installed().terminal(&self.home, project, words)
    }

    /// Starts the installed OpenCode's server.
    pub fn serve(&self) -> Server {
        self.installed().serve(&self.home)
    }

    /// Starts another one beside it.
    pub fn serve_as(&self, name: &str) -> Server {
        self.installed().serve_as(&self.home, name)
    }

    fn installed(&self) -> &OpenCode {
        self.opencode.as_ref().unwrap_or_else(|| panic!("this scene has no OpenCode"))
    }
}
