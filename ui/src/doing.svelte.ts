// What is being done: the one request that is under way, what came of it, and the time that words are reckoned from.

import { failureOf, send } from "./control";
import type { Failure, Reply, Request } from "./generated/control";
import { replied } from "./texts.svelte";

export const doing = $state({
  now: Date.now(),
  busy: false,
  failure: null as Pick<Failure, "message" | "message_words"> | null,
  outcome: "",
  /** Whether the outcome is also to be seen: the list itself shows a switch. */
  shows: false,
});

/** Asks for something, and shows what came of it. `null` when it failed. */
export async function ask(request: Request): Promise<Reply | null> {
  Object.assign(doing, { busy: true, failure: null, outcome: "" });
  try {
    const reply = await send(request);
    doing.outcome = replied(reply);
    doing.shows = reply.did !== "switched" || reply.restart_needed;
    return reply;
  } catch (error) {
    doing.failure = failureOf(error);
    return null;
  } finally {
    doing.busy = false;
  }
}

/** Sets one thing in the settings file; whether it was taken. */
export async function configure(key: string[], value: unknown): Promise<boolean> {
  return (await ask({ do: "configure", key, value })) !== null;
}

/** The only request of its kind that is wanted: what it brings, or nothing while it can't be had. */
export async function fetched<D extends Reply["did"]>(
  request: Request,
  did: D,
): Promise<Extract<Reply, { did: D }> | null> {
  try {
    const reply = await send(request);
    return reply.did === did ? (reply as Extract<Reply, { did: D }>) : null;
  } catch (error) {
    doing.failure = failureOf(error);
    return null;
  }
}
