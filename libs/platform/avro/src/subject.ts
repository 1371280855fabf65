import { fullNameOf } from './avro-schema.ts';

/** Registry subject of an event on a topic, by TopicRecordNameStrategy: `orders.events.v1-orders.OrderCreated`. */
export function subjectOf(topic: string, schema: object): string {
  return `${topic}-${fullNameOf(schema as { name: string; namespace?: string })}`;
}
