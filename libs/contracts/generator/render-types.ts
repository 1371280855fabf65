import {
  type AvroEnum,
  type AvroField,
  type AvroRecord,
  type AvroSchema,
  isUnion,
  type SchemaFile,
} from '@millrace/avro';

import { contractName, contractsOf, GENERATED_HEADER, latestVersions } from './contract.ts';

/**
 * TypeScript of `events.generated.ts`: one type per event in its newest version, the records and enums inside them,
 * and one union per contract. Not formatted.
 * @throws Error when two different types share a name
 */
export function renderTypes(files: readonly SchemaFile[]): string {
  const types = new TypeDeclarations();
  const unions = contractsOf(files).map((contract) => {
    const events = latestVersions(contract.files);
    for (const { schema } of events) types.addEvent(schema);
    const doc = `Every ${contract.published ? 'public ' : ''}event of ${contract.domain}, in its newest version.`;
    const union = events.map(({ type }) => `| ${type}`).join(' ');
    return `${docstring(doc)}export type ${contractName(contract)}Event = ${union};\n`;
  });
  return [
    GENERATED_HEADER,
    "import type { DomainEvent } from '@millrace/core';",
    ...types.declarations,
    ...unions,
  ].join('\n\n');
}

const PRIMITIVES: Readonly<Record<string, string>> = {
  null: 'null',
  boolean: 'boolean',
  int: 'number',
  long: 'number',
  double: 'number',
  string: 'string',
};

/** Collects each named type once, in the order of first use. */
class TypeDeclarations {
  readonly #bodies = new Map<string, string>();
  readonly declarations: string[] = [];

  addEvent({ name, doc, fields }: AvroRecord): void {
    this.#declare(name, doc, `DomainEvent<'${name}', { ${this.#fields(fields)} }>`);
  }

  #declare(name: string, doc: string | undefined, body: string): void {
    const known = this.#bodies.get(name);
    if (known === body) return;
    if (known !== undefined) {
      throw new Error(
        `two different types are named ${name}: give the newest versions of all events that use it one definition, or another name`,
      );
    }
    this.#bodies.set(name, body);
    this.declarations.push(`${docstring(doc)}export type ${name} = ${body};`);
  }

  #fields(fields: readonly AvroField[]): string {
    return fields
      .map((field) => `${docstring(fieldDoc(field))}readonly ${field.name}: ${this.#typeOf(field.type)};`)
      .join('\n');
  }

  #typeOf(schema: AvroSchema): string {
    if (typeof schema === 'string') return PRIMITIVES[schema] ?? schema.slice(schema.lastIndexOf('.') + 1);
    if (isUnion(schema)) return schema.map((branch) => this.#typeOf(branch)).join(' | ');
    switch (schema.type) {
      case 'record':
        this.#declare(schema.name, schema.doc, `{ ${this.#fields(schema.fields)} }`);
        return schema.name;
      case 'enum':
        return this.#enum(schema);
      case 'array':
        return `readonly (${this.#typeOf(schema.items)})[]`;
      case 'map':
        return `Readonly<Record<string, ${this.#typeOf(schema.values)}>>`;
      default:
        return this.#typeOf(schema.type);
    }
  }

  #enum({ name, doc, symbols }: AvroEnum): string {
    this.#declare(name, doc, symbols.map((symbol) => `| '${symbol}'`).join(' '));
    return name;
  }
}

/** Doc of a field with its logical type and its mark as personal data: neither shows in the TypeScript type. */
function fieldDoc({ doc, type, pii }: AvroField): string {
  const branches = isUnion(type) ? type : [type];
  const logicalTypes = branches.flatMap((branch) =>
    typeof branch === 'object' && 'logicalType' in branch ? [branch.logicalType] : [],
  );
  const remarks = [...logicalTypes.map((logicalType) => `Avro ${logicalType}.`), ...(pii ? ['Personal data.'] : [])];
  return [doc, ...remarks].join(' ');
}

function docstring(doc = ''): string {
  return `/** ${doc.replaceAll('*/', '*\\/').replaceAll(/\s+/g, ' ')} */\n`;
}
