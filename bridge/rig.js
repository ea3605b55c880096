// What the bridge's tests share: a home of its own for each, a provider and a daemon on loopback, and the bridge as Baton
// installs it there.

import fs from "node:fs";
import http from "node:http";
import os from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";

const SOURCE = fs.readFileSync(new URL("./baton.js", import.meta.url), "utf8");
const unpatched = globalThis.fetch;
for (const name of ["BATON_HOME", "OPENCODE_AUTH_FILE", "XDG_DATA_HOME", "HTTP_PROXY", "http_proxy"]) delete process.env[name];

export const login = (name, more) => ({ type: "oauth", refresh: `refresh-${name}`, access: `access-${name}`, expires: 0, ...more });
export const key = (name) => ({ type: "api", key: `key-${name}` });

/** A home with the bridge in it, a provider and a daemon; all gone after the test. */
export async function home(t, entries = { fake: key("a") }) {
  let begun = false;
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "baton-bridge-"));
  const [authFile, controlFile] = [path.join(folder, "auth.json"), path.join(folder, "control.json")];
  const [provider, daemon] = [await server(t), await server(t)];
  daemon.origin = daemon.url;
  daemon.url += "/v1/bridge";
  let starts = 0;
  const made = {
    folder,
    authFile,
    controlFile,
    provider,
    daemon,
    /** Replaces OpenCode's credentials the way Baton does. */
    switchTo(entries) {
      fs.writeFileSync(`${authFile}.new`, typeof entries === "string" ? entries : JSON.stringify(entries));
      fs.renameSync(`${authFile}.new`, authFile);
    },
    /** Says how to reach the daemon, as each start of one does. */
    control(text = JSON.stringify({ url: daemon.origin, token: "control-token", pid: ++starts, version: "0.1.0" })) {
      fs.writeFileSync(`${controlFile}.new`, text);
      fs.renameSync(`${controlFile}.new`, controlFile);
    },
    /** Puts the bridge there and starts it, as OpenCode does for one directory. On a busy machine even loopback is slow. */
    async start(name = "baton.js", input = {}, patience = 10_000) {
      const file = path.join(folder, name);
      const constants = { CONTROL_FILE: [null, controlFile], AUTH_FILE: [null, authFile], PATIENCE: [250, patience] };
      const filled = ([constant, [from, to]]) => [`const ${constant} = ${from};`, `const ${constant} = ${JSON.stringify(to)};`];
      fs.writeFileSync(file, Object.entries(constants).map(filled).reduce((text, [from, to]) => text.replace(from, to), SOURCE));
      const { default: baton } = await import(pathToFileURL(file).href);
      // Until then, what the test before left to do goes on with what that one had.
      if (!begun) delete globalThis[Symbol.for("baton.bridge")];
      begun = true;
      return baton(input);
    },
  };
  made.switchTo(entries);
  made.control();
  t.after(() => {
    globalThis.fetch = unpatched;
    fs.rmSync(folder, { recursive: true });
  });
  return made;
}

/** A server on loopback that answers in turn as it is told, the last answer again and again. */
async function server(t) {
  const made = { requests: [], answers: [], waiting: [] };
  const listener = http.createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method, url, headers, rawHeaders } = request;
    const text = Buffer.concat(chunks).toString();
    const json = headers["content-type"] === "application/json" && text ? JSON.parse(text) : null;
    made.requests.push({ method, url, headers, rawHeaders, text, json });
    made.waiting.splice(0).forEach((look) => look());
    const answer = made.answers.length > 1 ? made.answers.shift() : (made.answers[0] ?? {});
    if (typeof answer === "function") return answer(response, request);
    const { status = 200, headers: more, body = {} } = answer;
    response.writeHead(status, { "content-type": "application/json", ...more });
    response.end(typeof body === "string" ? body : JSON.stringify(body));
  });
  await new Promise((listening) => listener.listen(0, "127.0.0.1", listening));
  t.after(() => {
    listener.close();
    listener.closeAllConnections();
  });
  made.url = `http://127.0.0.1:${listener.address().port}`;
  /** The nth request, as soon as it is there. */
  made.request = async (nth) => {
    while (made.requests.length < nth) await new Promise((came) => made.waiting.push(came));
    return made.requests[nth - 1];
  };
  return made;
}

/** Answers as an event stream, piece by piece; `hold` a promise between pieces to decide when it goes on. */
export const stream = (...pieces) => async (response) => {
  response.writeHead(200, { "content-type": "text/event-stream" });
  for (const piece of pieces) {
    if (typeof piece === "string") await new Promise((sent) => response.write(piece, sent));
    else await piece;
  }
  response.end();
};
