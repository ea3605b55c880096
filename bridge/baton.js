const CONTROL_FILE = null; // Baton writes both places here when it installs the bridge;
const AUTH_FILE = null; // null: each system's own rule.

// Baton's bridge into OpenCode: a request that runs into a limit is repeated on the next account before OpenCode hears of
// it, and a switch reaches sessions that run. It decides nothing: Baton's daemon does. Without the daemon, and at any fault
// of its own, OpenCode goes on as if the bridge weren't there. Installed and removed by `baton bridge`.

import fs from "node:fs";
import os from "node:os";
import path from "node:path";

// ---- Places ---------------------------------------------------------------------------------------------------------

/** Where the running daemon says how to reach it: the daemon's own rule. */
function controlFile() {
  const env = process.env;
  if (env.BATON_HOME) return path.join(env.BATON_HOME, "control.json");
  if (CONTROL_FILE) return CONTROL_FILE;
  const state = env.XDG_STATE_HOME;
  if (state && path.isAbsolute(state)) return path.join(state, "baton", "control.json");
  const home = os.homedir();
  const folder = {
    darwin: () => path.join(home, "Library/Application Support/baton"),
    win32: () => path.join(env.LOCALAPPDATA || path.join(home, "AppData/Local"), "baton"),
  }[process.platform];
  return path.join(folder ? folder() : path.join(home, ".local/state/baton"), "control.json");
}

/** Where OpenCode keeps its credentials: OpenCode's own rule, the same on every system. */
function authFile() {
  const env = process.env;
  if (env.OPENCODE_AUTH_FILE) return env.OPENCODE_AUTH_FILE;
  if (env.XDG_DATA_HOME) return path.join(env.XDG_DATA_HOME, "opencode", "auth.json");
  return AUTH_FILE || path.join(os.homedir(), ".local/share/opencode/auth.json");
}

// ---- State ----------------------------------------------------------------------------------------------------------

/**
 * One for the process: OpenCode makes this plugin anew for each directory and after each dispose, and the file may be
 * there twice. Each section keeps its own things in it.
 */
function shared() {
  return (globalThis[Symbol.for("baton.bridge")] ??= {
    owner: import.meta.url.split("?")[0],
    fetch: globalThis.fetch, // as it was: the way to the daemon and to providers
    patched: false,
    control: watched(controlFile()),
    deaf: { until: 0 }, // a daemon that didn't answer isn't asked until then
    auth: watched(authFile()),
    credentials: { entries: NOTHING, readAt: 0, owners: new Map() }, // owners by secret
    turns: { count: 0, byMark: new Map() },
    told: new Map(), // by provider: whose usage was told last, and when
    foreign: new Map(), // by session: the encrypted reasoning that a provider refused
  });
}

/** Puts a value into a map that keeps the newest `most`. */
function keep(map, key, value, most) {
  map.delete(key);
  map.set(key, value);
  if (map.size > most) map.delete(map.keys().next().value);
}

/**
 * A JSON file, read again when it has changed. `read()` costs one `stat`. A file that is torn, or no object, gives what it
 * held last; one that isn't there, null.
 */
function watched(file) {
  let [seen, text, value] = [{}, null, null];
  return {
    read() {
      try {
        const stat = fs.statSync(file);
        if (stat.mtimeMs === seen.mtimeMs && stat.size === seen.size && stat.ino === seen.ino) return value;
        const found = fs.readFileSync(file, "utf8");
        const held = found === text ? value : JSON.parse(found);
        if (held && typeof held === "object") [text, value] = [found, held];
        // What was written this instant may be written once more and look the same.
        if (Math.abs(Date.now() - stat.mtimeMs) > 50) seen = stat;
      } catch (fault) {
        if (fault?.code === "ENOENT") [seen, text, value] = [{}, null, null];
      }
      return value;
    },
  };
}

// ---- The daemon -----------------------------------------------------------------------------------------------------

const PATIENCE = 250; // milliseconds for an answer of the daemon
const BACK_OFF = 2000; // after none came

/** How to reach the daemon; null while none runs, and for a short while after it failed to answer. */
function daemon() {
  const state = shared();
  const control = state.control.read();
  if (!control || (control === state.deaf.control && Date.now() < state.deaf.until)) return null;
  const { url, token } = control;
  const local = typeof token === "string" && /^http:\/\/127\.0\.0\.1:\d+$/.test(url) && !proxied();
  return local ? { control, url, headers: { authorization: `Bearer ${token}` } } : null;
}

/** Whether what this process sends to its own machine would go through a proxy: the token must not get there. */
function proxied() {
  const env = process.env;
  const direct = (env.NO_PROXY || env.no_proxy || "").split(",").map((host) => host.trim());
  return Boolean(env.HTTP_PROXY || env.http_proxy) && !direct.includes("127.0.0.1") && !direct.includes("*");
}

/**
 * Tells the daemon what was seen; its answer as an object, or null: then OpenCode goes on without it. Never throws. What
 * OpenCode waits for is told again where no answer came.
 */
async function tell(saw, signal, tries = 1) {
  const state = shared();
  const there = daemon();
  if (!there) return null;
  const limit = patience();
  try {
    const response = await state.fetch(`${there.url}/v1/bridge`, {
      method: "POST",
      headers: { ...there.headers, "content-type": "application/json" },
      body: JSON.stringify(saw),
      redirect: "error",
      signal: signal ? AbortSignal.any([limit.signal, signal]) : limit.signal,
    });
    const answer = response.ok ? await response.json() : null;
    if (answer && typeof answer === "object") return answer;
  } catch (fault) {
    if (signal?.aborted) return null;
    // Bun gives an answer that is broken off for an empty one: no JSON either.
    if (tries > 1 && (limit.signal.aborted || fault?.name !== "SyntaxError")) return tell(saw, signal, tries - 1);
  } finally {
    limit.end();
  }
  state.deaf = { control: there.control, until: Date.now() + BACK_OFF };
  return null;
}

/**
 * A signal when the daemon has had its time. It is counted in short steps: while OpenCode is busy itself, an answer may be
 * here and nobody reads it, and that isn't the daemon's time.
 */
function patience() {
  const control = new AbortController();
  let left = PATIENCE;
  let timer = null;
  const wait = () => {
    const step = Math.min(left, 50);
    left -= step;
    timer = setTimeout(() => (left > 0 ? wait() : control.abort()), step);
    timer.unref?.();
  };
  wait();
  return { signal: control.signal, end: () => clearTimeout(timer) };
}

// ---- Credentials ----------------------------------------------------------------------------------------------------

const FIELDS = { oauth: ["access"], api: ["key"], wellknown: ["token"] };
const MOST_SECRETS = 256;
const NOTHING = {};

/** What auth.json holds, by provider; what it held before stays known, so that a request with it is recognised. */
function credentials() {
  const { auth, credentials: held } = shared();
  const entries = auth.read() ?? NOTHING;
  if (entries !== held.entries) learn(held, entries);
  held.readAt = Date.now();
  return held;
}

function learn(held, entries) {
  for (const owners of held.owners.values()) for (const owner of owners) owner.lastReadAt ??= held.readAt;
  held.entries = entries;
  for (const [provider, entry] of Object.entries(entries)) {
    // Requests to Copilot carry the refresh token.
    const fields = [...(FIELDS[entry?.type] ?? []), ...(provider.startsWith("github-copilot") ? ["refresh"] : [])];
    for (const field of fields) {
      const secret = entry[field];
      if (typeof secret !== "string" || !secret) continue;
      const others = (held.owners.get(secret) ?? []).filter((owner) => owner.provider !== provider);
      keep(held.owners, secret, [...others, { provider, field, secret, entry, lastReadAt: null }], MOST_SECRETS);
    }
  }
}

/** The credential that a request carries in its headers; null when auth.json never held it. */
function carried(headers, turn, held) {
  for (const [name, value] of pairs(headers)) {
    if (typeof value !== "string" || !/auth|key|token/i.test(name)) continue;
    const owners = held.owners.get(value) ?? held.owners.get(value.slice(value.lastIndexOf(" ") + 1));
    if (!owners) continue;
    keep(held.owners, owners[0].secret, owners, MOST_SECRETS);
    // Providers may share a key. The turn tells them apart; without one, the key stays where one of them still has it.
    const isHeld = (owner) => held.entries[owner.provider]?.[owner.field] === owner.secret;
    return owners.find((owner) => owner.provider === turn?.provider) ?? owners.find(isHeld) ?? owners[0];
  }
  return null;
}

/** The credential that its provider has now in place of this one; null where it is this one, or can't take its place. */
function successor(owner, url, held) {
  const [old, now] = [owner.entry, held.entries[owner.provider]];
  const next = held.owners.get(now?.[owner.field])?.find((other) => other.provider === owner.provider);
  if (!next || next.secret === owner.secret || now.type !== old.type) return null;
  // What is part of an address stays what OpenCode put there: a credential goes to no other place than its own.
  const elsewhere =
    now.enterpriseUrl !== old.enterpriseUrl || JSON.stringify(now.metadata) !== JSON.stringify(old.metadata);
  const addressed = old.accountId && now.accountId !== old.accountId && url.includes(old.accountId);
  return elsewhere || addressed ? null : next;
}

/** A request's headers with another credential of the same provider. */
function exchanged(headers, from, to) {
  const [old, now] = [from.entry.accountId, to.entry.accountId];
  const out = new Headers(headers);
  for (const [name, value] of [...out]) {
    if (value === from.secret || value.endsWith(` ${from.secret}`)) {
      out.set(name, value.slice(0, value.length - from.secret.length) + to.secret);
    } else if (old && value === old) {
      if (now) out.set(name, now);
      else out.delete(name);
    }
  }
  if (to.provider === "openai" && now) out.set("chatgpt-account-id", now);
  return out;
}

// ---- Requests -------------------------------------------------------------------------------------------------------

const MOST_ATTEMPTS = 3;
const LONGEST_WAIT = 8000; // some releases break a request off whose headers aren't there after 10 s
const MARK = "x-baton-turn"; // says whose a request is; taken off before it goes out
const FORCE_HTTP = "x-opencode-title"; // OpenCode's own: such a request never takes the websocket
const MODEL_CALL = /\/(chat\/completions|completions|responses|messages|converse(-stream)?|invoke[-\w]*)$|enerateContent$/;
const NOT_THE_ACCOUNT = new Set([404, 405, 406, 408, 409, 410, 411, 413, 414, 415, 422, 501]);
const SPENT = new Set([200, 401, 402, 403, 429, 529]);

/** Wraps `fetch`, once: providers' clients look it up for each request. */
function patch() {
  const state = shared();
  if (state.patched) return;
  state.patched = true;
  noteWaits();
  globalThis.fetch = new Proxy(state.fetch, { apply: (_fetch, _self, [input, init]) => send(input, init) });
}

function send(input, init) {
  let call = null;
  try {
    call = understood(input, init);
  } catch {}
  if (!call) return shared().fetch(input, init);
  return call.isModel ? carry(call) : shared().fetch(call.input, call.init);
}

/** What a request is, on its way out with the credential of now; null for one that stays as it is. */
function understood(input, init) {
  const request = typeof input === "object" && !(input instanceof URL) ? input : null;
  const given = init?.headers ?? request?.headers;
  if (!given) return null;
  const { turn, headers } = unmarked(given);
  const call = { input, init: headers === given ? init : { ...init, headers }, turn, headers };
  const held = credentials();
  call.owner = carried(headers, turn, held);
  const body = init?.body;
  if (!call.owner || isTokenRequest(body)) return headers === given ? null : call;
  call.url = request?.url ?? String(input);
  call.signal = init?.signal ?? request?.signal;
  call.readAt = held.readAt;
  const method = init?.method ?? request?.method;
  call.isModel = method?.toUpperCase() === "POST" && Boolean(turn || MODEL_CALL.test(call.url.split("?")[0]));
  call.isRepeatable = body == null ? !request?.body : !(body instanceof ReadableStream || body[Symbol.asyncIterator]);
  renew(call, held);
  forgetForeign(call);
  return call;
}

/** Takes on what its provider has now; whether that is another credential. */
function renew(call, held = credentials()) {
  const next = successor(call.owner, call.url, held);
  if (!next) return false;
  call.headers = exchanged(call.headers, call.owner, next);
  call.init = { ...call.init, headers: call.headers };
  call.owner = next;
  call.readAt = held.readAt;
  return true;
}

/** Sends a request, and sends it again where the daemon has another account for it. */
async function carry(call) {
  const ended = nothingSaid(call);
  if (ended) return ended;
  const until = Date.now() + LONGEST_WAIT;
  let refused = null;
  for (let attempt = 1; ; attempt++) {
    const sentAt = Date.now();
    let seen;
    try {
      seen = { response: await shared().fetch(call.input, call.init) };
    } catch (fault) {
      // The repeated request got nowhere: what the provider said before stands.
      if (refused && !call.signal?.aborted) return refused;
      throw fault;
    }
    refused?.body?.cancel().catch(() => {});
    const at = Date.now();
    let again = false;
    try {
      tellUsage(call, seen.response, at);
      seen = await looked(seen.response, until);
      if (seen.failure == null) return seen.response;
      again = await mended(call, seen, { attempt, sentAt, at, until });
    } catch {}
    if (call.signal?.aborted) throw call.signal.reason;
    if (!again) return seen.response;
    if (again === "bare") attempt--;
    refused = seen.response;
  }
}

/** Whether a refused request is worth sending again, as it is now. */
async function mended(call, seen, { attempt, sentAt, at, until }) {
  if (/invalid_encrypted_content|encrypted content .*(verified|decrypted|match)/i.test(seen.failure)) {
    return leaveOutForeign(call) && "bare";
  }
  const { owner, signal } = call;
  const saw = {
    saw: "limit",
    provider: owner.provider,
    session: sessionOf(call),
    model: modelOf(call),
    sent_at: sentAt,
    read_at: owner.lastReadAt ?? call.readAt,
    at,
    status: seen.response.status,
    headers: picked(seen.response.headers, LIMIT_HEADERS),
    body: redacted(seen.failure),
    attempt,
  };
  if (!call.isRepeatable || attempt >= MOST_ATTEMPTS) {
    later(() => tell(saw));
    return false;
  }
  // Somebody else's limit brought the switch already.
  if (SPENT.has(saw.status) && renew(call)) return true;
  for (;;) {
    const { answer, milliseconds, ticket } = (await tell(saw, signal, 3)) ?? {};
    if (signal?.aborted) return false;
    if (answer === "retry") return renew(call);
    if (answer !== "wait" || !(milliseconds >= 0) || Date.now() + milliseconds > until) return false;
    await pause(Math.max(milliseconds, 5), signal);
    if (signal?.aborted) return false;
    if (renew(call)) return true;
    saw.ticket = ticket;
  }
}

/** Headers as pairs, in whatever form they come. */
function pairs(headers) {
  return typeof headers[Symbol.iterator] === "function" ? headers : Object.entries(headers);
}

/** Takes the bridge's own headers off, and says whose the request is. */
function unmarked(headers) {
  const list = [...pairs(headers)];
  const mark = list.find(([name]) => name.toLowerCase() === MARK)?.[1];
  if (mark == null) return { headers };
  const turn = shared().turns.byMark.get(mark);
  const own = turn?.forced ? [MARK, FORCE_HTTP] : [MARK];
  const rest = list.filter(([name]) => !own.includes(name.toLowerCase()));
  if (headers instanceof Headers) return { turn, headers: new Headers(rest) };
  return { turn, headers: Array.isArray(headers) ? rest : Object.fromEntries(rest) };
}

/** Logins renew themselves by such requests: they are the login's own affair. */
function isTokenRequest(body) {
  // As a form's field or a key of JSON: in a text that somebody wrote, quotes are escaped.
  if (typeof body === "string") return body.length < 16384 && /^([^{].*&)?grant_type=|^\s*{.*"grant_type"\s*:/s.test(body);
  return body instanceof URLSearchParams && body.has("grant_type");
}

function sessionOf({ turn, headers }) {
  if (turn) return turn.session;
  const isSession = ([name, value]) => /session/i.test(name) && /^ses_\w+$/.test(value);
  return [...pairs(headers)].find(isSession)?.[1];
}

function modelOf({ turn, owner, init }) {
  if (turn) return turn.provider === owner.provider ? turn.model : undefined;
  return typeof init?.body === "string" ? /"model":"([^"]+)"/.exec(init.body.slice(0, 1000))?.[1] : undefined;
}

/** Marks a turn's requests, and keeps OpenAI's off the websocket, which carries no other account than it began with. */
function markTurn({ sessionID, agent, model, provider }, { headers }) {
  const { turns } = shared();
  const turn = { session: sessionID, provider: model?.providerID ?? provider?.id, model: model?.id };
  turn.helps = HELPERS.includes(agent?.name ?? agent);
  const [, version] = /opencode\/(local|[\d.]+)/.exec(headers["User-Agent"]) ?? [];
  const [major, minor] = version?.split(".") ?? [];
  // Releases from 1.15 on know that header, and so do previews, which are 0.0.0, or local.
  const isNew = version === "local" || version?.startsWith("0.0.0") || major > 1 || (major === "1" && minor >= 15);
  turn.forced = turn.provider === "openai" && Boolean(isNew);
  const mark = String(++turns.count);
  keep(turns.byMark, mark, turn, 512);
  headers[MARK] = mark;
  if (turn.forced) headers[FORCE_HTTP] = "true";
}

// ---- What providers answer ------------------------------------------------------------------------------------------

const USAGE_HEADERS = /^(x-codex-|anthropic-ratelimit-unified-|x-ratelimit-|retry-after)/;
const LIMIT_HEADERS = /^(x-codex-|anthropic-ratelimit-|(x-)?ratelimit-|retry-after|x-should-retry$)/;
const LONGEST_HOLD = 3000; // an answer's beginning is held back that long at most
const MOST_HELD = 1 << 20;
const BEFORE_CONTENT = /^(response\.(created|queued|in_progress)|message_start|ping|keepalive|codex\.rate_limits)$/;

/** An answer with what it says of a failure: its body's beginning, or the event in a stream before any content. */
async function looked(response, until) {
  const left = Math.min(LONGEST_HOLD, until - Date.now());
  if (response.ok) {
    const isStream = response.body && /^text\/event-stream/i.test(response.headers.get("content-type"));
    return isStream && left > 0 ? begun(response, overture(), left) : { response };
  }
  if (response.status < 400 || NOT_THE_ACCOUNT.has(response.status)) return { response };
  if (!response.body || left <= 0) return { response, failure: "" };
  const { response: whole, text } = await begun(response, ({ length }) => (length < 8192 ? undefined : null), left);
  return { response: whole, failure: text };
}

/** Reads an answer until `enough` says something else than undefined; gives that, and the answer whole again. */
async function begun(response, enough, patience) {
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  const held = [];
  let [text, failure, next, timer] = ["", undefined, null, null];
  const late = new Promise((done) => (timer = setTimeout(done, patience)));
  try {
    while (failure === undefined) {
      next ??= reader.read();
      const read = await Promise.race([next, late]);
      if (!read || read.done) break;
      next = null;
      held.push(read.value);
      text += decoder.decode(read.value, { stream: true });
      failure = enough(text);
    }
  } catch {}
  clearTimeout(timer);
  next?.catch(() => {}); // how it broke off is for whoever reads on
  const body = new ReadableStream(
    {
      async pull(stream) {
        if (held.length) return stream.enqueue(held.shift());
        const { done, value } = await (next ?? reader.read());
        next = null;
        if (done) stream.close();
        else stream.enqueue(value);
      },
      cancel: (why) => reader.cancel(why),
    },
    { highWaterMark: 0 },
  );
  const { status, statusText, headers, url } = response;
  const whole = new Response(body, { status, statusText, headers });
  Object.defineProperty(whole, "url", { value: url });
  return { response: whole, text, failure };
}

/** Reads the events of a stream up to the first that tells of a failure, which it gives, or that has content: null. */
function overture() {
  let from = 0;
  return (text) => {
    const end = /\r?\n\r?\n/g;
    for (end.lastIndex = from; ; ) {
      const found = end.exec(text);
      if (!found) return text.length > MOST_HELD ? null : undefined;
      const verdict = meaning(text.slice(from, found.index));
      if (verdict !== undefined) return verdict;
      from = end.lastIndex;
    }
  };
}

/** Of one event: the failure it tells of; null for content; undefined for neither. */
function meaning(event) {
  const data = [...event.matchAll(/^data: ?(.*)$/gm)].map(([, line]) => line).join("\n");
  if (!data) return undefined;
  const name = /^event: ?([\w.]+)/m.exec(event)?.[1];
  // These can be long: they repeat the request.
  if (BEFORE_CONTENT.test(name ?? /^\{"type":"([\w.]+)"/.exec(data)?.[1])) return undefined;
  let said;
  try {
    said = JSON.parse(data);
  } catch {
    return name === "error" ? data : null;
  }
  const { type, error, response, choices } = said ?? {};
  if (type === "response.failed") return JSON.stringify({ type, response: { error: response?.error } });
  if (name === "error" || type === "error" || error) return data;
  const blank = ({ delta, finish_reason }) =>
    !finish_reason && Object.entries(delta ?? {}).every(([key, value]) => key === "role" || value == null || value === "");
  return BEFORE_CONTENT.test(type) || (Array.isArray(choices) && choices.every(blank)) ? undefined : null;
}

/** Tells the daemon what an answer's headers say of usage: at most once per second and account. */
function tellUsage({ owner, readAt }, { status, headers }, at) {
  const { told } = shared();
  const last = told.get(owner.provider);
  if (status >= 400 || (last?.secret === owner.secret && Math.abs(at - last.at) < 1000)) return;
  const usage = picked(headers, USAGE_HEADERS);
  if (!Object.keys(usage).length) return;
  told.set(owner.provider, { secret: owner.secret, at });
  later(() => tell({ saw: "headers", provider: owner.provider, read_at: readAt, at, status, headers: usage }));
}

const picked = (headers, wanted) => Object.fromEntries([...headers].filter(([name]) => wanted.test(name)));

/** The first 4 KB of a text, without secrets. */
function redacted(text) {
  const { owners, entries } = shared().credentials;
  const renewals = Object.values(entries).map((entry) => entry?.refresh);
  const secrets = [...owners.keys(), ...renewals].filter((secret) => typeof secret === "string" && secret);
  for (const secret of secrets.sort((a, b) => b.length - a.length)) text = text.replaceAll(secret, "…");
  return text.replace(/\b(sk-|gh[a-z]_|eyJ)[\w.-]{12,}/g, "…").slice(0, 4096);
}

/** Runs it beside what is under way; never keeps OpenCode from ending. */
function later(work, delay = 0) {
  setTimeout(() => Promise.resolve(work()).catch(() => {}), delay).unref?.();
}

/** Waits, or until somebody aborts. */
function pause(milliseconds, signal) {
  return new Promise((done) => {
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
      done();
    };
    const timer = setTimeout(end, milliseconds);
    signal?.addEventListener("abort", end);
  });
}

// ---- Encrypted reasoning --------------------------------------------------------------------------------------------

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

const trace = (item) => (typeof item?.encrypted_content === "string" ? item.encrypted_content.slice(-64) : null);

/** Sends what a provider refused to read no more, and remembers it for the session; whether there was any. */
function leaveOutForeign(call) {
  if (typeof call.init?.body !== "string") return false;
  const traces = [parsed(call.init.body)?.input ?? []].flat().map(trace).filter(Boolean);
  if (!traces.length) return false;
  const { foreign } = shared();
  const session = sessionOf(call) ?? "";
  keep(foreign, session, new Set([...(foreign.get(session) ?? []), ...traces]), 64);
  return forgetForeign(call);
}

/** Leaves out the reasoning of another account, which only that one's provider can read. */
function forgetForeign(call) {
  const { foreign } = shared();
  const traces = foreign.size ? foreign.get(sessionOf(call) ?? "") : null;
  if (!traces || typeof call.init?.body !== "string") return false;
  const body = parsed(call.init.body);
  if (!Array.isArray(body?.input)) return false;
  const input = body.input.filter((item) => !traces.has(trace(item)));
  if (input.length === body.input.length) return false;
  call.init = { ...call.init, body: JSON.stringify({ ...body, input }) };
  return true;
}

// ---- Sessions -------------------------------------------------------------------------------------------------------

const SLEEP = 10_000; // milliseconds: a shorter wait is sat out
const CONTINUE = "Continue where you left off."; // what a session is told that is carried on
const HELPERS = ["title", "summary"]; // agents whose requests aren't the session's own turn
const NO_LIMIT = /^(MessageAbortedError|MessageOutputLengthError|ContextOverflowError|StructuredOutputError)$/;

/**
 * The sessions of this process: what each asks for, and whether it is stuck.
 * @typedef {{ id: string, directory?: string, agent?: string, provider?: string, model?: string, own?: object,
 *   fallback?: string, stuck?: object, told?: boolean, resuming?: boolean, expected?: boolean, news?: number,
 *   aborted?: boolean, root?: string }} Session
 */
function sessions() {
  return (shared().sessions ??= { known: new Map(), places: new Map() });
}

/** @returns {Session} */
function session(id) {
  const { known } = sessions();
  if (!known.has(id)) keep(known, id, { id }, 500);
  return known.get(id);
}

/** OpenCode in the folder that a session works in. */
const clientOf = (known) => sessions().places.get(known.directory)?.client;

/** A request of a session is about to go out: notes what it asks for, and keeps Baton's key out of it. */
function noteRequest(directory, input, output) {
  const lane = output?.options?.fallback_agent;
  if (output?.options) delete output.options.fallback_agent;
  const agent = input?.agent?.name ?? input?.agent;
  if (!input?.sessionID || HELPERS.includes(agent)) return;
  const { agent: asked, model: own, variant } = input.message ?? {};
  const found = { directory, agent: asked ?? agent, provider: input.model?.providerID, model: input.model?.id };
  Object.assign(session(input.sessionID), found, { own: own && { ...own, variant: own.variant ?? variant } });
  if (typeof lane === "string") session(input.sessionID).fallback = lane;
  session(input.sessionID).news = Date.now();
}

/** Somebody asked a session something: the person, or this bridge when it carries one on. */
async function noteAsked(directory, input) {
  const known = session(input.sessionID);
  known.directory = directory;
  if (known.expected) return void (known.expected = false);
  if (known.stuck?.state === "failed") known.stuck = undefined;
  if (known.told) await report(known, "asked");
}

/** Something happened to a session. */
async function noteEvent(directory, { type, properties: { sessionID, status, error } = {} } = {}) {
  if (!sessionID || !/^session\.(status|error|idle)$/.test(type)) return;
  const known = session(sessionID);
  known.directory = directory;
  known.news = Date.now();
  if (error?.name === "MessageAbortedError") known.aborted = true;
  if (known.resuming) return;
  const kind = type === "session.status" ? status?.type : type.slice("session.".length);
  if (kind === "retry") await fellAsleep(known, status);
  else if (kind === "error") await failed(known, error);
  else if (kind === "busy" || kind === "idle") await moved(known, kind);
}

async function fellAsleep(known, { next, message }) {
  if (!(next - Date.now() > SLEEP)) return moved(known, "busy");
  const { waits } = shared();
  later(() => (known.wait = waitUntil(waits, next) ?? known.wait), 250);
  await stuck(known, { state: "sleeping", until: next, message });
}

async function failed(known, error) {
  const status = error?.data?.statusCode;
  const other = NO_LIMIT.test(error?.name ?? "") || (status >= 400 && status < 500 && ![401, 402, 403, 429].includes(status));
  if (other) return moved(known, "idle", true);
  // What failed in a sub-agent, its session hears of and goes on.
  if (!(await detailsOf(known))?.parentID) await stuck(known, { state: "failed", message: error?.data?.message });
}

/** A session can't go on: the daemon hears of it. A sub-agent's own session is carried on with the one it works for. */
async function stuck(known, what) {
  const at = Date.now();
  const { agent, provider, model } = known;
  if (!provider || !model) return;
  known.stuck = { ...what, at };
  const root = await rootOf(known);
  if (!root || !known.stuck || root.resuming) return;
  const delegated = root !== known;
  if (delegated) known.root = root.id;
  const fallback = delegated ? undefined : await fallbackOf(known);
  if (!known.stuck) return;
  const message = redacted(String(what.message ?? "")).slice(0, 200);
  const { id, directory } = root;
  root.sleeper = known.id;
  root.stuck = { ...what, session: id, directory, provider, model, agent, message, at, fallback, delegated, whole: true };
  root.told = true;
  // Otherwise it is told as soon as the daemon can say what to do about it.
  if (hearing()) await reportStuck(root);
  else listen();
}

/** Tells what a session does, as long as it does that. */
function report(known, state, more, still = () => !known.stuck) {
  return insist({ saw: "session", session: known.id, state, at: Date.now(), ...more }, still);
}

/** Tells something that nobody waits for, again for a while where the daemon doesn't answer. */
async function insist(saw, still = () => true) {
  for (let tries = 0; tries < 8 && still(); tries++) {
    if (await tell(saw, undefined, 2)) return;
    await new Promise((done) => setTimeout(done, BACK_OFF / 2).unref?.());
  }
}

function reportStuck(known) {
  const { stuck: what } = known;
  return report(known, what.state, what, () => known.stuck === what);
}

/** A session that was stuck isn't any more: it goes on by itself (`busy`), or its turn was ended (`idle`). */
async function moved(known, state, gaveUp) {
  const was = known.stuck;
  // What failed is idle right afterwards.
  if (!was || (was.state === "failed" && state === "idle" && !gaveUp)) return;
  known.stuck = undefined;
  const root = known.root ? session(known.root) : known;
  known.root = undefined;
  root.stuck = undefined;
  if (root.told && !root.resuming) await report(root, state);
}

/** A session as OpenCode keeps it; undefined where that can't be found out. */
const detailsOf = async (known) => (await clientOf(known)?.session.get({ path: { id: known.id } }))?.data;

/** The session that a person talks to: a sub-agent's work belongs to another one. Null where it can't be found out. */
async function rootOf(known) {
  for (let deep = 0; deep < 9; deep++) {
    const details = await detailsOf(known);
    if (!details) return null;
    if (!details.parentID) return known;
    const parent = session(details.parentID);
    parent.directory ??= known.directory;
    known = parent;
  }
  return null;
}

/** What the agent of a session names for when its provider has nobody left, if that agent has a model of its own. */
async function fallbackOf(known) {
  try {
    const agents = (await clientOf(known).app.agents()).data ?? [];
    const named = agents.find(({ name }) => name === known.agent)?.options?.fallback_agent ?? known.fallback;
    const model = agents.find(({ name }) => name === named)?.model;
    return model?.providerID && model?.modelID && { agent: named, provider: model.providerID, model: model.modelID };
  } catch {}
}

/** Carries a session on that is still stuck, as the daemon decided; what became of it is told. */
async function resume(order) {
  const { session: id, from, provider, model, agent } = order;
  const known = sessions().known.get(id);
  if (!known?.told || known.resuming) return; // another process's, or under way
  const { stuck: was } = known;
  const client = clientOf(known);
  let why = "it had gone on, or had been ended, by then";
  if (client && was) {
    known.resuming = true;
    known.stuck = undefined;
    const lane = provider !== from || model !== was.model || (agent && agent !== was.agent);
    // A sub-agent was refused what the session itself may not have asked for.
    const own = lane || !known.own ? { providerID: provider, modelID: model } : known.own;
    try {
      why = await carryOn(known, was, client, { lane, own, agent: lane ? agent : known.agent });
    } catch {
      why = "OpenCode didn't carry it out";
    } finally {
      known.expected = known.ending = known.resuming = false;
    }
  }
  await insist(why ? { saw: "not_resumed", session: id, why } : { saw: "resumed", session: id });
}

/** Returns why it wasn't done, if it wasn't. */
async function carryOn(known, was, client, { lane, own: { providerID, modelID, variant }, agent }) {
  const body = { model: { providerID, modelID }, parts: [{ type: "text", text: CONTINUE }] };
  if (agent) body.agent = agent;
  if (variant) body.variant = variant;
  const prompt = async () => {
    known.expected = true;
    const asked = await client.session.promptAsync({ path: { id: known.id }, body });
    return asked.response?.status >= 400 ? "OpenCode didn't take the prompt to continue" : undefined;
  };
  if (was.state === "failed") return prompt();
  const sleeper = session(known.sleeper ?? known.id);
  if (!lane && (await wake(sleeper, was))) return;
  // `opencode run` is over when its session is: what it is told to continue with has to wait behind the turn that sleeps.
  if (isRun()) {
    if (!lane) return "`opencode run` can't be woken up";
    known.ending = true;
    const refused = await prompt();
    if (refused) return refused;
    return (await wake(sleeper, was, () => !known.ending)) ? undefined : "`opencode run` can't be woken up";
  }
  known.aborted = false;
  const begun = Date.now();
  const { data } = await client.session.abort({ path: { id: known.id } });
  if (data === false) return "OpenCode didn't end its wait";
  await settled(known, begun);
  return prompt();
}

const isRun = () => process.argv.slice(1).includes("run");

/** Ends the wait of a session, so that its own turn goes on; whether it does. */
async function wake(known, { until }, ended) {
  const wait = waitUntil(shared().waits, until) ?? known.wait;
  if (!wait || Math.abs(wait.due - until) > 1000) return false;
  const begun = Date.now();
  const goesOn = ended ?? (() => known.news >= begun);
  known.wait = undefined;
  wait.end();
  while (!goesOn() && Date.now() - begun < 3000) await pause(25);
  return goesOn();
}

/** Long waits of this process, the newest few. OpenCode sleeps by timers, and has no other way to be woken than to end a turn. */
function noteWaits() {
  const state = shared();
  const set = globalThis.setTimeout;
  state.waits = new Set();
  const apply = (_set, self, [work, delay, ...rest]) => {
    if (!(delay > SLEEP) || typeof work !== "function") return Reflect.apply(set, self, [work, delay, ...rest]);
    const wait = { due: Date.now() + delay };
    const once = (...given) => {
      state.waits.delete(wait);
      return work(...given);
    };
    const timer = Reflect.apply(set, self, [once, delay, ...rest]);
    wait.end = () => {
      clearTimeout(timer);
      once(...rest);
    };
    if (state.waits.add(wait).size > 64) state.waits.delete(state.waits.values().next().value);
    return timer;
  };
  globalThis.setTimeout = new Proxy(set, { apply });
}

/** The wait that ends then, taken off the list. */
function waitUntil(waits, time) {
  const off = ({ due }) => Math.abs(due - time);
  const [found] = [...waits].filter(({ due }) => due > time - 20 && due < time + 500).sort((a, b) => off(a) - off(b));
  if (found) waits.delete(found);
  return found;
}

/** The answer to a turn that ends here, because the session goes on with another model: nothing, and it is complete. */
function nothingSaid(call) {
  const known = sessions().known.get(sessionOf(call));
  if (!known?.ending || call.turn?.helps) return null;
  const [id, model, none] = ["baton", "none", { input_tokens: 0, output_tokens: 0, total_tokens: 0 }];
  const chunk = { id, object: "chat.completion.chunk", created: 0, model };
  const response = { id, object: "response", created_at: 0, model, output: [], usage: none };
  const message = { id, type: "message", role: "assistant", model, content: [], stop_reason: null, usage: none };
  const answers = {
    completions: [{ ...chunk, choices: [{ index: 0, delta: { role: "assistant", content: "" }, finish_reason: "stop" }] }],
    responses: [{ type: "response.created", response }, { type: "response.completed", response }],
    messages: [
      { type: "message_start", message },
      { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: none },
      { type: "message_stop" },
    ],
  };
  const events = answers[call.url.split("?")[0].split("/").pop()];
  if (!events) return null;
  known.ending = false;
  const lines = events.map((event) => `${event.type ? `event: ${event.type}\n` : ""}data: ${JSON.stringify(event)}\n\n`);
  const text = `${lines.join("")}${events[0].type ? "" : "data: [DONE]\n\n"}`;
  return new Response(text, { headers: { "content-type": "text/event-stream" } });
}

/**
 * Waits until a turn that was ended is over. Up to 1.3, OpenCode says so first and ends it afterwards; what is asked in
 * between ends with it.
 */
async function settled(known, begun) {
  const quick = sessions().places.get(known.directory)?.quick;
  for (let now = begun; now < begun + 3000; now = Date.now()) {
    await pause(25);
    const quiet = Date.now() - Math.max(known.news ?? 0, begun);
    if (quiet > (quick ? 50 : known.aborted ? 200 : 1500)) return;
  }
}

// ---- What the daemon tells ------------------------------------------------------------------------------------------

const LOOK_AGAIN = 3000; // milliseconds, for a daemon that isn't there

/** Whether the daemon can be heard. */
const hearing = () => shared().stream?.open === true;

/** Listens to the daemon, once per process, and again after it was gone. Keeps no process alive. */
function listen() {
  const state = shared();
  if (state.stream) return;
  const there = daemon();
  if (!there) return;
  state.stream = { open: false };
  hear(there)
    .catch(() => {})
    .finally(() => (state.stream = undefined));
}

async function hear({ url, headers }) {
  const state = shared();
  const response = await state.fetch(`${url}/v1/bridge/events`, { headers, redirect: "error", timeout: false });
  if (!response.ok || !response.body) return;
  state.stream.open = true;
  // A daemon that has just started knows of nobody.
  for (const known of sessions().known.values()) if (known.stuck?.whole) void reportStuck(known);
  const decoder = new TextDecoder();
  let text = "";
  for await (const bytes of response.body) {
    text += decoder.decode(bytes, { stream: true });
    for (let end; (end = text.indexOf("\n\n")) >= 0; text = text.slice(end + 2)) {
      const lines = text.slice(0, end).split("\n");
      const field = (name) => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
      void heard(field("event"), field("data")).catch(() => {});
    }
    if (text.length > 1_000_000) return;
  }
}

async function heard(event, data) {
  if (event === "switched") await toast(JSON.parse(data));
  if (event === "resume") await resume(JSON.parse(data));
}

/** Shows the person something, in each window of this process. */
async function toast({ title, body, variant = "info" }) {
  const shown = [...sessions().places.values()].map(({ client }) =>
    client.tui.showToast({ body: { title, message: body || title, variant, duration: 8000 } }).catch(() => {}),
  );
  await Promise.all(shown);
}

/** Is there for a folder from here on: its sessions can be carried on, and its window shows what happens. */
function attend(input) {
  const state = shared();
  const { client, directory } = input;
  if (!client) return;
  // 1.14 brought this input, and turns that are over when OpenCode says so.
  sessions().places.set(directory, { client, quick: "experimental_workspace" in input });
  if (state.looking) return;
  state.looking = setInterval(() => listen(), LOOK_AGAIN);
  state.looking.unref?.();
  setTimeout(() => listen(), 100).unref?.();
}

// ---- Tool and command -----------------------------------------------------------------------------------------------

const ABOUT =
  "Accounts that Baton keeps for model providers: which one is active, how much of each is used, and switching. " +
  "`accounts` lists them. `switch` makes `account` of `provider` active; `next` makes the best other one active. " +
  "Switch only when the person asks for it.";
const ASKING = 20_000; // milliseconds for what somebody waits for

/** Asks the daemon for something that a person or an agent wants; throws what to say when it can't be had. */
async function ask(path, body) {
  const there = daemon();
  if (!there) throw new Error("Baton isn't running: start it, or run `baton run`.");
  const sent = body && { method: "POST", body: JSON.stringify(body) };
  const headers = { ...there.headers, "content-type": "application/json" };
  const limit = { redirect: "error", signal: AbortSignal.timeout(ASKING) };
  const response = await shared().fetch(there.url + path, { headers, ...limit, ...sent });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer?.message ?? "Baton didn't do it.");
  return answer;
}

/** Does what an agent or `/baton` asks for, and says what came of it; never throws. */
async function act({ action = "accounts", provider, account }, sessionID) {
  try {
    provider ||= sessions().known.get(sessionID)?.provider;
    if (action === "accounts" || action === "usage" || action === "status") {
      if (action === "usage") await ask("/v1/requests", { do: "refresh_usage" });
      return picture(await ask("/v1/snapshot"));
    }
    if (action !== "switch" && action !== "next") return `There is no action ${JSON.stringify(action)}. ${ABOUT}`;
    if (!provider) return "Name the provider.";
    if (action === "switch" && !account) return "Name the account, or use `next`.";
    const done = await ask("/v1/requests", { do: action, provider, ...(action === "switch" && { account }) });
    return `${done.provider}: now on ${done.to}${done.from ? `, before on ${done.from}` : ""}.`;
  } catch (fault) {
    return fault?.name === "Error" ? fault.message : "Baton didn't answer.";
  }
}

/** The accounts in words, without e-mail addresses where the person hides them. */
function picture({ providers = [], app = {} }) {
  const lines = providers.flatMap(({ id, active, accounts }) => [
    `${id}:`,
    ...accounts.map((account) => {
      const { state, until, reason } = account.standing;
      const name = app.hide_emails && account.label.includes("@") ? account.id : account.label;
      const standing = [state.replaceAll("_", " "), reason, until && `until ${until}`].filter(Boolean).join(", ");
      const windows = (account.windows ?? []).map(
        ({ name, used_percent, resets_at }) =>
          `${name} ${Math.floor(used_percent)} % used${resets_at ? `, resets ${resets_at}` : ""}`,
      );
      return `- ${[`${name}${account.id === active ? " (active)" : ""}: ${standing}`, ...windows].join("; ")}`;
    }),
  ]);
  return lines.join("\n") || "There are no accounts yet: `baton add` saves OpenCode's logins.";
}

/**
 * The schema of an argument. OpenCode takes zod's only, up to 1.14 without a word about others; this is as much of one as
 * it looks at.
 */
function argument(schema) {
  const traits = new Set(["$ZodType"]);
  const optional = { optin: "optional", optout: "optional" };
  return { _zod: { def: { type: "string" }, traits, ...optional, bag: {}, run: (value) => value, toJSONSchema: () => schema } };
}

const tool = {
  description: ABOUT,
  args: {
    action: argument({ type: "string", enum: ["accounts", "usage", "switch", "next"], description: "What to do" }),
    provider: argument({ type: "string", description: "OpenCode's id of the provider; this session's if left out" }),
    account: argument({ type: "string", description: "The account's name, for `switch`" }),
  },
  execute: async (args, context) => act(args ?? {}, context?.sessionID),
};

/** Adds `/baton`, unless the person has one. */
function addCommand(config) {
  const template = "Use the tool `baton` for this, and give me its answer: $ARGUMENTS";
  const description = "Accounts and usage; `/baton next`, `/baton switch PROVIDER ACCOUNT`";
  config.command ??= {};
  config.command.baton ??= { template, description };
}

/** `/baton` is done right here; the model only hands the answer on. */
async function runCommand({ command, arguments: text = "", sessionID }, { parts }) {
  const part = command === "baton" && parts?.find(({ type }) => type === "text");
  if (!part) return;
  const [action = "accounts", ...rest] = text.trim().split(/\s+/).filter(Boolean);
  const [provider, account] = rest.length > 1 || action === "next" ? rest : [undefined, rest[0]];
  const answer = await act({ action, provider, account }, sessionID);
  part.text = `I ran \`/baton ${text}\`. Give me its answer as it is, and nothing else:\n\n${answer}`;
  await toast({ title: "Baton", body: answer.length > 300 ? `${answer.slice(0, 299)}…` : answer });
}

// ---- The plugin -----------------------------------------------------------------------------------------------------

/** The same function, whose faults stay inside: a hook that throws breaks the turn, or hangs it. */
function quiet(hook) {
  return async (...args) => {
    try {
      return await hook(...args);
    } catch {}
  };
}

export default async function baton(input) {
  try {
    const state = shared();
    // A second copy of this file, in another folder, leaves everything to the first.
    if (state.owner !== import.meta.url.split("?")[0]) return {};
    const { directory } = input;
    patch();
    credentials(); // providers' clients keep the keys that are there now
    attend(input);
    const hooks = {
      "chat.headers": markTurn,
      // Nobody waits for these two.
      event: ({ event }) => void quiet(noteEvent)(directory, event),
      "chat.message": (asked) => void quiet(noteAsked)(directory, asked),
      "chat.params": (request, output) => noteRequest(directory, request, output),
      "command.execute.before": runCommand,
      config: addCommand,
    };
    const quieted = Object.entries(hooks).map(([name, hook]) => [name, quiet(hook)]);
    return { ...Object.fromEntries(quieted), tool: { baton: tool } };
  } catch {
    return {};
  }
}
