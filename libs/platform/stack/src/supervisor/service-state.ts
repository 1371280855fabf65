/** What a service is doing. */
export type ServiceState = 'stopped' | 'starting' | 'ready' | 'unready' | 'backoff' | 'failed' | 'stopping';

/** Waiting time after the n-th end in a row: 0.5, 1, 2, 4, 8 and at most 15 seconds. */
export function backoffMs(endsInARow: number): number {
  return Math.min(500 * 2 ** Math.max(0, endsInARow - 1), 15_000);
}

/** A service that was ready for this long starts counting its ends anew. */
export const stableAfterMs = 30_000;

/** Ends in a row, without ever having been ready, after which a service is not worth waiting for: about 15 seconds. */
const hopelessAfterEnds = 6;

/** The end of a process. `firstStart`: the service has never been ready since it was asked to start. */
export type ProcessEnd = {
  readonly firstStart: boolean;
  readonly startTimeIsOver: boolean;
  readonly endsInARow: number;
};

/** A service that has been ready once is never given up. One that has not is, when its time or its tries are over. */
export function stateAfterEnd({ firstStart, startTimeIsOver, endsInARow }: ProcessEnd): 'backoff' | 'failed' {
  return firstStart && (startTimeIsOver || endsInARow >= hopelessAfterEnds) ? 'failed' : 'backoff';
}
