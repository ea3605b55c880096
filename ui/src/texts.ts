// Every text of the web view. A text about a thing takes it as an argument, so that other languages can order words
// their own way.

import type { Reply, StandingState, TempoView } from "./generated/control";

export const texts = {
  name: "Baton",
  waiting: "Waiting for Baton’s daemon …",
  problems: "Needs your attention",
  dismiss: "Dismiss",

  emptyTitle: "No accounts yet",
  emptyText:
    "Log in with OpenCode as usual, then save the login here. Do the same with your other accounts: Baton passes the work on when one reaches its limit.",
  emptyAction: "Save the logins that OpenCode has now",

  noAccounts: "No account saved yet.",
  active: "Active",
  next: "Next",
  switchTo: "Switch",
  switchToLabel: (account: string, provider: string) => `Switch ${provider} to ${account}`,
  nextAccount: "Next account",
  nextAccountLabel: (provider: string) => `Switch ${provider} to its next account`,

  used: (percent: number) => `${percent}% used`,
  resetsIn: (span: string) => `Resets in ${span}`,
  reset: "Has reset",
  window: (name: string, model: string | null) => [windowName(name), model].filter(Boolean).join(" · "),
  usageLabel: (window: string, percent: number) => `${window}: ${percent} percent used`,
  pace: (tempo: TempoView, ahead: number, runsOut: string | null, left: number | null) =>
    [tempoWords(tempo, ahead), outlook(runsOut, left)].filter(Boolean).join(" · "),
  balance: (left: number, of: number | null, unit: string) =>
    of === null ? `${left.toFixed(2)} ${unit} left` : `${left.toFixed(2)} of ${of.toFixed(2)} ${unit} left`,
  readAt: (age: string) => `Usage read ${age}`,
  neverRead: "Usage not read yet",
  noFigures: "No usage figures from this provider",

  unusable: "Can’t be used now",
  logIn: "Log in",
  logInLabel: (account: string) => `Log in with ${account} again`,
  logInCopied: "Copied: paste the command into a terminal.",
  logInByHand: "Run the command in a terminal.",

  keyProvider: "Provider, under OpenCode’s id for it",
  key: "API key",
  keyLabel: "Label (optional)",
  saveKey: "Save",
  cancel: "Cancel",

  standing: (state: StandingState, span: string | null) => standing(state, span),
  notFor: (model: string, span: string | null) =>
    span === null ? `Ready for ${model} again any moment` : `Not for ${model}, ready again in ${span}`,
  notNext: (why: string) => `Not next: ${why}`,
  whatComes: "What comes",
  whatComesOf: (label: string) => `What comes of ${label}`,
  happens: (what: string, span: string | null) => (span === null ? what : `${what} in ${span}`),

  automatic: "Switch automatically at a limit",
  automaticOff: "Switched off in the settings",
  startAtLogin: "Start at login",
  saveLogins: "Save logins",
  addKey: "Add API key",
  readUsage: "Read usage",
  quit: "Quit",

  replied: (reply: Reply) => replied(reply),

  justNow: "just now",
  ago: (span: string) => `${span} ago`,
  days: (n: number) => (n > 0 ? `${n}d` : ""),
  hours: (n: number) => (n > 0 ? `${n}h` : ""),
  minutes: (n: number) => (n > 0 ? `${n}m` : ""),
};

function windowName(name: string): string {
  const [, count, unit] = /^(\d+)([mhd])$/.exec(name) ?? [];
  const units: Record<string, string> = { m: "minutes", h: "hours", d: "days" };
  if (count !== undefined && unit !== undefined) return `${count} ${units[unit]}`;
  return name.charAt(0).toUpperCase() + name.slice(1);
}

function tempoWords(tempo: TempoView, ahead: number): string {
  switch (tempo) {
    case "ahead":
      return `Ahead (+${ahead}%)`;
    case "behind":
      return `Behind (${ahead}%)`;
    default:
      return "On pace";
  }
}

function outlook(runsOut: string | null, left: number | null): string {
  if (runsOut !== null) return `runs out in ${runsOut}`;
  if (left === null) return "";
  return left < 1 ? "lasts to reset" : `~${Math.floor(left)}% left at reset`;
}

function standing(state: StandingState, span: string | null): string {
  switch (state) {
    case "ready":
      return "Ready";
    case "cooling_down":
      return span === null ? "Ready again any moment" : `Ready again in ${span}`;
    case "needs_login":
      return "Needs a login";
    case "disabled":
      return "Disabled";
    default:
      return state;
  }
}

function replied(reply: Reply): string {
  switch (reply.did) {
    case "switched":
      return reply.restart_needed
        ? `${reply.to} is active. Restart OpenCode: it takes in another kind of login only when it starts.`
        : `${reply.to} is active.`;
    case "saved":
      return reply.accounts.length === 0
        ? "OpenCode has no login to save. Log in there first."
        : `Saved: ${reply.accounts.map((account) => account.label).join(", ")}.`;
    default:
      return "";
  }
}
