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
 * there twice. Sections keep theirs in a field of their own.
 */
function shared() {
  return (globalThis[Symbol.for("baton.bridge")] ??= {
    owner: import.meta.url.split("?")[0],
    fetch: globalThis.fetch, // as it was: the way to the daemon and to providers
    control: watched(controlFile()),
    silentUntil: 0, // the daemon didn't answer: nobody is asked until then
  });
}

/**
 * A JSON file, read again when it has changed. `read()` costs one `stat`; a file that is missing, torn or not an object
 * gives what it held last, or null.
 */
function watched(file) {
  let seen = {};
  let value = null;
  return {
    file,
    read() {
      try {
        const stat = fs.statSync(file);
        if (stat.mtimeMs === seen.mtimeMs && stat.size === seen.size && stat.ino === seen.ino) return value;
        const held = JSON.parse(fs.readFileSync(file, "utf8"));
        if (held && typeof held === "object") [value, seen] = [held, stat];
      } catch {}
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
  if (Date.now() < state.silentUntil) return null;
  const { url, token } = state.control.read() ?? {};
  const local = /^http:\/\/(127\.0\.0\.1|localhost|\[::1\]):\d+$/.test(url);
  return local && typeof token === "string" ? { url, headers: { authorization: `Bearer ${token}` } } : null;
}

/** Tells the daemon what was seen; its answer as an object, or null: then OpenCode goes on without it. Never throws. */
async function tell(saw, signal) {
  const there = daemon();
  if (!there) return null;
  const state = shared();
  try {
    const limit = AbortSignal.timeout(PATIENCE);
    const response = await state.fetch(`${there.url}/v1/bridge`, {
      method: "POST",
      headers: { ...there.headers, "content-type": "application/json" },
      body: JSON.stringify(saw),
      redirect: "error",
      signal: signal ? AbortSignal.any([limit, signal]) : limit,
    });
    const answer = response.ok ? await response.json() : null;
    if (answer && typeof answer === "object") return answer;
  } catch {
    if (signal?.aborted) return null;
  }
  state.silentUntil = Date.now() + BACK_OFF;
  return null;
}

// ---- Requests -------------------------------------------------------------------------------------------------------

// ---- Sessions -------------------------------------------------------------------------------------------------------

// ---- Notices --------------------------------------------------------------------------------------------------------

// ---- Tool and command -----------------------------------------------------------------------------------------------

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
    const hooks = {};
    return Object.fromEntries(Object.entries(hooks).map(([name, hook]) => [name, quiet(hook)]));
  } catch {
    return {};
  }
}
