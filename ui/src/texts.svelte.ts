// Puts the catalogue's texts together, in the language that is set. Words that nobody translated are shown as they are.

import { catalogue, languages, type Text } from "./catalogue";
import type { ExpectedView, HistoryEntry, ModelLimitView, PaceView, Reply, StandingView, WindowView } from "./generated/control";
import { until } from "./time";

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

export function standing({ state, until: end, reason }: StandingView, now: number): string {
  const span = end === null ? null : until(end, now);
  const states: Record<string, string> = {
    // One that is spent without an end in sight is ready with a reason.
    ready: t(reason === null ? "ready" : "unusable"),
    cooling_down: span === null ? t("readySoon") : t("readyIn", { span }),
    needs_login: t("needsLogin"),
    disabled: t("disabled"),
  };
  return [states[state] ?? state, reason === null ? null : discreet(reason)].filter(Boolean).join(" · ");
}

export function notFor({ model, until: end }: ModelLimitView, now: number): string {
  const span = until(end, now);
  return span === null ? t("notForSoon", { model }) : t("notFor", { model, span });
}

export function happens({ what, at }: ExpectedView, now: number): string {
  const span = at === null ? null : until(at, now);
  const words = discreet(what.charAt(0).toUpperCase() + what.slice(1));
  return span === null ? words : t("happens", { what: words, span });
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
