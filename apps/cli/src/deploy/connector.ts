import { setTimeout as delay } from 'node:timers/promises';

import type { Config } from '@millrace/config';
import { MillraceError } from '@millrace/core';
import { ConnectClient, CONNECTOR_NAME, connectorConfig } from '@millrace/relay';

/** Variables that the connector is made from. */
export const connectorVariables = [
  'DATABASE_URL',
  'CONNECT_URL',
  'CONNECT_DATABASE_HOST',
  'CONNECT_DATABASE_PORT',
  'CDC_ROLE_PASSWORD',
] as const;

const START_TIMEOUT_MS = 60_000;

/**
 * Puts the connector and waits until its task runs.
 * @throws MillraceError `CONNECT_UNAVAILABLE`; `PREFLIGHT_FAILED` when Connect refuses it or the task does not start
 */
export async function deployConnector(config: Config<(typeof connectorVariables)[number]>): Promise<void> {
  const connect = new ConnectClient(config.CONNECT_URL, CONNECTOR_NAME);
  await connect.configure(await connectorConfig(config));
  const deadline = performance.now() + START_TIMEOUT_MS;
  for (;;) {
    const { connector, task, trace } = await connect.state();
    if (connector === 'RUNNING' && task === 'RUNNING') return;
    if (task === 'FAILED' || performance.now() > deadline)
      throw new MillraceError('PREFLIGHT_FAILED', `the connector's task is ${task}: ${trace}`);
    await delay(200);
  }
}
