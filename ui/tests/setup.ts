// What surrounds each test: a clock that stands still, and no popover that stays open.

import { afterEach, beforeEach, vi } from "vitest";

import { closeAll, stopTheClock } from "./popover";

beforeEach(stopTheClock);
afterEach(async () => {
  await closeAll();
  vi.useRealTimers();
});
