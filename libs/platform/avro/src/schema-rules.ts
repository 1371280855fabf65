import avsc from 'avsc';

import type { AvroRecord } from './avro-schema.ts';
import type { SchemaProblem } from './schema-problem.ts';

/** What the name and folder of a schema file promise. */
export type ExpectedName = { readonly type: string; readonly namespace: string };

/** A part of a schema that has not been checked yet. */
type Node = Readonly<Record<string, unknown>>;

type Breach = Omit<SchemaProblem, 'path'>;

const PLAIN_JSON = 'an event is the same plain JSON in the store and on the topic';
const JSON_TYPES = ['null', 'boolean', 'int', 'long', 'double', 'string'];

const REFUSED_TYPES: Readonly<Record<string, string>> = {
  float: 'use double, or a decimal string for money: a float rounds what JSON holds exactly',
  bytes: 'use a string and name its encoding in the doc',
  fixed: 'use a string and name its encoding in the doc',
};

const REFUSED_LOGICAL_TYPES: Readonly<Record<string, string>> = {
  decimal: 'use a string such as 12.50',
  duration: 'use a number with its unit in the name',
  'timestamp-nanos': 'use timestamp-micros: nanoseconds leave the safe integers of JSON',
  'local-timestamp-nanos': 'use local-timestamp-micros: nanoseconds leave the safe integers of JSON',
};

/** Every breach of the rules of `schemas/README.md` by the schema of one event. Empty when there is none. */
export function schemaProblems(schema: unknown, expected: ExpectedName): SchemaProblem[] {
  if (!isNode(schema) || schema.type !== 'record' || !Array.isArray(schema.fields)) {
    const rule = 'the data of an event has named, documented fields';
    return [{ path: expected.type, problem: 'is not a record', rule, fix: 'use "type": "record" with "fields"' }];
  }
  return [
    ...nameProblems(schema, expected),
    ...new SchemaWalk(schema, expected.type).problems,
    ...avroProblems(schema),
  ];
}

/** Whether an Avro parser takes the schema, which is all that comparing and encoding need. */
export function isAvroRecord(schema: unknown): schema is AvroRecord {
  return isNode(schema) && schema.type === 'record' && avroProblems(schema).length === 0;
}

function nameProblems({ name, namespace }: Node, expected: ExpectedName): SchemaProblem[] {
  const rule = 'file, folder and schema agree on the name: it is the storage format';
  const breach = (attribute: string, actual: unknown, wanted: string): SchemaProblem[] => {
    if (actual === wanted) return [];
    return [
      {
        path: expected.type,
        problem: `has the ${attribute} ${String(actual)}`,
        rule,
        fix: `use "${attribute}": "${wanted}"`,
      },
    ];
  };
  return [...breach('name', name, expected.type), ...breach('namespace', namespace, expected.namespace)];
}

/** What only an Avro parser sees: unknown names, double definitions, defaults that do not fit. */
function avroProblems(schema: Node): SchemaProblem[] {
  try {
    avsc.Type.forSchema(schema as unknown as avsc.Schema, { wrapUnions: 'never', noAnonymousTypes: true });
    return [];
  } catch (error) {
    const problem = `is not valid Avro: ${(error as Error).message}`;
    return [
      { path: String(schema.name), problem, rule: 'schemas follow the Avro specification', fix: 'correct the schema' },
    ];
  }
}

class SchemaWalk {
  readonly problems: SchemaProblem[] = [];
  readonly #hasSubject: boolean;

  constructor(event: Node, type: string) {
    this.#hasSubject = event.subject !== undefined;
    this.#checkType(event, type);
    if (this.#hasSubject && !(event.fields as Node[]).some((field) => field.name === event.subject)) {
      const rule = 'the subject is the field that says whose personal data this is';
      this.#add(type, {
        problem: `has the "subject" ${String(event.subject)}`,
        rule,
        fix: 'name one of its own fields',
      });
    }
  }

  #add(path: string, breach: Breach): void {
    this.problems.push({ path, ...breach });
  }

  #checkType(schema: unknown, path: string): void {
    if (typeof schema === 'string') return this.#checkName(schema, path);
    if (Array.isArray(schema)) return this.#checkUnion(schema, path);
    if (!isNode(schema)) return;
    this.#checkLogicalType(schema, path);
    switch (schema.type) {
      case 'record':
        return this.#checkRecord(schema, path);
      case 'enum':
        return this.#checkEnum(schema, path);
      case 'array':
        return this.#checkType(schema.items, `${path}[]`);
      case 'map':
        return this.#checkType(schema.values, `${path}{}`);
      default:
        return this.#checkPrimitive(schema.type, path);
    }
  }

  #checkName(name: string, path: string): void {
    const fix = REFUSED_TYPES[name];
    if (fix) this.#add(path, { problem: `has the type ${name}`, rule: PLAIN_JSON, fix });
  }

  #checkPrimitive(type: unknown, path: string): void {
    if (typeof type === 'string' && (JSON_TYPES.includes(type) || type in REFUSED_TYPES))
      return this.#checkName(type, path);
    const rule = 'a type is written in one way';
    this.#add(path, {
      problem: 'wraps a type that is not primitive',
      rule,
      fix: 'write the type itself: "type": "Money" or "type": { "type": "record", … }',
    });
  }

  #checkLogicalType({ logicalType }: Node, path: string): void {
    const fix = REFUSED_LOGICAL_TYPES[String(logicalType)];
    if (fix) this.#add(path, { problem: `has the logical type ${String(logicalType)}`, rule: PLAIN_JSON, fix });
  }

  #checkUnion(branches: readonly unknown[], path: string): void {
    if (branches.length !== 2 || !branches.includes('null')) {
      const rule = `${PLAIN_JSON}, and that does not say which branch a value belongs to`;
      this.#add(path, {
        problem: 'is a union of other than null and one type',
        rule,
        fix: 'use one nullable field per type',
      });
    }
    for (const branch of branches) this.#checkType(branch, path);
  }

  #checkRecord({ doc, fields }: Node, path: string): void {
    this.#checkDoc(doc, path);
    for (const field of Array.isArray(fields) ? fields.filter(isNode) : [])
      this.#checkField(field, `${path}.${String(field.name)}`);
  }

  #checkField(field: Node, path: string): void {
    this.#checkDoc(field.doc, path);
    if (field.pii === true) this.#checkPersonalData(field.type, path);
    this.#checkType(field.type, path);
  }

  #checkPersonalData(type: unknown, path: string): void {
    if (!this.#hasSubject) {
      const rule = 'personal data can be erased only when the event says whose it is';
      this.#add(path, { problem: 'is personal data of nobody', rule, fix: 'add "subject": "<field>" to the event' });
    }
    if (type !== 'string' && !(Array.isArray(type) && type.includes('string'))) {
      this.#add(path, {
        problem: 'is personal data but no string',
        rule: 'its encrypted form must fit the same schema',
        fix: 'make it a string',
      });
    }
  }

  #checkEnum({ doc, default: fallback }: Node, path: string): void {
    this.#checkDoc(doc, path);
    if (fallback === undefined) {
      const rule = 'readers of an older version meet symbols that were added later';
      this.#add(path, { problem: 'is an enum without a default symbol', rule, fix: 'add "default": "<symbol>"' });
    }
  }

  #checkDoc(doc: unknown, path: string): void {
    if (typeof doc === 'string' && doc.trim() !== '') return;
    this.#add(path, {
      problem: 'has no doc',
      rule: 'every record, enum and field says what it means',
      fix: 'add "doc": "…"',
    });
  }
}

function isNode(schema: unknown): schema is Node {
  return typeof schema === 'object' && schema !== null && !Array.isArray(schema);
}
