// The one door to the app: what there is to show, and what can be asked of it.
// Nothing else in the web view talks to the app, and nothing here decides anything.

import { invoke } from "@tauri-apps/api/core";
import { listen } from "@tauri-apps/api/event";
import { readable, type Readable } from "svelte/store";

import type { Failure, Problem, Reply, Request, Snapshot } from "./generated/control";

/** What the app put into the page before it was loaded, so that the first paint has something to show. */
interface First {
  snapshot: Snapshot | null;
  problems: Problem[];
  /** The view that was asked for; `null` for the one that the person left. */
  view: string | null;
}
const first = (window as { baton?: First }).baton;

/** The daemon's picture; `null` while there is none, `undefined` until the app has said so. */
export const snapshot = followed<Snapshot | null | undefined>("snapshot", first?.snapshot ?? undefined);

/** What the app itself misses: a tray, notifications, the daemon. */
export const problems = followed<Problem[]>("problems", first?.problems ?? []);

/** The view that somebody asks for outside the page: in the tray's menu, by clicking a notification. */
export const asked = readable<{ view: string } | null>(first?.view ? { view: first.view } : null, (set) => {
  const stop = listen<string>("show_view", ({ payload }) => set({ view: payload }));
  return () => void stop.then((unlisten) => unlisten());
});

/** How things stand with new versions. */
export type Updates =
  | { state: "unknown" | "looking" | "newest" }
  | { state: "off"; why: "chosen" | "package" | "unreleased" }
  | { state: "found" | "installing"; version: string }
  | { state: "unreachable" | "failed"; message: string };
export const updates = followed<Updates>("updates", { state: "unknown" });

/** Asks the daemon for something. Fails with a `Failure`. */
export function send(request: Request): Promise<Reply> {
  return ask<Reply>({ do: "send", request });
}

/** Closes the popover. */
export function close(): Promise<void> {
  return ask({ do: "close" });
}

/** Has something done before the window is closed by its own button. */
export function beforeClosing(work: () => Promise<void>): void {
  void listen("closing", () => work().then(close));
}

/** Ends the app. */
export function quit(): Promise<void> {
  return ask({ do: "quit" });
}

/** Opens the folder of Baton's own log. */
export function openLogFolder(): Promise<void> {
  return ask({ do: "open_log_folder" });
}

/** Looks for a newer version. */
export function lookForUpdates(): Promise<void> {
  return ask({ do: "look_for_updates" });
}

/** Installs the version that was found, and starts it. */
export function installUpdate(): Promise<void> {
  return ask({ do: "install_update" });
}

/** The app's one command: what it may be asked is the app's `Asked`. */
function ask<T>(asked: { do: "send"; request: Request } | { do: Value | Deed }): Promise<T> {
  return invoke<T>("ask", { asked });
}
type Value = "snapshot" | "problems" | "updates";
type Deed = "close" | "quit" | "open_log_folder" | "look_for_updates" | "install_update";

/** What went wrong, as the daemon says it. */
export function failureOf(error: unknown): Pick<Failure, "message" | "message_words"> {
  return typeof error === "object" && error !== null && "message" in error
    ? (error as Failure)
    : { message: String(error) };
}

/** A value that the app is asked for, and tells by an event of the same name when it changes. */
function followed<T>(name: Value, initial: T): Readable<T> {
  return readable(initial, (set) => {
    let told = false;
    const stop = listen<T>(name, ({ payload }) => {
      told = true;
      set(payload);
    });
    // An event is never older than the answer to a question asked before it.
    void stop.then(() => ask<T>({ do: name })).then((value) => told || set(value));
    return () => void stop.then((unlisten) => unlisten());
  });
}
