import type { DomainNames, PartNames } from '../names.ts';
import type { NewFile } from '../plan.ts';
import { packageJson } from './package-json.ts';

/** The package that holds the read models of a domain. */
export function readModelPackage({ plural }: DomainNames, exports: readonly string[]): NewFile[] {
  const folder = `libs/read-models/${plural}`;
  const entryPoints = Object.fromEntries(
    exports.map((name) => [name, `./src/${name === '.' ? '' : `${name.slice(2)}/`}index.ts`]),
  );
  return [
    packageJson({
      folder,
      name: `${plural}-read-models`,
      layer: 'read-model',
      side: 'read',
      scope: plural,
      exports: entryPoints,
    }),
    { path: `${folder}/README.md`, text: readme(plural) },
  ];
}

const readme = (plural: string) => `\
# @millrace/${plural}-read-models

What can be asked about ${plural}, one file per question. A projection is a pure fold \`(row | absent, event) → row | gone\`: no SQL, no clock. The live consumer, a replay and a check
for drift run the same one.
`;

/** The current state of the aggregates of a domain, and the list of them. */
export function viewFiles(names: DomainNames, part: PartNames): NewFile[] {
  const folder = `libs/read-models/${names.plural}/src`;
  return [
    { path: `${folder}/index.ts`, text: `export { ${part.camel}, type ${part.type}Row } from './${part.kebab}.ts';` },
    { path: `${folder}/${part.kebab}.ts`, text: view(names, part) },
    { path: `${folder}/${part.kebab}.spec.ts`, text: spec(names, part) },
    {
      path: `${folder}/queries/index.ts`,
      text: `export { list${names.types} } from './${names.singular}-lists.ts';`,
    },
    { path: `${folder}/queries/${names.singular}-lists.ts`, text: lists(names, part) },
  ];
}

const view = (names: DomainNames, part: PartNames) => `\
import { type ${names.type}Event, ${names.topic} } from '@millrace/contracts/${names.plural}';
import { MillraceError, type Projection, type RecordedEvent } from '@millrace/core';

type ${names.type}Key = { readonly tenant_id: string; readonly ${names.idColumn}: string };

/** One ${names.singular} with everything known about it: table \`${part.snake}\`. */
export type ${part.type}Row = ${names.type}Key & {
  readonly name: string;
  readonly created_at: string;
  readonly updated_at: string;
};

/** Answers: what does this ${names.singular} look like, and which ${names.plural} are there? */
export const ${part.camel}: Projection<${names.type}Event, ${part.type}Row> = {
  name: '${part.kebab}-projection',
  table: '${part.snake}',
  topics: [${names.topic}],
  keyColumns: ['tenant_id', '${names.idColumn}'],
  rowPer: 'aggregate',
  key: ${names.singular}Key,
  handlers: {
    ${names.type}Created: (_row, event) => ({
      ...${names.singular}Key(event),
      name: event.data.name,
      created_at: event.occurredAt,
      updated_at: event.occurredAt,
    }),
    ${names.type}Renamed: (row, event) => changed(row, event, { name: event.data.newName }),
  },
};

function ${names.singular}Key({ tenantId, aggregateId }: RecordedEvent<${names.type}Event>): ${names.type}Key {
  return { tenant_id: tenantId, ${names.idColumn}: aggregateId };
}

/** @throws MillraceError \`CORRUPT_STREAM\` when no ${names.type}Created came before */
function changed(row: ${part.type}Row | undefined, event: RecordedEvent<${names.type}Event>, changes: Partial<${part.type}Row>): ${part.type}Row {
  if (!row) throw new MillraceError('CORRUPT_STREAM', \`\${event.type} of ${names.singular} \${event.aggregateId} has no ${names.type}Created before it\`);
  return { ...row, ...changes, updated_at: event.occurredAt };
}
`;

const spec = (names: DomainNames, part: PartNames) => `\
import { expect, test } from '@jest/globals';
import { type ${names.type}Event, ${names.singular}Events } from '@millrace/contracts/${names.plural}';
import { foldEvent } from '@millrace/core';
import { recorded } from '@millrace/core/testing';

import { ${part.camel}, type ${part.type}Row } from './index.ts';

const ${names.idField} = '${names.singular}-1';
const created: ${names.type}Event = { type: '${names.type}Created', data: { ${names.idField}, name: 'First' } };
const renamed: ${names.type}Event = { type: '${names.type}Renamed', data: { ${names.idField}, oldName: 'First', newName: 'Second' } };

function fold(...events: ${names.type}Event[]): ${part.type}Row | undefined {
  let row: ${part.type}Row | undefined;
  const history = recorded({ aggregateType: '${names.singular}', aggregateId: ${names.idField} }, ...events);
  for (const event of history) row = foldEvent(${part.camel}, row, event);
  return row;
}

test('${part.snake} handles every ${names.singular} event, and no other one', () => {
  expect(Object.keys(${part.camel}.handlers).sort()).toEqual(${names.singular}Events.definitions.map(({ type }) => type).sort());
});

test('${part.snake} shows ${names.one} as it is now, dated by its events', () => {
  expect(fold(created, renamed)).toEqual({
    tenant_id: 'acme',
    ${names.idColumn}: ${names.idField},
    name: 'Second',
    created_at: '2026-01-02T03:04:05.000Z',
    updated_at: '2026-01-02T03:04:06.000Z',
    version: 2,
  });
});

test('an event before ${names.type}Created is refused, not swallowed', () => {
  expect(() => fold(renamed)).toThrow('${names.type}Renamed of ${names.singular} ${names.singular}-1 has no ${names.type}Created before it');
});
`;

const lists = (names: DomainNames, part: PartNames) => `\
import { type NewestPage, newestRows, type Queryable, type Versioned } from '@millrace/queries';

import { ${part.camel}, type ${part.type}Row } from '../${part.kebab}.ts';

/** ${names.types} of a tenant, newest first. */
export async function list${names.types}(database: Queryable, page: Omit<NewestPage, 'where'>): Promise<Versioned<${part.type}Row>[]> {
  // The table holds what the projection makes.
  return (await newestRows(database, ${part.camel}, { ...page, where: {} })) as Versioned<${part.type}Row>[];
}
`;
