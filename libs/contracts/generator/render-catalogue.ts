import { type AvroField, type AvroRecord, type AvroSchema, isUnion, type SchemaFile } from '@millrace/avro';

import { contractsOf, latestVersions } from './contract.ts';

const introduction = `# Event schema catalogue

Every event that is stored or published, in its newest version, with all its fields. Written by \`npm run generate\` from [schemas](../schemas/README.md); \`npm test\` fails where it is not fresh.

On the topics an event is a record in Avro, Confluent-framed, key = id of the aggregate; what is around it are headers: CloudEvents \`ce_id ce_type ce_source ce_subject ce_time ce_dataschema\`, and \`ce_tenantid ce_aggregatetype ce_aggregateversion ce_eventversion ce_correlationid ce_causationid ce_userid ce_sessionid ce_epoch traceparent\`. Subjects in the registry are \`<topic>-<namespace>.<EventName>\`. Older versions stay readable for ever: they are stored as they were written and raised when they are read ([event names](event-names.md)).
`;

/** The page `docs/events.md`: each contract with its topic, each event with its fields. Not formatted. */
export function renderCatalogue(files: readonly SchemaFile[]): string {
  const domains = [...Map.groupBy(files, ({ domain }) => domain).values()];
  return [introduction, ...domains.flatMap(contractsOf).map(contractSection)].join('\n');
}

function contractSection({ domain, published, files }: ReturnType<typeof contractsOf>[number]): string {
  const events = latestVersions(files).map(({ type, version, schema }) => eventSection({ type, version, schema }));
  return [`## ${published ? `${domain}, public` : domain}\n`, `${placeOf(domain, published)}\n`, ...events].join('\n');
}

function placeOf(domain: string, published: boolean): string {
  // The one contract without a topic of its own.
  if (domain === 'canary') return 'On every topic of internal events, as a sign of life; no group applies it.';
  return published ? `Topic \`${domain}.public.v1\`, for outsiders.` : `Topic \`${domain}.events.v1\`.`;
}

function eventSection({ type, version, schema }: Pick<SchemaFile, 'type' | 'version' | 'schema'>): string {
  const whose = schema.subject === undefined ? '' : ` Personal data of \`${schema.subject}\`.`;
  const rows = fieldsOf(schema, '').map(({ path, field }) => row([`\`${path}\``, typeOf(field.type), noteOf(field)]));
  const table = rows.length === 0 ? [] : [row(['field', 'type', 'says']), row(['---', '---', '---']), ...rows, ''];
  return [`### ${type}, version ${version}\n`, `${schema.doc ?? ''}${whose}\n`, ...table].join('\n');
}

type PlacedField = { readonly path: string; readonly field: AvroField };

/** The fields of a record, each followed by those inside it: `items[].unitPrice.amount`. */
function fieldsOf({ fields }: AvroRecord, prefix: string): readonly PlacedField[] {
  return fields.flatMap((field) => {
    const path = `${prefix}${field.name}`;
    const { record, suffix } = innerRecord(field.type);
    return [{ path, field }, ...(record ? fieldsOf(record, `${path}${suffix}.`) : [])];
  });
}

function innerRecord(schema: AvroSchema): { readonly record?: AvroRecord; readonly suffix: string } {
  if (typeof schema === 'string') return { suffix: '' };
  if (isUnion(schema)) return innerRecord(schema.find((branch) => branch !== 'null') ?? 'null');
  if (schema.type === 'record') return { record: schema, suffix: '' };
  if (schema.type === 'array') return withSuffix('[]', innerRecord(schema.items));
  if (schema.type === 'map') return withSuffix('{}', innerRecord(schema.values));
  return { suffix: '' };
}

function withSuffix(suffix: string, inner: ReturnType<typeof innerRecord>): ReturnType<typeof innerRecord> {
  return { ...inner, suffix: `${suffix}${inner.suffix}` };
}

function typeOf(schema: AvroSchema): string {
  if (typeof schema === 'string') return schema;
  if (isUnion(schema)) return schema.map(typeOf).join(' or ');
  if (schema.type === 'array') return `list of ${typeOf(schema.items)}`;
  if (schema.type === 'map') return `map of ${typeOf(schema.values)}`;
  if (schema.type === 'enum') return schema.symbols.map((symbol) => `\`${symbol}\``).join(' ');
  if (schema.type === 'record') return schema.name;
  return schema.logicalType === undefined ? schema.type : `${schema.type} (${schema.logicalType})`;
}

function noteOf({ doc = '', pii }: AvroField): string {
  return pii ? `${doc} **Personal data.**` : doc;
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', String.raw`\|`)).join(' | ')} |`;
}
