import { expect, test } from "vitest";

import { open } from "./popover";
import { answer, one, settings } from "./replies";

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
