import { randomUUID } from 'node:crypto';

import { type Environment, loadConfig } from '@millrace/config';
import { openDatabase } from '@millrace/postgres';
import { type Home, signDevelopmentToken } from '@millrace/stack';

import { type DemoClient, waitFor } from './demo-client.ts';
import { type DemoReport, demoReport, findings, type TenantFindings } from './demo-report.ts';
import { driveOrders, measureVisibility } from './drive-orders.ts';
import { driveHiring, drivePipeline, driveTenant } from './drive-processes.ts';
import { hrNotifications, proveOrders, proveTenant, topicEnds, type Witnesses } from './proof.ts';

const TENANT = 'demo';
const ORDERS = 25;
const MOST_VISIBILITY_SAMPLES = 200;

/** What a demo runs against and how large it is. */
export type Demo = { readonly home: Home; readonly environment: Environment; readonly orders?: number };

/**
 * Places orders, runs a pipeline, hires a person and keeps users in two tenants, all over HTTP, and reads back what
 * became of them.
 * @throws Error when a command is not accepted, or a process does not end
 */
export async function runDemo({ home, environment, orders = ORDERS }: Demo): Promise<DemoReport> {
  const config = loadConfig(environment, ['DATABASE_URL', 'KAFKA_BROKERS', 'MILLRACE_URL']);
  const database = openDatabase({
    url: config.DATABASE_URL,
    poolSize: 2,
    applicationName: 'millrace demo',
    statementTimeoutMs: 60_000,
  });
  const clientOf = async (tenant: string, ...roles: string[]): Promise<DemoClient> => ({
    url: config.MILLRACE_URL,
    token: await signDevelopmentToken(home, { tenant, roles, subject: 'demo', hours: 1 }, environment),
  });
  try {
    const witnesses = { database, brokers: config.KAFKA_BROKERS, from: await topicEnds(config.KAFKA_BROKERS) };
    const client = await clientOf(TENANT, 'writer');
    const startedAt = performance.now();
    const orderIds = await driveOrders(client, orders);
    const elapsedMs = performance.now() - startedAt;
    const processes = await runProcesses(witnesses, clientOf);
    const pipeline = await proveOrders(witnesses, { tenantId: TENANT, orderIds });
    const visibilityMs = await measureVisibility(client, Math.min(orders, MOST_VISIBILITY_SAMPLES));
    return demoReport({ orders, elapsedMs, pipeline, visibilityMs, processes });
  } finally {
    await database.close();
  }
}

// Beside its users, a tenant has its own stream; the first also a pipeline and its 3 jobs, and an organization, a
// hiring, a person and an employment.
const OWN_STREAM = 1;
const PROCESS_STREAMS = 8;

type ClientOf = (tenant: string, ...roles: string[]) => Promise<DemoClient>;

async function runProcesses(witnesses: Witnesses, clientOf: ClientOf): Promise<DemoReport['processes']> {
  const run = randomUUID().slice(0, 8);
  const [north, south] = [`north-${run}`, `south-${run}`];
  const operator = await clientOf(TENANT, 'operator');
  const [northern, southern] = [await clientOf(north, 'admin'), await clientOf(south, 'admin')];
  const usersExpected = await driveTenant(operator, northern, north);
  await driveTenant(operator, southern, south);
  const [hiringId] = await Promise.all([driveHiring(northern), drivePipeline(northern)]);
  const told = await hrNotifications(witnesses, north);
  return {
    hrNotified: told.get(hiringId) ?? 0,
    tenants: [
      await tenantFindings(witnesses, northern, { tenantId: north, usersExpected, ownStreams: PROCESS_STREAMS }),
      await tenantFindings(witnesses, southern, { tenantId: south, usersExpected, ownStreams: 0 }),
    ],
  };
}

type DrivenTenant = { readonly tenantId: string; readonly usersExpected: number; readonly ownStreams: number };

async function tenantFindings(
  witnesses: Witnesses,
  client: DemoClient,
  { tenantId, usersExpected, ownStreams }: DrivenTenant,
): Promise<TenantFindings> {
  // One user has left, and keeps a stream.
  const streams = OWN_STREAM + usersExpected + 1 + ownStreams;
  const report = await proveTenant(witnesses, tenantId, streams);
  const userCount = await waitFor(client, `/v1/tenants/${tenantId}`, ({ userCount: count }) => count as number);
  return { tenantId, streams: report.streams, userCount, usersExpected, ...findings(report, streams) };
}
