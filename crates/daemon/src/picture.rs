//! Builds the snapshot: the one picture that every surface shows.

use engine::{
    Account, AccountId, Balance, Cooldown, CredentialKind, Engine, Forecast, Pace, Place, ProviderId, Scope, Standing,
    Tempo, Timestamp, Window,
};

use crate::clock::rfc3339;
use crate::control::{
    AccountView, AppView, BalanceView, Failover, HistoryEntry, IdentityView, ModelLimitView, PaceView, Problem,
    ProviderView, Snapshot, StandingState, StandingView, TempoView, WindowView, Words,
};
use crate::{providers, why, words};

/// Puts together what the engine knows, what is broken, and what happened last.
pub(crate) fn snapshot(
    engine: &Engine,
    now: Timestamp,
    problems: Vec<Problem>,
    recent: Vec<HistoryEntry>,
    app: AppView,
) -> Snapshot {
    let mut ids: Vec<ProviderId> = engine.accounts().map(|account| account.provider.clone()).collect();
    ids.sort();
    ids.dedup();
    Snapshot {
        schema: "baton.status.v1".to_owned(),
        generated_at: rfc3339(now),
        failover: failover(engine),
        providers: ids.iter().map(|id| provider(engine, now, id)).collect(),
        problems,
        recent,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        app,
    }
}

fn failover(engine: &Engine) -> Failover {
    let pause = engine.pause();
    Failover {
        enabled: engine.failover_on(),
        paused: pause.is_some(),
        paused_until: pause.and_then(|pause| pause.until).map(rfc3339),
    }
}

fn provider(engine: &Engine, now: Timestamp, id: &ProviderId) -> ProviderView {
    let explanation = engine.explain(now, id);
    let prospects = explanation.as_ref().map_or(&[][..], |explanation| &explanation.prospects);
    let prospect = |account: &AccountId| prospects.iter().find(|prospect| prospect.account == *account);
    let why = |account: &AccountId| {
        let place = prospect(account).map(|prospect| &prospect.place);
        split(place.filter(|place| **place != Place::Next).map(words::place))
    };
    let expected =
        |account: &AccountId| prospect(account).map(|found| why::expected(&found.expected)).unwrap_or_default();
    let held_back = explanation.as_ref().and_then(|explanation| explanation.held_back).map(words::held_back);
    let (held_back, held_back_words) = split(held_back);
    let next = prospects.iter().find(|prospect| prospect.place == Place::Next);
    let mut accounts: Vec<&Account> = engine.accounts().filter(|account| account.provider == *id).collect();
    accounts.sort_by(|a, b| a.label.cmp(&b.label));
    ProviderView {
        id: id.to_string(),
        name: providers::adapter(id).name(id).to_owned(),
        active: engine.active(id).map(AccountId::to_string),
        next: next.map(|prospect| prospect.account.to_string()),
        held_back,
        held_back_words,
        lane: explanation.as_ref().and_then(|explanation| explanation.lane.as_ref()).map(why::lane),
        accounts: accounts
            .into_iter()
            .map(|known| {
                let (passed_over, passed_over_words) = why(&known.id);
                let expected = expected(&known.id);
                AccountView { passed_over, passed_over_words, expected, ..account(engine, now, known) }
            })
            .collect(),
    }
}

fn account(engine: &Engine, now: Timestamp, account: &Account) -> AccountView {
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
        standing: standing(account, now),
        models: account.models.iter().map(|(model, cooldown)| model_limit(model, cooldown)).collect(),
        windows: windows
            .into_iter()
            .map(|known| WindowView {
                pace: engine.pace(now, &account.id, &known.id()).map(pace),
                ..window(known, now)
            })
            .collect(),
        usage_read_at: account.usage.as_ref().map(|usage| rfc3339(usage.read_at)),
        usage_stale: engine.usage_stale(now, &account.id),
        balances: account.usage.iter().flat_map(|usage| &usage.balances).map(balance).collect(),
        used_percent: account.usage.as_ref().and_then(|usage| usage.headroom(now)).map(|left| 100.0 - left),
        has_figures: account.has_figures,
        passed_over: None,
        passed_over_words: None,
        expected: Vec::new(),
    }
}

fn standing(account: &Account, now: Timestamp) -> StandingView {
    let (state, until) = match account.standing(now) {
        Standing::Ready => (StandingState::Ready, None),
        Standing::CoolingDown(cooldown) => (StandingState::CoolingDown, Some(rfc3339(cooldown.until))),
        Standing::NeedsLogin => (StandingState::NeedsLogin, None),
        Standing::Disabled => (StandingState::Disabled, None),
    };
    let (reason, reason_words) = split(words::standing(account, now));
    StandingView { state, until, reason, reason_words }
}

fn model_limit(model: &str, cooldown: &Cooldown) -> ModelLimitView {
    let (reason, reason_words) = words::limit(cooldown.cause).split();
    ModelLimitView { model: model.to_owned(), until: rfc3339(cooldown.until), reason, reason_words }
}

/// The English text, and the words for other languages, where there is something to say.
fn split(words: Option<Words>) -> (Option<String>, Option<Words>) {
    let (text, words) = words.map(Words::split).unzip();
    (text, words.flatten())
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
        pace: None,
    }
}

fn pace(pace: Pace) -> PaceView {
    let tenths = |figure: f64| (figure * 10.0).round() / 10.0;
    let (runs_out_at, left_at_reset) = match pace.forecast {
        Some(Forecast::RunsOut { at }) => (Some(rfc3339(at)), None),
        Some(Forecast::Lasts { left_percent }) => (None, Some(tenths(left_percent))),
        None => (None, None),
    };
    PaceView {
        tempo: match pace.tempo() {
            Tempo::Ahead => TempoView::Ahead,
            Tempo::OnPace => TempoView::OnPace,
            Tempo::Behind => TempoView::Behind,
        },
        expected_percent: tenths(pace.expected_percent),
        ahead_points: tenths(pace.ahead_points),
        runs_out_at,
        left_at_reset,
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use engine::{Account, CredentialFacts, Identity, Input, Label, Sample, Usage};

    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_000_000);

    /// What there is to show of the active account with this reading, and readings before it.
    fn shown(usage: Usage, samples: Vec<Sample>) -> AccountView {
        let id = AccountId::from("1");
        let account = Account {
            id: id.clone(),
            provider: "deepseek".into(),
            label: Label::default(),
            identity: Identity::default(),
            credential: CredentialFacts { kind: CredentialKind::Api, expires_at: None, refreshable: false },
            has_figures: true,
            enabled: true,
            needs_login: false,
            cooldown: None,
            models: BTreeMap::new(),
            usage: Some(usage),
        };
        let mut engine = Engine::default();
        for input in [
            Input::AccountKnown(account),
            Input::SamplesKept { account: id.clone(), samples },
            Input::ActiveSeen { provider: "deepseek".into(), account: Some(id) },
        ] {
            engine.step(NOW, input);
        }
        snapshot(&engine, NOW, vec![], vec![], AppView::default()).providers.remove(0).accounts.remove(0)
    }

    fn window(used_percent: f64) -> Window {
        let resets_at = Some(NOW + Duration::from_secs(3 * 3600));
        Window { scope: Scope::Account, length: Duration::from_secs(5 * 3600), used_percent, resets_at }
    }

    #[test]
    fn an_account_with_a_spent_balance_is_not_simply_ready() {
        let check = |left: f64, reason: Option<&str>| {
            let balances = vec![Balance { left, of: None, unit: "USD".to_owned() }];
            let view = shown(Usage { read_at: NOW, windows: vec![], balances }, vec![]);
            assert_eq!((view.standing.until, view.standing.reason.as_deref()), (None, reason));
        };
        check(1.5, None);
        check(0.0, Some("its balance is spent (USD)"));
    }

    #[test]
    fn a_window_has_its_pace_in_tenths() {
        let pace = |used: f64| {
            let before = Sample { read_at: NOW - Duration::from_secs(5000), window: window(10.0) };
            let usage = Usage { read_at: NOW, windows: vec![window(used)], balances: vec![] };
            shown(usage, vec![before]).windows.remove(0).pace
        };
        let with = |tempo, ahead_points, runs_out_at: Option<&str>, left_at_reset| {
            let runs_out_at = runs_out_at.map(str::to_owned);
            Some(PaceView { tempo, expected_percent: 40.0, ahead_points, runs_out_at, left_at_reset })
        };
        assert_eq!(pace(0.5), None);
        assert_eq!(pace(20.05), with(TempoView::Behind, -20.0, None, Some(58.2)));
        assert_eq!(pace(70.0), with(TempoView::Ahead, 30.0, Some("1970-01-12T14:28:20.000Z"), None));
    }
}
