import { signDevelopmentToken } from '@millrace/stack';
import { Command, InvalidArgumentError } from 'commander';

import type { CliContext } from '../cli.ts';
import { chosenHome, homeOption } from '../home-option.ts';

type TokenOptions = {
  readonly tenant: string;
  readonly roles: string[];
  readonly subject: string;
  readonly hours: number;
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
    .addOption(homeOption())
    .action(async ({ home, ...claims }: TokenOptions) => {
      const token = await signDevelopmentToken(chosenHome(home, environment), claims, environment);
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
