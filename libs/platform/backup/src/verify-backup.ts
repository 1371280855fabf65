/** Whether backups are as they were written, without a database to restore them into. */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';

import { isMillraceError } from '@millrace/core';

import { chainOf, type StoredBackup } from './backup-folder.ts';
import { EVENTS } from './backup-tables.ts';
import { type BackupFile, isIntact } from './manifest.ts';
import { NO_HEADS, StreamHeads } from './stream-heads.ts';
import { readTableFile } from './table-file.ts';

/** What is wrong with a chain, one line each; nothing, if it can be restored. */
export type BackupVerdict = {
  readonly backups: readonly string[];
  readonly rows: number;
  readonly bytes: number;
  readonly events: number;
  readonly problems: readonly string[];
  readonly seconds: number;
};

/**
 * Reads every byte of a chain: manifests and the hashes between them, files, every row in them, streams without a gap from
 * their first event, and the counts.
 */
export async function verifyChain(backups: readonly StoredBackup[], last: StoredBackup): Promise<BackupVerdict> {
  const startedAt = performance.now();
  const found = new ChainCheck();
  const chain = found.attempt(() => chainOf(backups, last)) ?? [last];
  for (const [index, backup] of chain.entries()) await found.check(backup, chain[index - 1]);
  const files = chain.flatMap(({ manifest }) => manifest.files);
  const sum = (of: (file: BackupFile) => number): number => files.reduce((total, file) => total + of(file), 0);
  return {
    backups: chain.map(({ manifest }) => manifest.id),
    rows: sum(({ rows }) => rows),
    bytes: sum(({ bytes }) => bytes),
    events: files.filter(({ table }) => table === EVENTS).reduce((total, { rows }) => total + rows, 0),
    problems: found.problems,
    seconds: (performance.now() - startedAt) / 1_000,
  };
}

/** Checks the backups of one chain in their order. */
class ChainCheck {
  readonly problems: string[] = [];
  readonly #heads = new StreamHeads({ startAnywhere: false });

  attempt<T>(work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      this.#report(error);
      return undefined;
    }
  }

  async check({ directory, manifest }: StoredBackup, before: StoredBackup | undefined): Promise<void> {
    const { id, previous, point } = manifest;
    if (!isIntact(manifest)) this.problems.push(`${id}: the manifest was edited`);
    if (previous && before && previous.hash !== before.manifest.hash)
      this.problems.push(`${id}: the manifest of ${previous.id} is not the one that it continues`);
    for (const file of manifest.files) await this.#checkFile(join(directory, file.name), id, file);
    // What follows from damage says nothing new.
    if (this.problems.length > 0) return;
    const counts = this.#heads.countsAfter({});
    if (JSON.stringify(counts) !== JSON.stringify(point.events))
      this.problems.push(
        `${id}: holds ${JSON.stringify(counts)} events, the manifest says ${JSON.stringify(point.events)}`,
      );
    if (this.#heads.digestAfter(NO_HEADS) !== point.headsDigest)
      this.problems.push(`${id}: the heads of the streams are not those of the manifest`);
  }

  async #checkFile(path: string, id: string, file: BackupFile): Promise<void> {
    const where = `${id}: ${file.name}`;
    if (!existsSync(path)) return void this.problems.push(`${where} is missing`);
    const { size } = await stat(path);
    if (size !== file.bytes)
      return void this.problems.push(`${where} has ${size} bytes, the manifest says ${file.bytes}`);
    if ((await sha256Of(path)) !== file.sha256)
      return void this.problems.push(`${where} was changed: its hash is another`);
    try {
      const rows = await this.#passRows(path, file.table);
      if (rows !== file.rows) this.problems.push(`${where} holds ${rows} rows, the manifest says ${file.rows}`);
    } catch (error) {
      this.#report(error, `${where}: `);
    }
  }

  async #passRows(path: string, table: string): Promise<number> {
    let rows = 0;
    for await (const row of readTableFile(path).rows) {
      rows += 1;
      if (table === EVENTS) this.#heads.take(row);
    }
    return rows;
  }

  #report(error: unknown, where = ''): void {
    const known = isMillraceError(error) || error instanceof Error;
    this.problems.push(`${where}${known ? error.message : String(error)}`);
  }
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
