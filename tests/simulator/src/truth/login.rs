//! One account as its provider knows it.

use std::collections::BTreeMap;

use engine::{
    Account, AccountId, Balance, CredentialFacts, CredentialKind, Identity, Label, ProviderId, Reach, Scope, Timestamp,
    Usage,
};

use super::Quota;

/// An account at its provider.
#[derive(Clone, Debug)]
pub(crate) struct Login {
    pub(crate) id: AccountId,
    pub(crate) label: Label,
    pub(crate) quotas: Vec<Quota>,
    /// Money that requests are paid from; `None` where a plan pays for all.
    pub(crate) balance: Option<f64>,
    /// The provider accepts the login.
    pub(crate) accepted: bool,
    pub(crate) token_ends: Option<Timestamp>,
    pub(crate) has_figures: bool,
    /// The person lets nobody choose it: disabled, removed, or by hand only.
    pub(crate) withheld: bool,
    /// Baton doesn't know it (any more).
    pub(crate) unknown: bool,
    /// What has been used of it since the start, within its quotas.
    pub(crate) drawn: f64,
    /// What its usage endpoint shows, and since when.
    pub(crate) shown: Option<(Timestamp, Usage)>,
    /// When its usage was read lately.
    pub(crate) read: Vec<Timestamp>,
    /// When a reading last brought nothing.
    pub(crate) unread: Option<Timestamp>,
    /// Since when Baton has held it for limited although it serves.
    pub(crate) misjudged: Option<Timestamp>,
    /// When it last began to serve for another reason than time: paid for, logged in again, let choose again.
    pub(crate) mended: Option<Timestamp>,
}

impl Login {
    pub(crate) fn new(label: &str, provider: &ProviderId, quotas: Vec<Quota>) -> Self {
        Self {
            id: AccountId::new(format!("{provider}-{label}")),
            label: Label::normalise(label).unwrap_or_default(),
            quotas,
            balance: None,
            accepted: true,
            token_ends: None,
            has_figures: true,
            withheld: false,
            unknown: false,
            drawn: 0.0,
            shown: None,
            read: Vec::new(),
            unread: None,
            misjudged: None,
            mended: None,
        }
    }

    /// Lets time pass.
    pub(crate) fn follow(&mut self, now: Timestamp) {
        self.quotas.iter_mut().for_each(|quota| quota.follow(now));
    }

    /// Whether a request for this model would be answered; as of the time that was last followed.
    pub(crate) fn serves(&self, model: &str) -> bool {
        let spent = self.quotas.iter().any(|quota| quota.counts(model) && quota.spent());
        self.accepted && !spent && self.balance.is_none_or(|left| left > 0.0)
    }

    /// Whether a policy may choose it.
    pub(crate) fn may_be_chosen(&self) -> bool {
        !self.withheld && !self.unknown
    }

    /// Since when a request for this model would have been answered, given that it would be now.
    pub(crate) fn served_since(&self, model: &str) -> Option<Timestamp> {
        let counting = self.quotas.iter().filter(|quota| quota.counts(model));
        counting.filter_map(|quota| quota.freed).max().max(self.mended)
    }

    /// When what is spent of it is whole again, as errors name it; of a balance nobody knows.
    pub(crate) fn back_at(&self, model: &str) -> Option<Timestamp> {
        let of_account = self.reach(model) == Reach::Account;
        let spent = self.quotas.iter().filter(|quota| quota.counts(model) && quota.spent());
        spent.filter(|quota| !of_account || quota.scope == Scope::Account).filter_map(|quota| quota.ends).max()
    }

    /// What is spent of it: all of it, or only what this model has.
    pub(crate) fn reach(&self, model: &str) -> Reach {
        let mut spent = self.quotas.iter().filter(|quota| quota.counts(model) && quota.spent()).peekable();
        let of_models = spent.peek().is_some() && spent.all(|quota| quota.scope != Scope::Account);
        if of_models { Reach::Model } else { Reach::Account }
    }

    /// A request was answered.
    pub(crate) fn draw(&mut self, model: &str, units: f64, now: Timestamp) {
        let counting = || self.quotas.iter().filter(|quota| quota.counts(model));
        let left = counting().map(|quota| quota.size - quota.used).fold(units, f64::min);
        self.drawn += left.max(0.0);
        for quota in self.quotas.iter_mut().filter(|quota| quota.counts(model)) {
            quota.draw(units, now);
        }
        if let Some(balance) = &mut self.balance {
            *balance -= units;
        }
    }

    pub(crate) fn figures(&self, read_at: Timestamp) -> Usage {
        let balances = self.balance.map(|left| Balance { left, of: None, unit: "USD".to_owned() });
        let windows = self.quotas.iter().map(Quota::figure).collect();
        Usage { read_at, windows, balances: balances.into_iter().collect() }
    }

    /// What Baton may know of it without asking; times by the machine's clock.
    pub(crate) fn facts(&self, provider: &ProviderId) -> Account {
        Account {
            id: self.id.clone(),
            provider: provider.clone(),
            label: self.label.clone(),
            identity: Identity { user_id: Some(self.id.to_string()), ..Identity::default() },
            credential: CredentialFacts {
                kind: CredentialKind::OAuth,
                expires_at: self.token_ends,
                refreshable: self.token_ends.is_some(),
            },
            has_figures: self.has_figures,
            enabled: true,
            needs_login: false,
            cooldown: None,
            models: BTreeMap::new(),
            usage: None,
        }
    }
}
