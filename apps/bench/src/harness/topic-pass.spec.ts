import { expect, it } from '@jest/globals';

import { TopicPass } from './topic-pass.ts';

const passOf = (records: number, warmUp: number) =>
  new TopicPass({ records, warmUp, kafka: { cpu: 0 }, timeoutMs: 20 });

it('measures what comes after the warm-up, and finds nothing wrong with all records', async () => {
  const pass = passOf(10, 4);
  pass.take({ partition: 0, records: 5, nextOffset: 5 });
  pass.take({ partition: 1, records: 3, nextOffset: 3 });
  pass.take({ partition: 0, records: 2, nextOffset: 7 });
  expect(await pass.measured()).toMatchObject({ operations: 5, statements: 0 });
  expect(pass.problems()).toEqual([]);
  expect([pass.position(0), pass.position(1), pass.position(2)]).toEqual([7, 3, undefined]);
});

it('sees a record that is missing or was taken twice, though the sum is right', () => {
  const pass = passOf(4, 0);
  pass.take({ partition: 0, records: 1, nextOffset: 2 });
  pass.take({ partition: 1, records: 3, nextOffset: 2 });
  expect(pass.problems()).toEqual(['partition 0: 1 records up to 2', 'partition 1: 3 records up to 2']);
});

it('ends with what fails, or when nothing comes', async () => {
  const pass = passOf(2, 0);
  pass.take({ partition: 0, records: 1, nextOffset: 1 });
  await expect(pass.measured()).rejects.toThrow('1 of 2 records in 20 ms');
  const broken = passOf(2, 0);
  broken.fail(new Error('the broker is gone'));
  await expect(broken.measured()).rejects.toThrow('the broker is gone');
});
