import { userInfo } from 'node:os';

import {
  type BesideReport,
  cancelRebuild,
  rebuildBeside,
  rebuildProjection,
  type RebuildReport,
  type RebuildScope,
} from '@millrace/consumer';
import { storedEvents } from '@millrace/contracts/topology';
import { projections as fleet } from '@millrace/fleet';
import { Command, Option } from 'commander';

import type { CliContext } from '../cli.ts';
import { chosenHome, homeOption } from '../home-option.ts';
import { comparisonLines } from '../projections/comparison-lines.ts';
import { rebuildProgressLines } from '../projections/rebuild-progress.ts';
import { type PartsOf, projectionArgument, withFleet } from '../projections/with-fleet.ts';
import { tenantName } from '../tenant-name.ts';
import { wholeNumber } from '../whole-number.ts';
import { placesOf } from '../with-database.ts';

type Options = {
  readonly aggregate?: string;
  readonly inPlace?: boolean;
  readonly tenant?: string;
  readonly aggregateId?: string;
  readonly eventsPerSecond?: number;
  readonly switch: boolean;
  readonly cancel?: boolean;
  readonly home?: string;
};

const aggregateTypes = [...new Set(storedEvents.definitions.map(({ aggregateType }) => aggregateType))];

/** `millrace projections rebuild`: read models made anew from the event store. */
export function rebuildCommand(context: CliContext): Command {
  const { environment } = context;
  return new Command('rebuild')
    .description(
      'make a read model anew from the event store, beside the one that is read, and switch to it; run again, it goes on',
    )
    .addArgument(projectionArgument('[name]'))
    .addOption(new Option('--aggregate <type>', 'instead: all that read events of the type').choices(aggregateTypes))
    .option('--events-per-second <number>', 'read the store no faster', wholeNumber)
    .option('--no-switch', 'leave both tables side by side, for `compare` and `switch`')
    .option('--cancel', 'end the rebuild that is under way, and remove what it made')
    .option('--in-place', 'in one transaction, without Kafka; batches of the projection wait for it')
    .option('--tenant <name>', 'in place: only what this tenant has', tenantName)
    .option('--aggregate-id <id>', 'in place: only this aggregate of the tenant')
    .addOption(homeOption())
    .action(async (name: string | undefined, options: Options, command: Command) => {
      const problem = usageProblem(name, options);
      if (problem) command.error(`error: ${problem}`);
      const chosen = fleet.filter((one) => one.name === name || readsEventsOf(one, options.aggregate));
      const names = chosen.map((projection) => projection.name);
      const places = placesOf(chosenHome(options.home, environment), environment);
      await withFleet(places, (partsOf) => run(context, { names, options, partsOf }));
    });
}

function usageProblem(
  name: string | undefined,
  { aggregate, tenant, aggregateId, inPlace, cancel, switch: switches, eventsPerSecond }: Options,
): string | undefined {
  if ((name === undefined) === (aggregate === undefined)) {
    return 'either a projection or --aggregate says what to rebuild';
  }
  if (aggregateId !== undefined && tenant === undefined) return '--aggregate-id needs --tenant: ids belong to tenants';
  const scoped = inPlace || tenant !== undefined;
  if (scoped && (cancel || !switches || eventsPerSecond !== undefined)) {
    return '--cancel, --no-switch and --events-per-second are for a rebuild beside the live table';
  }
  return undefined;
}

function readsEventsOf({ topics }: { readonly topics: readonly string[] }, aggregate: string | undefined): boolean {
  return storedEvents.definitions.some(
    ({ aggregateType, topic }) => aggregateType === aggregate && topics.includes(topic),
  );
}

type Run = { readonly names: readonly string[]; readonly options: Options; readonly partsOf: PartsOf };

async function run(context: CliContext, { names, options, partsOf }: Run): Promise<void> {
  if (options.cancel) return cancel(context, names, partsOf);
  if (options.inPlace || options.tenant !== undefined) return rebuildInPlace(context, { names, options, partsOf });
  const rebuilt: BesideReport[] = [];
  for (const name of names) {
    const told = rebuildProgressLines(name, (line) => void process.stderr.write(context.wantsJson() ? '' : line));
    const { eventsPerSecond, switch: switches } = options;
    const by = userInfo().username;
    rebuilt.push(await rebuildBeside(partsOf(name), { by, eventsPerSecond, noSwitch: !switches, told }));
  }
  context.print({ text: rebuilt.flatMap(describeBeside).join('\n'), json: { rebuilt } });
}

async function rebuildInPlace({ print }: CliContext, { names, options, partsOf }: Run): Promise<void> {
  const { tenant, aggregateId } = options;
  const scope: RebuildScope | undefined =
    tenant === undefined ? undefined : { tenantId: tenant, ...(aggregateId !== undefined && { aggregateId }) };
  const rebuilt: RebuildReport[] = [];
  for (const name of names) rebuilt.push(await rebuildProjection({ ...partsOf(name), ...(scope && { scope }) }));
  print({ text: rebuilt.map(describe).join('\n'), json: { rebuilt } });
}

async function cancel({ print }: CliContext, names: readonly string[], partsOf: PartsOf): Promise<void> {
  const cancelled: string[] = [];
  for (const name of names) if (await cancelRebuild(partsOf(name))) cancelled.push(name);
  const text = cancelled.map((name) => `${name}  the rebuild was cancelled; the live table is as it was`).join('\n');
  print({ text: text || 'no rebuild was under way', json: { cancelled } });
}

function describe({ projection, rows, events, unparked, seconds }: RebuildReport): string {
  const again = unparked > 0 ? `, ${unparked} of them set aside before` : '';
  return `${projection}  ${rows} row(s) of ${events} event(s)${again}, in ${seconds.toFixed(1)} s`;
}

function describeBeside({ projection, rows, events, eventsPerSecond, seconds, switched, comparison }: BesideReport) {
  const end = switched ? 'is read now; the table before it is kept' : 'stands beside the live table';
  return [
    `${projection}  ${rows} row(s) of ${events} event(s), ${eventsPerSecond} events per second, in ${seconds.toFixed(1)} s; ${end}`,
    ...comparisonLines(comparison).map((line) => `  ${line}`),
  ];
}
