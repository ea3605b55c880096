//! Made-up ChatGPT logins: who they are, and tokens with the claims that the real ones carry, signed by nobody.

use std::hash::{DefaultHasher, Hash, Hasher};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// One login at the provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    /// What the tests call it; its answers name it.
    pub name: String,
    /// The person's id.
    pub user_id: String,
    /// The workspace's id: what `chatgpt-account-id` carries.
    pub workspace_id: String,
    /// E-mail address.
    pub email: String,
    /// The plan's name.
    pub plan: String,
}

impl Login {
    /// A login of that name.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            user_id: format!("user-{name}"),
            workspace_id: format!("acct-{name}"),
            email: format!("{name}@example.com"),
            plan: "plus".to_owned(),
        }
    }

    /// What only this login's requests are answered with.
    pub fn answer(&self) -> String {
        format!("The answer for {}.", self.name)
    }

    /// Tokens as a provider makes them; `serial` tells one pair from the next.
    pub(crate) fn tokens(&self, serial: u64, expires: Timestamp) -> Tokens {
        let claims = json!({
            "iss": "https://auth.openai.com",
            "exp": expires.as_second(),
            "jti": format!("{}-{serial}", self.name),
            "https://api.openai.com/auth": {
                "chatgpt_account_id": self.workspace_id,
                "chatgpt_user_id": self.user_id,
                "chatgpt_plan_type": self.plan,
            },
            "https://api.openai.com/profile": {"email": self.email, "email_verified": true},
        });
        let part = |json: Value| URL_SAFE_NO_PAD.encode(json.to_string());
        let access = format!("{}.{}.unsigned", part(json!({"alg": "none", "typ": "JWT"})), part(claims));
        let refresh = format!("rt_{}_{serial}_{}", self.name, noise(&self.name, serial));
        Tokens { access, refresh, expires, workspace_id: self.workspace_id.clone() }
    }
}

/// Letters that stand nowhere else: a piece of a secret is known by them.
pub(crate) fn noise(name: &str, serial: u64) -> String {
    let hash = |half: u64| {
        let mut hasher = DefaultHasher::new();
        (name, serial, half).hash(&mut hasher);
        hasher.finish()
    };
    format!("{:016x}{:016x}", hash(0), hash(1))
}

/// A pair of tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tokens {
    /// What a request carries.
    pub access: String,
    /// What renews it, once.
    pub refresh: String,
    /// When the access token ends.
    pub expires: Timestamp,
    workspace_id: String,
}

impl Tokens {
    /// The entry that OpenCode keeps in `auth.json`.
    pub fn entry(&self) -> Value {
        json!({
            "type": "oauth",
            "refresh": self.refresh,
            "access": self.access,
            "expires": self.expires.as_millisecond(),
            "accountId": self.workspace_id,
        })
    }

    /// The same tokens in an entry that says the access token ended a minute ago.
    pub fn expired_entry(&self) -> Value {
        let mut entry = self.entry();
        entry["expires"] = (Timestamp::now() - SignedDuration::from_mins(1)).as_millisecond().into();
        entry
    }
}
