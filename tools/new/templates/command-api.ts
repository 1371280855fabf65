import type { DomainNames } from '../names.ts';
import type { NewFile } from '../plan.ts';

/** The commands of the domain over HTTP. */
export function commandApiFiles(names: DomainNames): NewFile[] {
  const { plural, singular } = names;
  const folder = `apps/command-api/src/${plural}`;
  return [
    { path: `${folder}/${singular}-schemas.ts`, text: schemas(names) },
    { path: `${folder}/${singular}-commands.ts`, text: commands(names) },
    { path: `${folder}/${singular}-commands.spec.ts`, text: spec(names) },
  ];
}

const schemas = ({ singular }: DomainNames) => `\
/** Shape of ${singular} commands over HTTP. Rules are the ${singular}'s: those are refused with 422. */
import { body, text } from '../body-schemas.ts';

export const nameBody = body({ name: text(200) });
`;

const commands = ({ plural, singular, one, type }: DomainNames) => `\
import { type ${type}Command, ${singular}Routes } from '@millrace/contracts/${plural}';
import { ${singular} } from '@millrace/${plural}';

import type { AggregateApi } from '../aggregate-api.ts';
import { nameBody } from './${singular}-schemas.ts';

/** The commands of ${one} over HTTP. */
export const ${plural}: AggregateApi<${type}Command> = {
  decider: ${singular},
  routes: ${singular}Routes,
  commands: {
    Create${type}: { body: nameBody },
    Rename${type}: { body: nameBody },
  },
};
`;

const spec = ({ plural, singular, code, idField }: DomainNames) => `\
import { expect, test } from '@jest/globals';

import { inMemory } from '../command-api.fixture.ts';

const { api } = inMemory();
const post = (path: string, body: object, role = 'writer') =>
  api.command(\`/v1/${plural}\${path}\`, body, { authorization: \`Bearer acme.\${role}\` });

test('${singular} commands over HTTP, and who may send them', async () => {
  expect(await post('', { ${idField}: 'x-1', name: 'First' })).toMatchObject({ status: 201, body: { version: 1 } });
  expect(await post('/x-1/rename', { name: 'Second' }, '${plural}.writer')).toMatchObject({ status: 200, body: { version: 2 } });
  expect(await post('/x-1/rename', { name: 'Third' }, 'reader')).toMatchObject({ status: 403 });
});

test('a ${singular} command that is malformed or against the rules is refused', async () => {
  expect(await post('', { ${idField}: 'x-2' })).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED' } });
  expect(await post('/x-3/rename', { name: 'First' })).toMatchObject({ status: 404, body: { code: '${code}_NOT_FOUND' } });
});
`;
