import { renameSync, writeFileSync } from 'node:fs';

/** Replaces a file in one step: a reader sees the old content or the new, also after a crash. */
export function writeAtomically(path: string, content: string, mode = 0o644): void {
  const unfinished = `${path}.${process.pid}.tmp`;
  writeFileSync(unfinished, content, { mode });
  renameSync(unfinished, path);
}
