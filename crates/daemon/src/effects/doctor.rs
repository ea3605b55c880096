//! Checks what is set up and what is not, and says how to mend it. Changes nothing.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::bridge::PART;
use super::{Effects, LAST};
use crate::control::{Check, CheckState, Problem};
use crate::opencode::config::key_overrides;

impl Effects {
    /// Every check, in the order in which a newcomer meets the parts.
    pub(crate) async fn doctor(self: &Arc<Self>) -> Vec<Check> {
        let paths = &self.world.paths;
        let mut checks = vec![
            opencode_program(),
            self.auth_file_check(),
            log_check(&paths.opencode.log_dir),
            self.keychain_check().await,
            self.accounts_check(),
            self.history_check().await,
            self.bridge_check().await,
        ];
        checks.extend(self.override_checks());
        let covered = ["auth_file", "log", "keychain", "logins", PART];
        let others = self.problems().into_iter().filter(|problem| !covered.contains(&problem.part.as_str()));
        checks.extend(others.map(|Problem { part, message, remedy }| Check {
            state: if LAST.contains(&part.as_str()) { CheckState::Warning } else { CheckState::Broken },
            name: part,
            found: message,
            remedy,
        }));
        checks
    }

    fn auth_file_check(&self) -> Check {
        let path = self.auth_file.path().display();
        match self.auth_file.read() {
            Ok(entries) if entries.is_missing() => {
                warning("auth_file", format!("{path} isn't there yet"), "log in with `opencode auth login`")
            }
            Ok(entries) => {
                let providers: Vec<&str> = entries.iter().map(|(provider, _)| provider.as_str()).collect();
                ok("auth_file", format!("{path} has logins for: {}", providers.join(", ")))
            }
            Err(fault) => broken("auth_file", fault.to_string(), "mend it, or log in again with `opencode auth login`"),
        }
    }

    async fn keychain_check(&self) -> Check {
        let vault = &self.world.vault;
        match vault.check().await {
            Ok(()) => ok("keychain", format!("credentials rest in {}", vault.name())),
            Err(fault) => {
                let remedy = "unlock or install a keychain (on Linux a Secret Service such as gnome-keyring), or choose \
                              `[vault] store = \"file\"` in the settings";
                broken("keychain", fault.to_string(), remedy)
            }
        }
    }

    fn accounts_check(&self) -> Check {
        let count = self.book().rows().count();
        match count {
            0 => warning("accounts", "no account is saved yet".to_owned(), "run `baton add`"),
            1 => warning("accounts", "one account is saved".to_owned(), "log in with a second one to have a fallback"),
            _ => ok("accounts", format!("{count} accounts are saved")),
        }
    }

    async fn history_check(self: &Arc<Self>) -> Check {
        let effects = Arc::clone(self);
        let found = match tokio::task::spawn_blocking(move || effects.check_history()).await {
            Ok(found) => found,
            Err(fault) => return broken("history", fault.to_string(), "look into Baton's log"),
        };
        match found {
            Ok(sources) if sources.is_empty() => ok("history", "OpenCode has no messages yet".to_owned()),
            Ok(sources) => {
                let paths: Vec<_> = sources.iter().map(|source| source.path().display().to_string()).collect();
                ok("history", format!("what was spent is read from {}", paths.join(", ")))
            }
            Err(fault) => {
                let remedy = "`baton spend` misses what is in there, until it can be read; nothing else needs it";
                warning("history", fault.to_string(), remedy)
            }
        }
    }

    /// Settings of OpenCode's that make it ignore what Baton writes.
    fn override_checks(&self) -> Vec<Check> {
        let config_dir = &self.world.paths.opencode.config_dir;
        let overridden = key_overrides(config_dir).into_iter().map(|(provider, file)| {
            let found = format!("{} sets `options.apiKey` for {provider}", file.display());
            let remedy = "take it out: OpenCode uses it instead of the active account";
            warning("override", found, remedy)
        });
        let content = self.world.opencode_auth_content.then(|| {
            let found = "OPENCODE_AUTH_CONTENT is set".to_owned();
            warning("override", found, "unset it where OpenCode is started: it makes OpenCode ignore auth.json")
        });
        overridden.chain(content).collect()
    }
}

fn opencode_program() -> Check {
    match find_program("opencode") {
        Some(path) => ok("opencode", format!("found at {}", path.display())),
        None => {
            let remedy = "install it, or put its folder on PATH; Baton works without, as soon as its files are there";
            warning("opencode", "`opencode` isn't on PATH".to_owned(), remedy)
        }
    }
}

fn find_program(name: &str) -> Option<PathBuf> {
    let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    std::env::split_paths(&std::env::var_os("PATH")?).map(|dir| dir.join(&file)).find(|path| path.is_file())
}

fn log_check(dir: &Path) -> Check {
    match std::fs::read_dir(dir) {
        Ok(files) => {
            let logs = files.flatten().filter(|file| file.path().extension().is_some_and(|kind| kind == "log")).count();
            ok("log", format!("{} has {logs} log files", dir.display()))
        }
        Err(source) => warning(
            "log",
            format!("{} can't be read: {source}", dir.display()),
            "start OpenCode once; Baton waits for it",
        ),
    }
}

pub(super) fn ok(name: &str, found: String) -> Check {
    Check { name: name.to_owned(), state: CheckState::Ok, found, remedy: None }
}

pub(super) fn warning(name: &str, found: String, remedy: &str) -> Check {
    Check { name: name.to_owned(), state: CheckState::Warning, found, remedy: Some(remedy.to_owned()) }
}

pub(super) fn broken(name: &str, found: String, remedy: &str) -> Check {
    Check { name: name.to_owned(), state: CheckState::Broken, found, remedy: Some(remedy.to_owned()) }
}
