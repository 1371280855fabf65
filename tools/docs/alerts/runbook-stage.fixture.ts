import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';

import { outboxTopics } from '@millrace/contracts/topology';
import { createHealthServer, type HttpServer } from '@millrace/http';
import { type Database, openDatabase } from '@millrace/postgres';
import { ConnectClient, CONNECTOR_NAME, dropSlot, readSlot } from '@millrace/relay';
import { createLogger, createMetrics } from '@millrace/telemetry';
import { createTestDatabase, eventually, type TestDatabase, type TestRole, testServices } from '@millrace/testing';

import { RunningApp } from './running-app.fixture.ts';

/** How the relay stands. `unreachable`: Connect is asked where nobody listens. */
export type RelayState = 'streaming' | 'stopped' | 'absent' | 'slot-dropped' | 'unreachable';

/** How a command ended, and what it printed. */
export type Ended = { readonly exitCode: number | null; readonly output: string };

const cli = resolve(import.meta.dirname, '../../../apps/cli/src/main.ts');
const GROUP = 'orders-by-status-projection';
const TOPIC = 'orders.events.v1';
const NOWHERE = 'http://127.0.0.1:9';
/** Commands that change nothing. */
const READS = /^(curl|npx millrace (status|verify|relay|\w+ (list|show|verify))\b)/;
/** Commands that leave the relay running. */
const RESUMES = /^npx millrace (deploy|recover)\b/;
const LATE_EPOCH = 1_000;
const patience = { timeoutMs: 90_000, intervalMs: 300 };

/** A database with what the pages are about, a relay of its own, an app that is not ready, and a shell that has `npx millrace`. */
export class RunbookStage {
  readonly #connect = new ConnectClient(testServices().connectUrl, CONNECTOR_NAME);
  #created: TestDatabase | undefined;
  #owner: Database | undefined;
  #app: HttpServer | undefined;
  readonly #apps: RunningApp[] = [];
  readonly #ended = new Map<string, Ended>();
  #folder = '';
  #relay: RelayState = 'absent';
  /** Whether the relay is ours; there is one per Connect cluster. */
  #touched = false;
  #placeholders: Readonly<Record<string, string>> = {};

  async build(): Promise<void> {
    this.#created = await createTestDatabase(outboxTopics);
    this.#owner = openDatabase({ url: this.#created.url });
    // What other specs have put on the same topics is, to this database, of a timeline that has ended.
    await this.#owner.query('update event_store.epoch set epoch = $1', [LATE_EPOCH]);
    this.#folder = await mkdtemp(join(tmpdir(), 'millrace-runbook-'));
    const npx = `#!/bin/sh\n[ "$1" = millrace ] || exit 64\nshift\nexec '${process.execPath}' '${cli}' "$@"\n`;
    await writeFile(join(this.#folder, 'npx'), npx, { mode: 0o755 });
    this.#placeholders = { app: await this.#startApp(), ...(await this.#fill()) };
  }

  /** Runs the group that pages name, so that what is asked of it is done, and the auditor. */
  async startApps(): Promise<void> {
    this.#apps.push(
      new RunningApp(GROUP, this.environment('projector')),
      new RunningApp('auditor', this.environment()),
    );
    await Promise.all(this.#apps.map((app) => app.listens()));
  }

  async strike(): Promise<void> {
    await Promise.all(this.#apps.map((app) => app.stop()));
    if (this.#touched) await this.#removeRelay();
    await this.#app?.close();
    await this.#owner?.close();
    await this.#created?.drop();
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** Runs one line of a page, unless the same has been run since something changed. */
  async runOnce(line: string): Promise<Ended> {
    const known = this.#ended.get(line);
    if (known) return known;
    if (!READS.test(line)) this.#ended.clear();
    const ended = await this.run(line);
    if (READS.test(line)) this.#ended.set(line, ended);
    if (RESUMES.test(line) && ended.exitCode === 0) this.#relay = 'streaming';
    return ended;
  }

  /** Runs one line until it ends as it shall, once the relay streams: how a page says that it is over. */
  async ends(line: string, exitCode: number): Promise<void> {
    await this.setRelay('streaming');
    const last = await eventually(async () => {
      const ended = await this.run(line);
      if (ended.exitCode !== exitCode) throw new Error(`${line} ends with ${ended.exitCode}:\n${ended.output}`);
      return ended;
    }, patience);
    this.#ended.set(line, last);
  }

  /** Runs one line of a page in a shell. @throws Error for a program or a placeholder that is not known here */
  async run(line: string): Promise<Ended> {
    if (!/^(npx millrace|curl -s) /.test(line)) throw new Error(`the runbook says: ${line}`);
    const filled = line.replaceAll(/<([\w-]+)>/g, (_all, name: string) => {
      const value = this.#placeholders[name];
      if (value === undefined) throw new Error(`the runbook says <${name}>: ${line}`);
      return `'${value}'`;
    });
    const child = spawn('/bin/sh', ['-c', filled], { env: this.#environment(), stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const exitCode = await new Promise<number | null>((ended) => child.once('close', ended));
    return { exitCode, output };
  }

  /** Brings the relay into a state, from whichever it is in. */
  async setRelay(state: RelayState): Promise<void> {
    if (state !== this.#relay) this.#ended.clear();
    if (state === 'unreachable' || state === this.#relay) {
      this.#relay = state;
      return;
    }
    if (this.#relay === 'unreachable') this.#relay = 'stopped';
    await this.#stream();
    if (state === 'absent') await this.#removeRelay();
    if (state === 'stopped' || state === 'slot-dropped') await this.#stop();
    if (state === 'slot-dropped') await dropSlot(this.#database());
    this.#relay = state;
  }

  /** Sets an event aside that cannot be read, unless it is there: recovery and rebuilds forget it. */
  async park(): Promise<void> {
    await this.#database().query(
      `insert into consumer.parked_events (consumer_group, topic, partition, record_offset, tenant_id, aggregate_type,
         aggregate_id, sequence_number, event_id, event_type, headers, error_code, error_detail)
       values ($1, $2, 0, 7, 'acme', 'order', 'o-1', 1, uuidv7()::text, 'OrderCreated', '{}', 'EVENT_GAP', 'spec')
       on conflict do nothing`,
      [GROUP, TOPIC],
    );
    // Whoever set an event aside has a position.
    await this.#database().query(
      `insert into consumer.positions (consumer_group, topic, partition, next_offset) values ($1, $2, 0, 0)
       on conflict do nothing`,
      [GROUP, TOPIC],
    );
  }

  /** Makes a finding of the auditor; one of a kind that no check looks for again. */
  async find(): Promise<void> {
    await this.#database().query(`insert into audit.findings (kind, topic, detail) values ('invention', $1, 'spec')`, [
      TOPIC,
    ]);
  }

  /** Resolves every finding. */
  async resolve(): Promise<void> {
    await this.#database().query('update audit.findings set resolved_at = clock_timestamp() where resolved_at is null');
  }

  /** Resumes the connector. */
  async resume(): Promise<void> {
    await this.#connect.resume();
  }

  async #stream(): Promise<void> {
    if (!this.#touched) await this.#removeRelay();
    this.#touched = true;
    // One that was stopped stays so, whatever is deployed.
    if ((await this.#connect.state()).connector !== 'absent') await this.#connect.resume();
    const deployed = await this.run('npx millrace deploy');
    if (deployed.exitCode !== 0) throw new Error(deployed.output);
    await eventually(async () => (await this.run('npx millrace relay status')).exitCode === 0, patience);
    this.#relay = 'streaming';
  }

  async #stop(): Promise<void> {
    await this.#connect.stop();
    await eventually(async () => {
      const slot = await readSlot(this.#database());
      return !slot.exists || !slot.active;
    }, patience);
  }

  async #removeRelay(): Promise<void> {
    const url = `${testServices().connectUrl}/connectors/${CONNECTOR_NAME}`;
    if ((await this.#connect.state()).connector !== 'absent') {
      await this.#stop();
      await eventually(async () => (await fetch(`${url}/offsets`, { method: 'DELETE' })).ok, patience);
      await fetch(url, { method: 'DELETE' });
      await eventually(async () => (await this.#connect.state()).connector === 'absent', patience);
    }
    await eventually(async () => {
      await dropSlot(this.#database());
      return !(await readSlot(this.#database())).exists;
    }, patience);
  }

  /** The database, with the owner's connection. */
  get owner(): Database {
    return this.#database();
  }

  /** What an app is told, with the connection of a role. */
  environment(role?: TestRole): Record<string, string> {
    const { PATH: _path, ...environment } = this.#environment();
    return { ...environment, ...(role && this.#created && { DATABASE_URL: this.#created.roleUrls[role] }) };
  }

  #environment(): Record<string, string> {
    const { kafkaBrokers, schemaRegistryUrl, connectUrl, connectDatabaseHost, connectDatabasePort } = testServices();
    return {
      PATH: [this.#folder, process.env['PATH']].join(delimiter),
      MILLRACE_HOME: this.#folder,
      DATABASE_URL: this.#created?.url ?? '',
      KAFKA_BROKERS: kafkaBrokers.join(','),
      SCHEMA_REGISTRY_URL: schemaRegistryUrl,
      CONNECT_URL: this.#relay === 'unreachable' ? NOWHERE : connectUrl,
      CONNECT_DATABASE_HOST: connectDatabaseHost,
      CONNECT_DATABASE_PORT: connectDatabasePort,
      CANARY_SECONDS: '5',
      CDC_ROLE_PASSWORD: new URL(this.#created?.roleUrls.cdc ?? '').password,
    };
  }

  #database(): Database {
    if (!this.#owner) throw new Error('the stage is not built');
    return this.#owner;
  }

  async #startApp(): Promise<string> {
    const check = () => Promise.reject(new Error('no broker'));
    const logger = createLogger({ service: 'runbook', level: 'silent' });
    this.#app = createHealthServer({ logger, metrics: createMetrics('runbook'), health: [{ name: 'kafka', check }] });
    await this.#app.listen({ host: '127.0.0.1', port: 0 });
    return `http://127.0.0.1:${(this.#app.server.address() as AddressInfo).port}`;
  }

  /** Writes what the pages ask for, and tells how to fill in their placeholders. */
  async #fill(): Promise<Record<string, string>> {
    await this.#database().query(
      `insert into saga.instances (saga, tenant_id, instance_id, status, state, failure, correlation_id, last_event_id,
         traceparent, announced) values ('hiring-saga', 'acme', 'h-1', 'failed', '{}', 'out of time', 'c', 'e', 't', 0)`,
    );
    return {
      'dead-letter': `${GROUP}/${TOPIC}/0/7`,
      folder: join(this.#folder, 'backups'),
      sequence: '999999999',
      time: '2026-01-01T00:00:00Z',
      saga: 'hiring-saga',
      tenant: 'acme',
      instance: 'h-1',
      group: GROUP,
      projection: GROUP,
    };
  }
}
