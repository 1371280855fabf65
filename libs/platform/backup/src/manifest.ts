/** What a backup says of itself: `manifest.json`. */
import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { MillraceError } from '@millrace/core';

import type { FileFacts } from './table-file.ts';

/** Whole store, as scope of a backup. */
export const WHOLE_STORE = '*';

/** Which store a backup is of. An increment follows only a backup of the same. */
export type StoreIdentity = {
  /** Of the Postgres cluster, given at its birth. */
  readonly system: string;
  /** Number of the database in it. */
  readonly database: string;
  readonly epoch: number;
};

/** The moment that a backup shows. */
export type StorePoint = {
  /** The clock of the database, after the snapshot was taken: nothing in the backup is newer. */
  readonly takenAt: string;
  /** The snapshot in the words of Postgres, `xmin:xmax:running`. What it does not show is in the next increment. */
  readonly snapshot: string;
  /** Last event in the order of the store; null without events. */
  readonly cursor: { readonly transactionId: string; readonly globalPosition: string } | null;
  readonly newestOccurredAt: string | null;
  /** Events per tenant in the whole chain. */
  readonly events: Readonly<Record<string, number>>;
  readonly streams: number;
  /** Of the heads of all streams in the whole chain. */
  readonly headsDigest: string;
};

/** A file of a backup. */
export type BackupFile = FileFacts & { readonly name: string; readonly table: string };

/** One backup. */
export type Manifest = {
  readonly format: 1;
  readonly id: string;
  readonly kind: 'full' | 'incremental';
  /** Name of the one tenant, or `*`. */
  readonly scope: string;
  /** The backup that this one continues, and the hash of its manifest. */
  readonly previous: { readonly id: string; readonly hash: string } | null;
  readonly store: StoreIdentity;
  readonly point: StorePoint;
  readonly encrypted: boolean;
  readonly seconds: number;
  readonly files: readonly BackupFile[];
  /** SHA-256 of all of the above. */
  readonly hash: string;
};

/** Adds the hash. */
export function sealed(manifest: Omit<Manifest, 'hash'>): Manifest {
  return { ...manifest, hash: hash('sha256', JSON.stringify(manifest)) };
}

/** Whether a manifest is as it was sealed. */
export function isIntact({ hash: told, ...content }: Manifest): boolean {
  return sealed(content).hash === told;
}

export const MANIFEST_FILE = 'manifest.json';

/**
 * Reads a manifest as it is; `isIntact` says whether it can be believed.
 * @throws MillraceError `BACKUP_DAMAGED` when there is none that can be read
 */
export async function readManifest(directory: string): Promise<Manifest> {
  try {
    const manifest = JSON.parse(await readFile(join(directory, MANIFEST_FILE), 'utf8')) as Manifest;
    if (manifest.format === 1) return manifest;
    throw new Error(`its format is ${String(manifest.format)}`);
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new MillraceError('BACKUP_DAMAGED', `${directory} has no manifest that can be read: ${detail}`, { cause });
  }
}

/** Bytes of all files. */
export function bytesOf({ files }: Manifest): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Events of all tenants, in the whole chain. */
export function eventsOf({ point }: Manifest): number {
  return Object.values(point.events).reduce((sum, count) => sum + count, 0);
}
