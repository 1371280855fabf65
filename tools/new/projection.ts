import { existsSync } from 'node:fs';

import { registeredConsumer } from './consumer.ts';
import { fleetEdits } from './domain.ts';
import { domainNames, partNames } from './names.ts';
import type { Plan } from './plan.ts';
import { eventTypes, nextMigration } from './repository.ts';
import { addStatement } from './source-edits.ts';
import { migration } from './templates/migration.ts';
import { projectionFiles } from './templates/projection.ts';
import { projectionApp } from './templates/projection-app.ts';
import { readModelPackage } from './templates/read-model.ts';

/** A read model of a domain that exists, and the consumer group that keeps it. */
export function newProjection(plural: string, name: string): Plan {
  const names = domainNames(plural);
  const part = partNames(name.replace(/-projection$/, ''));
  const group = `${part.kebab}-projection`;
  const index = `libs/read-models/${plural}/src/index.ts`;
  const exported = `export { ${part.camel}, type ${part.type}Row } from './${part.kebab}.ts';`;
  const first = !existsSync(index);
  return {
    files: [
      ...(first ? [...readModelPackage(names, ['.']), { path: index, text: exported }] : []),
      ...projectionFiles(names, part, eventTypes(plural)),
      migration(names, part, { number: nextMigration(), columns: [], listed: false }),
      ...projectionApp(names, part),
    ],
    edits: [
      ...(first ? [] : [{ path: index, edit: (text: string) => addStatement(text, exported) }]),
      ...registeredConsumer({ name: group, topics: [names.topic], kind: 'consumer' }),
      ...fleetEdits(plural, part.camel),
    ],
    next: [
      `libs/read-models/${plural}/src/${part.kebab}.ts: columns and handlers; an event that does not matter is 'ignore'`,
      `libs/platform/postgres/migrations: the same columns, and an index for each list`,
      `libs/read-models/${plural}/src/queries, apps/query-api/src/${plural}: the question over HTTP, where clients shall ask it`,
    ],
  };
}
