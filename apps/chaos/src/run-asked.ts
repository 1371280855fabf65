import { runMutations } from './mutations/run-mutation.ts';
import { type Asked, parseOptions, usage } from './options.ts';
import { scenarioList } from './report.ts';
import { scenarios } from './scenarios/index.ts';
import { runSuite } from './suite.ts';

const EXIT = { ok: 0, red: 1, usage: 2 };

/** What the command line asks for. @returns exit code: 0 all green, 1 something red, 2 not understood */
export async function runAsked(args: readonly string[]): Promise<number> {
  // The stack ends its processes when this one exits; without a listener a signal would leave them behind.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(EXIT.red));
  try {
    return await run(parseOptions(args, scenarios));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return EXIT.usage;
  }
}

async function run({ mode, scenarios: chosen, suite }: Asked): Promise<number> {
  const [seed = 1] = suite.seeds;
  switch (mode) {
    case 'help':
      print(usage);
      return EXIT.ok;
    case 'list':
      print(scenarioList(chosen));
      return EXIT.ok;
    case 'mutations':
      return (await runMutations({ seed, patience: suite.patience }, say)) ? EXIT.ok : EXIT.red;
    case 'run':
      return (await runSuite(chosen, { ...suite, say, print })) ? EXIT.ok : EXIT.red;
  }
}

function print(text: string): void {
  process.stdout.write(text);
}

/** Progress goes to standard error, so that the outcome can be piped. */
function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
