//! The demo's world: a temporary folder with Baton's and OpenCode's files in it, and the made-up provider.
//! Plays OpenCode's part as far as its files go: writes logins and log lines, reads `auth.json`.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use daemon::Paths;
use jiff::Timestamp;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::cast::{PROVIDER, Role};
use super::provider::Provider;

/// What every log line of the demo's one turn says of it.
const TURN: &str = "providerID=openai modelID=gpt-5.2-codex session.id=ses_e04b287b1ffeEIyqAiT5mSJjTX small=false agent=build \
                    mode=primary";

/// The demo's world.
#[derive(Debug)]
pub(super) struct Stage {
    home: TempDir,
    paths: Paths,
    provider: Provider,
}

impl Stage {
    /// Makes the folder, writes the settings, starts the provider.
    pub(super) async fn set() -> io::Result<Self> {
        let home = tempfile::Builder::new().prefix("baton-demo-").tempdir()?;
        let provider = Provider::start().await?;
        let paths = paths_in(home.path())?;
        fs::create_dir_all(&paths.opencode.log_dir)?;
        fs::create_dir_all(paths.config.parent().unwrap_or(home.path()))?;
        fs::write(&paths.config, settings(&provider.url()))?;
        let stage = Self { home, paths, provider };
        stage.log("INFO", "message=init")?;
        Ok(stage)
    }

    /// Removes everything.
    pub(super) fn strike(self) -> io::Result<()> {
        self.home.close()
    }

    /// The folder.
    pub(super) fn home(&self) -> &Path {
        self.home.path()
    }

    /// Baton's and OpenCode's places in it.
    pub(super) fn paths(&self) -> &Paths {
        &self.paths
    }

    /// Where the provider serves.
    pub(super) fn provider_url(&self) -> String {
        self.provider.url()
    }

    /// OpenCode's login with an account: it takes the place of the one before.
    pub(super) fn log_in(&self, role: Role) -> io::Result<()> {
        let entries = json!({ PROVIDER: role.login() });
        fs::write(&self.paths.opencode.auth_file, format!("{entries:#}"))
    }

    /// Whose login OpenCode has now; `None` also while the file is being written.
    pub(super) fn logged_in(&self) -> Option<Role> {
        let text = fs::read_to_string(&self.paths.opencode.auth_file).ok()?;
        let entries: Value = serde_json::from_str(&text).ok()?;
        Role::of_token(entries[PROVIDER]["access"].as_str()?)
    }

    /// OpenCode sends a request to the provider.
    pub(super) fn log_attempt(&self) -> io::Result<()> {
        self.log("INFO", &format!("message=stream {TURN}"))
    }

    /// The provider refuses it.
    pub(super) fn log_limit(&self) -> io::Result<()> {
        let error = "error.error=\"AI_APICallError: The usage limit has been reached\"";
        self.log("ERROR", &format!("message=\"stream error\" {TURN} {error}"))
    }

    /// One line as OpenCode 1.17 and newer write it.
    fn log(&self, level: &str, fields: &str) -> io::Result<()> {
        let time = Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S%.3fZ");
        let mut log =
            OpenOptions::new().create(true).append(true).open(self.paths.opencode.log_dir.join("opencode.log"))?;
        writeln!(log, "timestamp={time} level={level} run=0a5d6f43 {fields}")
    }
}

/// Every place inside the folder, whatever the person's own environment says.
fn paths_in(home: &Path) -> io::Result<Paths> {
    let places = [("BATON_HOME", "baton"), ("XDG_DATA_HOME", "data"), ("XDG_CONFIG_HOME", "config")];
    let var = |name: &str| {
        let (_, folder) = places.iter().find(|(known, _)| *known == name)?;
        Some(home.join(folder).into_os_string())
    };
    Paths::from_env(&var, Some(home.to_owned())).map_err(io::Error::other)
}

fn settings(url: &str) -> String {
    format!(
        "[vault]\nstore = \"file\"\n\n[providers.{PROVIDER}]\nusage_url = \"{url}/usage\"\ntoken_url = \"{url}/token\"\n"
    )
}
