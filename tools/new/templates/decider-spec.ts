import type { DomainNames } from '../names.ts';

/** The spec of the rules: the whole transition table, then what holds whatever happens. */
export function deciderSpec(names: DomainNames): string {
  return `${table(names)}\n${tests(names)}`;
}

const table = ({ plural, singular, type, code, idField }: DomainNames) => `\
import { describe, expect, it } from '@jest/globals';
import type { ${type}Command, ${type}Event, ${type}Id } from '@millrace/contracts/${plural}';
import { given, specContext } from '@millrace/core/testing';
import fc from 'fast-check';

import { ${singular}, type ${type}Rejection, type ${type}Status } from './index.ts';

const ${idField} = '${singular}-1' as ${type}Id;
const created: ${type}Event = { type: '${type}Created', data: { ${idField}, name: 'First' } };
const renamed: ${type}Event = { type: '${type}Renamed', data: { ${idField}, oldName: 'First', newName: 'Second' } };

const histories: Record<${type}Status, ${type}Event[]> = { absent: [], active: [created] };

const commands: Record<${type}Command['type'], ${type}Command> = {
  Create${type}: { type: 'Create${type}', data: { ${idField}, name: 'First' } },
  Rename${type}: { type: 'Rename${type}', data: { ${idField}, name: 'Second' } },
};

const exists = '${code}_ALREADY_EXISTS';
const absent = '${code}_NOT_FOUND';

/** The whole transition table: what each command does in each state. */
const matrix: Record<${type}Command['type'], Record<${type}Status, ${type}Event | ${type}Rejection>> = {
  Create${type}: { absent: created, active: exists },
  Rename${type}: { absent, active: renamed },
};

const pairs = Object.entries(matrix).flatMap(([type, row]) =>
  Object.entries(row).map(([status, outcome]) => ({
    type: type as ${type}Command['type'],
    status: status as ${type}Status,
    outcome,
  })),
);
`;

const tests = ({ singular, one, type, code, idField }: DomainNames) => `\
describe('${singular}', () => {
  it.each(pairs)('$type when $status', ({ type, status, outcome }) => {
    const result = given(${singular})(...histories[status]).when(commands[type]);
    if (typeof outcome === 'string') result.thenRejected(outcome);
    else result.then(outcome);
  });

  it('needs a name, and another one to be renamed', () => {
    given(${singular})().when({ type: 'Create${type}', data: { ${idField}, name: ' ' } }).thenRejected('${code}_NAME_EMPTY');
    given(${singular})(created, renamed).when(commands.Rename${type}).thenRejected('${code}_UNCHANGED');
  });

  it('begins with ${type}Created and with nothing else', () => {
    expect(() => ${singular}.evolve(${singular}.initialState, renamed)).toThrow('${one} cannot begin with ${type}Renamed');
  });

  it('is rebuilt by its stored events, whatever was asked of it', () => {
    const names = fc.constantFrom('First', 'Second', '');
    const command: fc.Arbitrary<${type}Command> = fc
      .tuple(fc.constantFrom('Create${type}' as const, 'Rename${type}' as const), names)
      .map(([type, name]) => ({ type, data: { ${idField}, name } }));
    fc.assert(
      fc.property(fc.array(command, { maxLength: 30 }), (run) => {
        let state = Object.freeze(${singular}.initialState);
        const stored: ${type}Event[] = [];
        for (const wanted of run) {
          const decision = ${singular}.decide(wanted, state, specContext);
          if (decision.outcome === 'rejected') continue;
          stored.push(...decision.events);
          for (const event of decision.events) state = Object.freeze(${singular}.evolve(state, event));
        }
        expect(given(${singular})(...stored).state).toEqual(state);
      }),
    );
  });
});
`;
