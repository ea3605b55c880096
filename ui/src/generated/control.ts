// Generated from crates/daemon/src/control: `cargo run -p daemon --example typescript -- --write`.

/**
 * One account.
 */
export type AccountView = {
/**
 * Stable id.
 */
id: string,
/**
 * What the person calls it.
 */
label: string,
/**
 * Who the provider says it is.
 */
identity: IdentityView,
/**
 * `oauth`, `api` or `wellknown`.
 */
kind: string,
/**
 * Whether it can be used.
 */
standing: StandingView,
/**
 * Models that it can't be used for although it can for others.
 */
models: Array<ModelLimitView>,
/**
 * Its usage windows: governing ones first, shortest first.
 */
windows: Array<WindowView>,
/**
 * When the windows were read; `null` when never.
 */
usage_read_at: string | null,
/**
 * Whether the windows are so old that a reading must have been missed.
 */
usage_stale: boolean,
/**
 * Money or credits that are left, where requests are paid from them.
 */
balances: Array<BalanceView>,
/**
 * Percent used of its scarcest window, of those that govern every request; `null` where nobody knows.
 */
used_percent: number | null,
/**
 * Whether its provider publishes usage figures at all.
 */
has_figures: boolean,
/**
 * Why it isn't the next one, in words; `null` for the next one.
 */
passed_over: string | null,
/**
 * The same for other languages.
 */
passed_over_words?: Words,
/**
 * What will happen with it, as far as anybody knows.
 */
expected: Array<ExpectedView>, };

/**
 * What the tray app is set to: `[app]` and `[updates]`. A page that doesn't know a value takes the first of its kind.
 */
export type AppView = {
/**
 * `system`, `light` or `dark`.
 */
theme: string,
/**
 * `system`, or a language: `en`, `de`, `zh`, `ja`.
 */
language: string,
/**
 * Whether e-mail addresses stay out of sight.
 */
hide_emails: boolean,
/**
 * What the icon shows: `meter`, `plain` or `percent`.
 */
icon: string,
/**
 * Keys that open the popover from anywhere.
 */
shortcut: string | null,
/**
 * Whether it starts at login; `null` where nobody has said so.
 */
autostart: boolean | null,
/**
 * Where new versions come from: `stable`, `beta` or `off`. A daemon that doesn't say has no say in it.
 */
update_channel: string | null, };

/**
 * Money or credits that requests are paid from.
 */
export type BalanceView = {
/**
 * What is left.
 */
left: number,
/**
 * What there was at first, where the provider says so.
 */
of: number | null,
/**
 * ISO 4217 code in capitals, or the provider's own unit.
 */
unit: string, };

/**
 * What is to be done about the bridge.
 */
export type BridgeAct = "install" | "uninstall" | "status";

/**
 * What is in the bridge's place.
 */
export type BridgeState = "absent" | "installed" | "outdated" | "foreign";

/**
 * How it stands with the bridge inside OpenCode.
 */
export type BridgeView = {
/**
 * What is in its place.
 */
state: BridgeState,
/**
 * Its place.
 */
file: string,
/**
 * The version of Baton that put it there, when one did.
 */
version: string | null,
/**
 * What is wrong with what is there, in words.
 */
note: string | null,
/**
 * The same for other languages.
 */
note_words?: Words,
/**
 * What to expect of OpenCode's next start, where that isn't the usual.
 */
warning: string | null,
/**
 * The same for other languages.
 */
warning_words?: Words, };

/**
 * One check of `doctor`.
 */
export type Check = {
/**
 * What was looked at.
 */
name: string,
/**
 * How it is.
 */
state: CheckState,
/**
 * What was found, one line.
 */
found: string,
/**
 * The same for other languages.
 */
found_words?: Words,
/**
 * What to do about it, one line.
 */
remedy: string | null,
/**
 * The same for other languages.
 */
remedy_words?: Words, };

/**
 * How a check went.
 */
export type CheckState = "ok" | "warning" | "broken";

/**
 * How use of one window of one account went.
 */
export type CourseView = {
/**
 * The provider.
 */
provider: string,
/**
 * The account's id.
 */
account_id: string,
/**
 * Its label.
 */
account: string,
/**
 * The window's short name: `5h`, `weekly`, …
 */
window: string,
/**
 * Its length in seconds.
 */
window_seconds: number,
/**
 * The model or family that it is for; `null` when it governs every request.
 */
model: string | null,
/**
 * The readings, oldest first, about two hundred at most.
 */
points: Array<PointView>, };

/**
 * Kinds of failures that callers tell apart; the program `baton` exits with them.
 */
export type ErrorCode = "failed" | "usage" | "no_usable_account" | "keychain_unavailable";

/**
 * Something that will happen with an account.
 */
export type ExpectedView = {
/**
 * What, in words.
 */
what: string,
/**
 * The same for other languages.
 */
what_words?: Words,
/**
 * When; `null` where that hangs on other things.
 */
at: string | null, };

/**
 * Automatic failover.
 */
export type Failover = {
/**
 * Whether Baton switches by itself now.
 */
enabled: boolean,
/**
 * Whether the person paused it (`enabled` is false then).
 */
paused: boolean,
/**
 * When such a pause ends by itself; `null` when only the person ends it.
 */
paused_until: string | null, };

/**
 * A request that was not carried out.
 */
export type Failure = {
/**
 * What kind of failure.
 */
code: ErrorCode,
/**
 * One line for the person: what is there and what to do.
 */
message: string,
/**
 * The same for other languages.
 */
message_words?: Words, };

/**
 * Something that happened.
 */
export type HistoryEntry = {
/**
 * When.
 */
at: string,
/**
 * What.
 */
event: HistoryEvent,
/**
 * The provider.
 */
provider: string,
/**
 * Label of the account that it was about: of a switch, the new one.
 */
account: string | null,
/**
 * Of a switch, label of the account before.
 */
from: string | null,
/**
 * Why, in words; of a switch also why each other account was passed over.
 */
reason: string,
/**
 * The same for other languages.
 */
reason_words?: Words, };

/**
 * Kinds of history entries.
 */
export type HistoryEvent = "switch" | "switch_failed" | "limit_hit" | "login_saved" | "needs_login" | "refreshed" | "resumed" | "not_resumed" | string;

/**
 * Who an account is.
 */
export type IdentityView = {
/**
 * E-mail address.
 */
email: string | null,
/**
 * The person's id at the provider.
 */
user_id: string | null,
/**
 * The workspace's id at the provider.
 */
workspace_id: string | null,
/**
 * The plan's name.
 */
plan: string | null, };

/**
 * A lane as it is set.
 */
export type LaneSettingsView = {
/**
 * OpenCode's id of the provider.
 */
provider: string,
/**
 * The model, as OpenCode names it.
 */
model: string,
/**
 * Whether it counts.
 */
enabled: boolean, };

/**
 * A model at another provider.
 */
export type LaneView = {
/**
 * The provider.
 */
provider: string,
/**
 * Its model.
 */
model: string, };

/**
 * A model that an account can't be used for.
 */
export type ModelLimitView = {
/**
 * The model or family, in the provider's words.
 */
model: string,
/**
 * Until when.
 */
until: string,
/**
 * Why, in words.
 */
reason: string,
/**
 * The same for other languages.
 */
reason_words?: Words, };

/**
 * A model of a provider's.
 */
export type ModelView = {
/**
 * OpenCode's id for it.
 */
id: string,
/**
 * Its name for people.
 */
name: string, };

/**
 * Something the person is told: an event of the stream `GET /v1/events`, and the standard input of
 * `[notifications] command`.
 */
export type NoticeView = {
/**
 * Always `baton.notice.v1`.
 */
schema: string,
/**
 * `switched`, `nobody_left`, `held_back`, `switch_failed`, `needs_login`, `login_saved`, `nearly_spent`,
 * `window_reset`.
 */
event: string,
/**
 * When.
 */
at: string,
/**
 * The provider.
 */
provider: string,
/**
 * Label of the account that it is about.
 */
account: string | null,
/**
 * Of a switch, label of the account before.
 */
from: string | null,
/**
 * Where a session may go on, when nobody is left.
 */
lane: LaneView | null,
/**
 * One line that says what happened.
 */
title: string,
/**
 * The same for other languages.
 */
title_words?: Words,
/**
 * One or two lines that say why and what comes next.
 */
body: string,
/**
 * The same for other languages.
 */
body_words?: Words, };

/**
 * How use of a window compares with the clock.
 */
export type PaceView = {
/**
 * In one word.
 */
tempo: TempoView,
/**
 * Percent that would have been used if use were spread evenly over the window.
 */
expected_percent: number,
/**
 * Percentage points by which use is ahead of that; negative when it is behind.
 */
ahead_points: number,
/**
 * When it is spent at the recent rate, where that is before its reset. Only of the active account.
 */
runs_out_at: string | null,
/**
 * Percent that is left at its reset at the recent rate, where it lasts so long. Only of the active account.
 */
left_at_reset: number | null, };

/**
 * How long automatic failover is off.
 */
export type PauseLength = { "seconds": number } | "until_tomorrow";

/**
 * One reading.
 */
export type PointView = {
/**
 * When.
 */
at: string,
/**
 * Percent used, 0 to 100.
 */
used_percent: number, };

/**
 * Something that is missing or broken, and what to do.
 */
export type Problem = {
/**
 * Stable name: `keychain`, `auth_file`, `log`, `settings`, `tray`, `notifications`, `opencode`, …
 */
part: string,
/**
 * What is the matter, one line.
 */
message: string,
/**
 * The same for other languages.
 */
message_words?: Words,
/**
 * What to do about it, one line.
 */
remedy: string | null,
/**
 * The same for other languages.
 */
remedy_words?: Words, };

/**
 * What is set for a provider.
 */
export type ProviderSettingsView = {
/**
 * OpenCode's id for it.
 */
id: string,
/**
 * Its name for people.
 */
name: string,
/**
 * Whether Baton switches there by itself.
 */
enabled: boolean,
/**
 * At how many percent used of a window the person is told.
 */
alerts: Array<number>, };

/**
 * One provider.
 */
export type ProviderView = {
/**
 * OpenCode's id for it.
 */
id: string,
/**
 * Its name for people.
 */
name: string,
/**
 * Id of the account that OpenCode uses now.
 */
active: string | null,
/**
 * Id of the account that would come next.
 */
next: string | null,
/**
 * Why Baton doesn't switch there by itself now, in words; `null` when it does.
 */
held_back: string | null,
/**
 * The same for other languages.
 */
held_back_words?: Words,
/**
 * Where a session may go on, when nobody is left.
 */
lane: LaneView | null,
/**
 * Its accounts, by label.
 */
accounts: Array<AccountView>, };

/**
 * What came of a request, tagged by `did`.
 */
export type Reply = { "did": "done" } | { "did": "saved",
/**
 * The accounts.
 */
accounts: Array<SavedAccount>, } | { "did": "renamed",
/**
 * The provider.
 */
provider: string,
/**
 * The label before.
 */
from: string,
/**
 * The label now: what was asked for, normalised.
 */
to: string, } | { "did": "switched",
/**
 * The provider.
 */
provider: string,
/**
 * Label of the account before, when one was known.
 */
from: string | null,
/**
 * Label of the account now.
 */
to: string,
/**
 * A running OpenCode takes it in only after a restart.
 */
restart_needed: boolean, } | { "did": "history",
/**
 * The entries.
 */
entries: Array<HistoryEntry>, } | { "did": "spend",
/**
 * The rows: days oldest first, else the largest first.
 */
rows: Array<SpendView>,
/**
 * How many records of OpenCode's history weren't what they should be.
 */
skipped: number,
/**
 * Why the newest answers are missing, where they are.
 */
behind: string | null, } | { "did": "why",
/**
 * The providers.
 */
providers: Array<WhyView>, } | { "did": "doctor",
/**
 * The checks.
 */
checks: Array<Check>, } | { "did": "settings",
/**
 * All of it.
 */
settings: SettingsView, } | { "did": "vault",
/**
 * Now.
 */
vault: VaultView, } | { "did": "usage_history",
/**
 * One for each window, by provider and label.
 */
courses: Array<CourseView>, } | { "did": "models",
/**
 * By name.
 */
models: Array<ModelView>, } | { "did": "bridge",
/**
 * Now.
 */
bridge: BridgeView, };

/**
 * A request, tagged by `do`.
 */
export type Request = { "do": "add",
/**
 * Only this provider's.
 */
provider: string | null,
/**
 * What to call it; allowed when one login is saved.
 */
label: string | null, } | { "do": "add_key",
/**
 * The provider.
 */
provider: string,
/**
 * The key.
 */
key: SecretText,
/**
 * What to call it.
 */
label: string | null, } | { "do": "save_login",
/**
 * What to call it. A known account is called so too, if no other is. Where a login doesn't say whose it is, an
 * account of this name that needs a login gets it.
 */
label: string | null, } | { "do": "switch",
/**
 * The provider.
 */
provider: string,
/**
 * The account's label or id.
 */
account: string, } | { "do": "next",
/**
 * The provider.
 */
provider: string, } | { "do": "rename",
/**
 * The provider.
 */
provider: string,
/**
 * The account's label or id.
 */
account: string,
/**
 * The new label.
 */
label: string, } | { "do": "remove",
/**
 * The provider.
 */
provider: string,
/**
 * The account's label or id.
 */
account: string, } | { "do": "enable",
/**
 * The provider.
 */
provider: string,
/**
 * The account's label or id.
 */
account: string, } | { "do": "disable",
/**
 * The provider.
 */
provider: string,
/**
 * The account's label or id.
 */
account: string, } | { "do": "pause",
/**
 * For how long; until somebody turns it on again when absent.
 */
for?: PauseLength, } | { "do": "resume" } | { "do": "watch" } | { "do": "refresh_usage" } | { "do": "history",
/**
 * RFC 3339; everything when absent.
 */
since: string | null, } | { "do": "spend",
/**
 * RFC 3339, taken to the hour; everything when absent.
 */
since: string | null,
/**
 * One row for each of these.
 */
by: SpendBy, } | { "do": "why",
/**
 * Only at this provider.
 */
provider: string | null, } | { "do": "doctor" } | { "do": "settings" } | { "do": "configure",
/**
 * The key with its tables, one name each: `["failover", "strategy"]`.
 */
key: Array<string>,
/**
 * The value, as JSON; `null` takes the key out, so that its default counts.
 */
value: unknown, } | { "do": "vault",
/**
 * Where to; nothing moves when absent.
 */
move_to?: VaultStore, } | { "do": "usage_history",
/**
 * RFC 3339.
 */
since: string, } | { "do": "models",
/**
 * The provider.
 */
provider: string, } | { "do": "bridge",
/**
 * Which.
 */
act: BridgeAct, } | { "do": "desktop",
/**
 * What is missing.
 */
lacks: Array<Problem>, };

/**
 * An account that `add` saved.
 */
export type SavedAccount = {
/**
 * The provider.
 */
provider: string,
/**
 * The account's label.
 */
label: string,
/**
 * False when the account was known and only its tokens were saved.
 */
new: boolean, };

/**
 * A secret on its way in: prints as redacted.
 */
export type SecretText = string;

/**
 * What is set and can be changed with [`Request::Configure`](super::Request::Configure), as it is in force.
 */
export type SettingsView = {
/**
 * The settings file.
 */
file: string,
/**
 * The folder of Baton's own log.
 */
log_dir: string,
/**
 * Where credentials are kept; changed with [`Request::Vault`](super::Request::Vault).
 */
vault: VaultView,
/**
 * `[failover] enabled`.
 */
failover: boolean,
/**
 * `[failover] strategy`.
 */
strategy: string,
/**
 * What may be chosen for it.
 */
strategies: Array<string>,
/**
 * `[failover] switch_at_percent`.
 */
switch_at_percent: number,
/**
 * `[failover] return_to_preferred`.
 */
return_to_preferred: boolean,
/**
 * `[failover] session_cooldown_seconds`.
 */
session_cooldown_seconds: number,
/**
 * `[failover] session_max_attempts`.
 */
session_max_attempts: number,
/**
 * `[notifications] muted`: kinds of notices that nobody is told of.
 */
muted: Array<string>,
/**
 * Every kind there is.
 */
notices: Array<string>,
/**
 * `[providers.X]`, of the providers that have an account.
 */
providers: Array<ProviderSettingsView>,
/**
 * `[lanes] enabled`.
 */
lanes_enabled: boolean,
/**
 * `[lanes] order`, best first.
 */
lanes: Array<LaneSettingsView>, };

/**
 * Everything there is to show.
 */
export type Snapshot = {
/**
 * Always `baton.status.v1`.
 */
schema: string,
/**
 * When it was made.
 */
generated_at: string,
/**
 * Automatic failover.
 */
failover: Failover,
/**
 * Every provider with an account, or with a credential in OpenCode, by id.
 */
providers: Array<ProviderView>,
/**
 * What is missing or broken now, most important first; empty when all is well.
 */
problems: Array<Problem>,
/**
 * The newest things that happened, newest first, at most 20.
 */
recent: Array<HistoryEntry>,
/**
 * The program's version.
 */
version: string,
/**
 * How the windows look.
 */
app: AppView, };

/**
 * What a row of spend is about.
 */
export type SpendBy = "account" | "model" | "day";

/**
 * What was spent, of an account and perhaps a model or a day.
 */
export type SpendView = {
/**
 * The provider.
 */
provider: string,
/**
 * The account that was active; `null` when nobody knows. It may be removed by now.
 */
account_id: string | null,
/**
 * Its label.
 */
account: string | null,
/**
 * The model, in rows by model.
 */
model: string | null,
/**
 * The day as `2026-11-20`, UTC, in rows by day.
 */
day: string | null,
/**
 * How many answers.
 */
answers: number,
/**
 * Tokens of questions that weren't cached.
 */
input: number,
/**
 * Tokens of answers, without reasoning.
 */
output: number,
/**
 * Tokens of reasoning.
 */
reasoning: number,
/**
 * Tokens that came from the provider's cache.
 */
cache_read: number,
/**
 * Tokens that went into the provider's cache.
 */
cache_write: number,
/**
 * US dollars at list price, as OpenCode reckons them; `null` where it puts no price on an answer: paid by the
 * month, free, or of a model whose price it doesn't know.
 */
cost: number | null, };

/**
 * The standings.
 */
export type StandingState = "ready" | "cooling_down" | "needs_login" | "disabled" | string;

/**
 * Whether an account can be used.
 */
export type StandingView = {
/**
 * Which standing.
 */
state: StandingState,
/**
 * When a cooldown ends.
 */
until: string | null,
/**
 * Why it can't be used, in words; `null` when it can. An account whose balance is spent is `ready` with a reason:
 * nobody says until when.
 */
reason: string | null,
/**
 * The same for other languages.
 */
reason_words?: Words, };

/**
 * A pace in one word.
 */
export type TempoView = "ahead" | "on_pace" | "behind" | string;

/**
 * What stands in a place of a text: each language writes it its own way.
 */
export type Value = { "text": string } | { "number": number } | { "time": string } | { "seconds": number } | { "window": {
/**
 * Its short name: `5h`, `weekly`, …
 */
name: string,
/**
 * The model or family that it is for; `null` when it governs every request.
 */
model: string | null, } } | { "words": Words } | { "list": Array<Words> } | unknown;

/**
 * Where credentials can be kept.
 */
export type VaultStore = "keychain" | "file";

/**
 * Where credentials are kept.
 */
export type VaultView = {
/**
 * In which of the two places.
 */
store: VaultStore,
/**
 * The file, when it is that.
 */
file: string | null,
/**
 * What isn't as it should be, in words: something is left in the other place.
 */
note: string | null,
/**
 * The same for other languages.
 */
note_words?: Words, };

/**
 * A session that can't go on by itself.
 */
export type WaitingSessionView = {
/**
 * OpenCode's id of it.
 */
session: string,
/**
 * The model that it asked for.
 */
model: string,
/**
 * How it is stuck and what becomes of it, in words.
 */
why: string, };

/**
 * How things stand for one account.
 */
export type WhyAccount = {
/**
 * Stable id.
 */
id: string,
/**
 * Its label.
 */
label: string,
/**
 * Whether it is active or next, or why it is neither, in words.
 */
why: string,
/**
 * What will happen with it, as far as anybody knows.
 */
expected: Array<ExpectedView>, };

/**
 * How things stand at one provider.
 */
export type WhyView = {
/**
 * The provider.
 */
provider: string,
/**
 * How the next account is chosen, as it is called in the settings.
 */
strategy: string,
/**
 * Why Baton doesn't switch there by itself now, in words; `null` when it does.
 */
held_back: string | null,
/**
 * Where a session may go on, when nobody is left.
 */
lane: LaneView | null,
/**
 * Its accounts, by label.
 */
accounts: Array<WhyAccount>,
/**
 * The sessions that can't go on there by themselves, as the bridge inside OpenCode tells.
 */
sessions: Array<WaitingSessionView>, };

/**
 * One usage window.
 */
export type WindowView = {
/**
 * Short name by length: `5h`, `weekly`, …
 */
name: string,
/**
 * Its length in seconds.
 */
window_seconds: number,
/**
 * Percent used, 0 to 100.
 */
used_percent: number,
/**
 * When it is whole again.
 */
resets_at: string | null,
/**
 * The model or family that it is for; `null` when it governs every request.
 */
model: string | null,
/**
 * How use compares with the clock, as of the last reading; `null` while there is too little to say.
 */
pace: PaceView | null, };

/**
 * Something that is said.
 */
export type Words = {
/**
 * In English.
 */
text: string,
/**
 * Names the text in the catalogue of texts; `null` for words from elsewhere, such as a system's own error.
 */
key: string | null,
/**
 * What stands in the text's places, by their names.
 */
with: { [key in string]: Value }, };
