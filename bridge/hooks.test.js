// What the bridge adds to OpenCode's own requests, and what it takes off.

import assert from "node:assert/strict";
import { test } from "node:test";

import { home, key, login } from "./rig.js";

const input = (provider, session = "ses_1") => ({
  sessionID: session,
  agent: "build",
  model: { providerID: provider, id: "model-of-opencode", api: { id: "model-of-the-provider" } },
  provider: { id: provider },
});

/** What `chat.headers` adds to a release's own headers. */
async function added(hooks, provider, own = {}) {
  const output = { headers: { ...own } };
  await hooks["chat.headers"](input(provider), output);
  return output.headers;
}

test("a request's session and model are OpenCode's, and the provider hears nothing of it", async (t) => {
  const at = await home(t);
  const hooks = await at.start();
  at.provider.answers = [{ status: 429 }];
  at.daemon.answers = [{ body: { answer: "pass_on" } }];
  const url = `${at.provider.url}/some/path/of/its/own`;
  const own = { "x-api-key": "key-a", ...(await added(hooks, "fake")) };
  for (const headers of [own, Object.entries(own), new Headers(own)]) {
    await fetch(url, { method: "POST", headers, body: '{"model":"model-of-the-provider"}' });
    const sent = at.provider.requests.at(-1).headers;
    assert.deepEqual(Object.keys(sent).filter((name) => /baton|title/.test(name)), []);
    const { session, model } = at.daemon.requests.at(-1).json;
    assert.deepEqual({ session, model }, { session: "ses_1", model: "model-of-opencode" });
  }
});

test("the mark comes off requests to providers that auth.json doesn't know, too", async (t) => {
  const at = await home(t);
  const hooks = await at.start();
  await fetch(at.provider.url, { headers: { authorization: "Bearer other", ...(await added(hooks, "other")) } });
  const { headers } = at.provider.requests[0];
  assert.equal(headers.authorization, "Bearer other");
  assert.deepEqual(Object.keys(headers).filter((name) => /baton/.test(name)), []);
});

test("without hooks, the session is known by the headers that releases send, the model by the body", async (t) => {
  const at = await home(t, { openai: login("a") });
  await at.start();
  at.provider.answers = [{ status: 429 }];
  at.daemon.answers = [{ body: { answer: "pass_on" } }];
  for (const name of ["session_id", "session-id", "x-session-id", "x-session-affinity", "x-opencode-session"]) {
    const headers = { authorization: "Bearer access-a", [name]: "ses_2" };
    await fetch(`${at.provider.url}/responses`, { method: "POST", headers, body: '{"model":"gpt","input":[]}' });
    const { session, model } = at.daemon.requests.at(-1).json;
    assert.deepEqual({ session, model }, { session: "ses_2", model: "gpt" });
  }
});

test("OpenAI's websocket is led back to HTTP in the releases that have it, and nowhere else", async (t) => {
  const at = await home(t, { openai: key("a") });
  const hooks = await at.start();
  const agent = (version) => ({ "User-Agent": `opencode/${version} (linux 6.1; x64)` });
  const forced = async (provider, own) => (await added(hooks, provider, own))["x-opencode-title"];
  for (const version of ["1.15.0", "1.18.33", "2.0.1", "0.0.0-dev-202609212252", "local"]) {
    assert.equal(await forced("openai", agent(version)), "true", version);
    assert.equal(await forced("fake", agent(version)), undefined, `another provider in ${version}`);
  }
  for (const version of ["1.1.58", "1.3.2", "1.14.34", "elsewhere"]) {
    assert.equal(await forced("openai", agent(version)), undefined, version);
  }
  assert.equal(await forced("openai"), undefined, "a release that doesn't say which it is");

  const headers = { authorization: "Bearer key-a", ...(await added(hooks, "openai", agent("1.18.33"))) };
  await fetch(`${at.provider.url}/responses`, { method: "POST", headers });
  assert.equal(at.provider.requests[0].headers["x-opencode-title"], undefined, "the provider never hears of it");
});

test("fallback_agent reaches no provider", async (t) => {
  const at = await home(t);
  const hooks = await at.start();
  const output = { temperature: 0, options: { fallback_agent: "other", reasoningEffort: "low" } };
  await hooks["chat.params"](input("fake"), output);
  assert.deepEqual(output, { temperature: 0, options: { reasoningEffort: "low" } });
});
