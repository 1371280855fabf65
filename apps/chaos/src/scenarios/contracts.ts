/** What is agreed with outsiders changes under load: partitions and schemas. 39 and 41 of the list. */
import { ORDERS_TOPIC } from '@millrace/contracts/orders';
import { partitionRanges } from '@millrace/kafka';
import { addPartitions } from '@millrace/kafka/testing';

import type { Attack, Scenario } from './scenario.ts';

const COMMANDS = 15;
const MORE_PARTITIONS = 3;
const CONFLICT = 409;

const partitionsAdded: Scenario = {
  name: 'partitions-added',
  numbers: [39],
  about: 'a topic gets more partitions: aggregates move between them, and their order is kept all the same',
  destroys: true,
  repartitions: true,
  recoverWithinMs: 240_000,
  async inject({ chaos, load, fault }) {
    const { brokers } = chaos;
    const { length } = await partitionRanges({ brokers }, [ORDERS_TOPIC]);
    await addPartitions(brokers, ORDERS_TOPIC, length + MORE_PARTITIONS);
    fault(`${ORDERS_TOPIC} has ${length + MORE_PARTITIONS} partitions instead of ${length}`);
    await load.untilMore(6 * COMMANDS);
  },
};

const incompatibleSchema: Scenario = {
  name: 'incompatible-schema',
  numbers: [41],
  about: 'somebody registers a schema that the consumers of today could not read: the registry refuses it',
  async inject(attack) {
    const { load, fault } = attack;
    await registerIncompatible(attack);
    fault('incompatible schema, refused');
    await load.untilMore(COMMANDS);
  },
};

/** A new field without a default. @throws Error when it is taken */
async function registerIncompatible({ chaos }: Attack): Promise<void> {
  const base = chaos.stack.env.SCHEMA_REGISTRY_URL;
  const subjects = (await (await fetch(`${base}/subjects`)).json()) as string[];
  const subject = subjects.find((name) => name.endsWith('OrderConfirmed'));
  if (subject === undefined) throw new Error('the registry knows no OrderConfirmed');
  const latest = (await (await fetch(`${base}/subjects/${subject}/versions/latest`)).json()) as { schema: string };
  const schema = JSON.parse(latest.schema) as { fields: object[] };
  schema.fields.push({ name: 'chaos', type: 'string', doc: 'Without a default, so that old events have none.' });
  const response = await fetch(`${base}/subjects/${subject}/versions`, {
    method: 'POST',
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    body: JSON.stringify({ schema: JSON.stringify(schema) }),
  });
  if (response.status !== CONFLICT)
    throw new Error(`the registry answered ${response.status}: ${await response.text()}`);
}

/** Every scenario of this family. */
export const contracts: readonly Scenario[] = [partitionsAdded, incompatibleSchema];
