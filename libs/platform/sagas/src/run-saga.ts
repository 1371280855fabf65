/** A saga as a process: its consumer group, and beside it the dispatcher of its commands. */
import { EventEncoder } from '@millrace/avro';
import type { Config, Environment, VariableName } from '@millrace/config';
import { type GroupContext, type GroupWork, runGroup } from '@millrace/consumer';
import { type Command, type DomainEvent, EventCatalogue, type Saga } from '@millrace/core';
import { loadSchemaIds } from '@millrace/outbox';
import type { Database } from '@millrace/postgres';

import { outboxAnnouncer, silent } from './announcer.ts';
import { CommandClient, type SagaRoutes } from './command-client.ts';
import { CommandQueue } from './command-queue.ts';
import { Dispatcher } from './dispatcher.ts';
import { type Announcer, InstanceStore } from './instance-store.ts';
import { type AnySaga, sagaEffect } from './saga-effect.ts';
import { exposeStanding, SagaMetrics } from './saga-metrics.ts';

const dispatcherVariables = ['COMMAND_API_URL', 'SERVICE_TOKEN_FILE'] as const satisfies readonly VariableName[];
type DispatcherVariable = (typeof dispatcherVariables)[number];

/** A saga, and what its process needs to know of the world. */
export type SagaDefinition<
  E extends DomainEvent,
  State,
  C extends Command,
  P extends DomainEvent,
  Name extends VariableName,
> = {
  /** Group id, service name and saga name are one. */
  readonly name: string;
  /** What the saga is made with, beside what every saga's process reads from the environment. */
  readonly variables?: readonly Name[];
  createSaga(config: Config<Name>): Saga<E, State, C, P>;
  /** Of the events on the saga's topics. */
  readonly catalogues: readonly EventCatalogue[];
  /** Of what it announces; none, where it announces nothing. */
  readonly publicCatalogue?: EventCatalogue;
  /** Where its commands go. */
  readonly routes: readonly SagaRoutes[];
};

/** Runs the process of a saga until SIGTERM or SIGINT. */
export async function runSaga<
  E extends DomainEvent,
  State,
  C extends Command,
  P extends DomainEvent = never,
  Name extends VariableName = never,
>(definition: SagaDefinition<E, State, C, P, Name>, environment: Environment): Promise<void> {
  const { name, variables = [], catalogues } = definition;
  await runGroup<DispatcherVariable | Name>(
    {
      name,
      variables: [...dispatcherVariables, ...variables],
      create: async (context) => {
        // Within the runtime a saga is one of any events: what it names it is given, and nothing else.
        const saga = definition.createSaga(context.config) as unknown as AnySaga;
        const announce = await announcerOf(definition, context.database);
        // The wider configuration holds what every dispatcher reads; TypeScript cannot tell for a generic name.
        const work = workOf({ saga, announce, routes: definition.routes }, context);
        const catalogue = new EventCatalogue(catalogues.flatMap(({ definitions }) => definitions));
        return { topics: saga.topics, catalogue, ...work };
      },
    },
    environment,
  );
}

type RunningSaga = { readonly saga: AnySaga; readonly announce: Announcer; readonly routes: readonly SagaRoutes[] };

function workOf(
  { saga, announce, routes }: RunningSaga,
  { config, database, metrics, logger }: GroupContext<DispatcherVariable>,
): Pick<GroupWork, 'effect' | 'close'> {
  const store = new InstanceStore(saga.name, announce);
  exposeStanding(metrics, saga.name, { database, logger });
  const dispatcher = new Dispatcher({
    saga,
    database,
    store,
    queue: new CommandQueue(database, saga.name),
    client: new CommandClient({ url: config.COMMAND_API_URL, tokenFile: config.SERVICE_TOKEN_FILE, routes }),
    metrics: new SagaMetrics(metrics, saga.name),
    logger,
  });
  dispatcher.start();
  return { effect: sagaEffect(saga, store), close: () => dispatcher.stop() };
}

async function announcerOf(
  { name, publicCatalogue: catalogue }: { readonly name: string; readonly publicCatalogue?: EventCatalogue },
  database: Database,
): Promise<Announcer> {
  if (!catalogue) return silent;
  const encoder = new EventEncoder([catalogue], await loadSchemaIds(database));
  return outboxAnnouncer({ saga: name, catalogue, encoder });
}
