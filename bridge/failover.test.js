// A request that runs into a limit: what the daemon is told, and what OpenCode gets.

import assert from "node:assert/strict";
import { test } from "node:test";

import { home, key, login } from "./rig.js";

const LIMIT = { status: 429, headers: { "retry-after": "3600" }, body: { error: { code: "usage_limit_reached" } } };
const ANSWER = { body: { choices: ["the answer"] } };
const RETRY = { body: { answer: "retry" } };
const PASS_ON = { body: { answer: "pass_on" } };

const ask = (at, more) =>
  fetch(`${at.provider.url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: "Bearer key-a", "x-session-id": "ses_1" },
    body: '{"model":"m","messages":[]}',
    ...more,
  });

const keysSent = (at) => at.provider.requests.map(({ headers }) => headers.authorization.slice("Bearer ".length));

/** A daemon that switches to the given accounts, one with each report, and says so. */
const switching = (at, ...names) => names.map((name) => (response) => {
  at.switchTo({ fake: key(name) });
  response.end(JSON.stringify(RETRY.body));
});

test("the answer comes from the next account, and nobody saw the limit", async (t) => {
  const at = await home(t);
  await at.start();
  at.provider.answers = [LIMIT, ANSWER];
  at.daemon.answers = switching(at, "b");
  const answer = await ask(at);
  assert.equal(answer.status, 200);
  assert.deepEqual(await answer.json(), ANSWER.body);
  assert.deepEqual(keysSent(at), ["key-a", "key-b"]);
  assert.equal(at.provider.requests[1].text, '{"model":"m","messages":[]}');
});

test("the daemon is told what it needs to know, and no secret", async (t) => {
  const at = await home(t, { fake: key("a"), other: key("a-longer"), openai: login("x") });
  await at.start();
  const text = `{"error":"key-a, key-a-longer, access-x refresh-x, sk-proj-0123456789abcdef, ${"long ".repeat(2000)}"}`;
  const headers = { "retry-after": "7", "x-codex-plan-type": "plus", "x-ratelimit-limit-tokens": "1", "set-cookie": "a=key-a" };
  at.provider.answers = [{ status: 429, headers: { ...headers, "anthropic-ratelimit-unified-status": "rejected" }, body: text }];
  at.daemon.answers = [PASS_ON];
  const before = Date.now();
  assert.equal(await (await ask(at)).text(), text);
  const { method, url, headers: sent, json } = await at.daemon.request(1);
  assert.deepEqual([method, url, sent.authorization, sent.origin], ["POST", "/v1/bridge", "Bearer control-token", undefined]);
  const { sent_at, read_at, at: answeredAt, body, ...rest } = json;
  assert.ok(before <= read_at && read_at <= sent_at && sent_at <= answeredAt && answeredAt <= Date.now());
  assert.deepEqual(rest, {
    saw: "limit",
    provider: "fake",
    session: "ses_1",
    model: "m",
    status: 429,
    headers: {
      "anthropic-ratelimit-unified-status": "rejected",
      "retry-after": "7",
      "x-codex-plan-type": "plus",
      "x-ratelimit-limit-tokens": "1",
    },
    attempt: 1,
  });
  assert.ok(body.startsWith('{"error":"…, …, … …, …, long '), body.slice(0, 100));
  assert.equal(body.length, 4096);
});

test("while the daemon is choosing, it is asked again with its ticket", async (t) => {
  const at = await home(t);
  await at.start();
  at.provider.answers = [LIMIT, ANSWER];
  const wait = (ticket) => ({ body: { answer: "wait", milliseconds: 1, ticket } });
  at.daemon.answers = [wait("one"), wait("two"), ...switching(at, "b")];
  assert.equal((await ask(at)).status, 200);
  assert.deepEqual(at.daemon.requests.map(({ json }) => json.ticket), [undefined, "one", "two"]);
  const once = ({ json: { ticket: _ticket, ...saw } }) => saw;
  assert.deepEqual(once(at.daemon.requests[2]), once(at.daemon.requests[0]), "the same report");
});

test("a switch that shows before the daemon says so is enough", async (t) => {
  const at = await home(t);
  await at.start();
  at.provider.answers = [LIMIT, ANSWER];
  at.daemon.answers = [(response) => {
    at.switchTo({ fake: key("b") });
    response.end('{"answer":"wait","milliseconds":1,"ticket":"t"}');
  }];
  assert.equal((await ask(at)).status, 200);
  assert.equal(at.daemon.requests.length, 1);
});

test("two requests into the same limit are one switch: the second only repeats", async (t) => {
  const at = await home(t);
  await at.start();
  let bothSent;
  const both = new Promise((sent) => (bothSent = sent));
  const limitOnceBothAreThere = async (response) => {
    if (at.provider.requests.length === 2) bothSent();
    await both;
    response.writeHead(429).end("{}");
  };
  at.provider.answers = [limitOnceBothAreThere, limitOnceBothAreThere, ANSWER];
  at.daemon.answers = [PASS_ON];
  const asked = [ask(at), ask(at)];
  await both;
  at.switchTo({ fake: key("b") });
  assert.deepEqual((await Promise.all(asked)).map(({ status }) => status), [200, 200]);
  assert.deepEqual(keysSent(at), ["key-a", "key-a", "key-b", "key-b"]);
  assert.deepEqual(at.daemon.requests, []);
});

test("what is passed on comes as it came", async (t) => {
  for (const status of [400, 401, 402, 403, 429, 500, 529]) {
    await t.test(`${status}`, async (t) => {
      const at = await home(t);
      await at.start();
      at.provider.answers = [{ status, headers: { "x-request-id": "r" }, body: '{ "error" : "Grüße" }' }];
      at.daemon.answers = [PASS_ON];
      const answer = await ask(at);
      assert.deepEqual([answer.status, answer.headers.get("x-request-id")], [status, "r"]);
      assert.equal(answer.url, `${at.provider.url}/v1/chat/completions`);
      assert.equal(await answer.text(), '{ "error" : "Grüße" }');
      assert.equal(at.daemon.requests.length, 1);
    });
  }
});

test("what no account could mend isn't even reported", async (t) => {
  const at = await home(t);
  await at.start();
  for (const status of [404, 413, 422]) {
    at.provider.answers = [{ status }];
    assert.equal((await ask(at)).status, status);
  }
  assert.deepEqual(at.daemon.requests, []);
});

test("a limit for ever is passed on after three attempts", async (t) => {
  const at = await home(t);
  await at.start();
  at.provider.answers = [LIMIT];
  at.daemon.answers = switching(at, "b", "c", "d");
  const answer = await ask(at);
  assert.deepEqual([answer.status, await answer.json()], [429, LIMIT.body]);
  assert.deepEqual(keysSent(at), ["key-a", "key-b", "key-c"]);
  await at.daemon.request(3);
  assert.deepEqual(at.daemon.requests.map(({ json }) => json.attempt), [1, 2, 3]);
});

test("retry without another credential in auth.json passes the answer on", async (t) => {
  const at = await home(t);
  await at.start();
  at.provider.answers = [LIMIT];
  at.daemon.answers = [RETRY];
  assert.equal((await ask(at)).status, 429);
  assert.deepEqual(keysSent(at), ["key-a"]);
});

test("a body that can't be sent twice is passed on, and the limit told", async (t) => {
  const once = (text) => new ReadableStream({ start: (body) => (body.enqueue(new TextEncoder().encode(text)), body.close()) });
  const forms = {
    "a stream": (at) => ask(at, { body: once("{}"), duplex: "half" }),
    "a Request": (at) => {
      const headers = { authorization: "Bearer key-a" };
      return fetch(new Request(`${at.provider.url}/v1/messages`, { method: "POST", body: "{}", headers }));
    },
  };
  for (const [form, send] of Object.entries(forms)) {
    await t.test(form, async (t) => {
      const at = await home(t);
      await at.start();
      at.provider.answers = [LIMIT];
      at.daemon.answers = switching(at, "b");
      assert.equal((await send(at)).status, 429);
      assert.equal((await at.daemon.request(1)).json.saw, "limit");
      assert.equal(at.provider.requests.length, 1);
    });
  }
});

test("where the repeated request gets nowhere, the provider's first word stands", async (t) => {
  const at = await home(t);
  await at.start();
  at.provider.answers = [LIMIT, (response) => response.destroy()];
  at.daemon.answers = switching(at, "b");
  const answer = await ask(at);
  assert.deepEqual([answer.status, await answer.json()], [429, LIMIT.body]);
});

test("requests that ask no model are sent once, limit or not", async (t) => {
  const at = await home(t);
  await at.start();
  at.provider.answers = [LIMIT];
  const headers = { authorization: "Bearer key-a" };
  for (const [path, method] of [["/v1/chat/completions", "GET"], ["/usage", "POST"]]) {
    assert.equal((await fetch(`${at.provider.url}${path}`, { method, headers })).status, 429);
  }
  assert.deepEqual(at.daemon.requests, []);
});

test("another account's encrypted reasoning is left out, once and from then on, and nobody switches for it", async (t) => {
  const at = await home(t, { openai: login("a") });
  await at.start();
  const refusal = { status: 400, body: { error: { code: "invalid_encrypted_content", message: "could not be verified" } } };
  at.provider.answers = [refusal, ANSWER];
  const reasoning = (secret) => ({ type: "reasoning", id: "rs", encrypted_content: secret });
  const send = async (...input) => {
    const body = JSON.stringify({ model: "gpt", input, include: ["reasoning.encrypted_content"] });
    const headers = { authorization: "Bearer access-a", "session-id": "ses_1" };
    return fetch(`${at.provider.url}/responses`, { method: "POST", headers, body });
  };
  const [question, call] = [{ role: "user", content: "hi" }, { type: "function_call", id: "fc", arguments: "{}" }];
  const answer = await send(question, reasoning("old"), call);
  assert.deepEqual(await answer.json(), ANSWER.body);
  const inputs = () => at.provider.requests.map(({ text }) => JSON.parse(text).input);
  assert.deepEqual(inputs(), [[question, reasoning("old"), call], [question, call]]);
  await send(question, reasoning("old"), call, reasoning("new"));
  assert.deepEqual(inputs()[2], [question, call, reasoning("new")]);
  assert.deepEqual(JSON.parse(at.provider.requests[2].text).include, ["reasoning.encrypted_content"]);
  assert.deepEqual(at.daemon.requests, []);
});

test("a refusal of encrypted reasoning comes to an end where there is none to leave out", async (t) => {
  const at = await home(t);
  await at.start();
  at.provider.answers = [{ status: 400, body: { error: { code: "invalid_encrypted_content" } } }];
  for (const body of ['{"input":[{"type":"reasoning","encrypted_content":"x"}]}', '{"input":"hi"}', "no JSON", undefined]) {
    const before = at.provider.requests.length;
    assert.equal((await ask(at, { body })).status, 400);
    assert.ok(at.provider.requests.length - before <= 2);
  }
  assert.deepEqual(at.daemon.requests, []);
});

test("a limit after encrypted reasoning was left out still finds the next account", async (t) => {
  const at = await home(t);
  await at.start();
  at.provider.answers = [LIMIT, { status: 400, body: "invalid_encrypted_content" }, LIMIT, ANSWER];
  at.daemon.answers = switching(at, "b", "c");
  const answer = await ask(at, { body: '{"input":[{"type":"reasoning","encrypted_content":"x"}]}' });
  assert.equal(answer.status, 200);
  assert.deepEqual(keysSent(at), ["key-a", "key-b", "key-b", "key-c"]);
});

test("usage in a normal answer's headers is told at most once a second and account", async (t) => {
  const at = await home(t);
  await at.start();
  at.provider.answers = [{ headers: { "x-codex-primary-used-percent": "12", "retry-after": "1", server: "x" } }];
  for (let i = 0; i < 3; i++) await ask(at);
  at.switchTo({ fake: key("b") });
  await ask(at);
  const told = [(await at.daemon.request(1)).json, (await at.daemon.request(2)).json];
  const { read_at, at: answeredAt, ...rest } = told[0];
  assert.ok(read_at <= answeredAt);
  const headers = { "retry-after": "1", "x-codex-primary-used-percent": "12" };
  assert.deepEqual(rest, { saw: "headers", provider: "fake", status: 200, headers });
  assert.equal(at.daemon.requests.length, 2, "one an account");
});
