/** A database that `millrace deploy` has made, and the one relay of the server behind it, for specs. */
import { randomUUID } from 'node:crypto';

import { EventEncoder } from '@millrace/avro';
import { internalCatalogues, storedEvents } from '@millrace/contracts/topology';
import { PostgresEventStore } from '@millrace/event-store';
import { loadSchemaIds } from '@millrace/outbox';
import { type Database, openDatabase } from '@millrace/postgres';
import { ConnectClient, CONNECTOR_NAME, dropSlot, readSlot } from '@millrace/relay';

import { runDeploy } from './deploy.ts';

const PATIENCE = { timeoutMs: 90_000, intervalMs: 250 };

/** What the test run provides. `eventually` asks until it is so. */
export type TestTools = {
  readonly services: {
    readonly databaseUrl: string;
    readonly kafkaBrokers: readonly string[];
    readonly schemaRegistryUrl: string;
    readonly connectUrl: string;
    readonly connectDatabaseHost: string;
    readonly connectDatabasePort: string;
  };
  readonly eventually: (probe: () => Promise<boolean>, patience: typeof PATIENCE) => Promise<unknown>;
};

/** A store of its own on shared services. Only one at a time can be open: a server has one slot. */
export class DeployedStore {
  readonly name = `deployed_${randomUUID().slice(0, 8)}`;
  readonly tenant = `t-${this.name}`;
  readonly environment: Readonly<Record<string, string>>;
  readonly connect: ConnectClient;
  readonly #tools: TestTools;
  readonly #server: Database;
  #owner: Database;

  constructor(tools: TestTools) {
    const { services } = tools;
    this.#tools = tools;
    this.connect = new ConnectClient(services.connectUrl, CONNECTOR_NAME);
    this.#server = openDatabase({ url: services.databaseUrl, poolSize: 1 });
    this.#owner = openDatabase({ url: this.url(), poolSize: 2 });
    this.environment = {
      DATABASE_URL: this.url(),
      KAFKA_BROKERS: services.kafkaBrokers.join(','),
      SCHEMA_REGISTRY_URL: services.schemaRegistryUrl,
      CONNECT_URL: services.connectUrl,
      CONNECT_DATABASE_HOST: services.connectDatabaseHost,
      CONNECT_DATABASE_PORT: services.connectDatabasePort,
      MILLRACE_HOME: '/nonexistent',
      ...Object.fromEntries(
        ['COMMAND', 'PROJECTOR', 'QUERY', 'CDC', 'BACKUP'].map((role) => [`${role}_ROLE_PASSWORD`, 'test']),
      ),
    };
  }

  /** The database, as its owner. Another one after `makeAnew`. */
  get owner(): Database {
    return this.#owner;
  }

  /** As a role; without one as the owner. */
  url(role = ''): string {
    const at = new URL(this.#tools.services.databaseUrl);
    at.pathname = `/${this.name}`;
    if (role) Object.assign(at, { username: role, password: 'test' });
    return at.href;
  }

  /** An empty database. */
  async create(): Promise<void> {
    await this.#server.query(`create database ${this.name}`);
  }

  /** @returns what deploy says */
  async deploy(): Promise<string[]> {
    const lines: string[] = [];
    await runDeploy(this.environment, (line) => lines.push(line));
    return lines;
  }

  /** The database is gone and its slot with it. Connect keeps what it knows. */
  async lose(): Promise<void> {
    await this.stopRelay();
    await this.#eventually(async () => {
      await dropSlot(this.#owner);
      return !(await readSlot(this.#owner)).exists;
    });
    await this.#owner.close();
    await this.#server.query(`drop database ${this.name} with (force)`);
    this.#owner = openDatabase({ url: this.url(), poolSize: 2 });
  }

  /** Stops the connector and waits until nobody reads the slot. */
  async stopRelay(): Promise<void> {
    await this.connect.stop();
    await this.#eventually(async () => {
      const slot = await readSlot(this.#owner);
      return (!slot.exists || !slot.active) && (await this.connect.hasStopped());
    });
  }

  /** Leaves Connect and the server as they were found. */
  async close(): Promise<void> {
    await this.lose();
    await this.#eventually(() => this.connect.forgetOffsets().then(() => true));
    await fetch(`${this.#tools.services.connectUrl}/connectors/${CONNECTOR_NAME}`, { method: 'DELETE' });
    await this.#eventually(async () => (await this.connect.state()).connector === 'absent');
    await this.#owner.close();
    await this.#server.close();
  }

  /** Appends one event as the command side does. */
  async append(type: string, { id, version }: { id: string; version: number }, data: object): Promise<void> {
    const encoder = new EventEncoder(internalCatalogues, await loadSchemaIds(this.#owner));
    const encode = (event: string, content: unknown) => encoder.encode(event, content);
    const store = new PostgresEventStore({ database: this.#owner, catalogue: storedEvents, encode });
    const { aggregateType } = storedEvents.definition(type);
    const event = {
      type,
      data,
      eventId: randomUUID(),
      eventVersion: storedEvents.currentVersion(type),
      occurredAt: new Date().toISOString(),
    };
    await store.append({
      stream: { tenantId: this.tenant, aggregateType, aggregateId: id },
      expectedVersion: version - 1,
      events: [event],
      causation: {
        correlationId: 'c',
        causationId: randomUUID(),
        userId: 'alice',
        sessionId: 's',
        traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      },
    });
  }

  /** An order: created, and confirmed or cancelled. */
  async order(id: string, happened: 'created' | 'confirmed' | 'cancelled'): Promise<void> {
    const unitPrice = { amount: '1.00', currency: 'EUR' };
    const items = [{ sku: 'a', quantity: 1, unitPrice }];
    const order = { orderId: id, customerId: 'c-1', items, total: unitPrice };
    if (happened === 'created') await this.append('OrderCreated', { id, version: 1 }, order);
    if (happened === 'confirmed') await this.append('OrderConfirmed', { id, version: 2 }, { orderId: id });
    if (happened === 'cancelled')
      await this.append('OrderCancelled', { id, version: 2 }, { orderId: id, reason: 'no' });
  }

  async #eventually(probe: () => Promise<boolean>): Promise<void> {
    await this.#tools.eventually(probe, PATIENCE);
  }
}
