import type { Database } from '@millrace/postgres';
import type { Metrics } from '@millrace/telemetry';

import type { AuditedBatch } from './audit-handler.ts';
import { type CanaryAge, canaryAges } from './canaries.ts';
import { countOpenFindings } from './findings.ts';

/** A check of the auditor, as its metrics call it. */
export type AuditCheck = 'records' | 'canary' | 'store' | 'groups';

/** What the auditor tells about itself and its findings. */
export class AuditMetrics {
  readonly #records;
  readonly #holes;
  readonly #findings;
  readonly #lastSuccess;
  #canaries: { readonly ages: readonly CanaryAge[]; readonly at: number } = { ages: [], at: 0 };

  constructor(metrics: Metrics, topics: readonly string[]) {
    this.#records = metrics.counter({
      name: 'millrace_audit_records_total',
      help: 'Records that the auditor has read: seen, duplicate (on the topic before), ended (of a timeline that a restore ended), wrong.',
      labels: ['outcome'],
    });
    this.#holes = metrics.counter({
      name: 'millrace_audit_holes_total',
      help: 'Events that were not on their topic when they had to be.',
      labels: ['topic'],
    });
    // From the start: the first hole of a topic must be an increase.
    for (const topic of topics) this.#holes.inc({ topic }, 0);
    this.#findings = metrics.gauge({
      name: 'millrace_audit_findings',
      help: 'Open findings of the auditor.',
      labels: ['kind'],
    });
    this.#lastSuccess = metrics.gauge({
      name: 'millrace_audit_last_success_timestamp_seconds',
      help: 'When a check of the auditor last ended well, Unix time.',
      labels: ['check'],
    });
    metrics.gauge({
      name: 'millrace_canary_age_seconds',
      help: 'Age of the newest canary that has come through the topic; late from 45 s on.',
      labels: ['topic'],
      // It grows while nothing can be asked.
      collect: (gauge) => {
        const since = (performance.now() - this.#canaries.at) / 1_000;
        for (const { topic, ageSeconds } of this.#canaries.ages) gauge.set({ topic }, ageSeconds + since);
      },
    });
  }

  batchAudited({ records, duplicates, ended, findings }: AuditedBatch): void {
    const wrong = findings.length;
    this.#records.inc({ outcome: 'duplicate' }, duplicates);
    this.#records.inc({ outcome: 'ended' }, ended);
    this.#records.inc({ outcome: 'wrong' }, wrong);
    this.#records.inc({ outcome: 'seen' }, Math.max(0, records - duplicates - ended - wrong));
    this.succeeded('records');
  }

  holesFound(holes: ReadonlyMap<string, number>): void {
    for (const [topic, count] of holes) this.#holes.inc({ topic }, count);
  }

  succeeded(check: AuditCheck): void {
    this.#lastSuccess.setToCurrentTime({ check });
  }

  /** Asks for what the gauges show. Errors as `Database.query`. */
  async refresh(database: Database): Promise<readonly CanaryAge[]> {
    for (const [kind, count] of await countOpenFindings(database)) this.#findings.set({ kind }, count);
    this.#canaries = { ages: await canaryAges(database), at: performance.now() };
    return this.#canaries.ages;
  }
}
