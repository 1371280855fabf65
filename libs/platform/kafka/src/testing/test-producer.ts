import { Partitioners, type Producer } from 'kafkajs';

import { kafkaClient } from '../kafka-client.ts';

/** A record to send, for tests. Without a partition the key decides, as Java's producer does. */
export type TestRecord = {
  readonly key: string;
  readonly value: Buffer | string | null;
  readonly headers?: Readonly<Record<string, string>>;
  readonly partition?: number;
};

/** Puts raw records on a topic. For tests only: nothing in Millrace that matters is produced from Node. */
export type TestProducer = {
  send(topic: string, records: readonly TestRecord[]): Promise<void>;
  /** In one transaction, committed or aborted. */
  sendInTransaction(topic: string, records: readonly TestRecord[], end: 'commit' | 'abort'): Promise<void>;
  close(): Promise<void>;
};

/** Connects two producers: a plain one, and one for transactions when the first transaction is sent. */
export async function openTestProducer(brokers: readonly string[]): Promise<TestProducer> {
  const kafka = kafkaClient({ brokers, clientId: 'test-producer' });
  const createPartitioner = Partitioners.DefaultPartitioner;
  // Idempotent, or a request that a busy broker answers too late would be sent, and written, twice.
  const plain = kafka.producer({
    createPartitioner,
    allowAutoTopicCreation: false,
    idempotent: true,
    maxInFlightRequests: 1,
  });
  await plain.connect();
  let transactional: Producer | undefined;
  return {
    send: async (topic, records) => void (await plain.send({ topic, messages: records.map(copyOf) })),
    async sendInTransaction(topic, records, end) {
      transactional ??= await openTransactional();
      const transaction = await transactional.transaction();
      await transaction.send({ topic, messages: records.map(copyOf) });
      await (end === 'commit' ? transaction.commit() : transaction.abort());
    },
    async close() {
      await plain.disconnect();
      await transactional?.disconnect();
    },
  };

  async function openTransactional(): Promise<Producer> {
    const transactionalId = `test-${process.pid}-${Date.now()}`;
    const producer = kafka.producer({ createPartitioner, transactionalId, maxInFlightRequests: 1, idempotent: true });
    await producer.connect();
    return producer;
  }
}

function copyOf({ headers, ...record }: TestRecord) {
  return { ...record, headers: { ...headers } };
}
