import { EventCatalogue, type Upcaster } from '@millrace/core';

/** One contract: the events of an aggregate type on one topic. */
export type Contract = {
  readonly aggregateType: string;
  readonly topic: string;
  /** Event type → schema version → Avro schema. */
  readonly schemas: Readonly<Record<string, Readonly<Record<number, object>>>>;
  /** Event type → version that a step starts from → step. */
  readonly upcasters: Readonly<Record<string, Readonly<Record<number, Upcaster>>>>;
  /** Event type → names under which older stores hold it. */
  readonly aliases?: Readonly<Record<string, readonly string[]>>;
};

/** Catalogue of a contract. @throws Error when a version or a step between versions is missing */
export function contractCatalogue({ aggregateType, topic, schemas, upcasters, aliases }: Contract): EventCatalogue {
  return new EventCatalogue(
    Object.entries(schemas).map(([type, versions]) => ({
      type,
      aliases: aliases?.[type] ?? [],
      aggregateType,
      topic,
      schemas: versions,
      upcasters: upcasters[type] ?? {},
    })),
  );
}
