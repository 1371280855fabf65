import { MillraceError } from '@millrace/core';
import { stackStatus } from '@millrace/stack';
import { Command, InvalidArgumentError } from 'commander';

import { type CliContext, exitCodes } from '../cli.ts';
import { demoLines } from '../demo/demo-report.ts';
import { runDemo } from '../demo/run-demo.ts';
import { chosenHome, homeOption } from '../home-option.ts';

const ORDERS = 25;

type DemoOptions = { readonly orders: number; readonly verify?: boolean; readonly home?: string };

/** `millrace demo`: every domain through the running stack, and the proof of what became of it. */
export function demoCommand({ environment, print, exitWith }: CliContext): Command {
  return new Command('demo')
    .description(
      'place orders, run a pipeline, hire a person, keep users in two tenants; compare what the store, the topics and the read models say',
    )
    .option('--orders <number>', 'how many orders', parseOrders, ORDERS)
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

function parseOrders(text: string): number {
  const orders = Number(text);
  if (!Number.isInteger(orders) || orders < 1 || orders > 100_000)
    throw new InvalidArgumentError('Give a whole number from 1 to 100000.');
  return orders;
}
