//! Checks what is set up and what is not, and says how to mend it. Changes nothing.

use std::path::Path;
use std::sync::Arc;

use super::bridge::PART;
use super::{Effects, LAST};
use crate::control::{Check, CheckState, Problem, Words, phrases};
use crate::opencode::config::key_overrides;
use crate::paths::OpenCodePaths;
use crate::words;

impl Effects {
    /// Every check, in the order in which a newcomer meets the parts.
    pub(crate) async fn doctor(self: &Arc<Self>) -> Vec<Check> {
        let paths = &self.world.paths;
        let mut checks = vec![
            opencode_check(&paths.opencode),
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
        checks.extend(others.map(|Problem { part, message, message_words, remedy, remedy_words }| Check {
            state: if LAST.contains(&part.as_str()) { CheckState::Warning } else { CheckState::Broken },
            name: part,
            found: message,
            found_words: message_words,
            remedy,
            remedy_words,
        }));
        checks
    }

    fn auth_file_check(&self) -> Check {
        let path = self.auth_file.path().display().to_string();
        match self.auth_file.read() {
            Ok(entries) if entries.is_missing() => {
                warning("auth_file", phrases::not_there_yet(path), "log in with `opencode auth login`")
            }
            Ok(entries) => {
                let providers: Vec<&str> = entries.iter().map(|(provider, _)| provider.as_str()).collect();
                match providers.is_empty() {
                    true => warning("auth_file", phrases::has_no_logins(path), "log in with `opencode auth login`"),
                    false => ok("auth_file", phrases::has_logins(path, providers.join(", "))),
                }
            }
            Err(fault) => {
                broken("auth_file", words::auth_file(&fault), "mend it, or log in again with `opencode auth login`")
            }
        }
    }

    async fn keychain_check(&self) -> Check {
        let vault = self.world.vault();
        match vault.check().await {
            Ok(()) => ok("keychain", phrases::credentials_in(Words::from(vault.name()))),
            Err(fault) => {
                let remedy = "unlock or install a keychain (on Linux a Secret Service such as gnome-keyring), or keep \
                              credentials in a file: `baton vault file`";
                broken("keychain", words::vault(&fault), remedy)
            }
        }
    }

    fn accounts_check(&self) -> Check {
        let count = self.book().rows().count();
        match count {
            0 => warning("accounts", "no account is saved yet", "run `baton add`"),
            1 => warning("accounts", "one account is saved", "log in with a second one to have a fallback"),
            _ => ok("accounts", phrases::accounts_saved(count)),
        }
    }

    async fn history_check(self: &Arc<Self>) -> Check {
        let effects = Arc::clone(self);
        let found = match tokio::task::spawn_blocking(move || effects.check_history()).await {
            Ok(found) => found,
            Err(fault) => return broken("history", fault.to_string(), "look into Baton's log"),
        };
        match found {
            Ok(sources) if sources.is_empty() => ok("history", "OpenCode has no messages yet"),
            Ok(sources) => {
                let paths: Vec<_> = sources.iter().map(|source| source.path().display().to_string()).collect();
                ok("history", phrases::spend_read_from(paths.join(", ")))
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
            let found = phrases::key_overridden(file.display().to_string(), provider.to_string());
            let remedy = "take it out: OpenCode uses it instead of the active account";
            warning("override", found, remedy)
        });
        let content = self.world.opencode_auth_content.then(|| {
            let found = "OPENCODE_AUTH_CONTENT is set";
            warning("override", found, "unset it where OpenCode is started: it makes OpenCode ignore auth.json")
        });
        overridden.chain(content).collect()
    }
}

fn opencode_check(opencode: &OpenCodePaths) -> Check {
    match opencode.program() {
        Some(path) => ok("opencode", phrases::found_at(path.display().to_string())),
        None => {
            let remedy = "install it, or put its folder on PATH; Baton works without, as soon as its files are there";
            warning("opencode", "`opencode` is neither on PATH nor where its installers put it", remedy)
        }
    }
}

fn log_check(dir: &Path) -> Check {
    match std::fs::read_dir(dir) {
        Ok(files) => {
            let logs = files.flatten().filter(|file| file.path().extension().is_some_and(|kind| kind == "log")).count();
            ok("log", phrases::has_logs(dir.display().to_string(), logs))
        }
        Err(source) => {
            let found = phrases::cant_be_read(dir.display().to_string(), source.to_string());
            warning("log", found, "start OpenCode once; Baton waits for it")
        }
    }
}

pub(super) fn ok(name: &str, found: impl Into<Words>) -> Check {
    Check::new(name, CheckState::Ok, found, None)
}

pub(super) fn warning(name: &str, found: impl Into<Words>, remedy: &str) -> Check {
    Check::new(name, CheckState::Warning, found, Some(remedy.into()))
}

pub(super) fn broken(name: &str, found: impl Into<Words>, remedy: &str) -> Check {
    Check::new(name, CheckState::Broken, found, Some(remedy.into()))
}
