import { setTimeout as delay } from 'node:timers/promises';

import type { Metrics } from '@millrace/telemetry';
import type { FastifyInstance } from 'fastify';

import { httpProblem } from './http-problem.ts';

/** A dependency without which the process cannot do its work. */
export type HealthCheck = {
  readonly name: string;
  /** Resolves when all is well, with a text if there is something to say; rejects, saying why, otherwise. Given up after 2 s. */
  readonly check: () => Promise<unknown>;
};

type CheckResult = {
  readonly name: string;
  readonly ok: boolean;
  readonly durationMs: number;
  readonly detail?: string;
};

const CHECK_TIMEOUT_MS = 2_000;

/**
 * `/livez`: the process answers; no dependency is asked, since a restart mends none.
 * `/readyz`: every check passes (200, naming those that have something to say), or not (503, naming those that fail).
 * `?verbose` lists all with their duration.
 */
export function serveHealth(server: FastifyInstance, checks: readonly HealthCheck[]): void {
  server.get('/livez', { config: { access: 'public' } }, async () => ({ status: 'live' }));
  server.get<{ Querystring: { verbose?: string } }>('/readyz', { config: { access: 'public' } }, async (request) => {
    const results = await Promise.all(checks.map(run));
    const failed = results.filter(({ ok }) => !ok);
    const verbose = request.query.verbose !== undefined && request.query.verbose !== 'false';
    const remarkable = failed.length > 0 ? failed : results.filter(({ detail }) => detail);
    const listed = verbose ? results : remarkable;
    if (failed.length === 0) return { status: 'ready', ...(listed.length > 0 && { checks: listed }) };
    const detail = `Not ready: ${failed.map(({ name }) => name).join(', ')}.`;
    throw httpProblem('NOT_READY', { detail, extensions: { checks: listed } });
  });
}

/** Publishes what `/readyz` asks as a gauge, asked at each scrape: an alert can tell which check fails. */
export function exposeHealth(metrics: Metrics, checks: readonly HealthCheck[]): void {
  metrics.gauge({
    name: 'millrace_health_check',
    help: '1 while the check of /readyz passes, else 0.',
    labels: ['check'],
    collect: async (gauge) => {
      const results = await Promise.all(checks.map(run));
      for (const { name, ok } of results) gauge.set({ check: name }, ok ? 1 : 0);
    },
  });
}

async function run({ name, check }: HealthCheck): Promise<CheckResult> {
  const startedAt = performance.now();
  const giveUp = new AbortController();
  const timeout = delay(CHECK_TIMEOUT_MS, undefined, { signal: giveUp.signal }).then(() => {
    throw new Error(`no answer in ${CHECK_TIMEOUT_MS} ms`);
  });
  const done = (outcome: { ok: boolean; detail?: string }) => ({
    name,
    durationMs: Math.round(performance.now() - startedAt),
    ...outcome,
  });
  try {
    const said = await Promise.race([check(), timeout]);
    return done({ ok: true, ...(typeof said === 'string' && { detail: said }) });
  } catch (error) {
    return done({ ok: false, detail: error instanceof Error ? error.message : String(error) });
  } finally {
    timeout.catch(() => undefined);
    giveUp.abort();
  }
}
