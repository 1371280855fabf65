/** The checks of the auditor that run again and again, each for itself: what is done in one round. */
import type { EventCatalogue } from '@millrace/core';
import type { Database } from '@millrace/postgres';
import type { Logger } from '@millrace/telemetry';
import type { CheckedGroup } from '@millrace/verification';

import type { AuditedTopic } from './audited-topic.ts';
import type { StoredFinding } from './findings.ts';
import { sweepGroup } from './group-sweep.ts';
import { type Horizon, HorizonWatch } from './horizon.ts';
import { recheckFindings } from './recheck-findings.ts';
import { MOST_HOLES, reemitHoles, type Republisher } from './reemit-holes.ts';
import { sampleRows } from './row-sample.ts';
import { resolveFilled, sweepOutbox, type SweepReport, sweepStore } from './sweep.ts';

/** What the rounds work with. */
export type AuditRoundsParts = {
  readonly database: Database;
  readonly brokers: readonly string[];
  readonly topics: readonly AuditedTopic[];
  readonly groups: readonly CheckedGroup[];
  readonly catalogue: EventCatalogue;
  /** Who fills holes; none leaves them open. */
  readonly republisher?: Republisher;
  /** Whether canaries are sent, by which the horizon is told. */
  readonly canaries: boolean;
  readonly logger: Logger;
  /** Younger events are not looked for yet. Default 30. */
  readonly olderThanSeconds?: number;
};

/** What a round of the sweeps did. */
export type SweepRound = {
  readonly swept: number;
  readonly holes: ReadonlyMap<string, number>;
  readonly reemitted: number;
};

/** What a round about the groups did; findings are the new ones. */
export type GroupRound = { readonly checked: number; readonly findings: number; readonly resolved: number };

const OLDER_THAN_SECONDS = 30;
// A round ends then even if there is more: positions and horizon are asked for anew.
const MOST_PAGES = 50;

/** Runs the rounds. Errors of all: MillraceError `STORE_UNAVAILABLE`, `KAFKA_UNAVAILABLE`. */
export class AuditRounds {
  readonly #parts: AuditRoundsParts & { readonly olderThanSeconds: number };
  readonly #sweepHorizon: HorizonWatch;
  readonly #groupHorizon: HorizonWatch;

  constructor(parts: AuditRoundsParts) {
    this.#parts = { olderThanSeconds: OLDER_THAN_SECONDS, ...parts };
    const horizon = { ...parts, topics: parts.topics.map(({ topic }) => topic) };
    // One each: a round must not use what the other has found passed while it was under way.
    this.#sweepHorizon = new HorizonWatch(horizon);
    this.#groupHorizon = new HorizonWatch(horizon);
  }

  /** Store and outbox against the topics: finds holes, fills them, and closes those that were filled. */
  async sweep(): Promise<SweepRound> {
    const { database, logger } = this.#parts;
    const horizon = await this.#sweepHorizon.refresh();
    const { swept, holes, done } = horizon ? await this.#sweepBelow(horizon) : NOTHING_SWEPT;
    await resolveFilled(database, done);
    for (const [topic, count] of holes) logger.error({ topic, count }, `${count} event(s) are not on ${topic}`);
    return { swept, holes, reemitted: await this.#heal() };
  }

  async #sweepBelow(horizon: Horizon): Promise<Swept> {
    const store = await untilDone(() => sweepStore(this.#parts, horizon));
    const outbox = await untilDone(() => sweepOutbox(this.#parts, horizon));
    // Their topics are different ones.
    const holes = new Map([...store.holes, ...outbox.holes]);
    return { swept: store.swept + outbox.swept, holes, done: store.done && outbox.done };
  }

  async #heal(): Promise<number> {
    const { database, republisher, topics, logger } = this.#parts;
    if (!republisher) return 0;
    const stored = new Set(topics.filter(({ aggregateTypes }) => aggregateTypes).map(({ topic }) => topic));
    const healed = await reemitHoles(database, republisher, stored);
    if (healed.reemitted > 0) logger.warn(healed, `${healed.reemitted} event(s) were sent again`);
    if (healed.open > MOST_HOLES)
      logger.error(healed, 'too many holes to fill by itself: run `npx millrace outbox heal`');
    return healed.reemitted;
  }

  /** Groups and their rows against the store. */
  async checkGroups(): Promise<GroupRound> {
    const { groups, logger } = this.#parts;
    const horizon = await this.#groupHorizon.refresh();
    const findings: StoredFinding[] = [];
    let checked = 0;
    for (const group of groups) {
      const round = await this.#checkGroup(group, horizon);
      checked += round.checked;
      findings.push(...round.findings);
    }
    for (const finding of findings) logger.error(finding, 'the audit found something');
    const resolved = await recheckFindings(this.#parts, groups, horizon?.transactionId);
    return { checked, findings: findings.length, resolved };
  }

  async #checkGroup(
    group: CheckedGroup,
    horizon: Horizon | undefined,
  ): Promise<{ readonly checked: number; readonly findings: readonly StoredFinding[] }> {
    const swept = horizon ? await sweepGroup(this.#parts, group, horizon) : NOT_CURRENT;
    const sampled = await sampleRows(this.#parts, group, swept.current ? horizon?.transactionId : undefined);
    return { checked: swept.checked + sampled.events, findings: [...swept.findings, ...sampled.findings] };
  }
}

type Swept = Pick<SweepReport, 'swept' | 'holes' | 'done'>;

const NOTHING_SWEPT: Swept = { swept: 0, holes: new Map(), done: false };
const NOT_CURRENT = { current: false, checked: 0, findings: [] };

async function untilDone(sweep: () => Promise<SweepReport>): Promise<Swept> {
  const holes = new Map<string, number>();
  let swept = 0;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const report = await sweep();
    swept += report.swept;
    for (const [topic, count] of report.holes) holes.set(topic, (holes.get(topic) ?? 0) + count);
    if (report.done || report.isVoid) return { swept, holes, done: report.done };
  }
  return { swept, holes, done: false };
}
