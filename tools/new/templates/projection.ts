import type { DomainNames, PartNames } from '../names.ts';
import type { NewFile } from '../plan.ts';

/** A projection that takes every event of a domain, for people to put their question into. */
export function projectionFiles(names: DomainNames, part: PartNames, eventTypes: readonly string[]): NewFile[] {
  const folder = `libs/read-models/${names.plural}/src`;
  return [
    { path: `${folder}/${part.kebab}.ts`, text: source(names, part, eventTypes) },
    { path: `${folder}/${part.kebab}.spec.ts`, text: spec(names, part, eventTypes) },
  ];
}

const source = (
  { plural, singular, type, idColumn, topic }: DomainNames,
  part: PartNames,
  eventTypes: readonly string[],
) => `\
import { type ${type}Event, ${topic} } from '@millrace/contracts/${plural}';
import type { Projection, RecordedEvent } from '@millrace/core';

/** One ${singular}: table \`${part.snake}\`. */
export type ${part.type}Row = {
  readonly tenant_id: string;
  readonly ${idColumn}: string;
  readonly created_at: string;
  readonly updated_at: string;
};

/** Answers: TODO, which question? */
export const ${part.camel}: Projection<${type}Event, ${part.type}Row> = {
  name: '${part.kebab}-projection',
  table: '${part.snake}',
  topics: [${topic}],
  keyColumns: ['tenant_id', '${idColumn}'],
  rowPer: 'aggregate',
  key: keyOf,
  handlers: {
${eventTypes.map((eventType) => `    ${eventType}: touched,`).join('\n')}
  },
};

function keyOf({ tenantId, aggregateId }: RecordedEvent<${type}Event>) {
  return { tenant_id: tenantId, ${idColumn}: aggregateId };
}

/** When something happened first and last. */
function touched(row: ${part.type}Row | undefined, event: RecordedEvent<${type}Event>): ${part.type}Row {
  return { ...keyOf(event), created_at: row?.created_at ?? event.occurredAt, updated_at: event.occurredAt };
}
`;

const spec = (names: DomainNames, part: PartNames, [first = '', last = first]: readonly string[]) => `\
import { expect, test } from '@jest/globals';
import { type ${names.type}Event, ${names.singular}Events } from '@millrace/contracts/${names.plural}';
import { foldEvent } from '@millrace/core';
import { recorded } from '@millrace/core/testing';

import { ${part.camel}, type ${part.type}Row } from './index.ts';

test('${part.snake} handles or ignores every ${names.singular} event, and no other one', () => {
  expect(Object.keys(${part.camel}.handlers).sort()).toEqual(${names.singular}Events.definitions.map(({ type }) => type).sort());
});

test('${part.snake} is dated by the first event and the last', () => {
  const ${names.idField} = '${names.singular}-1';
  const happened = (type: string) => ({ type, data: { ${names.idField} } }) as ${names.type}Event;
  const events = recorded({ aggregateType: '${names.singular}', aggregateId: ${names.idField} }, happened('${first}'), happened('${last}'));
  let row: ${part.type}Row | undefined;
  for (const event of events) row = foldEvent(${part.camel}, row, event);
  expect(row).toEqual({
    tenant_id: 'acme',
    ${names.idColumn}: ${names.idField},
    created_at: '2026-01-02T03:04:05.000Z',
    updated_at: '2026-01-02T03:04:06.000Z',
    version: 2,
  });
});
`;
