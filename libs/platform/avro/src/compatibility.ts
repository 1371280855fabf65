import {
  type AvroArray,
  type AvroEnum,
  type AvroField,
  type AvroMap,
  type AvroRecord,
  type AvroSchema,
  isUnion,
} from './avro-schema.ts';
import { type QualifiedSchema, qualify } from './qualified-schema.ts';
import type { SchemaProblem } from './schema-problem.ts';
import { defaultFor, logicalTypeOf, textOf } from './schema-text.ts';

/** One version of an event. */
export type VersionedSchema = { readonly version: number; readonly schema: AvroRecord };

/**
 * Why a new version breaks FULL_TRANSITIVE: with it, some version could not read the records of some other. Follows
 * Avro's schema resolution, and is stricter where that would change a meaning in silence (logical types, namespaces).
 * Empty when all is well.
 */
export function compatibilityProblems(older: readonly VersionedSchema[], newer: VersionedSchema): SchemaProblem[] {
  const found = older.flatMap(({ version, schema }) =>
    breachesBetween(schema, newer.schema).map((breach) => ({ version, breach })),
  );
  const byProblem = Map.groupBy(found, ({ breach }) => `${breach.path} ${breach.problem}`);
  return [...byProblem.values()].flatMap((same) => {
    const [first] = same;
    if (!first) return [];
    const { reader, ...breach } = first.breach;
    return { ...breach, rule: ruleOf(reader, `v${newer.version}`, rangeOf(same.map(({ version }) => version))) };
  });
}

/** Whose readers fail, as seen from the new version. */
type Reader = 'newer' | 'older';

type Breach = { readonly path: string; readonly problem: string; readonly fix: string; readonly reader: Reader };

function ruleOf(reader: Reader, newer: string, older: string): string {
  const [readers, records] = reader === 'newer' ? [newer, older] : [older, newer];
  return `FULL_TRANSITIVE: readers with ${readers} meet records of ${records}`;
}

/** `v1`, or `v1–v3`. */
function rangeOf(versions: readonly number[]): string {
  const [first, last] = [versions[0], versions.at(-1)];
  return first === last ? `v${first}` : `v${first}–v${last}`;
}

/** Both directions; what breaks in both is told once. */
function breachesBetween(older: AvroRecord, newer: AvroRecord): Breach[] {
  const [old, now] = [qualify(older), qualify(newer)];
  const breaches = [...new Resolution('newer', now, old).breaches, ...new Resolution('older', old, now).breaches];
  return [
    ...new Map(breaches.toReversed().map((breach) => [`${breach.path} ${breach.problem}`, breach])).values(),
  ].toReversed();
}

/** What a decoder reads with each wider type. */
const PROMOTIONS: Readonly<Record<string, readonly string[]>> = { long: ['int'], double: ['int', 'long'] };

const NO_NAMES: QualifiedSchema['named'] = new Map();

/** Walks the schemas of a reader and a writer side by side, as a decoder would. */
class Resolution {
  readonly breaches: Breach[] = [];
  readonly #reader: Reader;
  readonly #readerNamed: QualifiedSchema['named'];
  readonly #writerNamed: QualifiedSchema['named'];
  /** Pairs of records that were compared: records may contain themselves. */
  readonly #compared = new Set<string>();

  constructor(reader: Reader, readerSchema: QualifiedSchema, writerSchema: QualifiedSchema) {
    this.#reader = reader;
    this.#readerNamed = readerSchema.named;
    this.#writerNamed = writerSchema.named;
    const { root } = readerSchema;
    this.#compare(root, writerSchema.root, root.slice(root.lastIndexOf('.') + 1));
  }

  #add(path: string, problem: string, fix: string): void {
    this.breaches.push({ path, problem, fix, reader: this.#reader });
  }

  /** What holds before and after, whoever reads. */
  #beforeAndAfter<T>(reader: T, writer: T): readonly [T, T] {
    return this.#reader === 'newer' ? [writer, reader] : [reader, writer];
  }

  #compare(reader: AvroSchema, writer: AvroSchema, path: string): void {
    for (const branch of branchesOf(writer)) {
      const reading = this.#readingBranch(branchesOf(reader), branch);
      if (reading === undefined) return this.#addTypeChange(reader, writer, path);
      this.#compareBranch(reading, branch, path);
    }
  }

  #addTypeChange(reader: AvroSchema, writer: AvroSchema, path: string): void {
    const [before, after] = this.#beforeAndAfter(reader, writer);
    this.#add(
      path,
      `changed its type from ${textOf(before)} to ${textOf(after)}`,
      'keep the type; add a field of the new type, with a default, beside it',
    );
  }

  /** The branch of a reader that takes values of a writer's branch: by name where one fits, else by kind. */
  #readingBranch(candidates: readonly AvroSchema[], writer: AvroSchema): AvroSchema | undefined {
    const wanted = kindOf(writer, this.#writerNamed);
    const fitting = candidates.filter((candidate) => {
      const kind = kindOf(candidate, this.#readerNamed);
      return kind === wanted || PROMOTIONS[kind]?.includes(wanted);
    });
    return fitting.find((candidate) => candidate === writer) ?? fitting[0];
  }

  #compareBranch(reader: AvroSchema, writer: AvroSchema, path: string): void {
    if (typeof reader === 'string' && typeof writer === 'string') return this.#compareNamed(reader, writer, path);
    if (isArray(reader) && isArray(writer)) return this.#compare(reader.items, writer.items, `${path}[]`);
    if (isMap(reader) && isMap(writer)) return this.#compare(reader.values, writer.values, `${path}{}`);
    if (logicalTypeOf(reader) !== logicalTypeOf(writer)) this.#addTypeChange(reader, writer, path);
  }

  #compareNamed(readerName: string, writerName: string, path: string): void {
    const [reader, writer] = [this.#readerNamed.get(readerName), this.#writerNamed.get(writerName)];
    if (!reader || !writer) return;
    if (readerName !== writerName && !reader.aliases?.includes(writerName)) {
      const [before, after] = this.#beforeAndAfter(readerName, writerName);
      return this.#add(
        path,
        `is of ${reader.type} ${after}, it was of ${before}`,
        `keep the name ${before}, it is the storage format`,
      );
    }
    if (reader.type === 'enum' && writer.type === 'enum') return this.#compareSymbols(reader, writer, path);
    if (reader.type === 'record' && writer.type === 'record') this.#compareFields(reader, writer, path);
  }

  #compareFields(reader: AvroRecord, writer: AvroRecord, path: string): void {
    const pair = `${reader.name} ${writer.name}`;
    if (this.#compared.has(pair)) return;
    this.#compared.add(pair);
    for (const field of reader.fields) {
      const names = [field.name, ...(field.aliases ?? [])];
      const [match, ...others] = writer.fields.filter(({ name }) => names.includes(name));
      const fieldPath = `${path}.${field.name}`;
      if (others.length > 0) this.#add(fieldPath, 'has an alias that is the name of another field', 'remove the alias');
      else if (match) this.#compare(field.type, match.type, fieldPath);
      else if (field.default === undefined) this.#addMissing(field, fieldPath);
    }
  }

  #addMissing({ type }: AvroField, path: string): void {
    if (this.#reader === 'newer') return this.#add(path, 'was added without a default', defaultFor(type));
    this.#add(
      path,
      'was removed or renamed, and has no default in the older version',
      'keep the field as it was; what no longer has it is a new event type',
    );
  }

  #compareSymbols(reader: AvroEnum, writer: AvroEnum, path: string): void {
    const unknown = writer.symbols.filter((symbol) => !reader.symbols.includes(symbol)).join(', ');
    if (unknown === '' || reader.default !== undefined) return;
    if (this.#reader === 'newer')
      return this.#add(
        path,
        `lost the symbol ${unknown} and has no default`,
        'keep the symbol, or add a "default" symbol',
      );
    this.#add(
      path,
      `gained the symbol ${unknown}, and has no default in the older version`,
      'add a field of a new enum, with a default, beside it',
    );
  }
}

function branchesOf(schema: AvroSchema): readonly AvroSchema[] {
  return isUnion(schema) ? schema : [schema];
}

/** The primitive type without its logical type, or what a composite or named type is. */
function kindOf(schema: AvroSchema, named: QualifiedSchema['named']): string {
  if (typeof schema === 'string') return named.get(schema)?.type ?? schema;
  return isUnion(schema) ? 'union' : schema.type;
}

function isArray(schema: AvroSchema): schema is AvroArray {
  return kindOf(schema, NO_NAMES) === 'array';
}

function isMap(schema: AvroSchema): schema is AvroMap {
  return kindOf(schema, NO_NAMES) === 'map';
}
