/**
 * A folder of backups: one directory each, by its id. A directory whose name begins with a dot is not finished, and
 * nobody looks into it.
 */
import { existsSync } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';

import { MillraceError } from '@millrace/core';

import { compareInstants } from './instant.ts';
import { type Manifest, MANIFEST_FILE, readManifest } from './manifest.ts';

/** A backup and where it lies. */
export type StoredBackup = { readonly directory: string; readonly manifest: Manifest };

const UNFINISHED = '.unfinished-';
const BACKUP_NAME = /^\d{8}T\d{9}Z-[0-9a-f]+$/;
const ABANDONED_AFTER_MS = 86_400_000;

/**
 * All backups of a folder, oldest first; none where there is no folder.
 * @param onUnreadable told of each that has no manifest that can be read; it is left out
 */
export async function listBackups(
  folder: string,
  onUnreadable: (error: Error) => void = () => undefined,
): Promise<StoredBackup[]> {
  if (!existsSync(folder)) return [];
  const found: StoredBackup[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const directory = join(folder, entry.name);
    if (!entry.isDirectory() || !BACKUP_NAME.test(entry.name)) continue;
    const manifest = await readManifest(directory).catch(onUnreadable);
    if (manifest) found.push({ directory, manifest });
  }
  return found.sort((one, other) => compareInstants(one.manifest.point.takenAt, other.manifest.point.takenAt));
}

/** The newest backup of a scope. */
export function newestOf(backups: readonly StoredBackup[], scope: string): StoredBackup | undefined {
  return backups.findLast(({ manifest }) => manifest.scope === scope);
}

/** What a path names: a folder with its backups, and one of them where the path is that of a backup. */
export async function backupsAt(path: string): Promise<{ backups: StoredBackup[]; named?: StoredBackup }> {
  const directory = resolve(path);
  if (!existsSync(join(directory, MANIFEST_FILE))) return { backups: await listBackups(directory) };
  const named = { directory, manifest: await readManifest(directory) };
  const others = await listBackups(dirname(directory));
  return { backups: others.length > 0 ? others : [named], named };
}

/**
 * The backups that a restore of `last` needs, the full one first.
 * @throws MillraceError `BACKUP_DAMAGED` naming the one that is missing
 */
export function chainOf(backups: readonly StoredBackup[], last: StoredBackup): StoredBackup[] {
  const chain = [last];
  for (let first = last; first.manifest.previous !== null; chain.unshift(first)) {
    const { id: wanted } = first.manifest.previous;
    const before = backups.find(({ directory }) => basename(directory) === wanted);
    if (!before) {
      const message = `${first.manifest.id} continues ${wanted}, which is missing`;
      throw new MillraceError('BACKUP_DAMAGED', message, { facts: { missing: wanted } });
    }
    first = before;
  }
  return chain;
}

/** A directory for a backup under way. */
export async function beginBackup(folder: string, id: string): Promise<string> {
  const directory = join(folder, UNFINISHED + id);
  await mkdir(directory, { recursive: true });
  return directory;
}

/** Turns the directory of a backup under way into a backup: the manifest reaches the disk, and then the name changes. */
export async function finishBackup(directory: string, manifest: Manifest): Promise<StoredBackup> {
  await writeFile(join(directory, MANIFEST_FILE), `${JSON.stringify(manifest, null, 2)}\n`, { flush: true });
  await syncDirectory(directory);
  const finished = join(dirname(directory), manifest.id);
  await rename(directory, finished);
  await syncDirectory(dirname(directory));
  return { directory: finished, manifest };
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Removes chains of a scope, oldest first, until `chainsKept` are left, and what backups that were cut off a day ago have
 * left behind. @returns ids of the backups that were removed
 */
export async function removeOldChains(folder: string, scope: string, chainsKept: number): Promise<string[]> {
  const own = (await listBackups(folder)).filter(({ manifest }) => manifest.scope === scope);
  const fulls = own.filter(({ manifest }) => manifest.kind === 'full');
  const firstKept = fulls.at(-chainsKept) ?? fulls[0];
  const old = own.slice(0, firstKept ? own.indexOf(firstKept) : 0);
  // The newest first: what is left, if this is cut off, is still a chain.
  for (const { directory } of old.toReversed()) await rm(directory, { recursive: true });
  await removeAbandoned(folder);
  return old.map(({ manifest }) => manifest.id);
}

async function removeAbandoned(folder: string): Promise<void> {
  for (const name of existsSync(folder) ? await readdir(folder) : []) {
    if (!name.startsWith(UNFINISHED)) continue;
    const directory = join(folder, name);
    const { mtimeMs } = await stat(directory);
    if (Date.now() - mtimeMs > ABANDONED_AFTER_MS) await rm(directory, { recursive: true });
  }
}
