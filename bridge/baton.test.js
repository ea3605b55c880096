import assert from "node:assert/strict";
import { test } from "node:test";

test("the plugin loads and gives hooks", async () => {
  const { default: baton } = await import("./baton.js?loads");
  assert.equal(typeof (await baton({})), "object");
});
