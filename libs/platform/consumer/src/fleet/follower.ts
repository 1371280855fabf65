/**
 * Brings the next or the previous table to where the live one stands, from Kafka, with the ordinary batches and as a group
 * of its own. It never goes beyond the live group: so both can be compared, and change places, at one and the same place.
 */
import {
  type BatchOutcome,
  createLogConsumer,
  deleteGroup,
  type LogPosition,
  type RecordBatch,
  type RecordHandler,
  type TopicPartition,
} from '@millrace/kafka';
import { createMetrics } from '@millrace/telemetry';

import { ConsumerMetrics } from '../consumer-metrics.ts';
import { ConsumerSupervisor } from '../consumer-supervisor.ts';
import { GroupHandler } from '../group-handler.ts';
import { loadPosition } from '../position.ts';
import { projectionEffect } from '../projection-effect.ts';
import { RecordReader } from '../record-reader.ts';
import type { FleetParts } from './fleet-parts.ts';
import { groupOf, schemaOf, type Side } from './side.ts';

const BATCH_EVENTS = 2_000;
// How often it looks whether the live group has gone on.
const LOOK_AGAIN_MS = 100;

/** Records between a side and the live group. */
export async function recordsBehind({ database, projection }: FleetParts, side: Side): Promise<number> {
  const { rows } = await database.query<{ behind: number }>(
    `select coalesce(sum(greatest(0, live.next_offset - coalesce(own.next_offset, 0))), 0)::bigint as behind
     from consumer.positions live
     left join consumer.positions own on own.consumer_group = $2 and own.topic = live.topic and own.partition = live.partition
     where live.consumer_group = $1`,
    [groupOf(projection, 'live'), groupOf(projection, side)],
  );
  return rows[0]?.behind ?? 0;
}

/** Follows the live group while it runs. */
export class Follower {
  readonly #parts: FleetParts;
  readonly #side: Side;
  #supervisor: ConsumerSupervisor | undefined;
  #fault: Error | undefined;

  constructor(parts: FleetParts, side: Side) {
    this.#parts = parts;
    this.#side = side;
  }

  /** Records that are left. Joins the group when there are some. @throws what no further try can mend */
  async behind(): Promise<number> {
    if (this.#fault) throw this.#fault;
    const behind = await recordsBehind(this.#parts, this.#side);
    if (behind > 0) this.#start();
    return behind;
  }

  /** Whether it is a member of its group: what is left comes at once then. */
  async isFollowing(): Promise<boolean> {
    if (!this.#supervisor) return false;
    return this.#supervisor.checkHealth().then(
      () => true,
      () => false,
    );
  }

  async stop(): Promise<void> {
    if (!this.#supervisor) return;
    await this.#supervisor.stop();
    // Its offsets are in Postgres; brokers that are away forget the group by themselves.
    const { brokers } = this.#parts.log();
    await deleteGroup({ brokers }, groupOf(this.#parts.projection, this.#side)).catch(() => undefined);
  }

  #start(): void {
    if (this.#supervisor) return;
    const { projection, logger, log } = this.#parts;
    const groupId = groupOf(projection, this.#side);
    const { brokers } = log();
    const metrics = new ConsumerMetrics(createMetrics(groupId), groupId);
    this.#supervisor = new ConsumerSupervisor({
      createConsumer: () =>
        createLogConsumer({ brokers, groupId, topics: projection.topics, logger, maxBatchRecords: BATCH_EVENTS }),
      handler: new BoundedHandler(this.#handler(metrics), {
        limit: async (at) => (await this.#position('live', at)) ?? 0,
        own: (at) => this.#position(this.#side, at),
      }),
      lag: { sample: async () => [] },
      metrics,
      logger,
      fail: (error) => (this.#fault = error instanceof Error ? error : new Error(String(error))),
    });
    this.#supervisor.start();
  }

  #handler(metrics: ConsumerMetrics): RecordHandler {
    const { database, projection, catalogue, logger, log } = this.#parts;
    return new GroupHandler({
      group: groupOf(projection, this.#side),
      database,
      catalogue,
      effect: projectionEffect(projection, schemaOf(this.#side)),
      reader: new RecordReader(log().decoder, catalogue),
      metrics,
      logger,
      // Whoever reads dead letters was told by the live group.
      silent: true,
    });
  }

  #position(side: Side, at: TopicPartition): Promise<number | undefined> {
    const { database, projection } = this.#parts;
    return loadPosition(database, { ...at, group: groupOf(projection, side) });
  }
}

type Positions = {
  readonly limit: (at: TopicPartition) => Promise<number>;
  readonly own: (at: TopicPartition) => Promise<number | undefined>;
};

/** Hands on the records before a limit that grows. */
class BoundedHandler implements RecordHandler {
  readonly #handler: RecordHandler;
  readonly #positions: Positions;

  constructor(handler: RecordHandler, positions: Positions) {
    this.#handler = handler;
    this.#positions = positions;
  }

  position(at: TopicPartition): Promise<LogPosition | undefined> {
    return this.#handler.position(at);
  }

  async handle(batch: RecordBatch): Promise<BatchOutcome> {
    const limit = await this.#positions.limit(batch).catch(() => 0);
    if (batch.nextOffset <= limit) return this.#handler.handle(batch);
    const records = batch.records.filter(({ offset }) => offset < limit);
    if (records.length > 0 || (await this.#isBehindMarkers(batch, limit)))
      await this.#handler.handle({ ...batch, records, nextOffset: limit });
    return { readAgainInMs: LOOK_AGAIN_MS };
  }

  /** Whether the live group has passed transaction markers alone. */
  async #isBehindMarkers(at: TopicPartition, limit: number): Promise<boolean> {
    const own = await this.#positions.own(at).catch(() => undefined);
    return own !== undefined && own < limit;
  }
}
