/** What a search of the event log asks for, made of its parameters. */
import { storedEvents } from '@millrace/contracts/topology';
import type { EventSearch } from '@millrace/event-log/queries';
import { parameterProblem } from '@millrace/http';
import { Type } from 'typebox';

import { id, instantParameter } from '../parameters.ts';

const { definitions } = storedEvents;
const types = definitions.map(({ type }) => type);
const aggregateTypes = [...new Set(definitions.map(({ aggregateType }) => aggregateType))];
const time = Type.Optional(Type.String({ minLength: 1, maxLength: 40 }));

export const eventParameters = {
  correlationId: Type.Optional(Type.String({ minLength: 1, maxLength: 255, pattern: '^[^\\x00-\\x1f]*$' })),
  type: Type.Optional(Type.Enum(types)),
  aggregateType: Type.Optional(Type.Enum(aggregateTypes)),
  aggregateId: Type.Optional(id),
  from: time,
  to: time,
  contains: Type.Optional(Type.String({ minLength: 1, maxLength: 2_000 })),
};

export type EventsAsked = { readonly [Name in keyof typeof eventParameters]?: string | undefined };
export type EventFilter = Omit<EventSearch, 'tenantId' | 'after' | 'limit'>;

/** @throws HttpProblem 400 for a time that is none, and for `contains` that is no JSON object */
export function eventFilter({ from, to, contains, ...rest }: EventsAsked): EventFilter {
  return {
    ...rest,
    from: from && instantParameter('from', from),
    to: to && instantParameter('to', to),
    contains: contains && objectText(contains),
  };
}

/** The text of an object that a payload could hold: Postgres knows no NUL, no half characters and no endless numbers. */
function objectText(text: string): string {
  let value: unknown;
  try {
    value = JSON.parse(text, (_key, part: unknown) => storable(part));
  } catch (error) {
    const reason = error instanceof SyntaxError ? 'is not JSON' : (error as Error).message;
    throw parameterProblem('contains', `${reason}; it must be a JSON object such as {"orderId":"o-1"}`);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return JSON.stringify(value);
  throw parameterProblem('contains', 'must be a JSON object such as {"orderId":"o-1"}');
}

/** @throws RangeError */
function storable(part: unknown): unknown {
  if (typeof part === 'number' && !Number.isFinite(part)) throw new RangeError('holds a number that is too large');
  const texts = typeof part === 'object' && part !== null ? Object.keys(part) : [part];
  for (const text of texts) {
    if (typeof text === 'string' && (text.includes('\0') || !text.isWellFormed())) {
      throw new RangeError('holds a character that no payload can have');
    }
  }
  return part;
}
