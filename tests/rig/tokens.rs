use std::time::Duration;

use e2e::{Kind, Provider, get, post};
use serde_json::json;

const SOON: Duration = Duration::from_secs(5);

#[test]
fn a_refresh_token_is_good_once() {
    let provider = Provider::start();
    let (login, tokens) = provider.enroll("a");
    let refresh = |token: &str| {
        let body = json!({"grant_type": "refresh_token", "refresh_token": token});
        post(&provider.url("/oauth/token"), None, &body, SOON).unwrap()
    };

    let (status, renewed) = refresh(&tokens.refresh);
    assert_eq!(status, 200);
    let (status, refused) = refresh(&tokens.refresh);
    assert_eq!((status, refused["error"]["code"].as_str()), (401, Some("refresh_token_reused")));
    assert!(provider.takes_refresh(renewed["refresh_token"].as_str().unwrap()));
    assert_eq!(provider.count(&login, Kind::Refresh), 2);
}

#[test]
fn usage_wants_a_good_token_for_the_workspace() {
    let provider = Provider::start();
    let (_, tokens) = provider.enroll("a");
    let (status, _) = get(&provider.url("/backend-api/wham/usage"), Some(&tokens.access), SOON).unwrap();
    assert_eq!(status, 401, "the workspace header is missing");
}
