//! The bridge inside OpenCode: put there, taken out, kept current, and what is to be said of it.

use std::time::Duration;

use engine::AccountId;

use super::{Done, Effects};
use crate::control::{BridgeAct, BridgeState, BridgeView, Check, ErrorCode, Failure, Reply, Words, phrases};
use crate::opencode::bridge::{Bridge, BridgeError, Found};
use crate::words;

/// The part that its trouble is reported under.
pub(super) const PART: &str = "bridge";

/// How long the registry may take to show that it is there.
const REGISTRY_LIMIT: Duration = Duration::from_secs(3);

impl Effects {
    /// Puts the bridge into OpenCode, takes it out, or only tells of it.
    pub(crate) async fn bridge(&self, act: BridgeAct) -> Done {
        let failed = |fault: BridgeError| Failure::new(ErrorCode::Failed, words::bridge(&fault));
        match act {
            BridgeAct::Install => self.place().install().map_err(failed)?,
            BridgeAct::Uninstall => self.place().uninstall().map_err(failed)?,
            BridgeAct::Status => {}
        }
        let found = self.place().found().map_err(failed)?;
        self.note_bridge(Ok(&found));
        let warning = match found {
            Found::Current | Found::Other { .. } | Found::Elsewhere { .. } => self.stall().await,
            Found::Absent | Found::Foreign => None,
        };
        Ok((Reply::Bridge { bridge: self.bridge_view(&found, warning) }, Vec::new()))
    }

    /// Brings the bridge up to date, where this Baton has put one into OpenCode.
    pub(crate) fn update_bridge(&self) {
        let updated = self.place().update();
        self.note_bridge(updated.as_ref());
    }

    /// Whether a running OpenCode takes a switch in at once, thanks to the bridge: another key, or another login. It can't
    /// put one kind in the place of the other.
    pub(crate) fn spares_restart(&self, from: Option<&AccountId>, to: &AccountId) -> bool {
        let same_kind = {
            let book = self.book();
            let kind = |id: &AccountId| book.row(id).map(|row| row.kind);
            from.is_some_and(|from| kind(from) == kind(to))
        };
        same_kind && matches!(self.place().found(), Ok(Found::Current))
    }

    /// The doctor's line about it.
    pub(super) async fn bridge_check(&self) -> Check {
        let found = match self.place().found() {
            Ok(found) => found,
            Err(fault) => {
                return super::doctor::broken(PART, words::bridge(&fault), "make the file readable for your user");
            }
        };
        let view = self.bridge_view(&found, None);
        match (&found, self.stall().await) {
            (Found::Absent, _) => {
                super::doctor::ok(PART, "not installed: `baton bridge install` makes failover invisible")
            }
            (Found::Current, None) => super::doctor::ok(PART, phrases::installed_at(view.file)),
            (Found::Current, Some(warning)) => {
                super::doctor::warning(PART, warning, "start OpenCode once while the network is there")
            }
            (Found::Other { .. } | Found::Elsewhere { .. } | Found::Foreign, _) => {
                super::doctor::warning(PART, self.note(&found).unwrap_or_else(|| view.file.into()), remedy(view.state))
            }
        }
    }

    fn place(&self) -> Bridge<'_> {
        let paths = &self.world.paths;
        Bridge { config_dir: &paths.opencode.config_dir, control: &paths.control, auth_file: self.auth_file.path() }
    }

    fn bridge_view(&self, found: &Found, warning: Option<Words>) -> BridgeView {
        let file = self.place().file().display().to_string();
        let own = || Some(env!("CARGO_PKG_VERSION").to_owned());
        let (state, version) = match found {
            Found::Absent => (BridgeState::Absent, None),
            Found::Current => (BridgeState::Installed, own()),
            Found::Other { version } => (BridgeState::Outdated, Some(version.clone())),
            Found::Elsewhere { .. } => (BridgeState::Outdated, None),
            Found::Foreign => (BridgeState::Foreign, None),
        };
        let (note, note_words) = self.note(found).map(Words::split).unzip();
        let (warning, warning_words) = warning.map(Words::split).unzip();
        let (note_words, warning_words) = (note_words.flatten(), warning_words.flatten());
        BridgeView { state, file, version, note, note_words, warning, warning_words }
    }

    /// What keeps it from working with this Baton, in words.
    fn note(&self, found: &Found) -> Option<Words> {
        let file = self.place().file().display().to_string();
        match found {
            Found::Absent | Found::Current => None,
            Found::Other { version } => {
                Some(phrases::bridge_of_other(file, version.as_str(), env!("CARGO_PKG_VERSION")))
            }
            Found::Elsewhere { control } => Some(phrases::bridge_elsewhere(file, control.display().to_string())),
            Found::Foreign => Some(phrases::bridge_foreign(file)),
        }
    }

    /// Shows what keeps an installed bridge from working with this Baton.
    fn note_bridge(&self, found: Result<&Found, &BridgeError>) {
        let problem = match found {
            Ok(Found::Absent | Found::Current | Found::Foreign) => None,
            Ok(found @ (Found::Other { .. } | Found::Elsewhere { .. })) => {
                self.note(found).map(|note| (note, Some(remedy(BridgeState::Outdated))))
            }
            Err(fault) => {
                Some((words::bridge(fault), Some("let your user write that file, then `baton bridge install`")))
            }
        };
        self.set_problem(PART, problem);
    }

    /// Why OpenCode's next start may stall; `None` where it won't.
    async fn stall(&self) -> Option<Words> {
        let registry = &self.world.package_registry;
        if self.place().has_package() || self.world.http.reaches(registry, REGISTRY_LIMIT).await {
            return None;
        }
        Some(phrases::bridge_stalls(registry.as_str()))
    }
}

fn remedy(state: BridgeState) -> &'static str {
    match state {
        BridgeState::Foreign => "move it away, then `baton bridge install`",
        BridgeState::Absent | BridgeState::Installed | BridgeState::Outdated => "`baton bridge install`",
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::Home;
    use super::*;
    use crate::providers::tests::{Server, answer};

    async fn view(home: &Home, act: BridgeAct) -> BridgeView {
        let Reply::Bridge { bridge } = home.effects.bridge(act).await.unwrap().0 else { panic!("a bridge") };
        bridge
    }

    #[tokio::test]
    async fn a_person_installs_it_looks_at_it_and_takes_it_out() {
        let mut home = Home::new();
        let registry = Server::start(answer(404, "{}")).await;
        home.effects.world.package_registry = registry.endpoints().usage_url.unwrap();
        assert_eq!(view(&home, BridgeAct::Status).await.state, BridgeState::Absent);
        let installed = view(&home, BridgeAct::Install).await;
        assert_eq!((installed.state, &installed.warning), (BridgeState::Installed, &None));
        assert!(std::path::Path::new(&installed.file).is_file());
        assert_eq!(view(&home, BridgeAct::Status).await, installed);
        assert_eq!(view(&home, BridgeAct::Uninstall).await.state, BridgeState::Absent);
        assert!(home.effects.problems().is_empty());
    }

    #[tokio::test]
    async fn a_start_that_would_stall_is_warned_of() {
        let mut home = Home::new();
        home.effects.world.package_registry = "http://127.0.0.1:1/".to_owned();
        assert_eq!(view(&home, BridgeAct::Status).await.warning, None, "nothing is installed");
        let warning = view(&home, BridgeAct::Install).await.warning.unwrap();
        assert!(warning.contains("takes about a minute"), "{warning}");
        let package = home.effects.world.paths.opencode.config_dir.join("node_modules/@opencode-ai/plugin");
        std::fs::create_dir_all(package).unwrap();
        assert_eq!(view(&home, BridgeAct::Status).await.warning, None);
    }

    #[tokio::test]
    async fn an_older_copy_is_replaced_at_the_next_start_and_somebody_elses_file_is_left_alone() {
        let home = Home::new();
        let file = home.effects.place().file();
        home.effects.update_bridge();
        assert!(!file.exists(), "nobody asked for it");
        home.effects.place().install().unwrap();
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::write(&file, text.replacen(env!("CARGO_PKG_VERSION"), "0.0.1", 1)).unwrap();
        home.effects.update_bridge();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
        std::fs::write(&file, "// mine").unwrap();
        home.effects.update_bridge();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "// mine");
        let refused = home.effects.bridge(BridgeAct::Install).await.unwrap_err();
        assert!(refused.failure.message.contains("isn't Baton's: move it away"), "{}", refused.failure.message);
    }
}
