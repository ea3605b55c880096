// Which credential a request goes out with.

import assert from "node:assert/strict";
import fs from "node:fs";
import { test } from "node:test";

import { home, key, login } from "./rig.js";

const wire = ({ headers }) => ({ authorization: headers.authorization, account: headers["chatgpt-account-id"] });

/** Starts on one credential, switches to another, and sends a request with the first. */
async function afterSwitch(t, provider, [before, after], headers, more = {}) {
  const at = await home(t, { [provider]: before });
  await at.start();
  at.provider.answers = [{}];
  at.switchTo({ [provider]: after });
  await fetch(`${at.provider.url}${more.path ?? "/v1/chat/completions"}`, { method: "POST", body: "{}", ...more, headers });
  return at.provider.request(1);
}

test("a key that OpenCode keeps from before the switch goes out as the current one, whatever header carries it", async (t) => {
  for (const [name, value, expected] of [
    ["authorization", "Bearer key-a", "Bearer key-b"],
    ["Authorization", "key-a", "key-b"],
    ["x-api-key", "key-a", "key-b"],
    ["X-API-KEY", "key-a", "key-b"],
    ["x-goog-api-key", "key-a", "key-b"],
    ["api-key", "key-a", "key-b"],
  ]) {
    await t.test(name, async (t) => {
      const { headers } = await afterSwitch(t, "fake", [key("a"), key("b")], { [name]: value, "x-other": "as it was" });
      assert.equal(headers[name.toLowerCase()], expected);
      assert.equal(headers["x-other"], "as it was");
    });
  }
});

test("a key is known though it was replaced before OpenCode's first request", async (t) => {
  const at = await home(t);
  await at.start();
  at.switchTo({ fake: key("b") });
  await at.start(); // another directory
  at.switchTo({ fake: key("c") });
  for (const kept of ["key-a", "key-b"]) await fetch(at.provider.url, { headers: { "x-api-key": kept } });
  assert.deepEqual(at.provider.requests.map(({ headers }) => headers["x-api-key"]), ["key-c", "key-c"]);
});

test("headers may be an object, pairs, Headers or those of a Request", async (t) => {
  const pairs = [["Authorization", "Bearer key-a"], ["x-other", "as it was"]];
  const inForm = {
    object: (url) => fetch(url, { method: "POST", body: "ask", headers: Object.fromEntries(pairs) }),
    pairs: (url) => fetch(url, { method: "POST", body: "ask", headers: pairs }),
    Headers: (url) => fetch(new URL(url), { method: "POST", body: "ask", headers: new Headers(pairs) }),
    Request: (url) => fetch(new Request(url, { method: "POST", body: "ask", headers: pairs })),
    "Request and init": (url) => fetch(new Request(url, { method: "POST", body: "ask" }), { headers: pairs }),
  };
  for (const [form, send] of Object.entries(inForm)) {
    await t.test(form, async (t) => {
      const at = await home(t);
      await at.start();
      at.provider.answers = [{ body: "answer" }];
      at.switchTo({ fake: key("b") });
      assert.equal(await (await send(`${at.provider.url}/v1/chat/completions`)).text(), "answer");
      const { method, text, headers } = at.provider.requests[0];
      assert.deepEqual([method, text, headers.authorization, headers["x-other"]], ["POST", "ask", "Bearer key-b", "as it was"]);
    });
  }
});

test("with a login, the account's id follows the token", async (t) => {
  const headers = { authorization: "Bearer access-a", "ChatGPT-Account-Id": "id-a" };
  const between = (a, b) => [login("a", a), login("b", b)];
  await t.test("to another account", async (t) => {
    const sent = await afterSwitch(t, "openai", between({ accountId: "id-a" }, { accountId: "id-b" }), headers);
    assert.deepEqual(wire(sent), { authorization: "Bearer access-b", account: "id-b" });
  });
  await t.test("to one without an id", async (t) => {
    const sent = await afterSwitch(t, "openai", between({ accountId: "id-a" }, {}), headers);
    assert.deepEqual(wire(sent), { authorization: "Bearer access-b", account: undefined });
  });
  await t.test("from one without an id", async (t) => {
    const without = { authorization: "Bearer access-a" };
    const sent = await afterSwitch(t, "openai", between({}, { accountId: "id-b" }), without);
    assert.deepEqual(wire(sent), { authorization: "Bearer access-b", account: "id-b" });
  });
});

test("Copilot's requests carry the refresh token", async (t) => {
  const headers = { authorization: "Bearer refresh-a" };
  const sent = await afterSwitch(t, "github-copilot", [login("a"), login("b")], headers);
  assert.equal(sent.headers.authorization, "Bearer refresh-b");
});

test("what can't take the other's place leaves the request alone", async (t) => {
  const headers = { authorization: "Bearer access-a" };
  const cases = {
    "a key for a login": [login("a"), key("b")],
    "an account of another enterprise": [login("a", { enterpriseUrl: "https://one.example" }), login("b")],
    "an account that the address names": [login("a", { accountId: "org-a" }), login("b", { accountId: "org-b" })],
    "nothing: the person logged out": [login("a"), undefined],
    "an entry without its secret": [login("a"), { type: "oauth", access: 5 }],
  };
  for (const [name, entries] of Object.entries(cases)) {
    await t.test(name, async (t) => {
      const sent = await afterSwitch(t, "some", entries, headers, { path: "/org-a/chat/completions" });
      assert.equal(sent.headers.authorization, "Bearer access-a");
    });
  }
  await t.test("a key with other parts of an address", async (t) => {
    const [a, b] = ["a", "b"].map((name) => ({ ...key(name), metadata: { accountId: name } }));
    const sent = await afterSwitch(t, "cloudflare", [a, b], { authorization: "Bearer key-a" });
    assert.equal(sent.headers.authorization, "Bearer key-a");
  });
});

test("a login's own renewal is never touched", async (t) => {
  const forms = ["grant_type=refresh_token&refresh_token=x", "refresh_token=x&grant_type=refresh_token"];
  const json = '{"client_id": "x", "grant_type": "refresh_token"}';
  for (const body of [...forms, json, new URLSearchParams({ grant_type: "refresh_token" })]) {
    await t.test(String(body), async (t) => {
      const sent = await afterSwitch(t, "openai", [login("a"), login("b")], { authorization: "Bearer access-a" }, { body });
      assert.equal(sent.headers.authorization, "Bearer access-a");
    });
  }
});

test("who talks about such renewals is served by the account of now", async (t) => {
  const body = JSON.stringify({ messages: [{ content: 'Why does {"grant_type": "refresh_token"} or grant_type=x fail?' }] });
  const sent = await afterSwitch(t, "openai", [login("a"), login("b")], { authorization: "Bearer access-a" }, { body });
  assert.equal(sent.headers.authorization, "Bearer access-b");
});

test("providers that share a key each keep their own", async (t) => {
  const at = await home(t, { one: key("shared"), two: key("shared") });
  const { "chat.headers": chatHeaders } = await at.start();
  at.provider.answers = [{}];
  const send = async (provider) => {
    const output = { headers: {} };
    if (provider) await chatHeaders({ sessionID: "ses_1", model: { providerID: provider, id: "m" } }, output);
    await fetch(at.provider.url, { headers: { "x-api-key": "key-shared", ...output.headers } });
    return at.provider.requests.at(-1).headers["x-api-key"];
  };
  assert.equal(await send("one"), "key-shared");
  at.switchTo({ one: key("new"), two: key("shared") });
  assert.equal(await send("one"), "key-new");
  assert.equal(await send("two"), "key-shared");
  assert.equal(await send(null), "key-shared", "one of them has it still");
});

test("what isn't a provider's request goes out as it came, header by header", async (t) => {
  const at = await home(t);
  at.provider.answers = [{ body: "as it is" }];
  const send = async () => {
    const answer = await fetch(`${at.provider.url}/page`, { headers: { Accept: "text/html", "X-Token": "other" } });
    assert.equal(await answer.text(), "as it is");
    return at.provider.requests.at(-1).rawHeaders;
  };
  const without = await send();
  await at.start();
  assert.deepEqual(await send(), without);
  assert.deepEqual(at.daemon.requests, []);
});

test("a half-written auth.json counts as what it held last, a missing one as nothing", async (t) => {
  const at = await home(t);
  await at.start();
  at.provider.answers = [{}];
  const send = async () => {
    await fetch(at.provider.url, { headers: { "x-api-key": "key-a" } });
    return at.provider.requests.at(-1).headers["x-api-key"];
  };
  assert.equal(await send(), "key-a");
  for (const torn of ['{"fake": {"type": "api", "ke', "", "null", "[]", '{"fake": 7, "other": null}']) {
    at.switchTo(torn);
    assert.equal(await send(), "key-a", torn);
  }
  at.switchTo({ fake: key("b") });
  assert.equal(await send(), "key-b");
  for (const name of ["c", "d", "e"]) {
    fs.writeFileSync(at.authFile, JSON.stringify({ fake: key(name) })); // in place, as OpenCode does, and in the same instant
    assert.equal(await send(), `key-${name}`);
  }
  fs.rmSync(at.authFile);
  assert.equal(await send(), "key-a");
});
