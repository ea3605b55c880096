//! A person's home in a temp folder, and the environment of the programs that run there: nothing of the machine's own
//! user reaches them.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use serde_json::Value;
use tempfile::TempDir;

/// A home folder of one test's own.
#[derive(Debug)]
pub struct Home {
    folder: TempDir,
    variables: BTreeMap<String, String>,
}

impl Home {
    /// An empty home.
    pub fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("baton-e2e-").tempdir().unwrap();
        for name in ["run", "tmp", "logs", "baton"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        fs::set_permissions(folder.path().join("run"), fs::Permissions::from_mode(0o700)).unwrap();
        let in_home = |name: &str| folder.path().join(name).display().to_string();
        let variables = [
            ("HOME", folder.path().display().to_string()),
            ("PATH", env::var("PATH").unwrap_or_default()),
            ("LANG", "C.UTF-8".to_owned()),
            ("TMPDIR", in_home("tmp")),
            ("XDG_RUNTIME_DIR", in_home("run")),
            ("BATON_HOME", in_home("baton")),
            ("GIT_CONFIG_NOSYSTEM", "1".to_owned()),
            ("OPENCODE_DISABLE_AUTOUPDATE", "1".to_owned()),
            ("OPENCODE_DISABLE_MODELS_FETCH", "1".to_owned()),
            // Nothing is fetched while a test runs; OpenCode finds the packages that it would fetch.
            ("npm_config_registry", "http://127.0.0.1:9/".to_owned()),
        ];
        let variables = variables.map(|(name, value)| (name.to_owned(), value)).into();
        Self { folder, variables }
    }

    /// A path in it.
    pub fn path(&self, inside: &str) -> PathBuf {
        self.folder.path().join(inside)
    }

    /// Where the output of the test's programs goes.
    pub fn logs(&self) -> PathBuf {
        self.path("logs")
    }

    /// OpenCode's credentials.
    pub fn auth_file(&self) -> PathBuf {
        self.path(".local/share/opencode/auth.json")
    }

    /// One of Baton's files.
    pub fn baton(&self, inside: &str) -> PathBuf {
        self.path("baton").join(inside)
    }

    /// Sets a variable for programs that are started from now on.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        self.variables.insert(name.to_owned(), value.into());
    }

    /// A program in this home, in a cleared environment.
    pub fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        command.env_clear().envs(&self.variables).current_dir(self.folder.path()).stdin(std::process::Stdio::null());
        command
    }

    /// Arguments and environment of every program that runs in this home now, each with a name for it.
    pub fn programs(&self) -> Vec<(String, Vec<u8>)> {
        let home = self.folder.path().display().to_string().into_bytes();
        let mut found = Vec::new();
        for process in fs::read_dir("/proc").into_iter().flatten().flatten() {
            let read = |what: &str| fs::read(process.path().join(what)).unwrap_or_default();
            let environment = read("environ");
            if environment.windows(home.len()).any(|part| part == home) {
                let arguments = read("cmdline");
                let program = arguments.split(|byte| *byte == 0).next().unwrap_or_default();
                let name = format!("{} {}", String::from_utf8_lossy(program), process.path().display());
                found.push((format!("arguments of {name}"), arguments));
                found.push((format!("environment of {name}"), environment));
            }
        }
        found
    }

    /// A folder with a git repository in it, made when it isn't there.
    pub fn project(&self, name: &str) -> PathBuf {
        let project = self.path(name);
        if !project.exists() {
            let made = self.command("git").args(["init", "--quiet"]).arg(&project).status().unwrap();
            assert!(made.success(), "git init {}", project.display());
        }
        project
    }

    /// Writes a file, with the folders that it needs.
    pub fn write(&self, path: &Path, text: &str) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// What OpenCode's credentials are now; `None` when there are none, or they are half written.
    pub fn auth(&self) -> Option<Value> {
        serde_json::from_slice(&fs::read(self.auth_file()).ok()?).ok()
    }

    /// Puts an entry into OpenCode's credentials the way OpenCode does: the whole file in place, without a lock.
    pub fn set_auth(&self, provider: &str, entry: Value) {
        let mut auth = self.auth().unwrap_or_else(|| Value::Object(serde_json::Map::new()));
        auth[provider] = entry;
        let new = !self.auth_file().exists();
        self.write(&self.auth_file(), &serde_json::to_string_pretty(&auth).unwrap());
        if new {
            fs::set_permissions(self.auth_file(), fs::Permissions::from_mode(0o600)).unwrap();
        }
    }
}

impl Default for Home {
    fn default() -> Self {
        Self::new()
    }
}

/// One of the project's programs, as built beside this test.
///
/// # Panics
/// When it hasn't been built: `cargo xtask test` does that first.
pub fn built(program: &str) -> PathBuf {
    let test = env::current_exe().unwrap();
    let path = test.ancestors().nth(2).unwrap().join(program);
    assert!(
        path.is_file(),
        "{} isn't built: run `cargo xtask test`, or `cargo build --workspace --bins`",
        path.display()
    );
    path
}
