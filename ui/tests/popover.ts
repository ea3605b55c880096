// Opens the popover against an app made of plain values: snapshots in, text and requests out.

import { mockIPC, clearMocks } from "@tauri-apps/api/mocks";
import { emit } from "@tauri-apps/api/event";
import { flushSync, mount, unmount } from "svelte";
import { vi } from "vitest";

import App from "../src/App.svelte";
import type { Updates } from "../src/control";
import type { AccountView, Problem, ProviderView, Snapshot } from "../src/generated/control";

export interface World {
  snapshot?: Snapshot | null;
  problems?: Problem[];
  updates?: Updates;
  /** Answers a request, or throws a failure. */
  answer?: (request: unknown) => unknown;
}

export interface Popover {
  /** Everything a person can read, in order. */
  text(): string;
  /** A control by its accessible name. */
  control(name: string): HTMLButtonElement;
  press(name: string): Promise<void>;
  /** A text field by its label. */
  field(label: string): HTMLInputElement;
  type(label: string, text: string): Promise<void>;
  key(key: string): Promise<void>;
  tell(event: string, payload: unknown): Promise<void>;
  /** Lets what was begun end. */
  settle(): Promise<void>;
  /** When the daemon was told that somebody looks. */
  looks: number[];
  /** What a person asked the app for, in order. */
  asked: { do: string; request?: unknown }[];
}

/** Requests that a view makes to have something to show. */
const READS = ["doctor", "settings", "history", "spend", "usage_history", "models"];

let opened: Record<string, unknown> | undefined;

export async function open(world: World): Promise<Popover> {
  const asked: Popover["asked"] = [];
  const looks: Popover["looks"] = [];
  mockIPC(
    (command, args) => {
      if (command !== "ask") throw new Error(`the app knows no command ${command}`);
      const question = (args as { asked: Popover["asked"][number] }).asked;
      const { request } = question;
      switch (question.do) {
        case "snapshot":
          return world.snapshot ?? null;
        case "problems":
          return world.problems ?? [];
        case "updates":
          return world.updates ?? { state: "unknown" };
        case "send":
          if ((request as { do: string }).do === "watch") {
            looks.push(Date.now());
            return { did: "done" };
          }
          if (!READS.includes((request as { do: string }).do) && (request as { act?: string }).act !== "status") asked.push(question);
          return (world.answer ?? (() => ({ did: "done" })))(request);
        default:
          asked.push(question);
          return null;
      }
    },
    { shouldMockEvents: true },
  );
  opened = mount(App, { target: document.body });
  await settled();
  const control = (name: string) => {
    const all = [...document.querySelectorAll("button")];
    const found = all.find((button) => (button.getAttribute("aria-label") ?? button.textContent?.trim()) === name);
    if (found === undefined) throw new Error(`no control "${name}" in: ${text()}`);
    return found;
  };
  const field = (label: string) => {
    const all = [...document.querySelectorAll("label")];
    const found = all.find((one) => one.textContent?.trim().startsWith(label))?.querySelector("input");
    if (!found) throw new Error(`no field "${label}" in: ${text()}`);
    return found;
  };
  return {
    text,
    control,
    asked,
    looks,
    settle: settled,
    field,
    type: async (label, text) => {
      field(label).value = text;
      field(label).dispatchEvent(new Event("input", { bubbles: true }));
      await settled();
    },
    press: async (name) => {
      control(name).click();
      await settled();
    },
    key: async (key) => {
      (document.activeElement ?? window).dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
      await settled();
    },
    tell: async (event, payload) => {
      await emit(event, payload);
      await settled();
    },
  };
}

export async function closeAll(): Promise<void> {
  if (opened !== undefined) {
    // The store outlives the page.
    await emit("snapshot", undefined);
    await emit("updates", { state: "unknown" });
    await unmount(opened);
  }
  opened = undefined;
  clearMocks();
  document.body.innerHTML = "";
  localStorage.clear();
}

/** The clock stands at this time. */
export const NOW = "2026-11-20T12:00:00Z";

export function stopTheClock(): void {
  vi.useFakeTimers({ now: Date.parse(NOW), toFake: ["Date"] });
}

export function snapshotOf(...providers: ProviderView[]): Snapshot {
  return {
    schema: "baton.status.v1",
    generated_at: NOW,
    failover: { enabled: true, paused: false, paused_until: null },
    providers,
    problems: [],
    recent: [],
    version: "0.1.0",
    app: { theme: "system", language: "en", hide_emails: false, icon: "meter", shortcut: null, autostart: null, update_channel: "stable" },
  };
}

export function openai(accounts: AccountView[], more: Partial<ProviderView> = {}): ProviderView {
  return { id: "openai", name: "OpenAI", active: null, next: null, held_back: null, lane: null, accounts, ...more };
}

export function account(label: string, more: Partial<AccountView> = {}): AccountView {
  return {
    id: `id-${label}`,
    label,
    identity: { email: null, user_id: null, workspace_id: null, plan: null },
    kind: "oauth",
    standing: { state: "ready", until: null, reason: null },
    models: [],
    windows: [],
    usage_read_at: null,
    usage_stale: false,
    balances: [],
    used_percent: null,
    has_figures: true,
    passed_over: null,
    expected: [],
    ...more,
  };
}

function text(): string {
  const leaves: string[] = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node !== null; node = walk.nextNode()) {
    const words = node.textContent?.trim();
    if (words) leaves.push(words);
  }
  return leaves.join(" | ");
}

async function settled(): Promise<void> {
  // Mocked commands and events take a few turns of the event loop each.
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setTimeout(resolve));
  flushSync();
}
