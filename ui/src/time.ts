// Times in words. Knows nothing of limits.

import { texts } from "./texts";

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
  return gone < MINUTE ? texts.justNow : texts.ago(span(gone));
}

function span(millis: number): string {
  const days = Math.floor(millis / DAY);
  const hours = Math.floor((millis % DAY) / HOUR);
  const minutes = Math.floor((millis % HOUR) / MINUTE);
  const parts = days > 0 ? [texts.days(days), texts.hours(hours)] : [texts.hours(hours), texts.minutes(minutes)];
  return parts.filter((part) => part !== "").join(" ");
}
