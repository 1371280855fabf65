/** The events of a chain of backups as one stream, in the order in which they were committed. */
import { join } from 'node:path';

import type { StoredBackup } from './backup-folder.ts';
import { EVENTS } from './backup-tables.ts';
import { ofPostgres, sixDigits } from './instant.ts';
import type { TextRow } from './row-codec.ts';
import { readTableFile } from './table-file.ts';

type Open = { readonly rows: AsyncIterator<TextRow, void>; next: TextRow; order: readonly [bigint, bigint] };

/** Events of all the backups together. Each file is in order; what a slow transaction left to a later one comes in its place. */
export async function* eventsOfChain(chain: readonly StoredBackup[]): AsyncGenerator<TextRow> {
  const open: Open[] = [];
  try {
    for (const { directory } of chain) {
      const rows: AsyncIterator<TextRow, void> = readTableFile(join(directory, `${EVENTS}.avro`)).rows[
        Symbol.asyncIterator
      ]();
      const first = await rows.next();
      if (!first.done) open.push({ rows, next: first.value, order: orderOf(first.value) });
    }
    while (open.length > 0) {
      const least = open.reduce((one, other) => (isBefore(other.order, one.order) ? other : one));
      yield least.next;
      const step = await least.rows.next();
      if (step.done) open.splice(open.indexOf(least), 1);
      else Object.assign(least, { next: step.value, order: orderOf(step.value) });
    }
  } finally {
    for (const { rows } of open) await rows.return?.();
  }
}

function orderOf({ transaction_id, global_position }: TextRow): readonly [bigint, bigint] {
  return [BigInt(transaction_id ?? 0), BigInt(global_position ?? 0)];
}

function isBefore(one: readonly [bigint, bigint], other: readonly [bigint, bigint]): boolean {
  return one[0] < other[0] || (one[0] === other[0] && one[1] < other[1]);
}

/**
 * The events that were stored up to a moment. The events of one command go together: they are in when the last of them
 * is. A stream ends before the first command that is left out, whatever the clock of the database did.
 */
export async function* storedUntil(events: AsyncIterable<TextRow>, until: string | undefined): AsyncGenerator<TextRow> {
  if (until === undefined) {
    for await (const event of events) yield event;
    return;
  }
  const limit = sixDigits(until);
  const ended = new Set<string>();
  let command: { key: string; events: TextRow[] } = { key: '', events: [] };
  const accepted = (): TextRow[] => {
    const [first] = command.events;
    if (!first) return [];
    const stream = streamOf(first);
    if (command.events.some(({ created_at }) => ofPostgres(created_at ?? '') > limit)) ended.add(stream);
    return ended.has(stream) ? [] : command.events;
  };
  for await (const event of events) {
    const key = JSON.stringify([event['transaction_id'], streamOf(event), event['causation_id']]);
    if (key === command.key) command.events.push(event);
    else {
      yield* accepted();
      command = { key, events: [event] };
    }
  }
  yield* accepted();
}

function streamOf({ tenant_id, aggregate_type, aggregate_id }: TextRow): string {
  return JSON.stringify([tenant_id, aggregate_type, aggregate_id]);
}
