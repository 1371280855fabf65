import type { DomainNames, PartNames } from '../names.ts';
import type { NewFile } from '../plan.ts';
import { packageJson } from './package-json.ts';

/** The process that an event starts, and the app that runs it. */
export function sagaApp(names: DomainNames, part: PartNames, eventType: string): NewFile[] {
  const folder = `apps/${part.kebab}`;
  return [
    packageJson({ folder, name: part.kebab, layer: 'app', side: 'read', scope: names.plural }),
    { path: `${folder}/README.md`, text: readme(names, part, eventType) },
    { path: `${folder}/src/main.ts`, text: main(names, part) },
    { path: `${folder}/src/${part.kebab}.ts`, text: saga(names, part, eventType) },
    { path: `${folder}/src/${part.kebab}.spec.ts`, text: spec(names, part, eventType) },
  ];
}

const readme = ({ plural }: DomainNames, { kebab }: PartNames, eventType: string) => `\
# ${kebab}

TODO: what the process leads to, in a sentence. \`${eventType}\` starts it.

| | |
| - | - |
| consumer group | \`${kebab}\` |
| reads | \`${plural}.events.v1\` |
| sends | commands to \`command-api\`, with the token in \`SERVICE_TOKEN_FILE\` (role \`process\`) |
| role | \`millrace_projector\` |

The process is the pure function in \`src/${kebab}.ts\`; what runs it is \`@millrace/sagas\`, whose README tells how state, commands and position are kept together.
`;

const main = ({ plural, singular }: DomainNames, { kebab, camel }: PartNames) => `\
/** Consumer group \`${kebab}\`: TODO, what it leads to. */
import { ${singular}Events, ${singular}Routes } from '@millrace/contracts/${plural}';
import { runSaga } from '@millrace/sagas';

import { ${camel} } from './${kebab}.ts';

await runSaga(
  { name: ${camel}.name, createSaga: () => ${camel}, catalogues: [${singular}Events], routes: [${singular}Routes] },
  process.env,
);
`;

const saga = (names: DomainNames, { kebab, camel, type }: PartNames, eventType: string) => `\
import { type ${names.type}Command, type ${names.type}Event, ${names.topic} } from '@millrace/contracts/${names.plural}';
import type { Saga } from '@millrace/core';

/** What the process remembers. */
export type ${type}Process = { readonly ${names.idField}: string };

/** Every event that matters to the process. */
export type ${type}Event = Extract<${names.type}Event, { type: '${eventType}' }>;

const TIMEOUT_MS = 24 * 3_600_000;

/**
 * TODO: what the process leads to.
 *
 *     ${eventType} ▶ running ─refusal, timeout▶ failed
 */
export const ${camel}: Saga<${type}Event, ${type}Process, ${names.type}Command> = {
  name: '${kebab}',
  topics: [${names.topic}],
  correlate: {
    ${eventType}: ({ aggregateId }) => ({ starts: aggregateId, keys: [\`${names.singular}:\${aggregateId}\`] }),
  },
  react(state, input) {
    switch (input.kind) {
      case 'event':
        if (state) return undefined;
        return { state: { ${names.idField}: input.event.aggregateId }, status: 'running', commands: [], timeoutMs: TIMEOUT_MS };
      case 'refused': {
        const failure = \`\${input.command.type} was refused: \${input.code}: \${input.detail}\`;
        return state && { state, status: 'failed', failure, timeoutMs: null };
      }
      case 'timeout':
        return state && { state, status: 'failed', failure: 'the process timed out' };
    }
  },
};
`;

const spec = (names: DomainNames, { kebab, camel, type }: PartNames, eventType: string) => `\
import { expect, test } from '@jest/globals';
import type { ${names.type}Command } from '@millrace/contracts/${names.plural}';
import { givenSaga, told } from '@millrace/core/testing';

import { ${camel}, type ${type}Event } from './${kebab}.ts';

const ${names.idField} = '${names.singular}-1';
const event: unknown = { type: '${eventType}', data: { ${names.idField} }, aggregateId: ${names.idField} };
const begin = told(event as ${type}Event);
const given = givenSaga(${camel});

test('${eventType} starts the process, once', () => {
  expect(${camel}.correlate.${eventType}(begin.event)).toEqual({ starts: ${names.idField}, keys: ['${names.singular}:${names.singular}-1'] });
  given().when(begin).then({ state: { ${names.idField} }, status: 'running' });
  given(begin).when(begin).thenNothing();
});

test('a refusal and a timeout are for people to see', () => {
  const command = { type: 'Sent', data: {} } as unknown as ${names.type}Command;
  given(begin)
    .when({ kind: 'refused', command, code: 'CODE', detail: 'why' })
    .then({ status: 'failed', failure: 'Sent was refused: CODE: why' });
  given(begin).when({ kind: 'timeout' }).then({ status: 'failed' });
});
`;
