/**
 * The auditor as a member of its group. It applies nothing: it writes down which events it has met, in the transaction
 * that moves its position, and what is wrong with them. It repairs no gap, or it would never see a hole.
 */
import {
  type Envelope,
  lastRecord,
  loadMovedPosition,
  lockPosition,
  markOf,
  movePosition,
  partialEnvelope,
  remedyFor,
} from '@millrace/consumer';
import type { BatchOutcome, LogPosition, LogRecord, RecordBatch, RecordHandler, TopicPartition } from '@millrace/kafka';
import type { Database, Transaction } from '@millrace/postgres';
import type { Logger } from '@millrace/telemetry';

import { type AuditedTopic, AUDITOR_GROUP } from './audited-topic.ts';
import { canariesArrived } from './canaries.ts';
import { type Finding, writeFindings } from './findings.ts';
import { type AuditedRecord, judgeBatch, type Judgement } from './judge-batch.ts';
import { forgetTopic, lookAtLog } from './log-continuity.ts';
import { loadKnown, saveSeen } from './seen-ledger.ts';

/** What the handler works with. */
export type AuditHandlerParts = {
  readonly database: Database;
  readonly brokers: readonly string[];
  readonly topics: readonly AuditedTopic[];
  /** `ce_type` of canaries. */
  readonly canaryType: string;
  readonly logger: Logger;
  /** Told of each batch that was written down. */
  readonly onBatch?: (topic: string, result: AuditedBatch) => void;
};

/** What became of a batch. */
export type AuditedBatch = Pick<Judgement, 'duplicates' | 'ended'> & {
  readonly records: number;
  readonly findings: readonly Finding[];
};

type Place = { position: number | undefined };

const READ_AGAIN_MS = 1_000;

/** Writes down what is on the topics. */
export class AuditHandler implements RecordHandler {
  readonly #parts: AuditHandlerParts;
  readonly #places = new Map<string, Place>();

  constructor(parts: AuditHandlerParts) {
    this.#parts = parts;
  }

  async position(at: TopicPartition): Promise<LogPosition | undefined> {
    const { database, brokers } = this.#parts;
    const place: Place = { position: undefined };
    this.#places.set(keyOf(at), place);
    const { nextOffset: next, last } = await loadMovedPosition(database, { ...at, group: AUDITOR_GROUP });
    if (next === undefined) return undefined;
    const cut = await lookAtLog(brokers, at, next);
    if (cut !== undefined) {
      await this.#forget(at, cut);
      return undefined;
    }
    place.position = next;
    if (!last) return { next };
    const changed = () => this.#forget(at, `partition ${at.partition} has another record at offset ${last.offset}`);
    return { next, last: lastRecord(last, changed) };
  }

  async handle(batch: RecordBatch): Promise<BatchOutcome> {
    try {
      const place = this.#placeOf(batch);
      await this.#write(batch, place);
      return 'done';
    } catch (error) {
      if (remedyFor(error) !== 'again') throw error;
      const { topic, partition } = batch;
      this.#parts.logger.warn({ err: error, topic, partition }, 'batch is audited again');
      return { readAgainInMs: READ_AGAIN_MS };
    }
  }

  async #write({ topic, partition, records, nextOffset }: RecordBatch, place: Place): Promise<void> {
    const at = { group: AUDITOR_GROUP, topic, partition };
    const read = records.map((record) => ({ record, envelope: partialEnvelope(record) }));
    const result = await this.#parts.database.transaction(async (transaction) => {
      const epoch = await lockPosition(transaction, at, place.position);
      const judgement = await this.#judge(transaction, topic, { read, epoch });
      const last = records.at(-1);
      await movePosition(transaction, { ...at, nextOffset, last: last && markOf(last) }, lastEvent(read));
      return judgement;
    });
    place.position = nextOffset;
    for (const finding of result.findings)
      this.#parts.logger.error({ ...finding, partition }, 'the audit found something');
    this.#parts.onBatch?.(topic, { ...result, records: records.length });
  }

  async #judge(
    transaction: Transaction,
    topic: string,
    { read, epoch }: { readonly read: readonly ReadRecord[]; readonly epoch: number },
  ): Promise<Judgement> {
    const canaries = read.filter(({ envelope }) => envelope.type === this.#parts.canaryType);
    const carried = read.filter(({ envelope }) => envelope.type !== this.#parts.canaryType).map(auditedRecord);
    const named = carried.filter(namesAnEvent);
    const known = await loadKnown(transaction, topic, named);
    const audited = this.#parts.topics.find((one) => one.topic === topic) ?? { topic };
    const judgement = judgeBatch(audited, named, { known, epoch });
    const nameless = carried.filter((record) => !namesAnEvent(record)).map((record) => namelessFinding(topic, record));
    await saveSeen(transaction, topic, judgement.seen);
    await canariesArrived(
      transaction,
      canaries.map(({ envelope }) => envelope.eventId),
    );
    const findings = [...judgement.findings, ...nameless];
    await writeFindings(transaction, findings);
    return { ...judgement, findings };
  }

  async #forget({ topic, partition }: TopicPartition, detail: string): Promise<void> {
    await forgetTopic(this.#parts.database, topic, detail);
    this.#parts.logger.error({ topic, partition }, `the log was cut or the topic made anew: ${detail}`);
  }

  #placeOf(at: TopicPartition): Place {
    const place = this.#places.get(keyOf(at)) ?? { position: undefined };
    this.#places.set(keyOf(at), place);
    return place;
  }
}

type ReadRecord = { readonly record: LogRecord; readonly envelope: Envelope };

function auditedRecord({ record, envelope }: ReadRecord): AuditedRecord {
  const { eventId, tenantId, aggregateType, aggregateId, sequenceNumber } = envelope;
  const epoch = Number(record.headers.ce_epoch) || 0;
  return { offset: record.offset, eventId, tenantId, aggregateType, aggregateId, version: sequenceNumber, epoch };
}

const LONGEST_TYPE = 255;

function namesAnEvent({ tenantId, aggregateType, aggregateId, version }: AuditedRecord): boolean {
  return Boolean(tenantId && aggregateType && aggregateId) && version > 0 && aggregateType.length <= LONGEST_TYPE;
}

function namelessFinding(topic: string, { offset, tenantId, aggregateType, aggregateId }: AuditedRecord): Finding {
  const detail = `record at offset ${offset} names no event: tenant, aggregate or version is missing`;
  return { kind: 'invention', topic, tenantId, aggregateType, aggregateId, sequenceNumber: 0, detail };
}

/** The last event before the position whose envelope is complete. */
function lastEvent(read: readonly ReadRecord[]): Envelope | undefined {
  return read.findLast(
    ({ record, envelope }) => namesAnEvent(auditedRecord({ record, envelope })) && isUuid(envelope.eventId),
  )?.envelope;
}

const isUuid = (text: string) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);

function keyOf({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`;
}
