import type { RebuildProgress } from '@millrace/consumer';

const EVERY_MS = 1_000;

/** Writes what a rebuild is doing to stderr: a line when that changes, else one each second. */
export function rebuildProgressLines(
  projection: string,
  write: (line: string) => void,
): (progress: RebuildProgress) => void {
  let phase = '';
  let writtenAt = 0;
  return (progress) => {
    const now = performance.now();
    if (progress.phase === phase && now - writtenAt < EVERY_MS) return;
    phase = progress.phase;
    writtenAt = now;
    write(`${projection}  ${describe(progress)}\n`);
  };
}

function describe(progress: RebuildProgress): string {
  switch (progress.phase) {
    case 'fold': {
      const { events, eventsExpected, perSecond, etaSeconds } = progress;
      return `folds the store: ${events} of ${eventsExpected} events, ${Math.round(perSecond)} per second, ${Math.ceil(etaSeconds)} s left`;
    }
    case 'index':
      return 'makes the indexes';
    case 'catch-up':
      return `catches up: ${progress.recordsBehind} record(s) behind the live table`;
    case 'compare':
      return 'compares with the live table';
    case 'switch':
      return 'switches';
  }
}
