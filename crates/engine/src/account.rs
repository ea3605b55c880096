//! What the engine knows of an account. Never a secret: only when a token ends, not what it says.

use std::collections::BTreeMap;

use crate::{AccountId, Label, ProviderId, Timestamp, Usage, model};

/// One login at one provider.
#[derive(Clone, Debug, PartialEq)]
pub struct Account {
    /// Stable id.
    pub id: AccountId,
    /// The provider it is a login of.
    pub provider: ProviderId,
    /// What the person calls it; unique within its provider.
    pub label: Label,
    /// Who the provider says it is.
    pub identity: Identity,
    /// What kind of credential it has and when that ends.
    pub credential: CredentialFacts,
    /// Whether the daemon can read usage figures of it.
    pub has_figures: bool,
    /// False once the person disabled it.
    pub enabled: bool,
    /// The provider rejected its login; only a new one mends it.
    pub needs_login: bool,
    /// Why and until when it can't be used.
    pub cooldown: Option<Cooldown>,
    /// Models or families, in the provider's words, that it can't be used for although it can for others.
    pub models: BTreeMap<String, Cooldown>,
    /// The last reading of its usage windows.
    pub usage: Option<Usage>,
}

/// Who an account is, as far as the provider says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// E-mail address.
    pub email: Option<String>,
    /// The person's id at the provider.
    pub user_id: Option<String>,
    /// The workspace's, organisation's or team's id at the provider.
    pub workspace_id: Option<String>,
    /// The plan's name as the provider writes it: `plus`, `team`, …
    pub plan: Option<String>,
}

/// What may be known of a credential without holding it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CredentialFacts {
    /// The type of OpenCode's entry.
    pub kind: CredentialKind,
    /// When the access token ends; `None` when it doesn't or nobody says.
    pub expires_at: Option<Timestamp>,
    /// Whether Baton itself can renew the access token (there is a refresh token and an adapter for it).
    pub refreshable: bool,
}

/// The types of entries that OpenCode keeps. A switch never exchanges one for the other unannounced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CredentialKind {
    /// A login with access and refresh token.
    OAuth,
    /// An API key.
    Api,
    /// A token from a well-known endpoint.
    WellKnown,
}

/// A time during which an account can't be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cooldown {
    /// When it ends.
    pub until: Timestamp,
    /// What it is for.
    pub cause: LimitCause,
}

/// What kind of limit an account hit. Only what another account can mend is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LimitCause {
    /// A usage window is spent.
    UsageLimit,
    /// The account's credit or quota is spent; it comes back when somebody pays.
    Billing,
    /// The provider asked for a wait too long to sit out.
    LongWait,
    /// A usage reading says that a window is spent.
    Reading,
    /// Requests failed one after the other, and nobody knows why.
    Failing,
}

/// Whether an account can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It can.
    Ready,
    /// Not before a time.
    CoolingDown(Cooldown),
    /// Not before the person logs in again.
    NeedsLogin,
    /// Not before the person enables it.
    Disabled,
}

impl Account {
    /// Whether it can be used at `now`; what only a person can change comes first.
    pub fn standing(&self, now: Timestamp) -> Standing {
        match self.cooldown {
            _ if !self.enabled => Standing::Disabled,
            _ if self.needs_login => Standing::NeedsLogin,
            Some(cooldown) if cooldown.until > now => Standing::CoolingDown(cooldown),
            Some(_) | None => Standing::Ready,
        }
    }

    /// Why and until when it can't be used for this model although it can for others.
    pub fn limit_on(&self, model: &str, now: Timestamp) -> Option<Cooldown> {
        let limits = self.models.iter().map(|(words, cooldown)| (words.as_str(), *cooldown));
        let limits = model::closest(limits, model).into_iter().filter(|cooldown| cooldown.until > now);
        let spent = self.usage.as_ref().and_then(|usage| {
            let window = usage.spent_model_window(model, now)?;
            Some(Cooldown { until: usage.end_of(window), cause: LimitCause::Reading })
        });
        limits.chain(spent).max_by_key(|cooldown| cooldown.until)
    }
}
