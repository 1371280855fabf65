/** Parameters that many reads share. */
import { parameterProblem } from '@millrace/http';
import { Type } from 'typebox';

import { utcInstant } from './instant.ts';

export const strict = { additionalProperties: false };

/** Id of an aggregate, as the command side takes it. */
export const id = Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$' });

export const version = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER });

/** Which part of a list. */
export const page = {
  limit: Type.Integer({ minimum: 1, maximum: 200, default: 50 }),
  cursor: Type.Optional(Type.String({ minLength: 1, maxLength: 1_024 })),
};

/** An instant of the query string in UTC. @throws HttpProblem 400 */
export function instantParameter(parameter: string, text: string): string {
  const instant = utcInstant(text);
  if (instant !== undefined) return instant;
  throw parameterProblem(parameter, 'must be an RFC 3339 time such as 2026-01-31T12:00:00Z (a + in it is sent as %2B)');
}
