import type { Environment } from '@millrace/config';
import { isMillraceError } from '@millrace/core';
import { Command, CommanderError, Option } from 'commander';

/** What every command of the CLI ends with. */
export const exitCodes = { ok: 0, failed: 1, usage: 2, unreachable: 3 } as const;

/** An answer in both forms that the CLI can print. */
export type Answer = { readonly text: string; readonly json: unknown };

/** What a command gets from the CLI. */
export type CliContext = {
  readonly environment: Environment;
  /** Prints the answer as `--output` says. */
  readonly print: (answer: Answer) => void;
  /** Whether `--output json` was given. */
  readonly wantsJson: () => boolean;
  /** Sets the exit code; 0 unless called. */
  readonly exitWith: (code: number) => void;
};

/** Makes one command. Its action throws, or ends with `exitWith` when the exit code isn't 0. */
export type CommandFactory = (context: CliContext) => Command;

/**
 * Runs the CLI.
 * @param args without the program's name
 * @returns exit code: 0 ok, 1 a check failed, 2 usage, 3 unreachable
 */
export async function runCli(
  commands: readonly CommandFactory[],
  args: readonly string[],
  environment: Environment,
): Promise<number> {
  let exitCode: number = exitCodes.ok;
  const program = new Command('millrace')
    .description('Runs and examines a Millrace.')
    .addOption(new Option('--output <format>', 'how answers are printed').choices(['text', 'json']).default('text'))
    .exitOverride();
  const wantsJson = (): boolean => program.opts<{ output: string }>().output === 'json';
  const context: CliContext = {
    environment,
    wantsJson,
    print: ({ text, json }) => void process.stdout.write(`${wantsJson() ? JSON.stringify(json) : text}\n`),
    exitWith: (code) => {
      exitCode = code;
    },
  };
  for (const command of commands) program.addCommand(inheritSettings(command(context), program));
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    return reportFailure(error, wantsJson());
  }
}

/** Wrong usage anywhere below must reach `runCli` instead of ending the process with commander's own exit code. */
function inheritSettings(command: Command, parent: Command): Command {
  command.copyInheritedSettings(parent);
  for (const child of command.commands) inheritSettings(child, command);
  return command;
}

function reportFailure(error: unknown, asJson: boolean): number {
  const code = isMillraceError(error) ? error.code : 'UNEXPECTED';
  const message = error instanceof Error ? error.message : String(error);
  const trace = isMillraceError(error) || !(error instanceof Error) ? '' : `\n${error.stack}`;
  process.stderr.write(asJson ? `${JSON.stringify({ error: { code, message } })}\n` : `\n✖ ${message}${trace}\n`);
  return exitCodeOf(error);
}

function exitCodeOf(error: unknown): number {
  if (isMillraceError(error, 'CONFIG_INVALID', 'SUBSCRIPTION_INVALID')) return exitCodes.usage;
  const unreachable = isMillraceError(
    error,
    'STORE_UNAVAILABLE',
    'KAFKA_UNAVAILABLE',
    'REGISTRY_UNAVAILABLE',
    'CONNECT_UNAVAILABLE',
  );
  return unreachable ? exitCodes.unreachable : exitCodes.failed;
}
