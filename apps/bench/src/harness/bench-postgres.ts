/** The Postgres of a run: that of the stack, durable, in a folder that is gone afterwards. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Environment } from '@millrace/config';
import { type Database, openDatabase } from '@millrace/postgres';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '@millrace/stack';

import { cpuMicros } from './cpu.ts';

/** Counts what each statement costs; production loads it as well. `top`: what functions run inside is no round trip. */
const SETTINGS = { shared_preload_libraries: 'pg_stat_statements', 'pg_stat_statements.track': 'top' };

/** What Postgres has done for one database so far. */
export type Counters = {
  readonly walPosition: number;
  readonly statements: number;
  readonly blocks: number;
  /** Processor time of all its processes, in microseconds. */
  readonly cpu: number;
};

/** A throw-away database. */
export type BenchDatabase = {
  readonly name: string;
  /** URL of the owner. */
  readonly url: string;
  drop(): Promise<void>;
};

/** A server with templates, from which each turn gets a database of its own. */
export class BenchPostgres {
  readonly #home: string;
  readonly #server: EmbeddedPostgres;
  /** To a database that no arm uses: what is asked here is counted for none of them. */
  readonly #database: Database;
  readonly #kept = new Map<string, Promise<void>>();
  #made = 0;

  private constructor(home: string, server: EmbeddedPostgres) {
    this.#home = home;
    this.#server = server;
    this.#database = openDatabase({ url: server.url, poolSize: 1, statementTimeoutMs: 600_000 });
  }

  /** @throws MillraceError `STACK_FAILED` */
  static async start(environment: Environment): Promise<BenchPostgres> {
    const home = await mkdtemp(join(tmpdir(), 'millrace-bench-'));
    const server = await startEmbeddedPostgres({ home, environment, settings: SETTINGS });
    const postgres = new BenchPostgres(home, server);
    await postgres.#database.query('create extension if not exists pg_stat_statements');
    return postgres;
  }

  /** Makes a database ready once; `create` copies it. */
  async template(name: string, prepare: (url: string) => Promise<void>): Promise<void> {
    await this.keep(name, 'template1', prepare);
  }

  /** A copy of a template, and all of it on disk: no turn pays for what was done before it. */
  async create(template: string): Promise<BenchDatabase> {
    this.#made += 1;
    const name = `${template}_${this.#made}`;
    await this.#make(name, template);
    await this.checkpoint();
    return {
      name,
      url: this.#url(name),
      drop: async () => void (await this.#database.query(`drop database ${name} with (force)`)),
    };
  }

  /** A copy of a template that stays, made ready once; whoever asks again gets the same one. */
  async keep(
    name: string,
    template: string,
    prepare: (url: string) => Promise<void>,
  ): Promise<Omit<BenchDatabase, 'drop'>> {
    const made = this.#kept.get(name) ?? this.#make(name, template).then(() => prepare(this.#url(name)));
    this.#kept.set(name, made);
    await made;
    return { name, url: this.#url(name) };
  }

  async checkpoint(): Promise<void> {
    await this.#database.query('checkpoint');
  }

  async counters(database: string): Promise<Counters> {
    const { rows } = await this.#database.query<Omit<Counters, 'cpu'>>(
      `select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint as "walPosition",
              coalesce(sum(calls), 0)::bigint as statements,
              coalesce(sum(shared_blks_hit + shared_blks_read), 0)::bigint as blocks
         from pg_stat_statements where dbid = (select oid from pg_database where datname = $1)`,
      [database],
    );
    return { ...(rows[0] as Omit<Counters, 'cpu'>), cpu: cpuMicros(this.#server.pid, 'tree') };
  }

  /** Version, and every setting that is not the default of Postgres. */
  async describe(): Promise<{ version: string; settings: Record<string, string> }> {
    const { rows } = await this.#database.query<{ name: string; setting: string }>(
      `select name, current_setting(name) as setting from pg_settings
        where source in ('command line', 'configuration file') and name !~* '(port|director|file|^lc_|locale|datestyle|text_search|timezone|listen|shared_memory_type|worker_slots)'
           or name in ('fsync', 'synchronous_commit', 'full_page_writes', 'max_wal_size', 'server_version')
        order by name`,
    );
    const { server_version: version = '', ...settings } = Object.fromEntries(
      rows.map(({ name, setting }) => [name, setting]),
    );
    return { version, settings };
  }

  async stop(): Promise<void> {
    await this.#database.close();
    await this.#server.stop();
    await rm(this.#home, { recursive: true, force: true });
  }

  async #make(name: string, template: string): Promise<void> {
    await this.#database.query(`create database ${name} template ${template}`);
  }

  #url(database: string): string {
    const url = new URL(this.#server.url);
    url.pathname = `/${database}`;
    return url.href;
  }
}
