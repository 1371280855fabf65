import { type Environment, loadConfig } from '@millrace/config';
import { MillraceError } from '@millrace/core';
import { openDatabase } from '@millrace/postgres';
import { type Home, signDevelopmentToken, stackStatus } from '@millrace/stack';
import { Command, InvalidArgumentError } from 'commander';

import { type CliContext, exitCodes } from '../cli.ts';
import { demoLines, type DemoReport, demoReport } from '../demo/demo-report.ts';
import { driveOrders, measureVisibility } from '../demo/drive-orders.ts';
import { topicEnds, verifyOrders } from '../demo/verified-orders.ts';
import { chosenHome, homeOption } from '../home-option.ts';

const TENANT = 'demo';
const ORDERS = 25;
const VISIBILITY_SAMPLES = 20;
const VERIFY_TIMEOUT_MS = 60_000;

type DemoOptions = { readonly orders: number; readonly verify?: boolean; readonly home?: string };

/** What a demo runs against and how large it is. */
export type Demo = { readonly home: Home; readonly environment: Environment; readonly orders?: number };

/** `millrace demo`: orders through the running stack, and the proof of what became of them. */
export function demoCommand({ environment, print, exitWith }: CliContext): Command {
  return new Command('demo')
    .description(
      'place orders through the running stack and compare what the store, the topics and the read models say',
    )
    .option('--orders <number>', 'how many', parseOrders, ORDERS)
    .option('--verify', 'end with exit code 1 unless everything agrees (the comparison is always made)')
    .addOption(homeOption())
    .action(async (options: DemoOptions) => {
      const home = chosenHome(options.home, environment);
      const status = stackStatus(home);
      if (!status?.ready) throw new MillraceError('KAFKA_UNAVAILABLE', 'the stack is not running: npm start');
      const report = await runDemo({ home, environment: { ...environment, ...status.env }, orders: options.orders });
      print({ text: `\n${demoLines(report).join('\n')}\n`, json: report });
      if (options.verify && !report.ok) exitWith(exitCodes.failed);
    });
}

/**
 * Places orders over HTTP and reads back what became of them.
 * @throws Error when a command is not accepted
 */
export async function runDemo({ home, environment, orders = ORDERS }: Demo): Promise<DemoReport> {
  const config = loadConfig(environment, ['DATABASE_URL', 'KAFKA_BROKERS', 'MILLRACE_URL']);
  const database = openDatabase({
    url: config.DATABASE_URL,
    poolSize: 2,
    applicationName: 'millrace demo',
    statementTimeoutMs: 60_000,
  });
  try {
    const token = await signDevelopmentToken(
      home,
      { tenant: TENANT, roles: ['writer'], subject: 'demo', hours: 1 },
      environment,
    );
    const client = { url: config.MILLRACE_URL, token };
    const from = await topicEnds(config.KAFKA_BROKERS);
    const startedAt = performance.now();
    const orderIds = await driveOrders(client, orders);
    const elapsedMs = performance.now() - startedAt;
    const pipeline = await verifyOrders(
      { database, brokers: config.KAFKA_BROKERS, tenantId: TENANT, orderIds, from },
      VERIFY_TIMEOUT_MS,
    );
    return demoReport(pipeline, {
      orders,
      elapsedMs,
      visibilityMs: await measureVisibility(client, VISIBILITY_SAMPLES),
    });
  } finally {
    await database.close();
  }
}

function parseOrders(text: string): number {
  const orders = Number(text);
  if (!Number.isInteger(orders) || orders < 1 || orders > 100_000)
    throw new InvalidArgumentError('Give a whole number from 1 to 100000.');
  return orders;
}
