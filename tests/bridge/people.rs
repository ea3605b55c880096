//! Who the stories are about.

use std::path::PathBuf;
use std::time::Duration;

use e2e::{Behaviour, Events, Login, MODEL, Scene, Server, Vault};
use serde_json::json;

/// A whole turn, on a machine with much to do.
pub(crate) const TURN: Duration = Duration::from_secs(90);
/// A model of the provider with API keys.
pub(crate) const KEY_MODEL: &str = "fake/m";
/// A limit that outlives each story.
pub(crate) const LIMIT: Behaviour = Behaviour::UsageLimit { resets_in: 3600 };

/// Somebody with two ChatGPT logins and two API keys, the first of each active, and with the bridge in OpenCode.
pub(crate) struct Person {
    pub(crate) scene: Scene,
    pub(crate) project: PathBuf,
    /// The logins.
    pub(crate) a: Login,
    pub(crate) b: Login,
    /// The keys.
    pub(crate) key_a: Login,
    pub(crate) key_b: Login,
}

impl Person {
    /// With this OpenCode; Baton runs.
    pub(crate) fn new(release: &str) -> Self {
        let mut person = Self::without_baton(release);
        person.scene.start_baton();
        person
    }

    /// The same while Baton doesn't run.
    pub(crate) fn without_baton(release: &str) -> Self {
        let scene = Scene::new(release, Vault::File);
        let (key_b, key_a) = (scene.key("key-b"), scene.key("key-a"));
        let ((b, _), (a, _)) = (scene.login("b"), scene.login("a"));
        scene.done(&["bridge", "install"]);
        let project = scene.project("p");
        Self { scene, project, a, b, key_a, key_b }
    }

    /// Both accounts that are active first run into their limits from now on.
    pub(crate) fn limit_the_first(&self, behaviour: Behaviour) {
        self.scene.provider.behave(&self.a, behaviour);
        self.scene.provider.behave(&self.key_a, behaviour);
    }

    /// A server with a session on each provider, and what it tells its windows.
    pub(crate) fn at_work(&self) -> AtWork<'_> {
        let server = self.scene.serve();
        let sessions = [MODEL, KEY_MODEL].map(|model| (model, server.session(&self.project)));
        AtWork { events: server.watch(), person: self, server, sessions }
    }
}

/// A server in which the person talks to both providers.
pub(crate) struct AtWork<'p> {
    person: &'p Person,
    pub(crate) server: Server,
    pub(crate) events: Events,
    sessions: [(&'static str, String); 2],
}

impl AtWork<'_> {
    /// Asks both sessions something, at the same time; what they answer.
    pub(crate) fn ask_both(&self) -> [String; 2] {
        let asked = self
            .sessions
            .each_ref()
            .map(|(model, session)| self.server.ask_with(&self.person.project, session, model, &json!({})));
        asked.map(|answer| answer.join().unwrap())
    }

    /// Both are answered for these accounts, and nothing looked like trouble.
    #[track_caller]
    pub(crate) fn both_answer(&self, login: &Login, key: &Login) {
        assert_eq!(self.ask_both(), [login.answer(), key.answer()], "{:?}", self.events.troubles());
        assert_eq!(self.events.troubles(), Vec::<serde_json::Value>::new());
    }
}
