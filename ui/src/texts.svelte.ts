// Puts the catalogue's texts together, in the language that is set. Words that nobody translated are shown as they are.

import type { Updates } from "./control";
import { catalogue, languages, type Text } from "./catalogue";
import type {
  ExpectedView,
  HistoryEntry,
  ModelLimitView,
  PaceView,
  Reply,
  StandingView,
  Value,
  WindowView,
  Words,
} from "./generated/control";
import { span, until } from "./time";

type Texts = typeof catalogue;
type Key = { [K in keyof Texts]: Texts[K] extends Text ? K : never }[keyof Texts];
type Group = Exclude<keyof Texts, Key>;
type Values = Record<string, string | number>;

const chosen = $state({ language: 0, hideEmails: false });

/** Sets the language (`system` for the browser's) and whether addresses are hidden. */
export function speak(language: string, hideEmails: boolean): void {
  const wanted = language === "system" ? navigator.language : language;
  chosen.language = Math.max(0, languages.findIndex((known) => wanted.toLowerCase().startsWith(known)));
  chosen.hideEmails = hideEmails;
  document.documentElement.lang = languages[chosen.language] ?? "en";
}

/** A text with its values in their places. */
export function t(key: Key, values: Values = {}): string {
  return filled(catalogue[key], values);
}

/** The text of a group for one of the daemon's words. */
export function named(group: Group, word: string): string {
  const texts: Record<string, Text> = catalogue[group];
  const text = Object.hasOwn(texts, word) ? texts[word] : undefined;
  return text === undefined ? word : filled(text, {});
}

/** What the daemon says, from its words; in English where they are missing or the catalogue doesn't have them. */
export function worded(words: Words | undefined, english: string): string {
  const texts: Record<string, Text> = catalogue.words;
  const text = words?.key != null && Object.hasOwn(texts, words.key) ? texts[words.key] : undefined;
  if (words === undefined || text === undefined) return english;
  const values = Object.entries(words.with).map(([name, one]) => [name, one === undefined ? undefined : value(one)]);
  // A value of a kind that a newer daemon has stands in its English text.
  return values.some(([, one]) => one === undefined) ? english : filled(text, Object.fromEntries(values) as Values);
}

/** A text that may hold e-mail addresses, without them where they are to be hidden. */
export function discreet(text: string): string {
  return chosen.hideEmails ? text.replace(/([^\s@"'`(<,;:]{1,2})[^\s@"'`(<,;:]*@[^\s@"'`)>,;:]+/g, "$1•••") : text;
}

export function windowName({ name, model }: Pick<WindowView, "name" | "model">): string {
  return [lengthName(name), model].filter(Boolean).join(" · ");
}

export function pace(pace: PaceView, now: number): string {
  const points = Math.round(pace.ahead_points);
  const tempos: Record<string, string> = {
    ahead: t("ahead", { points }),
    behind: t("behind", { points }),
    on_pace: t("onPace"),
  };
  return [tempos[pace.tempo] ?? pace.tempo, outlook(pace, now)].filter(Boolean).join(" · ");
}

export function standing({ state, until: end, reason, reason_words: words }: StandingView, now: number): string {
  const span = end === null ? null : until(end, now);
  const states: Record<string, string> = {
    // One that is spent without an end in sight is ready with a reason.
    ready: t(reason === null ? "ready" : "unusable"),
    cooling_down: span === null ? t("readySoon") : t("readyIn", { span }),
    needs_login: t("needsLogin"),
    disabled: t("disabled"),
  };
  return [states[state] ?? state, reason === null ? null : discreet(worded(words, reason))].filter(Boolean).join(" · ");
}

export function notFor({ model, until: end }: ModelLimitView, now: number): string {
  const span = until(end, now);
  return span === null ? t("notForSoon", { model }) : t("notFor", { model, span });
}

export function happens({ what, what_words: words, at }: ExpectedView, now: number): string {
  const span = at === null ? null : until(at, now);
  const said = discreet(capitalised(worded(words, what)));
  return span === null ? said : t("happens", { what: said, span });
}

export function replied(reply: Reply): string {
  switch (reply.did) {
    case "switched":
      return t(reply.restart_needed ? "switchedRestart" : "switched", { account: discreet(reply.to) });
    case "saved":
      return reply.accounts.length === 0
        ? t("nothingToSave")
        : t("savedAccounts", { accounts: reply.accounts.map(({ label }) => discreet(label)).join(", ") });
    default:
      return "";
  }
}

/** How things stand with new versions, in a line. */
export function updateStands(updates: Updates): string {
  switch (updates.state) {
    case "off":
      return named("updateStates", updates.why);
    case "found":
      return t("updateFound", { version: updates.version });
    case "installing":
      return t("updateInstalling", { version: updates.version });
    case "unreachable":
      return t("updateUnreachable", { message: updates.message });
    case "failed":
      return t("updateFailed", { message: updates.message });
    default:
      return named("updateStates", updates.state);
  }
}

/** What happened, in a line. */
export function happened({ event, account, from }: HistoryEntry): string {
  const values = { account: discreet(account ?? t("unknownAccount")), from: discreet(from ?? "") };
  const events: Record<string, string> = {
    switch: t(from === null ? "eventSwitch" : "eventSwitchFrom", values),
    switch_failed: t("eventSwitchFailed", values),
    limit_hit: t("eventLimit", values),
    login_saved: t("eventSaved", values),
    needs_login: t("eventNeedsLogin", values),
    refreshed: t("eventRefreshed", values),
    resumed: t(account === null ? "eventResumedOnLane" : "eventResumed", values),
    not_resumed: t("eventNotResumed", values),
  };
  return events[event] ?? `${event}: ${values.account}`;
}

/** A number as the language writes it. */
export function number(value: number, options: Intl.NumberFormatOptions = {}): string {
  return new Intl.NumberFormat(languages[chosen.language], options).format(value);
}

/** A day and a time as the language writes them. */
export function moment(time: string | number, options: Intl.DateTimeFormatOptions): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime())
    ? String(time)
    : new Intl.DateTimeFormat(languages[chosen.language], options).format(date);
}

/** A time of this day by the clock, another one with its day. */
export function clock(time: string, now: number): string {
  const today = new Date(time).toDateString() === new Date(now).toDateString();
  return moment(time, today ? { timeStyle: "short" } : { dateStyle: "short", timeStyle: "short" });
}

/** The daemon's words begin small where they also stand after a colon. */
export function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function value(value: Value): string | undefined {
  const is = value as Record<string, unknown>;
  if (typeof is["text"] === "string") return is["text"];
  if (typeof is["number"] === "number") return number(is["number"]);
  if (typeof is["seconds"] === "number") return span(Math.max(is["seconds"] * 1000, 60_000));
  if (typeof is["time"] === "string") return clock(is["time"], Date.now());
  if (is["window"] != null) return windowName(is["window"] as Pick<WindowView, "name" | "model">);
  if (is["words"] != null) return worded(is["words"] as Words, (is["words"] as Words).text);
  if (Array.isArray(is["list"])) return (is["list"] as Words[]).map((one) => worded(one, one.text)).join(t("between"));
  return undefined;
}

function filled(text: Text, values: Values): string {
  return (text[chosen.language] ?? text[0]).replace(/\{(\w+)\}/g, (place, name: string) => String(values[name] ?? place));
}

function lengthName(name: string): string {
  const [, n, unit] = /^(\d+)([mhd])$/.exec(name) ?? [];
  if (n !== undefined) return t(({ m: "minutesWindow", h: "hoursWindow", d: "daysWindow" } as const)[unit as "m"], { n });
  const known = (["hourly", "daily", "weekly", "monthly"] as const).find((length) => length === name);
  return known === undefined ? name.charAt(0).toUpperCase() + name.slice(1) : t(known);
}

function outlook({ runs_out_at: end, left_at_reset: left }: PaceView, now: number): string {
  const span = end === null ? null : until(end, now);
  if (span !== null) return t("runsOut", { span });
  if (left === null) return "";
  return left < 1 ? t("lasts") : t("leftAtReset", { percent: Math.floor(left) });
}
