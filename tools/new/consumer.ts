import type { Edit } from './plan.ts';
import { addElement } from './source-edits.ts';

/** A consumer group, its app, and what kind of app that is. */
export type Consumer = {
  readonly name: string;
  readonly topics: readonly string[];
  readonly kind: 'consumer' | 'saga';
};

/** Where a consumer group is named besides its own folder: so that it is run, and its lag measured. */
export function registeredConsumer({ name, topics, kind }: Consumer): Edit[] {
  const service = kind === 'saga' ? 'saga' : 'projection';
  return [
    {
      path: 'libs/contracts/src/topology.ts',
      edit: (text) => addElement(text, 'consumerGroups', `{ group: '${name}', topics: [${topics.join(', ')}] }`),
    },
    {
      path: 'libs/platform/stack/src/components/apps.ts',
      edit: (text) => addElement(text, 'apps', `{ name: '${name}', ...${kind} }`),
    },
    {
      path: 'docker-compose.yml',
      edit: (text) =>
        addService(text, `  ${name}:\n    <<: *${service}\n    command: [node, apps/${name}/src/main.ts]\n`),
    },
  ];
}

/** Puts a service behind the last one. */
function addService(text: string, service: string): string {
  const end = text.indexOf('\nconfigs:\n');
  if (end < 0) throw new Error('no "configs:" behind the services');
  return `${text.slice(0, end)}\n${service}${text.slice(end)}`;
}
