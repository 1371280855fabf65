import { hash } from 'node:crypto';

import { MillraceError } from '@millrace/core';

import type { TextRow } from './row-codec.ts';

const MODULUS = 2n ** 256n;

/**
 * Heads of streams while events pass by in the order of the store. Refuses a gap. The digest of all heads is a sum of one
 * hash per stream, so that an increment changes it without knowing the streams that it does not touch.
 */
export class StreamHeads {
  readonly #heads = new Map<string, number>();
  /** Version of each stream before its first event here. */
  readonly #bases = new Map<string, number>();
  readonly #perTenant = new Map<string, number>();
  readonly #startAnywhere: boolean;

  /** @param options.startAnywhere whether a stream may begin with any event, because earlier ones passed elsewhere */
  constructor({ startAnywhere }: { readonly startAnywhere: boolean }) {
    this.#startAnywhere = startAnywhere;
  }

  /** @throws MillraceError `CORRUPT_STREAM` unless the event is the next one of its stream */
  take(event: TextRow): void {
    const { tenant_id: tenant, aggregate_type: type, aggregate_id: id } = event;
    const key = JSON.stringify([tenant, type, id]);
    const version = Number(event['sequence_number']);
    let head = this.#heads.get(key);
    if (head === undefined) {
      head = this.#startAnywhere ? version - 1 : 0;
      this.#bases.set(key, head);
    }
    if (version !== head + 1) {
      const message = `${type} ${id} of ${tenant} has version ${version} after ${head}: a gap`;
      throw new MillraceError('CORRUPT_STREAM', message, { facts: { tenant, type, id, version, head } });
    }
    this.#heads.set(key, version);
    this.#perTenant.set(tenant ?? '', (this.#perTenant.get(tenant ?? '') ?? 0) + 1);
  }

  /** Events that passed by, per tenant, on top of those before. */
  countsAfter(before: Readonly<Record<string, number>>): Record<string, number> {
    const counts = new Map(Object.entries(before));
    for (const [tenant, count] of this.#perTenant) counts.set(tenant, (counts.get(tenant) ?? 0) + count);
    return Object.fromEntries([...counts].sort(([one], [other]) => (one < other ? -1 : 1)));
  }

  /** Streams that began here. */
  get begun(): number {
    return [...this.#bases.values()].filter((base) => base === 0).length;
  }

  /** Digest of all heads, on top of the one before. */
  digestAfter(before: string): string {
    let sum = BigInt(`0x${before}`);
    for (const [key, head] of this.#heads) sum += headHash(key, head) - headHash(key, this.#bases.get(key) ?? 0);
    return (((sum % MODULUS) + MODULUS) % MODULUS).toString(16).padStart(64, '0');
  }
}

/** Digest of no streams at all. */
export const NO_HEADS = '0'.repeat(64);

function headHash(key: string, head: number): bigint {
  return head === 0 ? 0n : BigInt(`0x${hash('sha256', `${key}${head}`)}`);
}
