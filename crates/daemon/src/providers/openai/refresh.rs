//! New tokens for a parked ChatGPT login.

use engine::Timestamp;
use reqwest::Method;

use super::super::{Endpoints, Http, Provider, RefreshError, tokens};
use super::OpenAi;
use crate::credential::Credential;

const TOKEN_URL: &str = "https://auth.openai.com/oauth/token";
/// OpenCode's: a refresh token belongs to the client that it was made for.
const CLIENT_ID: &str = "app_EMoamEEZ73f0CkXaXp7hrann";

/// Renews the tokens of a login.
pub(super) async fn renew(
    http: &Http,
    endpoints: &Endpoints,
    credential: &Credential,
    now: Timestamp,
) -> Result<Credential, RefreshError> {
    let Some(refresh) = credential.text("refresh").filter(|_| OpenAi.refreshable(credential.kind())) else {
        return Err(RefreshError::NotRefreshable);
    };
    let form = [("grant_type", "refresh_token"), ("refresh_token", refresh), ("client_id", CLIENT_ID)];
    let request = http.request(Method::POST, endpoints.token_url.as_deref().unwrap_or(TOKEN_URL))?.form(&form);
    tokens::renew(http, request, credential, refresh, now).await
}
