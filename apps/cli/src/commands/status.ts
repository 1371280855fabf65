import { type StackStatus, stackStatus } from '@millrace/stack';
import { Command } from 'commander';

import { type CliContext, exitCodes } from '../cli.ts';
import { chosenHome, homeOption } from '../home-option.ts';

/** `millrace status`: what runs, from the state file and the process table. Exit code 0 ready, 1 not ready, 3 nothing runs. */
export function statusCommand({ environment, print, exitWith }: CliContext): Command {
  return new Command('status')
    .description('show the services of the embedded stack and where they answer')
    .addOption(homeOption())
    .action(({ home: option }: { home?: string }) => {
      const home = chosenHome(option, environment);
      const status = stackStatus(home);
      if (!status) {
        print({
          text: `Nothing runs on ${home.root}. Start it with: npm start`,
          json: { ready: false, services: [], env: {} },
        });
        exitWith(exitCodes.unreachable);
        return;
      }
      print({ text: statusText(status), json: status });
      exitWith(status.ready ? exitCodes.ok : exitCodes.failed);
    });
}

/** A table of the services, the verdict below. */
export function statusText({ ready, services, env }: StackStatus): string {
  const width = Math.max(...services.map(({ name }) => name.length));
  const rows = services.map(
    ({ name, state, pid, url }) =>
      `  ${name.padEnd(width)}  ${state.padEnd(8)}  ${String(pid ?? '-').padStart(7)}  ${url}`,
  );
  return [...rows, '', ready ? `  Ready at ${env.MILLRACE_URL}` : '  Not ready'].join('\n');
}
