/** What some work says to Postgres, word for word, so that others can say the same: the bare driver, or pgbench. */
import type { Database, Transaction } from '@millrace/postgres';
import type pg from 'pg';

/** A statement as it was sent. Those of a name are prepared once. */
export type Sent = { readonly name?: string; readonly text: string; readonly values: readonly unknown[] };

/** A database that writes down what is sent through it, beginnings and ends of transactions included. */
export function recording(real: Database, sent: Sent[]): Database {
  return {
    ...real,
    query: (statement, values) => {
      sent.push(sentOf(statement, values));
      return real.query(statement, values);
    },
    async transaction(work) {
      sent.push(sentOf('begin'));
      const result = await real.transaction((transaction) => work(recordingOf(transaction, sent)));
      sent.push(sentOf('commit'));
      return result;
    },
  };
}

function recordingOf(transaction: Transaction, sent: Sent[]): Transaction {
  const query = (statement: string | pg.QueryConfig, values?: unknown[]) => {
    sent.push(sentOf(statement, values));
    return transaction.query(statement, values);
  };
  return { query: query as Transaction['query'] };
}

function sentOf(statement: string | pg.QueryConfig, values?: readonly unknown[]): Sent {
  if (typeof statement === 'string') return { text: statement, values: values ?? [] };
  const { name, text, values: own = [] } = statement;
  return { ...(name !== undefined && { name }), text, values: values ?? own };
}

/**
 * A script that prepares each text once, and says all in one session: what stands before `warm` in the first run of the
 * script, what comes after it in the second. pgbench counts the runs in `run`, which it is started with as 0.
 */
export function scriptOf(sent: readonly Sent[], warm: number): string {
  const names = new Map(
    [...new Set(sent.filter(isPrepared).map(({ text }) => text))].map((text, at) => [text, `s${at}`]),
  );
  const lineOf = ({ text, values }: Sent): string => {
    const name = names.get(text);
    return name === undefined ? `${text};` : `execute ${name}${argumentsOf(values)};`;
  };
  return [
    String.raw`\set run :run + 1`,
    String.raw`\if :run = 1`,
    ...[...names].map(([text, name]) => `prepare ${name} as ${text};`),
    ...sent.slice(0, warm).map(lineOf),
    String.raw`\else`,
    ...sent.slice(warm).map(lineOf),
    String.raw`\endif`,
    '',
  ].join('\n');
}

function isPrepared({ text }: Sent): boolean {
  return text !== 'begin' && text !== 'commit';
}

/** Values as texts without a type, as the protocol carries them. @throws Error for what a script cannot say */
function argumentsOf(values: readonly unknown[]): string {
  return values.length === 0 ? '' : `(${values.map(literal).join(', ')})`;
}

function literal(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value !== 'string' && typeof value !== 'number') throw new Error(`no literal for a ${typeof value}`);
  return `'${String(value).replaceAll("'", "''")}'`;
}
