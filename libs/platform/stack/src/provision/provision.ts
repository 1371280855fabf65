import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Environment } from '@millrace/config';
import { x as unpack } from 'tar';

import { identify } from '../supervisor/processes.ts';
import { cacheFolder } from './cache-folder.ts';
import { type PinnedFile, readPinnedFiles, verifyFiles } from './checksums.ts';
import { download } from './download.ts';
import { fetchWithMaven, hasMaven } from './maven.ts';
import { repositoryUrl } from './repository-url.ts';

const pins = join(import.meta.dirname, '..', '..', 'jars');
const marker = 'complete';
const stagingPrefix = 'unfinished-';

/** Provisioned files: `lib` holds the jars of broker and Connect, `plugins` Debezium, `registry` Apicurio. */
export type Jars = {
  readonly lib: string;
  readonly plugins: string;
  readonly registry: string;
  readonly logging: string;
};

/** Where to find Maven and the cache, whom to tell what is going on, and when to give up. */
export type Provisioning = {
  readonly environment: Environment;
  readonly onProgress: (line: string) => void;
  readonly signal: AbortSignal;
};

/**
 * The jars of the stack, fetched on first use and found in the cache of the user ever after: a complete cache is
 * used without asking anyone, so also offline.
 * @throws MillraceError `STACK_FAILED` when they can't be fetched or aren't what was pinned
 */
export async function provisionJars({ environment, onProgress, signal }: Provisioning): Promise<Jars> {
  const cache = cacheFolder(environment);
  const folder = join(cache, `jars-${await fingerprintOfPins()}`);
  if (!existsSync(join(folder, marker))) await fill(folder, cache, { environment, onProgress, signal });
  return {
    lib: join(folder, 'lib'),
    plugins: join(folder, 'plugins'),
    registry: join(folder, 'registry'),
    logging: join(pins, 'log4j2.xml'),
  };
}

async function fingerprintOfPins(): Promise<string> {
  const hash = createHash('sha256');
  for (const name of ['pom.xml', 'checksums.sha256']) hash.update(await readFile(join(pins, name)));
  return hash.digest('hex').slice(0, 16);
}

/** Works in a folder of its own and renames it last: an interrupted run leaves nothing that looks complete. */
async function fill(folder: string, cache: string, { environment, onProgress, signal }: Provisioning): Promise<void> {
  await mkdir(cache, { recursive: true });
  await removeAbandoned(cache);
  const staging = await mkdtemp(join(cache, `${stagingPrefix}${process.pid}-`));
  try {
    const lib = join(staging, 'lib');
    const files = await readPinnedFiles(join(pins, 'checksums.sha256'));
    await fetchFiles(files, lib, { environment, onProgress, signal });
    onProgress('checking what was fetched');
    await verifyFiles(lib, files);
    await unpackArchives(staging);
    await writeFile(join(staging, marker), '');
    // Someone else may have filled it meanwhile, and be using it.
    if (existsSync(join(folder, marker))) return;
    await rm(folder, { recursive: true, force: true });
    await rename(staging, folder);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

/** By Maven, which knows the mirrors and proxies of this machine; without it straight from a repository. */
async function fetchFiles(
  files: readonly PinnedFile[],
  directory: string,
  { environment, onProgress, signal }: Provisioning,
): Promise<void> {
  if (await hasMaven(environment))
    return fetchWithMaven({ pom: join(pins, 'pom.xml'), directory, environment, onProgress, signal });
  return download({ files, directory, repositoryUrl: await repositoryUrl(environment), onProgress, signal });
}

/** Staging folders of processes that were killed. */
async function removeAbandoned(cache: string): Promise<void> {
  const names = (await readdir(cache)).filter((name) => name.startsWith(stagingPrefix));
  const abandoned = names.filter((name) => !identify(Number(name.slice(stagingPrefix.length).split('-', 1)[0])));
  await Promise.all(abandoned.map((name) => rm(join(cache, name), { recursive: true, force: true })));
}

async function unpackArchives(staging: string): Promise<void> {
  const lib = join(staging, 'lib');
  const archives = (await readdir(lib)).filter((name) => name.endsWith('.tar.gz'));
  for (const archive of archives) {
    const target = join(staging, archive.startsWith('debezium-') ? 'plugins' : 'registry');
    await mkdir(target);
    await unpack({ file: join(lib, archive), cwd: target });
    await rm(join(lib, archive));
  }
}
