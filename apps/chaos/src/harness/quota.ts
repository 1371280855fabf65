/** A folder of a stack that holds only so much: a tmpfs, for which one has to be root. */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

/** Folder below the home of the stack, and how much it holds. */
export type Quota = { readonly folder: string; readonly megabytes: number };

/** Thrown where the machine does not let the harness limit a disk. */
export class QuotaForbidden extends Error {}

/** @returns lifts the limit, with all that the folder held. @throws QuotaForbidden */
export function limitFolder(home: string, { folder, megabytes }: Quota): () => void {
  const path = join(home, folder);
  mkdirSync(path, { recursive: true });
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=0755`, 'tmpfs', path], { stdio: 'pipe' });
  } catch (error) {
    throw new QuotaForbidden(`this machine does not let us limit a disk: ${String(error)}`);
  }
  return () => execFileSync('umount', [path], { stdio: 'pipe' });
}
