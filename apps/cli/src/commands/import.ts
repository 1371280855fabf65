import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

import { loadConfig } from '@millrace/config';
import { type Database, openDatabase } from '@millrace/postgres';
import { type Home, signDevelopmentToken } from '@millrace/stack';
import { Command, InvalidArgumentError, Option } from 'commander';

import { type CliContext, exitCodes } from '../cli.ts';
import { chosenHome, homeOption } from '../home-option.ts';
import { compareUsers, type Comparison } from '../import/compare-users.ts';
import { type CopyReport, copyUsers } from '../import/copy-users.ts';
import { legacyUsers, readModelUsers } from '../import/users-table.ts';
import { tenantName } from '../tenant-name.ts';
import { placesOf, withDatabase } from '../with-database.ts';

type ImportOptions = {
  readonly from: string;
  readonly table: string;
  readonly tenant: string;
  readonly stage: 'copy' | 'compare';
  readonly wait: number;
  readonly tokenFile?: string;
  readonly home?: string;
};

const POLL_MS = 500;
const MOST_NAMED = 20;
const LONGEST_READ_MS = 600_000;

/** `millrace import users`: takes a table of users over, stage by stage, as `docs/import-users.md` tells. */
export function importCommand(context: CliContext): Command {
  const users = new Command('users')
    .description('take a table of users over: copy its rows by commands, then compare it with the read model')
    .requiredOption('--from <url>', 'Postgres that holds the old table')
    .requiredOption('--tenant <name>', 'tenant that the users belong to', tenantName)
    .addOption(new Option('--stage <name>', 'what to do').choices(['copy', 'compare']).makeOptionMandatory())
    .option('--table <name>', 'the old table', 'users')
    .option('--wait <seconds>', 'how long the read model may take to agree', seconds, 0)
    .option('--token-file <path>', 'token of an admin of the tenant (default: one for development)')
    .addOption(homeOption())
    .action((options: ImportOptions) => importUsers(context, options));
  return new Command('import').description('take over what other systems hold').addCommand(users);
}

async function importUsers(context: CliContext, options: ImportOptions): Promise<void> {
  const database = openDatabase({
    url: options.from,
    poolSize: 1,
    applicationName: 'millrace import',
    statementTimeoutMs: LONGEST_READ_MS,
  });
  try {
    await (options.stage === 'copy' ? copy : compare)(context, options, database);
  } finally {
    await database.close();
  }
}

async function copy(
  { environment, print, exitWith }: CliContext,
  options: ImportOptions,
  old: Database,
): Promise<void> {
  const home = chosenHome(options.home, environment);
  const places = placesOf(home, environment);
  const { MILLRACE_URL: url } = loadConfig(places, ['MILLRACE_URL']);
  const client = { url, token: await tokenOf(options, home, places) };
  const report = await copyUsers(legacyUsers(old, options.table), client);
  print({ text: copyLines(report).join('\n'), json: report });
  if (report.refused.length > 0) exitWith(exitCodes.failed);
}

async function tokenOf({ tokenFile, tenant }: ImportOptions, home: Home, places: CliContext['environment']) {
  if (tokenFile) return (await readFile(tokenFile, 'utf8')).trim();
  return signDevelopmentToken(home, { tenant, roles: ['admin'], subject: 'import', hours: 12 }, places);
}

async function compare({ environment, print, exitWith }: CliContext, options: ImportOptions, old: Database) {
  const places = placesOf(chosenHome(options.home, environment), environment);
  const deadline = performance.now() + options.wait * 1_000;
  const comparison = await withDatabase(places, async (database) => {
    for (;;) {
      const found = await compareUsers(legacyUsers(old, options.table), readModelUsers(database, options.tenant));
      if (found.differences.length === 0 || performance.now() > deadline) return found;
      await delay(POLL_MS);
    }
  });
  print({ text: comparisonLines(comparison).join('\n'), json: comparison });
  if (comparison.differences.length > 0) exitWith(exitCodes.failed);
}

function copyLines({ imported, repeated, refused }: CopyReport): string[] {
  return [
    `${imported} user(s) imported, ${repeated} had been before, ${refused.length} refused`,
    ...named(refused, ({ id, code, detail }) => `  ✖ ${id}  ${code}  ${detail}`),
  ];
}

function comparisonLines({ legacy, readModel, differences }: Comparison): string[] {
  return [
    `old table   ${legacy.users} user(s)  ${legacy.checksum}`,
    `read model  ${readModel.users} user(s)  ${readModel.checksum}`,
    differences.length === 0 ? '✔ they agree' : `✖ ${differences.length} difference(s)`,
    ...named(differences, ({ id, what, fields }) => `  ${id}  ${what}  ${fields.join(', ')}`.trimEnd()),
  ];
}

/** A line per item; `--output json` has them all. */
function named<T>(items: readonly T[], line: (item: T) => string): string[] {
  const lines = items.slice(0, MOST_NAMED).map(line);
  return items.length > MOST_NAMED ? [...lines, `  … and ${items.length - MOST_NAMED} more`] : lines;
}

function seconds(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new InvalidArgumentError('Give a whole number of seconds.');
  return value;
}
