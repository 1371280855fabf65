import { describe, expect, test } from '@jest/globals';
import { type OrganizationEvent, organizationEvents } from '@millrace/contracts/organizations';
import { foldEvent, type RecordedEvent } from '@millrace/core';

import { organizationView, type OrganizationViewRow } from './index.ts';

const organizationId = 'org-1';
const created: OrganizationEvent = { type: 'OrganizationCreated', data: { organizationId, name: 'Acme' } };
const renamed: OrganizationEvent = {
  type: 'OrganizationRenamed',
  data: { organizationId, oldName: 'Acme', newName: 'Apex' },
};

const fold = (...events: OrganizationEvent[]) =>
  events
    .map((event, index) => ({
      ...event,
      tenantId: 'acme',
      aggregateId: organizationId,
      sequenceNumber: index + 1,
      occurredAt: `2026-01-02T0${index}:00:00.000Z`,
    }))
    .reduce<OrganizationViewRow | undefined>(
      (row, event) => foldEvent(organizationView, row, event as RecordedEvent<OrganizationEvent>),
      undefined,
    );

describe('organization view', () => {
  test('CIM-27 every event type is handled', () => {
    expect(Object.keys(organizationView.handlers).sort()).toEqual(
      organizationEvents.definitions.map(({ type }) => type).sort(),
    );
  });

  test('CIM-47 T-55 it bears its newest name, and tells since when', () => {
    const row = {
      tenant_id: 'acme',
      organization_id: 'org-1',
      name: 'Acme',
      created_at: '2026-01-02T00:00:00.000Z',
      updated_at: '2026-01-02T00:00:00.000Z',
      version: 1,
    };
    expect(fold(created)).toEqual(row);
    expect(fold(created, renamed)).toEqual({
      ...row,
      name: 'Apex',
      updated_at: '2026-01-02T01:00:00.000Z',
      version: 2,
    });
  });

  test('T-42 a rename before OrganizationCreated is refused, not swallowed', () => {
    expect(() => fold(renamed)).toThrow(
      'OrganizationRenamed of organization org-1 has no OrganizationCreated before it',
    );
  });
});
