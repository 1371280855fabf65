import { randomUUID } from 'node:crypto';

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { deleteRecords } from '@millrace/kafka/testing';
import { createTestDatabase, eventually, testServices } from '@millrace/testing';

import { wire } from './audited-counters.fixture.ts';
import { AuditedSystem } from './audited-system.fixture.ts';
import { openFindings } from './index.ts';

let system: AuditedSystem;

beforeEach(async () => {
  const { kafkaBrokers: brokers } = testServices();
  system = await AuditedSystem.start({ brokers, createDatabase: createTestDatabase, eventually });
});
afterEach(() => system.stop());

const id = () => randomUUID().slice(0, 8);

describe('a log that is another one', () => {
  test('T-33 ACC-81 a topic that was made anew is read again by everybody, and what it lacks is sent again', async () => {
    const a = id();
    const events = await system.store.append(a, 3);
    await system.canaryThrough();
    await system.consume();
    await system.stopAuditor();
    await system.makeTopicAnew();
    system.startAuditor();
    await findingsOf('log_cut');
    const { rows } = await system.owner.query(
      `select consumer_group from consumer.positions where topic = $1 and consumer_group <> 'auditor'`,
      [system.topic],
    );
    expect(rows).toEqual([]);

    await system.canaryThrough();
    const healing = system.roundsWith({ republisher: system.store.republisher });
    expect((await healing.sweep()).holes).toEqual(new Map([[system.topic, 3]]));
    expect(system.store.reemitted).toEqual(events.map(({ eventId }) => eventId));
    await system.canaryThrough();
    await system.consume();
    await healing.sweep();
    await healing.checkGroups();
    expect(await system.findings()).toEqual([]);
  });

  test('T-33 a log that goes on with other records is noticed by the last record that was read', async () => {
    const [first, second] = await system.store.append(id(), 2);
    await system.relay();
    await system.auditorHasRead();
    await system.stopAuditor();
    await system.makeTopicAnew();
    for (let n = 0; n < 3; n += 1) if (first) await system.producer.send(system.topic, [wire(first)]);
    system.startAuditor();
    const [cut] = await findingsOf('log_cut');
    expect(cut?.detail).toMatch(/has another record at offset 1/);
    await system.canaryThrough();
    await system.roundsWith().sweep();
    expect(await findingsOf('hole')).toMatchObject([{ eventId: second?.eventId, sequenceNumber: 2 }]);
  });

  test('T-33 records that were removed before the auditor had read them are noticed', async () => {
    const a = id();
    await system.store.append(a, 1);
    await system.relay();
    await system.auditorHasRead();
    await system.stopAuditor();
    await system.store.append(a, 3);
    await system.relay();
    await deleteRecords(system.brokers, { topic: system.topic, before: 3 });
    system.startAuditor();
    const [cut] = await findingsOf('log_cut');
    expect(cut?.detail).toMatch(/what lies between is gone/);
    await system.canaryThrough();
    await system.roundsWith().sweep();
    expect((await findingsOf('hole')).map(({ sequenceNumber }) => sequenceNumber)).toEqual([1, 2, 3]);
  });
});

/** Open findings of a kind, once there are any. */
function findingsOf(kind: 'log_cut' | 'hole') {
  return eventually(async () => {
    const found = await openFindings(system.owner, { kinds: [kind] });
    return found.length > 0 && found;
  });
}
