// What a daemon with two accounts answers, for tests of the views.

import type { Reply, SettingsView } from "../src/generated/control";
import { account, NOW, openai, snapshotOf } from "./popover";

export const work = account("work", { used_percent: 40 });
export const home = account("home", { used_percent: 10 });
export const settings: SettingsView = {
  file: "/home/ann/.config/baton/config.toml",
  log_dir: "/home/ann/.local/state/baton/log",
  vault: { store: "keychain", file: null, note: null },
  failover: true,
  strategy: "most-remaining",
  strategies: ["most-remaining", "sticky"],
  switch_at_percent: 100,
  return_to_preferred: false,
  session_cooldown_seconds: 45,
  session_max_attempts: 3,
  muted: ["login_saved"],
  notices: ["switched", "login_saved", "teleported"],
  providers: [{ id: "openai", name: "OpenAI", enabled: true, alerts: [80, 95] }],
  lanes_enabled: true,
  lanes: [
    { provider: "openai", model: "gpt-5.5", enabled: true },
    { provider: "zai", model: "glm-5", enabled: false },
  ],
};
export const replies: Record<string, Reply> = {
  settings: { did: "settings", settings },
  usage_history: {
    did: "usage_history",
    courses: [
      {
        provider: "openai",
        account_id: "id-work",
        account: "work",
        window: "5h",
        window_seconds: 18000,
        model: null,
        points: [
          { at: "2026-11-20T02:00:00Z", used_percent: 80 },
          { at: "2026-11-20T03:00:00Z", used_percent: 5 },
          { at: "2026-11-20T04:00:00Z", used_percent: 10.5 },
        ],
      },
    ],
  },
  spend: {
    did: "spend",
    skipped: 0,
    behind: null,
    rows: [
      {
        provider: "openai",
        account_id: "id-work",
        account: "work",
        model: null,
        day: "2026-11-20",
        answers: 2,
        input: 14_000,
        output: 1_000,
        reasoning: 0,
        cache_read: 0,
        cache_write: 0,
        cost: 0.04,
      },
    ],
  },
  history: {
    did: "history",
    entries: [
      { at: NOW, event: "switch", provider: "openai", account: "home", from: "work", reason: "usage limit; spare: 5h spent" },
      { at: NOW, event: "limit_hit", provider: "openai", account: "work", from: null, reason: "usage limit" },
      { at: NOW, event: "refreshed", provider: "openai", account: "home", from: null, reason: "" },
      { at: NOW, event: "teleported", provider: "openai", account: "home", from: null, reason: "" },
    ],
  },
  models: { did: "models", models: [{ id: "gpt-6", name: "GPT-6" }, { id: "o9", name: "O9" }] },
  doctor: {
    did: "doctor",
    checks: [
      { name: "opencode", state: "warning", found: "`opencode` isn't on PATH", remedy: "install it" },
      { name: "auth_file", state: "warning", found: "there is no auth.json yet", remedy: "log in" },
      { name: "keychain", state: "broken", found: "no keychain", remedy: null },
      { name: "accounts", state: "ok", found: "not for now", remedy: null },
    ],
  },
};
export const answer = (request: unknown) => replies[(request as { do: string }).do] ?? { did: "done" };
export const one = snapshotOf(openai([work, home], { active: work.id }));
