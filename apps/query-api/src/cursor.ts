import { createHash } from 'node:crypto';

import { parameterProblem } from '@millrace/http';

/** What a cursor belongs to: tenant, query and filters. With others it is refused. */
export type CursorScope = readonly unknown[];

/**
 * Place in a list, for the client an opaque text:
 *
 *     base64url( JSON [ fingerprint of the scope, part of the position, … ] )
 *
 * Not signed: it only says where to go on, within what the token allows anyway.
 */
export function encodeCursor(scope: CursorScope, position: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify([fingerprint(scope), ...position])).toString('base64url');
}

/**
 * Position in a cursor of the same scope.
 * @param isPosition checks what the text holds: a client can make any cursor
 * @throws HttpProblem 400
 */
export function decodeCursor<Position extends readonly (string | number)[]>(
  scope: CursorScope,
  cursor: string,
  isPosition: (parts: unknown[]) => parts is unknown[] & Position,
): Position {
  const [owner, ...position] = parse(cursor);
  if (owner !== fingerprint(scope) || !isPosition(position)) {
    throw parameterProblem('cursor', 'is not a cursor of this list with these filters');
  }
  return position;
}

function parse(cursor: string): unknown[] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    return Array.isArray(parts) ? parts : [];
  } catch {
    return [];
  }
}

function fingerprint(scope: CursorScope): string {
  return createHash('sha256').update(JSON.stringify(scope)).digest('base64url').slice(0, 16);
}
