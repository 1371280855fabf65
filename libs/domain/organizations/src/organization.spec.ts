import { describe, expect, it } from '@jest/globals';
import type { OrganizationCommand, OrganizationEvent, OrganizationId } from '@millrace/contracts/organizations';
import { given, specContext } from '@millrace/core/testing';
import fc from 'fast-check';

import { organization, type OrganizationRejection } from './index.ts';

const organizationId = 'org-1' as OrganizationId;
const created: OrganizationEvent = { type: 'OrganizationCreated', data: { organizationId, name: 'Acme' } };
const renamed: OrganizationEvent = {
  type: 'OrganizationRenamed',
  data: { organizationId, oldName: 'Acme', newName: 'Apex' },
};

type State = 'absent' | 'known' | 'renamed';
const histories: Record<State, OrganizationEvent[]> = { absent: [], known: [created], renamed: [created, renamed] };

const commands: Record<OrganizationCommand['type'], OrganizationCommand> = {
  CreateOrganization: { type: 'CreateOrganization', data: { organizationId, name: 'Acme' } },
  RenameOrganization: { type: 'RenameOrganization', data: { organizationId, name: 'Apex' } },
};

/** The whole transition table: what each command does in each state. */
const matrix: Record<State, Record<OrganizationCommand['type'], OrganizationEvent | OrganizationRejection>> = {
  absent: { CreateOrganization: created, RenameOrganization: 'ORGANIZATION_NOT_FOUND' },
  known: { CreateOrganization: 'ORGANIZATION_ALREADY_EXISTS', RenameOrganization: renamed },
  renamed: { CreateOrganization: 'ORGANIZATION_ALREADY_EXISTS', RenameOrganization: 'ORGANIZATION_UNCHANGED' },
};

const pairs = Object.entries(matrix).flatMap(([state, row]) =>
  Object.entries(row).map(([type, outcome]) => ({
    state: state as State,
    type: type as OrganizationCommand['type'],
    outcome,
  })),
);

describe('organization', () => {
  it.each(pairs)('CIM-47 ORD-80 T-55 $type when $state', ({ state, type, outcome }) => {
    const result = given(organization)(...histories[state]).when(commands[type]);
    if (typeof outcome === 'string') result.thenRejected(outcome);
    else result.then(outcome);
  });

  it.each(['', '  ', '\t'])('a name of %j is none', (name) => {
    given(organization)()
      .when({ type: 'CreateOrganization', data: { organizationId, name } })
      .thenRejected('ORGANIZATION_NAME_EMPTY');
    given(organization)(created)
      .when({ type: 'RenameOrganization', data: { organizationId, name } })
      .thenRejected('ORGANIZATION_NAME_EMPTY');
  });

  it('CIM-45 T-26 an organization begins with OrganizationCreated; names that no rule allows today still load', () => {
    expect(() => organization.evolve(organization.initialState, renamed)).toThrow(
      'an organization cannot begin with OrganizationRenamed',
    );
    const nameless: OrganizationEvent = { type: 'OrganizationCreated', data: { organizationId, name: '' } };
    given(organization)(nameless)
      .when(commands.RenameOrganization)
      .then({ type: 'OrganizationRenamed', data: { organizationId, oldName: '', newName: 'Apex' } });
  });

  it('T-55 each rename tells the name before, whatever the run of renames', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('Acme', 'Apex', 'Atlas', ' '), { maxLength: 20 }), (names) => {
        let state = organization.evolve(organization.initialState, created);
        const borne = ['Acme'];
        for (const name of names) {
          const command: OrganizationCommand = { type: 'RenameOrganization', data: { organizationId, name } };
          const decision = organization.decide(command, state, specContext);
          if (decision.outcome === 'rejected') continue;
          expect(decision.events).toEqual([
            { type: 'OrganizationRenamed', data: { organizationId, oldName: borne.at(-1), newName: name } },
          ]);
          borne.push(name);
          state = decision.events.reduce((folded, event) => organization.evolve(folded, event), state);
        }
        expect(borne.every((name, index) => name !== borne[index - 1] && name.trim() !== '')).toBe(true);
      }),
    );
  });
});
