import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

import { MillraceError } from '@millrace/core';

import { eachPage, type UserRow, type UsersTable } from './users-table.ts';

/** Where commands go, and who sends them: an admin of the tenant. */
export type ImportClient = { readonly url: string; readonly token: string };

/** What became of the rows of the table. */
export type CopyReport = {
  readonly imported: number;
  /** Sent before, in an earlier run. */
  readonly repeated: number;
  readonly refused: readonly { readonly id: string; readonly code: string; readonly detail: string }[];
};

type Refusal = CopyReport['refused'][number];
type Outcome = 'imported' | 'repeated' | Refusal;

const CONCURRENT_COMMANDS = 16;
/** Said of the sender, not of a row. */
const NOT_ALLOWED = new Set([401, 403]);
const MOST_ATTEMPTS = 6;
const FIRST_PAUSE_MS = 250;

/**
 * Sends a command `ImportUser` for every row, each under a key that follows from the row: a run that was interrupted is
 * simply repeated. A row that has changed since it was imported is refused, and so named.
 * @throws MillraceError `STORE_UNAVAILABLE` when the command API does not answer for long; `PREFLIGHT_FAILED` when the
 *   token may not import, or the tenant is suspended or deleted
 */
export async function copyUsers(legacy: UsersTable, client: ImportClient): Promise<CopyReport> {
  const outcomes: Outcome[] = [];
  await eachPage(legacy, async (page) => {
    const queue = page.values();
    const worker = async () => {
      for (const user of queue) outcomes.push(await importUser(client, user));
    };
    await Promise.all(Array.from({ length: CONCURRENT_COMMANDS }, worker));
  });
  return {
    imported: outcomes.filter((outcome) => outcome === 'imported').length,
    repeated: outcomes.filter((outcome) => outcome === 'repeated').length,
    refused: outcomes.filter((outcome) => typeof outcome === 'object'),
  };
}

async function importUser({ url, token }: ImportClient, user: UserRow): Promise<Outcome> {
  const { id, email, username, is_active: isActive, created_at: createdAt, checksum } = user;
  const key = createHash('sha256')
    .update(JSON.stringify([id, checksum]))
    .digest('hex');
  const response = await send(`${url}/v1/users/${encodeURIComponent(id)}/import`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'idempotency-key': `import-user-${key}`,
    },
    body: JSON.stringify({ email, username, isActive, createdAt }),
  });
  const answer = await response.text();
  if (response.ok) return response.headers.get('idempotency-replayed') === 'true' ? 'repeated' : 'imported';
  const refusal = refusalIn(answer, response.status);
  if (NOT_ALLOWED.has(response.status))
    throw new MillraceError('PREFLIGHT_FAILED', `the import is not allowed: ${refusal.code} ${refusal.detail}`);
  return { id, ...refusal };
}

/** An answer; what only comes of a server that is busy or down is asked for again, since the key makes that harmless. */
async function send(url: string, request: RequestInit): Promise<Response> {
  let problem = '';
  for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt += 1) {
    if (attempt > 1) await delay(FIRST_PAUSE_MS * 2 ** (attempt - 2));
    try {
      const response = await fetch(url, request);
      if (response.status < 500) return response;
      problem = `${response.status} ${await response.text()}`;
    } catch (error) {
      problem = String((error as Error).cause ?? error);
    }
  }
  throw new MillraceError('STORE_UNAVAILABLE', `POST ${url} fails again and again: ${problem}`);
}

function refusalIn(answer: string, status: number): Omit<Refusal, 'id'> {
  const { code, detail, errors } = JSON.parse(answer) as { code?: string; detail?: string; errors?: unknown };
  return { code: code ?? String(status), detail: errors ? JSON.stringify(errors) : (detail ?? '') };
}
