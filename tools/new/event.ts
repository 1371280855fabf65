import { globSync, readFileSync } from 'node:fs';

import { domainNames } from './names.ts';
import type { Edit, Plan } from './plan.ts';
import { eventTypes } from './repository.ts';
import { addProperty, hasProperty, withCase } from './source-edits.ts';
import { eventSchema } from './templates/event-schema.ts';

/**
 * An event of a domain that exists. Where the compiler would miss it, it changes nothing yet: the state stays, every
 * projection says `ignore`.
 */
export function newEvent(plural: string, type: string): Plan {
  const names = domainNames(plural);
  if (!/^([A-Z][a-z0-9]*){2,}$/.test(type)) {
    throw new Error(`"${type}": an event is the ${names.singular} and a past tense, such as ${names.type}Approved`);
  }
  if (eventTypes(plural).includes(type)) {
    throw new Error(`${type} exists; its next version is schemas/${plural}/${type}.v2.avsc`);
  }
  const decider = `libs/domain/${plural}/src/${names.singular}.ts`;
  const folds = foldEdits(plural, type);
  return {
    files: [eventSchema(names, { type, doc: 'TODO: what happened, in the words of the business.' })],
    edits: [...stateEdits(decider, type), ...folds],
    next: [
      `schemas/${plural}/${type}.v1.avsc: what it says; then npm run generate`,
      `libs/contracts/src/${plural}: the command that leads to it, in commands.ts and routes.ts`,
      `${decider}: decide and evolve; the compiler names both, and command-api`,
      ...new Set(folds.map(({ path }) => `${path}: handle it, or leave "ignore"`)),
      'the specs of both: every command in every state, every event in every read model',
      'npx millrace schema check',
    ],
  };
}

/** A state that stays, where the decider has a switch over its events and is given the state. */
function stateEdits(path: string, type: string): Edit[] {
  const edit = (text: string) =>
    text.includes('evolve(state, ') ? withCase(text, 'evolve', `case '${type}':\nreturn state;`) : undefined;
  return edit(readFileSync(path, 'utf8')) === undefined ? [] : [{ path, edit: (text) => edit(text) ?? text }];
}

/** The word `ignore` in everything that handles or publishes the events of a domain, its own read models or others. */
function foldEdits(plural: string, type: string): Edit[] {
  return globSync('libs/read-models/*/src/**/*.ts', { exclude: ['**/*.spec.ts', '**/*.fixture.ts'] })
    .sort()
    .flatMap((path) => {
      const text = readFileSync(path, 'utf8');
      const tells = text.includes(`'@millrace/contracts/${plural}'`);
      return ['handlers', 'publish']
        .filter((owner) => tells && hasProperty(text, owner))
        .map((owner) => ({ path, edit: (before: string) => addProperty(before, owner, `${type}: 'ignore'`) }));
    });
}
