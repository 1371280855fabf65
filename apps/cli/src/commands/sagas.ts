import type { SagaStatus } from '@millrace/core';
import { listSagas, readSaga, type SagaCommandReport, type SagaReport, type SagaSummary } from '@millrace/sagas';
import { Command, Option } from 'commander';

import { type CliContext, exitCodes } from '../cli.ts';
import { chosenHome, homeOption } from '../home-option.ts';
import { wholeNumber } from '../whole-number.ts';
import { placesOf, withDatabase } from '../with-database.ts';

type ListOptions = {
  readonly status?: SagaStatus;
  readonly saga?: string;
  readonly tenant?: string;
  readonly limit: number;
  readonly home?: string;
};

type ShowArguments = [saga: string, tenantId: string, instanceId: string, options: { home?: string }];

/** `millrace sagas list` and `millrace sagas show`: where processes stand, and what they wait for. */
export function sagasCommand(context: CliContext): Command {
  return new Command('sagas')
    .description('processes across aggregates')
    .addCommand(listCommand(context))
    .addCommand(showCommand(context));
}

function listCommand({ environment, print }: CliContext): Command {
  return new Command('list')
    .description('instances and their age: failed ones first, then those that run, the oldest first')
    .addOption(new Option('--status <status>', 'only these').choices(['running', 'completed', 'failed']))
    .option('--saga <name>', 'only of this saga')
    .option('--tenant <name>', 'only of this tenant')
    .option('--limit <number>', 'how many', wholeNumber, 100)
    .addOption(homeOption())
    .action(async ({ home, tenant, ...filter }: ListOptions) => {
      const places = placesOf(chosenHome(home, environment), environment);
      const wanted = { ...filter, ...(tenant !== undefined && { tenantId: tenant }) };
      const sagas = await withDatabase(places, (database) => listSagas(database, wanted));
      print({ text: sagas.map(line).join('\n') || 'no instances', json: { sagas } });
    });
}

function showCommand({ environment, print, exitWith }: CliContext): Command {
  return new Command('show')
    .description('one instance: its state, its keys, and what became of its commands')
    .argument('<saga>', 'name of the saga, for example hiring-saga')
    .argument('<tenant>', 'tenant of the instance')
    .argument('<instance>', 'id of the instance, for a hiring the id of the hiring')
    .addOption(homeOption())
    .action(async (...[saga, tenantId, instanceId, { home }]: ShowArguments) => {
      const places = placesOf(chosenHome(home, environment), environment);
      const report = await withDatabase(places, (database) => readSaga(database, { saga, tenantId, instanceId }));
      if (report) return print({ text: details(report), json: report });
      exitWith(exitCodes.failed);
      print({ text: `${saga} of ${tenantId} has no instance ${instanceId}`, json: null });
    });
}

function line({ saga, tenantId, instanceId, status, ageSeconds, ...rest }: SagaSummary): string {
  const { failure, pendingCommand, lastError } = rest;
  const waits = pendingCommand && `sends ${pendingCommand}${lastError ? ` (last: ${lastError})` : ''}`;
  const about = [failure, waits].filter(Boolean).join('; ');
  return [status.padEnd(9), age(ageSeconds).padStart(7), saga, tenantId, instanceId, about].join('  ').trimEnd();
}

function details(report: SagaReport): string {
  const { correlationId, startedAt, updatedAt, timeoutAt, state, keys, commands } = report;
  return [
    line(report),
    `  correlation  ${correlationId}`,
    `  started      ${startedAt}`,
    `  changed      ${updatedAt}`,
    `  times out    ${timeoutAt ?? 'never'}`,
    `  state        ${JSON.stringify(state)}`,
    `  keys         ${keys.join(', ')}`,
    '  commands',
    ...commands.map(commandLine),
  ].join('\n');
}

function commandLine({ type, status, attempts, lastError, data, commandId }: SagaCommandReport): string {
  const tries = attempts > 1 ? ` after ${attempts} attempts` : '';
  return `    ${status}${tries}  ${type}  ${JSON.stringify(data)}  ${commandId}${lastError ? `\n      ${lastError}` : ''}`;
}

const units = [
  ['d', 86_400],
  ['h', 3_600],
  ['m', 60],
] as const;

function age(seconds: number): string {
  const [unit, size] = units.find(([, least]) => seconds >= least) ?? ['s', 1];
  return `${Math.floor(seconds / size)} ${unit}`;
}
