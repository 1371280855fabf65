/** What the records of a batch say, given what the store and the ledger of seen versions know. Pure. */
import type { AuditedTopic } from './audited-topic.ts';
import type { Finding } from './findings.ts';

/** What a record says of itself. */
export type AuditedRecord = {
  readonly offset: number;
  readonly eventId: string;
  readonly tenantId: string;
  readonly aggregateType: string;
  readonly aggregateId: string;
  readonly version: number;
  /** Timeline of the store that it was sent in. */
  readonly epoch: number;
};

/** What is known about the event that a record names. */
export type KnownEvent = {
  /** Id of the stored event of that aggregate and version; null where there is none. */
  readonly storedEventId: string | null;
  /** Whether the version was on this topic before. */
  readonly seen: boolean;
  /** Highest version of the aggregate that was on this topic before; 0 where none was. */
  readonly highestSeen: number;
  /** Whether it was sent again on purpose. */
  readonly reemitted: boolean;
};

/** A version of an aggregate that is on the topic now. */
export type SeenVersion = Pick<AuditedRecord, 'tenantId' | 'aggregateType' | 'aggregateId' | 'version'>;

/** What a batch comes to. */
export type Judgement = {
  readonly seen: readonly SeenVersion[];
  readonly findings: readonly Finding[];
  /** Records of versions that were on the topic already: harmless, consumers drop them. */
  readonly duplicates: number;
  /** Records of a timeline that a restore has ended. */
  readonly ended: number;
};

/** Judges records in their order. `known[n]` is about `records[n]`. */
export function judgeBatch(
  { topic, aggregateTypes }: AuditedTopic,
  records: readonly AuditedRecord[],
  { known, epoch }: { readonly known: readonly KnownEvent[]; readonly epoch: number },
): Judgement {
  const seen: SeenVersion[] = [];
  const findings: Finding[] = [];
  const streams = new Map<string, { readonly versions: Set<number>; highest: number }>();
  let [duplicates, ended] = [0, 0];
  records.forEach((record, index) => {
    const about = known[index] ?? NOTHING;
    const strange = aggregateTypes && strangeness(record, about, aggregateTypes);
    if (strange !== undefined) {
      if (record.epoch < epoch) ended += 1;
      else findings.push(findingOf(record, { kind: 'invention', topic }, strange));
      return;
    }
    const key = JSON.stringify([record.tenantId, record.aggregateType, record.aggregateId]);
    const stream = streams.get(key) ?? { versions: new Set<number>(), highest: about.highestSeen };
    streams.set(key, stream);
    if (about.seen || stream.versions.has(record.version)) {
      duplicates += 1;
      return;
    }
    if (record.version < stream.highest && !about.reemitted) {
      findings.push(findingOf(record, { kind: 'out_of_order', topic }, `came behind version ${stream.highest}`));
    }
    stream.versions.add(record.version);
    stream.highest = Math.max(stream.highest, record.version);
    const { tenantId, aggregateType, aggregateId, version } = record;
    seen.push({ tenantId, aggregateType, aggregateId, version });
  });
  return { seen, findings, duplicates, ended };
}

const NOTHING: KnownEvent = { storedEventId: null, seen: false, highestSeen: 0, reemitted: false };

/** @returns why the record carries no event of the store; `undefined` when it does */
function strangeness(
  { eventId, aggregateType }: AuditedRecord,
  { storedEventId }: KnownEvent,
  aggregateTypes: readonly string[],
): string | undefined {
  if (!aggregateTypes.includes(aggregateType))
    return `the topic does not carry ${aggregateType || 'records without a type'}`;
  if (storedEventId === null) return 'the store has no such event';
  return storedEventId === eventId.toLowerCase() ? undefined : `the store has event ${storedEventId} there`;
}

function findingOf(
  { tenantId, aggregateType, aggregateId, version, offset, eventId }: AuditedRecord,
  place: { readonly kind: 'invention' | 'out_of_order'; readonly topic: string },
  why: string,
): Finding {
  const detail = `record at offset ${offset}, event ${eventId || 'without an id'}: ${why}`;
  return { ...place, tenantId, aggregateType, aggregateId, sequenceNumber: version, detail };
}
