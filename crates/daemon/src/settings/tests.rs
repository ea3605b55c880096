use super::*;

const EVERYTHING: &str = r#"
    [failover]
    enabled = false
    strategy = "drain-first"
    return_to_preferred = true
    session_cooldown_seconds = 200
    session_max_attempts = 5
    switch_at_percent = 90
    flap_switches = 4
    switch_on_overload = 6
    [vault]
    store = "file"
    [notifications]
    command = ["notify-me", "--json"]
    muted = ["login_saved"]
    [app]
    theme = "dark"
    language = "de"
    hide_emails = true
    icon = "plain"
    shortcut = "Ctrl+Alt+B"
    autostart = true
    [updates]
    channel = "beta"
    [providers.openai]
    usage_url = "https://chatgpt.com/backend-api/wham/usage"
    token_url = "http://127.0.0.1:8080/oauth/token"
    [providers.github-copilot]
    usage_url = "http://[::1]:9/usage"
    alerts = [90, 50, 90]
    [providers.anthropic]
    alerts = []
"#;

#[test]
fn everything_that_can_be_set_is_read() {
    let settings = Settings::parse(EVERYTHING).unwrap();
    assert_eq!(settings.vault.store, VaultStore::File);
    assert_eq!(settings.notifications.command, Some(vec!["notify-me".to_owned(), "--json".to_owned()]));
    assert_eq!(settings.notifications.muted, ["login_saved"]);
    let text = str::to_owned;
    let shortcut = Some(text("Ctrl+Alt+B"));
    let (theme, language, icon) = (text("dark"), text("de"), text("plain"));
    let app = App { theme, language, hide_emails: true, icon, shortcut, autostart: Some(true) };
    assert_eq!(settings.app, app);
    assert_eq!(settings.updates.channel, "beta");
    let openai = &settings.providers["openai"];
    assert_eq!(openai.usage_url.as_deref(), Some("https://chatgpt.com/backend-api/wham/usage"));
    assert_eq!(openai.token_url.as_deref(), Some("http://127.0.0.1:8080/oauth/token"));
    assert_eq!(settings.providers["github-copilot"].token_url, None);
    let policy = settings.policy();
    assert_eq!((policy.enabled, policy.session_max_attempts), (false, 5));
    assert_eq!(policy.session_cooldown, Duration::from_secs(200));
    assert_eq!(policy.switch_on_overload, Some(6));
    assert_eq!((policy.strategy, policy.switch_at_percent), (Strategy::DrainFirst, 90.0));
    assert!(policy.return_to_preferred);
    let alerts = |id: &str| policy.alerts.of(&ProviderId::new(id)).to_vec();
    assert_eq!([alerts("openai"), alerts("github-copilot"), alerts("anthropic")], [vec![80, 95], vec![50, 90], vec![]]);
}

#[test]
fn nothing_set_is_the_engines_own_default() {
    for text in ["", "[failover]\n", "# only a comment"] {
        assert_eq!(Settings::parse(text).unwrap(), Settings::default(), "{text:?}");
    }
    assert_eq!(Settings::default().policy(), Policy::default());
}

#[test]
fn flap_detection_outlasts_the_cooldown_or_is_off() {
    let flap = |text: &str| Settings::parse(text).unwrap().policy().flap;
    assert_eq!(flap("failover.flap_switches = 0"), None);
    let long = flap("failover.session_cooldown_seconds = 3600").unwrap();
    assert!(long.within > 2 * Duration::from_secs(3600), "three switches of one session fit in: {long:?}");
    assert!(long.hold >= long.same_target_within && long.same_target_within >= long.within, "{long:?}");
}

#[test]
fn a_full_path_moves_opencodes_data_folder() {
    let dir = std::env::temp_dir();
    let text = format!("opencode.data_dir = '{}'", dir.display());
    assert_eq!(Settings::parse(&text).unwrap().opencode.data_dir, Some(dir));
}

/// What the person reads about bad settings: always one line.
fn check(text: &str, expected: &str) {
    let error = Settings::parse(text).unwrap_err();
    assert_eq!(error.to_string(), expected, "{text:?}");
}

#[test]
fn an_unknown_key_is_named_with_its_line_and_what_is_there() {
    check(
        "[failover]\nenabled = true\nstratgy = 1",
        "line 3: `failover.stratgy`: unknown field stratgy, expected one of enabled, strategy, session_cooldown_seconds, \
         session_max_attempts, switch_at_percent, return_to_preferred, flap_switches, switch_on_overload",
    );
    check(
        "[vaults]",
        "line 1: `vaults`: unknown field vaults, expected one of failover, vault, opencode, notifications, app, \
         updates, providers, errors, lanes, sessions",
    );
    check("vault.colour = 1", "line 1: `vault.colour`: unknown field colour, expected store");
    check(
        "[providers.openai]\n\nurl = ''",
        "line 3: `providers.openai.url`: unknown field url, expected one of enabled, usage_url, token_url, alerts, accounts",
    );
}

#[test]
fn a_strategy_is_one_of_those_that_there_are() {
    for name in ["most-remaining", "sticky", "round-robin", "hybrid", "drain-first", "soonest-reset"] {
        Settings::parse(&format!("failover.strategy = '{name}'")).unwrap();
    }
    check(
        "failover.strategy = 'best'",
        "line 1: `failover.strategy`: \"best\" isn't a strategy, allowed are \"most-remaining\", \"sticky\", \
         \"round-robin\", \"hybrid\", \"drain-first\" and \"soonest-reset\"",
    );
    for percent in [0, 101] {
        check(
            &format!("[failover]\nswitch_at_percent = {percent}"),
            &format!("line 2: `failover.switch_at_percent`: {percent} is out of range, allowed are 1 to 100"),
        );
    }
}

#[test]
fn numbers_out_of_range_name_the_range() {
    check(
        "[failover]\nsession_cooldown_seconds = 3601",
        "line 2: `failover.session_cooldown_seconds`: 3601 is out of range, allowed are 0 to 3600",
    );
    check(
        "[failover]\nsession_max_attempts = 0",
        "line 2: `failover.session_max_attempts`: 0 is out of range, allowed are 1 to 20",
    );
    check(
        "[failover]\nflap_switches = -1",
        "line 2: `failover.flap_switches`: -1 is out of range, allowed are 0 to 100",
    );
}

#[test]
fn a_value_of_the_wrong_type_is_named() {
    check(
        "[failover]\nenabled = 'yes'",
        "line 2: `failover.enabled`: invalid type: string \"yes\", expected a boolean",
    );
    check(
        "[failover]\nsession_max_attempts = '3'",
        "line 2: `failover.session_max_attempts`: invalid type: string \"3\", expected a whole number",
    );
    check("vault = 1", "line 1: `vault`: invalid type: integer 1, expected a table");
}

#[test]
fn other_values_that_make_no_sense_are_named() {
    check(
        "[vault]\nstore = 'cloud'",
        "line 2: `vault.store`: \"cloud\" isn't a store, allowed are \"keychain\" and \"file\"",
    );
    check(
        "[opencode]\ndata_dir = '~/x'",
        "line 2: `opencode.data_dir`: \"~/x\" isn't a full path (~ and variables aren't expanded)",
    );
    check(
        "[app]\ntheme = 'pink'",
        "line 2: `app.theme`: \"pink\" isn't known as theme, allowed are system, light, dark",
    );
    check(
        "[updates]\nchannel = 'nightly'",
        "line 2: `updates.channel`: \"nightly\" isn't known as channel, allowed are stable, beta, off",
    );
    check("[app]\nautostart = 'yes'", "line 2: `app.autostart`: invalid type: string \"yes\", expected a boolean");
    check("[notifications]\ncommand = []", "line 2: `notifications.command`: the program's name is missing");
    check("[notifications]\ncommand = ['', 'x']", "line 2: `notifications.command`: the program's name is missing");
}

#[test]
fn alerts_are_percentages() {
    let refused = |value: &str, why: &str| {
        check(&format!("[providers.openai]\nalerts = {value}"), &format!("line 2: `providers.openai.alerts`: {why}"));
    };
    refused("[80, 101]", "101 isn't a percentage, allowed are 1 to 100");
    refused("[0]", "0 isn't a percentage, allowed are 1 to 100");
    refused("[-5]", "-5 isn't a percentage, allowed are 1 to 100");
    refused("80", "invalid type: integer 80, expected a list of whole numbers, such as [80, 95]");
    refused("'80'", "invalid type: string \"80\", expected a list of whole numbers, such as [80, 95]");
    refused("[80.5]", "invalid type: floating point 80.5, expected a whole number");
}

#[test]
fn secrets_only_travel_encrypted_or_to_this_machine() {
    let refused = |url: &str, why: &str| {
        check(
            &format!("[providers.openai]\ntoken_url = '{url}'"),
            &format!("line 2: `providers.openai.token_url`: {why}"),
        );
    };
    let plain = "an address with https:// is needed (http:// only for this machine: 127.0.0.1, [::1], localhost)";
    for url in ["http://example.org/t", "http://127.0.0.1.example.org", "ftp://example.org", "file:///etc/x"] {
        refused(url, plain);
    }
    refused("nowhere", "not an address: relative URL without a base");
    refused("http://127.0.0.1@example.org/", "an address without a user name and password is needed");
    for url in ["http://localhost:1/x", "http://127.8.9.1/x", "https://10.0.0.1/x"] {
        Settings::parse(&format!("providers.p.usage_url = '{url}'")).unwrap();
    }
}

#[test]
fn what_is_not_toml_names_the_line() {
    let error = Settings::parse("[failover]\nenabled = \n").unwrap_err();
    assert_eq!((error.line, error.key.as_deref()), (Some(2), None));
    assert_eq!(error.to_string().lines().count(), 1, "{error}");
    let error = Settings::parse("[vault]\nstore = 'file'\nstore = 'file'").unwrap_err();
    assert_eq!(error.line, Some(3), "{error}");
}

#[test]
fn a_missing_file_reads_as_the_defaults_and_an_unreadable_one_is_named() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(Settings::load(&dir.path().join("config.toml")).unwrap(), Settings::default());
    let error = Settings::load(dir.path()).unwrap_err().to_string();
    assert!(error.contains(&dir.path().display().to_string()), "{error}");
    let binary = dir.path().join("config.toml");
    std::fs::write(&binary, [0xff, 0xfe]).unwrap();
    assert!(Settings::load(&binary).unwrap_err().to_string().contains("UTF-8"));
}
