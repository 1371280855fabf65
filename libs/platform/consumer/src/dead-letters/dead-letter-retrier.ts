import type { StreamId } from '@millrace/core';
import type { TopicPartition } from '@millrace/kafka';

import type { GroupControl } from '../group-control.ts';
import type { GroupHandler } from '../group-handler.ts';
import { type RedriveParts, redriveSequence } from './redrive.ts';

/** What a retrier works with. */
export type DeadLetterRetrierParts = RedriveParts & {
  readonly group: string;
  readonly handler: Pick<GroupHandler, 'betweenBatches'>;
};

const PAGE_SEQUENCES = 100;

/**
 * Does the retries that operators ask for in the table, for the partitions that this member holds. A member that does not
 * know yet that it has lost one finds another position, or does what its follower would do: both see the same rows, and
 * one waits for the other.
 */
export class DeadLetterRetrier {
  readonly #parts: DeadLetterRetrierParts;

  constructor(parts: DeadLetterRetrierParts) {
    this.#parts = parts;
  }

  /** Does all that is asked for; nothing while the group is paused. Errors as `redriveSequence`; what is left is asked for still. */
  async onControl({ paused, retries }: GroupControl): Promise<void> {
    if (paused) return;
    for (const partition of retries) await this.#retryPartition(partition);
  }

  async #retryPartition(partition: TopicPartition): Promise<void> {
    let page = await this.#asked(partition);
    while (page.length > 0) {
      for (const aggregate of page) if (!(await this.#retry(partition, aggregate))) return;
      page = page.length < PAGE_SEQUENCES ? [] : await this.#asked(partition);
    }
  }

  /** @returns false where the partition is another member's */
  async #retry({ topic, partition }: TopicPartition, aggregate: StreamId): Promise<boolean> {
    const { handler, group, logger } = this.#parts;
    for (;;) {
      const outcome = await handler.betweenBatches({ topic, partition }, (held) =>
        redriveSequence(this.#parts, held, { at: held.at, aggregate }),
      );
      if (!outcome) return false;
      const { applied, failed, more } = outcome;
      const about = { group, topic, partition, ...aggregate, applied };
      if (failed)
        logger.warn({ ...about, err: failed.error, offset: failed.reading.record.offset }, 'event fails still');
      else logger.info(about, 'parked events applied');
      if (!more) return true;
    }
  }

  /** Aggregates with parked events that are to be tried again, the oldest request first. */
  async #asked({ topic, partition }: TopicPartition): Promise<StreamId[]> {
    const { rows } = await this.#parts.database.query<StreamId>(
      `select tenant_id as "tenantId", aggregate_type as "aggregateType", aggregate_id as "aggregateId"
       from consumer.parked_events
       where consumer_group = $1 and topic = $2 and partition = $3 and retry_requested_at is not null
       group by tenant_id, aggregate_type, aggregate_id order by min(retry_requested_at), min(record_offset) limit $4`,
      [this.#parts.group, topic, partition, PAGE_SEQUENCES],
    );
    return rows;
  }
}
