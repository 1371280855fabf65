import type { DomainNames } from '../names.ts';
import type { NewFile } from '../plan.ts';

/** What the domain accepts and announces; the events themselves are generated from their schemas. */
export function contractFiles(names: DomainNames): NewFile[] {
  const folder = `libs/contracts/src/${names.plural}`;
  return [
    { path: `${folder}/commands.ts`, text: commands(names) },
    { path: `${folder}/routes.ts`, text: routes(names) },
    { path: `${folder}/catalogue.ts`, text: catalogue(names) },
    { path: `${folder}/upcasters.ts`, text: upcasters(names) },
    { path: `${folder}/index.ts`, text: index(names) },
  ];
}

const commands = ({ singular, one, type, idField }: DomainNames) => `\
import type { Command, Id } from '@millrace/core';

/** Names ${one}; an id of anything else does not compile in its place. */
export type ${type}Id = Id<'${singular}'>;

export type Create${type} = Command<'Create${type}', { ${idField}: ${type}Id; name: string }>;
export type Rename${type} = Command<'Rename${type}', { ${idField}: ${type}Id; name: string }>;

/** Everything that can be asked of ${one}. */
export type ${type}Command = Create${type} | Rename${type};
`;

const routes = ({ plural, singular, type, idField }: DomainNames) => `\
import type { CommandRoutes } from '../command-routes.ts';
import type { ${type}Command } from './commands.ts';

/** The ${singular} commands over HTTP. */
export const ${singular}Routes: CommandRoutes<${type}Command> = {
  aggregateType: '${singular}',
  plural: '${plural}',
  idField: '${idField}',
  verbs: {
    Create${type}: 'create',
    Rename${type}: 'rename',
  },
};
`;

const catalogue = ({ plural, singular, topic }: DomainNames) => `\
import { contractCatalogue } from '../contract-catalogue.ts';
import { ${singular}Schemas } from './schemas.generated.ts';
import { ${singular}Upcasters } from './upcasters.ts';

/** Topic of the internal ${singular} events. */
export const ${topic} = '${plural}.events.v1';

/** The internal ${singular} events: what the store holds and \`${plural}.events.v1\` carries. */
export const ${singular}Events = contractCatalogue({
  aggregateType: '${singular}',
  topic: ${topic},
  schemas: ${singular}Schemas,
  upcasters: ${singular}Upcasters,
});
`;

const upcasters = ({ singular }: DomainNames) => `\
import type { Upcaster } from '@millrace/core';

/** Steps between stored versions, by event type and by the version they start from. */
export const ${singular}Upcasters: Readonly<Record<string, Readonly<Record<number, Upcaster>>>> = {};
`;

const index = ({ singular, type, topic }: DomainNames) => `\
export { ${singular}Events, ${topic} } from './catalogue.ts';
export type { ${[`Create${type}`, `${type}Command`, `${type}Id`, `Rename${type}`].sort().join(', ')} } from './commands.ts';
export type { ${type}Event } from './events.generated.ts';
export { ${singular}Routes } from './routes.ts';
`;
