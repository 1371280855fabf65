import type { DomainNames } from '../names.ts';
import type { NewFile } from '../plan.ts';

/** A field of an event, with what it means. */
export type Field = { readonly name: string; readonly type: string; readonly doc: string };

type EventSchema = { readonly type: string; readonly doc: string; readonly fields?: readonly Field[] };

/** The Avro schema of an event in its first version; its first field is the aggregate's id. */
export function eventSchema(
  { plural, singular, idField }: DomainNames,
  { type, doc, fields = [] }: EventSchema,
): NewFile {
  const id: Field = { name: idField, type: 'string', doc: `The ${singular}; also the key of the record.` };
  const schema = { type: 'record', name: type, namespace: plural, doc, fields: [id, ...fields] };
  return { path: `schemas/${plural}/${type}.v1.avsc`, text: `${JSON.stringify(schema, undefined, 2)}\n` };
}
