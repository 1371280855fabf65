/** The broker's files, while it is down. */
import { readdirSync, rmSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';

const INDEXES = /\.(index|timeindex|txnindex|snapshot)$/;

/**
 * Cuts the end off the log of every partition of these topics, as a power loss does that takes what was never flushed.
 * @param share of the newest segment that stays: 0.5 is half
 * @returns partitions that were cut
 */
export function cutTails(kafkaHome: string, topics: readonly string[], share: number): number {
  const data = join(kafkaHome, 'data');
  const folders = readdirSync(data).filter((name) => topics.some((topic) => isPartitionOf(name, topic)));
  // Without it the broker reads its logs again at its start, as after a crash.
  rmSync(join(data, '.kafka_cleanshutdown'), { force: true });
  return folders.filter((folder) => cutTail(join(data, folder), share)).length;
}

/** Everything that the broker has. It is formatted anew at its next start. */
export function wipe(kafkaHome: string): void {
  rmSync(join(kafkaHome, 'data'), { recursive: true, force: true });
}

function isPartitionOf(folder: string, topic: string): boolean {
  return folder.startsWith(`${topic}-`) && /^\d+$/.test(folder.slice(topic.length + 1));
}

function cutTail(folder: string, share: number): boolean {
  const files = readdirSync(folder);
  const newest = files
    .filter((name) => name.endsWith('.log'))
    .sort()
    .at(-1);
  if (newest === undefined) return false;
  const log = join(folder, newest);
  const { size } = statSync(log);
  if (size === 0) return false;
  truncateSync(log, Math.floor(size * share));
  for (const file of files.filter((name) => INDEXES.test(name))) rmSync(join(folder, file));
  return true;
}
