import { join, resolve } from 'node:path';

import type { Environment } from '@millrace/config';
import { type Home, homeAt } from '@millrace/stack';
import { Option } from 'commander';

const checkout = join(import.meta.dirname, '..', '..', '..');

/** `--home`, for every command that works on the embedded stack. */
export const homeOption = (): Option =>
  new Option(
    '--home <folder>',
    'data folder of the embedded stack (default: MILLRACE_HOME, else .millrace in the checkout)',
  );

/** The data folder meant by the option, else by MILLRACE_HOME, else the one in the checkout. */
export function chosenHome(option: string | undefined, environment: Environment): Home {
  return homeAt(resolve(option || environment['MILLRACE_HOME'] || join(checkout, '.millrace')));
}

/** What must be added to a printed command so that it means the same stack. */
export function homeArgument(home: Home, environment: Environment): string {
  return home.root === chosenHome(undefined, environment).root ? '' : ` --home ${home.root}`;
}
