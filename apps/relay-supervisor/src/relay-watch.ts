import { relayActions, relayCauses, type RelayKeeper, type RelayProblem, type RelayReport } from '@millrace/relay';
import type { Logger, Metrics } from '@millrace/telemetry';

/** What watches, and where it says what it sees. */
export type RelayWatchOptions = {
  readonly keeper: Pick<RelayKeeper, 'check'>;
  readonly logger: Logger;
  readonly metrics: Metrics;
};

/**
 * Looks at the relay again and again: repairs it where needed, says so in the log, and keeps its problem as a metric
 * and for readiness. Waiting is no problem as long as a start or a repair takes no longer than it may.
 */
export class RelayWatch {
  readonly #keeper: Pick<RelayKeeper, 'check'>;
  readonly #logger: Logger;
  readonly #measure: (report: RelayReport) => void;
  #problem: RelayProblem | undefined;

  constructor({ keeper, logger, metrics }: RelayWatchOptions) {
    this.#keeper = keeper;
    this.#logger = logger;
    this.#measure = relayMetrics(metrics);
  }

  /** One look. @throws MillraceError `STORE_UNAVAILABLE` */
  async look(): Promise<void> {
    const report = await this.#keeper.check();
    const { problem, repair } = report;
    this.#measure(report);
    if (repair) this.#logger.warn(repair, `relay ${repair.action}: ${repair.detail}`);
    if (problem && problem.cause !== this.#problem?.cause)
      this.#logger.error(problem, `relay ${problem.cause}: ${problem.detail}`);
    if (!problem && this.#problem) this.#logger.info({ cause: this.#problem.cause }, 'relay streams again');
    this.#problem = problem;
  }

  /** For readiness: rejects while there is a problem, with its cause. */
  assertStreaming(): void {
    if (this.#problem) throw new Error(`${this.#problem.cause}: ${this.#problem.detail}`);
  }
}

function relayMetrics(metrics: Metrics): (report: RelayReport) => void {
  const lagBytes = metrics.gauge({
    name: 'millrace_slot_lag_bytes',
    help: 'WAL that the replication slot retains because the relay has not confirmed it.',
  });
  const present = metrics.gauge({
    name: 'millrace_slot_active',
    help: '1 while Debezium reads the replication slot, else 0.',
  });
  const problems = metrics.gauge({
    name: 'millrace_relay_problem',
    help: '1 for the cause that keeps rows from reaching Kafka, else 0.',
    labels: ['cause'],
  });
  const repairs = metrics.counter({
    name: 'millrace_relay_repairs_total',
    help: 'What the supervisor did to keep the relay streaming.',
    labels: ['action'],
  });
  // An alert cannot see an increase from nothing.
  for (const action of relayActions) repairs.inc({ action }, 0);
  return ({ problem, repair, slot }) => {
    lagBytes.set(slot.exists ? slot.lagBytes : 0);
    present.set(slot.exists && slot.active ? 1 : 0);
    for (const cause of relayCauses) problems.set({ cause }, cause === problem?.cause ? 1 : 0);
    if (repair) repairs.inc({ action: repair.action });
  };
}
