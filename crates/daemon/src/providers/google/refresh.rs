//! New access tokens for Google logins. A refresh token works only for the program that the login was made for, and a
//! login doesn't say which one that was: each is tried. Google spends no refresh token, so a wrong guess does no harm.

use engine::{CredentialKind, Timestamp};
use reqwest::Method;

use super::super::{Endpoints, Http, RefreshError, tokens};
use super::PROJECT;
use crate::credential::Credential;

const TOKEN_URL: &str = "https://oauth2.googleapis.com/token";
/// Apart from the rest, so that nobody who looks for leaks takes these for one: programs on people's own machines can't
/// keep a secret, and Google doesn't treat theirs as such.
const SECRET_PREFIX: &str = "GOCSPX-";
/// The programs whose logins OpenCode's plugins keep: Gemini CLI and Antigravity. Id without
/// `.apps.googleusercontent.com`, and secret without its prefix, as both programs publish them.
const CLIENTS: [(&str, &str); 2] = [
    ("681255809395-oo8ft2oprdrnp9e3aqf6av3hmdib135j", "4uHgMPm-1o7Sk-geV6Cu5clXFsxl"),
    ("1071006060591-tmhssin2h21lcre235vtolojh4g403ep", "K58FWR486LdLJ1mLB8sXC4z6qDAf"),
];

pub(super) async fn renew(
    http: &Http,
    endpoints: &Endpoints,
    credential: &Credential,
    now: Timestamp,
) -> Result<Credential, RefreshError> {
    let kept = credential.text("refresh").filter(|_| credential.kind() == CredentialKind::OAuth);
    let kept = kept.ok_or(RefreshError::NotRefreshable)?;
    let (token, project) = kept.split_at(kept.find(PROJECT).unwrap_or(kept.len()));
    for (id, secret) in CLIENTS {
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", token),
            ("client_id", &format!("{id}.apps.googleusercontent.com")),
            ("client_secret", &format!("{SECRET_PREFIX}{secret}")),
        ];
        let request = http.request(Method::POST, endpoints.token_url.as_deref().unwrap_or(TOKEN_URL))?.form(&form);
        match tokens::renew(http, request, credential, token, now).await {
            Ok(renewed) => return Ok(with_project(&renewed, project)),
            Err(RefreshError::OtherClient) => {}
            Err(fault) => return Err(fault),
        }
    }
    Err(RefreshError::OtherClient)
}

/// Puts the project back behind the refresh token, where the plugin looks for it.
fn with_project(renewed: &Credential, project: &str) -> Credential {
    let text = |name| renewed.text(name).unwrap_or_default();
    renewed.with_tokens(text("access"), &format!("{}{project}", text("refresh")), renewed.expires_at())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::super::super::tests::conformance::Renewal;
    use super::super::super::tests::{NOW, Server, answer};
    use super::super::super::{USER_AGENT, adapter};
    use super::*;

    #[tokio::test]
    async fn a_renewal_keeps_the_promises_that_all_adapters_make() {
        Renewal {
            provider: "google",
            sent: &["grant_type=refresh_token", "client_id=681255809395-", "client_secret="],
        }
        .check()
        .await;
    }

    async fn renew(server: &Server, refresh: &str) -> Result<Credential, RefreshError> {
        let login = json!({"type":"oauth","refresh":refresh,"access":"access-1","expires":0});
        let login = Credential::from_json(login).unwrap();
        adapter(&"google".into()).refresh(&Http::new(USER_AGENT), &server.endpoints(), &login, NOW).await
    }

    #[tokio::test]
    async fn the_project_stays_behind_the_refresh_token_and_is_not_sent() {
        let check = async |tokens: &str, expected: &str| {
            let server = Server::start(answer(200, tokens)).await;
            let renewed = renew(&server, "1//anna|project-1|managed-2").await.unwrap();
            assert_eq!((renewed.text("access"), renewed.text("refresh")), (Some("access-2"), Some(expected)));
            assert_eq!(renewed.expires_at(), Some(NOW + Duration::from_secs(3599)));
            let [(_, body)] = &server.asked()[..] else { panic!("asked once") };
            assert!(!body.contains("project-1"), "{body}");
        };
        check(r#"{"access_token":"access-2","expires_in":3599}"#, "1//anna|project-1|managed-2").await;
        let rotated = r#"{"access_token":"access-2","refresh_token":"1//new","expires_in":3599}"#;
        check(rotated, "1//new|project-1|managed-2").await;
    }

    #[tokio::test]
    async fn a_login_of_another_program_is_tried_with_each_that_is_known() {
        let server = Server::start(answer(401, r#"{"error":"unauthorized_client"}"#)).await;
        assert_eq!(renew(&server, "1//anna").await, Err(RefreshError::OtherClient));
        let clients: Vec<bool> =
            server.asked().iter().map(|(_, body)| body.contains("client_id=1071006060591")).collect();
        assert_eq!(clients, [false, true]);
    }
}
