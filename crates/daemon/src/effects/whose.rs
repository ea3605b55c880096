//! Whose login an entry of OpenCode's store is: by what it says itself, by what was saved last, else by what its
//! provider answers. Saves nothing, and waits for nobody for long.

use std::time::Duration;

use engine::{AccountId, CredentialKind, Identity, ProviderId};

use super::Effects;
use super::store::Capture;
use crate::credential::Credential;
use crate::providers::account_id;

/// How long a provider may take to say whose login it is. A login without a name is saved as well.
const PATIENCE: Duration = Duration::from_secs(4);

impl Effects {
    /// The account that a credential belongs to, known or not, and whose it is.
    pub(super) async fn whose(
        &self,
        provider: &ProviderId,
        credential: &Credential,
        capture: &Capture,
    ) -> (AccountId, Identity) {
        let (adapter, endpoints) = self.adapter_for(provider);
        let said = adapter.identify(credential);
        let id = account_id(provider, &said.key);
        let saved = self.book().saved(provider, &id, &credential.fingerprint());
        if let Some(saved) = saved {
            return (saved, said.identity);
        }
        if said.identity.user_id.is_some() || !self.is_worth_asking(provider, credential, &id, capture) {
            return (id, said.identity);
        }
        let asked = adapter.whose(&self.world.http, &endpoints, credential, self.now());
        match tokio::time::timeout(PATIENCE, asked).await {
            Ok(Ok(Some(person))) => {
                let known = self.book().person(provider, &person);
                (known.unwrap_or_else(|| account_id(provider, &key(&person))), person)
            }
            Ok(Ok(None)) => (id, said.identity),
            Ok(Err(fault)) => {
                tracing::info!("{provider}: whose login it is stays unknown: {fault}");
                (id, said.identity)
            }
            Err(_) => {
                tracing::info!("{provider}: whose login it is stays unknown: no answer came in time");
                (id, said.identity)
            }
        }
    }

    /// The account that a credential belongs to, as far as can be told without asking anybody; `None` when it is new.
    pub(super) fn known_as(&self, provider: &ProviderId, credential: &Credential) -> Option<AccountId> {
        let id = account_id(provider, &self.adapter_for(provider).0.identify(credential).key);
        self.book().saved(provider, &id, &credential.fingerprint())
    }

    /// Keys have no other name than themselves; a login that isn't to be saved can only be one that is known.
    fn is_worth_asking(
        &self,
        provider: &ProviderId,
        credential: &Credential,
        id: &AccountId,
        capture: &Capture,
    ) -> bool {
        let wanted = match capture {
            Capture::Known | Capture::Nothing => self.book().rows().any(|row| row.provider == *provider),
            Capture::New => !self.is_declined(id),
            Capture::Asked { .. } | Capture::LoggedIn { .. } | Capture::Kept => true,
        };
        wanted && credential.kind() == CredentialKind::OAuth
    }
}

/// Team members with one workspace stay apart, and so do one person's workspaces.
fn key(person: &Identity) -> String {
    let part = |id: &Option<String>| id.clone().unwrap_or_default();
    format!("{}/{}", part(&person.user_id), part(&person.workspace_id))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use engine::{Input, UsageOutcome};
    use serde_json::{Value, json};

    use super::super::tests::Home;
    use super::*;
    use crate::ledger::AccountRow;
    use crate::providers::tests::{Answer, Server, answer};
    use crate::settings::Settings;

    const PROFILE: &str = "/api/oauth/profile";

    #[tokio::test]
    async fn a_claude_login_stays_one_account_when_opencode_renews_its_tokens() {
        let home = Home::new();
        let _provider = serve(&home, "anthropic", profile("anna", "org-1")).await;
        see(&home, &claude("a", 1)).await;
        let [account] = &accounts(&home)[..] else { panic!("one account") };
        assert_eq!((account.label.as_str(), account.identity.email.as_deref()), ("anna@x.org", Some("anna@x.org")));
        see(&home, &claude("a", 2)).await;
        let [renewed] = &accounts(&home)[..] else { panic!("still one account") };
        assert_eq!(renewed.id, account.id);
        assert_eq!(kept(&home, &renewed.id).await, Some(claude("a", 2)));
        see(&home, &claude("a", 1)).await;
        assert_eq!(kept(&home, &renewed.id).await, Some(claude("a", 2)), "an old file has used-up tokens");
    }

    #[tokio::test]
    async fn colleagues_stay_apart_and_so_do_ones_own_workspaces() {
        let home = Home::new();
        for (turn, (person, organization)) in (1..).zip([("anna", "org-1"), ("berta", "org-1"), ("anna", "org-2")]) {
            let _provider = serve(&home, "anthropic", profile(person, organization)).await;
            see(&home, &claude(person, turn)).await;
        }
        assert_eq!(accounts(&home).len(), 3);
        let _provider = serve(&home, "anthropic", profile("berta", "org-1")).await;
        see(&home, &claude("berta", 9)).await;
        assert_eq!(accounts(&home).len(), 3);
    }

    #[tokio::test]
    async fn a_login_that_nobody_names_is_saved_and_known_again_by_what_was_saved_last() {
        let home = Home::new();
        let renewed = r#"{"access_token":"access-2","refresh_token":"refresh-2","expires_in":3600}"#;
        let busy = answer(503, "{}").at("/token", renewed);
        let _provider = serve(&home, "anthropic", busy).await;
        see(&home, &claude("a", 1)).await;
        let [AccountRow { id, .. }] = &accounts(&home)[..] else { panic!("one account") };
        home.write(&json!({}));
        home.effects.refresh_token(id).await;
        let credential = home.effects.load(id).await.unwrap().unwrap();
        assert_eq!(credential.text("refresh"), Some("refresh-2"));
        see(&home, &credential.to_json()).await;
        assert_eq!(accounts(&home).len(), 1);
    }

    #[tokio::test]
    async fn a_name_that_was_missing_is_asked_for_with_the_next_figures_and_only_once() {
        let home = Home::new();
        let _provider = serve(&home, "anthropic", answer(503, "{}")).await;
        see(&home, &claude("a", 1)).await;
        let [AccountRow { id, .. }] = &accounts(&home)[..] else { panic!("one account") };
        let figures = r#"{"five_hour":{"utilization":1}}"#;
        let provider = serve(&home, "anthropic", answer(200, "{}").at("/usage", figures)).await;
        for _ in 0..3 {
            home.effects.read_usage(id).await;
        }
        assert_eq!(provider.asked().len(), 4);
        super::super::locked(&home.effects.asked_whose).clear();
        let _provider = serve(&home, "anthropic", profile("anna", "org-1").at("/usage", figures)).await;
        home.effects.read_usage(id).await;
        see(&home, &claude("a", 2)).await;
        let [account] = &accounts(&home)[..] else { panic!("still one account") };
        assert_eq!((&account.id, account.identity.user_id.as_deref()), (id, Some("anna")));
    }

    #[tokio::test]
    async fn a_second_login_of_the_same_person_at_github_is_the_same_account() {
        let home = Home::new();
        let body = r#"{"login":"octocat","copilot_plan":"business","quota_snapshots":{}}"#;
        let _provider = serve(&home, "github-copilot", answer(200, body)).await;
        let login = |token: &str| json!({"type": "oauth", "refresh": token, "access": token, "expires": 0});
        let company =
            json!({"type": "oauth", "refresh": "gho_3", "access": "gho_3", "expires": 0, "enterpriseUrl": "ghe.x.org"});
        for (entry, count) in [(login("gho_1"), 1), (login("gho_2"), 1), (company, 2)] {
            home.write(&json!({"github-copilot": entry}));
            home.effects.sync(Capture::New).await;
            assert_eq!(accounts(&home).len(), count, "{entry}");
        }
    }

    #[tokio::test]
    async fn figures_of_somebody_else_are_dropped_and_that_is_shown() {
        let home = Home::new();
        home.effects.add_key("opencode-go", "key-1", None).await.unwrap();
        let id = accounts(&home)[0].id.clone();
        let check = async |user: &str, workspace: &str, read: bool| {
            let usage = json!({"rolling": {"status": "ok", "percent": 4}});
            let body = json!({"workspaceID": workspace, "userID": user, "usage": usage});
            let _provider = serve(&home, "opencode-go", answer(200, &body.to_string())).await;
            let outcome = home.effects.read_usage(&id).await.pop();
            let Some(Input::UsageRead { outcome, .. }) = outcome else { panic!("an outcome") };
            assert_eq!(matches!(outcome, UsageOutcome::Read(_)), read, "{user} {workspace}: {outcome:?}");
            let problems = home.effects.problems();
            let shown = problems.iter().find(|problem| problem.part == "identity");
            assert_eq!(shown.is_none(), read, "{user} {workspace}");
            assert!(shown.is_none_or(|problem| problem.message.ends_with("another account: opencode-go opencode-go")));
        };
        check("usr_anna", "wrk_1", true).await;
        check("usr_berta", "wrk_1", false).await;
        check("usr_anna", "wrk_1", true).await;
        check("usr_anna", "wrk_2", false).await;
        home.effects.remove("opencode-go", id.as_str()).await.unwrap();
        assert!(home.effects.problems().is_empty(), "a removed account has no figures");
    }

    async fn see(home: &Home, entry: &Value) {
        home.write(&json!({"anthropic": entry}));
        home.effects.sync(Capture::New).await;
    }

    fn accounts(home: &Home) -> Vec<AccountRow> {
        home.effects.book().rows().cloned().collect()
    }

    async fn kept(home: &Home, id: &AccountId) -> Option<Value> {
        home.effects.load(id).await.unwrap().map(|credential| credential.to_json())
    }

    /// Answers for a provider from here on.
    async fn serve(home: &Home, provider: &str, answer: Answer) -> Server {
        let server = Server::start(answer).await;
        let endpoints = server.endpoints();
        let (usage, token) = (endpoints.usage_url.unwrap(), endpoints.token_url.unwrap());
        let text = format!("[providers.{provider}]\nusage_url = '{usage}'\ntoken_url = '{token}'");
        *super::super::locked(&home.effects.settings) = Arc::new(Settings::parse(&text).unwrap());
        server
    }

    fn profile(person: &str, organization: &str) -> Answer {
        let account = json!({"uuid": person, "email": format!("{person}@x.org")});
        let body = json!({"account": account, "organization": {"uuid": organization, "name": organization}});
        answer(404, "{}").at(PROFILE, &body.to_string())
    }

    /// A Claude login with its `turn`th pair of tokens.
    fn claude(person: &str, turn: i64) -> Value {
        json!({"type": "oauth", "refresh": format!("refresh-{person}-{turn}"), "access": format!("access-{person}-{turn}"),
               "expires": 1_795_200_000_000_i64 + turn * 1_000})
    }
}
