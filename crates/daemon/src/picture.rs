//! Builds the snapshot: the one picture that every surface shows.

use engine::{Account, AccountId, Balance, CredentialKind, Engine, ProviderId, Scope, Standing, Timestamp, Window};

use crate::clock::rfc3339;
use crate::control::{
    AccountView, BalanceView, Failover, HistoryEntry, IdentityView, Problem, ProviderView, Snapshot, StandingState,
    StandingView, WindowView,
};
use crate::{providers, words};

/// Puts together what the engine knows, what is broken, and what happened last.
pub(crate) fn snapshot(engine: &Engine, now: Timestamp, problems: Vec<Problem>, recent: Vec<HistoryEntry>) -> Snapshot {
    let mut ids: Vec<ProviderId> = engine.accounts().map(|account| account.provider.clone()).collect();
    ids.sort();
    ids.dedup();
    Snapshot {
        schema: "baton.status.v1".to_owned(),
        generated_at: rfc3339(now),
        failover: Failover { enabled: engine.failover_on(), paused: engine.paused() },
        providers: ids.iter().map(|id| provider(engine, now, id)).collect(),
        problems,
        recent,
        version: env!("CARGO_PKG_VERSION").to_owned(),
    }
}

fn provider(engine: &Engine, now: Timestamp, id: &ProviderId) -> ProviderView {
    let choice = engine.next(now, id);
    let why = |account: &AccountId| {
        let found = choice.passed_over.iter().find(|(passed, _)| passed == account);
        found.map(|(_, why)| words::passed_over(why))
    };
    let mut accounts: Vec<&Account> = engine.accounts().filter(|account| account.provider == *id).collect();
    accounts.sort_by(|a, b| a.label.cmp(&b.label));
    ProviderView {
        id: id.to_string(),
        name: providers::adapter(id).name(id).to_owned(),
        active: engine.active(id).map(AccountId::to_string),
        next: choice.winner.as_ref().map(AccountId::to_string),
        accounts: accounts
            .into_iter()
            .map(|known| account(known, now, engine.usage_stale(now, &known.id), why(&known.id)))
            .collect(),
    }
}

fn account(account: &Account, now: Timestamp, usage_stale: bool, passed_over: Option<String>) -> AccountView {
    let identity = &account.identity;
    let mut windows: Vec<&Window> = account.usage.iter().flat_map(|usage| &usage.windows).collect();
    windows.sort_by(|a, b| (&a.scope, a.length).cmp(&(&b.scope, b.length)));
    AccountView {
        id: account.id.to_string(),
        label: account.label.to_string(),
        identity: IdentityView {
            email: identity.email.clone(),
            user_id: identity.user_id.clone(),
            workspace_id: identity.workspace_id.clone(),
            plan: identity.plan.clone(),
        },
        kind: kind(account.credential.kind).to_owned(),
        standing: standing(account.standing(now)),
        windows: windows.into_iter().map(|known| window(known, now)).collect(),
        usage_read_at: account.usage.as_ref().map(|usage| rfc3339(usage.read_at)),
        usage_stale,
        balances: account.usage.iter().flat_map(|usage| &usage.balances).map(balance).collect(),
        has_figures: account.has_figures,
        passed_over,
    }
}

fn standing(standing: Standing) -> StandingView {
    let (state, until) = match standing {
        Standing::Ready => (StandingState::Ready, None),
        Standing::CoolingDown(cooldown) => (StandingState::CoolingDown, Some(rfc3339(cooldown.until))),
        Standing::NeedsLogin => (StandingState::NeedsLogin, None),
        Standing::Disabled => (StandingState::Disabled, None),
    };
    StandingView { state, until, reason: words::standing(standing) }
}

fn balance(balance: &Balance) -> BalanceView {
    BalanceView { left: balance.left, of: balance.of, unit: balance.unit.clone() }
}

fn window(window: &Window, now: Timestamp) -> WindowView {
    WindowView {
        name: window.name(),
        window_seconds: window.length.as_secs(),
        used_percent: 100.0 - window.remaining_percent(now),
        resets_at: window.resets_at.map(rfc3339),
        model: match &window.scope {
            Scope::Account => None,
            Scope::Model(model) => Some(model.clone()),
        },
    }
}

/// OpenCode's word for a type of credential.
pub(crate) fn kind(kind: CredentialKind) -> &'static str {
    match kind {
        CredentialKind::OAuth => "oauth",
        CredentialKind::Api => "api",
        CredentialKind::WellKnown => "wellknown",
    }
}
