/**
 * A statement whose parameters are constants but for a few places, so that any client can send it: Node through `pg`, or
 * pgbench as a script. The places are filled as `order-appends.ts` numbers appends.
 */
import { ID_PREFIX, idOf, LIFE, MOST_WRITERS } from '../suites/order-appends.ts';

/** What differs from append to append: ids of stream and event, version before and after it. */
export type Slot = 'stream' | 'event' | 'before' | 'after';

/** A parameter: the same in all appends, or one of the places. */
export type Parameter = { readonly slot: Slot } | { readonly constant: unknown };

/** SQL with `$1`, `$2` … and what they stand for. */
export type Statement = { readonly name: string; readonly text: string; readonly parameters: readonly Parameter[] };

/** What a sample append has in the places, so that they are found among its parameters. */
export const sample = {
  stream: idOf(0, 4_242_424),
  event: idOf(0, 5_353_535),
  before: 616_161,
  after: 616_162,
} as const;

/** A parameter of the sample append, as a place where it is one. */
export function parameterOf(value: unknown): Parameter {
  const isText = typeof value === 'string' || typeof value === 'number';
  const slot = (Object.keys(sample) as Slot[]).find((name) => isText && String(value) === String(sample[name]));
  return slot === undefined ? { constant: value } : { slot };
}

/** For `pg`: the statement of append number `index` of a writer. */
export function boundStatement({ name, text, parameters }: Statement, writer: number, index: number) {
  const before = index % LIFE;
  const places: Record<Slot, unknown> = {
    stream: idOf(writer, Math.floor(index / LIFE)),
    event: idOf(writer, index),
    before,
    after: before + 1,
  };
  return { name, text, values: parameters.map((of) => ('slot' in of ? places[of.slot] : of.constant)) };
}

/** SQL for each place in pgbench. Two texts are put together by Postgres, because pgbench cannot. */
const PGBENCH_SLOTS: Readonly<Record<Slot, string>> = {
  stream: '(:prefix || :stream)',
  event: '(:prefix || :event)',
  before: ':before',
  after: ':after',
};

/** For pgbench: a script, and the variables that it is started with. `index` is the number of the last append before. */
export function pgbenchScript({ text, parameters }: Statement): { script: string; variables: Record<string, string> } {
  const sql = text.replace(/\$(\d+)/g, (_, digits: string) => {
    const of = parameters[Number(digits) - 1];
    return of && 'slot' in of ? PGBENCH_SLOTS[of.slot] : `:p${digits}`;
  });
  const script = [
    String.raw`\set index :index + 1`,
    String.raw`\set stream 100000000000 + (:index / ${LIFE}) * ${MOST_WRITERS} + :client_id`,
    String.raw`\set event 100000000000 + :index * ${MOST_WRITERS} + :client_id`,
    String.raw`\set before :index % ${LIFE}`,
    String.raw`\set after :before + 1`,
    `${sql};`,
  ];
  const variables: Record<string, string> = { prefix: ID_PREFIX };
  for (const [at, of] of parameters.entries()) if ('constant' in of) variables[`p${at + 1}`] = textOf(of.constant);
  return { script: `${script.join('\n')}\n`, variables };
}

function textOf(value: unknown): string {
  return Buffer.isBuffer(value) ? String.raw`\x${value.toString('hex')}` : String(value);
}
