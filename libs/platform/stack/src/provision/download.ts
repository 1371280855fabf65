import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import { MillraceError } from '@millrace/core';

import type { PinnedFile } from './checksums.ts';

const parallelDownloads = 6;

/** Which files to fetch from which Maven repository, and where to. */
export type DownloadRequest = {
  readonly files: readonly PinnedFile[];
  readonly repositoryUrl: string;
  readonly directory: string;
  readonly onProgress: (line: string) => void;
  readonly signal: AbortSignal;
};

/**
 * Fetches pinned files from a Maven repository into one flat folder, for machines without Maven. What is fetched is
 * not checked here.
 * @throws MillraceError `STACK_FAILED` naming the file and what the repository answered
 */
export async function download({
  files,
  repositoryUrl,
  directory,
  onProgress,
  signal,
}: DownloadRequest): Promise<void> {
  await mkdir(directory, { recursive: true });
  const waiting = [...files];
  let finished = 0;
  const fetchNext = async (): Promise<void> => {
    for (let file = waiting.pop(); file; file = waiting.pop()) {
      await downloadFile(file, { repositoryUrl, directory, signal });
      finished += 1;
      onProgress(`${finished}/${files.length} files`);
    }
  };
  await Promise.all(Array.from({ length: parallelDownloads }, fetchNext));
}

type Place = Pick<DownloadRequest, 'repositoryUrl' | 'directory' | 'signal'>;

async function downloadFile(
  { repositoryPath }: PinnedFile,
  { repositoryUrl, directory, signal }: Place,
): Promise<void> {
  try {
    const response = await fetch(`${repositoryUrl}/${repositoryPath}`, { signal });
    if (!response.ok || !response.body) throw new Error(`HTTP ${response.status}`);
    await pipeline(Readable.fromWeb(response.body), createWriteStream(join(directory, basename(repositoryPath))));
  } catch (cause) {
    // Not the whole address: that of a private repository may have a password in it.
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new MillraceError(
      'STACK_FAILED',
      `${repositoryPath} could not be fetched from the Maven repository: ${reason}`,
      { cause },
    );
  }
}
