import { storedEvents } from '@millrace/contracts/topology';
import { foldEvent, type Projection, type RecordedEvent, type Row } from '@millrace/core';
import { projections } from '@millrace/fleet';
import { Command } from 'commander';

import { type CliContext, exitCodes } from '../cli.ts';
import { type RowChange, rowChanges } from '../events/row-changes.ts';
import { withStore } from '../events/with-store.ts';
import { chosenHome, homeOption } from '../home-option.ts';
import { wholeNumber } from '../whole-number.ts';
import { placesOf } from '../with-database.ts';

type Options = { readonly tenant: string; readonly from: number; readonly home?: string };
type Step = Pick<RecordedEvent, 'type' | 'occurredAt' | 'userId' | 'correlationId' | 'causationId'> & {
  readonly version: number;
  /** What the event changed in the read model's row. */
  readonly changes: readonly RowChange[];
};

/** `millrace events diff`: steps through the versions of an aggregate. Exit code 1 when there is none. */
export function diffCommand({ environment, print, exitWith }: CliContext): Command {
  return new Command('diff')
    .description('what each event of an aggregate changed in its view, version by version')
    .argument('<type>', 'aggregate type, for example person')
    .argument('<id>', 'aggregate id')
    .requiredOption('--tenant <name>', 'tenant of the aggregate')
    .option('--from <version>', 'first version to show', wholeNumber, 1)
    .addOption(homeOption())
    .action(async (aggregateType: string, aggregateId: string, { tenant, from, home }: Options) => {
      const places = placesOf(chosenHome(home, environment), environment);
      const events = await withStore(places, (store) => store.load({ tenantId: tenant, aggregateType, aggregateId }));
      const versions = stepsOf(events).filter(({ version }) => version >= from);
      if (events.length === 0) exitWith(exitCodes.failed);
      const text = versions.map(stepText).join('\n') || `no ${aggregateType} ${aggregateId} in ${tenant}`;
      print({ text, json: { versions } });
    });
}

/** The row from event to event, as the projection makes it that keeps the view of such aggregates. */
function stepsOf(events: readonly RecordedEvent[]): Step[] {
  const projection = events[0] && viewOf(events[0]);
  let row: Row | undefined;
  return events.map((event) => {
    const before = row;
    row = projection && foldEvent(projection, before, event);
    const { type, occurredAt, userId, correlationId, causationId, sequenceNumber } = event;
    const changes = rowChanges(before ?? {}, row ?? {});
    return { version: sequenceNumber, type, occurredAt, userId, correlationId, causationId, changes };
  });
}

/** The projection that is mainly about the event's topic, else one that reads it as well. */
function viewOf({ type }: RecordedEvent): Projection | undefined {
  const { topic } = storedEvents.definition(type);
  const views = projections.filter(({ rowPer }) => rowPer !== 'event');
  return views.find(({ topics }) => topics[0] === topic) ?? views.find(({ topics }) => topics.includes(topic));
}

function stepText({ version, type, occurredAt, userId, causationId, changes }: Step): string {
  return [
    `@${version}  ${occurredAt}  ${type}  by ${userId}  because of ${causationId}`,
    ...changes.map(changeText),
  ].join('\n');
}

function changeText({ path, before, after }: RowChange): string {
  if (before === undefined) return `  + ${path}  ${JSON.stringify(after)}`;
  if (after === undefined) return `  - ${path}  ${JSON.stringify(before)}`;
  return `  ~ ${path}  ${JSON.stringify(before)} → ${JSON.stringify(after)}`;
}
