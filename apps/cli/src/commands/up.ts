import { once } from 'node:events';

import { loadConfig } from '@millrace/config';
import { AlreadyRunning, type EmbeddedStack, type Home, stackStatus, startEmbeddedStack } from '@millrace/stack';
import { Command, Option } from 'commander';

import { type CliContext, exitCodes } from '../cli.ts';
import { demoLines } from '../demo/demo-report.ts';
import { runDemo } from '../demo/run-demo.ts';
import { chosenHome, homeArgument, homeOption } from '../home-option.ts';
import { createReport, type UpReport } from '../terminal/up-report.ts';
import { runDeploy } from './deploy.ts';

type UpOptions = {
  readonly demo: boolean;
  readonly only?: 'infrastructure';
  readonly cluster?: boolean;
  readonly home?: string;
};

/** `millrace up`, which is `npm start`: the whole stack in the foreground until Ctrl-C or SIGTERM. */
export function upCommand(context: CliContext): Command {
  return new Command('up')
    .description('start Postgres, Kafka, Connect, the registry and every app; stay until Ctrl-C')
    .option('--no-demo', 'do not run the verified demo after the start')
    .addOption(
      new Option('--only <part>', 'start Postgres, Kafka, registry and Connect alone, and deploy nothing').choices([
        'infrastructure',
      ]),
    )
    .option(
      '--cluster',
      'three brokers, two Connect workers, two members of each group; for the life of the data folder',
    )
    .addOption(homeOption())
    .action((options: UpOptions) => up(context, options));
}

async function up(context: CliContext, options: UpOptions): Promise<void> {
  const home = chosenHome(options.home, context.environment);
  const config = loadConfig(context.environment, ['MILLRACE_PORT', 'MILLRACE_CLUSTER']);
  const stopping = stopOnSignals();
  const report = createReport(context, home);
  stopping.addEventListener('abort', () => report.stopping());
  try {
    const stack = await startEmbeddedStack({
      home: home.root,
      apps: options.only ? 'none' : 'all',
      cluster: options.cluster ?? config.MILLRACE_CLUSTER === 'true',
      port: config.MILLRACE_PORT,
      environment: context.environment,
      onProgress: report.progress,
      signal: stopping,
      ...(!options.only && { deploy: runDeploy }),
    });
    report.ready();
    if (options.demo && !options.only) await demonstrate(context, home, { stack, report });
    report.places(stack);
    await aborted(stopping);
    await stack.stop();
    report.stopped();
  } catch (error) {
    report.end();
    if (error instanceof AlreadyRunning) return reportRunning(context, error, home);
    if (!stopping.aborted) throw error;
    report.stopped();
  }
}

/** A failed demo is said and remembered in the exit code; the stack stays up to be looked at. */
async function demonstrate(
  { environment, exitWith }: CliContext,
  home: Home,
  { stack, report }: { stack: EmbeddedStack; report: UpReport },
): Promise<void> {
  try {
    const demo = await runDemo({ home, environment: { ...environment, ...stack.environment } });
    ['', ...demoLines(demo)].forEach(report.line);
    if (!demo.ok) exitWith(exitCodes.failed);
  } catch (error) {
    report.line(`  ✖ the demo failed: ${error instanceof Error ? error.message : String(error)}`);
    exitWith(exitCodes.failed);
  }
}

/** Starting what runs already is no failure: what was asked for is the case. */
function reportRunning({ environment, print }: CliContext, error: AlreadyRunning, home: Home): void {
  const status = stackStatus(home);
  const text = `  Already running on the data of ${home.root}, supervised by process ${error.supervisor.pid}.`;
  const where = status
    ? `\n  ${status.env.MILLRACE_URL}   (npx millrace status${homeArgument(home, environment)})`
    : '';
  print({ text: `${text}${where}`, json: { kind: 'already-running', status: status ?? null } });
}

/** Aborted by the first Ctrl-C or SIGTERM. A second one ends this process, which takes all its services with it. */
function stopOnSignals(): AbortSignal {
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => (stopping.signal.aborted ? process.exit(exitCodes.failed) : stopping.abort()));
  }
  // Nobody reading the output any more (a closed pipe) is no reason to leave the stack unsupervised.
  process.stdout.on('error', () => undefined);
  return stopping.signal;
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  // The services keep this process alive only while they run, and every one of them may be down for a moment.
  const keepAlive = setInterval(() => undefined, 60_000);
  await once(signal, 'abort');
  clearInterval(keepAlive);
}
