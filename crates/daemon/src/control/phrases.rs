//! Every text that the daemon says to people, in one table: a key, the places in it, and its English. The catalogue of
//! the windows has each key in every language, which a test holds. Says nothing by itself: when something is said, the
//! rest of the daemon decides.

use super::{Value, Words};

/// A text of the table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Phrase {
    /// Its key in the catalogue.
    pub(super) key: &'static str,
    /// In English.
    pub(super) english: &'static str,
    /// The names of its places.
    pub(super) places: &'static [&'static str],
}

macro_rules! phrases {
    ($($key:ident($($place:ident),*) $english:literal;)*) => {
        $(
            #[doc = $english]
            pub fn $key($($place: impl Into<Value>),*) -> Words {
                Words::new(stringify!($key), $english, [$((stringify!($place), $place.into())),*])
            }
        )*

        /// All of them.
        pub(super) const ALL: &[Phrase] = &[
            $(Phrase { key: stringify!($key), english: $english, places: &[$(stringify!($place)),*] }),*
        ];
    };
}

phrases! {
    // How texts are put together.
    sentence(what) "{what}.";
    sentences(first, second) "{first} {second}";
    list(all) "{all}";

    // Limits, and why an account can't be used.
    usage_limit() "usage limit reached";
    billing() "credit or quota spent";
    long_wait() "the provider asked for a long wait";
    window_read_spent() "a usage window is spent";
    failing() "its requests failed one after the other";
    of_model(what, model) "{what} for {model}";
    of_model_until(what, model, until) "{what} for {model} until {until}";
    of_all_accounts(what) "{what} for all accounts: the provider has nobody left behind it";
    until(what, until) "{what} until {until}";
    login_rejected(command) "the provider rejected its login: log in again with `{command}`";
    disabled_by_you() "disabled by you";

    // Why an account isn't the next one.
    active_now() "active now";
    comes_next() "comes next";
    tried_already() "tried already";
    by_hand_only() "only when you choose it yourself";
    model_not_allowed(model) "not for {model}, by your settings";
    needs_login() "needs a login";
    window_spent(window) "its {window} is spent";
    balance_spent(unit) "its balance is spent ({unit})";
    provider_spent(until) "the provider has nobody left behind it, until {until} at least";
    other_models() "another one can be used for more of the models that are asked for now";
    within_reserve(left, reserve) "kept for you: {left} % left of a reserve of {reserve} %";
    hardly_more(left) "has hardly more left ({left} %)";
    more_unknown() "nobody knows whether it has more left";
    not_preferred() "not preferred to the active one";
    last_resort() "kept as a last resort";
    lower_priority() "another one has a higher priority";
    model_unknown() "only for certain models, and nobody knows which one is needed";
    used_more_recently() "another one was used longer ago";
    later_in_line() "another one is before it in line";
    lower_score(score) "has a lower score ({score} of 100)";
    later_reset(at) "another one's quota ends before its own ({at})";
    later_reset_unknown() "another one's quota ends sooner";
    less_left(left) "has less left ({left} %)";
    other_kind() "another kind of credential, which a running OpenCode doesn't take in";
    left_unknown() "nobody knows what it has left";
    equal() "as good, but not the first";
    place_of(account, why) "{account}: {why}";
    left_of(account, left) "{account}: {left} % left";

    // What a switch is for, and why there is none.
    cause_limit_hit() "the active account hit its limit";
    cause_login_rejected() "the provider refused the active account's login";
    cause_account_back() "the active account is still limited and this one can be used again";
    cause_failing() "requests of the active account failed one after the other";
    cause_overload() "the provider is overloaded, and you want another account tried then";
    cause_before_limit() "the active account was near its limit, and no turn ran";
    cause_returned() "you prefer it, it can be used again, and no turn ran";
    cause_chosen() "you chose it";
    cause_next_asked() "you asked for the next account";
    cause_put_back() "a token refresh in flight had written the account before over it";
    held_off() "automatic failover is off";
    held_flapping(until) "switching went in circles; automatic failover goes on at {until}";
    held_attempts() "the session has used up its failovers; it gets new ones when its turn is over";
    switch_failed_why(why, reason) "{why} ({reason})";
    rolled_back(reason) "cut off and rolled back ({reason})";

    // What will happen with an account.
    usable_again() "can be used again";
    window_whole_again(window) "its {window} is whole again";
    left_at(percent) "left between turns at {percent} % used, or before a turn that would hit the limit";
    left_for_more() "left between turns as soon as another account has clearly more left";
    left_at_limit() "left when it hits its limit";
    returned_to() "gone back to between turns as soon as it can be used";
    runs_out(end, reset) "At this rate it runs out in {end}. It resets in {reset}.";
    lasts(reset) "At this rate it lasts to its reset in {reset}.";
    resets(reset) "It resets in {reset}.";
    reset_unknown() "Nobody says when it resets.";
    first_back(account, span) "The first one back is {account}, in {span}.";
    first_back_unknown() "No provider says when one can be used again.";
    go_on_with(model, provider) "Go on with {model} of {provider} meanwhile.";

    // Sessions that are stuck.
    goes_on(session, model, provider, why) "session {session} goes on with {model} of {provider}: {why}";
    goes_on_as(session, model, provider, agent, why) "session {session} goes on as {agent} with {model} of {provider}: {why}";
    another_active() "another account is active";
    agent_names_it() "no account is left, and its agent names this one for that (`fallback_agent`)";
    first_lane() "no account is left, and this is the first of your lanes that can be used";
    left_as_it_is(why, what) "{why} ({what})";
    run_cant_be_woken() "`opencode run` can't be woken up";
    had_gone_on() "it had gone on, or had been ended, by then";
    not_carried_out() "OpenCode didn't carry it out";
    wait_not_ended() "OpenCode didn't end its wait";
    its_opencode_is_gone() "the OpenCode that it ran in is gone";
    sleeps_until(until) "sleeps until {until}";
    turn_failed() "failed";
    not_carried_on_again(how) "{how}; it isn't carried on again before you ask it something (`[sessions] continuations`)";
    carried_on_soon(how) "{how}; it is carried on as soon as another account is active";

    // Notices.
    now_on(provider, account) "{provider}: now on {account}";
    hit_its_limit(account) "{account} hit its limit.";
    must_log_in(account) "{account} has to be logged in to again.";
    near_its_limit(account) "{account} is near its limit.";
    is_usable_again(account) "{account} can be used again.";
    has_left(account, left) "{account} has {left} % left.";
    restart_opencode() "Restart OpenCode: it takes in another kind of credential only at its start.";
    nobody_left(provider) "{provider}: no account left";
    nobody_left_for(provider, model) "{provider}: no account left for {model}";
    not_switched(provider) "{provider}: limit reached, not switched";
    couldnt_switch(provider, account) "{provider}: couldn't switch to {account}";
    login_needed(provider, account) "{provider}: {account} needs a login";
    log_in_again(command) "The provider rejected its login. Log in again with `{command}`.";
    login_saved(provider, account) "{provider}: saved {account}";
    login_saved_how() "Baton found a new login in OpenCode and keeps it as an account of its own.";
    nearly_spent(provider, account, percent, window) "{provider}: {account} has used {percent} % of its {window}";
    account_back(provider, account) "{provider}: {account} can be used again";
    window_was_reset(window) "Its {window} was reset.";

    // What is missing or broken, and what to do about it.
    no_keychain(why) "no keychain: {why}";
    keychain_locked() "the keychain is locked: unlock it and try again";
    keychain_silent(seconds) "the keychain didn't answer within {seconds} s: it may be waiting for a prompt to be answered";
    vault_refused(why) "the saved credentials are out of reach: {why}";
    vault_corrupt(why) "a saved credential can't be read: {why}";
    unlock_keychain() "unlock the keychain, or keep credentials in a file: `baton vault file`";
    get_keychain() "unlock or install a keychain (on Linux a Secret Service such as gnome-keyring), or keep credentials in a file: `baton vault file`";
    keychain_gone(why) "{why}; what it holds can't be moved. If it is gone for good, set `[vault] store = \"file\"` in the settings, start Baton again and log in to each account again";
    vault_not_named(place) "the settings name another place for credentials than {place}, where they are";
    move_to_named() "start Baton again, and the credentials move there; or say where they belong with `baton vault keychain` or `baton vault file`";
    left_behind(accounts, place, why) "the credentials of {accounts} are still in {place}, out of reach: {why}";
    make_it_answer() "make it answer and start Baton again; or log in to them again with `baton login`";
    copies_left(place) "copies of them may still be in {place}, which couldn't be cleared; the same command again or Baton's next start does it";
    settings_before() "the settings before it stay in force";
    needs_new_start() "changes in [opencode] take effect when Baton is started again";
    start_again() "quit Baton and start it again";
    figures_dropped(accounts) "figures were dropped, because the provider named another account: {accounts}";
    log_in_to_it() "log in to it again; if it was renamed, remove it with `baton remove` and add it again";
    logins_unsaved(providers) "OpenCode has logins that aren't saved as accounts: {providers}";
    save_logins() "save them with `baton add`";
    login_kept(why) "a new login isn't saved yet, but kept until it is: {why}";
    save_kept_login() "`baton login` saves it as soon as that is mended, and so does Baton's next start";
    auth_file_unreadable(why) "OpenCode's auth.json can't be read: {why}";
    auth_file_no_json(line, column) "OpenCode's auth.json is not valid JSON at line {line}, column {column}: mend it, or log in again";
    auth_file_no_object() "OpenCode's auth.json holds no JSON object: mend it, or log in again";
    auth_file_twice() "OpenCode's auth.json has two entries for one provider: remove one of them";
    nothing_written() "nothing is written to it until it is valid again; Baton reads it then by itself";
    ledger_unreachable(path, why) "the ledger {path} can't be opened: {why}";
    ledger_damaged(path) "the ledger {path} is damaged: move it away and start again; Baton then makes a new one, and `baton add` saves the logins that OpenCode has";
    ledger_foreign(path) "{path} is a database, but not Baton's ledger: move it away and start again";
    ledger_newer(path, version) "the ledger {path} was written by Baton {version}, which is newer than this one: use that version";
    ledger_label_taken(provider, label) "an account of {provider} is called {label} already: choose another label";
    ledger_unusable(path, why) "the ledger {path} can't be used: {why}";
    settings_at(line, key, what) "line {line}: `{key}`: {what}";
    settings_at_line(line, what) "line {line}: {what}";
    settings_at_key(key, what) "`{key}`: {what}";
    not_a_percentage(given) "{given} isn't a percentage, allowed are 1 to 100";
    out_of_range(given, least, most) "{given} is out of range, allowed are {least} to {most}";
    log_missing(folder) "OpenCode's log folder {folder} isn't there yet; Baton waits for it";
    start_opencode() "start OpenCode once";
    make_log_readable() "make the log readable for your user";
    watches_used_up(folder) "changes in {folder} are noticed up to a minute late: the system has no file watch left for it";
    raise_watches() "raise the limit, such as with `sudo sysctl fs.inotify.max_user_watches=1048576`; a line in /etc/sysctl.d keeps it";
    folder_unwatched(folder, why) "changes in {folder} are noticed up to a minute late: {why}";
    make_folder_readable() "make the folder readable for your user";
    mend_command() "mend or remove it in the settings";
    no_tray() "This desktop has no tray that icons can sit in, so Baton has none.";
    get_tray() "On GNOME, install the extension “AppIndicator and KStatusNotifierItem Support”. Until then, start Baton again to open this window; it keeps working when the window is closed.";
    no_notifications() "This desktop shows no notifications, so Baton can't tell you when it switches.";
    get_notifications() "Start a notification service, such as dunst, or set `[notifications] command`.";
    no_session_bus(why) "The session bus can't be used ({why}), so Baton shows no notifications.";
    get_session_bus() "Start Baton from a desktop session, or with `dbus-run-session`.";
    shortcut_unusable(shortcut, why) "The shortcut {shortcut} can't be used: {why}";
    other_shortcut() "Choose another one in the settings: this one may be another program's, or not be known.";
    daemon_stopped() "Baton's daemon stopped because of a defect; it starts again by itself.";
    daemon_not_running() "Baton's daemon isn't running yet.";
    start_at_login_unchanged(why) "Start at login wasn't changed: {why}";
    set_start_at_login_again() "Mend that, and set it again in the settings or with `baton autostart`.";
    popover_ended(why) "The popover ended by itself ({why}). Open it again.";
    folder_unopened(folder, program, why) "{folder} can't be opened with {program}: {why}";

    // What is set up.
    found_at(path) "found at {path}";
    opencode_missing() "`opencode` is neither on PATH nor where its installers put it";
    get_opencode() "install it, or put its folder on PATH; Baton works without, as soon as its files are there";
    not_there_yet(path) "{path} isn't there yet";
    log_in() "log in with `opencode auth login`";
    has_logins(path, providers) "{path} has logins for: {providers}";
    has_no_logins(path) "{path} has no logins";
    mend_auth_file() "mend it, or log in again with `opencode auth login`";
    has_logs(folder, count) "{folder} has {count} log files";
    cant_be_read(path, why) "{path} can't be read: {why}";
    start_opencode_wait() "start OpenCode once; Baton waits for it";
    credentials_in(vault) "credentials rest in {vault}";
    vault_keychain() "the system keychain";
    vault_file() "a file";
    no_account() "no account is saved yet";
    run_add() "run `baton add`";
    one_account() "one account is saved";
    get_second() "log in with a second one to have a fallback";
    accounts_saved(count) "{count} accounts are saved";
    no_messages() "OpenCode has no messages yet";
    spend_read_from(paths) "what was spent is read from {paths}";
    spend_misses() "`baton spend` misses what is in there, until it can be read; nothing else needs it";
    key_overridden(file, provider) "{file} sets `options.apiKey` for {provider}";
    take_out_key() "take it out: OpenCode uses it instead of the active account";
    auth_content_set() "OPENCODE_AUTH_CONTENT is set";
    unset_auth_content() "unset it where OpenCode is started: it makes OpenCode ignore auth.json";
    installed_at(path) "installed at {path}";
    bridge_absent() "not installed: `baton bridge install` makes failover invisible";
    bridge_of_other(file, version, own) "{file} is of Baton {version} and not as Baton {own} has it";
    bridge_elsewhere(file, control) "{file} talks to another Baton, by {control}";
    bridge_foreign(file) "{file} is there and isn't Baton's";
    bridge_not_ours(file) "{file} isn't Baton's: move it away, then install the bridge again";
    cant_do(act, path, why) "can't {act} {path}: {why}";
    bridge_stalls(registry) "OpenCode from 1.17 on fetches its plugin package when it starts with a plugin for the first time, and {registry} can't be reached: that start takes about a minute, each time until it has the package";
    install_bridge() "`baton bridge install`";
    move_bridge() "move it away, then `baton bridge install`";
    make_file_readable() "make the file readable for your user";
    make_file_writable() "let your user write that file, then `baton bridge install`";
    start_with_network() "start OpenCode once while the network is there";

    // Why a request isn't carried out.
    nobody_usable(accounts) "no account can be used: {accounts}";
    account_removed() "the account was removed";
    auth_file_restless() "OpenCode's auth.json keeps changing; try again in a moment";
    key_empty() "the key is empty: give it on standard input";
    key_with_space() "the key has white space or several lines in it: give one key";
    no_provider_id(id) "{id} is no provider id: use OpenCode's, such as openai or opencode-go";
    no_label(label) "{label} is no label: use letters, digits, dot, hyphen, underscore or @";
    label_taken(provider, label) "{provider} has another account {label}: choose another label";
    label_for_several(providers) "a label names one login, and OpenCode has {providers}: add --provider P";
    no_login() "OpenCode has no login yet: make one with `baton login`, for example `baton login openai`";
    no_login_for(provider) "OpenCode has no login for {provider}; it has none at all";
    login_for_others(provider, others) "OpenCode has no login for {provider}; it has one for {others}";
    no_such_account(provider, account, others) "{provider} has no single account {account}; there are: {others}";
    no_account_at(provider, others) "no account at {provider}; there are accounts at: {others}";
    no_accounts_yet() "there are no accounts yet: run `baton add` to save the logins that OpenCode has, or `baton login` to make one";
    request_dropped() "the request was dropped";
    stopping() "Baton is stopping: try again once it runs";
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The group of the windows' catalogue that has the daemon's texts, one a line.
    const CATALOGUE: &str = include_str!("../../../../ui/src/catalogue.ts");
    const GROUP: (&str, &str) = ("\n  words: {\n", "\n  },\n");

    #[test]
    fn every_text_is_in_the_catalogue_in_every_language_with_the_same_places() {
        let (_, group) = CATALOGUE.split_once(GROUP.0).unwrap();
        let (group, _) = group.split_once(GROUP.1).unwrap();
        let lines: Vec<&str> = group.lines().map(str::trim).filter(|line| line.contains(": [")).collect();
        for Phrase { key, english, places } in ALL {
            let line = lines.iter().find_map(|line| line.strip_prefix(&format!("{key}: ")));
            let line = line.unwrap_or_else(|| panic!("the catalogue has no line {key:?}"));
            let texts: Vec<String> = serde_json::from_str(line.trim_end_matches(',')).unwrap();
            assert_eq!((texts.len(), texts[0].as_str()), (4, *english), "{key}");
            for text in &texts {
                assert_eq!(named(text), sorted(places), "{key}: {text:?}");
            }
        }
        assert_eq!(lines.len(), ALL.len(), "the catalogue has texts that nobody says");
    }

    fn sorted<'a>(names: &[&'a str]) -> Vec<&'a str> {
        let mut names = names.to_vec();
        names.sort_unstable();
        names
    }

    fn named(text: &str) -> Vec<&str> {
        let names: Vec<&str> = text.split('{').skip(1).filter_map(|rest| Some(rest.split_once('}')?.0)).collect();
        sorted(&names)
    }
}
