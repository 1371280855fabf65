/**
 * Bugs that the suite must find: each is put into a running process while its sources are loaded, and nowhere else. The
 * texts are those of the sources; when one changes, the process refuses to start and the text here has to follow.
 */
import type { Finding } from '../checkers/findings.ts';
import type { SourceMutation } from '../harness/preload.ts';

/** One bug, where it is put, and who must see it. */
export type Mutation = {
  readonly name: string;
  /** What is wrong then. */
  readonly about: string;
  /** App whose processes get it; `cli` is the command line. */
  readonly app: string;
  readonly changes: readonly SourceMutation[];
  /** Scenario that must turn red. */
  readonly scenario: string;
  /** Of which one must be found. */
  readonly caughtBy: readonly Sign[];
};

/** What a checker says about a bug. `saying`: where it also says other things, the words that are meant. */
export type Sign = { readonly check: Finding['check']; readonly saying?: RegExp };

const pause = (milliseconds: number) => `await new Promise((later) => setTimeout(later, ${milliseconds}));`;

/** The bugs that the suite is tried against. */
export const mutations: readonly Mutation[] = [
  {
    name: 'position-before-effect',
    about: 'a consumer commits its position before it writes: what dies in between is lost',
    app: 'order-read-model-projection',
    changes: [
      {
        file: 'libs/platform/consumer/src/batch-transaction.ts',
        find: 'await fold.write();',
        replace: `await movePosition(transaction, { ...at, nextOffset }, undefined);
          await transaction.query('commit');
          ${pause(300)}
          await transaction.query('begin');
          await fold.write();`,
      },
    ],
    scenario: 'kill-order-read-model-projection',
    caughtBy: [{ check: 'C4' }],
  },
  {
    name: 'outbox-outside-transaction',
    about: 'the outbox row is written after the commit of its event: what dies in between is never announced',
    app: 'command-api',
    changes: [
      {
        file: 'libs/platform/event-store/src/postgres-event-store.ts',
        find: '(appendStatement(append, rows))',
        replace: '(appendStatement(append, []))',
      },
      {
        file: 'libs/platform/event-store/src/postgres-event-store.ts',
        find: 'return versionAfter(append, heads[0]?.version ?? 0);',
        replace: `const version = versionAfter(append, heads[0]?.version ?? 0);
          ${pause(30)}
          const { insertOutboxRows } = await import('@millrace/outbox');
          if (rows.length > 0) await insertOutboxRows(this.#database, rows);
          return version;`,
      },
      {
        file: 'libs/platform/event-store/src/postgres-event-store.ts',
        find: 'this.#queue ? this.#queue.append(prepared) : this.#send(prepared)',
        replace: 'this.#send(prepared)',
      },
    ],
    scenario: 'kill-command-api',
    caughtBy: [{ check: 'C2' }],
  },
  {
    name: 'rebuild-without-overlap',
    about: 'a rebuild notes its positions after it has read the store: what comes in between is in neither',
    app: 'cli',
    changes: [
      {
        file: 'libs/platform/consumer/src/fleet/rebuild-record.ts',
        find: "await copyPositions(transaction, groupOf(projection, 'live'), groupOf(projection, 'next'));",
        replace: '',
      },
      {
        file: 'libs/platform/consumer/src/fleet/rebuild-beside.ts',
        find: 'await foldStore(parts, record, ({ events, perSecond }) => {',
        replace: `await foldStore(parts, record, () => undefined);
          ${pause(3_000)}
          const { copyPositions } = await import('./group-progress.ts');
          await database.transaction((transaction) =>
            copyPositions(transaction, groupOf(projection, 'live'), groupOf(projection, 'next')),
          );
          void (({ events, perSecond }: { events: number; perSecond: number }) => {`,
      },
    ],
    scenario: 'rebuild-under-load',
    // Or the rebuild itself refuses the switch, because the new table lacks events of the live one.
    caughtBy: [{ check: 'C4' }, { check: 'C8', saying: /lacks events that the live one has/ }],
  },
];
