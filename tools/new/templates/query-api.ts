import type { DomainNames, PartNames } from '../names.ts';
import type { NewFile } from '../plan.ts';

/** The reads of the domain over HTTP. */
export function queryApiFiles(names: DomainNames, part: PartNames): NewFile[] {
  const { plural, singular } = names;
  const folder = `apps/query-api/src/${plural}`;
  return [
    { path: `${folder}/${singular}-item.ts`, text: item(names, part) },
    { path: `${folder}/${singular}-reads.ts`, text: reads(names, part) },
    { path: `${folder}/${singular}-reads.int.spec.ts`, text: spec(names, part) },
  ];
}

const item = (names: DomainNames, part: PartNames) => `\
import type { ${part.type}Row } from '@millrace/${names.plural}-read-models';
import type { Versioned } from '@millrace/queries';

/** ${names.one.charAt(0).toUpperCase()}${names.one.slice(1)} as clients see it. */
export function ${names.singular}Item(row: Versioned<${part.type}Row>) {
  return {
    ${names.idField}: row.${names.idColumn},
    name: row.name,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    version: row.version,
  };
}
`;

const reads = (names: DomainNames, part: PartNames) => `\
import { ${names.singular}Events, ${names.singular}Routes } from '@millrace/contracts/${names.plural}';
import { ${part.camel} } from '@millrace/${names.plural}-read-models';
import { list${names.types} } from '@millrace/${names.plural}-read-models/queries';

import { entity } from '../entity/entity-api.ts';
import { list } from '../list/list-api.ts';
import { ${names.singular}Item } from './${names.singular}-item.ts';

/** What ${names.one} looks like, and its history. */
export const ${names.singular}Entity = entity({
  resource: ${names.singular}Routes,
  catalogue: ${names.singular}Events,
  current: { projection: ${part.camel}, view: ${names.singular}Item },
});

/** Which ${names.plural} are there? */
export const ${names.singular}List = list({
  name: 'List${names.types}',
  path: '/${names.plural}',
  plural: '${names.plural}',
  parameters: {},
  projection: ${part.camel},
  filter: () => ({}),
  read: list${names.types},
  view: ${names.singular}Item,
});
`;

const spec = (names: DomainNames, part: PartNames) => `\
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ${part.camel} } from '@millrace/${names.plural}-read-models';
import { createTestDatabase, type TestDatabase } from '@millrace/testing';

import { ReadSideFixture } from '../read-side.fixture.ts';

let created: TestDatabase;
let readSide: ReadSideFixture;
beforeAll(async () => {
  created = await createTestDatabase();
  readSide = new ReadSideFixture(created);
  const stream = { aggregateType: '${names.singular}', aggregateId: 'x-1' };
  await readSide.append(
    stream,
    { type: '${names.type}Created', data: { ${names.idField}: 'x-1', name: 'First' } },
    { type: '${names.type}Renamed', data: { ${names.idField}: 'x-1', oldName: 'First', newName: 'Second' } },
  );
  await readSide.project([${part.camel}], stream);
});
afterAll(async () => {
  await readSide.close();
  await created.drop();
});

test('${names.one} by id, as it was, and in the list', async () => {
  const now = { ${names.idField}: 'x-1', name: 'Second', version: 2 };
  expect(await readSide.get('/v1/${names.plural}/x-1')).toMatchObject({ status: 200, headers: { etag: '"2"' }, body: now });
  expect((await readSide.get('/v1/${names.plural}/x-1?version=1')).body).toMatchObject({ name: 'First', version: 1 });
  expect((await readSide.get('/v1/${names.plural}')).body).toMatchObject({ items: [now] });
  expect((await readSide.get('/v1/${names.plural}/x-1/history')).body).toMatchObject({ items: [{ version: 1 }, { version: 2 }] });
});

test('${names.one} that is unknown, or of another tenant, is 404', async () => {
  const answer = { status: 404, body: { code: '${names.code}_NOT_FOUND' } };
  expect(await readSide.get('/v1/${names.plural}/x-0')).toMatchObject(answer);
  expect(await readSide.get('/v1/${names.plural}/x-1', { authorization: 'Bearer umbrella' })).toMatchObject(answer);
});
`;
