/**
 * kafkajs 2.2.4 re-arms a timer on every connection for ever, most of the time with a negative delay: Node 24 warns
 * (tulios/kafkajs#1751), and each idle connection wakes the process 700 times per second (3 % of a core). The timer is needed
 * only while requests wait, so it is armed only then. The kafkajs version is pinned; this goes when kafkajs goes.
 */
import { createRequire } from 'node:module';

type RequestQueue = {
  readonly throttledUntil: number;
  readonly pending: readonly unknown[];
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  checkPendingRequests(): void;
  scheduleCheckPendingRequests(): void;
};

const CHECK_INTERVAL_MS = 10;

const { prototype } = createRequire(import.meta.url)('kafkajs/src/network/requestQueue/index.js') as {
  readonly prototype: RequestQueue;
};

prototype.scheduleCheckPendingRequests = function armWhileRequestsWait(): void {
  if (this.throttleCheckTimeoutId !== null || this.pending.length === 0) return;
  const throttledMs = this.throttledUntil - Date.now();
  this.throttleCheckTimeoutId = setTimeout(
    () => {
      this.throttleCheckTimeoutId = null;
      this.checkPendingRequests();
    },
    Math.max(throttledMs, CHECK_INTERVAL_MS),
  );
};
