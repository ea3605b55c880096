// Answers that stream: untouched, unless they tell of a limit before any content.

import assert from "node:assert/strict";
import { test } from "node:test";

import { home, key, stream } from "./rig.js";

const PATHS = { chat: "/v1/chat/completions", responses: "/v1/responses", messages: "/v1/messages" };

const event = (data, name) => `${name ? `event: ${name}\n` : ""}data: ${JSON.stringify(data)}\n\n`;
const named = (data) => event(data, data.type);
const chunk = (delta) => event({ choices: [{ index: 0, delta, finish_reason: null }] });

/** Of each kind: what may come before content, a piece of content, and how limits are told. */
const KINDS = {
  chat: {
    before: ": OPENROUTER PROCESSING\n\n" + event({ choices: [], prompt_filter_results: [] }) + chunk({ role: "assistant", content: "" }),
    content: [chunk({ content: "Hello" }), chunk({ reasoning_content: "Hm" }), chunk({ tool_calls: [{ index: 0 }] }), "data: [DONE]\n\n"],
    limits: [event({ error: { code: 429, message: "Rate limit exceeded" } }), event({ error: "quota" }), event("over", "error")],
  },
  responses: {
    before: named({ type: "response.created", response: { error: null } }) + event({ type: "response.in_progress" }),
    content: [named({ type: "response.output_item.added" }), named({ type: "response.output_text.delta", delta: "Hi" })],
    limits: [
      named({ type: "error", code: "rate_limit_exceeded", message: "Usage limit" }),
      event({ sequence_number: 3, type: "error", error: { type: "usage_limit_reached" } }),
      named({ type: "response.failed", response: { instructions: "long", error: { code: "rate_limit_exceeded" } } }),
    ],
  },
  messages: {
    before: named({ type: "message_start", message: { content: [] } }) + named({ type: "ping" }),
    content: [named({ type: "content_block_start", content_block: { type: "text", text: "" } })],
    limits: [named({ type: "error", error: { type: "rate_limit_error", message: "over" } })],
  },
};

const ask = (at, kind) => {
  const headers = { authorization: "Bearer key-a" };
  return fetch(at.provider.url + PATHS[kind], { method: "POST", headers, body: '{"stream":true}' });
};

const switching = (at) => (response) => {
  at.switchTo({ fake: key("b") });
  response.end('{"answer":"retry"}');
};

/** Cuts a text where no event ends: events come in pieces of any size. */
const inPieces = (text) => text.match(/[^]{1,7}/g);

for (const [kind, { before, content, limits }] of Object.entries(KINDS)) {
  for (const limit of limits) {
    test(`${kind}: the answer after ${limit.slice(0, 40).trim()}… comes from the next account`, async (t) => {
      const at = await home(t);
      await at.start();
      const whole = before + content[0];
      at.provider.answers = [stream(...inPieces(before + limit)), stream(whole)];
      at.daemon.answers = [switching(at)];
      const answer = await ask(at, kind);
      assert.equal(await answer.text(), whole);
      const { status, body } = (await at.daemon.request(1)).json;
      assert.equal(status, 200);
      assert.match(body, /limit|quota|over/i);
      assert.doesNotMatch(body, /long/);
    });
  }

  for (const first of content) {
    test(`${kind}: after ${first.slice(0, 60).trim()} a limit is OpenCode's to see, byte for byte`, async (t) => {
      const at = await home(t);
      await at.start();
      const whole = before + first + limits[0];
      at.provider.answers = [stream(...inPieces(whole))];
      const answer = await ask(at, kind);
      assert.equal(await answer.text(), whole);
      assert.deepEqual(at.daemon.requests, []);
    });
  }

  test(`${kind}: a limit that the daemon passes on comes as it came`, async (t) => {
    const at = await home(t);
    await at.start();
    const crlf = (before + limits[0]).replaceAll("\n", "\r\n");
    at.provider.answers = [stream(crlf)];
    at.daemon.answers = [{ body: { answer: "pass_on" } }];
    assert.equal(await (await ask(at, kind)).text(), crlf);
    assert.equal(at.daemon.requests.length, 1);
  });
}

test("each piece is there as soon as the provider sent it", async (t) => {
  const at = await home(t);
  await at.start();
  const [gates, pieces] = [[], ["one", "two", "three"].map((content) => chunk({ content }))];
  const gate = () => new Promise((open) => gates.push(open));
  at.provider.answers = [stream(pieces[0], gate(), pieces[1], gate(), pieces[2])];
  const reader = (await ask(at, "chat")).body.getReader();
  for (const piece of pieces) {
    const { value } = await reader.read();
    assert.equal(new TextDecoder().decode(value), piece);
    gates.shift()?.();
  }
  assert.equal((await reader.read()).done, true);
});

test("bytes that are no text come through as they are", async (t) => {
  const at = await home(t);
  await at.start();
  const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, i) => (i * 7919) % 256));
  at.provider.answers = [(response) => response.writeHead(200, { "content-type": "text/event-stream" }).end(bytes)];
  assert.deepEqual(Buffer.from(await (await ask(at, "chat")).arrayBuffer()), bytes);
});

test("a stream that breaks off breaks off for OpenCode, before content and after", async (t) => {
  for (const [name, first] of Object.entries({ before: KINDS.chat.before, after: KINDS.chat.content[0] })) {
    await t.test(name, async (t) => {
      const at = await home(t);
      await at.start();
      at.provider.answers = [(response) => {
        response.writeHead(200, { "content-type": "text/event-stream" });
        response.write(first, () => response.destroy());
      }];
      const answer = await ask(at, "chat");
      await assert.rejects(answer.text());
      assert.deepEqual(at.daemon.requests, []);
    });
  }
});

test("who stops reading ends the provider's stream", async (t) => {
  const at = await home(t);
  await at.start();
  let closed;
  const end = new Promise((done) => (closed = done));
  at.provider.answers = [(response) => {
    response.on("close", closed);
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(KINDS.chat.content[0]);
  }];
  await (await ask(at, "chat")).body.cancel();
  await end;
});
