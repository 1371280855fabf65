import { registeredConsumer } from './consumer.ts';
import { domainNames, partNames } from './names.ts';
import type { Plan } from './plan.ts';
import { eventTypes } from './repository.ts';
import { sagaApp } from './templates/saga-app.ts';

/** A process across aggregates that an event of a domain starts. */
export function newSaga(name: string, plural: string, eventType: string): Plan {
  const names = domainNames(plural);
  const part = partNames(`${name.replace(/-saga$/, '')}-saga`);
  const known = eventTypes(plural);
  if (!known.includes(eventType)) throw new Error(`${plural} has no event ${eventType}; it has ${known.join(', ')}`);
  const saga = `apps/${part.kebab}/src/${part.kebab}.ts`;
  return {
    files: sagaApp(names, part, eventType),
    edits: registeredConsumer({ name: part.kebab, topics: [names.topic], kind: 'saga' }),
    next: [
      `${saga}: the events that matter, from all topics, and what is done about each`,
      `apps/${part.kebab}/src/main.ts, libs/contracts/src/topology.ts: the catalogues, topics and routes of other domains`,
      `apps/command-api/src/<domain>: access PROCESS_ROLES for commands that only a process may send`,
    ],
  };
}
