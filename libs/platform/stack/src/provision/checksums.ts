import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';

import { MillraceError } from '@millrace/core';

/** A file that provisioning must deliver: its path in a Maven repository, and the SHA-256 of its content. */
export type PinnedFile = { readonly repositoryPath: string; readonly sha256: string };

/** Reads a list as `sha256sum` writes it. */
export async function readPinnedFiles(path: string): Promise<PinnedFile[]> {
  const lines = (await readFile(path, 'utf8')).split('\n').filter(Boolean);
  return lines.map((line) => {
    const [sha256 = '', repositoryPath = ''] = line.split('  ');
    return { sha256, repositoryPath };
  });
}

/**
 * Compares files in a flat folder with the list.
 * @throws MillraceError `STACK_FAILED` naming the first file that is absent or has other content
 */
export async function verifyFiles(folder: string, files: readonly PinnedFile[]): Promise<void> {
  for (const { repositoryPath, sha256 } of files) {
    const name = basename(repositoryPath);
    const actual = await sha256Of(join(folder, name)).catch(() => 'absent');
    if (actual !== sha256)
      throw new MillraceError(
        'STACK_FAILED',
        `${name} is not the file that was pinned: SHA-256 ${actual}, expected ${sha256}`,
      );
  }
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
