/**
 * The one way into Postgres: a pool of one role. Values that JavaScript would bend are parsed here and nowhere else,
 * and a lost connection becomes one typed error.
 */
import { MillraceError } from '@millrace/core';
import pg from 'pg';

const parsers = new Map<number, (text: string) => unknown>([
  [pg.types.builtins.INT8, parseInt8],
  [pg.types.builtins.TIMESTAMPTZ, parseTimestamptz],
  // A calendar day stays text: pg would make it midnight of the machine's time zone.
  [pg.types.builtins.DATE, (text) => text],
]);
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid, format) => parsers.get(oid) ?? (pg.types.getTypeParser(oid, format) as unknown),
};

function parseInt8(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`bigint ${text} does not fit a JavaScript number exactly`);
  return value;
}

/** Postgres text in a UTC session → RFC 3339 with 3 decimals, or with 6 where microseconds were stored. */
function parseTimestamptz(text: string): string {
  const match = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?\+00$/.exec(text);
  if (!match) throw new RangeError(`timestamp ${text} is not in the years 0001 to 9999 UTC`);
  const [, day, time, fraction = ''] = match;
  return `${day}T${time}.${fraction.padEnd(fraction.length > 3 ? 6 : 3, '0')}Z`;
}

/** What runs SQL: a connection inside a transaction. */
export type Transaction = Pick<pg.PoolClient, 'query'>;

/**
 * A pool of connections of one role. In rows, `bigint` is a number (a RangeError past 2^53), `timestamptz` is RFC 3339
 * text in UTC as events carry it, `date` is `YYYY-MM-DD`; sessions run in UTC.
 */
export type Database = {
  /**
   * Runs one statement on any connection. Named statements are prepared once per connection.
   * @throws MillraceError `STORE_UNAVAILABLE` when Postgres cannot be reached; pg's DatabaseError otherwise
   */
  query<R extends pg.QueryResultRow>(
    statement: string | pg.QueryConfig,
    values?: unknown[],
  ): Promise<pg.QueryResult<R>>;
  /** Runs `work` between BEGIN and COMMIT on one connection; rolls back when it throws. Errors as `query`. */
  transaction<T>(work: (transaction: Transaction) => Promise<T>): Promise<T>;
  close(): Promise<void>;
};

/** Where and how to connect. */
export type DatabaseOptions = {
  readonly url: string;
  /** Most connections; default 10. */
  readonly poolSize?: number;
  /** Shown in `pg_stat_activity`; default `millrace`. */
  readonly applicationName?: string;
  /** Longest that one statement may run; default 30,000. */
  readonly statementTimeoutMs?: number;
};

// SQLSTATE.
const FEATURE_NOT_SUPPORTED = '0A000';

/** How much longer than the server the client waits, before it takes a silent connection for dead. */
const SILENCE_MS = 5_000;

/**
 * Longest that a transaction may wait for its client. A process that was stopped in the middle of one holds its locks, a
 * position for instance, and whoever has taken over waits for them.
 */
const IDLE_IN_TRANSACTION_MS = 20_000;

/** Opens a pool. Connections are made when needed; Postgres may be down. */
export function openDatabase(options: DatabaseOptions): Database {
  const statementTimeoutMs = options.statementTimeoutMs ?? 30_000;
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.poolSize ?? 10,
    application_name: options.applicationName ?? 'millrace',
    options: '-c timezone=UTC',
    statement_timeout: statementTimeoutMs,
    query_timeout: statementTimeoutMs + SILENCE_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    connectionTimeoutMillis: SILENCE_MS,
    keepAlive: true,
    types,
  });
  // Without a listener, a connection that dies while idle or between two queries would end the process.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return {
    query: (statement, values) => translated(() => planned(pool, () => pool.query(statement, values))),
    transaction: (work) => translated(() => inTransaction(pool, work)),
    close: () => pool.end(),
  };
}

/**
 * A statement that was prepared as `select *` fails once the columns of its table have changed: when a rebuilt read model
 * takes the name of the one before. The pool drops a connection that failed, so another one prepares it anew; at worst
 * each connection has to be made anew.
 */
async function planned<T>(pool: pg.Pool, query: () => Promise<T>): Promise<T> {
  for (let tries = pool.totalCount; ; tries -= 1) {
    try {
      return await query();
    } catch (error) {
      const { code, routine } = (error ?? {}) as { code?: string; routine?: string };
      if (tries <= 0 || code !== FEATURE_NOT_SUPPORTED || routine !== 'RevalidateCachedQuery') throw error;
    }
  }
}

async function inTransaction<T>(pool: pg.Pool, work: (transaction: Transaction) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query('begin');
    const result = await work(client);
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback').catch((rollbackError: Error) => (broken = rollbackError));
    throw error;
  } finally {
    client.release(broken);
  }
}

async function translated<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!isUnavailable(error)) throw error;
    throw new MillraceError('STORE_UNAVAILABLE', `Postgres is unavailable: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

const NETWORK_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EHOSTUNREACH',
  'EAI_AGAIN',
]);
// pg's own words when the socket went away or stayed silent.
const LOST_CONNECTION =
  /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Query read timeout/;

function isUnavailable(error: unknown): boolean {
  const {
    code = '',
    message = '',
    errors = [],
  } = (error ?? {}) as { code?: string; message?: string; errors?: unknown[] };
  // SQLSTATE classes: 08 connection, 57P shutdown or crash, 53 out of resources, 57014 statement timeout, 25P03 idle in a
  // transaction for too long. `errors`: each address of a host failed.
  return (
    /^(08|57P|53|57014|25P03)/.test(code) ||
    NETWORK_CODES.has(code) ||
    LOST_CONNECTION.test(message) ||
    errors.some(isUnavailable)
  );
}
