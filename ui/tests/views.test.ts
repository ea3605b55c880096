import { expect, test } from "vitest";

import { catalogue } from "../src/catalogue";
import { account, closeAll, NOW, open, openai, snapshotOf } from "./popover";
import { answer, one, work } from "./replies";

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

test("an OpenCode that has logins is there, wherever its program is", async () => {
  const checks = [
    { name: "opencode", state: "warning", found: "nowhere", remedy: null },
    { name: "auth_file", state: "ok", found: "has logins for: openai", remedy: null },
  ];
  const popover = await open({ snapshot: snapshotOf(), answer: () => ({ did: "doctor", checks }) });
  expect(popover.text()).toContain("Has logins for: openai");
  expect(popover.text()).not.toContain("OpenCode wasn’t found here.");
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
