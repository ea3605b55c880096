//! The made-up accounts of the demo, and what the made-up provider knows of them.
//! Their tokens have the shape of real ones and open nothing.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// The provider that the accounts are logins of.
pub(super) const PROVIDER: &str = "openai";

/// One made-up account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Role {
    /// Its label.
    pub(super) label: &'static str,
    plan: &'static str,
    five_hour_percent: u32,
    weekly_percent: u32,
}

/// The account that will hit its limit. It logs in last, so it is the active one.
pub(super) const WORK: Role = Role { label: "work", plan: "team", five_hour_percent: 100, weekly_percent: 64 };
/// The account that takes over.
pub(super) const HOME: Role = Role { label: "home", plan: "plus", five_hour_percent: 12, weekly_percent: 30 };
/// An account that must not be chosen.
pub(super) const SPARE: Role = Role { label: "spare", plan: "plus", five_hour_percent: 0, weekly_percent: 100 };

/// Everybody, in the order in which they log in.
pub(super) const CAST: [Role; 3] = [SPARE, HOME, WORK];

impl Role {
    /// What OpenCode would write into `auth.json` after this account's login.
    pub(super) fn login(self) -> Value {
        let expires = Timestamp::now() + SignedDuration::from_hours(8);
        json!({
            "type": "oauth",
            "refresh": format!("demo-refresh-{}", self.label),
            "access": self.access_token(expires),
            "expires": expires.as_millisecond(),
            "accountId": self.workspace(),
        })
    }

    /// Whom an access token belongs to.
    pub(super) fn of_token(access: &str) -> Option<Self> {
        let payload = access.split('.').nth(1)?;
        let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()?;
        CAST.into_iter().find(|role| claims["sub"] == format!("demo-user-{}", role.label))
    }

    /// What the provider's usage endpoint answers.
    pub(super) fn usage(self) -> Value {
        let window = |percent: u32, seconds: i64, left: i64| {
            json!({
                "used_percent": percent,
                "limit_window_seconds": seconds,
                "reset_after_seconds": left,
                "reset_at": Timestamp::now().as_second() + left,
            })
        };
        json!({
            "account_id": self.workspace(),
            "plan_type": self.plan,
            "rate_limit": {
                "allowed": self.can_serve(),
                "limit_reached": !self.can_serve(),
                "primary_window": window(self.five_hour_percent, 18_000, 7_800),
                "secondary_window": window(self.weekly_percent, 604_800, 273_600),
            },
        })
    }

    /// Whether the provider would answer a request of this account.
    pub(super) fn can_serve(self) -> bool {
        self.five_hour_percent < 100 && self.weekly_percent < 100
    }

    fn workspace(self) -> String {
        format!("demo-workspace-{}", self.label)
    }

    fn access_token(self, expires: Timestamp) -> String {
        let claims = json!({
            "sub": format!("demo-user-{}", self.label),
            "exp": expires.as_second(),
            "https://api.openai.com/auth": {
                "chatgpt_account_id": self.workspace(),
                "chatgpt_user_id": format!("demo-user-{}", self.label),
                "chatgpt_plan_type": self.plan,
            },
            "https://api.openai.com/profile": { "email": format!("{}@example.org", self.label) },
        });
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        format!("{}.{}.made-up", part(&json!({ "alg": "none", "typ": "JWT" })), part(&claims))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_leads_back_to_its_account() {
        for role in CAST {
            assert_eq!(role.login()["access"].as_str().and_then(Role::of_token), Some(role));
        }
        assert_eq!(Role::of_token("sk-someone-else"), None);
    }

    #[test]
    fn only_one_account_can_take_over() {
        assert_eq!(CAST.into_iter().filter(|role| role.can_serve()).collect::<Vec<_>>(), [HOME]);
    }
}
