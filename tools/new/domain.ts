import { registeredConsumer } from './consumer.ts';
import { type DomainNames, domainNames, partNames } from './names.ts';
import type { Edit, Plan } from './plan.ts';
import { nextMigration } from './repository.ts';
import { addElement, addStatement } from './source-edits.ts';
import { commandApiFiles } from './templates/command-api.ts';
import { contractFiles } from './templates/contracts.ts';
import { domainFiles } from './templates/decider.ts';
import { eventSchema } from './templates/event-schema.ts';
import { migration } from './templates/migration.ts';
import { projectionApp } from './templates/projection-app.ts';
import { queryApiFiles } from './templates/query-api.ts';
import { readModelPackage, viewFiles } from './templates/read-model.ts';

/** A domain from schema to HTTP: something that has a name and can be renamed, to be made into what it shall be. */
export function newDomain(plural: string): Plan {
  const names = domainNames(plural);
  const view = partNames(`${names.singular}-view`);
  const group = `${view.kebab}-projection`;
  return {
    files: [
      eventSchema(names, {
        type: `${names.type}Created`,
        doc: `TODO: what happened when there is a new ${names.singular}.`,
        fields: [{ name: 'name', type: 'string', doc: 'What people call it.' }],
      }),
      eventSchema(names, {
        type: `${names.type}Renamed`,
        doc: `The ${names.singular} bears another name.`,
        fields: [
          { name: 'oldName', type: 'string', doc: 'The name until now.' },
          { name: 'newName', type: 'string', doc: 'The name from now on.' },
        ],
      }),
      ...contractFiles(names),
      ...domainFiles(names),
      ...commandApiFiles(names),
      ...readModelPackage(names, ['.', './queries']),
      ...viewFiles(names, view),
      migration(names, view, { number: nextMigration(), columns: ['name text not null'], listed: true }),
      ...projectionApp(names, view),
      ...queryApiFiles(names, view),
    ],
    edits: [
      ...contractEdits(names),
      ...registeredConsumer({ name: group, topics: [names.topic], kind: 'consumer' }),
      ...listEdits(names, view.camel),
    ],
    next: [
      `schemas/${plural}: say what is true of ${names.one}, before anything is deployed: a version that was registered is never edited`,
      `libs/contracts/src/${plural}/commands.ts, libs/domain/${plural}: commands and rules; the compiler leads from there`,
      `README.md, libs/domain/${plural}/README.md: name what there is`,
    ],
  };
}

function contractEdits({ plural, singular, topic }: DomainNames): Edit[] {
  const topology = 'libs/contracts/src/topology.ts';
  return [
    { path: 'libs/contracts/package.json', edit: (text) => addExport(text, plural) },
    {
      path: topology,
      edit: (text) =>
        addStatement(text, `import { ${singular}Events, ${singular}Routes, ${topic} } from './${plural}/index.ts';`),
    },
    { path: topology, edit: (text) => addElement(text, 'internalCatalogues', `${singular}Events`) },
    { path: topology, edit: (text) => addElement(text, 'commandRoutes', `${singular}Routes`) },
  ];
}

/** The lists that make an aggregate reachable over HTTP and its read model known to tools. */
function listEdits({ plural, singular }: DomainNames, view: string): Edit[] {
  const commands = 'apps/command-api/src/aggregates.ts';
  const reads = 'apps/query-api/src/entities.ts';
  const importOf = (what: string, from: string) => (text: string) =>
    addStatement(text, `import { ${what} } from '${from}';`);
  return [
    { path: commands, edit: importOf(plural, `./${plural}/${singular}-commands.ts`) },
    { path: commands, edit: (text) => addElement(text, 'aggregates', plural) },
    { path: reads, edit: importOf(`${singular}Entity, ${singular}List`, `./${plural}/${singular}-reads.ts`) },
    { path: reads, edit: (text) => addElement(text, 'entities', `${singular}Entity`) },
    { path: reads, edit: (text) => addElement(text, 'lists', `${singular}List`) },
    ...fleetEdits(plural, view),
  ];
}

/** Makes a projection known to tools that treat all alike. */
export function fleetEdits(plural: string, projection: string): Edit[] {
  const path = 'libs/read-models/fleet/src/projections.ts';
  return [
    {
      path,
      edit: (text) => addStatement(text, `import { ${projection} } from '@millrace/${plural}-read-models';`),
    },
    { path, edit: (text) => addElement(text, 'projections', projection) },
  ];
}

function addExport(text: string, plural: string): string {
  const description = JSON.parse(text) as { exports: Record<string, string> };
  const { './topology': topology = '', ...domains } = description.exports;
  const sorted = Object.entries({ ...domains, [`./${plural}`]: `./src/${plural}/index.ts` }).sort(([one], [other]) =>
    one < other ? -1 : 1,
  );
  const exports = { ...Object.fromEntries(sorted), './topology': topology };
  return JSON.stringify({ ...description, exports }, undefined, 2);
}
