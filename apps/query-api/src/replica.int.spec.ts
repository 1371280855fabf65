import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type ReplicatedPostgres, startReplicatedPostgres } from '@millrace/testing';

import { entities, lists } from './entities.ts';
import { OrderReadSide } from './orders/order-read-side.fixture.ts';
import { commandOf, live, SHARED } from './two-tenants.fixture.ts';

const urls = [
  ...entities.flatMap(({ resource: { aggregateType, plural }, current }) => {
    const url = `/v1/${plural}/${aggregateType === 'tenant' ? 'acme' : SHARED}`;
    return [
      `${url}/history`,
      ...(current ? [url, `${url}?minVersion=1`, `${url}?version=1`, `${url}?at=2999-01-01T00:00:00Z`] : []),
    ];
  }),
  ...lists.filter(({ path }) => path !== '/tenants').map(({ path }) => `/v1${path.replace(':customerId', 'c-1')}`),
  '/v1/activity',
];

let postgres: ReplicatedPostgres;
let readSide: OrderReadSide;

beforeAll(async () => {
  postgres = await startReplicatedPostgres();
  readSide = new OrderReadSide(postgres.primary, { replicaUrl: postgres.onStandby(postgres.primary.roleUrls.query) });
  await live(readSide, 'acme');
  await readSide.storeAndProject({ orderId: 'o-1' }, 'OrderCreated');
}, 60_000);
afterAll(async () => {
  await readSide.close();
  await postgres.stop();
});

describe('JOB-33 ACC-86 a streaming replica', () => {
  test('answers everything: no query of the read side reaches the primary', async () => {
    await readSide.get('/v1/orders/o-1?minVersion=1&wait=3s');
    for (const url of urls) expect([url, (await readSide.get(url)).status]).toEqual([url, 200]);
    const { rows } = await readSide.sql(`select usename from pg_stat_activity where application_name = 'query-api'`);
    expect(rows).toEqual([]);
  });

  test('SHR-44 T-7 that lags: an answer is of then, minVersion waits until the replica is there or says that it is not', async () => {
    await postgres.pauseReplay();
    await readSide.storeAndProject({ orderId: 'o-1' }, 'OrderConfirmed');
    expect((await readSide.get('/v1/orders/o-1')).body).toMatchObject({ version: 1, status: 'created' });
    expect(await readSide.get('/v1/orders/o-1?minVersion=2&wait=100ms')).toMatchObject({
      status: 504,
      body: { code: 'VERSION_NOT_REACHED', version: 1, minVersion: 2 },
    });
    const waiting = readSide.get('/v1/orders/o-1?minVersion=2&wait=3s');
    await postgres.resumeReplay();
    expect(await waiting).toMatchObject({ status: 200, body: { version: 2, status: 'confirmed' } });
  });

  test('SHR-43 T-58 a cached answer holds until the replica has the change, and no longer', async () => {
    const hits = () => readSide.metric('millrace_cache_hits_total{query="GetOrder"}');
    await readSide.get('/v1/orders/o-1');
    await postgres.pauseReplay();
    await readSide.storeAndProject({ orderId: 'o-1' }, 'OrderShipped');
    const before = await hits();
    expect((await readSide.get('/v1/orders/o-1')).body).toMatchObject({ version: 2 });
    expect(await hits()).toBe(before + 1);
    await postgres.resumeReplay();
    expect((await readSide.get('/v1/orders/o-1?minVersion=3')).body).toMatchObject({ version: 3, status: 'shipped' });
  });

  test('CIM-7 what became of a command is asked of the primary, which has it first', async () => {
    await postgres.pauseReplay();
    await readSide.sql(`insert into command.pending_commands (tenant_id, command_id, user_id, stream_tenant_id, aggregate_type, aggregate_id,
      command, context, idempotency_key, request_hash) values ('acme', '${commandOf('soon')}', 'alice', 'acme', 'job', 'j', '{}', '{}', 'k', 'h')`);
    expect((await readSide.get(`/v1/commands/${commandOf('soon')}`)).body).toMatchObject({ status: 'pending' });
    await postgres.resumeReplay();
  });

  test('goes on answering while the primary is down', async () => {
    await postgres.stopPrimary();
    for (const url of [...urls, '/readyz']) expect([url, (await readSide.get(url)).status]).toEqual([url, 200]);
    expect((await readSide.get(`/v1/commands/${commandOf('acme')}`)).status).toBe(503);
  });
});
