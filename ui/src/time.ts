// Times in words. Knows nothing of limits.

import { t } from "./texts.svelte";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** How long it is until a time: `3h 53m`; `null` once it has passed. */
export function until(time: string, now: number): string | null {
  const left = Date.parse(time) - now;
  return left > 0 ? span(Math.max(left, MINUTE)) : null;
}

/** How long ago a time was: `4m ago`. */
export function ago(time: string, now: number): string {
  const gone = now - Date.parse(time);
  return gone < MINUTE ? t("justNow") : t("ago", { span: span(gone) });
}

/** A span in its largest units: `3h 53m`. */
export function span(millis: number): string {
  const days = Math.floor(millis / DAY);
  const hours = Math.floor((millis % DAY) / HOUR);
  const minutes = Math.floor((millis % HOUR) / MINUTE);
  const all = [["days", days], ["hours", hours], ["minutes", days > 0 ? 0 : minutes]] as const;
  return all.flatMap(([unit, n]) => (n > 0 ? [t(unit, { n })] : [])).join(" ");
}
