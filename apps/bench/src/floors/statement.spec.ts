import { describe, expect, it } from '@jest/globals';

import { idOf } from '../suites/order-appends.ts';
import { outcomeOf } from './pgbench.ts';
import { boundStatement, parameterOf, pgbenchScript, sample, type Statement } from './statement.ts';

const statement: Statement = {
  name: 'trial',
  text: 'insert into t values ($1::uuid, $2, $3::bigint, $1, $4)',
  parameters: [sample.stream, Buffer.from([1, 0xab]), sample.before, String(sample.after)].map(parameterOf),
};

it('finds the places among the parameters of the sample, as text or as number', () => {
  expect(statement.parameters).toEqual([
    { slot: 'stream' },
    { constant: Buffer.from([1, 0xab]) },
    { slot: 'before' },
    { slot: 'after' },
  ]);
});

it('fills them for pg as the writer numbers its appends', () => {
  expect(boundStatement(statement, 2, 11).values).toEqual([idOf(2, 1), Buffer.from([1, 0xab]), 3, 4]);
});

it('becomes a script of pgbench with the same values', () => {
  const { script, variables } = pgbenchScript(statement);
  expect(script).toContain(
    'insert into t values ((:prefix || :stream)::uuid, :p2, :before::bigint, (:prefix || :stream), :after);',
  );
  expect(variables).toEqual({ prefix: '01990000-0000-7000-8000-', p2: String.raw`\x01ab` });
});

describe('the report of pgbench', () => {
  const report = (failed: number) => `transaction type: script.sql
number of transactions actually processed: 2412
number of failed transactions: ${failed} (0.000%)
latency average = 6.6 ms
initial connection time = 20.1 ms
tps = 2398.123456 (without initial connection time)
`;

  it('has the rate', () => {
    expect(outcomeOf(report(0))).toEqual({ operations: 2_412, perSecond: 2_398.123456 });
  });

  it('is not believed when transactions failed or nothing is said', () => {
    expect(() => outcomeOf(report(1))).toThrow('pgbench did not do its work');
    expect(() => outcomeOf('')).toThrow('pgbench did not do its work');
  });
});
