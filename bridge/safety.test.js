// Whatever goes wrong, OpenCode is as it would be without the bridge.

import assert from "node:assert/strict";
import fs from "node:fs";
import { test } from "node:test";

import { home, key, login } from "./rig.js";

const LIMIT = { status: 429, body: '{"error":{"code":"usage_limit_reached"}}' };

const ask = (at, more) => {
  const headers = { "x-api-key": "key-a" };
  return fetch(`${at.provider.url}/v1/messages`, { method: "POST", headers, body: '{"model":"m"}', ...more });
};

/** The limit comes as it came, after one request. */
async function isPassedOn(at) {
  const before = at.provider.requests.length;
  const answer = await ask(at);
  assert.deepEqual([answer.status, await answer.text()], [429, LIMIT.body]);
  assert.equal(at.provider.requests.length - before, 1);
}

const FAULTS = {
  "answers no JSON": { body: "<html>" },
  "answers something else": { body: "7" },
  "answers an answer that nobody knows": { body: { answer: "dance" } },
  "has it wait for ever": { body: { answer: "wait", milliseconds: 1e9, ticket: "t" } },
  "has it wait for no time at all": { body: { answer: "wait", milliseconds: "soon", ticket: "t" } },
  "refuses the token": { status: 401, body: {} },
  "knows no bridge": { status: 404, body: {} },
  "sends it elsewhere": { status: 302, headers: { location: "http://127.0.0.1:1/" } },
  "hangs up": (response) => response.destroy(),
  "hangs up half way": (response) => response.writeHead(200, { "content-length": 9 }).write("{", () => response.destroy()),
};

for (const [name, fault] of Object.entries(FAULTS)) {
  test(`a daemon that ${name} changes nothing`, async (t) => {
    const at = await home(t);
    await at.start();
    at.provider.answers = [LIMIT];
    at.daemon.answers = [fault];
    await isPassedOn(at);
    assert.equal(at.daemon.requests.length, /answers|wait|refuses|knows/.test(name) ? 1 : 3);
  });
}

test("a daemon that has ended isn't asked, whoever has its port by now", async (t) => {
  const at = await home(t);
  await at.start();
  at.provider.answers = [LIMIT];
  at.daemon.answers = [{ body: { answer: "pass_on" } }];
  await isPassedOn(at);
  fs.rmSync(at.controlFile);
  await isPassedOn(at);
  assert.equal(at.daemon.requests.length, 1);
});

test("a daemon that doesn't answer in time is asked thrice, and then left alone for a while or until it starts again", async (t) => {
  const at = await home(t);
  await at.start("baton.js", {}, 250);
  at.provider.answers = [LIMIT];
  at.daemon.answers = [() => {}];
  t.mock.timers.enable({ apis: ["Date"], now: Date.now() });
  const start = performance.now();
  await isPassedOn(at);
  const took = performance.now() - start;
  assert.ok(took >= 720, `thrice 250 ms, not ${took}`);
  t.mock.timers.tick(1999);
  await isPassedOn(at);
  assert.equal(at.daemon.requests.length, 3);
  t.mock.timers.tick(1);
  await isPassedOn(at);
  assert.equal(at.daemon.requests.length, 6);
  at.control();
  await isPassedOn(at);
  assert.equal(at.daemon.requests.length, 9);
});

test("while this process is busy itself, the daemon's time doesn't run out", async (t) => {
  const at = await home(t);
  await at.start("baton.js", { patience: 250 });
  at.provider.answers = [LIMIT];
  at.daemon.answers = [
    (response) => {
      const until = performance.now() + 400;
      while (performance.now() < until);
      response.writeHead(200, { "content-type": "application/json" });
      response.end('{"answer":"pass_on"}');
    },
  ];
  await isPassedOn(at);
  assert.equal(at.daemon.requests.length, 1);
});

test("without a daemon nobody is asked", async (t) => {
  const at = await home(t);
  await at.start();
  at.provider.answers = [LIMIT];
  const { origin } = at.daemon;
  const files = ["", "{", "null", '"text"', "{}", `{"url":"${origin}"}`, `{"url":"http://elsewhere.example:80","token":"t"}`];
  for (const control of [...files, `{"url":"${origin}/../x","token":"t"}`, `{"url":7,"token":"t"}`]) {
    at.control(control);
    await isPassedOn(at);
  }
  assert.deepEqual(at.daemon.requests, []);
});

test("the token never goes through a proxy", async (t) => {
  const at = await home(t);
  await at.start();
  at.provider.answers = [LIMIT];
  t.after(() => ["HTTP_PROXY", "NO_PROXY"].forEach((name) => delete process.env[name]));
  process.env.HTTP_PROXY = "http://proxy.example:3128";
  process.env.NO_PROXY = "localhost";
  await isPassedOn(at);
  assert.equal(at.daemon.requests.length, 0);
  process.env.NO_PROXY = "localhost, 127.0.0.1";
  at.daemon.answers = [{ body: { answer: "pass_on" } }];
  await isPassedOn(at);
  assert.equal(at.daemon.requests.length, 1);
});

test("a person's abort wins, wherever it comes", async (t) => {
  const abort = new Error("stopped by the person");
  const cases = {
    "while the provider thinks": (at, stop) => (at.provider.answers = [stop]),
    "while the provider tells of the limit": (at, stop) => {
      at.provider.answers = [(response) => (response.writeHead(429).write("{"), setImmediate(stop))];
    },
    "while the daemon thinks": (at, stop) => (at.daemon.answers = [stop]),
    "while the daemon switches": (at, stop) => {
      at.daemon.answers = [(response) => {
        at.switchTo({ fake: key("b") });
        stop();
        response.end('{"answer":"retry"}');
      }];
    },
    "while it waits": (at, stop) => {
      at.daemon.answers = [(response) => {
        response.end('{"answer":"wait","milliseconds":7000,"ticket":"t"}', () => setTimeout(stop, 30));
      }];
    },
    "while the next account thinks": (at, stop) => {
      at.provider.answers = [LIMIT, stop];
      at.daemon.answers = [(response) => {
        at.switchTo({ fake: key("b") });
        response.end('{"answer":"retry"}');
      }];
    },
  };
  for (const [when, arrange] of Object.entries(cases)) {
    await t.test(when, async (t) => {
      const at = await home(t);
      await at.start();
      at.provider.answers = [LIMIT];
      const control = new AbortController();
      let sentBefore;
      arrange(at, () => {
        sentBefore = at.provider.requests.length;
        control.abort(abort);
      });
      await assert.rejects(ask(at, { signal: control.signal }), (fault) => fault === abort);
      assert.equal(at.provider.requests.length, sentBefore, "nothing is sent after it");
    });
  }
});

test("a network fault of the provider is OpenCode's to see", async (t) => {
  const at = await home(t);
  await at.start();
  at.provider.answers = [(response) => response.destroy()];
  await assert.rejects(ask(at), TypeError);
  assert.deepEqual(at.daemon.requests, []);
});

test("a fault of the bridge's own leaves requests as they are", async (t) => {
  const at = await home(t);
  await at.start();
  at.provider.answers = [{ body: "fine" }];
  globalThis[Symbol.for("baton.bridge")].auth = null;
  assert.equal(await (await ask(at)).text(), "fine");
  assert.equal(at.provider.requests[0].headers["x-api-key"], "key-a");
});

test("what fetch itself refuses is refused the same", async (t) => {
  const at = await home(t);
  await at.start();
  for (const args of [[], ["no address", { headers: { "x-api-key": "key-a" } }], [{}, { headers: 7 }]]) {
    await assert.rejects(fetch(...args), TypeError);
  }
});

test("hooks swallow whatever they are given", async (t) => {
  const at = await home(t);
  const hooks = await at.start();
  const trap = new Proxy({}, { get: () => { throw new Error("trap"); } });
  for (const [name, hook] of Object.entries(hooks)) {
    if (typeof hook !== "function") continue;
    for (const args of [[], [null, null], [{}, {}], [trap, trap], [{ model: trap }, { headers: trap, options: trap }]]) {
      await assert.doesNotReject(async () => hook(...args), `${name}(${args.length})`);
    }
  }
});

test("made for several directories and anew after a dispose, from two folders at once, it acts once", async (t) => {
  const at = await home(t, { openai: login("a") });
  for (let i = 0; i < 3; i++) await at.start();
  const patched = globalThis.fetch;
  assert.deepEqual(await at.start("copy.js"), {}, "a second copy leaves it to the first");
  await at.start();
  assert.equal(globalThis.fetch, patched);
  at.provider.answers = [LIMIT];
  at.daemon.answers = [{ body: { answer: "pass_on" } }];
  await fetch(`${at.provider.url}/responses`, { method: "POST", headers: { authorization: "Bearer access-a" } });
  assert.deepEqual([at.provider.requests.length, at.daemon.requests.length], [1, 1]);
});
