import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { catalogue } from "../src/catalogue";
import type { Reply, SettingsView } from "../src/generated/control";
import { account, closeAll, NOW, open, openai, snapshotOf, stopTheClock } from "./popover";

beforeEach(stopTheClock);
afterEach(async () => {
  await closeAll();
  vi.useRealTimers();
});

const work = account("work", { used_percent: 40 });
const home = account("home", { used_percent: 10 });
const settings: SettingsView = {
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
const replies: Record<string, Reply> = {
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
const answer = (request: unknown) => replies[(request as { do: string }).do] ?? { did: "done" };
const one = snapshotOf(openai([work, home], { active: work.id }));

test("the first start says what is missing", async () => {
  const popover = await open({ snapshot: snapshotOf(), answer });
  expect(popover.text()).toMatch(/What is there now \| ! \| opencode \| isn't on PATH/);
  expect(popover.text()).toContain("OpenCode wasn’t found here.");
  expect(popover.text()).toContain("There is no keychain to keep logins in.");
  await popover.press("Keep logins in a file");
  expect(popover.asked).toEqual([{ do: "send", request: { do: "vault", move_to: "file" } }]);
  expect(popover.text()).not.toContain("not for now");
});

test("the view that was open opens again", async () => {
  const popover = await open({ snapshot: one, answer });
  await popover.press("Activity");
  const kept = { ...localStorage };
  await closeAll();
  Object.assign(localStorage, kept);
  const again = await open({ snapshot: one, answer });
  expect(again.control("Activity").getAttribute("aria-current")).toBe("page");
});

test("a view that is asked for from outside opens, again and again", async () => {
  const popover = await open({ snapshot: one, answer });
  for (let round = 0; round < 2; round++) {
    await popover.tell("show_view", "settings");
    expect(popover.control("Settings").getAttribute("aria-current")).toBe("page");
    await popover.press("Accounts");
  }
  await popover.tell("show_view", "a view of a later release");
  expect(popover.control("Accounts").getAttribute("aria-current")).toBe("page");
});

test("keys that open the popover are set and taken away", async () => {
  const popover = await open({ snapshot: one, answer });
  await popover.press("Settings");
  for (const [typed, value] of [["Ctrl+Alt+B", "Ctrl+Alt+B"], [" ", null]] as const) {
    await popover.type("Shortcut that opens Baton", typed);
    popover.field("Shortcut that opens Baton").dispatchEvent(new Event("change", { bubbles: true }));
    await popover.settle();
    expect(popover.asked.at(-1)?.request).toEqual({ do: "configure", key: ["app", "shortcut"], value });
  }
});

test("activity shows what happened with its reasons, and charts of use and spend", async () => {
  const popover = await open({ snapshot: one, answer });
  await popover.press("Activity");
  expect(popover.text()).toContain("Switched from work to home");
  expect(popover.text()).toContain("Usage limit; spare: 5h spent");
  expect(popover.text()).toContain("teleported: home");
  expect(popover.text()).toContain("work: $0.04 · 15K tokens");
  const [use] = document.querySelectorAll("[role=img]");
  expect(use?.getAttribute("aria-label")).toBe("work: 10 percent used at last");
  expect(use?.querySelector("path")?.getAttribute("d")).toMatch(/^M[\d. ]+M[\d. ]+L[\d. ]+$/);
});

test("activity asks once for what it shows: when it opens, for another span, and when something happened", async () => {
  const asked: string[] = [];
  const popover = await open({
    snapshot: one,
    answer: (request) => {
      asked.push((request as { do: string }).do);
      return answer(request);
    },
  });
  const once = ["usage_history", "spend", "history"];
  const since = () => asked.splice(0);
  // The clock goes on, also while the page is at work.
  vi.useRealTimers();
  await popover.press("Activity");
  expect(since()).toEqual(once);
  document.querySelector<HTMLInputElement>("input[value=month]")?.click();
  await popover.settle();
  expect(since()).toEqual(once);
  const entry = { at: NOW, event: "limit_hit" as const, provider: "openai", account: "work", from: null, reason: "" };
  await popover.tell("snapshot", { ...one, recent: [entry] });
  expect(since()).toEqual(once);
  await popover.tell("snapshot", { ...one, recent: [{ ...entry }] });
  expect(since()).toEqual([]);
});

test("an account has one colour in both charts, and what is nobody's has none", async () => {
  const spend = replies.spend?.did === "spend" ? replies.spend : null;
  const [row] = spend?.rows ?? [];
  const rows = [{ ...row, account_id: null, account: null }, { ...row, account: "home" }, row];
  const popover = await open({
    snapshot: one,
    answer: (request) => ((request as { do: string }).do === "spend" ? { ...spend, rows } : answer(request)),
  });
  await popover.press("Activity");
  const keys = [...document.querySelectorAll("li:has(> .key)")].map((key) => {
    const colour = key.querySelector(".key > *")?.classList.value.match(/c\d|none/)?.[0];
    return [key.textContent?.trim().split(":")[0], colour];
  });
  expect(keys).toEqual([
    ["work", "c1"],
    ["openai an unknown account", "none"],
    ["openai home", "c0"],
    ["openai work", "c1"],
  ]);
});

test("courses, lanes and models that are named alike are all shown", async () => {
  const twice = <T>(all: T[]) => [...all, ...all];
  const popover = await open({
    snapshot: one,
    answer: (request) => {
      const reply = structuredClone(answer(request)) as Reply;
      if (reply.did === "usage_history") reply.courses = twice(reply.courses);
      if (reply.did === "settings") reply.settings.lanes = twice(reply.settings.lanes);
      if (reply.did === "models") reply.models = twice(reply.models);
      return reply;
    },
  });
  await popover.press("Activity");
  expect(document.querySelector("[role=img]")?.querySelectorAll("path").length).toBe(2);
  await popover.press("Priorities");
  await popover.press("Add OpenAI");
  expect(popover.text()).toContain("GPT-6 | O9 | GPT-6 | O9");
  expect(document.querySelectorAll("ol > li").length).toBe(4);
});

test("the timeline can be narrowed down", async () => {
  const popover = await open({ snapshot: one, answer });
  await popover.press("Activity");
  document.querySelector<HTMLInputElement>("input[value=limits]")?.click();
  await popover.settle();
  expect(popover.text()).toContain("work hit a limit");
  expect(popover.text()).not.toContain("Switched from work");
});

test("settings are written one by one", async () => {
  const popover = await open({ snapshot: one, answer });
  await popover.press("Settings");
  expect(popover.text()).toContain(settings.log_dir);
  await popover.press("Hide e-mail addresses");
  await popover.press("A new login was saved");
  await popover.press("teleported");
  document.querySelector<HTMLInputElement>("input[value=dark]")?.click();
  await popover.settle();
  const set = (key: string[], value: unknown) => ({ do: "send", request: { do: "configure", key, value } });
  expect(popover.asked).toEqual([
    set(["app", "hide_emails"], true),
    set(["notifications", "muted"], []),
    set(["notifications", "muted"], ["login_saved", "teleported"]),
    set(["app", "theme"], "dark"),
  ]);
});

test.each([
  ["absent", "install", "false"],
  ["installed", "uninstall", "true"],
] as const)("the bridge that is %s is put there or taken out with a switch", async (state, act, on) => {
  const view = { state, file: "/home/ann/.config/opencode/plugin/baton.js", version: null, note: null, warning: null };
  const popover = await open({
    snapshot: one,
    answer: (request) => {
      const asked = request as { do: string; act?: string };
      if (asked.do !== "bridge") return answer(request);
      return { did: "bridge", bridge: { ...view, warning: asked.act === "status" ? null : "the next start takes long" } };
    },
  });
  await popover.press("Settings");
  expect(popover.control("Switch unnoticed, with a plugin").getAttribute("aria-checked")).toBe(on);
  await popover.press("Switch unnoticed, with a plugin");
  expect(popover.asked).toEqual([{ do: "send", request: { do: "bridge", act } }]);
  expect(popover.text()).toContain("knows of it after a restart. | The next start takes long");
});

test("a bridge of another version is brought up to date, and somebody else's file is left alone", async () => {
  const view = { file: "/plugin/baton.js", version: "0.0.1", note: "/plugin/baton.js is of Baton 0.0.1", warning: null };
  let state = "outdated";
  const popover = await open({
    snapshot: one,
    answer: (request) =>
      (request as { do: string }).do === "bridge" ? { did: "bridge", bridge: { ...view, state } } : answer(request),
  });
  await popover.press("Settings");
  expect(popover.text()).toContain("/plugin/baton.js is of Baton 0.0.1");
  state = "foreign";
  await popover.press("Bring the bridge up to date");
  expect(popover.asked).toEqual([{ do: "send", request: { do: "bridge", act: "install" } }]);
  expect(popover.control("Switch unnoticed, with a plugin").disabled).toBe(true);
});

test("an OpenCode that has logins is there, wherever its program is", async () => {
  const checks = [
    { name: "opencode", state: "warning", found: "nowhere", remedy: null },
    { name: "auth_file", state: "ok", found: "has logins for: openai", remedy: null },
  ];
  const popover = await open({ snapshot: snapshotOf(), answer: () => ({ did: "doctor", checks }) });
  expect(popover.text()).toContain("Has logins for: openai");
  expect(popover.text()).not.toContain("OpenCode wasn’t found here.");
});

test("logins move to a file only once it was said what that means, and stay there when the way back is refused", async () => {
  const view = { store: "keychain", file: null as string | null, note: null as string | null };
  const popover = await open({
    snapshot: one,
    answer: (request) => {
      const asked = request as { do: string; move_to?: string };
      if (asked.do !== "vault") return answer(request);
      if (asked.move_to === "keychain") throw { code: "keychain_unavailable", message: "no keychain: none runs" };
      return { did: "vault", vault: { ...view, store: "file", note: "copies are left" } };
    },
  });
  await popover.press("Settings");
  const choose = async (store: string) => {
    document.querySelector<HTMLInputElement>(`input[value=${store}]`)?.click();
    await popover.settle();
  };
  const chosen = () => document.querySelector<HTMLInputElement>("input[value=file]")?.checked;
  await choose("file");
  expect(popover.text()).toContain("every program that runs as you can read your logins in it");
  await popover.press("Cancel");
  expect([popover.asked, chosen()]).toEqual([[], false]);
  await choose("file");
  await popover.press("Move them to the file");
  expect(popover.asked).toEqual([{ do: "send", request: { do: "vault", move_to: "file" } }]);
  expect(popover.text()).toContain("Copies are left");
  expect(popover.text()).not.toContain("every program");
  await choose("keychain");
  expect(popover.text()).toContain("No keychain: none runs");
  expect(chosen()).toBe(true);
});

test("the log's folder is one click away", async () => {
  const popover = await open({ snapshot: one, answer });
  await popover.press("Settings");
  await popover.press("Open the log folder");
  expect(popover.asked).toEqual([{ do: "open_log_folder" }]);
});

test("what the settings refuse is said in their own words", async () => {
  const refusal = "line 2: `providers.openai.alerts`: 101 isn't a percentage";
  const popover = await open({
    snapshot: one,
    answer: (request) => {
      if ((request as { do: string }).do === "configure") throw { code: "usage", message: refusal };
      return answer(request);
    },
  });
  await popover.press("Priorities");
  const field = document.querySelector<HTMLInputElement>("input[aria-label^=OpenAI]")!;
  expect(field.value).toBe("80, 95");
  field.value = "50, 101";
  field.dispatchEvent(new Event("change", { bubbles: true }));
  await popover.settle();
  expect(popover.asked).toEqual([
    { do: "send", request: { do: "configure", key: ["providers", "openai", "alerts"], value: [50, 101] } },
  ]);
  expect(popover.text()).toContain("101 isn't a percentage");
});

/** What is in sight of each control that can be changed. */
function controls(): unknown[] {
  return [...document.querySelectorAll<HTMLElement>("main input, main [role=switch]")].map((one) => {
    if (!(one instanceof HTMLInputElement)) return one.getAttribute("aria-checked");
    return one.type === "text" ? one.value : [one.value, one.checked];
  });
}

test.each(["Priorities", "Settings"])("%s shows what is in force after each refusal, and asks again", async (view) => {
  const popover = await open({
    snapshot: { ...one, app: { ...one.app, shortcut: "Ctrl+B" } },
    answer: (request) => {
      if ((request as { do: string }).do === "configure") throw { code: "failed", message: "no" };
      return answer(request);
    },
  });
  await popover.press(view);
  const before = controls();
  const all = [...document.querySelectorAll<HTMLElement>("main input, main [role=switch]")];
  const change = (one: HTMLElement) => {
    if (!(one instanceof HTMLInputElement) || one.type !== "text") return one.click();
    one.value = "101";
    one.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const others = all.filter((one) => !(one instanceof HTMLInputElement && one.type === "radio" && one.checked));
  for (const one of others.filter((one) => !["keychain", "file"].includes((one as HTMLInputElement).value))) {
    const asked = popover.asked.length;
    for (const time of [1, 2]) {
      change(one);
      await popover.settle();
      expect([one.outerHTML, popover.asked.length - asked]).toEqual([one.outerHTML, time]);
      expect([one.outerHTML, controls()]).toEqual([one.outerHTML, before]);
    }
  }
});

const lanes = (...order: unknown[]) => ({
  do: "send",
  request: { do: "configure", key: ["lanes", "order"], value: order },
});
const [gpt, glm] = settings.lanes;

test("lanes change places by keyboard, are turned on and taken out", async () => {
  const popover = await open({ snapshot: one, answer });
  await popover.press("Priorities");
  popover.control("Move zai · glm-5: place 2 of 2").focus();
  await popover.key("ArrowUp");
  await popover.press("Take out OpenAI · gpt-5.5");
  document.querySelector<HTMLInputElement>("input[aria-label='Use zai · glm-5']")?.click();
  await popover.settle();
  expect(popover.asked).toEqual([lanes(glm, gpt), lanes(glm), lanes(gpt, { ...glm, enabled: true })]);
});

test("a lane is added with one of OpenCode's models, or a typed one", async () => {
  const popover = await open({ snapshot: one, answer });
  await popover.press("Priorities");
  await popover.press("Add OpenAI");
  expect(popover.text()).toContain("GPT-6 | O9");
  await popover.press("O9");
  await popover.press("Add OpenAI");
  const field = document.querySelector<HTMLInputElement>("input[placeholder]")!;
  field.value = "my-own";
  field.dispatchEvent(new Event("input", { bubbles: true }));
  await popover.settle();
  await popover.press("Use “my-own”");
  const added = (model: string) => lanes(gpt, glm, { provider: "openai", model, enabled: true });
  expect(popover.asked).toEqual([added("o9"), added("my-own")]);
});

test("many accounts are sorted by what they have left, and folded", async () => {
  const many = Array.from({ length: 20 }, (_, n) => account(`a${n}`, { used_percent: (n * 37) % 100 }));
  const popover = await open({ snapshot: snapshotOf(openai(many, { active: "id-a3" })) });
  const labels = () => [...document.querySelectorAll("h3")].map((label) => label.textContent);
  expect(labels()).toEqual(["a3", "a0", "a19", "a11", "a14", "a6"]);
  await popover.press("Show 14 more");
  expect(labels().length).toBe(20);
  expect(document.querySelectorAll("li[aria-current]").length).toBe(1);
});

test("an account is renamed and disabled from its row", async () => {
  const popover = await open({ snapshot: one });
  await popover.press("More for home");
  await popover.press("Rename");
  const field = document.querySelector<HTMLInputElement>("input[aria-label='New label']")!;
  field.value = "cabin";
  field.dispatchEvent(new Event("input", { bubbles: true }));
  await popover.press("Save");
  await popover.press("More for home");
  await popover.press("Disable");
  expect(popover.asked.map(({ request }) => request)).toEqual([
    { do: "rename", provider: "openai", account: "id-home", label: "cabin" },
    { do: "disable", provider: "openai", account: "id-home" },
  ]);
});

test("a removed account can come back until the popover closes", async () => {
  const popover = await open({ snapshot: one });
  await popover.press("More for home");
  await popover.press("Remove");
  expect(popover.text()).toContain("home is being removed.");
  await popover.press("Undo");
  expect(popover.text()).not.toContain("is being removed");
  await popover.press("More for home");
  await popover.press("Remove");
  expect(popover.asked).toEqual([]);
  await popover.key("Escape");
  expect(popover.asked).toEqual([
    { do: "send", request: { do: "remove", provider: "openai", account: "id-home" } },
    { do: "close" },
  ]);
});

test("e-mail addresses stay out of sight", async () => {
  const identity = { email: "ann@example.com", user_id: null, workspace_id: null, plan: "plus" };
  const snapshot = snapshotOf(openai([account("bob@example.com", { identity })]));
  snapshot.problems = [{ part: "x", message: "trouble with cid@example.com", remedy: null }];
  const popover = await open({ snapshot: { ...snapshot, app: { ...snapshot.app, hide_emails: true } } });
  expect(popover.text()).not.toContain("@");
  expect(popover.text()).toContain("bo••• | an••• · plus");
});

test("a switch that happens meanwhile is said aloud", async () => {
  const popover = await open({ snapshot: one });
  const entry = { at: NOW, event: "switch" as const, provider: "openai", account: "home", from: "work", reason: "" };
  await popover.tell("snapshot", { ...one, recent: [entry] });
  expect(document.querySelector("[aria-live]")?.textContent).toBe("Switched from work to home");
});

test.each([
  ["de", "Konten", "Wechseln"],
  ["zh", "账号", "切换"],
  ["ja", "アカウント", "切替"],
  ["xx", "Accounts", "Switch"],
])("the page speaks %s", async (language, tab, button) => {
  const popover = await open({ snapshot: { ...one, app: { ...one.app, language } } });
  expect(popover.text()).toContain(tab);
  expect(popover.text()).toContain(button);
});

test("each text has the same places in every language", () => {
  const places = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();
  for (const [key, entry] of Object.entries(catalogue)) {
    for (const text of Array.isArray(entry) ? [entry] : Object.values(entry)) {
      for (const other of text) expect([key, places(other)]).toEqual([key, places(text[0])]);
    }
  }
});

test.each([
  ["en", { key: "less_left", with: { left: { number: 12 } } }, "Not next: has less left (12 %)"],
  ["de", { key: "less_left", with: { left: { number: 12 } } }, "Nicht als Nächstes: hat weniger übrig (12 %)"],
  ["ja", { key: "of_model", with: { what: { words: { text: "x", key: "billing", with: {} } }, model: { text: "Opus" } } },
    "次ではない理由：Opus：残高または割り当てを使い切り"],
  ["de", { key: "window_spent", with: { window: { window: { name: "5h", model: null } } } },
    "Nicht als Nächstes: Fenster „5 Stunden“ verbraucht"],
  ["zh", { key: "list", with: { all: { list: [{ text: "x", key: "equal", with: {} }, { text: "y", key: null, with: {} }] } } },
    "不是下一个：同样合适，但不是第一个；y"],
  ["de", { key: "teleported", with: {} }, "Nicht als Nächstes: less left, in English"],
  ["de", { key: "less_left", with: { left: { colour: "red" } } }, "Nicht als Nächstes: less left, in English"],
])("what the daemon says is said in %s: %o", async (language, words, expected) => {
  const text = "less left, in English";
  const out = account("out", { passed_over: text, passed_over_words: { text, ...words } });
  const snapshot = { ...snapshotOf(openai([out])), app: { ...one.app, language } };
  await open({ snapshot });
  expect(document.querySelector("[role=tooltip]")?.textContent).toBe(expected);
});

test("a picture from a newer daemon is shown as far as it is known", async () => {
  const odd = account("odd", { standing: { state: "on_holiday", until: null, reason: null } });
  const newer = { ...snapshotOf(openai([odd])), mood: "fine", app: { ...one.app, theme: "sepia" } };
  const popover = await open({ snapshot: newer });
  expect(popover.text()).toContain("on_holiday");
});

test("a provider says why Baton doesn't switch there, and where work can go on", async () => {
  const lane = { provider: "zai", model: "glm-5" };
  const held = openai([work], { held_back: "automatic switching is paused", lane });
  const paused = { enabled: false, paused: true, paused_until: "2026-11-20T13:00:00Z" };
  const popover = await open({ snapshot: { ...snapshotOf(held), failover: paused } });
  expect(popover.text()).toContain("OpenAI | Automatic switching is paused | Meanwhile: zai · glm-5");
  expect(popover.text()).toMatch(/Paused until \d/);
});
