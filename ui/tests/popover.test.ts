import { expect, test, vi } from "vitest";

import type { PaceView } from "../src/generated/control";
import { account, open, openai, snapshotOf } from "./popover";

const work = account("work", {
  identity: { email: "ann@example.com", user_id: null, workspace_id: null, plan: "plus" },
  usage_read_at: "2026-11-20T11:56:00Z",
  windows: [
    { name: "5h", window_seconds: 18000, used_percent: 99.7, resets_at: "2026-11-20T15:53:00Z", model: null, pace: null },
    { name: "weekly", window_seconds: 604800, used_percent: 40, resets_at: "2026-11-24T14:00:00Z", model: null, pace: null },
    { name: "weekly", window_seconds: 604800, used_percent: 3, resets_at: null, model: "Opus", pace: null },
  ],
});
const home = account("home", { passed_over: "another account has more left" });
const spare = account("spare", { has_figures: false });

test("accounts are shown with the active one first", async () => {
  const popover = await open({ snapshot: snapshotOf(openai([home, spare, work], { active: work.id, next: spare.id })) });
  expect(popover.text()).toContain(
    "OpenAI | Next account | work | ann@example.com · plus | Active | ⋯" +
      " | 5 hours | 99% used | Resets in 3h 53m | Weekly | 40% used | Resets in 4d 2h | Weekly · Opus | 3% used" +
      " | Usage read 4m ago" +
      " | spare | Next | Switch | ⋯ | No usage figures from this provider" +
      " | home | ? | Not next: another account has more left | Switch | ⋯ | Usage not read yet",
  );
});

test("what will happen with an account is one key away", async () => {
  const expected = [
    { what: "can be used again", at: "2026-11-20T15:53:00Z" },
    { what: "left when it hits its limit", at: null },
  ];
  await open({ snapshot: snapshotOf(openai([account("work", { expected })])) });
  const bubble = document.getElementById(document.querySelector("[aria-describedby]")!.getAttribute("aria-describedby")!);
  const lines = [...bubble!.children].map((line) => line.textContent);
  expect(lines).toEqual(["Can be used again in 3h 53m", "Left when it hits its limit"]);
});

test("bars carry their figure for screen readers", async () => {
  await open({ snapshot: snapshotOf(openai([work])) });
  const bars = [...document.querySelectorAll('[role="meter"]')].map((bar) => bar.getAttribute("aria-label"));
  expect(bars[0]).toBe("5 hours: 99 percent used");
});

test.each([
  [{ tempo: "behind", ahead_points: -41.6, left_at_reset: 22.9 }, "Behind (-42%) · ~22% left at reset"],
  [{ tempo: "behind", ahead_points: -5, left_at_reset: 0.4 }, "Behind (-5%) · lasts to reset"],
  [{ tempo: "ahead", ahead_points: 12.3, runs_out_at: "2026-11-20T14:10:00Z" }, "Ahead (+12%) · runs out in 2h 10m"],
  [{ tempo: "ahead", ahead_points: 12.3, runs_out_at: "2026-11-20T11:00:00Z" }, "Ahead (+12%) |"],
  [{ tempo: "on_pace", ahead_points: 0 }, "On pace |"],
])("a window says how fast it is used: %o", async (more, expected) => {
  const pace = { expected_percent: 60, runs_out_at: null, left_at_reset: null, ...more } as PaceView;
  const window = { ...work.windows[1]!, pace };
  const popover = await open({ snapshot: snapshotOf(openai([account("work", { windows: [window] })])) });
  expect(popover.text()).toContain(`Resets in 4d 2h | ${expected}`);
  expect(document.querySelector(".tick")?.getAttribute("x")).toBe("60%");
});

test("a window without a pace has no tick", async () => {
  await open({ snapshot: snapshotOf(openai([work])) });
  expect(document.querySelector(".tick")).toBeNull();
});

test.each([
  ["cooling_down", "2026-11-20T12:32:00Z", "usage limit", "Ready again in 32m · usage limit"],
  ["cooling_down", "2026-11-20T11:00:00Z", null, "Ready again any moment"],
  ["needs_login", null, null, "Needs a login"],
  ["disabled", null, null, "Disabled"],
  ["ready", null, "its balance is spent (USD)", "Can’t be used now · its balance is spent (USD)"],
  ["on_holiday", null, null, "on_holiday"],
])("an account that can't be used says why: %s", async (state, until, reason, expected) => {
  const out = account("out", { standing: { state: state as "disabled", until, reason } });
  const popover = await open({ snapshot: snapshotOf(openai([out])) });
  expect(popover.text()).toContain(`out | Switch | ⋯ | ${expected}`);
});

test("a model that an account can't be used for is said", async () => {
  const models = [{ model: "Opus", until: "2026-11-20T12:32:00Z", reason: "usage limit reached" }];
  const popover = await open({ snapshot: snapshotOf(openai([account("out", { models })])) });
  expect(popover.text()).toContain("out | Switch | ⋯ | Not for Opus, ready again in 32m · usage limit reached");
});

test("figures that are named alike are all shown", async () => {
  const weekly = work.windows[1]!;
  const balance = { left: 5, of: null, unit: "USD" };
  const limit = { model: "Opus", until: "2026-11-20T12:32:00Z", reason: "usage limit" };
  const twins = account("twins", {
    windows: [weekly, { ...weekly, used_percent: 41 }],
    balances: [balance, { ...balance, left: 6 }],
    models: [limit, { ...limit, reason: "overloaded" }],
    expected: [
      { what: "can be used again", at: null },
      { what: "can be used again", at: null },
    ],
  });
  const popover = await open({ snapshot: snapshotOf(openai([twins])) });
  for (const figure of ["40% used", "41% used", "5.00 USD", "6.00 USD", "usage limit", "overloaded"]) {
    expect(popover.text()).toContain(figure);
  }
});

test("an account is switched to by its id and the outcome is said", async () => {
  const popover = await open({
    snapshot: snapshotOf(openai([work, home], { active: work.id, next: home.id })),
    answer: () => ({ did: "switched", provider: "openai", from: "work", to: "home", restart_needed: false }),
  });
  await popover.press("Switch OpenAI to home");
  expect(popover.asked).toEqual([
    { do: "send", request: { do: "switch", provider: "openai", account: "id-home" } },
  ]);
  expect(document.querySelector('[role="status"]')?.textContent).toBe("home is active.");
});

test("a switch that needs a restart says so", async () => {
  const popover = await open({
    snapshot: snapshotOf(openai([work, home])),
    answer: () => ({ did: "switched", provider: "openai", from: "work", to: "home", restart_needed: true }),
  });
  await popover.press("Switch OpenAI to home");
  expect(document.querySelector(".outcome")?.textContent).toMatch(/^home is active\. Restart OpenCode/);
});

test("the next account can be asked for while there is one", async () => {
  const popover = await open({ snapshot: snapshotOf(openai([work, home], { next: home.id })) });
  await popover.press("Switch OpenAI to its next account");
  expect(popover.asked).toEqual([{ do: "send", request: { do: "next", provider: "openai" } }]);
  await popover.tell("snapshot", snapshotOf(openai([work, home])));
  expect(popover.control("Switch OpenAI to its next account").disabled).toBe(true);
});

test("a failed request says why, until it is dismissed", async () => {
  const popover = await open({
    snapshot: snapshotOf(openai([work, home])),
    answer: () => {
      throw { code: "keychain_unavailable", message: "The keychain is locked: unlock it." };
    },
  });
  await popover.press("Switch OpenAI to home");
  expect(popover.text()).toContain("The keychain is locked: unlock it.");
  await popover.press("Dismiss");
  expect(popover.text()).not.toContain("keychain");
});

test("without accounts the logins of OpenCode can be saved", async () => {
  const popover = await open({
    snapshot: snapshotOf(),
    answer: () => ({ did: "saved", accounts: [{ provider: "openai", label: "work", new: true }] }),
  });
  expect(popover.text()).toContain("Welcome to Baton");
  await popover.press("Save the logins that OpenCode has now");
  expect(popover.asked).toEqual([{ do: "send", request: { do: "add", provider: null, label: null } }]);
  expect(popover.text()).toContain("Saved: work.");
});

test("what the app misses comes before what the daemon misses", async () => {
  const snapshot = { ...snapshotOf(), problems: [{ part: "log", message: "No log yet.", remedy: null }] };
  const problems = [{ part: "tray", message: "No tray.", remedy: "Install one." }];
  const popover = await open({ snapshot, problems });
  expect(popover.text()).toMatch(/ No tray\. \| Install one\. \| Show 1 more/);
  await popover.press("Show 1 more");
  expect(popover.text()).toMatch(/ No tray\. \| Install one\. \| No log yet\./);
  await popover.tell("problems", []);
  expect(popover.text()).toMatch(/Settings \| No log yet\./);
});

test("commands and settings stand out from the words around them", async () => {
  await open({ snapshot: snapshotOf(), problems: [{ part: "x", message: "no `a` and `b`", remedy: "`c` first" }] });
  expect([...document.querySelectorAll("code")].map((code) => code.textContent)).toEqual(["a", "b", "c"]);
  expect(document.querySelector("li")?.textContent?.replace(/\s+/g, " ").trim()).toBe("No a and b c first");
});

test("without a daemon it waits and can still be quit", async () => {
  const popover = await open({ snapshot: null });
  expect(popover.text()).toContain("Waiting for Baton’s daemon");
  await popover.press("Quit");
  expect(popover.asked).toEqual([{ do: "quit" }]);
});

test.each(["Quit", "Escape", "the window's own button"])("what was removed is gone before the app ends or closes by %s", async (way) => {
  let gone = (_: unknown): void => undefined;
  const popover = await open({
    snapshot: snapshotOf(openai([work, home])),
    answer: () => new Promise((resolve) => (gone = resolve)),
  });
  await popover.press("More for home");
  await popover.press("Remove");
  // The window loses the focus on the way: the removal is under way already.
  window.dispatchEvent(new Event("blur"));
  const ways = { Quit: () => popover.press("Quit"), Escape: () => popover.key("Escape") };
  await (ways[way as keyof typeof ways] ?? (() => popover.tell("closing", null)))();
  const remove = { do: "send", request: { do: "remove", provider: "openai", account: "id-home" } };
  expect(popover.asked).toEqual([remove]);
  gone({ did: "done" });
  await popover.settle();
  expect(popover.asked).toEqual([remove, { do: way === "Quit" ? "quit" : "close" }]);
});

test("failing over is switched off and on", async () => {
  const one = snapshotOf(openai([work]));
  const popover = await open({ snapshot: one });
  await popover.press("Switch automatically at a limit");
  await popover.tell("snapshot", { ...one, failover: { enabled: false, paused: true, paused_until: null } });
  await popover.press("Switch automatically at a limit");
  expect(popover.asked.map(({ request }) => request)).toEqual([{ do: "pause" }, { do: "resume" }]);
  await popover.tell("snapshot", { ...one, failover: { enabled: false, paused: false, paused_until: null } });
  expect(popover.text()).toContain("Switched off in the settings");
});

test.each([
  ["2026-11-20T12:45:00Z", /Paused until \d+:45/],
  ["2026-11-22T12:00:00Z", /Paused until 11\/22\/26, \d/],
  ["2027-11-20T12:00:00Z", /Paused until 11\/20\/27, \d/],
])("a pause that ends at %s names the day where it isn't today", async (until, expected) => {
  const failover = { enabled: false, paused: true, paused_until: until };
  const popover = await open({ snapshot: { ...snapshotOf(openai([work])), failover } });
  expect(popover.text()).toMatch(expected);
});

test("starting at login is a setting like any other", async () => {
  const one = snapshotOf(openai([work]));
  const popover = await open({ snapshot: one });
  await popover.press("Settings");
  expect(popover.control("Start at login").getAttribute("aria-checked")).toBe("false");
  await popover.press("Start at login");
  const request = { do: "configure", key: ["app", "autostart"], value: true };
  expect(popover.asked).toEqual([{ do: "send", request }]);
  await popover.tell("snapshot", { ...one, app: { ...one.app, autostart: true } });
  expect(popover.control("Start at login").getAttribute("aria-checked")).toBe("true");
});

test("a newer version is looked for and installed only when the person says so", async () => {
  const popover = await open({ snapshot: snapshotOf(openai([work])), updates: { state: "newest" } });
  await popover.press("Settings");
  expect(popover.text()).toContain("This is the newest version.");
  await popover.press("Look now");
  await popover.tell("updates", { state: "found", version: "9.9.9" });
  expect(popover.text()).toContain("Baton 9.9.9 is there.");
  await popover.press("Install and restart");
  expect(popover.asked).toEqual([{ do: "look_for_updates" }, { do: "install_update" }]);
  await popover.tell("updates", { state: "failed", message: "the signature doesn't fit" });
  expect(popover.text()).toContain("Not installed, this version stays: the signature doesn't fit");
});

test("where a package manager brings versions there is nothing to choose", async () => {
  const popover = await open({ snapshot: snapshotOf(openai([work])), updates: { state: "off", why: "package" } });
  await popover.press("Settings");
  expect(popover.text()).toContain("New versions come with your system’s packages.");
  expect(() => popover.control("Look now")).toThrow();
  expect(popover.text()).not.toContain("Beta");
});

test("while it is open, the daemon knows that somebody looks", async () => {
  const popover = await open({ snapshot: snapshotOf() });
  expect(popover.looks.length).toBe(1);
  expect(popover.asked).toEqual([]);
});

test("a view begins at its top, and stays where it was scrolled to while it is open", async () => {
  const popover = await open({ snapshot: snapshotOf(openai([work, home])) });
  const main = document.querySelector("main")!;
  main.scrollTop = 120;
  await popover.tell("snapshot", snapshotOf(openai([work])));
  await popover.press("Accounts");
  expect(main.scrollTop).toBe(120);
  await popover.press("Settings");
  expect(main.scrollTop).toBe(0);
  main.scrollTop = 80;
  await popover.press("Priorities");
  expect(main.scrollTop).toBe(0);
});

test("a view that can't be shown says so, and the others still open", async () => {
  const quiet = vi.spyOn(console, "error").mockImplementation(() => undefined);
  const broken = { ...home, expected: null } as unknown as typeof home;
  const popover = await open({ snapshot: snapshotOf(openai([broken])) });
  expect(popover.text()).toContain("This view couldn’t be shown.");
  await popover.press("Settings");
  expect(popover.text()).toContain("Start at login");
  await popover.press("Accounts");
  await popover.tell("snapshot", snapshotOf(openai([home])));
  await popover.press("Try again");
  expect(document.querySelector("h3")?.textContent).toBe("home");
  // Also one that was shown already.
  await popover.tell("snapshot", snapshotOf(openai([broken])));
  expect(popover.text()).toContain("This view couldn’t be shown.");
  expect(quiet).toHaveBeenCalledTimes(3);
  quiet.mockRestore();
});

test("Escape closes it", async () => {
  const popover = await open({ snapshot: snapshotOf() });
  await popover.key("Escape");
  expect(popover.asked).toEqual([{ do: "close" }]);
});

test("labels are text, whatever they hold", async () => {
  const popover = await open({ snapshot: snapshotOf(openai([account("<b>ann</b>"), account("x".repeat(200))])) });
  expect(popover.text()).toContain("<b>ann</b>");
  expect(document.querySelector("b")).toBeNull();
});

test("a pasted key goes into one request and stays nowhere", async () => {
  let held: unknown = "not asked";
  const popover = await open({
    snapshot: snapshotOf(openai([work])),
    answer: () => {
      held = popover.field("API key").value;
      return { did: "saved", accounts: [{ provider: "openrouter", label: "home", new: true }] };
    },
  });
  await popover.press("Add API key");
  expect(popover.field("API key").type).toBe("password");
  await popover.type("Provider", " openrouter ");
  await popover.type("API key", "sk-1");
  await popover.press("Save");
  expect(popover.asked).toEqual([
    { do: "send", request: { do: "add_key", provider: "openrouter", key: "sk-1", label: null } },
  ]);
  expect(held).toBe("");
  expect(document.querySelector("form")).toBeNull();
  expect(popover.text()).toContain("Saved: home.");
});

test("a key that is refused says why and is asked for again", async () => {
  const popover = await open({
    snapshot: snapshotOf(openai([work])),
    answer: () => {
      throw { code: "usage", message: "the key has white space or several lines in it: give one key" };
    },
  });
  await popover.press("Add API key");
  await popover.type("Provider", "openrouter");
  await popover.type("API key", "sk 1");
  await popover.type("Label", "home");
  await popover.press("Save");
  expect(popover.text()).toContain("The key has white space or several lines in it: give one key");
  const fields = ["Provider", "API key", "Label"].map((label) => popover.field(label).value);
  expect(fields).toEqual(["openrouter", "", "home"]);
  await popover.key("Escape");
  expect(document.querySelector("form")).toBeNull();
});

test("an account that needs a login hands out the command that mends it", async () => {
  const reason = "the provider rejected its login: log in again with `baton login openai --label out`";
  const out = account("out", { standing: { state: "needs_login", until: null, reason } });
  const popover = await open({ snapshot: snapshotOf(openai([out])) });
  expect(popover.text()).toContain("The provider rejected its login: log in again with | baton login openai --label out");
  const copied: string[] = [];
  const clipboard = { writeText: (text: string) => Promise.resolve(void copied.push(text)) };
  vi.stubGlobal("navigator", { clipboard });
  await popover.press("Log in with out again");
  expect(copied).toEqual(["baton login openai --label out"]);
  expect(popover.text()).toContain("Copied: paste the command into a terminal.");

  vi.stubGlobal("navigator", { clipboard: { writeText: () => Promise.reject(new Error("not allowed")) } });
  await popover.press("Log in with out again");
  expect(popover.text()).toContain("Run the command in a terminal.");
  vi.unstubAllGlobals();
});
