/** A consumer group without Kafka whose handler can be broken and mended, for specs of dead letters. */
import { randomUUID } from 'node:crypto';

import type { LogRecord } from '@millrace/kafka';
import type { Database } from '@millrace/postgres';
import { createLogger, createMetrics } from '@millrace/telemetry';

import { ConsumerMetrics } from '../consumer-metrics.ts';
import { type CounterDatabase, counterEvents, counters, COUNTERS_TOPIC, jsonDecoder } from '../counter.fixture.ts';
import type { Effect } from '../effect.ts';
import { readGroupControl } from '../group-control.ts';
import { GroupHandler } from '../group-handler.ts';
import { projectionEffect } from '../projection-effect.ts';
import { type RecordDecoder, RecordReader } from '../record-reader.ts';
import { DeadLetterRetrier } from './dead-letter-retrier.ts';

type Row = { total: number; note: string | null; version: number };
type ParkedRow = { offset: number; version: number; code: string; attempts: number; id: string };

export type SceneOptions = {
  readonly decoder?: RecordDecoder;
  readonly effect?: Effect;
  readonly database?: Database;
};

/** A group, what it is given, and what can be seen of it. */
export function deadLetterScene({ owner, projector }: CounterDatabase, options: SceneOptions = {}) {
  const group = randomUUID();
  // How often an event `Broken` fails from now on.
  const faults = { left: Infinity };
  const mendable = {
    ...counters,
    handlers: {
      ...counters.handlers,
      Broken: (row: Row | undefined, event: Parameters<typeof counters.key>[0]) => {
        if (faults.left > 0) {
          faults.left -= 1;
          throw new TypeError('a bug of the handler');
        }
        return { ...(row ?? { ...counters.key(event), total: 0 }), note: 'mended' };
      },
    },
  };
  const parts = {
    group,
    database: options.database ?? projector,
    catalogue: counterEvents,
    effect: options.effect ?? projectionEffect(mendable as unknown as typeof counters),
    reader: new RecordReader(options.decoder ?? jsonDecoder, counterEvents),
    logger: createLogger({ service: 'dead-letter-spec', level: 'silent' }),
  };
  const handler = new GroupHandler({ ...parts, metrics: new ConsumerMetrics(createMetrics('spec'), group) });
  const retrier = new DeadLetterRetrier({ ...parts, handler });
  return {
    group,
    faults,
    handler,
    /** Gives the group a batch. */
    take: async (records: readonly LogRecord[], partition = 0) => {
      const nextOffset = (records.at(-1)?.offset ?? -1) + 1;
      return handler.handle({ topic: COUNTERS_TOPIC, partition, records, nextOffset, highWatermark: nextOffset });
    },
    /** Does what its process does each second. */
    obey: async () => retrier.onControl(await readGroupControl(projector, group)),
    rowOf: async (id: string) => {
      const found = await owner.query<Row>(
        'select total, note, version from read_model.counters where counter_id = $1',
        [id],
      );
      return found.rows[0];
    },
    parked: async () => {
      const found = await owner.query<ParkedRow>(
        `select record_offset as "offset", sequence_number as version, error_code as code, attempts, aggregate_id as id
         from consumer.parked_events where consumer_group = $1 order by record_offset`,
        [group],
      );
      return found.rows;
    },
    actions: async () => {
      const found = await owner.query<Record<string, unknown>>(
        'select * from consumer.dead_letter_actions where consumer_group = $1 order by action_id',
        [group],
      );
      return found.rows;
    },
  };
}
