import { writeFile } from 'node:fs/promises';

import { signDevelopmentToken } from '@millrace/stack';
import { Command, InvalidArgumentError } from 'commander';

import type { CliContext } from '../cli.ts';
import { chosenHome, homeOption } from '../home-option.ts';

type TokenOptions = {
  readonly tenant: string;
  readonly roles: string[];
  readonly subject: string;
  readonly hours: number;
  readonly file?: string;
  readonly home?: string;
};

/** `millrace token`: a bearer token signed with the development key of the embedded stack. */
export function tokenCommand({ environment, print }: CliContext): Command {
  return new Command('token')
    .description('print a bearer token for development (refused when NODE_ENV is production)')
    .requiredOption('--tenant <name>', 'tenant of the caller')
    .requiredOption('--roles <names>', 'roles of the caller, separated by commas', parseRoles)
    .requiredOption('--subject <name>', 'who the caller is')
    .option('--hours <number>', 'for how long the token is valid', parseHours, 12)
    .option('--file <path>', 'write it there, readable by its owner only, instead of printing it')
    .addOption(homeOption())
    .action(async ({ home, file, ...claims }: TokenOptions) => {
      const token = await signDevelopmentToken(chosenHome(home, environment), claims, environment);
      if (file) {
        await writeFile(file, token, { mode: 0o600 });
        return print({ text: `written to ${file}`, json: { file } });
      }
      print({ text: token, json: { token } });
    });
}

function parseRoles(text: string): string[] {
  const roles = text.split(',').map((role) => role.trim());
  if (!roles.every(Boolean)) throw new InvalidArgumentError('Give names separated by commas.');
  return roles;
}

function parseHours(text: string): number {
  const hours = Number(text);
  if (!Number.isInteger(hours) || hours < 1) throw new InvalidArgumentError('Give a whole number of hours, 1 or more.');
  return hours;
}
