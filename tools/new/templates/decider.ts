import type { DomainNames } from '../names.ts';
import type { NewFile } from '../plan.ts';
import { deciderSpec } from './decider-spec.ts';
import { packageJson } from './package-json.ts';

/** The rules of the domain: a package of its own that imports nothing but its contracts and the core. */
export function domainFiles(names: DomainNames): NewFile[] {
  const { plural, singular, type } = names;
  const folder = `libs/domain/${plural}`;
  return [
    packageJson({
      folder,
      name: plural,
      layer: 'domain',
      side: 'write',
      scope: plural,
      exports: { '.': './src/index.ts' },
    }),
    { path: `${folder}/README.md`, text: readme(names) },
    {
      path: `${folder}/src/index.ts`,
      text: `export { type ${type}, ${singular}, type ${type}Rejection, type ${type}Status } from './${singular}.ts';`,
    },
    { path: `${folder}/src/${singular}.ts`, text: decider(names) },
    { path: `${folder}/src/${singular}.spec.ts`, text: deciderSpec(names) },
  ];
}

const readme = ({ types, singular, one }: DomainNames) => `\
# ${types}

TODO: what ${one} is, in a sentence. This folder holds its rules and nothing else: no I/O, no clock.

- ${one.charAt(0).toUpperCase()}${one.slice(1)} has a name; a change to the name it bears already is refused.
- Creating ${one} that exists is refused.

Every (state × command) pair is in \`src/${singular}.spec.ts\`.
`;

const decider = ({ plural, singular, one, type, code, idField }: DomainNames) => `\
import type { ${type}Command, ${type}Event } from '@millrace/contracts/${plural}';
import { accept, type Decider, type Decision, MillraceError, reject, rejectAbsent, rejectExisting, unreachable } from '@millrace/core';

/** Where ${one} stands. \`absent\` is the state before the first event. */
export type ${type}Status = 'absent' | 'active';

/** What the rules need to know, and no more. */
export type ${type} = { readonly status: ${type}Status; readonly name: string };

/** Refusals of the ${singular} rules; clients may rely on the codes. */
export type ${type}Rejection = '${code}_NOT_FOUND' | '${code}_ALREADY_EXISTS' | '${code}_NAME_EMPTY' | '${code}_UNCHANGED';

type ${type}Decision = Decision<${type}Event, ${type}Rejection>;
type CommandData = ${type}Command['data'];

/**
 * The ${singular}:
 *
 *     absent ─create▶ active
 *                      ⟲ rename
 */
export const ${singular}: Decider<${type}, ${type}Command, ${type}Event, ${type}Rejection> = {
  aggregateType: '${singular}',
  initialState: { status: 'absent', name: '' },
  stateVersion: 1,

  decide(command, state) {
    switch (command.type) {
      case 'Create${type}':
        return create(command.data, state);
      case 'Rename${type}':
        return rename(command.data, state);
      default:
        return unreachable(command);
    }
  },

  evolve(state, event) {
    if (state.status === 'absent' && event.type !== '${type}Created') {
      throw new MillraceError('CORRUPT_STREAM', \`${one} cannot begin with \${event.type}\`, {
        facts: { ${idField}: event.data.${idField} },
      });
    }
    switch (event.type) {
      case '${type}Created':
        return { status: 'active', name: event.data.name };
      case '${type}Renamed':
        return { ...state, name: event.data.newName };
      default:
        return unreachable(event);
    }
  },
};

function create(data: CommandData, { status }: ${type}): ${type}Decision {
  if (status !== 'absent') return rejectExisting('${code}_ALREADY_EXISTS', \`${type} \${data.${idField}} exists already.\`);
  return refuseName(data.name) ?? accept({ type: '${type}Created', data });
}

function rename({ ${idField}, name }: CommandData, state: ${type}): ${type}Decision {
  if (state.status === 'absent') return rejectAbsent('${code}_NOT_FOUND', \`There is no ${singular} \${${idField}}.\`);
  if (name === state.name) return reject('${code}_UNCHANGED', 'The ${singular} bears this name already.');
  return refuseName(name) ?? accept({ type: '${type}Renamed', data: { ${idField}, oldName: state.name, newName: name } });
}

function refuseName(name: string): ${type}Decision | undefined {
  return name.trim() === '' ? reject('${code}_NAME_EMPTY', '${one.charAt(0).toUpperCase()}${one.slice(1)} needs a name.') : undefined;
}
`;
