// Sessions that are stuck: what the daemon hears of them, and how they are carried on. OpenCode's client is an object that
// remembers what it was asked.

import assert from "node:assert/strict";
import { test } from "node:test";

import { home } from "./rig.js";

const HOUR = 3_600_000;

/** The bridge inside an OpenCode that has the sessions of the story. */
async function world(t, { sessions = { s: {} }, agents = [], answers = {}, quick = true } = {}) {
  const made = await home(t);
  const streams = new Set();
  made.daemon.answers = [
    (response, { url }) => {
      const { json } = made.daemon.requests.at(-1);
      if (url === "/v1/bridge/events") {
        response.writeHead(200, { "content-type": "text/event-stream" }).write(": hello\n\n");
        return streams.add(response);
      }
      const answer = answers[url] ?? { answer: "noted" };
      const [status, body] = typeof answer === "function" ? answer(json) : [200, answer];
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    },
  ];

  const asked = [];
  const toasts = [];
  let hooks;
  const client = {
    session: {
      get: async ({ path: { id } }) => ({ data: sessions[id] && { id, ...sessions[id] } }),
      abort: async ({ path: { id } }) => {
        asked.push(["abort", id]);
        event("session.status", { sessionID: id, status: { type: "idle" } });
        if (!quick) event("session.error", { sessionID: id, error: { name: "MessageAbortedError" } });
        return { data: true };
      },
      promptAsync: async ({ path: { id }, body }) => {
        asked.push(["prompt", id, body]);
        await hooks["chat.message"]({ sessionID: id });
        return { response: { status: 204 } };
      },
    },
    app: { agents: async () => ({ data: agents }) },
    tui: { showToast: async ({ body }) => toasts.push(body) },
  };
  const event = (type, properties) => hooks.event({ event: { type, properties } });
  hooks = await made.start("baton.js", { client, directory: "/project", ...(quick && { experimental_workspace: {} }) });
  const state = globalThis[Symbol.for("baton.bridge")];
  const timers = [];
  t.after(() => {
    clearInterval(state.looking);
    timers.forEach(clearTimeout);
  });
  await until(() => streams.size > 0);
  return {
    asked,
    toasts,
    get told() {
      return made.daemon.requests.filter(({ url }) => url === "/v1/bridge").map(({ json }) => json);
    },
    control: made.control,
    provider: made.provider,
    timers,
    hooks,
    event,
    request: (id = "s", more = {}) =>
      hooks["chat.params"](
        { sessionID: id, agent: "build", model: { id: "gpt", providerID: "openai" }, message: { agent: "build" }, ...more },
        { options: {} },
      ),
    sleeps: (id = "s", next = Date.now() + HOUR) =>
      event("session.status", { sessionID: id, status: { type: "retry", attempt: 1, message: "Rate limit", next } }),
    daemonSays: (kind, data) => streams.forEach((to) => to.write(`event: ${kind}\ndata: ${JSON.stringify(data)}\n\n`)),
    async tells(count) {
      await until(() => this.told.length >= count);
      return this.told.map(({ saw, state, session, why }) => [saw === "session" ? state : saw, session, why].filter(Boolean).join(" "));
    },
  };
}

async function until(holds) {
  for (let tries = 0; !holds(); tries++) {
    assert.ok(tries < 6000, "it never came");
    await new Promise((done) => setTimeout(done, 5));
  }
}

const onward = { session: "s", from: "openai", provider: "openai", model: "gpt", agent: "build" };

test("a session that sleeps for long is told of, ended and told to continue", async (t) => {
  const it = await world(t);
  await it.request();
  await it.sleeps();
  assert.deepEqual(await it.tells(1), ["sleeping s"]);
  const { provider, model, agent, directory, until } = it.told[0];
  assert.deepEqual([provider, model, agent, directory, until > Date.now()], ["openai", "gpt", "build", "/project", true]);
  it.daemonSays("resume", onward);
  assert.deepEqual(await it.tells(2), ["sleeping s", "resumed s"]);
  const parts = [{ type: "text", text: "Continue where you left off." }];
  const body = { model: { providerID: "openai", modelID: "gpt" }, parts, agent: "build" };
  assert.deepEqual(it.asked, [["abort", "s"], ["prompt", "s", body]]);
});

/** OpenCode's own sleep: a timer, until the session asks again. */
async function fallsAsleep(it, id = "s") {
  await it.request(id);
  const next = Date.now() + HOUR;
  const slept = new Promise((done) => it.timers.push(setTimeout(done, HOUR))).then(() => it.request(id));
  await it.sleeps(id, next);
  return slept;
}

test("a session whose sleep can be ended is woken, and its own turn goes on", async (t) => {
  const it = await world(t);
  const slept = await Promise.race([fallsAsleep(it), it.tells(1)]);
  assert.deepEqual(slept, ["sleeping s"]);
  it.daemonSays("resume", onward);
  assert.deepEqual(await it.tells(2), ["sleeping s", "resumed s"]);
  assert.deepEqual(it.asked, []);
});

/** From here on the test is `opencode run`. */
function beRun(t) {
  process.argv.push("run");
  t.after(() => process.argv.pop());
}

/** A session that is to go on with another model, once its turn, which was asleep, has ended. */
async function aboutToEnd(t) {
  const it = await world(t);
  const slept = fallsAsleep(it);
  await it.tells(1);
  it.daemonSays("resume", { ...onward, provider: "other", model: "m2" });
  await slept;
  return it;
}

test("in `opencode run`, a lane waits behind the turn that sleeps, which ends with nothing said", async (t) => {
  beRun(t);
  const addresses = { "/v1/chat/completions": "[DONE]", "/backend/responses": "response.completed", "/v1/messages": "message_stop" };
  const story = async (t, address, end) => {
    const it = await aboutToEnd(t);
    const headers = { authorization: "Bearer key-a" };
    await it.hooks["chat.headers"]({ sessionID: "s", model: { providerID: "fake", id: "m" } }, { headers });
    const answer = await fetch(it.provider.url + address, { method: "POST", headers, body: "{}" });
    assert.match(await answer.text(), new RegExp(end.replace(/[[\]]/g, "\\$&")));
    assert.deepEqual(await it.tells(2), ["sleeping s", "resumed s"]);
    assert.deepEqual(it.asked.map(([what, , body]) => [what, body.model.modelID]), [["prompt", "m2"]]);
    assert.equal(it.provider.requests.length, 0);
  };
  for (const [address, end] of Object.entries(addresses)) await t.test(address, (t) => story(t, address, end));
});

test("a title that is asked for meanwhile isn't taken for the turn that ends", async (t) => {
  beRun(t);
  const it = await aboutToEnd(t);
  const asked = async (agent) => {
    const headers = { authorization: "Bearer key-a" };
    await it.hooks["chat.headers"]({ sessionID: "s", agent, model: { providerID: "fake", id: "m" } }, { headers });
    await fetch(`${it.provider.url}/v1/chat/completions`, { method: "POST", headers, body: "{}" });
    return it.provider.requests.length;
  };
  assert.deepEqual([await asked("title"), await asked({ name: "summary" }), await asked("build")], [1, 2, 2]);
  assert.deepEqual(await it.tells(2), ["sleeping s", "resumed s"]);
});

test("`opencode run` is left as it is where its sleep can't be ended", async (t) => {
  beRun(t);
  const it = await world(t);
  await it.request();
  await it.sleeps();
  await it.tells(1);
  it.daemonSays("resume", onward);
  assert.deepEqual(await it.tells(2), ["sleeping s", "not_resumed s `opencode run` can't be woken up"]);
  assert.deepEqual(it.asked, []);
});

test("an OpenCode that ends turns late is waited for", async (t) => {
  const it = await world(t, { quick: false });
  await it.request();
  await it.sleeps();
  await it.tells(1);
  const begun = Date.now();
  it.daemonSays("resume", onward);
  await it.tells(2);
  assert.ok(Date.now() - begun >= 200);
});

test("a short wait is sat out, and a session that wakes up or was ended is left alone", async (t) => {
  const it = await world(t);
  await it.request();
  await it.sleeps("s", Date.now() + 2000);
  await it.sleeps();
  await it.tells(1);
  await it.event("session.status", { sessionID: "s", status: { type: "idle" } });
  await it.tells(2);
  it.daemonSays("resume", onward);
  assert.deepEqual(await it.tells(3), [
    "sleeping s",
    "idle s",
    "not_resumed s it had gone on, or had been ended, by then",
  ]);
  assert.deepEqual(it.asked, []);
});

test("a turn that failed for what may be a limit is told of and continued; no other", async (t) => {
  const it = await world(t);
  const fails = (name, statusCode) =>
    it.event("session.error", { sessionID: "s", error: { name, data: { statusCode, message: "no" } } });
  await it.request();
  await fails("APIError", 400);
  await fails("ContextOverflowError");
  await fails("MessageAbortedError");
  await fails("APIError", 402);
  await it.event("session.idle", { sessionID: "s" });
  assert.deepEqual(await it.tells(1), ["failed s"]);
  it.daemonSays("resume", onward);
  assert.deepEqual(await it.tells(2), ["failed s", "resumed s"]);
  assert.deepEqual(it.asked.map(([what]) => what), ["prompt"]);
});

test("what the person asked meanwhile wins", async (t) => {
  const it = await world(t);
  await it.request();
  await it.event("session.error", { sessionID: "s", error: { name: "APIError", data: { statusCode: 429 } } });
  await it.tells(1);
  await it.hooks["chat.message"]({ sessionID: "s" });
  await it.tells(2);
  it.daemonSays("resume", onward);
  const left = "not_resumed s it had gone on, or had been ended, by then";
  assert.deepEqual(await it.tells(3), ["failed s", "asked s", left]);
  assert.deepEqual(it.asked, []);
});

test("the agent's fallback is told of where it has a model, and never reaches a provider", async (t) => {
  const model = { providerID: "anthropic", modelID: "claude" };
  const agents = [{ name: "build", options: { fallback_agent: "second" } }, { name: "second", model }, { name: "bare" }];
  const it = await world(t, { agents });
  const output = { options: { fallback_agent: "bare", temperature: 1 } };
  await it.hooks["chat.params"]({ sessionID: "s", agent: "build", model: { id: "gpt", providerID: "openai" } }, output);
  assert.deepEqual(output.options, { temperature: 1 });
  await it.sleeps();
  await it.tells(1);
  assert.deepEqual(it.told[0].fallback, { agent: "second", provider: "anthropic", model: "claude" });
  it.daemonSays("resume", { ...onward, provider: "anthropic", model: "claude", agent: "second" });
  await it.tells(2);
  const [, , body] = it.asked[1];
  assert.deepEqual([body.model, body.agent], [model, "second"]);
});

test("a fallback that can't be resolved isn't told of", async (t) => {
  const it = await world(t, { agents: [{ name: "build", options: { fallback_agent: "nobody" } }] });
  await it.request();
  await it.sleeps();
  await it.tells(1);
  assert.equal(it.told[0].fallback, undefined);
});

test("a sub-agent that sleeps is carried on with the session that it works for, as that session was", async (t) => {
  const it = await world(t, { sessions: { s: {}, child: { parentID: "s" } } });
  const own = { agent: "plan", model: { providerID: "anthropic", modelID: "opus" } };
  await it.request("s", { agent: "plan", model: { id: "opus", providerID: "anthropic" }, message: own });
  await it.request("child");
  await it.sleeps("child");
  assert.deepEqual(await it.tells(1), ["sleeping s"]);
  assert.deepEqual([it.told[0].delegated, it.told[0].provider], [true, "openai"]);
  it.daemonSays("resume", onward);
  await it.tells(2);
  const [, id, body] = it.asked[1];
  assert.deepEqual([id, body.agent, body.model.modelID], ["s", "plan", "opus"]);
});

test("another process's session is left to it", async (t) => {
  const it = await world(t);
  it.daemonSays("resume", { ...onward, session: "elsewhere" });
  it.daemonSays("switched", { title: "openai: now on home", body: "work hit its limit." });
  await until(() => it.toasts.length > 0);
  assert.deepEqual([it.asked, it.told], [[], []]);
  assert.deepEqual([it.toasts[0].title, it.toasts[0].message], ["openai: now on home", "work hit its limit."]);
});

const snapshot = {
  app: { hide_emails: true },
  providers: [
    {
      id: "openai",
      active: "1",
      accounts: [
        { id: "1", label: "work", standing: { state: "ready" }, windows: [{ name: "5h", used_percent: 41.7, resets_at: null }] },
        { id: "2", label: "a@b.example", standing: { state: "cooling_down", until: "T", reason: "usage limit" }, windows: [] },
      ],
    },
  ],
};

test("an agent lists accounts and switches", async (t) => {
  const requests = [];
  const it = await world(t, {
    answers: {
      "/v1/snapshot": snapshot,
      "/v1/requests": (request) => {
        requests.push(request);
        if (request.account === "nobody") return [422, { code: "usage", message: "there is no account nobody" }];
        return [200, { did: "switched", provider: request.provider, from: "work", to: request.account ?? "home" }];
      },
    },
  });
  await it.request();
  const use = (args) => it.hooks.tool.baton.execute(args, { sessionID: "s" });
  const listed = "openai:\n- work (active): ready; 5h 41 % used\n- 2: cooling down, usage limit, until T";
  assert.equal(await use({}), listed);
  assert.equal(await use({ action: "next" }), "openai: now on home, before on work.");
  assert.equal(await use({ action: "switch", provider: "x", account: "home" }), "x: now on home, before on work.");
  assert.equal(await use({ action: "switch", account: "nobody" }), "there is no account nobody");
  assert.equal(await use({ action: "switch" }), "Name the account, or use `next`.");
  assert.match(await use({ action: "dance" }), /^There is no action "dance"/);
  assert.deepEqual(requests[0], { do: "next", provider: "openai" });

  const command = { command: "baton", arguments: "switch openai home", sessionID: "s" };
  const output = { parts: [{ type: "text", text: "…" }] };
  await it.hooks["command.execute.before"](command, output);
  assert.match(output.parts[0].text, /openai: now on home, before on work\.$/);
  assert.equal(it.toasts[0].message, "openai: now on home, before on work.");
});

test("the command is there, unless the person has one of that name", async (t) => {
  const it = await world(t);
  const config = {};
  await it.hooks.config(config);
  assert.match(config.command.baton.template, /\$ARGUMENTS/);
  const own = { command: { baton: { template: "mine" } } };
  await it.hooks.config(own);
  assert.equal(own.command.baton.template, "mine");
});

test("without a daemon, and with nonsense for input, nothing happens", async (t) => {
  const it = await world(t, { answers: { "/v1/bridge": () => [500, {}] } });
  for (const nonsense of [undefined, null, {}, { event: null }, { sessionID: 5 }]) {
    for (const name of ["event", "chat.message", "chat.params", "command.execute.before", "config"]) {
      assert.equal(await it.hooks[name](nonsense, nonsense), undefined);
    }
  }
  it.control('{"url":"gone"}');
  const said = await it.hooks.tool.baton.execute({}, {});
  assert.equal(said, "Baton isn't running: start it, or run `baton run`.");
});
