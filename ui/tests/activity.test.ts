import { expect, test, vi } from "vitest";

import type { Reply } from "../src/generated/control";
import { NOW, open } from "./popover";
import { answer, one, replies } from "./replies";

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
