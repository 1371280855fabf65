import { setTimeout as delay } from 'node:timers/promises';

import type { Config } from '@millrace/config';
import { MillraceError } from '@millrace/core';
import type { Database } from '@millrace/postgres';
import {
  ConnectClient,
  CONNECTOR_NAME,
  connectorConfig,
  diagnose,
  type RelayFacts,
  RelayObserver,
  replaceSlot,
} from '@millrace/relay';

/** Variables that the connector is made from. */
export const connectorVariables = [
  'DATABASE_URL',
  'CONNECT_URL',
  'CONNECT_DATABASE_HOST',
  'CONNECT_DATABASE_PORT',
  'CDC_ROLE_PASSWORD',
] as const;

const START_TIMEOUT_MS = 60_000;
const ASK_AGAIN_MS = 200;

/**
 * Puts the connector, lets it run where somebody had stopped it, and waits until its task runs. A database that went back
 * is not streamed from: then the connector is put and left stopped, so that `millrace recover` may resume it.
 * @returns what became of it, for people
 * @throws MillraceError `CONNECT_UNAVAILABLE`; `PREFLIGHT_FAILED` when Connect refuses it, the task does not start, or the
 *   database went back
 */
export async function deployConnector(
  database: Database,
  config: Config<(typeof connectorVariables)[number]>,
): Promise<string> {
  const connect = new ConnectClient(config.CONNECT_URL, CONNECTOR_NAME);
  const facts = await new RelayObserver({ database, connect }).look();
  const state = facts.connector === 'unreachable' ? 'unreachable' : facts.connector.connector;
  const problem = diagnose(facts);
  if (problem?.cause === 'store_went_back') {
    if (state !== 'absent') {
      await connect.stop();
      await connect.configure(await connectorConfig(config));
    }
    throw new MillraceError('PREFLIGHT_FAILED', `the connector stays stopped: ${problem.detail}`);
  }
  await connect.configure(await connectorConfig(config));
  await letRun({ database, connect }, facts);
  await taskRuns(connect);
  return state === 'STOPPED' || state === 'PAUSED' ? `running, it was ${state}` : 'running';
}

/** A repair that was cut short is completed first: it holds the connector stopped. */
async function letRun(parts: { database: Database; connect: ConnectClient }, facts: RelayFacts): Promise<void> {
  const { hold, connector } = facts;
  const deadline = performance.now() + START_TIMEOUT_MS;
  if (!hold) {
    if (connector !== 'unreachable' && connector.connector !== 'absent') await parts.connect.resume();
    return;
  }
  while (!(await replaceSlot(parts, hold))) {
    if (performance.now() > deadline) throw new MillraceError('PREFLIGHT_FAILED', 'somebody holds the slot');
    await delay(ASK_AGAIN_MS);
  }
}

async function taskRuns(connect: ConnectClient): Promise<void> {
  const deadline = performance.now() + START_TIMEOUT_MS;
  for (;;) {
    const { connector, task, trace } = await connect.state();
    if (connector === 'RUNNING' && task === 'RUNNING') return;
    if (task === 'FAILED' || performance.now() > deadline)
      throw new MillraceError('PREFLIGHT_FAILED', `the connector's task is ${task}: ${trace}`);
    await delay(ASK_AGAIN_MS);
  }
}
