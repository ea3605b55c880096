//! Made-up snapshots for the tests of what is made from them.

use daemon::control::{
    AccountView, AppView, Failover, IdentityView, Problem, ProviderView, Snapshot, StandingState, StandingView,
    WindowView,
};

/// A snapshot of these providers at noon, with nothing wrong.
pub(crate) fn snapshot(providers: Vec<ProviderView>) -> Snapshot {
    Snapshot {
        schema: "baton.status.v1".to_owned(),
        generated_at: "2026-11-20T12:00:00.000Z".to_owned(),
        failover: Failover { enabled: true, paused: false, paused_until: None },
        providers,
        problems: vec![],
        recent: vec![],
        version: String::new(),
        app: AppView::default(),
    }
}

/// A provider with these accounts, by their labels active and next.
pub(crate) fn provider(accounts: Vec<AccountView>, active: Option<&str>, next: Option<&str>) -> ProviderView {
    ProviderView {
        id: "openai".to_owned(),
        name: "OpenAI".to_owned(),
        active: active.map(id),
        next: next.map(id),
        held_back: None,
        held_back_words: None,
        lane: None,
        accounts,
    }
}

/// An account that can be used and has no figures.
pub(crate) fn account(label: &str) -> AccountView {
    AccountView {
        id: id(label),
        label: label.to_owned(),
        identity: IdentityView::default(),
        kind: "oauth".to_owned(),
        standing: StandingView { state: StandingState::Ready, until: None, reason: None, reason_words: None },
        models: vec![],
        windows: vec![],
        usage_read_at: None,
        usage_stale: false,
        balances: Vec::new(),
        used_percent: None,
        has_figures: true,
        passed_over: None,
        passed_over_words: None,
        expected: vec![],
    }
}

/// The id of the account with that label.
pub(crate) fn id(label: &str) -> String {
    format!("id-{label}")
}

/// A window with so much used.
pub(crate) fn window(name: &str, used_percent: f64, model: Option<&str>) -> WindowView {
    WindowView {
        name: name.to_owned(),
        window_seconds: 18_000,
        used_percent,
        resets_at: None,
        model: model.map(str::to_owned),
        pace: None,
    }
}

/// Trouble with a part.
pub(crate) fn problem(part: &str) -> Problem {
    Problem::new(part, format!("{part} is missing"), None)
}
