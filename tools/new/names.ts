import ts from 'typescript';

import { contractName } from '../../libs/contracts/generator/contract.ts';

/** Everything that a domain is called, from the one name that its folders have. */
export type DomainNames = {
  /** `invoices`: folders, topic, URL. */
  readonly plural: string;
  /** `invoice`: the decider, the aggregate type. */
  readonly singular: string;
  /** `an invoice`. */
  readonly one: string;
  /** `Invoice`: types, events. */
  readonly type: string;
  /** `Invoices`: lists, headings. */
  readonly types: string;
  /** `INVOICE`: codes. */
  readonly code: string;
  /** `invoiceId`: commands, events, URL. */
  readonly idField: string;
  /** `invoice_id`: tables. */
  readonly idColumn: string;
  /** `INVOICES_TOPIC`: the constant that names the topic. */
  readonly topic: string;
};

/** @throws Error when the name cannot be that of a domain */
export function domainNames(plural: string): DomainNames {
  if (!/^[a-z]+s$/.test(plural))
    throw new Error(`"${plural}": a domain is one English plural in small letters, such as invoices`);
  const type = contractName({ domain: plural, published: false, files: [] });
  const singular = type.toLowerCase();
  if (ts.createScanner(ts.ScriptTarget.Latest, true, undefined, singular).scan() !== ts.SyntaxKind.Identifier) {
    throw new Error(`"${plural}": "${singular}" is a word of the language; call the domain something else`);
  }
  const code = singular.toUpperCase();
  return {
    plural,
    singular,
    one: `${/^[aeiou]/.test(singular) ? 'an' : 'a'} ${singular}`,
    type,
    types: `${plural.charAt(0).toUpperCase()}${plural.slice(1)}`,
    code,
    idField: `${singular}Id`,
    idColumn: `${singular}_id`,
    topic: `${plural.toUpperCase()}_TOPIC`,
  };
}

/** Everything that a part of a domain is called: `invoices-by-customer` as a name of files, tables, variables and types. */
export type PartNames = {
  readonly kebab: string;
  readonly snake: string;
  readonly camel: string;
  readonly type: string;
};

/** @throws Error when the name is not in small letters with dashes */
export function partNames(kebab: string): PartNames {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(kebab)) {
    throw new Error(`"${kebab}": use small letters and dashes, such as invoices-by-customer`);
  }
  const type = kebab.replaceAll(/(?:^|-)([a-z0-9])/g, (_, first: string) => first.toUpperCase());
  const camel = `${type.charAt(0).toLowerCase()}${type.slice(1)}`;
  return { kebab, snake: kebab.replaceAll('-', '_'), camel, type };
}
