import { MillraceError } from '@millrace/core';

import type { GroupPartition } from '../position.ts';

/** Which parked event: who could not handle which record. */
export type DeadLetterId = GroupPartition & { readonly offset: number };

const PARTS = /^([^/]+)\/([^/]+)\/(\d+)\/(\d+)$/;

/** The same in one word: `order-read-model-projection/orders.events.v1/3/42`. Neither groups nor topics have a slash. */
export function formatDeadLetterId({ group, topic, partition, offset }: DeadLetterId): string {
  return [group, topic, partition, offset].join('/');
}

/** @throws MillraceError `DEAD_LETTER_INVALID` */
export function parseDeadLetterId(text: string): DeadLetterId {
  const [, group = '', topic = '', partition, offset] = PARTS.exec(text) ?? [];
  const id = { group, topic, partition: Number(partition), offset: Number(offset) };
  if (Number.isSafeInteger(id.partition) && Number.isSafeInteger(id.offset)) return id;
  const message = `${text} is no dead letter: give <group>/<topic>/<partition>/<offset>`;
  throw new MillraceError('DEAD_LETTER_INVALID', message, { facts: { id: text } });
}
