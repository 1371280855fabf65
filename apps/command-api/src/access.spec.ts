import { afterAll, describe, expect, test } from '@jest/globals';

import { aggregates } from './aggregates.ts';
import { inMemory } from './command-api.fixture.ts';

const { api, memory } = inMemory();
afterAll(() => api.server.close());

const roles = ['admin', 'writer', 'reader', 'auditor', 'operator', 'process', 'stranger'];
const everyWriter = ['admin', 'writer', 'process'];
const byProcesses = ['admin', 'process'];

/** Commands that not every writer may send. */
const special: Readonly<Record<string, readonly string[]>> = {
  StartPipelineStep: byProcesses,
  CompletePipelineStep: byProcesses,
  FailPipelineStep: byProcesses,
  CompleteHiring: byProcesses,
  FailHiring: byProcesses,
  CreateTenant: ['operator', 'admin'],
  RenameTenant: ['operator', 'admin'],
  UpdateTenantSettings: ['operator', 'admin'],
  SuspendTenant: ['operator'],
  ReactivateTenant: ['operator'],
  DeleteTenant: ['operator'],
  ImportUser: ['operator', 'admin'],
};

const cells = aggregates.flatMap(({ routes: { plural, verbs } }) =>
  Object.entries(verbs).map(([command, verb]) => {
    const path = verb === 'create' ? `/v1/${plural}` : `/v1/${plural}/some-1/${verb}`;
    return { command, path, allowed: special[command] ?? [...everyWriter, `${plural}.writer`], plural };
  }),
);

/** A body that no command takes: who may send the command is told so, and nothing is stored. */
const nonsense = { nonsense: true };

describe('ACC-40 JOB-47 every command × every role', () => {
  test.each(cells)('$command ($path)', async ({ path, allowed, plural }) => {
    const everyRole = [...roles, `${plural}.writer`, `${plural}.reader`, 'invoices.writer'];
    const admitted: string[] = [];
    for (const role of everyRole) {
      const { status, body } = await api.command(path, nonsense, { authorization: `Bearer acme.${role}` });
      expect([status, body['code']]).toEqual(status === 400 ? [400, 'VALIDATION_FAILED'] : [403, 'FORBIDDEN']);
      if (status === 400) admitted.push(role);
    }
    expect(admitted.sort()).toEqual([...allowed].sort());
    expect((await api.command(path, nonsense, { authorization: 'none' })).status).toBe(401);
    expect(memory.log).toEqual([]);
  });
});

describe('ACC-40 a process acts for the tenant that it names', () => {
  const order = { customerId: 'c-1', items: [] };

  test('its command is refused or carried out for that tenant', async () => {
    const headers = { authorization: 'Bearer millrace.process', 'millrace-tenant': 'umbrella' };
    const items = [{ sku: 'tea', quantity: 1, unitPrice: { amount: '1', currency: 'EUR' } }];
    expect((await api.command('/v1/orders', { ...order, orderId: 'o-process', items }, headers)).status).toBe(201);
    expect(memory.log.map((json) => JSON.parse(json) as unknown)).toMatchObject([
      { tenantId: 'umbrella', userId: 'alice', aggregateId: 'o-process' },
    ]);
  });

  test('nobody else may name one', async () => {
    const headers = { authorization: 'Bearer acme.admin', 'millrace-tenant': 'umbrella' };
    expect(await api.command('/v1/orders', order, headers)).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } });
  });
});
