// An account on its way out. It goes when the person could have changed their mind, or when the popover closes; until
// then nothing was asked of the daemon, so undoing needs no secret.

import { quit } from "./control";
import { ask } from "./doing.svelte";

/** How long a person can change their mind. */
const GRACE = 6_000;

export const removal = $state({ provider: "", account: "", label: "" });
let timer: ReturnType<typeof setTimeout> | undefined;
/** What the daemon was asked for and hasn't answered yet. */
let going: Promise<unknown> = Promise.resolve();

export function remove(provider: string, account: string, label: string): void {
  void leave();
  Object.assign(removal, { provider, account, label });
  timer = setTimeout(leave, GRACE);
}

export function undo(): void {
  clearTimeout(timer);
  Object.assign(removal, { provider: "", account: "", label: "" });
}

/** Nobody can change their mind any more. Ends once the account is gone, or it was said why it isn't. */
export async function leave(): Promise<void> {
  const { provider, account } = removal;
  undo();
  if (account !== "") going = Promise.all([going, ask({ do: "remove", provider, account })]);
  await going;
}

/** Ends the app once the account is gone: nobody would take it out afterwards. */
export async function end(): Promise<void> {
  await leave();
  await quit();
}
