/**
 * Sends commands to command-api, the one front door. What an answer means:
 *
 *     2xx                                         done
 *     400, 403, 404, 409, 412, 422 of a rule      refused: sending it again would be answered the same
 *     anything else, or none                      failed: to be sent again with the same key, for ever
 *
 * A refusal says so by the code of its problem. A conflict of writers (`Retry-After`), a token without the right role, a
 * route that this command-api does not know, or a tenant that is suspended for now are no word on the command.
 */
import { readFile } from 'node:fs/promises';

import type { SagaCommand } from './saga-instance.ts';

/** How the commands of an aggregate are reached over HTTP. */
export type SagaRoutes = {
  readonly plural: string;
  readonly idField: string;
  readonly verbs: Readonly<Record<string, string>>;
};

/** What became of a command that was sent. */
export type CommandAnswer =
  | { readonly kind: 'done' }
  | { readonly kind: 'refused'; readonly code: string; readonly detail: string }
  | { readonly kind: 'failed'; readonly error: string };

/** How commands are sent. */
export type CommandClientOptions = {
  /** Address of command-api. */
  readonly url: string;
  /** File with the bearer token, read at each use so that it can be renewed. */
  readonly tokenFile: string;
  readonly routes: readonly SagaRoutes[];
};

const REFUSALS = [400, 403, 404, 409, 412, 422];
const NOT_ABOUT_THE_COMMAND = ['FORBIDDEN', 'ROUTE_NOT_FOUND', 'UNKNOWN_COMMAND', 'TENANT_SUSPENDED'];
const TIMEOUT_MS = 10_000;

/** A client of command-api. */
export class CommandClient {
  readonly #options: CommandClientOptions;

  constructor(options: CommandClientOptions) {
    this.#options = options;
  }

  /** Never rejects: what goes wrong is an answer as well. */
  async send(command: SagaCommand, signal: AbortSignal): Promise<CommandAnswer> {
    try {
      const { url, tokenFile } = this.#options;
      const { path, body } = requestOf(command, this.#options.routes);
      const response = await fetch(new URL(path, url), {
        method: 'POST',
        headers: headersOf(command, (await readFile(tokenFile, 'utf8')).trim()),
        body: JSON.stringify(body),
        redirect: 'error',
        signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
      });
      return await answerOf(response);
    } catch (error) {
      return { kind: 'failed', error: described(error) };
    }
  }
}

/** `POST /v1/<plural>` with all data creates; else `POST /v1/<plural>/<id>/<verb>` with the rest. */
function requestOf({ type, data }: SagaCommand, routes: readonly SagaRoutes[]): { path: string; body: object } {
  const route = routes.find(({ verbs }) => verbs[type] !== undefined);
  if (!route) throw new Error(`no route is known for the command ${type}`);
  const { plural, idField, verbs } = route;
  if (verbs[type] === 'create') return { path: `/v1/${plural}`, body: data as object };
  const { [idField]: id, ...body } = data as Record<string, unknown>;
  return { path: `/v1/${plural}/${encodeURIComponent(String(id))}/${verbs[type]}`, body };
}

function headersOf(command: SagaCommand, token: string): Record<string, string> {
  return {
    'content-type': 'application/json',
    authorization: `Bearer ${token}`,
    'millrace-tenant': command.tenantId,
    'idempotency-key': command.id,
    'x-correlation-id': command.correlationId,
    'x-causation-id': command.causationId,
    traceparent: command.traceparent,
  };
}

async function answerOf(response: Response): Promise<CommandAnswer> {
  const text = await response.text();
  if (response.ok) return { kind: 'done' };
  const { code, detail = '' } = problemIn(text);
  const isRefusal =
    REFUSALS.includes(response.status) &&
    code !== undefined &&
    !NOT_ABOUT_THE_COMMAND.includes(code) &&
    !response.headers.has('retry-after');
  if (isRefusal) return { kind: 'refused', code, detail };
  return { kind: 'failed', error: [response.status, code, detail].filter(Boolean).join(' ') };
}

function problemIn(text: string): { code?: string; detail?: string } {
  try {
    return JSON.parse(text) as { code?: string; detail?: string };
  } catch {
    return {};
  }
}

/** `fetch failed` alone tells nothing: the cause does. */
function described(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return cause instanceof Error
    ? `${error.message}: ${cause.message || (cause as { code?: string }).code}`
    : error.message;
}
